"""Every night: what is usual at each hour of the week, learned from the stored history of the weeks before."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import numpy as np

from nms.calendars import Holidays
from nms.config import Config
from nms.config.policies import Baselines
from nms.model import Inventory, Severity
from nms.rules.baseline import Baseline, SeriesKey, WeekGrid, learn_on
from nms.store.samples import SampleStore, Series
from nms.wiring.calendars import holidays
from nms.wiring.linked import INTERFACE, LinkedPorts

log = logging.getLogger(__name__)

STEP = 300.0
WEEK = 7 * 86_400.0
LEAST = 2 * 3 * 12 * 3 // 4
"""Five-minute means that an hour and its neighbours must hold: three quarters of two weeks."""


@dataclass(slots=True)
class Usual:
    """Learns baselines. It rests as long as it works, so that one processor is never taken for itself."""

    samples: SampleStore
    inventory: Inventory
    settings: Baselines
    zone: ZoneInfo
    closed: Holidays
    rest: Callable[[float], None] = time.sleep
    learned: int = 0
    _linked: LinkedPorts = field(init=False)

    def __post_init__(self) -> None:
        self._linked = LinkedPorts.of(self.inventory)

    @classmethod
    def of(cls, config: Config, inventory: Inventory, samples: SampleStore) -> Usual:
        office = config.office
        return cls(samples, inventory, config.baselines, ZoneInfo(office.timezone), holidays(office.holidays))

    def learn(self, now: float) -> dict[SeriesKey, Baseline]:
        """The baselines of all series that are worth one. Slow: it reads weeks of history.

        Raises: SamplesError.
        """
        if not self.settings.enabled:
            return {}
        end = now // STEP * STEP
        start = end - self.settings.weeks * WEEK
        instants = np.arange(start, end, STEP)
        grid = WeekGrid.of(instants.tolist(), self.zone, self.closed, LEAST)
        found: dict[SeriesKey, Baseline] = {}
        for series in self._worth():
            began = time.monotonic()
            read = self.samples.read(series, start, end, STEP)
            values = np.full(len(instants), np.nan)
            places = np.rint((read.times - start) / STEP).astype(np.int64)
            inside = (places >= 0) & (places < len(instants))
            values[places[inside]] = read.values[inside]
            learned = learn_on(grid, values, self.zone, self.closed)
            if any(median == median for median in learned.median):
                found[series.device, series.kind, series.key, series.metric] = self._strict(learned)
            self.rest(time.monotonic() - began)
        self.learned = len(found)
        log.info("baselines: %d series have a usual week", len(found))
        return found

    def _strict(self, baseline: Baseline) -> Baseline:
        unusual = self.settings.unusual
        severity = Severity[self.settings.severity.upper()]
        return replace(baseline, unusual=unusual, usual=unusual / 2, severity=severity, window=STEP)

    def _worth(self) -> Iterator[Series]:
        """The series of the metrics in the settings, in their order, up to the most that may be learned."""
        left = self.settings.most_series
        for metric in self.settings.metrics:
            for series in self.samples.series(metric=metric):
                if series.device not in self.inventory.devices or not self._is_linked(series):
                    continue
                if not left:
                    log.warning("baselines: more series than baselines.most_series; the rest has none")
                    return
                left -= 1
                yield series

    def _is_linked(self, series: Series) -> bool:
        return series.kind != INTERFACE or self._linked.holds(series)
