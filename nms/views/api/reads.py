"""The reading half of the API: GET only, nothing changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from nms.access import Actor, Permission, require
from nms.model import AlertStatus
from nms.queries import rows
from nms.queries.ports import Reads
from nms.queries.reports.document import Kind, Report
from nms.views.api.auth import CurrentActor
from nms.views.api.engine import reads_of
from nms.views.api.fields import Cursor, Identifier, Instant, Limit, Number, Offset, Word
from nms.views.api.languages import Language
from nms.views.api.noting import note_export
from nms.views.api.paging import as_json, newest, next_page, page
from nms.views.api.periods import check_period
from nms.views.api.presence import with_stations
from nms.views.api.problems import HttpProblem, documented

router = APIRouter(tags=["reads"], responses=documented(404, 409))

RowT = TypeVar("RowT")
SeverityWord = Literal["critical", "warning", "info"]
MAX_POINTS = 20_000


def mine(actor: Actor, found: Sequence[RowT], department: Callable[[RowT], str]) -> Sequence[RowT]:
    """What the actor may see: everything, or the rows of the actor's departments."""
    require(actor, Permission.READ)
    if not actor.departments:
        return found
    return [row for row in found if department(row) in actor.departments]


@router.get("/overview", response_model=rows.Overview)
def overview(request: Request, actor: CurrentActor, language: Language) -> Response:
    require(actor, Permission.READ)
    found = reads_of(request).overview(language)
    return as_json(rows.Overview, restricted(reads_of(request), found, actor, language) if actor.departments else found)


def restricted(reads: Reads, found: rows.Overview, actor: Actor, language: str) -> rows.Overview:
    """The overview as if the actor's departments were all there is."""
    tiles = tuple(tile for tile in found.departments if tile.id in actor.departments)
    alerts = mine(actor, reads.alerts(language), lambda row: row.department)
    speaking = [row for row in alerts if row.status is not AlertStatus.SUPPRESSED]
    by_severity = Counter(row.severity for row in speaking)
    tickets = reads.tickets(language, status="active", departments=sorted(actor.departments))
    by_kind = Counter(str(row.kind) for row in tickets)
    states = [tile.devices for tile in tiles]
    return replace(
        found,
        departments=tiles,
        devices=rows.Counts(**{name: sum(getattr(one, name) for one in states) for name in rows.Counts.__slots__}),
        alerts_by_severity={name: by_severity[name] for name in found.alerts_by_severity},
        alerts_unattended=sum(row.attention is rows.Attention.UNATTENDED for row in speaking),
        incidents_open=len({row.incident for row in speaking if row.incident is not None}),
        tickets_open={name: by_kind[name] for name in found.tickets_open},
        events=tuple(event for event in found.events if event.department in actor.departments),
    )


@router.get("/devices", response_model=list[rows.DeviceRow])
def devices(
    request: Request,
    actor: CurrentActor,
    language: Language,
    department: Word = "",
    role: Word = "",
    limit: Limit = 20_000,
    offset: Offset = 0,
) -> Response:
    found = reads_of(request).devices(language, department=department, role=role)
    return page(request, rows.DeviceRow, mine(actor, found, lambda row: row.department), limit, offset)


@router.get("/devices/{device_id}", response_model=rows.DevicePage)
def device(request: Request, actor: CurrentActor, language: Language, device_id: Identifier) -> Response:
    return as_json(rows.DevicePage, with_stations(request, actor, _device(request, actor, language, device_id)))


def _device(request: Request, actor: CurrentActor, language: str, device_id: str) -> rows.DevicePage:
    page = reads_of(request).device(device_id, language)
    require(actor, Permission.READ, page.device.department)
    return page


@router.get("/devices/{device_id}/series", response_model=list[rows.SeriesRow])
def series(request: Request, actor: CurrentActor, language: Language, device_id: Identifier) -> Response:
    _device(request, actor, language, device_id)
    return as_json(list[rows.SeriesRow], reads_of(request).series(device_id, language))


