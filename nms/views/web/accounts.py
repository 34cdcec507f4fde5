"""Logging in with a name and a password, choosing one by an invitation, and changing it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from nms.i18n import render as sentence
from nms.model import Message
from nms.store.accounts import BadPassword
from nms.store.sessions import SessionBook
from nms.views.api.auth import origin_of
from nms.views.api.fields import Word
from nms.views.api.limits import RateLimit
from nms.views.web.entrance import admit, entrance_of, wait_for_factor
from nms.views.web.openid import farewell
from nms.views.web.rendering import language_of, render
from nms.views.web.sessions import CurrentForm, CurrentSession, cookie_of, fields, forget, keep, local_path

router = APIRouter(include_in_schema=False)

Fields = Annotated[dict[str, list[str]], Depends(fields)]

_LATE = Message("This invitation does not count: it was used, or its three days are over. Ask for a new one.")
_NOT_THIS = Message("The present password is not this one.")
TRIES, TRIES_SECONDS = 10, 900.0
"""Wrong passwords of one account, from wherever they come: its owner waits a quarter of an hour at most."""


def first(found: dict[str, list[str]], name: str) -> str:
    return found.get(name, [""])[0]


def spent(request: Request, limit: str) -> bool:
    """Whether too many wrong passwords or codes of an account were tried, or too many of anything from here."""
    tries: RateLimit = request.app.state.password_tries
    failures: RateLimit = request.app.state.failures
    return tries.is_spent(limit) or failures.is_spent(origin_of(request))


@router.get("/login")
def login(request: Request, back: Word = "/") -> Response:
    return _login(request, local_path(back))


def _login(request: Request, back: str, wrong: str = "", status: int = 200) -> Response:
    entrance = entrance_of(request)
    return render(
        request, "login.html", status, back=back, wrong=wrong, passwords=entrance.passwords, openid=entrance.openid
    )


@router.post("/login")
def log_in(request: Request, found: Fields) -> Response:
    """A new session for a password or a token that counts; a former session of this browser ends."""
    back = local_path(first(found, "back") or "/")
    failures: RateLimit = request.app.state.failures
    origin = origin_of(request)
    by_password = "name" in found
    response = None
    if not failures.is_spent(origin):
        response = _by_password(request, found, back) if by_password else _by_token(request, found, back)
    if response is None:
        failures.wait(origin)
        return _login(request, back, "password" if by_password else "token", 401)
    return response


def _by_token(request: Request, found: dict[str, list[str]], back: str) -> Response | None:
    """A token is one factor: roles that need two log in with their account."""
    sessions: SessionBook = request.app.state.sessions
    cookie = sessions.open(first(found, "token").strip(), cookie_of(request), entrance_of(request).required)
    if cookie is None:
        return None
    response = RedirectResponse(back, 303)
    keep(request, response, cookie)
    return response


def _by_password(request: Request, found: dict[str, list[str]], back: str) -> Response | None:
    """The limit is the account's, so that guessing from many addresses is slowed as well."""
    entrance = entrance_of(request)
    tries: RateLimit = request.app.state.password_tries
    name = first(found, "name").strip().lower()[:80]
    if tries.is_spent(name) or not entrance.passwords:
        return None
    token = entrance.accounts.verify(name, first(found, "password"))
    if token is None:
        tries.wait(name)
        return None
    if entrance.asks(name, token):
        return wait_for_factor(request, name, token, back)
    return admit(request, token, RedirectResponse(back, 303))


@router.post("/logout")
async def log_out(request: Request, form: CurrentForm) -> Response:
    sessions: SessionBook = request.app.state.sessions
    cookie = cookie_of(request)
    await run_in_threadpool(sessions.end, cookie)
    response = await farewell(request, cookie) or RedirectResponse("/login", 303)
    forget(request, response)
    return response


@router.get("/invitation/{word}")
def invitation(request: Request, word: str) -> Response:
    return _choosing(request, word)


def _choosing(request: Request, word: str, wrong: str = "", status: int = 200) -> Response:
    failures: RateLimit = request.app.state.failures
    name = None if failures.is_spent(origin_of(request)) else entrance_of(request).accounts.invited(word[:100])
    if name is None:
        failures.wait(origin_of(request))
        text = sentence(_LATE, language_of(request))
        return render(request, "message.html", 404, text=text)
    return render(request, "invitation.html", status, name=name, wrong=wrong)


@router.post("/invitation/{word}")
def choose(request: Request, word: str, found: Fields) -> Response:
    try:
        chosen = entrance_of(request).accounts.choose(word[:100], first(found, "password"), origin_of(request))
    except BadPassword as error:
        return _choosing(request, word, sentence(error.message, language_of(request)), 422)
    return RedirectResponse("/login", 303) if chosen else _choosing(request, word)


@router.get("/account")
def own(request: Request, session: CurrentSession, wrong: Word = "") -> Response:
    """Somebody's own account: what it may do, its password, second factor and sessions."""
    entrance = entrance_of(request)
    sessions: SessionBook = request.app.state.sessions
    account = entrance.accounts.of(session.token)
    return render(
        request,
        "account.html",
        session=session,
        account=account,
        left=entrance.factors.codes_left(account.name) if account and account.second_factor else 0,
        sessions=sessions.beside(cookie_of(request), session.token),
        wrong=wrong,
    )


@router.post("/account/sessions/end")
def end_others(request: Request, form: CurrentForm) -> Response:
    sessions: SessionBook = request.app.state.sessions
    sessions.end_others(cookie_of(request), form.session.token)
    return RedirectResponse("/account", 303)


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
        if not tries.is_spent(name) and entrance_of(request).accounts.change(
            form.session.actor, form.exact("present"), form.exact("password")
        ):
            response = RedirectResponse("/login", 303)
            forget(request, response)
            return response
        tries.wait(name)
    except BadPassword as error:
        wrong = sentence(error.message, language_of(request))
    return render(request, "password.html", 422, session=form.session, wrong=wrong)
