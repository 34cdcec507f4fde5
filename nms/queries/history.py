"""Series over time, as rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nms.i18n import part_name
from nms.metrics import METRICS
from nms.model import Component, DeviceId, MetricKind
from nms.queries.ports import NotFound
from nms.queries.rows import History, SeriesRow
from nms.store.samples import SampleStore, Series

SPARK_SECONDS = 3600.0
SPARK_STEP = 180.0


def series_of_device(store: SampleStore, device_id: str, language: str) -> Sequence[SeriesRow]:
    return [_row(series, language) for series in store.series(device=DeviceId(device_id))]


def history(
    store: SampleStore,
    device_id: str,
    component_kind: str,
    component_key: str,
    metric: str,
    start: float,
    end: float,
    step: float | None,
    language: str,
) -> History:
    """One series over [start, end); counters as rates per second, gaps as None. Raises: NotFound."""
    component = Component(component_kind, component_key)
    found = store.series(device=DeviceId(device_id), metric=metric, component=component)
    if not found:
        where = {"metric": metric, "device": device_id, "part": f"{component_kind}/{component_key}"}
        if component_key:
            raise NotFound("there is no history of {metric} for {part} of {device}", **where)
        raise NotFound("there is no history of {metric} for {device}", **where)
    samples = store.read(found[0], start, end, step)
    return History(
        series=_row(found[0], language),
        start=start,
        end=end,
        step=step,
        times=tuple(samples.times.tolist()),
        values=tuple(None if math.isnan(value) else value for value in samples.values.tolist()),
    )


def sparks(store: SampleStore, device: str, metric: str, end: float) -> dict[str, tuple[float | None, ...]]:
    """The last hour of one metric of every component of a device, by component key: a few dozen small numbers each."""
    found: dict[str, tuple[float | None, ...]] = {}
    for series in store.series(device=DeviceId(device), metric=metric):
        values = store.read(series, end - SPARK_SECONDS, end, SPARK_STEP).values.tolist()
        found[series.key] = tuple(None if math.isnan(value) else round(value, 3) for value in values)
    return found


def _row(series: Series, language: str) -> SeriesRow:
    metric = METRICS.get(series.metric)
    kind = metric.kind if metric else MetricKind.GAUGE
    unit = metric.unit if metric else ""
    return SeriesRow(
        device=series.device,
        component_kind=series.kind,
        component_key=series.key,
        label=part_name(series.component, language),
        metric=series.metric,
        unit=f"{unit}/s" if kind is MetricKind.COUNTER and unit else unit,
        kind=kind,
    )
