"""Alerts, the incidents they make, why they fired and who is on call for them."""

from __future__ import annotations

from dataclasses import dataclass

from nms.model import AlertStatus
from nms.queries.rows.attention import Attention


@dataclass(frozen=True, slots=True)
class AlertRow:
    id: int
    key: str
    rule: str
    severity: str
    status: AlertStatus
    attention: Attention
    summary: str
    device: str
    device_name: str
    department: str
    site: str
    component: str
    opened_at: float
    updated_at: float
    resolved_at: float | None = None
    acknowledged_by: str = ""
    acknowledged_note: str = ""
    suppressed_by: str = ""
    incident: int | None = None
    ticket: str = ""
    value: float | None = None
    limit: float | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class IncidentRow:
    id: int
    summary: str
    severity: str
    attention: Attention
    device: str
    department: str
    site: str
    opened_at: float
    resolved_at: float | None = None
    symptoms: int = 0
    ticket: str = ""
    root_key: str = ""


@dataclass(frozen=True, slots=True)
class WhyStep:
    """One decision on the way to an alert or a page, in order."""

    at: float | None
    stage: str
    text: str


@dataclass(frozen=True, slots=True)
class ShiftRow:
    person: str
    start: float
    end: float
    role: str = ""
    contact: str = ""
    stands_in_for: str = ""
    """Whose turn it is, where that person is away."""

    backup: bool = False
    """Called only by escalation."""


@dataclass(frozen=True, slots=True)
class RotaProblemRow:
    """What would leave a call unheard. `kind`: gap (nobody is on), leave (away on a turn), contact (no message can
    reach them) or person (there is none of that name)."""

    kind: str
    start: float
    end: float
    text: str
