"""Once a day: what the stored history says of the weeks to come, turned into preventive work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from nms.model import Inventory, Role, Severity
from nms.rules.derived import SPEED, Column, ratios
from nms.rules.forecast import Subject, runtime_at_one_load
from nms.rules.judge import Judge
from nms.rules.prospects import PROSPECTS, Series
from nms.store.samples import Samples, SampleStore
from nms.store.samples import Series as Stored
from nms.tickets.preventive import Forecast
from nms.wiring.linked import LinkedPorts

LOOK_BACK = 90 * 86_400.0
STEP = 3600.0
RUNTIME, LOAD = "runtime_seconds", "load_ratio"
OCTETS = "interface_in_octets_total"
"""What every interface that is worth it has; its other counters are looked for beside it."""


@dataclass(slots=True)
class Foresight:
    """The forecasts that call for work at present."""

    inventory: Inventory
    samples: SampleStore
    lead_seconds: float = 0.0
    """A date nearer than this calls for work, whatever its metric says of itself."""

    forecasts: tuple[Forecast, ...] = field(default=())

    def histories(self, now: float) -> list[Series]:
        """Hourly means of what is worth a forecast. Slow: it reads months of history."""
        return [*self._stored(now), *self._of_links(now)]

    def foresee(self, judge: Judge, histories: list[Series], now: float) -> None:
        """Asks the judge, in its own thread."""
        verdicts = judge.foresee(histories, now, self.lead_seconds).verdicts
        self.forecasts = tuple(
            Forecast(verdict, now + verdict.value if verdict.value is not None else None)
            for verdict in verdicts
            if verdict.severity is not None and verdict.severity >= Severity.WARNING
        )

    def _stored(self, now: float) -> Iterator[Series]:
        for metric in PROSPECTS:
            for series in self.samples.series(metric=metric):
                if metric == RUNTIME and not self._is_ups(series):
                    continue
                read = self._hourly(series, now)
                values = self._worn(series, read.values, now) if metric == RUNTIME else read.values
                yield from _worth(Subject(series.device, series.component, metric), read.times, values)

    def _is_ups(self, series: Stored) -> bool:
        """Of all other equipment the metric is the time that something has run."""
        device = self.inventory.devices.get(series.device)
        return device is not None and device.role is Role.UPS

    def _worn(self, series: Stored, runtime: Column, now: float) -> Column:
        """The runtime at one load: what is left of its changes is wear. As it is where no load is known."""
        loads = [self._hourly(one, now).values for one in self.samples.series(device=series.device, metric=LOAD)]
        return runtime_at_one_load(runtime, np.fmax.reduce(loads)) if loads else runtime

    def _of_links(self, now: float) -> Iterator[Series]:
        """How full the links are and what share of their packets has errors: ratios are kept nowhere."""
        ports = LinkedPorts.of(self.inventory)
        for series in self.samples.series(metric=OCTETS):
            if not ports.holds(series):
                continue
            found = self.samples.series(device=series.device, component=series.component)
            beside = {one.metric: one for one in found}
            octets = self._hourly(series, now)

            def read(metric: str, beside: Mapping[str, Stored] = beside, octets: Samples = octets) -> Column | None:
                if metric == OCTETS:
                    return octets.values
                return self._hourly(beside[metric], now).values if metric in beside else None

            speed = ports.capacity(series) or read(SPEED)
            for metric, values in ratios(read, speed).items():
                if metric in PROSPECTS:
                    yield from _worth(Subject(series.device, series.component, metric), octets.times, values)

    def _hourly(self, series: Stored, now: float) -> Samples:
        return self.samples.read(series, now - LOOK_BACK, now, STEP)


def _worth(subject: Subject, times: Column, values: Column) -> Iterator[Series]:
    if not np.isnan(values).all():
        known = [None if value != value else value for value in values.tolist()]
        yield subject, times.tolist(), known
