"""What is usual for a series at each hour of the week, and what is not.

Robust: a median and a spread (median absolute deviation) for each hour of the week by the office clock, from that hour
and its neighbours over the weeks, so that one bad week changes little. A holiday counts as a Sunday.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from nms.calendars import NO_HOLIDAYS, OFFICE_ZONE, Holidays, wall_time
from nms.metrics import METRICS, title
from nms.model import Component, DeviceId, Message, Poll, Severity, Verdict
from nms.rules.keys import part_key
from nms.rules.ledger import Ledger
from nms.rules.words import part, quantity

RULE = "baseline"

HOURS = 168
_SUNDAY = 6
_LEAST_VALUES = 6
_MAD = 1.4826

Floats = NDArray[np.float64]
SeriesKey = tuple[DeviceId, str, str, str]
"""Device, kind and key of the component, metric."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Median and spread by hour of the week (Monday 0:00 first); NaN where too little is known.

    `unusual` spreads away from the median raise it, `usual` end it; `confirmations` values in a row must agree.
    """

    median: tuple[float, ...]
    spread: tuple[float, ...]
    zone: ZoneInfo = OFFICE_ZONE
    holidays: Holidays = NO_HOLIDAYS
    unusual: float = 6.0
    usual: float = 3.0
    confirmations: int = 3

    def at(self, instant: float) -> tuple[float, float] | None:
        """The usual value and its spread at an instant; None where too little is known."""
        hour = hour_of_week(instant, self.zone, self.holidays)
        median, spread = self.median[hour], self.spread[hour]
        return None if median != median else (median, spread)

    def deviation(self, value: float, instant: float) -> float | None:
        """How many spreads a value lies above (or below) the usual."""
        usual = self.at(instant)
        return None if usual is None else (value - usual[0]) / usual[1]


def hour_of_week(instant: float, zone: ZoneInfo, holidays: Holidays = NO_HOLIDAYS) -> int:
    wall = wall_time(instant, zone)
    weekday = _SUNDAY if holidays.name(wall.date()) is not None else wall.weekday()
    return weekday * 24 + wall.hour


def learn(
    times: Sequence[float],
    values: Sequence[float | None],
    zone: ZoneInfo = OFFICE_ZONE,
    holidays: Holidays = NO_HOLIDAYS,
) -> Baseline:
    """A baseline from a history: four weeks of hourly values serve, more are better (Unix seconds; None: no value)."""
    at, held = np.array(times, dtype=np.float64), np.array(values, dtype=np.float64)
    kept = np.isfinite(held)
    hours = np.array([hour_of_week(instant, zone, holidays) for instant in at[kept].tolist()], dtype=np.int64)
    held = held[kept]
    pooled = [_near(hours, held, hour) for hour in range(HOURS)]
    medians = [float(np.median(one)) if len(one) >= _LEAST_VALUES else float("nan") for one in pooled]
    whole = _spread(held) if len(held) else 0.0
    floor = max(0.1 * whole, 1e-9 + 0.005 * float(np.median(np.abs(held))) if len(held) else 1e-9)
    spreads = [max(floor, _spread(one)) if len(one) >= _LEAST_VALUES else float("nan") for one in pooled]
    return Baseline(tuple(medians), tuple(spreads), zone, holidays)


def _near(hours: NDArray[np.int64], held: Floats, hour: int) -> Floats:
    distance = np.abs(hours - hour)
    chosen: Floats = held[np.minimum(distance, HOURS - distance) <= 1]
    return chosen


def _spread(values: Floats) -> float:
    return _MAD * float(np.median(np.abs(values - np.median(values))))


@dataclass(slots=True)
class Baselines:
    """The baselines in force, and how long values have been unusual; owned by the caller, learned anew every night."""

    known: dict[DeviceId, dict[tuple[str, str, str], Baseline]] = field(default_factory=dict)
    runs: dict[SeriesKey, int] = field(default_factory=dict)

    def learn(self, baselines: Mapping[SeriesKey, Baseline]) -> None:
        """Put these baselines in the place of all before."""
        self.known = {}
        for (device, kind, key, metric), one in baselines.items():
            self.known.setdefault(device, {})[metric, kind, key] = one
        self.runs = {series: run for series, run in self.runs.items() if series in baselines}

    def judge(self, poll: Poll, ledger: Ledger, now: float) -> Iterable[Verdict]:
        """Verdicts on the values of a poll that have a baseline."""
        known = self.known.get(poll.device)
        if not known:
            return
        for reading in poll.readings:
            for metric in {metric for metric, _, _ in known} & reading.columns.keys():
                for component, value in zip(reading.components, reading.columns[metric], strict=True):
                    baseline = known.get((metric, component.kind, component.key))
                    if baseline is not None and value is not None:
                        yield self._judge(
                            poll.device, component, metric, float(value), reading.at, baseline, ledger, now
                        )

    def _judge(
        self,
        device: DeviceId,
        component: Component,
        metric: str,
        value: float,
        at: float,
        baseline: Baseline,
        ledger: Ledger,
        now: float,
    ) -> Verdict:
        key, series = part_key("baseline", device, component, metric), (device, component.kind, component.key, metric)
        expected, away = baseline.at(at), baseline.deviation(value, at)
        held = ledger.holds(key)
        beyond = away is not None and abs(away) > (baseline.usual if held else baseline.unusual)
        self.runs[series] = self.runs.get(series, 0) + 1 if beyond else 0
        unit = METRICS[metric].unit if metric in METRICS else ""
        params = {
            "component": part(device, component),
            "metric_msgid": title(metric),
            "value": quantity(value, unit),
            "usual": quantity(expected[0], unit) if expected else "?",
            "spread": quantity(expected[1], unit) if expected else "?",
        }
        raised = beyond and (held or self.runs[series] >= baseline.confirmations)
        return Verdict(
            key, RULE, device, now,
            Severity.WARNING if raised else None,
            Message("{component}: {metric_msgid} is {value}, unusual for this hour of the week", params),
            component,
            value,
            unknown=expected is None and held,
            evidence=(Message("Usual at this hour of the week: {usual}, give or take {spread}", params),),
        )  # fmt: skip
