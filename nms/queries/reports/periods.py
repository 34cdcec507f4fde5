"""The period that another one is compared with: the month before a month, the week before a week."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo


def period_before(start: float, end: float, zone: ZoneInfo) -> tuple[float, float]:
    """As many whole months, or as many whole days, as [start, end) has by the office clock; otherwise as many seconds.

    So what one report says of the period before is what the report of that period said.
    """
    first, last = (datetime.fromtimestamp(instant, zone) for instant in (start, end))
    day, after = _midnight(first), _midnight(last)
    if day.timestamp() != start or after.timestamp() != end:
        return start - (end - start), start
    if day.day == after.day == 1:
        months = 12 * (after.year - day.year) + after.month - day.month
        return _months_before(day, months).timestamp(), start
    return (day - timedelta(days=(after.date() - day.date()).days)).timestamp(), start


def _midnight(at: datetime) -> datetime:
    """Where clocks go forward at midnight, the day begins at one o'clock, which is the same instant."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _months_before(first: datetime, months: int) -> datetime:
    years, month = divmod(first.month - 1 - months, 12)
    return first.replace(year=first.year + years, month=month + 1)
