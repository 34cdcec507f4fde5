"""Shifts and turns: the time side of a rota. Who stands in them is the rota's business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from nms.calendars.clock import DAY_SECONDS, OFFICE_ZONE, days_touching, instant, wall_time
from nms.calendars.holidays import NO_HOLIDAYS, Holidays
from nms.calendars.hours import WHOLE_DAY, Spans, expand
from nms.calendars.intervals import EMPTY, Interval, IntervalSet


@dataclass(frozen=True, slots=True)
class Shift:
    """Weekly duty hours (Monday first), with other hours on holidays where `on_holidays` says so.

    `on_holidays` None: holidays are days like others; empty: nobody is on; otherwise those hours instead.
    """

    name: str
    weekly: tuple[Spans, Spans, Spans, Spans, Spans, Spans, Spans]
    holidays: Holidays = NO_HOLIDAYS
    on_holidays: Spans | None = None
    exceptions: Mapping[date, Spans] = field(default_factory=dict)
    zone: ZoneInfo = OFFICE_ZONE

    def on(self, day: date) -> Spans:
        """The duty hours that start on one day."""
        if day in self.exceptions:
            return self.exceptions[day]
        if self.on_holidays is not None and self.holidays.name(day) is not None:
            return self.on_holidays
        return self.weekly[day.weekday()]

    def intervals(self, start: float, end: float) -> IntervalSet:
        if not start < end:
            return EMPTY
        days = days_touching(start, end, self.zone)
        return expand(((day, self.on(day)) for day in days), self.zone).clip(start, end)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a rotation: its number since the first (which may be negative) and its whole interval."""

    number: int
    interval: Interval


@dataclass(frozen=True, slots=True)
class Rotation:
    """Turns of equal days that hand over at one hour of the office clock, from `first` (naive) on.

    Seven days from a Monday at 08:00 is the weekly rota; the handover stays at 08:00 when clocks change.
    """

    first: datetime
    days: int
    zone: ZoneInfo = OFFICE_ZONE

    def __post_init__(self) -> None:
        if self.days < 1 or self.first.tzinfo is not None:
            raise ValueError("a rotation needs one day or more, and a first handover by the office clock")

    def _handover(self, number: int) -> float:
        return instant(self.first + timedelta(days=number * self.days), self.zone)

    def turns(self, start: float, end: float) -> list[Turn]:
        """The turns that hold part of [start, end), whole."""
        elapsed = wall_time(start, self.zone) - self.first
        number = int(elapsed.total_seconds() // (self.days * DAY_SECONDS)) - 1
        found: list[Turn] = []
        while (opens := self._handover(number)) < end:
            closes = self._handover(number + 1)
            if max(opens, start) < closes:
                found.append(Turn(number, Interval(opens, closes)))
            number += 1
        return found

    def number_at(self, at: float) -> int:
        """The number of the turn on duty at an instant."""
        return next(turn.number for turn in self.turns(at, at + 1) if turn.interval.contains(at))


def around_the_clock(name: str = "always", zone: ZoneInfo = OFFICE_ZONE) -> Shift:
    """Duty at every hour."""
    return Shift(name, (WHOLE_DAY,) * 7, zone=zone)
