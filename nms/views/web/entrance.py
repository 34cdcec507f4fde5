"""The way in from who somebody is to an open session: with a second factor where there is one or a role asks."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from nms.access import UserRole
from nms.store.accounts import AccountBook
from nms.store.factors import FactorBook
from nms.store.identities import IdentityBook
from nms.store.sessions import LONGEST_SECONDS, SessionBook
from nms.transports.openid import Attempt, OpenIdProvider
from nms.views.web.sessions import cookie_of, forget, keep
from nms.views.web.shortlived import ShortLived

PENDING = "nms-login"


@dataclass(frozen=True, slots=True)
class OpenIdDoor:
    """A provider, and what its claims mean here. `groups` map to roles and departments; `*` is all departments."""

    provider: OpenIdProvider
    name: str
    name_claim: str
    groups_claim: str
    roles: dict[str, UserRole]
    departments: dict[str, str]
    logout: bool = True
    """Whether to log out here is to log out there."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody whose password or provider counted, and whose second factor is still to come."""

    name: str
    token: int
    back: str
    at_provider: AtProvider | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser that was sent to the provider, and where it wants to be afterwards."""

    attempt: Attempt
    back: str


@dataclass(frozen=True, slots=True)
class AtProvider:
    """The log-in at the provider behind a session here: forgotten at a restart, when it is ended by subject alone."""

    token: str = field(repr=False)
    subject: str
    session: str


@dataclass(frozen=True, slots=True)
class Entrance:
    """`required`: the roles that do not get in without a second factor."""

    accounts: AccountBook
    factors: FactorBook
    identities: IdentityBook
    required: frozenset[UserRole] = frozenset()
    passwords: bool = True
    openid: OpenIdDoor | None = None
    public_url: str = ""
    pending: ShortLived[Pending] = field(default_factory=ShortLived)
    departures: ShortLived[Departure] = field(default_factory=ShortLived)
    at_provider: ShortLived[AtProvider] = field(default_factory=lambda: ShortLived(LONGEST_SECONDS))
    """By the cookie of the session."""

    def asks(self, name: str, token: int) -> bool:
        """Whether this account needs a second factor, enrolled or not."""
        return self.factors.is_enrolled(name) or bool(self.required & self.accounts.roles(token))


def entrance_of(request: Request) -> Entrance:
    found: Entrance = request.app.state.entrance
    return found


def wait_for_factor(
    request: Request, name: str, token: int, back: str, at_provider: AtProvider | None = None
) -> Response:
    """To the page that asks for the second factor, or that enrols one."""
    word = entrance_of(request).pending.keep(Pending(name, token, back, at_provider))
    response = RedirectResponse("/login/code", 303)
    keep(request, response, word, PENDING)
    return response


def admit(request: Request, token: int, response: Response, at_provider: AtProvider | None = None) -> Response | None:
    """`response` with the cookie of a new session; None where the account is disabled. A former session ends."""
    sessions: SessionBook = request.app.state.sessions
    cookie = sessions.open_for(token, cookie_of(request))
    if cookie is None:
        return None
    if at_provider is not None:
        entrance_of(request).at_provider.put(cookie, at_provider)
    keep(request, response, cookie)
    forget(request, response, PENDING)
    return response
