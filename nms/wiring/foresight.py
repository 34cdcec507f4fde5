"""Once a day: what the stored history says of the weeks to come, turned into preventive work."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from nms.model import Severity
from nms.rules.forecast import Subject
from nms.rules.judge import Judge
from nms.rules.prospects import PROSPECTS, Series
from nms.store.samples import SampleStore
from nms.tickets.preventive import Forecast

LOOK_BACK = 90 * 86_400.0
STEP = 3600.0


@dataclass(slots=True)
class Foresight:
    """The forecasts that call for work at present."""

    samples: SampleStore
    lead_seconds: float = 0.0
    """A date nearer than this calls for work, whatever its metric says of itself."""

    forecasts: tuple[Forecast, ...] = field(default=())

    def histories(self, now: float) -> list[Series]:
        """Hourly means of what is worth a forecast. Slow: it reads months of history."""
        return list(self._histories(now))

    def foresee(self, judge: Judge, histories: list[Series], now: float) -> None:
        """Asks the judge, in its own thread."""
        verdicts = judge.foresee(histories, now, self.lead_seconds).verdicts
        self.forecasts = tuple(
            Forecast(verdict, now + verdict.value if verdict.value is not None else None)
            for verdict in verdicts
            if verdict.severity is not None and verdict.severity >= Severity.WARNING
        )

    def _histories(self, now: float) -> Iterator[Series]:
        for metric in PROSPECTS:
            for series in self.samples.series(metric=metric):
                read = self.samples.read(series, now - LOOK_BACK, now, STEP)
                values = [None if math.isnan(value) else value for value in read.values.tolist()]
                if any(value is not None for value in values):
                    yield Subject(series.device, series.component, metric), read.times.tolist(), values
