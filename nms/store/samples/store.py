"""The one door to the history of numbers, whatever stands behind it.

Three implementations: `EmbeddedSamples` (one file, the default), `InfluxSamples` (a server that speaks the
InfluxDB 2 line protocol) and `MemorySamples` (tests, a demonstration). All are synchronous and thread-safe; the
daemon calls them through `asyncio.to_thread`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from nms.model import Component, DeviceId, MetricKind, Reading
from nms.store.samples.aggregate import (
    Steps,
    borders,
    chosen,
    floats_of,
    last_values,
    rates,
    steps_of,
    usual_interval,
    without_gaps,
)
from nms.store.samples.latest import Latest
from nms.store.samples.series import Floats, Function, Integers, Raw, Sample, Samples, Series, kind_of, milliseconds

LOOK_BACK = 3600.0
"""Seconds before a period in which the sample is sought that its first rate needs."""
PERCENTILE_STEP = 300.0


class SampleStore(Protocol):
    """What the stages after this one may ask."""

    def write(self, readings: Sequence[Reading]) -> None:
        """Keeps readings, durably when it returns. Late, repeated and unordered ones are welcome.

        Raises: SamplesError; then nothing of the batch was kept.
        """

    def latest(self, device: DeviceId | None = None, metric: str | None = None) -> list[tuple[Series, Sample]]:
        """What the newest poll of each table said; a value that it did not give is not listed."""

    def latest_readings(self) -> Sequence[Reading]:
        """The same as whole tables, which is cheaper."""

    def series(
        self,
        device: DeviceId | None = None,
        table: str | None = None,
        metric: str | None = None,
        component: Component | None = None,
    ) -> list[Series]:
        """The series that fit every criterion given; of a component only kind and key are compared."""

    def read(
        self, series: Series, start: float, end: float, step: float | None = None, function: Function = "avg"
    ) -> Samples:
        """One series over [start, end), Unix seconds.

        Without a step, every sample that was kept (NaN where a rate is not known); with one, a figure for each
        step [t, t + step), labelled with its beginning, NaN where nothing is known. A counter is read as its
        rate per second (`last`: as it is);
        a gauge's `rate` is its change per second.
        """

    def raw(self, series: Series, start: float, end: float) -> Raw:
        """The samples of [start, end) that have a value, exact, with times in milliseconds."""

    def top(
        self, metric: str, start: float, end: float, percentile: float = 95.0, n: int = 20
    ) -> list[tuple[Series, float]]:
        """The n series of a metric with the highest percentile of their 5-minute means, highest first."""

    def percentile(self, series: Series, start: float, end: float, percentile: float = 95.0) -> float | None:
        """The percentile of the 5-minute means of one series, as traffic is billed; None without samples."""

    def total(self, series: Series, start: float, end: float) -> float | None:
        """What a counter grew by inside the period, as far as it is known; None where nothing is."""

    def close(self) -> None:
        """Ends it; what was written stays."""


class Arithmetic(ABC):
    """What follows from raw samples and the newest readings alone, for every implementation."""

    _latest: Latest

    @abstractmethod
    def raw(self, series: Series, start: float, end: float) -> Raw:
        """The samples of [start, end) that have a value, exact; see `cut`."""

    @abstractmethod
    def _series_of_metric(self, metric: str) -> Sequence[Series]: ...

    def latest(self, device: DeviceId | None = None, metric: str | None = None) -> list[tuple[Series, Sample]]:
        return self._latest.samples(device, metric)

    def latest_readings(self) -> Sequence[Reading]:
        return list(self._latest.readings())

    def read(
        self, series: Series, start: float, end: float, step: float | None = None, function: Function = "avg"
    ) -> Samples:
        if step is None:
            return self._every_sample(series, start, end, function)
        if step <= 0:
            raise ValueError("a step must be longer than nothing")
        edges = borders(start, end, step)
        if function == "last":
            values = last_values(self.raw(series, edges[0], edges[-1]), _ms(edges))
        elif function == "rate" and kind_of(series.metric) is not MetricKind.COUNTER:
            return _slope(self.read(series, start, end, step, "avg"))
        else:
            values = chosen(self._steps(series, edges, function), function)[0]
        return Samples(edges[:-1], values)

    def _every_sample(self, series: Series, start: float, end: float, function: Function) -> Samples:
        if kind_of(series.metric) is MetricKind.COUNTER and function != "last":
            return _within(rates(self.raw(series, start - LOOK_BACK, end)), start, end)
        samples = floats_of(self.raw(series, start, end))
        return _slope(samples) if function == "rate" else samples

    def _steps(self, series: Series, edges: Floats, function: Function) -> Steps:
        """The figures of each step that the function needs, shape (1, steps), from raw samples."""
        is_counter = kind_of(series.metric) is MetricKind.COUNTER
        margin = LOOK_BACK if is_counter else 0.0
        raw = self.raw(series, edges[0] - margin, edges[-1] + margin)
        return steps_of(raw, is_counter, _ms(edges))

    def percentile(self, series: Series, start: float, end: float, percentile: float = 95.0) -> float | None:
        values = self.read(series, start, end, PERCENTILE_STEP).values
        values = values[~np.isnan(values)]
        return float(np.percentile(values, percentile)) if len(values) else None

    def total(self, series: Series, start: float, end: float) -> float | None:
        steps = self._steps(series, borders(start, end, end - start), "avg")
        return float(steps.increase.sum()) if steps.covered.sum() > 0 else None

    def top(
        self, metric: str, start: float, end: float, percentile: float = 95.0, n: int = 20
    ) -> list[tuple[Series, float]]:
        found = []
        for series in self._series_of_metric(metric):
            value = self.percentile(series, start, end, percentile)
            if value is not None:
                found.append((series, value))
        return highest(found, n)


def highest(found: list[tuple[Series, float]], n: int) -> list[tuple[Series, float]]:
    """The n highest, ties by name so that the answer is the same each time."""
    return sorted(found, key=lambda pair: (-pair[1], pair[0].device, pair[0].kind, pair[0].key))[:n]


def cut(raw: Raw, start: float, end: float) -> Raw:
    """The samples of [start, end) that have a value."""
    raw = without_gaps(raw)
    first, last = np.searchsorted(raw.times, [milliseconds(start), milliseconds(end)])
    piece = slice(int(first), int(last))
    return Raw(raw.times[piece], raw.values[piece], raw.present[piece], raw.since[piece])


def _within(samples: Samples, start: float, end: float) -> Samples:
    inside = (samples.times >= start) & (samples.times < end)
    return Samples(samples.times[inside], samples.values[inside])


def _slope(samples: Samples) -> Samples:
    """The change per second since the sample before; longer gaps than usual stay gaps."""
    times = (samples.times * 1000).round().astype(np.int64)
    known = ~np.isnan(samples.values)
    times, values = times[known], samples.values[known]
    if len(times) < 2:
        return Samples(np.empty(0), np.empty(0))
    lengths = np.diff(times)
    sound = (lengths > 0) & (lengths <= 3.5 * usual_interval(times))
    change = np.diff(values) / np.maximum(lengths, 1) * 1000
    return Samples(times[1:] / 1000, np.where(sound, change, np.nan))


def _ms(edges: Floats) -> Integers:
    return np.rint(edges * 1000).astype(np.int64)
