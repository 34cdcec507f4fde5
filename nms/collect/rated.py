"""Counters of readings as totals and rates, with the width that the families say their columns have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from nms.collect.catalogue import Catalogue
from nms.collect.collected import Collected
from nms.collect.rates import Clock, RateTracker, counter_names
from nms.model import Component, Reading

Origins = Mapping[str, str | Sequence[str]]
"""Metric -> OID of its column, or of each row's instance."""


@dataclass(slots=True)
class Rated:
    """What is remembered of counters between polls."""

    catalogue: Catalogue
    tracker: RateTracker = field(default_factory=RateTracker)
    _narrow: frozenset[str] | None = None

    def __call__(self, reading: Reading, clock: Clock, collected: Collected) -> Reading:
        """A reading of what was collected, with its counters as totals and their rates."""
        widths = self._widths(reading, collected.origins.get(reading.table, {}))
        progress = self.tracker.update(reading, clock, widths, collected.discontinuities.get(reading.table))
        return replace(progress.extend(reading), rates=progress.rates) if progress.rates else reading

    def _widths(self, reading: Reading, origins: Origins) -> dict[str, int | Sequence[int]]:
        """The width in bits of each counter, by row where one column stands in for another."""
        if self._narrow is None:
            self._narrow = narrow_columns(self.catalogue)
        widths: dict[str, int | Sequence[int]] = {}
        for metric in counter_names(reading):
            origin = origins.get(metric, "")
            if isinstance(origin, str):
                widths[metric] = 32 if origin in self._narrow else 64
            else:
                columns = map(_column_of, origin, reading.components)
                widths[metric] = [32 if column in self._narrow else 64 for column in columns]
        return widths


def narrow_columns(catalogue: Catalogue) -> frozenset[str]:
    """OIDs of the columns that families call 32 bits wide."""
    tables = (table for family in catalogue.families.values() for table in family.tables.values())
    return frozenset(column.oid for table in tables for column in table.columns.values() if column.bits == 32)


def _column_of(instance: str, component: Component) -> str:
    return instance.removesuffix(f".{component.index}")
