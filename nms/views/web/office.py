"""Pages of the office that runs the monitor: announcements, accounts, and the audit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from nms.access import Permission, UserRole, require
from nms.model import Message
from nms.queries.audited import AuditQuery, AuditReads
from nms.queries.ports import NotFound, Rejected
from nms.queries.rows import DepartmentTile
from nms.store.accounts import Account, AccountBook
from nms.store.announcements import LONGEST_TEXT, LONGEST_TITLE, AnnouncementBook
from nms.store.sessions import Session
from nms.views.api.engine import reads_of
from nms.views.api.fields import Identifier, Number, Word
from nms.views.api.noting import note_look
from nms.views.moments import moment_of
from nms.views.refused import check_departments, refusals
from nms.views.web.entrance import entrance_of
from nms.views.web.rendering import language_of, render
from nms.views.web.sessions import CurrentForm, CurrentSession, Form

router = APIRouter(include_in_schema=False)

AUDIT_PAGE = 200
_TIMES = Message("say when it appears and when it is taken off, on the office's clock: 2026-12-05 22:00")


def _departments(request: Request, session: Session) -> list[DepartmentTile]:
    """Those that somebody may name."""
    known = reads_of(request).overview(language_of(request)).departments
    mine = session.actor.departments
    return [tile for tile in known if not mine or tile.id in mine]


@router.get("/announcements")
def announcements(request: Request, session: CurrentSession) -> Response:
    require(session.actor, Permission.READ)
    book: AnnouncementBook = request.app.state.announcements
    mine = session.actor.departments
    found = [one for one in book.rows() if not mine or set(one.departments) & mine]
    return render(
        request,
        "announcements.html",
        session=session,
        rows=found,
        now=book.now(),
        may=session.actor.may(Permission.ANNOUNCE),
        departments=_departments(request, session),
        longest={"title": LONGEST_TITLE, "text": LONGEST_TEXT},
    )


@router.post("/announcements")
def announce(request: Request, form: CurrentForm) -> Response:
    book: AnnouncementBook = request.app.state.announcements
    zone = ZoneInfo(reads_of(request).timezone)
    starts = moment_of(form["start"], zone) if form["start"] else None
    ends = moment_of(form["end"], zone)
    if ends is None or (form["start"] and starts is None):
        raise Rejected(_TIMES)
    chosen = _known(request, form)
    title, text = form["title"][:LONGEST_TITLE], form["text"]
    with refusals():
        book.announce(form.session.actor, title, text, ends, starts_at=starts, departments=chosen)
    return RedirectResponse("/announcements", 303)


def _known(request: Request, form: Form) -> list[str]:
    """The departments of a form. Raises: NotFound for one that the inventory lacks."""
    chosen = sorted({one for one in form.all("department") if one})
    check_departments(reads_of(request), chosen)
    return chosen


@router.post("/announcements/{number}/withdraw")
def withdraw(request: Request, form: CurrentForm, number: Number) -> Response:
    book: AnnouncementBook = request.app.state.announcements
    book.withdraw(form.session.actor, number)
    return RedirectResponse("/announcements", 303)


@router.get("/accounts")
def accounts(request: Request, session: CurrentSession) -> Response:
    found = entrance_of(request).accounts.rows(session.actor)
    note_look(request, session.actor, "accounts")
    departments = _departments(request, session)
    return render(request, "accounts.html", session=session, rows=found, departments=departments, roles=list(UserRole))


@router.post("/accounts")
def add(request: Request, form: CurrentForm) -> Response:
    book, departments = entrance_of(request).accounts, _known(request, form)
    with refusals():
        word = book.add(form.session.actor, form["name"].lower(), _roles(form), departments)
    return _invited(request, form, form["name"].lower(), word)


def _roles(form: Form) -> list[UserRole]:
    found = sorted({UserRole(one) for one in form.all("role") if one in set(UserRole)})
    if not found:
        raise Rejected(Message("choose at least one role"))
    return found


def _invited(request: Request, form: Form, name: str, word: str) -> Response:
    """The link is on this page once; whoever opens it first chooses the password."""
    base = entrance_of(request).public_url or str(request.base_url)
    link = f"{base.rstrip('/')}/invitation/{word}"
    return render(request, "invited.html", session=form.session, name=name, link=link)


@router.get("/accounts/{name}")
def account(request: Request, session: CurrentSession, name: Identifier) -> Response:
    found = _account(entrance_of(request).accounts, session, name)
    note_look(request, session.actor, "accounts")
    return render(
        request,
        "account_of.html",
        session=session,
        one=found,
        own=session.actor.name == name,
        departments=_departments(request, session),
        roles=list(UserRole),
    )


def _account(book: AccountBook, session: Session, name: str) -> Account:
    found = next((one for one in book.rows(session.actor) if one.name == name), None)
    if found is None:
        raise NotFound(Message("there is no account “{name}”", {"name": name}))
    return found


@router.post("/accounts/{name}/rights")
def rights(request: Request, form: CurrentForm, name: Identifier) -> Response:
    book, roles, departments = entrance_of(request).accounts, _roles(form), _known(request, form)
    return _done(name, lambda: book.allow(form.session.actor, name, roles, departments))


@router.post("/accounts/{name}/invitation")
def invite(request: Request, form: CurrentForm, name: Identifier) -> Response:
    with refusals():
        word = entrance_of(request).accounts.invite(form.session.actor, name)
    return _invited(request, form, name, word)


@router.post("/accounts/{name}/disable")
def disable(request: Request, form: CurrentForm, name: Identifier) -> Response:
    return _done(name, lambda: entrance_of(request).accounts.disable(form.session.actor, name))


@router.post("/accounts/{name}/enable")
def enable(request: Request, form: CurrentForm, name: Identifier) -> Response:
    return _done(name, lambda: entrance_of(request).accounts.enable(form.session.actor, name))


@router.post("/accounts/{name}/second-factor/end")
def take_away(request: Request, form: CurrentForm, name: Identifier) -> Response:
    return _done(name, lambda: entrance_of(request).factors.end(form.session.actor, name))


@router.post("/accounts/{name}/remove")
def remove(request: Request, form: CurrentForm, name: Identifier) -> Response:
    """Whoever ends an account writes its name: the button stands near others."""
    if form["confirm"] != name:
        raise Rejected(Message("write the name of the account to remove it"))
    _done(name, lambda: entrance_of(request).accounts.remove(form.session.actor, name))
    return RedirectResponse("/accounts", 303)


def _done(name: str, act: Callable[[], None]) -> Response:
    with refusals():
        act()
    return RedirectResponse(f"/accounts/{name}", 303)


@router.get("/audit")
def audit(
    request: Request,
    session: CurrentSession,
    who: Word = "",
    action: Word = "",
    kind: Word = "",
    subject: Word = "",
    before: Annotated[str, Query(pattern=r"^\d{0,15}$")] = "",
) -> Response:
    reads: AuditReads = request.app.state.audited
    asked = {"who": who, "action": action, "kind": kind, "subject": subject}
    about = AuditQuery(who, action, kind, subject, before=int(before) if before else None, limit=AUDIT_PAGE)
    found = reads.entries(session.actor, about)
    older = found[-1].id if len(found) == AUDIT_PAGE else None
    return render(request, "audit.html", session=session, rows=found, asked=asked, older=older, now=time.time())
