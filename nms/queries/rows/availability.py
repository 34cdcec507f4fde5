"""Availability over a period, and what people corrected of it."""

from __future__ import annotations

from dataclasses import dataclass

from nms.model import State


@dataclass(frozen=True, slots=True)
class OutageRow:
    start: float
    end: float | None
    state: State
    cause: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class AvailabilityRow:
    """Availability of one subject over a period, in ratios, with the seconds behind each.

    known = up/(up+down), worst = up/service, best = (up+unknown)/service, coverage = 1 - unknown/service.
    `failures`: outages that began in the period; `restored`: those of them that ended in it.
    `observed_known`, `observed_down_seconds`: the same without corrections, where those changed something.
    """

    subject: str
    name: str
    kind: str
    target: float | None
    known: float | None
    worst: float | None
    best: float | None
    coverage: float | None
    service_seconds: float
    up_seconds: float
    degraded_seconds: float
    down_seconds: float
    unknown_seconds: float
    maintenance_seconds: float
    outages: tuple[OutageRow, ...] = ()
    mttr_seconds: float | None = None
    mtbf_seconds: float | None = None
    failures: int = 0
    restored: int = 0
    observed_known: float | None = None
    observed_down_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A person's word on a past time. Withdrawn ones are kept.

    `observed`: states and seconds that the monitor had seen of that time.
    """

    id: int
    subject: str
    name: str
    state: State
    start: float
    end: float
    author: str
    reason: str
    at: float
    withdrawn_at: float | None = None
    withdrawn_by: str = ""
    observed: tuple[tuple[str, float], ...] = ()
    department: str = ""


@dataclass(frozen=True, slots=True)
class UptimeReport:
    """`corrections`: what people said afterwards of the period; `as_of`: only those that counted at that instant."""

    municipality: str
    start: float
    end: float
    timezone: str
    generated_at: float
    departments: tuple[AvailabilityRow, ...]
    devices: tuple[AvailabilityRow, ...] = ()
    links: tuple[AvailabilityRow, ...] = ()
    simulated: bool = False
    corrections: tuple[CorrectionRow, ...] = ()
    as_of: float | None = None
