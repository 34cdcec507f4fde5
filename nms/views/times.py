"""Instants and durations as the terminal writes them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def clock(instant: float | None, zone: ZoneInfo | None = None) -> str:
    """An instant on this machine's (or the given) clock, to the minute; today's without its date."""
    if instant is None:
        return ""
    local = datetime.fromtimestamp(instant, zone).astimezone(zone)
    today = datetime.now(local.tzinfo).date()
    return local.strftime("%H:%M" if local.date() == today else "%Y-%m-%d %H:%M")


def short_clock(instant: float | None, now: float, zone: ZoneInfo | None = None) -> str:
    """An instant in eleven cells at the most: today's hour, this year's day and hour, else the day."""
    if instant is None:
        return ""
    local, today = (datetime.fromtimestamp(at, zone).astimezone(zone) for at in (instant, now))
    if local.date() == today.date():
        return local.strftime("%H:%M")
    return local.strftime("%m-%d %H:%M" if local.year == today.year else "%Y-%m-%d")


def duration(seconds: float | None) -> str:
    """`4d 3h`, `2h 05m`, `7m`, `12s`: two units at the most."""
    if seconds is None:
        return ""
    whole = int(seconds)
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    if days:
        return f"{days}d {hours}h"
    if hours:
        return f"{hours}h {minutes:02d}m"
    return f"{minutes}m" if minutes else f"{whole}s"
