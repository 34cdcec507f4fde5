"""An open alert and an open incident as the book holds them: all that their life depends on, frozen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from nms.model import Alert, AlertStatus, Component, DeviceId, Incident, Message, Severity

CAUSE = "cause:"
MAINTENANCE = "maintenance:"
SILENCE = "silence:"


class Said(StrEnum):
    """What the last verdict said of the condition."""

    HOLDS = "holds"
    CLEAR = "clear"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Held:
    """One alert, with what its life is judged by.

    `said` and `said_since`: the last verdict, and since when every verdict has said so. `fired_at`: when it left
    pending. `because_of`: the key that explains it, by its verdict. `alone_since`: when that explanation was lost.
    `suppressed_by`: `cause:KEY`, `maintenance:ID` or `silence:ID`, empty where nothing keeps it quiet.
    """

    id: int
    key: str
    rule: str
    device: DeviceId
    department: str
    site: str
    component: Component
    severity: Severity
    summary: Message
    opened_at: float
    updated_at: float
    said: Said
    said_since: float
    evidence: tuple[Message, ...] = ()
    fired_at: float | None = None
    resolved_at: float | None = None
    because_of: str = ""
    alone_since: float | None = None
    suppressed_by: str = ""
    flapping: bool = False
    acknowledged_by: str = ""
    acknowledged_note: str = ""
    acknowledged_until: float | None = None
    incident: int | None = None
    value: float | None = None
    limit: float | None = None
    simulated: bool = False

    @property
    def status(self) -> AlertStatus:
        """Follows from the rest, so that the two cannot differ."""
        if self.resolved_at is not None:
            return AlertStatus.RESOLVED
        if self.fired_at is None:
            return AlertStatus.PENDING
        if self.suppressed_by:
            return AlertStatus.SUPPRESSED
        if self.acknowledged_by:
            return AlertStatus.ACKNOWLEDGED
        return AlertStatus.FLAPPING if self.flapping else AlertStatus.FIRING

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None

    @property
    def speaks(self) -> bool:
        """Whether it stands for itself: it has fired and nothing explains or silences it."""
        return self.is_open and self.fired_at is not None and not self.suppressed_by

    def differs_only_in_numbers(self, other: Held) -> bool:
        same = replace(
            self, summary=other.summary, evidence=other.evidence, value=other.value, updated_at=other.updated_at
        )
        return same == other

    def as_alert(self) -> Alert:
        return Alert(
            self.id,
            self.key,
            self.rule,
            self.device,
            self.department,
            self.site,
            self.component,
            self.severity,
            self.status,
            self.summary,
            self.opened_at,
            self.updated_at,
            self.resolved_at,
            self.acknowledged_by,
            self.acknowledged_note,
            self.acknowledged_until,
            self.suppressed_by,
            self.incident,
            self.value,
            self.limit,
            self.simulated,
        )


@dataclass(frozen=True, slots=True)
class Case:
    """One incident: `symptoms` is the most alerts that its root explained at one time."""

    id: int
    root_key: str
    summary: Message
    severity: Severity
    device: DeviceId
    department: str
    site: str
    opened_at: float
    resolved_at: float | None = None
    symptoms: int = 0
    reopened: int = 0
    merged_into: int | None = None
    ticket: str = ""
    simulated: bool = False

    def as_incident(self) -> Incident:
        return Incident(
            self.id,
            self.root_key,
            self.summary,
            self.severity,
            self.device,
            self.department,
            self.site,
            self.opened_at,
            self.resolved_at,
            self.symptoms,
            self.ticket,
        )


def explained_in(alerts: Iterable[Alert]) -> dict[str, str]:
    """Alerts that another one explains: key to key."""
    return {one.key: one.suppressed_by.removeprefix(CAUSE) for one in alerts if one.suppressed_by.startswith(CAUSE)}
