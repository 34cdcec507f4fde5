"""Who is on call: to read, what would leave a call unheard, and for other calendars."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from nms.access import Permission, require
from nms.queries import rows
from nms.views.api.auth import CurrentActor
from nms.views.api.engine import reads_of
from nms.views.api.fields import Instant, Word
from nms.views.api.languages import Language
from nms.views.api.noting import note_look
from nms.views.api.paging import as_json
from nms.views.api.periods import check_period
from nms.views.api.problems import documented

router = APIRouter(tags=["on call"], responses=documented(400, 404))

CALENDAR = "text/calendar; charset=utf-8"


@router.get("/oncall", response_model=list[rows.ShiftRow])
def on_call(request: Request, actor: CurrentActor, start: Instant, end: Instant) -> Response:
    require(actor, Permission.READ)
    check_period(start, end)
    note_look(request, actor, "on-call")
    return as_json(list[rows.ShiftRow], reads_of(request).on_call(start, end))


@router.get("/oncall/problems", response_model=list[rows.RotaProblemRow])
def problems(request: Request, actor: CurrentActor, language: Language, start: Instant, end: Instant) -> Response:
    """Hours without anybody, leave on a turn, people whom no message can reach."""
    require(actor, Permission.READ)
    check_period(start, end)
    return as_json(list[rows.RotaProblemRow], reads_of(request).on_call_problems(start, end, language))


@router.get(
    "/oncall/calendar",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {}}, "description": "Duties as iCalendar (RFC 5545)"}},
)
def calendar(request: Request, actor: CurrentActor, start: Instant, end: Instant, person: Word = "") -> Response:
    """The duties of everybody, or of one person by id, for other programs."""
    require(actor, Permission.READ)
    check_period(start, end)
    note_look(request, actor, "on-call")
    return calendar_file(reads_of(request).on_call_calendar(start, end, person))


def calendar_file(content: bytes) -> Response:
    headers = {"Content-Disposition": 'attachment; filename="oncall.ics"'}
    return Response(content, media_type=CALENDAR, headers=headers)
