"""Accounts of people: an administrator makes, invites, lists and ends them. Passwords never pass here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from nms.access import UserRole
from nms.queries.ports import Rejected
from nms.store.accounts import Account, AccountBook
from nms.store.factors import AlreadyEnrolled, FactorBook
from nms.views.api.acts import Body, Done
from nms.views.api.auth import CurrentActor
from nms.views.api.fields import ONE_LINE, Identifier, Name
from nms.views.api.limits import RateLimit
from nms.views.api.noting import note_look
from nms.views.api.problems import HttpProblem, documented
from nms.views.refused import check_departments, refusals

router = APIRouter(tags=["accounts"], responses=documented(400, 404, 409, 413, 415))


class NewAccount(Body):
    """`departments` narrows what the account sees and does; none: all."""

    name: Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    roles: Annotated[list[UserRole], Field(min_length=1, max_length=len(UserRole))]
    departments: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)


class Rights(Body):
    """As of a new account."""

    roles: Annotated[list[UserRole], Field(min_length=1, max_length=len(UserRole))]
    departments: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)


class NewFactor(Body):
    """`uri`: what an application reads from a QR code (otpauth); `secret`: the same to be typed."""

    secret: str
    uri: str


class Code(Body):
    code: Annotated[str, Field(min_length=1, max_length=60, pattern=ONE_LINE)]


class RecoveryCodes(Body):
    """Each lets the owner in once, without the telephone."""

    recovery_codes: list[str]


class Invitation(Body):
    """Where the owner chooses a password, once, within three days; a path where `api.public_url` is not set."""

    url: str


def _book(request: Request) -> AccountBook:
    book: AccountBook = request.app.state.accounts
    return book


def _factors(request: Request) -> FactorBook:
    book: FactorBook = request.app.state.factors
    return book


def _invitation(request: Request, word: str) -> Invitation:
    public_url: str = request.app.state.public_url
    return Invitation(url=f"{public_url.rstrip('/')}/invitation/{word}")


@router.get("/accounts")
def accounts(request: Request, actor: CurrentActor) -> list[Account]:
    found = _book(request).rows(actor)
    note_look(request, actor, "accounts")
    return found


@router.post("/accounts", status_code=201)
def create(request: Request, actor: CurrentActor, body: NewAccount) -> Invitation:
    check_departments(request.app.state.reads, body.departments)
    with refusals():
        word = _book(request).add(actor, body.name, sorted(set(body.roles)), body.departments)
    return _invitation(request, word)


@router.post("/accounts/{name}/invitation", status_code=201)
def invite(request: Request, actor: CurrentActor, name: Identifier) -> Invitation:
    """For a password that was forgotten: the old one and every session of the account end now."""
    with refusals():
        word = _book(request).invite(actor, name)
    return _invitation(request, word)


@router.post("/accounts/{name}/rights")
def allow(request: Request, actor: CurrentActor, name: Identifier, body: Rights) -> Done:
    """Other roles and departments; they count at the next request of each session."""
    check_departments(request.app.state.reads, body.departments)
    return _changed(lambda: _book(request).allow(actor, name, sorted(set(body.roles)), body.departments))


@router.post("/accounts/{name}/disable")
def disable(request: Request, actor: CurrentActor, name: Identifier) -> Done:
    """Ends every session and refuses new ones, until the account is enabled."""
    return _changed(lambda: _book(request).disable(actor, name))


@router.post("/accounts/{name}/enable")
def enable(request: Request, actor: CurrentActor, name: Identifier) -> Done:
    return _changed(lambda: _book(request).enable(actor, name))


@router.post("/accounts/{name}/second-factor", status_code=201)
def enrol(request: Request, actor: CurrentActor, name: Identifier) -> NewFactor:
    """A secret for the telephone of the owner, who stands beside; it counts once a code of it was confirmed."""
    try:
        with refusals():
            made = _factors(request).begin_for(actor, name)
    except AlreadyEnrolled:
        raise Rejected("this account has a second factor: take it away first") from None
    return NewFactor(secret=made.secret, uri=made.uri)


@router.post("/accounts/{name}/second-factor/confirm")
def confirm(request: Request, actor: CurrentActor, name: Identifier, body: Code) -> RecoveryCodes:
    """With a code that the telephone shows; the recovery codes are in this answer and nowhere else."""
    tries: RateLimit = request.app.state.failures
    if tries.is_spent(f"code {name}"):
        raise HttpProblem(429, "too many wrong codes; wait a minute", {"Retry-After": "60"})
    with refusals():
        codes = _factors(request).confirm_for(actor, name, body.code)
    if codes is None:
        tries.wait(f"code {name}")
        raise Rejected("this code does not count; is the clock of the telephone right?")
    return RecoveryCodes(recovery_codes=codes)


@router.delete("/accounts/{name}/second-factor")
def take_away(request: Request, actor: CurrentActor, name: Identifier) -> Done:
    """For a telephone that is lost: every session of the account ends."""
    return _changed(lambda: _factors(request).end(actor, name))


def _changed(act: Callable[[], None]) -> Done:
    with refusals():
        act()
    return Done(changed=1)


@router.delete("/accounts/{name}")
def remove(request: Request, actor: CurrentActor, name: Identifier) -> Done:
    """Ends an account and every session of it."""
    return _changed(lambda: _book(request).remove(actor, name))
