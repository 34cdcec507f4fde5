"""The second factor: asked for while somebody logs in, enrolled where there is none, taken away by its owner."""

from __future__ import annotations

import segno
from fastapi import APIRouter, Request, Response
from markupsafe import Markup
from starlette.responses import RedirectResponse

from nms.access import Actor
from nms.i18n import gettext as _
from nms.i18n import render as sentence
from nms.model import Message
from nms.store.factors import Enrolment
from nms.views.api.auth import origin_of
from nms.views.api.limits import RateLimit
from nms.views.web.accounts import Fields, first, spent
from nms.views.web.entrance import PENDING, Pending, admit, entrance_of, wait_for_factor
from nms.views.web.rendering import language_of, render
from nms.views.web.sessions import CurrentForm, cookie_of, forget

router = APIRouter(include_in_schema=False)

_WRONG = Message(
    "This code does not count: it was used already, it is too old, or there were too many tries. Wait for the next "
    "code; is the clock of the telephone right?"
)
_NOT_THIS = Message("The present password is not this one.")


@router.get("/login/code")
def ask(request: Request) -> Response:
    """For the code, or with a new secret where there is none."""
    found = entrance_of(request).pending.look(cookie_of(request, PENDING))
    return _asked(request, found) if found else RedirectResponse("/login", 303)


def _asked(request: Request, found: Pending, wrong: str = "", status: int = 200) -> Response:
    factors = entrance_of(request).factors
    if factors.is_enrolled(found.name):
        return render(request, "code.html", status, wrong=wrong)
    offered = factors.offered(found.name) or factors.begin(found.name)
    return render(request, "enrol.html", status, wrong=wrong, enrolment=offered, picture=_picture(offered))


def _picture(enrolment: Enrolment) -> Markup:
    """What the telephone's camera reads, as a drawing inside the page."""
    drawn = segno.make(enrolment.uri, error="m").svg_inline(scale=5, border=4, title=_("Second factor"), svgclass="qr")
    return Markup(drawn)  # noqa: S704


@router.post("/login/code")
def show_code(request: Request, found: Fields) -> Response:
    door = entrance_of(request)
    waiting = door.pending.look(cookie_of(request, PENDING))
    if waiting is None:
        return RedirectResponse("/login", 303)
    tries: RateLimit = request.app.state.password_tries
    code, limit = first(found, "code")[:100], f"code {waiting.name}"
    if spent(request, limit):
        return _asked(request, waiting, sentence(_WRONG, language_of(request)), 429)
    if not door.factors.is_enrolled(waiting.name):
        return _enrolled(request, waiting, code)
    if not door.factors.check(waiting.name, code, origin_of(request)):
        tries.wait(limit)
        return _asked(request, waiting, sentence(_WRONG, language_of(request)), 401)
    return _in(request, waiting, RedirectResponse(waiting.back, 303))


def _enrolled(request: Request, waiting: Pending, code: str) -> Response:
    owner = Actor(waiting.name, frozenset(), origin=origin_of(request))
    codes = entrance_of(request).factors.confirm(owner, waiting.name, code)
    if codes is None:
        request.app.state.password_tries.wait(f"code {waiting.name}")
        return _asked(request, waiting, sentence(_WRONG, language_of(request)), 401)
    return _in(request, waiting, render(request, "recovery.html", codes=codes, back=waiting.back))


def _in(request: Request, waiting: Pending, response: Response) -> Response:
    """Whoever was disabled meanwhile logs in anew, and is refused there."""
    entrance_of(request).pending.take(cookie_of(request, PENDING))
    admitted = admit(request, waiting.token, response, waiting.at_provider)
    if admitted is None:
        admitted = RedirectResponse("/login", 303)
        forget(request, admitted, PENDING)
    return admitted


@router.post("/account/factor")
def enrol(request: Request, form: CurrentForm) -> Response:
    """The owner's wish: to the same page that roles which need it meet while they log in."""
    door = entrance_of(request)
    account = door.accounts.of(form.session.token)
    if account is None:
        return RedirectResponse("/account", 303)
    if not account.issuer and not _knows_password(request, account.name, form.exact("present")):
        return RedirectResponse("/account?wrong=password", 303)
    return wait_for_factor(request, account.name, form.session.token, "/account")


def _knows_password(request: Request, name: str, password: str) -> bool:
    if spent(request, name):
        return False
    if entrance_of(request).accounts.verify(name, password) is None:
        request.app.state.password_tries.wait(name)
        return False
    return True


@router.post("/account/factor/end")
def end(request: Request, form: CurrentForm) -> Response:
    """Takes it away with a code of it; every session ends, this one too."""
    door = entrance_of(request)
    account = door.accounts.of(form.session.token)
    limit = f"code {account.name}" if account else ""
    if account is None or spent(request, limit):
        return RedirectResponse("/account?wrong=code", 303)
    if not door.factors.check(account.name, form["code"], origin_of(request)):
        request.app.state.password_tries.wait(limit)
        return RedirectResponse("/account?wrong=code", 303)
    door.factors.end_own(form.session.actor, account.name)
    response = RedirectResponse("/login", 303)
    forget(request, response)
    return response
