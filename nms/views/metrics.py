"""Prometheus exposition: the monitor's own figures, and at another path the latest readings of all devices.

The second is written straight into the text format (version 0.0.4), because building fifty thousand metric objects
for each scrape costs seconds; both are read by a real Prometheus in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from nms.metrics import METRICS
from nms.model import Component, MetricKind, Number, Reading

PREFIX = "nms_"
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_CONTROLS = {code: None for code in [*range(32), *range(127, 160)] if code != 10}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the monitor itself: a name without prefix by Prometheus conventions (`_total` for counters),
    what it means, and its value for each combination of labels (empty: one value without labels)."""

    name: str
    help: str
    values: Mapping[tuple[str, ...], float]
    labels: tuple[str, ...] = ()


def figure(name: str, text: str, value: float) -> Figure:
    """A figure without labels."""
    return Figure(name, text, {(): value})


class OwnFigures(Collector):
    """The monitor's own figures, asked for at each scrape."""

    def __init__(self, figures: Callable[[], Iterable[Figure]]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        for found in self._figures():
            name = PREFIX + found.name
            kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            family = kind(name, found.help, labels=found.labels)
            for labels, value in found.values.items():
                family.add_metric(labels, value)
            yield family

    def describe(self) -> Iterator[Metric]:
        """Nothing in advance, so that registering does not ask for the figures."""
        return iter(())


def own_metrics(figures: Callable[[], Iterable[Figure]]) -> CollectorRegistry:
    """A registry of its own, so that nothing else of the process is mixed in."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(OwnFigures(figures))
    return registry


def own_exposition(registry: CollectorRegistry) -> bytes:
    """What `/metrics` answers."""
    return generate_latest(registry)


@dataclass(slots=True)
class Exposition:
    """What `/metrics/devices` answers: the latest readings, one line a series, with types, units and timestamps.

    It remembers the escaped labels of components, which seldom change; what is forgotten is made again.
    """

    _heads: dict[tuple[str, tuple[Component, ...]], list[str | None]] = field(default_factory=dict)

    def render(self, readings: Sequence[Reading], max_age: float | None = None, now: float | None = None) -> bytes:
        """The text for readings such as `SampleStore.latest_readings()`; older ones than `max_age` are left out.

        Where two tables tell of one series the newer reading counts, since Prometheus refuses a repeated one.
        """
        fresh = readings if max_age is None or now is None else [r for r in readings if r.at >= now - max_age]
        families: dict[str, list[str]] = {}
        heads: dict[tuple[str, tuple[Component, ...]], list[str | None]] = {}
        seen = _told_twice(fresh)
        for reading in sorted(fresh, key=lambda r: -r.at) if seen else fresh:
            key = (reading.device, reading.components)
            labels = heads[key] = self._heads.get(key) or _labels(reading)
            stamp = f" {round(reading.at * 1000)}"
            for name, values in reading.columns.items():
                values = _numbers(values)
                lines = families.setdefault(name, [])
                if seen and name in seen:
                    lines += _unseen(seen[name], labels, values, stamp)
                else:
                    lines += _lines(labels, values, stamp)
        self._heads = heads
        return "".join(_family(name, lines) for name, lines in sorted(families.items())).encode()


def _numbers(values: Sequence[Number | None]) -> Sequence[Number | None]:
    """Truth values as 0 and 1, and what is not a number as absent: one odd cell must not spoil a scrape."""
    types = set(map(type, values))
    if bool in types:
        values = [None if value is None else value + 0 for value in values]
    if float in types:
        values = [value if value == value else None for value in values]
    return values


def _lines(labels: Sequence[str | None], values: Sequence[Number | None], stamp: str) -> list[str]:
    return [
        f"{head}{value}{stamp}"
        for head, value in zip(labels, values, strict=True)
        if value is not None and head is not None
    ]


def _unseen(seen: set[str], labels: Sequence[str | None], values: Sequence[Number | None], stamp: str) -> Iterator[str]:
    """As `_lines`, for a metric that more than one reading of a device has."""
    for head, value in zip(labels, values, strict=True):
        if value is not None and head is not None and head not in seen:
            seen.add(head)
            yield f"{head}{value}{stamp}"


def _told_twice(readings: Sequence[Reading]) -> dict[str, set[str]]:
    """The metrics that some device tells in more than one reading."""
    owners: dict[str, set[str]] = {}
    twice: dict[str, set[str]] = {}
    for reading in readings:
        for name in reading.columns:
            devices = owners.setdefault(name, set())
            if reading.device in devices:
                twice[name] = set()
            devices.add(reading.device)
    return twice


def _labels(reading: Reading) -> list[str | None]:
    """The label part of each line; None where an earlier component has the same one."""
    device = _escaped(reading.device)
    heads: dict[str, None] = {}
    return [
        None if head in heads else heads.setdefault(head) or head
        for head in (
            f'{{device="{device}",kind="{_escaped(part.kind)}",component="{_escaped(part.key)}"}} '
            for part in reading.components
        )
    ]


def _escaped(text: str) -> str:
    """A label value: C0 and C1 controls removed, the rest as the format wants it."""
    return text.translate(_CONTROLS).translate(_ESCAPES)


def _family(name: str, lines: list[str]) -> str:
    known = METRICS.get(name)
    kind = "counter" if known is not None and known.kind is MetricKind.COUNTER else "gauge"
    full = PREFIX + name
    text = known.help.translate(_ESCAPES) if known is not None else ""
    unit = f" ({known.unit})" if known is not None and known.unit else ""
    return f"# HELP {full} {text}{unit}\n# TYPE {full} {kind}\n{full}" + f"\n{full}".join(lines) + "\n" if lines else ""
