"""Quiet hours: when people are left in peace, and when that ends."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from nms.calendars import OFFICE_ZONE, ServiceHours, spans
from nms.config.policies import QuietHours

_TWO_DAYS = 2 * 86_400.0


def quiet_until(quiet: QuietHours, severity: str, at: float, zone: ZoneInfo = OFFICE_ZONE) -> float | None:
    """The end of the quiet hours that hold an instant; None when something of this severity may be told now."""
    if not quiet.hours or severity in quiet.except_severities:
        return None
    hours = spans(quiet.hours)
    nightly = ServiceHours("quiet", (hours,) * 7, zone=zone)
    present = nightly.intervals(at - _TWO_DAYS, at + _TWO_DAYS).interval_at(at)
    return present.end if present else None
