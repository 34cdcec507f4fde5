"""What preventive work goes by besides the calendar: counters, what they grew by, ends of licences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import numpy as np

from nms.calendars import DAY_SECONDS
from nms.metrics import METRICS
from nms.model import DeviceId, MetricKind
from nms.queries.live import LiveBoard
from nms.store.samples import SampleStore, Series
from nms.tickets.office import Office
from nms.tickets.playbooks import applies
from nms.tickets.playbooks.language import MeterTrigger, Playbook
from nms.tickets.preventive import Expiry, MeterReading

ENDS = {"certificate_not_after_seconds": "certificate", "licence_not_after_seconds": "licence"}
"""Metric -> the date of a lifecycle that it tells."""


@dataclass(slots=True)
class Meters:
    """`windowed` is what was found last: it reads weeks of history, and is asked once a day (see `measure`)."""

    live: LiveBoard
    samples: SampleStore
    windowed: tuple[MeterReading, ...] = field(default=())

    def readings(self, office: Office) -> list[MeterReading]:
        """The counters that playbooks go by, as they were last read, and those over a window."""
        wanted = {trigger.metric for _, trigger in _triggers(office) if trigger.every is not None}
        return [*self._latest(wanted), *self.windowed]

    def endings(self) -> list[Expiry]:
        """When the certificates that checks have seen expire, and the licences that devices tell of end.

        What ends on one day of one device is renewed together: a firewall's ten subscriptions are one purchase.
        """
        found: dict[tuple[object, ...], Expiry] = {}
        for one in self._latest(set(ENDS)):
            what = ENDS[one.metric]
            name = one.component.key if what == "certificate" else ""
            if one.value > 0:
                found.setdefault(
                    (one.device, what, name, one.value // DAY_SECONDS), Expiry(one.device, what, one.value, name)
                )
        return list(found.values())

    def measure(self, office: Office, now: float) -> None:
        """What counters grew by, and how often states changed, over the windows that playbooks name. Slow."""
        self.windowed = tuple(self._measured(office, now))

    def _measured(self, office: Office, now: float) -> Iterator[MeterReading]:
        wanted: dict[tuple[str, int], list[tuple[Playbook, MeterTrigger]]] = {}
        for playbook, trigger in _triggers(office):
            if trigger.within_days is not None:
                wanted.setdefault((trigger.metric, trigger.within_days), []).append((playbook, trigger))
        for (metric, days), triggers in wanted.items():
            for series in self.samples.series(metric=metric):
                value = self._grown(series, now, days) if _concerns(triggers, office, series) else None
                if value is not None:
                    yield MeterReading(series.device, metric, value, now, series.component, days)

    def _grown(self, series: Series, now: float, days: int) -> float | None:
        start = now - days * DAY_SECONDS
        if METRICS[series.metric].kind is not MetricKind.STATE:
            return self.samples.total(series, start, now)
        values = self.samples.raw(series, start, now).values
        return float(np.count_nonzero(np.diff(values))) if len(values) else None

    def _latest(self, wanted: set[str]) -> Iterator[MeterReading]:
        for device, live in list(self.live.devices.items()):
            for reading in live.readings.values():
                for metric in wanted & reading.columns.keys():
                    for component, value in zip(reading.components, reading.columns[metric], strict=True):
                        if value is not None:
                            yield MeterReading(DeviceId(device), metric, float(value), reading.at, component)


def _triggers(office: Office) -> Iterable[tuple[Playbook, MeterTrigger]]:
    for playbook in office.playbooks.playbooks.values():
        for trigger in playbook.triggers:
            if trigger.meter is not None:
                yield playbook, trigger.meter


def _concerns(triggers: Sequence[tuple[Playbook, MeterTrigger]], office: Office, series: Series) -> bool:
    """Whether any playbook looks at this component: the history of others is not read."""
    device = office.device(series.device)
    return device is not None and any(
        fnmatchcase(series.component.key, trigger.components) and applies(playbook.applies_to, device)
        for playbook, trigger in triggers
    )
