"""Licences and contracts that a device tells the end of, as conditions: a warning a month before, critical once over.

Preventive tickets come long before (`office.lead_times`); the condition is for who has let it come so far.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nms.calendars import DAY_SECONDS
from nms.model import Message, Reading, Severity, StateReading

LICENCE = "licence_not_after_seconds"
WARNING_DAYS = 30


def endings(readings: Iterable[Reading], at: float) -> Iterator[StateReading]:
    for reading in readings:
        for component, end in zip(reading.components, reading.columns.get(LICENCE, ()), strict=False):
            if end is None:
                continue
            days = int((end - at) // DAY_SECONDS)
            severity = Severity.CRITICAL if days < 0 else Severity.WARNING if days < WARNING_DAYS else None
            over, left = Message("ended {days} days ago", {"days": -days}), Message("{days} days left", {"days": days})
            yield StateReading(component, "licence", days, over if days < 0 else left, severity)
