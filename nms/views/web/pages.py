"""The pages that read: what the terminal shows, in a browser."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from nms.access import Permission, require
from nms.model import State
from nms.queries import rows
from nms.queries.ports import NO_DEPARTMENT, NotFound, Reads
from nms.tickets.attachments import EXTENSIONS
from nms.tickets.codes import offered
from nms.views.api.engine import reads_of
from nms.views.api.fields import Identifier, Word
from nms.views.api.noting import note_look
from nms.views.api.oncall import calendar_file
from nms.views.api.presence import with_stations
from nms.views.api.reads import mine, restricted
from nms.views.reports import charts
from nms.views.station_words import spoken_of, whereabouts
from nms.views.web.configurations import is_kept
from nms.views.web.rendering import language_of, metric_word, render
from nms.views.web.sessions import CurrentSession

router = APIRouter(include_in_schema=False)

DAY = 86_400.0
SPANS = {"1": DAY, "7": 7 * DAY, "30": 30 * DAY, "365": 365 * DAY}
POINTS = 350
URGENCY = {attention: order for order, attention in enumerate(rows.Attention)}
PREFERRED = (
    "icmp_round_trip_seconds",
    "processor_used_ratio",
    "load_ratio",
    "temperature_celsius",
    "interface_in_octets_total",
    "check_duration_seconds",
    "device_up",
)
PAGE = 300


@router.get("/")
def overview(request: Request, session: CurrentSession, refresh: Word = "") -> Response:
    require(session.actor, Permission.READ)
    language, reads = language_of(request), reads_of(request)
    found = reads.overview(language)
    if session.actor.departments:
        found = restricted(reads, found, session.actor, language)
    tiles = sorted(found.departments, key=lambda tile: (URGENCY[tile.attention], tile.criticality, tile.name))
    every = 60 if refresh else 0
    return render(request, "overview.html", session=session, overview=found, tiles=tiles, refresh=every)


@router.get("/departments/{department}")
def department(request: Request, session: CurrentSession, department: Identifier) -> Response:
    require(session.actor, Permission.READ, department)
    language, reads = language_of(request), reads_of(request)
    tile = next((tile for tile in reads.overview(language).departments if tile.id == department), None)
    if tile is None:
        raise NotFound(NO_DEPARTMENT, department=department)
    devices = sorted(reads.devices(language, department=department), key=_urgent)
    tickets = reads.tickets(language, status="active", department=department, limit=50)
    return render(request, "department.html", session=session, tile=tile, devices=devices, tickets=tickets)


def _urgent(row: rows.DeviceRow) -> tuple[int, str]:
    return URGENCY[row.attention], row.name


@router.get("/devices/{device_id}")
def device(
    request: Request, session: CurrentSession, device_id: Identifier, series: Word = "", days: Word = "1"
) -> Response:
    language, reads = language_of(request), reads_of(request)
    page = reads.device(device_id, language)
    require(session.actor, Permission.READ, page.device.department)
    page = with_stations(request, session.actor, page)
    listed = sorted(reads.series(device_id, language), key=_preference)
    chosen = next((one for one in listed if _name(one) == series), listed[0] if listed else None)
    span = SPANS.get(days, DAY)
    return render(
        request,
        "device.html",
        session=session,
        page=page,
        places=[row for row in page.stations if row.device == page.device.id],
        plugged=[row for row in page.stations if row.device != page.device.id],
        whereabouts=whereabouts,
        series=listed[:400],
        chosen=chosen,
        name_of=_name,
        graph=_graph(reads, chosen, span) if chosen else None,
        days=days if days in SPANS else "1",
        has_configuration=is_kept(request, session.actor, device_id, page.device.department),
    )


def _preference(series: rows.SeriesRow) -> tuple[int, str, str]:
    order = PREFERRED.index(series.metric) if series.metric in PREFERRED else len(PREFERRED)
    return order, series.metric, series.label


def _name(series: rows.SeriesRow) -> str:
    return "|".join((series.component_kind, series.component_key, series.metric))


def _graph(reads: Reads, chosen: rows.SeriesRow, span: float) -> Markup:
    now = time.time()
    step = max(60.0, math.ceil(span / POINTS / 60) * 60)
    found = reads.history(
        chosen.device, chosen.component_kind, chosen.component_key, chosen.metric, now - span, now, step
    )
    known = [value for value in found.values if value is not None]
    zone = ZoneInfo(reads.timezone)
    spread = [found.start + span * part / 4 for part in range(5)]
    form = "%H:%M" if span <= DAY else "%m-%d"
    ticks = [(at, f"{datetime.fromtimestamp(at, zone):{form}}") for at in spread]
    low, high = (min(0.0, *known), max(known)) if known else (0.0, 0.0)
    drawn = charts.line(
        found.times or (0.0, 0.0),
        found.values or (None, None),
        f"{chosen.label} {metric_word(chosen.metric)}",
        top_label=_axis(high),
        bottom_label=_axis(low),
        ticks=ticks,
    )
    return Markup(drawn)  # noqa: S704


def _axis(value: float) -> str:
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {sign}"
    return f"{value:.3g}"


@router.get("/telephony")
def telephony(request: Request, session: CurrentSession) -> Response:
    """What the terminal's screen of telephony shows: exchanges, trunks, what they offer, calls and voice."""
    require(session.actor, Permission.READ)
    found = reads_of(request).telephony(language_of(request))
    lines = sorted(mine(session.actor, found.lines, lambda row: row.department), key=lambda row: URGENCY[row.attention])
    phones = mine(session.actor, found.phones, lambda row: row.department)
    return render(
        request,
        "telephony.html",
        session=session,
        exchanges=sorted(mine(session.actor, found.exchanges, lambda row: row.department), key=_urgent),
        trunks=[line for line in lines if line.kind == "trunk"],
        offers=[line for line in lines if line.kind in ("queue", "mailbox", "licence", "telephones")],
        calls=[line for line in lines if line.kind == "calls"],
        missing=sorted((row for row in phones if row.state is not State.UP and row.last_poll_at), key=_urgent),
        phones=len(phones),
        spoken_of=spoken_of,
    )


