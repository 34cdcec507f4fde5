"""The plan for other programs: iCalendar (RFC 5545) and CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from nms.calendars import OFFICE_ZONE, wall_time
from nms.text import clean, spreadsheet_safe
from nms.tickets.preventive.planning import Plan, Planned

_NAMESPACE = uuid.UUID("6f0d1c58-55b0-5a0e-9a8e-3f3d4b1f9b10")


def to_icalendar(plan: Plan, name: str, made_at: float) -> bytes:
    """A calendar of the plan. The identity of an event follows from its job, so that importing again replaces it."""
    calendar = Calendar()
    calendar.add("prodid", "-//nms//preventive//ES")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", clean(name, limit=120))
    for planned in plan.placed:
        calendar.add_component(_event(planned, made_at))
    return bytes(calendar.to_ical())


def _event(planned: Planned, made_at: float) -> Event:
    job = planned.job
    assert planned.start is not None
    assert planned.end is not None
    event = Event()
    event.add("uid", f"{uuid.uuid5(_NAMESPACE, f'{job.key}@{job.earliest:.0f}')}@nms")
    event.add("dtstamp", datetime.fromtimestamp(made_at, UTC))
    event.add("dtstart", datetime.fromtimestamp(planned.start, UTC))
    event.add("dtend", datetime.fromtimestamp(planned.end, UTC))
    event.add("summary", clean(job.title or job.key, limit=300))
    event.add("location", clean(job.site, limit=200))
    event.add("description", clean(f"{planned.technician} · {job.playbook} · {job.key}", limit=500))
    return event


COLUMNS = ("start", "end", "technician", "title", "playbook", "device", "department", "site", "minutes", "latest")


def to_csv(plan: Plan, zone: ZoneInfo = OFFICE_ZONE) -> str:
    """The plan as CSV (RFC 4180) by the office clock; what found no place stands last, without start."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for planned in (*plan.placed, *plan.unplaced):
        job = planned.job
        times = [_clock(planned.start, zone), _clock(planned.end, zone)]
        texts = (planned.technician, job.title, job.playbook, job.device, job.department, job.site)
        numbers = [f"{job.minutes:g}", _clock(job.latest, zone)]
        writer.writerow([*times, *(spreadsheet_safe(clean(text)) for text in texts), *numbers])
    return out.getvalue()


def _clock(at: float | None, zone: ZoneInfo) -> str:
    return "" if at is None else f"{wall_time(at, zone):%Y-%m-%d %H:%M}"
