"""Durations, sizes, rates and shares as people write them: `30s`, `5m`, `1h30m`, `35d`, `20GB`, `100Mbps`, `90%`."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from nms.documents import mistake

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0, "y": 31_536_000.0}
"""Seconds in each unit; `y` is 365 days."""

_BYTES = {"B": 0, "KB": 1, "MB": 2, "GB": 3, "TB": 4}
_BITS = {"bps": 0, "kbps": 1, "mbps": 2, "gbps": 3, "tbps": 4}

_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|[smhdwy])")
_DURATION = re.compile(r"\s*(?:\d+(?:\.\d+)?\s*(?:ms|[smhdwy])\s*)+")
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B\s*", re.IGNORECASE)
_RATE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?bps)\s*", re.IGNORECASE)
_SHARE = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*%\s*")


def duration_seconds(value: Any) -> float:
    """Seconds of `90s`, `1h30m`, `35d`; a plain number is seconds already. Raises a `mistake` otherwise."""
    if _is_number(value) and value >= 0:
        return float(value)
    if isinstance(value, str) and _DURATION.fullmatch(value):
        return math.fsum(float(number) * SECONDS[unit] for number, unit in _DURATION_PART.findall(value))
    raise mistake(
        "“{key}” must be a duration, not {value}",
        "write a number with its unit: 30s, 5m, 1h30m, 35d, 1y",
        value=str(value),
    )


def written_duration(seconds: float) -> str:
    """A duration as people write it, in one unit where that is exact: 3024000 is `35d`."""
    if seconds == 0:
        return "0s"
    for unit, size in sorted(SECONDS.items(), key=lambda item: -item[1]):
        if unit != "w" and seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds * 1000:g}ms"


def written_size(size: int) -> str:
    """A size as people write it: 20000000000 is `20GB`."""
    for unit, power in sorted(_BYTES.items(), key=lambda item: -item[1]):
        if size >= 1000**power and size % 1000**power == 0:
            return f"{size // 1000**power}{unit}"
    return f"{size}B"


def size_bytes(value: Any) -> int:
    """Bytes of `500MB` (millions) or `20GiB` (powers of 1024); a plain number is bytes already."""
    if _is_number(value) and value >= 0:
        return int(value)
    if isinstance(value, str) and (found := _SIZE.fullmatch(value)):
        base = 1024 if found[3] else 1000
        return int(float(found[1]) * base ** _BYTES[found[2].upper() + "B"])
    raise mistake("“{key}” must be a size, not {value}", "write it as 500MB, 20GB or 20GiB", value=str(value))


def bits_per_second(value: Any) -> float:
    """Bits a second of `100Mbps` or `1Gbps` (powers of 1000); a plain number is bits a second already."""
    if _is_number(value) and value > 0:
        return float(value)
    if isinstance(value, str) and (found := _RATE.fullmatch(value)) and float(found[1]) > 0:
        return float(found[1]) * 1000.0 ** _BITS[found[2].lower()]
    raise mistake("“{key}” must be a data rate, not {value}", "write it as 20Mbps, 100Mbps or 1Gbps", value=str(value))


def amount(value: Any) -> float:
    """A number, or a percentage as a ratio: `90%` is 0.9."""
    if _is_number(value):
        return float(value)
    if isinstance(value, str):
        if found := _SHARE.fullmatch(value):
            return float(found[1]) / 100
        if _DURATION.fullmatch(value):
            return duration_seconds(value)
    raise mistake(
        "“{key}” must be a number, a percentage or a duration, not {value}",
        "write it as 0.9, 90%, 45 or 10m",
        value=str(value),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def positive_seconds(value: Any) -> float:
    seconds = duration_seconds(value)
    if seconds <= 0:
        raise mistake("“{key}” must be longer than nothing", "write a number with its unit: 30s, 5m, 1h30m, 35d, 1y")
    return seconds


Duration = Annotated[float, BeforeValidator(duration_seconds)]
"""Seconds, 0 or more."""

Span = Annotated[float, BeforeValidator(positive_seconds)]
"""Seconds, more than 0."""

Size = Annotated[int, BeforeValidator(size_bytes)]
"""Bytes."""

BitRate = Annotated[float, BeforeValidator(bits_per_second)]
"""Bits a second."""

Amount = Annotated[float, BeforeValidator(amount)]
"""A number in the base unit of its metric."""
