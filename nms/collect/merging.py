"""Several endpoints of one device may speak of the same table (its application checks): one reading goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from nms.model import Reading

Value = TypeVar("Value")


def merged(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """Readings of one table at one instant as one: rows below each other, `None` where a column is not theirs."""
    found: dict[tuple[str, float, float | None], Reading] = {}
    for reading in readings:
        key = (reading.table, reading.at, reading.counters_since)
        before = found.get(key)
        found[key] = _below(before, reading) if before else reading
    return tuple(found.values())


def _below(upper: Reading, lower: Reading) -> Reading:
    sizes = len(upper.components), len(lower.components)
    return replace(
        upper,
        components=(*upper.components, *lower.components),
        columns=_columns(upper.columns, lower.columns, sizes),
        rates=_columns(upper.rates, lower.rates, sizes),
    )


def _columns(
    upper: Mapping[str, Sequence[Value | None]], lower: Mapping[str, Sequence[Value | None]], sizes: tuple[int, int]
) -> dict[str, Sequence[Value | None]]:
    names = dict.fromkeys((*upper, *lower))
    return {
        name: [*upper.get(name, [None] * sizes[0]), *lower.get(name, [None] * sizes[1])] for name in names
    }  # fmt: skip
