"""What a series is, and what is read of it: named values that every implementation of the store shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from nms.metrics import METRICS
from nms.model import Component, DeviceId, Message, MetricKind, Number, Reading

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Function = Literal["avg", "min", "max", "rate", "last"]


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one component of one device.

    Identity is (device, kind, key, metric); the label, the agent's index and the table it was last read in are
    what is known of it at present, and take no part in comparisons.
    """

    device: DeviceId
    kind: str
    key: str
    metric: str
    label: str = field(default="", compare=False)
    index: str = field(default="", compare=False)
    table: str = field(default="", compare=False)
    said: Message | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(cls, device: DeviceId, component: Component, metric: str, table: str = "") -> Series:
        part = component
        return cls(device, part.kind, part.key, metric, part.label, part.index, table, part.said)

    @property
    def component(self) -> Component:
        return Component(self.kind, self.key, self.label, self.index, self.said)


class Sample(NamedTuple):
    """A value at an instant (Unix seconds). Counters are exact integers up to 2^64-1."""

    at: float
    value: Number


@dataclass(frozen=True, slots=True)
class Samples:
    """Values over time; both arrays have one length, NaN is a gap, times ascend (Unix seconds)."""

    times: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True)
class Raw:
    """Samples as they are kept: exact, with the times in milliseconds.

    Shape: `times`, `values`, `present`, `since` are equally long. `values` is uint64 for a counter, int64 for a
    state, float64 for a gauge; where `present` is False the value means nothing. `since` is the millisecond of
    the agent's last known discontinuity, 0 where it did not tell.
    """

    times: Integers
    values: npt.NDArray[np.generic]
    present: npt.NDArray[np.bool_]
    since: Integers


def kind_of(metric: str) -> MetricKind:
    """The kind of a metric. One that the catalogue does not know is judged by its suffix, as Prometheus does."""
    known = METRICS.get(metric)
    if known is not None:
        return known.kind
    return MetricKind.COUNTER if metric.endswith("_total") else MetricKind.GAUGE


def milliseconds(at: float) -> int:
    """The stored resolution of time."""
    return round(at * 1000)


def require_whole(reading: Reading) -> None:
    """Refuses a reading that is not a matrix. Raises: ValueError."""
    rows = len(reading.components)
    for metric, values in reading.columns.items():
        if len(values) != rows:
            raise ValueError(
                f"{reading.device}: {metric} of {reading.table} has {len(values)} values for {rows} components"
            )


def fits(
    series: Series, device: DeviceId | None, table: str | None, metric: str | None, component: Component | None
) -> bool:
    """Whether a series is of this device, table, metric and component; None fits all."""
    return (
        device in (None, series.device)
        and table in (None, series.table)
        and metric in (None, series.metric)
        and (component is None or (component.kind, component.key) == (series.kind, series.key))
    )
