"""Service hours: when a service is promised, week by week, with holidays and exceptions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from nms.calendars.clock import DAY_SECONDS, OFFICE_ZONE, day_instant, days_touching
from nms.calendars.holidays import NO_HOLIDAYS, Holidays
from nms.calendars.intervals import EMPTY, Interval, IntervalSet

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_CLOCK = r"([01]?\d|2[0-4]):([0-5]\d)"
_SPAN = re.compile(rf"\s*{_CLOCK}\s*-\s*{_CLOCK}\s*")


@dataclass(frozen=True, slots=True)
class DaySpan:
    """Hours of one day, in seconds after its midnight on the wall clock; an end past 86400 runs overnight."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not (0 <= self.start < DAY_SECONDS and self.start < self.end <= self.start + DAY_SECONDS):
            raise ValueError(f"hours from second {self.start} to {self.end} are not within one day and night")

    @classmethod
    def parse(cls, text: str) -> DaySpan:
        """`08:00-16:00`; `22:00-06:00` ends the next day; `00:00-24:00` is the whole day.

        Raises: ValueError, with what to write instead.
        """
        found = _SPAN.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} are not hours: write them as 08:00-16:00 (22:00-06:00 ends the next day)")
        start_hour, start_minute, end_hour, end_minute = map(int, found.groups())
        start, end = start_hour * 3600 + start_minute * 60, end_hour * 3600 + end_minute * 60
        if start == end:
            raise ValueError(f"{text!r} is ambiguous: write 00:00-24:00 for a whole day")
        if end > DAY_SECONDS or start >= DAY_SECONDS:
            raise ValueError(f"{text!r} goes past 24:00: write the hour of the next day (22:00-06:00)")
        return cls(start, end if end > start else end + DAY_SECONDS)


Spans = tuple[DaySpan, ...]

WHOLE_DAY: Spans = (DaySpan(0, DAY_SECONDS),)


def spans(*texts: str) -> Spans:
    """Hours of a day from their texts: `spans("08:00-14:00", "16:00-19:00")`."""
    return tuple(DaySpan.parse(text) for text in texts)


def weekday_number(name: str) -> int:
    """0 for Monday. Takes `monday` or `mon`. Raises: ValueError."""
    asked = name.strip().lower()
    for number, known in enumerate(WEEKDAYS):
        if asked in {known, known[:3]}:
            return number
    raise ValueError(f"{name!r} is not a day of the week: write one of {', '.join(WEEKDAYS)}")


@dataclass(frozen=True, slots=True)
class MonthlyHours:
    """Other hours on the n-th weekday of the month (`nth=1, weekday=0`: first Monday; -1: the last one).

    They replace the weekly hours of that day; none means closed. `months` (1..12) limits them; empty: all.
    """

    nth: int
    weekday: int
    spans: Spans
    months: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.nth not in {-5, -4, -3, -2, -1, 1, 2, 3, 4, 5} or not 0 <= self.weekday <= 6:
            raise ValueError(f"there is no weekday number {self.nth} of a month: write 1 to 5, or -1 for the last")

    def applies(self, day: date) -> bool:
        if day.weekday() != self.weekday or (self.months and day.month not in self.months):
            return False
        if self.nth > 0:
            return (day.day - 1) // 7 + 1 == self.nth
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        weekdays_after = ((following - day).days - 1) // 7
        return -1 - weekdays_after == self.nth


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """When a service is promised: a calendar of `config.yaml`.

    For one day the first of these speaks: its exception, a holiday (closed), a monthly rule, the weekly hours
    (Monday first). Hours belong to the day on which they start: the night before a holiday runs to its end.
    """

    name: str
    weekly: tuple[Spans, Spans, Spans, Spans, Spans, Spans, Spans]
    monthly: tuple[MonthlyHours, ...] = ()
    holidays: Holidays = NO_HOLIDAYS
    exceptions: Mapping[date, Spans] = field(default_factory=dict)
    zone: ZoneInfo = OFFICE_ZONE

    def on(self, day: date) -> Spans:
        """The hours that start on one day."""
        if day in self.exceptions:
            return self.exceptions[day]
        if self.holidays.name(day) is not None:
            return ()
        for rule in self.monthly:
            if rule.applies(day):
                return rule.spans
        return self.weekly[day.weekday()]

    def intervals(self, start: float, end: float) -> IntervalSet:
        """The promised time within [start, end)."""
        if not start < end:
            return EMPTY
        return expand(((day, self.on(day)) for day in days_touching(start, end, self.zone)), self.zone).clip(start, end)

    def contains(self, instant: float) -> bool:
        return self.intervals(instant, instant + 1).contains(instant)

    def elapsed(self, start: float, end: float) -> float:
        """Seconds of promised time between two instants."""
        return self.intervals(start, end).length

    def advance(self, start: float, seconds: float, horizon_days: int = 3660) -> float | None:
        """The instant at which `seconds` of promised time have passed since `start`: when a promise falls due.

        None where the hours do not bring that many seconds within the horizon.
        """
        from_, days, left = start, 32, seconds
        while from_ < start + horizon_days * DAY_SECONDS:
            until = from_ + days * DAY_SECONDS
            hours = self.intervals(from_, until)
            due = hours.advance(from_, left)
            if due is not None:
                return due
            from_, days, left = until, days * 2, left - hours.length
        return None


def expand(days: Iterable[tuple[date, Spans]], zone: ZoneInfo) -> IntervalSet:
    """The interval set of hours given day by day."""
    return IntervalSet(
        Interval(day_instant(day, span.start, zone), day_instant(day, span.end, zone))
        for day, hours in days
        for span in hours
    )


def always(name: str = "always", zone: ZoneInfo = OFFICE_ZONE) -> ServiceHours:
    """24x7: every hour of every day, holidays too."""
    return ServiceHours(name, (WHOLE_DAY,) * 7, zone=zone)


def weekdays(name: str, hours: Spans, holidays: Holidays = NO_HOLIDAYS, zone: ZoneInfo = OFFICE_ZONE) -> ServiceHours:
    """The same hours Monday to Friday, closed on holidays."""
    return ServiceHours(name, (hours,) * 5 + ((), ()), holidays=holidays, zone=zone)
