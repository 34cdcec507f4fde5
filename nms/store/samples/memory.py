"""Samples in memory, for tests and short demonstrations: nothing is kept when the process ends."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence

import numpy as np

from nms.model import Component, DeviceId, MetricKind, Number, Reading
from nms.store.samples.aggregate import merged
from nms.store.samples.latest import Latest
from nms.store.samples.series import Raw, Series, fits, kind_of, milliseconds, require_whole
from nms.store.samples.store import Arithmetic, cut

_INTEGERS = {MetricKind.COUNTER: np.dtype(np.uint64), MetricKind.STATE: np.dtype(np.int64)}


class MemorySamples(Arithmetic):
    """See `SampleStore`. It answers from the readings themselves, which makes it the measure of the others."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._readings: list[Reading] = []
        self._series: dict[Series, Series] = {}
        self._latest = Latest()

    def write(self, readings: Sequence[Reading]) -> None:
        for reading in readings:
            require_whole(reading)
        with self._lock:
            self._readings += readings
            self._latest.learn(readings)
            for reading in readings:
                for metric in reading.columns:
                    for component in reading.components:
                        series = Series.of(reading.device, component, metric, reading.table)
                        self._series.pop(series, None)
                        self._series[series] = series

    def series(
        self,
        device: DeviceId | None = None,
        table: str | None = None,
        metric: str | None = None,
        component: Component | None = None,
    ) -> list[Series]:
        with self._lock:
            return [series for series in self._series.values() if fits(series, device, table, metric, component)]

    def _series_of_metric(self, metric: str) -> Sequence[Series]:
        return self.series(metric=metric)

    def raw(self, series: Series, start: float, end: float) -> Raw:
        with self._lock:
            readings = list(self._readings)
        return cut(
            merged([_part(reading, value, series.metric) for reading, value in _cells(readings, series)]), start, end
        )

    def close(self) -> None:
        """Nothing is held."""


def _cells(readings: list[Reading], series: Series) -> Iterator[tuple[Reading, Number | None]]:
    for reading in readings:
        if reading.device == series.device and series.metric in reading.columns:
            for component, value in zip(reading.components, reading.columns[series.metric], strict=True):
                if (component.kind, component.key) == (series.kind, series.key):
                    yield reading, value
                    break


def _part(reading: Reading, value: Number | None, metric: str) -> Raw:
    dtype = _INTEGERS.get(kind_of(metric), np.dtype(np.float64))
    known = value is not None and math.isfinite(value)
    if isinstance(value, float) and not value.is_integer():
        dtype = np.dtype(np.float64)
    return Raw(
        np.array([milliseconds(reading.at)], np.int64),
        np.array([value if known else 0], dtype),
        np.array([known]),
        np.array([1000 * round(reading.counters_since or 0)], np.int64),
    )
