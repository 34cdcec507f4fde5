"""The rota and other calendars as iCalendar (RFC 5545): shifts out, leave in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, Event

from nms.calendars import OFFICE_ZONE, Interval, IntervalSet, Recurring, day_instant, instant, wall_time
from nms.i18n import N_
from nms.model import Person
from nms.notify.rota import Duty
from nms.text import clean

_LARGEST = 5_000_000
_MOST_EVENTS = 20_000


class BadCalendar(ValueError):
    """The file is not an iCalendar file that can be used."""


def shifts_out(duties: Iterable[Duty], people: Mapping[str, Person], now: float, title: str = "") -> bytes:
    """Duties as a calendar that telephones and mail programs subscribe to.

    The UID of a duty stays the same while its start, layer and person do: programs update instead of doubling.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//nms//on call//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    if title:
        calendar.add("x-wr-calname", clean(title))
    for duty in duties:
        calendar.add_component(_event(duty, people, now))
    written: bytes = calendar.to_ical()
    return written


def _event(duty: Duty, people: Mapping[str, Person], now: float) -> Event:
    name = people[duty.person].name if duty.person in people else duty.person
    event = Event()
    event.add("uid", f"{duty.layer}-{int(duty.interval.start)}-{duty.person}@nms")
    event.add("dtstamp", _utc(now))
    event.add("dtstart", _utc(duty.interval.start))
    event.add("dtend", _utc(duty.interval.end))
    event.add("summary", clean(f"{duty.layer}: {name}"))
    if duty.stands_in_for:
        event.add("description", clean(f"↔ {duty.stands_in_for}"))
    event.add("transp", "TRANSPARENT")
    return event


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(int(at), UTC)


def leave_in(
    data: bytes, start: float, end: float, zone: ZoneInfo = OFFICE_ZONE, about: Sequence[str] = ()
) -> IntervalSet:
    """When the owner of a calendar is away in [start, end): its events that take time, recurring ones expanded.

    `about`: words of which the title must hold one, in any case; none: all events count. Cancelled events and those
    marked as free (TRANSP:TRANSPARENT) do not. Days and times without a zone are the office's. Raises: BadCalendar.
    """
    if len(data) > _LARGEST:
        raise BadCalendar(N_("it is larger than 5 MB"))
    try:
        calendars = Calendar.from_ical(data, multiple=True)
        events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
        if len(events) > _MOST_EVENTS:
            raise BadCalendar(N_("it holds more than 20,000 events"))
        away = [one for event in events if _is_leave(event, about) for one in _times(event, start, end, zone)]
    except (ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        if isinstance(error, BadCalendar):
            raise
        raise BadCalendar(N_("it is no iCalendar file: export it again as .ics")) from error
    return IntervalSet(one for one in away if one.start < one.end).clip(start, end)


def _is_leave(event: Component, about: Sequence[str]) -> bool:
    title = str(event.get("summary", "")).casefold()
    if about and not any(word.casefold() in title for word in about):
        return False
    free = str(event.get("transp", "OPAQUE")).upper() == "TRANSPARENT"
    return not free and str(event.get("status", "")).upper() != "CANCELLED"


def _times(event: Component, start: float, end: float, zone: ZoneInfo) -> list[Interval]:
    begins = event.decoded("dtstart")
    first = _instant(begins, zone)
    last = _instant(_end(event, begins), zone)
    if "rrule" not in event:
        return [Interval(first, max(first, last))]
    recurrence: Any = event["rrule"]
    rule = recurrence.to_ical().decode()
    excluded: Any = event.get("exdate", [])
    excluded = excluded if isinstance(excluded, list) else [excluded]
    skipped = frozenset(wall_time(_instant(one.dt, zone), zone) for several in excluded for one in several.dts)
    recurs = Recurring(rule, wall_time(first, zone).replace(microsecond=0), max(1.0, last - first), zone, skipped)
    return list(recurs.intervals(start, end))


def _end(event: Component, begins: date) -> date:
    if "dtend" in event:
        ends: date = event.decoded("dtend")
        return ends
    if "duration" in event:
        lasts: timedelta = event.decoded("duration")
        return begins + lasts
    return begins if isinstance(begins, datetime) else begins + timedelta(days=1)


def _instant(value: date, zone: ZoneInfo) -> float:
    if not isinstance(value, datetime):
        return day_instant(value, 0, zone)
    return value.timestamp() if value.tzinfo else instant(value.replace(microsecond=0), zone)
