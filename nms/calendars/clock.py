"""From the clock on the office wall to instants.

A wall time means *the first instant at which the office clock shows that time or a later one*. Hence a time that
daylight saving skips is the instant of the jump, a time that comes twice is its first coming, and two shifts
that meet at a wall time meet in fact, on those days too.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from nms.calendars.intervals import Interval

OFFICE_ZONE = ZoneInfo("America/Mexico_City")
"""The zone of the municipality unless its configuration says otherwise; without daylight saving since 2022."""

DAY_SECONDS = 86_400


def instant(wall: datetime, zone: ZoneInfo = OFFICE_ZONE) -> float:
    """The first instant at which the clock of `zone` shows `wall` (naive, whole seconds) or later."""
    at = wall.replace(tzinfo=zone, fold=0).timestamp()
    if wall_time(at, zone) == wall:
        return at
    after = int(at)
    before = int(wall.replace(tzinfo=zone, fold=1).timestamp()) - 1
    while after - before > 1:
        middle = (before + after) // 2
        if wall_time(middle, zone) >= wall:
            after = middle
        else:
            before = middle
    return float(after)


def wall_time(at: float, zone: ZoneInfo = OFFICE_ZONE) -> datetime:
    """What the clock of `zone` shows at an instant (naive)."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)).astimezone(zone).replace(tzinfo=None)


def day_instant(day: date, seconds: int, zone: ZoneInfo = OFFICE_ZONE) -> float:
    """The instant of a wall time given as seconds after midnight of `day`; 86400 and more run into the next."""
    return instant(datetime.combine(day, time()) + timedelta(seconds=seconds), zone)


def day(of: date, zone: ZoneInfo = OFFICE_ZONE) -> Interval:
    """A calendar day, midnight to midnight: 23 or 25 hours where daylight saving changes."""
    return Interval(day_instant(of, 0, zone), day_instant(of, DAY_SECONDS, zone))


def month(year: int, number: int, zone: ZoneInfo = OFFICE_ZONE) -> Interval:
    """A calendar month."""
    following = date(year + number // 12, number % 12 + 1, 1)
    return Interval(day_instant(date(year, number, 1), 0, zone), day_instant(following, 0, zone))


def year(number: int, zone: ZoneInfo = OFFICE_ZONE) -> Interval:
    """A calendar year."""
    return Interval(day_instant(date(number, 1, 1), 0, zone), day_instant(date(number + 1, 1, 1), 0, zone))


def days_touching(start: float, end: float, zone: ZoneInfo, margin: int = 1) -> list[date]:
    """The calendar days that hold part of [start, end), and `margin` days either side."""
    first = wall_time(start, zone).date() - timedelta(days=margin)
    last = wall_time(end, zone).date() + timedelta(days=margin)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
