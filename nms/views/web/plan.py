"""The pages of preventive maintenance: the plan, and one piece of it with what may be changed."""

from __future__ import annotations

import time
from enum import StrEnum
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from nms.access import Permission, require
from nms.model import Message
from nms.queries.dossier import PlanRow
from nms.queries.ports import NotFound, Reads, Rejected
from nms.store.sessions import Session
from nms.views.api.engine import acts_of, reads_of
from nms.views.api.fields import Number, Word
from nms.views.foreseen import move_lines, skip_lines
from nms.views.moments import moment_of
from nms.views.web.quiet import local_of
from nms.views.web.rendering import language_of, render
from nms.views.web.sessions import CurrentForm, CurrentSession, Form

router = APIRouter(include_in_schema=False)

DAY = 86_400.0
SPANS = {"30": 30 * DAY, "92": 92 * DAY, "366": 366 * DAY}
AHEAD_SECONDS = 400 * DAY
TICKETS = 300
FIELDS = ("technician", "start", "reason")


class Change(StrEnum):
    MOVE = "move"
    SKIP = "skip"


@router.get("/maintenance")
def plan(request: Request, session: CurrentSession, days: Word = "30") -> Response:
    """The plan from now on, and the preventive tickets that are open."""
    require(session.actor, Permission.READ)
    language, reads = language_of(request), reads_of(request)
    scope = sorted(session.actor.departments)
    chosen = days if days in SPANS else "30"
    found = _plan(reads, session, SPANS[chosen])
    return render(
        request,
        "maintenance.html",
        session=session,
        rows=found,
        days=chosen,
        spans=list(SPANS),
        may=session.actor.may(Permission.PLAN),
        tickets=reads.tickets(language, status="active", kind="preventive", limit=TICKETS, departments=scope),
        names=_names(reads, language),
    )


def _plan(reads: Reads, session: Session, ahead: float) -> list[PlanRow]:
    now = time.time()
    return list(reads.plan(now, now + ahead, sorted(session.actor.departments)))


def _names(reads: Reads, language: str) -> dict[str, dict[str, str]]:
    """What people and departments are called."""
    return {
        "people": {one.id: one.name for one in reads.technicians()},
        "departments": {one.id: one.short_name for one in reads.overview(language).departments},
    }


@router.get("/maintenance/{number}")
def work(request: Request, session: CurrentSession, number: Number) -> Response:
    """One piece of planned work; parameters fill the forms in."""
    return _page(request, session, number, {k: v[:1000] for k, v in request.query_params.items() if k in FIELDS})


def _page(
    request: Request, session: Session, number: int, given: dict[str, str], *, wrong: str = "", status: int = 200
) -> Response:
    require(session.actor, Permission.READ)
    reads = reads_of(request)
    row, zone = _row(reads, session, number), ZoneInfo(reads.timezone)
    start = local_of(row.start, zone) if row.start is not None else ""
    return render(
        request,
        "planned_work.html",
        status,
        session=session,
        row=row,
        wrong=wrong,
        may=session.actor.may(Permission.PLAN, row.department or None) and row.state == "planned",
        given={"technician": row.technician, "start": start, "reason": "", **given},
        least=local_of(row.due_from, zone),
        most=local_of(row.due_until - row.minutes * 60, zone),
        names=_names(reads, language_of(request)),
    )


def _row(reads: Reads, session: Session, number: int) -> PlanRow:
    found = next((row for row in _plan(reads, session, AHEAD_SECONDS) if row.number == number), None)
    if found is None:
        raise NotFound(Message("there is no planned work {number} any more", {"number": number}))
    return found


@router.post("/maintenance/{number}/{act}/preview")
def preview(request: Request, form: CurrentForm, number: Number, act: Change) -> Response:
    """What it would do, with a button to do it; a refusal leads back to the form as it was filled in."""
    actor, reads = form.session.actor, reads_of(request)
    require(actor, Permission.PLAN)
    zone = ZoneInfo(reads.timezone)
    try:
        if act is Change.MOVE:
            technician, start = _wanted(reads, form, number)
            lines = move_lines(reads.preview_move(actor, number, technician=technician, start=start), zone)
        else:
            _need_reason(form)
            lines = skip_lines(reads.preview_skip(actor, number), zone)
    except Rejected as refused:
        fields, said = _fields(form), refused.told(language_of(request))
        return _page(request, form.session, number, fields, wrong=said, status=409)
    given = _fields(form)
    return render(request, "plan_preview.html", session=form.session, number=number, act=act, lines=lines, given=given)


@router.post("/maintenance/{number}/move")
def move(request: Request, form: CurrentForm, number: Number) -> Response:
    technician, start = _wanted(reads_of(request), form, number)
    acts_of(request).move_work(form.session.actor, number, technician=technician, start=start)
    return RedirectResponse(f"/maintenance/{number}", 303)


@router.post("/maintenance/{number}/skip")
def skip(request: Request, form: CurrentForm, number: Number) -> Response:
    _need_reason(form)
    acts_of(request).skip_work(form.session.actor, number, form["reason"])
    return RedirectResponse("/maintenance", 303)


def _need_reason(form: Form) -> None:
    if not form["reason"]:
        raise Rejected(Message("say why this work is left out"))


def _fields(form: Form) -> dict[str, str]:
    return {name: form[name] for name in FIELDS if form[name]}


def _wanted(reads: Reads, form: Form, number: int) -> tuple[str, float | None]:
    """Who and when; a start that was left as it is keeps its seconds."""
    zone, text = ZoneInfo(reads.timezone), form["start"]
    before = _row(reads, form.session, number).start
    if not text or (before is not None and text == local_of(before, zone)):
        return form["technician"], before
    start = moment_of(text, zone)
    if start is None:
        raise Rejected(Message("say when it begins, on the office's clock: 2026-12-05 10:00"))
    return form["technician"], start
