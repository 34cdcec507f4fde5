"""Round numbers and moments for the axes of a graph."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_DAY = 86_400.0
_SECONDS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 3 * 3600.0, 6 * 3600.0, _DAY, 7 * _DAY, 30 * _DAY, 365 * _DAY)
_MOMENTS = tuple(
    60.0 * minutes for minutes in (1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43200, 129600)
)
_BINARY_UNITS = ("bytes", "octets", "octets/s")


def step_of(span: float, most: int, unit: str) -> float:
    """The smallest round step of which no more than `most` cover the span."""
    least = max(span, 1e-12) / max(1, most)
    if unit == "seconds" and least >= 1.0:
        return next((step for step in _SECONDS if step >= least), math.ceil(least / _SECONDS[-1]) * _SECONDS[-1])
    if unit in _BINARY_UNITS and least >= 1.0:
        return 2.0 ** math.ceil(math.log2(least))
    tens = 10.0 ** math.floor(math.log10(least))
    return tens * next(one for one in _ROUND if tens * one >= least * (1 - 1e-9))


def rounded(low: float, high: float, most: int, unit: str) -> tuple[float, float, list[float]]:
    """The range widened to round numbers, and what stands at its axis, from the lowest."""
    step = step_of(high - low, most, unit)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    return first * step, last * step, [i * step for i in range(first, last + 1)]


def moments(start: float, end: float, most: int, zone: ZoneInfo | None) -> Iterator[tuple[float, str]]:
    """Round moments on the office's clock, and how each is written: the hour, at midnight the day."""
    step = next((one for one in _MOMENTS if (end - start) / one <= max(1, most)), _MOMENTS[-1])
    offset = datetime.fromtimestamp(start, zone).astimezone(zone).utcoffset()
    shift = offset.total_seconds() if offset else 0.0
    at = math.ceil((start + shift) / step) * step - shift
    while at < end:
        local = datetime.fromtimestamp(at, zone).astimezone(zone)
        is_day = step >= _DAY or (local.hour, local.minute) == (0, 0)
        yield at, local.strftime("%m-%d" if is_day else "%H:%M")
        at += step
