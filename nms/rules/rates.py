"""Units a second from counters, for judging, where the totals that the collector kept are all there is.

The collector follows wraps and resets (`nms.collect.rates`); here a counter that fell, or readings out of order or too
far apart, simply give no rate once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from nms.model import Component, DeviceId, Reading
from nms.rules.derived import Column, Rates
from nms.rules.thresholds import is_counter


@dataclass(slots=True)
class _Before:
    at: float
    components: tuple[Component, ...]
    values: Column


@dataclass(slots=True)
class TotalRates:
    """The last totals of every table. `farthest` seconds: readings farther apart say nothing of now."""

    farthest: float = 3600.0
    _before: dict[tuple[DeviceId, str], _Before] = field(default_factory=dict)
    _names: dict[frozenset[str], tuple[str, ...]] = field(default_factory=dict)

    def rates(self, reading: Reading) -> Rates:
        """Units a second by counter, as long as the components; None where it cannot be told."""
        names = self._counters(reading)
        if not names:
            return {}
        values = np.array([reading.columns[name] for name in names], dtype=np.float64)
        place = (reading.device, reading.table)
        before = self._before.get(place)
        self._before[place] = _Before(reading.at, reading.components, values)
        rates = np.full(values.shape, np.nan)
        if before is not None and before.values.shape == values.shape and before.components == reading.components:
            seconds = reading.at - before.at
            if 0 < seconds <= self.farthest:
                growth = values - before.values
                rates = np.where(growth >= 0, growth, np.nan) / seconds
        return dict(zip(names, rates.tolist(), strict=True))

    def _counters(self, reading: Reading) -> tuple[str, ...]:
        columns = frozenset(reading.columns)
        names = self._names.get(columns)
        if names is None:
            names = self._names[columns] = tuple(sorted(name for name in columns if is_counter(name)))
        return names
