"""Maintenance windows: agreed with the users beforehand, once or again and again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from nms.calendars.clock import DAY_SECONDS, OFFICE_ZONE, instant, wall_time
from nms.calendars.intervals import EMPTY, Interval, IntervalSet

_SHORT_FREQUENCY = re.compile(r"FREQ\s*=\s*(SECONDLY|MINUTELY)", re.IGNORECASE)
_UNTIL_UTC = re.compile(r"UNTIL=(\d{8}T\d{6})Z", re.IGNORECASE)


class Expands(Protocol):
    """Anything that means a set of intervals: hours, windows, shifts."""

    def intervals(self, start: float, end: float) -> IntervalSet:
        """What of it lies within [start, end)."""
        ...


@dataclass(frozen=True, slots=True)
class OneOff:
    """One maintenance window, in Unix seconds."""

    start: float
    end: float

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError("a maintenance window must end after it starts")

    @classmethod
    def local(cls, start: datetime, end: datetime, zone: ZoneInfo = OFFICE_ZONE) -> OneOff:
        """From what the office clock shows (naive)."""
        return cls(instant(start, zone), instant(end, zone))

    def intervals(self, start: float, end: float) -> IntervalSet:
        return IntervalSet([(self.start, self.end)]).clip(start, end)


@dataclass(frozen=True, slots=True)
class Recurring:
    """A window that comes again by a recurrence rule (RFC 5545), by the office clock.

    `first` is its first start (naive, office clock), `duration` exact seconds from each start (RFC 5545 3.3.6:
    two hours are two hours, also in the night that the clocks change). `except_starts` are left out.
    Raises: ValueError for a rule that cannot be read, or is finer than hourly.
    """

    rule: str
    first: datetime
    duration: float
    zone: ZoneInfo = OFFICE_ZONE
    except_starts: frozenset[datetime] = frozenset()

    def __post_init__(self) -> None:
        if not self.duration > 0:
            raise ValueError("a recurring window needs a duration above 0 seconds")
        if self.first.tzinfo is not None:
            raise ValueError("a recurring window starts by the office clock: write the time without a zone")
        if _SHORT_FREQUENCY.search(self.rule):
            raise ValueError(f"the rule {self.rule!r} is finer than hourly: use FREQ=HOURLY or longer")
        self._rule()

    def _rule(self) -> rrule:
        """The rule on the office clock; an UNTIL in UTC, as calendars write it, becomes office time."""
        text = _UNTIL_UTC.sub(lambda found: f"UNTIL={self._office(found[1]):%Y%m%dT%H%M%S}", self.rule)
        try:
            read = rrulestr(text, dtstart=self.first)
        except (ValueError, KeyError, AttributeError, TypeError) as wrong:
            raise ValueError(
                f"{self.rule!r} is not a recurrence rule: write for example FREQ=MONTHLY;BYDAY=1SU"
            ) from wrong
        if not isinstance(read, rrule):
            raise ValueError(f"{self.rule!r} holds more than one rule: write one FREQ=... a window")
        return read

    def _office(self, utc: str) -> datetime:
        return wall_time(datetime.strptime(utc, "%Y%m%dT%H%M%S").replace(tzinfo=UTC).timestamp(), self.zone)

    def starts(self, start: float, end: float) -> list[float]:
        """The instants within [start, end) at which the window opens."""
        margin = timedelta(days=2)
        walls = self._rule().between(wall_time(start, self.zone) - margin, wall_time(end, self.zone) + margin, inc=True)
        instants = (instant(wall, self.zone) for wall in walls if wall not in self.except_starts)
        return [at for at in instants if start <= at < end]

    def intervals(self, start: float, end: float) -> IntervalSet:
        if not start < end:
            return EMPTY
        openings = self.starts(start - self.duration - DAY_SECONDS, end)
        return IntervalSet((at, at + self.duration) for at in openings).clip(start, end)


def union(parts: Iterable[Expands], start: float, end: float) -> IntervalSet:
    """Everything that any of the parts means within [start, end)."""
    sets = [part.intervals(start, end) for part in parts]
    return EMPTY.union(*sets)


def occurrence_at(window: Expands, at: float, reach: float = 32 * DAY_SECONDS) -> Interval | None:
    """The whole interval that holds an instant, as far as `reach` seconds either side; None outside."""
    return window.intervals(at - reach, at + reach).interval_at(at)
