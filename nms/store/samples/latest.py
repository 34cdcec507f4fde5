"""The newest reading of every table, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nms.model import Component, Reading
from nms.store.samples.series import Sample, Series

_FORGOTTEN_AFTER = 86_400.0


class _Part:
    """The newest reading of one form of a table, the names of its columns, and its series once somebody asked for
    them."""

    __slots__ = ("columns", "reading", "series")

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.columns = tuple(reading.columns)
        self.series: list[list[Series]] | None = None

    def has_form_of(self, reading: Reading) -> bool:
        mine = self.reading.components
        return (mine is reading.components or mine == reading.components) and self.columns == tuple(reading.columns)


class Latest:
    """What the last poll of each table said. Not thread-safe: its owner holds a lock.

    A new reading takes the place of those that share a component and a metric with it. Two collectors that fill
    one table with different parts stand beside each other, until one falls a day behind.
    """

    def __init__(self) -> None:
        self._parts: dict[tuple[str, str], list[_Part]] = {}

    def learn(self, readings: Iterable[Reading]) -> None:
        for reading in readings:
            parts = self._parts.get((reading.device, reading.table))
            if parts is None:
                self._parts[reading.device, reading.table] = [_Part(reading)]
            elif len(parts) == 1 and parts[0].has_form_of(reading):
                if reading.at >= parts[0].reading.at:
                    parts[0].reading = reading
            else:
                self._parts[reading.device, reading.table] = _with(parts, reading)

    def readings(self, device: str | None = None, table: str | None = None) -> Iterator[Reading]:
        """The newest readings as they came."""
        for (owner, name), parts in list(self._parts.items()):
            if device in (None, owner) and table in (None, name):
                for part in list(parts):
                    yield part.reading

    def samples(self, device: str | None, metric: str | None) -> list[tuple[Series, Sample]]:
        """Every series that had a value in the newest reading of its table."""
        found: list[tuple[Series, Sample]] = []
        for (owner, _), parts in list(self._parts.items()):
            if device is None or owner == device:
                for part in list(parts):
                    _append_samples(found, part, metric)
        return found


def _append_samples(found: list[tuple[Series, Sample]], part: _Part, metric: str | None) -> None:
    reading = part.reading
    if part.series is None:
        part.series = [
            [Series.of(reading.device, component, name, reading.table) for component in reading.components]
            for name in reading.columns
        ]
    for column, (name, values) in zip(part.series, reading.columns.items(), strict=True):
        if metric is None or name == metric:
            found += [
                (series, Sample(reading.at, value))
                for series, value in zip(column, values, strict=True)
                if value is not None
            ]


def _with(parts: list[_Part], reading: Reading) -> list[_Part]:
    identities = _identities(reading.components)
    kept = []
    for part in parts:
        shared = part.reading.columns.keys() & reading.columns.keys()
        if shared and identities & _identities(part.reading.components):
            if part.reading.at > reading.at:
                return parts
        elif part.reading.at > reading.at - _FORGOTTEN_AFTER:
            kept.append(part)
    return [*kept, _Part(reading)]


def _identities(components: tuple[Component, ...]) -> set[tuple[str, str]]:
    return {(component.kind, component.key) for component in components}