@router.get("/devices/{device_id}/history", response_model=rows.History)
def history(
    request: Request,
    actor: CurrentActor,
    language: Language,
    device_id: Identifier,
    metric: Word,
    start: Instant,
    end: Instant,
    kind: Word = "device",
    component: Word = "",
    step: Annotated[float | None, Query(gt=0, le=86400 * 31)] = None,
) -> Response:
    _device(request, actor, language, device_id)
    check_period(start, end)
    if step is not None and (end - start) / step > MAX_POINTS:
        much = "step: gives more than {points} points; ask for a longer step or a shorter period"
        raise HttpProblem(422, much, points=MAX_POINTS)
    found = reads_of(request).history(device_id, kind, component, metric, start, end, step, language)
    return as_json(rows.History, found)


@router.get("/links", response_model=list[rows.LinkRow])
def links(
    request: Request, actor: CurrentActor, language: Language, limit: Limit = 20_000, offset: Offset = 0
) -> Response:
    found = mine(actor, reads_of(request).links(language), lambda row: row.department)
    return page(request, rows.LinkRow, found, limit, offset)


@router.get("/topology", response_model=list[rows.TreeRow])
def topology(request: Request, actor: CurrentActor, language: Language) -> Response:
    return _tree(reads_of(request), actor, language, reads_of(request).topology(language))


@router.get("/power", response_model=list[rows.TreeRow])
def power(request: Request, actor: CurrentActor, language: Language) -> Response:
    return _tree(reads_of(request), actor, language, reads_of(request).power(language))


@router.get("/telephony", response_model=rows.Telephony)
def telephony(request: Request, actor: CurrentActor, language: Language) -> Response:
    found = reads_of(request).telephony(language)
    return as_json(
        rows.Telephony,
        rows.Telephony(
            exchanges=tuple(mine(actor, found.exchanges, lambda row: row.department)),
            lines=tuple(mine(actor, found.lines, lambda row: row.department)),
            phones=tuple(mine(actor, found.phones, lambda row: row.department)),
        ),
    )


def _tree(reads: Reads, actor: Actor, language: str, found: Sequence[rows.TreeRow]) -> Response:
    """A tree of the actor's own devices: what stands above them in other departments is left out."""
    require(actor, Permission.READ)
    if actor.departments:
        mine = {row.id for row in reads.devices(language) if row.department in actor.departments}
        found = [row for row in found if row.device in mine]
    return as_json(list[rows.TreeRow], found)


@router.get("/alerts", response_model=list[rows.AlertRow])
def alerts(
    request: Request,
    actor: CurrentActor,
    language: Language,
    resolved: bool = False,
    department: Word = "",
    device: Word = "",
    severity: SeverityWord | None = None,
    before: Cursor | None = None,
    limit: Limit = 2000,
) -> Response:
    """Open ones, and with `resolved` the past as well; newest first."""
    wanted = {"department": department, "device": device, "severity": severity or ""}
    narrow = bool(actor.departments or any(wanted.values()))
    every = reads_of(request).alerts(
        language, include_resolved=resolved, before=before, limit=MAX_POINTS if narrow else limit + 1
    )
    found = [one for one in mine(actor, every, _department) if _is(one, wanted)]
    return newest(request, rows.AlertRow, found, limit, lambda row: row.id)


@router.get("/incidents", response_model=list[rows.IncidentRow])
def incidents(
    request: Request,
    actor: CurrentActor,
    language: Language,
    resolved: bool = False,
    department: Word = "",
    before: Cursor | None = None,
    limit: Limit = 500,
) -> Response:
    """Open ones, and with `resolved` the past as well; newest first."""
    narrow = bool(actor.departments or department)
    every = reads_of(request).incidents(
        language, include_resolved=resolved, before=before, limit=MAX_POINTS if narrow else limit + 1
    )
    found = [one for one in mine(actor, every, _department) if _is(one, {"department": department})]
    return newest(request, rows.IncidentRow, found, limit, lambda row: row.id)


def _department(row: rows.AlertRow | rows.IncidentRow | rows.EventRow) -> str:
    return row.department


def _is(row: object, wanted: Mapping[str, str]) -> bool:
    return all(getattr(row, name) == value for name, value in wanted.items() if value)


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
    unassigned: bool = False,
    priority: Annotated[int | None, Query(ge=1, le=4)] = None,
    breached: bool = False,
    watcher: Word = "",
    playbook: Word = "",
    text: Word = "",
    before: Word = "",
    limit: Limit = 500,
) -> Response:
    """Newest first. `status` is one of a ticket's life, or `active`; `breached`: its service level, at any time."""
    require(actor, Permission.READ)
    found = reads_of(request).tickets(
        language,
        status=status,
        kind=kind,
        department=department,
        device=device,
        assignee=assignee,
        unassigned=unassigned,
        priority=priority,
        breached=breached,
        watcher=watcher,
        playbook=playbook,
        text=text,
        before=before,
        limit=limit,
        departments=sorted(actor.departments),
    )
    more = {"Link": next_page(request, before=found[-1].cursor)} if len(found) == limit else None
    return as_json(list[rows.TicketRow], found, more)


