"""Series and their numbers over time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeriesRow:
    device: str
    component_kind: str
    component_key: str
    label: str
    metric: str
    unit: str
    kind: str


@dataclass(frozen=True, slots=True)
class History:
    """One series over a period; gaps are None. Counters come as rates per second."""

    series: SeriesRow
    start: float
    end: float
    step: float | None
    times: tuple[float, ...]
    values: tuple[float | None, ...]
