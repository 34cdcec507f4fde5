"""What is worth forecasting, up to which limit and how far ahead: asked once a day of the stored history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from nms.model import Severity, Verdict
from nms.rules.forecast import Question, Subject, forecast, verdict
from nms.rules.keys import part_key
from nms.rules.ledger import Ledger
from nms.rules.policies import Thresholds
from nms.rules.trend import DAY

Series = tuple[Subject, Sequence[float], Sequence[float | None]]
"""What it is, instants (Unix seconds, ascending) and values: hourly medians of up to 90 days serve best."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """How a metric is asked. `limit` serves where no threshold of the component names a more fitting one."""

    limit: float | None
    rising: bool
    lead_seconds: float
    busy: float | None = None


PROSPECTS: Mapping[str, Prospect] = MappingProxyType(
    {
        "storage_used_ratio": Prospect(0.95, True, 14 * DAY),
        "memory_used_ratio": Prospect(0.97, True, 7 * DAY),
        "supply_level_ratio": Prospect(0.03, False, 10 * DAY),
        "percentage_ratio": Prospect(None, True, 14 * DAY, busy=0.95),
        "interface_in_utilization_ratio": Prospect(0.80, True, 60 * DAY, busy=0.95),
        "interface_out_utilization_ratio": Prospect(0.80, True, 60 * DAY, busy=0.95),
        "interface_in_error_ratio": Prospect(0.01, True, 14 * DAY),
        "interface_out_error_ratio": Prospect(0.01, True, 14 * DAY),
        "optical_power_dbm": Prospect(None, False, 60 * DAY),
        "temperature_celsius": Prospect(None, True, 30 * DAY),
        "runtime_seconds": Prospect(300.0, False, 90 * DAY),
    }
)
"""Where the limit is None, only a threshold (of the settings, or stated by the device itself) gives one."""


def question(prospect: Prospect, thresholds: Thresholds) -> Question | None:
    """The question for one series: up to the worst limit that speaks of it on the side that matters."""
    side = 1 if prospect.rising else -1
    limits = [one for one in thresholds if one.sign == side and one.limit is not None and one.change_over is None]
    worst = max(limits, key=lambda one: one.severity, default=None)
    limit = worst.limit if worst is not None and worst.severity >= Severity.CRITICAL else prospect.limit
    if limit is None and worst is not None:
        limit = worst.limit
    return None if limit is None else Question(limit, prospect.rising, busy=prospect.busy)


def judge_prospects(
    series: Iterable[tuple[Series, Thresholds]], ledger: Ledger, now: float, least_lead: float = 0.0
) -> list[Verdict]:
    """Forecast each series; the verdicts that say something. Costs a few milliseconds of CPU each."""
    found = []
    for (subject, times, values), thresholds in series:
        prospect = PROSPECTS.get(subject.metric)
        asked = question(prospect, thresholds) if prospect else None
        if prospect is None or asked is None:
            continue
        held = ledger.holds(part_key("forecast", subject.device, subject.component, subject.metric))
        lead = max(prospect.lead_seconds, least_lead)
        found.append(verdict(subject, forecast(times, values, asked, now), lead, now, held))
    return ledger.enter(found)