@router.get("/tickets/{folio}", response_model=rows.TicketPage)
def ticket(request: Request, actor: CurrentActor, language: Language, folio: Identifier) -> Response:
    page = reads_of(request).ticket(folio, language)
    require(actor, Permission.READ, page.ticket.department)
    return as_json(rows.TicketPage, page)


@router.get("/tickets/{folio}/steps/{number}", response_model=list[rows.EvidenceRow])
def evidence(request: Request, actor: CurrentActor, language: Language, folio: Identifier, number: Number) -> Response:
    """All that was entered for one step of a ticket's playbook, oldest first."""
    require(actor, Permission.READ, reads_of(request).ticket(folio, language).ticket.department)
    return as_json(list[rows.EvidenceRow], reads_of(request).evidence(folio, number, language))


@router.get("/events", response_model=list[rows.EventRow])
def events(
    request: Request,
    actor: CurrentActor,
    language: Language,
    since: Instant | None = None,
    before: Cursor | None = None,
    limit: Limit = 200,
) -> Response:
    """Newest first."""
    asked = MAX_POINTS if actor.departments else limit + 1
    every = reads_of(request).events(language, since=since, before=before, limit=asked)
    return newest(request, rows.EventRow, mine(actor, every, _department), limit, lambda row: row.number)


@router.get("/reports/uptime", response_model=rows.UptimeReport)
def uptime(
    request: Request,
    actor: CurrentActor,
    language: Language,
    start: Instant,
    end: Instant,
    department: Word = "",
    as_of: Instant | None = None,
) -> Response:
    """`as_of`: with the corrections of the past that counted at that instant, to make an old report again."""
    require_report(actor, department)
    check_period(start, end)
    found = reads_of(request).uptime(start, end, language, department=department, as_of=as_of)
    return as_json(rows.UptimeReport, found)


@router.get("/reports/{kind}/document", response_model=Report)
def report(
    request: Request,
    actor: CurrentActor,
    language: Language,
    kind: Kind,
    start: Instant,
    end: Instant,
    department: Word = "",
    as_of: Instant | None = None,
) -> Response:
    """One of the reports for managers, in sentences, figures and tables; `as_of` as of the other one."""
    require_report(actor, department)
    check_period(start, end)
    found = reads_of(request).report(kind, start, end, language, department=department, as_of=as_of)
    note_export(request, actor, kind, "json", department, start, end)
    return as_json(Report, found)


def require_report(actor: Actor, department: str) -> None:
    """Reports of one department, or of all for those who see all. Raises: Forbidden, HttpProblem."""
    require(actor, Permission.READ_REPORTS, department or None)
    if actor.departments and not department:
        own = ", ".join(sorted(actor.departments))
        raise HttpProblem(403, "name one of your departments: {departments}", departments=own)


@router.get("/why", response_model=list[rows.WhyStep])
def why(request: Request, actor: CurrentActor, language: Language, key: Word) -> Response:
    require(actor, Permission.READ)
    if actor.departments:
        require(actor, Permission.READ, _department_of(reads_of(request), key, language))
    return as_json(list[rows.WhyStep], reads_of(request).why(key, language))


def _department_of(reads: Reads, key: str, language: str) -> str:
    """Whose an alert (open or past) is; nobody's where there is none of this key."""
    known = reads.alerts(language, include_resolved=True, limit=MAX_POINTS)
    return next((row.department for row in known if row.key == key), "")


@router.get("/me")
def me(request: Request, actor: CurrentActor) -> dict[str, Any]:
    """Who the token is and what it may do, so that a client can hide what would be refused; and the office's clock."""
    return {
        "timezone": reads_of(request).timezone,
        "name": actor.name,
        "roles": sorted(actor.roles),
        "permissions": sorted(actor.permissions),
        "departments": sorted(actor.departments),
    }
