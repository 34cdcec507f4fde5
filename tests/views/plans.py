"""Days of the plan of preventive work, on the clock of the city hall."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.views.city import DAY

ZONE = ZoneInfo("America/Mexico_City")


def weekday(now: float, day: int, hour: int) -> float:
    """The next such day of the week (Monday is 0) that is at least two days ahead, at this hour."""
    found = datetime.fromtimestamp(now + 2 * DAY, ZONE).replace(hour=hour, minute=0, second=0, microsecond=0)
    return (found + timedelta(days=(day - found.weekday()) % 7)).timestamp()


def written(at: float, form: str = "%Y-%m-%d %H:%M") -> str:
    return datetime.fromtimestamp(at, ZONE).strftime(form)
