"""Where a device is in a rack, as technicians write it: `R1 U40` is one unit, `R1 U12-14` three, `R1` only the rack.

Units are counted from the floor, as they are printed on the rails (EIA-310).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_POSITION = re.compile(r"(?P<rack>\S+)(?: +U(?P<low>\d{1,2})(?:-U?(?P<high>\d{1,2}))?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Position:
    """`low` and `high` are the lowest and the highest unit, None where only the rack is known."""

    rack: str
    low: int | None = None
    high: int | None = None


def position(written: str) -> Position | None:
    """What a position means; None when it is not one."""
    match = _POSITION.fullmatch(written.strip())
    if match is None:
        return None
    if match["low"] is None:
        return Position(match["rack"])
    low = int(match["low"])
    high = int(match["high"]) if match["high"] else low
    return Position(match["rack"], low, high) if 0 < low <= high else None
