"""The reading half of the API: GET only, nothing changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import TypeAdapter

from nms.access import Permission, require
from nms.queries import rows
from nms.queries.ports import Reads
from nms.views.api.auth import CurrentActor, Language
from nms.views.api.problems import Problem
from nms.views.api.stream import EventHub, as_sse

router = APIRouter(tags=["reads"])

RowT = TypeVar("RowT")
Limit = Annotated[int, Query(ge=1, le=20_000)]
Word = Annotated[str, Query(max_length=200)]
Instant = Annotated[float, Query(ge=0, le=1e11, description="Unix seconds, UTC")]
MAX_POINTS = 20_000


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _json(kind: Any, value: object) -> Response:
    """Serialises rows in one go: ten thousand of them must not go through a validator each."""
    return Response(_adapter(kind).dump_json(value), media_type="application/json")


def _reads(request: Request) -> Reads:
    reads: Reads = request.app.state.reads
    return reads


def _mine(actor: CurrentActor, found: Sequence[RowT], department: Callable[[RowT], str]) -> list[RowT]:
    """What the actor may see: everything, or the rows of the actor's departments."""
    require(actor, Permission.READ)
    if not actor.departments:
        return list(found)
    return [row for row in found if department(row) in actor.departments]


@router.get("/overview", response_model=rows.Overview)
def overview(request: Request, actor: CurrentActor, language: Language) -> Response:
    require(actor, Permission.READ)
    found = _reads(request).overview(language)
    if actor.departments:
        found = _restricted(found, actor.departments)
    return _json(rows.Overview, found)


def _restricted(overview: rows.Overview, departments: frozenset[str]) -> rows.Overview:
    tiles = tuple(tile for tile in overview.departments if tile.id in departments)
    events = tuple(event for event in overview.events if event.department in departments)
    return replace(overview, departments=tiles, events=events)


@router.get("/devices", response_model=list[rows.DeviceRow])
def devices(
    request: Request, actor: CurrentActor, language: Language, department: Word = "", role: Word = ""
) -> Response:
    found = _reads(request).devices(language, department=department, role=role)
    return _json(list[rows.DeviceRow], _mine(actor, found, lambda row: row.department))


@router.get("/devices/{device_id}", response_model=rows.DevicePage)
def device(request: Request, actor: CurrentActor, language: Language, device_id: str) -> Response:
    return _json(rows.DevicePage, _device(request, actor, language, device_id))


def _device(request: Request, actor: CurrentActor, language: str, device_id: str) -> rows.DevicePage:
    page = _reads(request).device(device_id, language)
    require(actor, Permission.READ, page.device.department)
    return page


@router.get("/devices/{device_id}/series", response_model=list[rows.SeriesRow])
def series(request: Request, actor: CurrentActor, language: Language, device_id: str) -> Response:
    _device(request, actor, language, device_id)
    return _json(list[rows.SeriesRow], _reads(request).series(device_id))


@router.get("/devices/{device_id}/history", response_model=rows.History)
def history(
    request: Request,
    actor: CurrentActor,
    language: Language,
    device_id: str,
    metric: Word,
    start: Instant,
    end: Instant,
    kind: Word = "device",
    component: Word = "",
    step: Annotated[float | None, Query(gt=0, le=86400 * 31)] = None,
) -> Response:
    _device(request, actor, language, device_id)
    _check_period(start, end)
    if step is not None and (end - start) / step > MAX_POINTS:
        raise Problem(422, f"step: gives more than {MAX_POINTS} points; ask for a longer step or a shorter period")
    return _json(rows.History, _reads(request).history(device_id, kind, component, metric, start, end, step))


def _check_period(start: float, end: float) -> None:
    if end <= start:
        raise Problem(422, "end: must be later than start")


@router.get("/links", response_model=list[rows.LinkRow])
def links(request: Request, actor: CurrentActor, language: Language) -> Response:
    return _json(list[rows.LinkRow], _mine(actor, _reads(request).links(language), lambda row: row.department))


@router.get("/topology", response_model=list[rows.TreeRow])
def topology(request: Request, actor: CurrentActor, language: Language) -> Response:
    require(actor, Permission.READ)
    return _json(list[rows.TreeRow], _reads(request).topology(language))


