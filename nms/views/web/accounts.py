"""Logging in with a name and a password, choosing one by an invitation, and changing it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from nms.i18n import render as sentence
from nms.model import Message
from nms.store.accounts import AccountBook, BadPassword
from nms.store.sessions import SessionBook
from nms.views.api.auth import origin_of
from nms.views.api.fields import Word
from nms.views.api.limits import RateLimit
from nms.views.web.rendering import language_of, render
from nms.views.web.sessions import CurrentForm, CurrentSession, cookie_of, fields, forget, keep, local_path

router = APIRouter(include_in_schema=False)

Fields = Annotated[dict[str, list[str]], Depends(fields)]

_LATE = Message("This invitation does not count: it was used, or its three days are over. Ask for a new one.")
_NOT_THIS = Message("The present password is not this one.")
TRIES, TRIES_SECONDS = 10, 900.0
"""Wrong passwords of one account, from wherever they come: its owner waits a quarter of an hour at most."""


def _accounts(request: Request) -> AccountBook:
    book: AccountBook = request.app.state.accounts
    return book


def _first(found: dict[str, list[str]], name: str) -> str:
    return found.get(name, [""])[0]


@router.get("/login")
def login(request: Request, back: Word = "/") -> Response:
    return render(request, "login.html", back=local_path(back), wrong="")


@router.post("/login")
def log_in(request: Request, found: Fields) -> Response:
    """A new session for a password or a token that counts; a former session of this browser ends."""
    back = local_path(_first(found, "back") or "/")
    failures: RateLimit = request.app.state.failures
    origin = origin_of(request)
    by_password = "name" in found
    cookie = None
    if not failures.is_spent(origin):
        cookie = _by_password(request, found) if by_password else _by_token(request, found)
    if cookie is None:
        failures.wait(origin)
        return render(request, "login.html", 401, back=back, wrong="password" if by_password else "token")
    response = RedirectResponse(back, 303)
    keep(request, response, cookie)
    return response


def _by_token(request: Request, found: dict[str, list[str]]) -> str | None:
    sessions: SessionBook = request.app.state.sessions
    return sessions.open(_first(found, "token").strip(), cookie_of(request))


def _by_password(request: Request, found: dict[str, list[str]]) -> str | None:
    """The limit is the account's, so that guessing from many addresses is slowed as well."""
    sessions: SessionBook = request.app.state.sessions
    tries: RateLimit = request.app.state.password_tries
    name = _first(found, "name").strip().lower()[:80]
    if tries.is_spent(name):
        return None
    token = _accounts(request).verify(name, _first(found, "password"))
    if token is None:
        tries.wait(name)
        return None
    return sessions.open_for(token, cookie_of(request))


@router.post("/logout")
def log_out(request: Request, form: CurrentForm) -> Response:
    sessions: SessionBook = request.app.state.sessions
    sessions.end(cookie_of(request))
    response = RedirectResponse("/login", 303)
    forget(request, response)
    return response


@router.get("/invitation/{word}")
def invitation(request: Request, word: str) -> Response:
    return _choosing(request, word)


def _choosing(request: Request, word: str, wrong: str = "", status: int = 200) -> Response:
    failures: RateLimit = request.app.state.failures
    name = None if failures.is_spent(origin_of(request)) else _accounts(request).invited(word[:100])
    if name is None:
        failures.wait(origin_of(request))
        text = sentence(_LATE, language_of(request))
        return render(request, "message.html", 404, text=text)
    return render(request, "invitation.html", status, name=name, wrong=wrong)


@router.post("/invitation/{word}")
def choose(request: Request, word: str, found: Fields) -> Response:
    try:
        chosen = _accounts(request).choose(word[:100], _first(found, "password"), origin_of(request))
    except BadPassword as error:
        return _choosing(request, word, sentence(error.message, language_of(request)), 422)
    return RedirectResponse("/login", 303) if chosen else _choosing(request, word)


@router.get("/password")
def password(request: Request, session: CurrentSession) -> Response:
    return render(request, "password.html", session=session, wrong="")


@router.post("/password")
def change(request: Request, form: CurrentForm) -> Response:
    """The session ends with the old password: whoever else had it is out, and the owner logs in anew."""
    tries: RateLimit = request.app.state.password_tries
    name = form.session.actor.name
    wrong = sentence(_NOT_THIS, language_of(request))
    try:
        if not tries.is_spent(name) and _accounts(request).change(
            form.session.actor, form.exact("present"), form.exact("password")
        ):
            response = RedirectResponse("/login", 303)
            forget(request, response)
            return response
        tries.wait(name)
    except BadPassword as error:
        wrong = sentence(error.message, language_of(request))
    return render(request, "password.html", 422, session=form.session, wrong=wrong)
