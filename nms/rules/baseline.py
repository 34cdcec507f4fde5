"""What is usual for a series at each hour of the week, and what is not.

Robust: a median and a spread (median absolute deviation) for each hour of the week by the office clock, from that hour
and its neighbours over the weeks, so that one bad week changes little. A holiday counts as a Sunday.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from nms.calendars import NO_HOLIDAYS, OFFICE_ZONE, Holidays, wall_time
from nms.metrics import METRICS, title
from nms.model import Component, DeviceId, Message, MetricKind, Number, Reading, Severity, Verdict
from nms.rules.keys import part_key
from nms.rules.ledger import Ledger
from nms.rules.words import part, quantity

RULE = "baseline"

HOURS = 168
_SUNDAY = 6
_LEAST_VALUES = 6
_MAD = 1.4826

Floats = NDArray[np.float64]
Columns = Mapping[str, Sequence[Number | None]]
SeriesKey = tuple[DeviceId, str, str, str]
"""Device, kind and key of the component, metric."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Median and spread by hour of the week (Monday 0:00 first); NaN where too little is known.

    `unusual` spreads away from the median raise it, `usual` end it; `confirmations` values in a row must agree.
    `window`: seconds over which values are averaged first, as those were that it was learned from.
    """

    median: tuple[float, ...]
    spread: tuple[float, ...]
    zone: ZoneInfo = OFFICE_ZONE
    holidays: Holidays = NO_HOLIDAYS
    unusual: float = 6.0
    usual: float = 3.0
    confirmations: int = 3
    severity: Severity = Severity.WARNING
    window: float = 0.0

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


@dataclass(frozen=True, slots=True)
class WeekGrid:
    """Which of many instants lie in each hour of the week or beside it: worked out once for all series that share them.

    `pools`: a row for each hour, of indices into the instants, filled up with their number. `least`: values that a row
    must hold before anything is usual there.
    """

    pools: NDArray[np.int64]
    least: int

    @classmethod
    def of(
        cls,
        times: Sequence[float],
        zone: ZoneInfo = OFFICE_ZONE,
        holidays: Holidays = NO_HOLIDAYS,
        least: int = _LEAST_VALUES,
    ) -> WeekGrid:
        hours = np.array([hour_of_week(instant, zone, holidays) for instant in times], dtype=np.int64)
        rows = [_near(hours, hour) for hour in range(HOURS)]
        pools = np.full((HOURS, max(1, *(len(row) for row in rows))), len(times), dtype=np.int64)
        for hour, row in enumerate(rows):
            pools[hour, : len(row)] = row
        return cls(pools, least)


def learn(
    times: Sequence[float],
    values: Sequence[float | None],
    zone: ZoneInfo = OFFICE_ZONE,
    holidays: Holidays = NO_HOLIDAYS,
) -> Baseline:
    """A baseline from a history: four weeks of hourly values serve, more are better (Unix seconds; None: no value)."""
    return learn_on(WeekGrid.of(times, zone, holidays), np.array(values, dtype=np.float64), zone, holidays)


def learn_on(
    grid: WeekGrid, values: Floats, zone: ZoneInfo = OFFICE_ZONE, holidays: Holidays = NO_HOLIDAYS
) -> Baseline:
    """The same for values on a grid that many series share; NaN where there is none. Costs some milliseconds."""
    pooled = np.append(values, np.nan)[grid.pools]
    enough = np.isfinite(pooled).sum(axis=1) >= grid.least
    medians, spreads = np.full(HOURS, np.nan), np.full(HOURS, np.nan)
    held = values[np.isfinite(values)]
    if enough.any():
        known = pooled[enough]
        medians[enough] = np.nanmedian(known, axis=1)
        spreads[enough] = _MAD * np.nanmedian(np.abs(known - medians[enough][:, None]), axis=1)
        floor = max(0.1 * _spread(held), 1e-9 + 0.005 * float(np.median(np.abs(held))))
        spreads[enough] = np.maximum(floor, spreads[enough])
    return Baseline(tuple(medians.tolist()), tuple(spreads.tolist()), zone, holidays)


def _near(hours: NDArray[np.int64], hour: int) -> NDArray[np.int64]:
    distance = np.abs(hours - hour)
    return np.flatnonzero(np.minimum(distance, HOURS - distance) <= 1)


def _spread(values: Floats) -> float:
    return _MAD * float(np.median(np.abs(values - np.median(values))))


@dataclass(slots=True)
class Baselines:
    """The baselines in force, and how long values have been unusual; owned by the caller, learned anew every night."""

    known: dict[DeviceId, dict[tuple[str, str, str], Baseline]] = field(default_factory=dict)
    runs: dict[SeriesKey, int] = field(default_factory=dict)
    recent: dict[SeriesKey, deque[tuple[float, float]]] = field(default_factory=dict)

    def learn(self, baselines: Mapping[SeriesKey, Baseline]) -> None:
        """Put these baselines in the place of all before."""
        self.known = {}
        for (device, kind, key, metric), one in baselines.items():
            self.known.setdefault(device, {})[metric, kind, key] = one
        self.runs = {series: run for series, run in self.runs.items() if series in baselines}
        self.recent = {series: values for series, values in self.recent.items() if series in baselines}

    def judge(self, reading: Reading, rates: Columns, ledger: Ledger, now: float) -> Iterable[Verdict]:
        """Verdicts on the values of a reading that have a baseline; of counters their rates are judged."""
        known = self.known.get(reading.device)
        if not known:
            return
        for metric in {metric for metric, _, _ in known}:
            counts = metric in METRICS and METRICS[metric].kind is MetricKind.COUNTER
            column = rates.get(metric) if counts else reading.columns.get(metric)
            if column is None:
                continue
            for component, value in zip(reading.components, column, strict=True):
                baseline = known.get((metric, component.kind, component.key))
                if baseline is not None and value is not None:
                    series = (reading.device, component.kind, component.key, metric)
                    mean = self._smoothed(series, float(value), reading.at, baseline.window)
                    yield self._judge(reading.device, component, metric, mean, reading.at, baseline, ledger, now)

    def _smoothed(self, series: SeriesKey, value: float, at: float, window: float) -> float:
        """The mean of the values of the last `window` seconds."""
        if not window:
            return value
        recent = self.recent.setdefault(series, deque(maxlen=600))
        recent.append((at, value))
        while not at - window <= recent[0][0] <= at:
            recent.popleft()
        return sum(value for _, value in recent) / len(recent)

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
            baseline.severity if raised else None,
            Message("{component}: {metric_msgid} is {value}, unusual for this hour of the week", params),
            component,
            value,
            unknown=expected is None and held,
            evidence=(Message("Usual at this hour of the week: {usual}, give or take {spread}", params),),
        )  # fmt: skip
