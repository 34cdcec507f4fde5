"""Logging in at the city hall's OpenID provider, and back."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from nms.access import UserRole
from nms.i18n import render as sentence
from nms.model import Message
from nms.queries.ports import NotFound
from nms.store.identities import Identity, NotLinked
from nms.store.sessions import SessionBook
from nms.text import clean
from nms.transports.errors import TransportError
from nms.transports.openid import Ended, Vouched
from nms.views.api.auth import origin_of
from nms.views.api.fields import Word
from nms.views.api.limits import RateLimit
from nms.views.api.problems import HttpProblem
from nms.views.web.entrance import AtProvider, Departure, OpenIdDoor, admit, entrance_of, wait_for_factor
from nms.views.web.rendering import language_of, render
from nms.views.web.sessions import cookie_of, fields, forget, keep, local_path

log = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False)

COOKIE = "nms-openid"
STRONG = {"mfa", "otp", "hwk", "sc"}
"""Methods that are, or include, a second factor (RFC 8176)."""
_FAILED = Message("The log-in at {provider} did not work: {why}.")
_LATE = Message("this log-in is over or was used already; begin again")
_NO_ROLE = Message("none of your groups has a role here; ask an administrator")
_NO_DEPARTMENT = Message("none of your groups has a department here; ask an administrator")


def _door(request: Request) -> OpenIdDoor:
    door = entrance_of(request).openid
    if door is None:
        raise NotFound("there is no OpenID provider; login.openid in config.yaml names it")
    return door


@router.get("/login/openid")
async def leave(request: Request, back: Word = "/") -> Response:
    """To the provider. The cookie is lax, since the way back comes from another site."""
    door, failures = _door(request), _failures(request)
    if failures.is_spent(origin_of(request)):
        return _failed(request, door, sentence(_LATE, language_of(request)), 429)
    entrance = entrance_of(request)
    address = (entrance.public_url or str(request.base_url)).rstrip("/") + "/login/openid/answer"
    try:
        attempt = await door.provider.begin(address)
    except TransportError as error:
        return _failed(request, door, str(error), 502)
    word = entrance.departures.keep(Departure(attempt, local_path(back)))
    response = RedirectResponse(attempt.url, 303)
    keep(request, response, word, COOKIE, same_site="lax")
    return response


@router.get("/login/openid/answer")
async def come_back(request: Request) -> Response:
    """What the provider says counts once, in the browser that left."""
    door, failures = _door(request), _failures(request)
    departure = entrance_of(request).departures.take(cookie_of(request, COOKIE))
    if departure is None or failures.is_spent(origin_of(request)):
        return _failed(request, door, sentence(_LATE, language_of(request)), 400)
    try:
        vouched = await door.provider.finish(departure.attempt, dict(request.query_params))
    except TransportError as error:
        failures.wait(origin_of(request))
        return _failed(request, door, str(error), 403)
    return await run_in_threadpool(_enter, request, door, vouched, departure.back)


def _enter(request: Request, door: OpenIdDoor, vouched: Vouched, back: str) -> Response:
    entrance, language, claims = entrance_of(request), language_of(request), vouched.claims
    there = AtProvider(vouched.token, claims["sub"], str(claims.get("sid") or ""))
    groups = groups_of(claims, door.groups_claim)
    roles, departments = roles_of(door, groups), departments_of(door, groups)
    if not roles:
        return _failed(request, door, sentence(_NO_ROLE, language), 403)
    if departments is None:
        return _failed(request, door, sentence(_NO_DEPARTMENT, language), 403)
    name = clean(str(claims.get(door.name_claim, "")), limit=200).partition("@")[0].lower()
    identity = Identity(door.provider.registration.issuer, claims["sub"], name)
    try:
        account, token = entrance.identities.enter(identity, roles, departments, origin_of(request))
    except NotLinked as error:
        return _failed(request, door, sentence(error.message, language), 403)
    if not STRONG.intersection(map(str, claims.get("amr") or ())) and entrance.asks(account, token):
        response = wait_for_factor(request, account, token, back, there)
        return _onwards(request, "/login/code", response)
    admitted = admit(request, token, _page(request, back), there)
    return admitted or _failed(request, door, sentence(_LATE, language), 403)


@router.post("/login/openid/logout")
async def ended(request: Request, found: Annotated[dict[str, list[str]], Depends(fields)]) -> Response:
    """The provider itself says that somebody has logged out there, or was put out (Back-Channel Logout 1.0)."""
    door, failures = _door(request), _failures(request)
    if failures.is_spent(origin_of(request)):
        raise HttpProblem(429, "too many wrong tokens from this address; wait a minute", {"Retry-After": "60"})
    try:
        what = await door.provider.ended(found.get("logout_token", [""])[0])
    except TransportError as error:
        failures.wait(origin_of(request))
        raise HttpProblem(400, Message("{reason}", {"reason": str(error)})) from None
    await run_in_threadpool(_end, request, door, what)
    return Response(status_code=200)


def _end(request: Request, door: OpenIdDoor, what: Ended) -> None:
    """The one session that is meant where it is known here, otherwise all of that person."""
    entrance = entrance_of(request)
    sessions: SessionBook = request.app.state.sessions
    meant = entrance.at_provider.words(lambda one: bool(what.session) and one.session == what.session)
    for cookie in meant:
        entrance.at_provider.take(cookie)
        sessions.end(cookie)
    token = entrance.identities.token_of(door.provider.registration.issuer, what.subject)
    if token is not None and not meant:
        sessions.end_others("", token)


async def farewell(request: Request, cookie: str) -> Response | None:
    """After a session has ended here: on to the provider, where it began there. None: there is nothing to end."""
    entrance = entrance_of(request)
    there, door = entrance.at_provider.take(cookie), entrance.openid
    if there is None or door is None or not door.logout:
        return None
    base = (entrance.public_url or str(request.base_url)).rstrip("/")
    try:
        url = await door.provider.farewell(there.token, f"{base}/login")
    except TransportError as error:
        log.warning("nobody could be logged out at %s: %s", door.name, error)
        return None
    if url is None:
        return None
    # The policy lets no form lead to another site, not even by a redirect: a page goes on by itself.
    return render(request, "farewell.html", refresh=f"0;url={url}", where=url, provider=door.name)


def _onwards(request: Request, path: str, cookies: Response) -> Response:
    """A page with the cookies of a redirect: see `_page`."""
    page = _page(request, path)
    page.raw_headers.extend(one for one in cookies.raw_headers if one[0] == b"set-cookie")
    return page


def _page(request: Request, path: str) -> Response:
    """A page that goes on by itself: a redirect still comes from the provider, and would not carry strict cookies."""
    response = render(request, "welcome.html", refresh=f"0;url={path}", where=path)
    forget(request, response, COOKIE)
    return response


def _failed(request: Request, door: OpenIdDoor, why: str, status: int) -> Response:
    said = sentence(Message(_FAILED.template, {"provider": door.name, "why": why.rstrip(".")}), language_of(request))
    return render(request, "message.html", status, text=said)


def _failures(request: Request) -> RateLimit:
    found: RateLimit = request.app.state.failures
    return found


def groups_of(claims: Mapping[str, Any], claim: str) -> list[str]:
    """The groups as a list, however the provider writes them; `realm_access.roles` reaches into an object."""
    found: Any = claims
    for part in [claim] if claim in claims else claim.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return [found]
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def roles_of(door: OpenIdDoor, groups: list[str]) -> list[UserRole]:
    return sorted({door.roles[one] for one in groups if one in door.roles})


def departments_of(door: OpenIdDoor, groups: list[str]) -> list[str] | None:
    """Departments, none of them for all; None for somebody who belongs to none."""
    if not door.departments:
        return []
    found = {door.departments[one] for one in groups if one in door.departments}
    return [] if "*" in found else sorted(found) or None