@router.get("/alerts")
def alerts(request: Request, session: CurrentSession) -> Response:
    found: Sequence[rows.AlertRow] = reads_of(request).alerts(language_of(request))
    found = mine(session.actor, found, lambda row: row.department)
    ordered = sorted(found, key=lambda row: (URGENCY[row.attention], row.opened_at))
    return render(request, "alerts.html", session=session, alerts=ordered[:PAGE], more=len(found) - PAGE)


@router.get("/tickets")
def tickets(
    request: Request,
    session: CurrentSession,
    kind: Word = "",
    status: Word = "active",
    text: Word = "",
    before: Word = "",
) -> Response:
    require(session.actor, Permission.READ)
    found = reads_of(request).tickets(
        language_of(request),
        kind=kind,
        status=status,
        text=text,
        before=before,
        limit=PAGE,
        departments=sorted(session.actor.departments),
    )
    cursor = found[-1].cursor if len(found) == PAGE else ""
    asked = {"kind": kind, "status": status, "text": text}
    return render(request, "tickets.html", session=session, tickets=found, asked=asked, next=cursor)


@router.get("/tickets/{folio}")
def ticket(request: Request, session: CurrentSession, folio: Identifier) -> Response:
    page = reads_of(request).ticket(folio, language_of(request))
    require(session.actor, Permission.READ, page.ticket.department)
    return render(
        request,
        "ticket.html",
        session=session,
        page=page,
        offered=offered,
        may={one.value for one in Permission if session.actor.may(one, page.ticket.department)},
        takes=",".join(EXTENSIONS),
    )


@router.get("/oncall")
def on_call(request: Request, session: CurrentSession) -> Response:
    require(session.actor, Permission.READ)
    note_look(request, session.actor, "on-call")
    now = time.time()
    first, last = now - 14 * DAY, now + 28 * DAY
    found = reads_of(request).on_call(first, last)  # wider than what is shown, to know when each began and ends
    shifts = [one for one in found if one.end > now and one.start < now + 14 * DAY]
    problems = reads_of(request).on_call_problems(now, now + 14 * DAY, language_of(request))
    return render(
        request,
        "oncall.html",
        session=session,
        shifts=shifts,
        problems=problems,
        now=now,
        first=first,
        last=last,
    )


@router.get("/oncall.ics")
def on_call_calendar(request: Request, session: CurrentSession) -> Response:
    require(session.actor, Permission.READ)
    note_look(request, session.actor, "on-call")
    now = time.time()
    return calendar_file(reads_of(request).on_call_calendar(now - 14 * DAY, now + 100 * DAY))