@router.get("/power", response_model=list[rows.TreeRow])
def power(request: Request, actor: CurrentActor, language: Language) -> Response:
    require(actor, Permission.READ)
    return _json(list[rows.TreeRow], _reads(request).power(language))


@router.get("/alerts", response_model=list[rows.AlertRow])
def alerts(
    request: Request, actor: CurrentActor, language: Language, resolved: bool = False, limit: Limit = 2000
) -> Response:
    found = _reads(request).alerts(language, include_resolved=resolved, limit=limit)
    return _json(list[rows.AlertRow], _mine(actor, found, lambda row: row.department))


@router.get("/incidents", response_model=list[rows.IncidentRow])
def incidents(
    request: Request, actor: CurrentActor, language: Language, resolved: bool = False, limit: Limit = 500
) -> Response:
    found = _reads(request).incidents(language, include_resolved=resolved, limit=limit)
    return _json(list[rows.IncidentRow], _mine(actor, found, lambda row: row.department))


@router.get("/tickets", response_model=list[rows.TicketRow])
def tickets(
    request: Request,
    actor: CurrentActor,
    language: Language,
    status: Word = "",
    kind: Word = "",
    department: Word = "",
    device: Word = "",
    assignee: Word = "",
    text: Word = "",
    before: Word = "",
    limit: Limit = 500,
) -> Response:
    found = _reads(request).tickets(
        language,
        status=status,
        kind=kind,
        department=department,
        device=device,
        assignee=assignee,
        text=text,
        before=before,
        limit=limit,
    )
    return _json(list[rows.TicketRow], _mine(actor, found, lambda row: row.department))


@router.get("/tickets/{folio}", response_model=rows.TicketPage)
def ticket(request: Request, actor: CurrentActor, language: Language, folio: str) -> Response:
    page = _reads(request).ticket(folio, language)
    require(actor, Permission.READ, page.ticket.department)
    return _json(rows.TicketPage, page)


@router.get("/events", response_model=list[rows.EventRow])
def events(
    request: Request, actor: CurrentActor, language: Language, since: float | None = None, limit: Limit = 200
) -> Response:
    found = _reads(request).events(language, since=since, limit=limit)
    return _json(list[rows.EventRow], _mine(actor, found, lambda row: row.department))


@router.get("/reports/uptime", response_model=rows.UptimeReport)
def uptime(
    request: Request, actor: CurrentActor, language: Language, start: Instant, end: Instant, department: Word = ""
) -> Response:
    require(actor, Permission.READ_REPORTS, department or None)
    _check_period(start, end)
    return _json(rows.UptimeReport, _reads(request).uptime(start, end, language, department=department))


@router.get("/why", response_model=list[rows.WhyStep])
def why(request: Request, actor: CurrentActor, language: Language, key: Word) -> Response:
    require(actor, Permission.READ)
    return _json(list[rows.WhyStep], _reads(request).why(key, language))


@router.get("/oncall", response_model=list[rows.ShiftRow])
def on_call(request: Request, actor: CurrentActor, start: Instant, end: Instant) -> Response:
    require(actor, Permission.READ)
    _check_period(start, end)
    return _json(list[rows.ShiftRow], _reads(request).on_call(start, end))


@router.get("/me")
def me(actor: CurrentActor) -> dict[str, Any]:
    """Who the token is and what it may do, so that a client can hide what would be refused."""
    return {
        "name": actor.name,
        "roles": sorted(actor.roles),
        "permissions": sorted(actor.permissions),
        "departments": sorted(actor.departments),
    }


@router.get("/stream", response_class=StreamingResponse)
async def stream(request: Request, actor: CurrentActor) -> StreamingResponse:
    """Server-sent events: `changed` whenever there is something new to read; a comment every 15 s."""
    require(actor, Permission.READ)
    hub: EventHub = request.app.state.hub

    async def body() -> AsyncIterator[bytes]:
        yield b"retry: 2000\n\n"
        async for event in hub.subscribe():
            yield as_sse(event)

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(body(), media_type="text/event-stream", headers=headers)
