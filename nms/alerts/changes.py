"""What happens to alerts and incidents, as values that tickets, notifications and views receive."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import sqlalchemy as sa

from nms.calendars import Expands
from nms.model import Alert, Device, DeviceId, Incident, Message


class ChangeKind(StrEnum):
    """The first block is about one alert, the second about an incident."""

    PENDING = "pending"
    DROPPED = "dropped"
    FIRED = "fired"
    SUPPRESSED = "suppressed"
    RELEASED = "released"
    WORSENED = "worsened"
    EASED = "eased"
    FLAPPING = "flapping"
    STEADY = "steady"
    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    ANNOTATED = "annotated"
    RESOLVED = "resolved"

    INCIDENT_OPENED = "incident-opened"
    INCIDENT_REOPENED = "incident-reopened"
    INCIDENT_UPDATED = "incident-updated"
    INCIDENT_MERGED = "incident-merged"
    INCIDENT_RESOLVED = "incident-resolved"

    @property
    def is_of_incident(self) -> bool:
        return self.value.startswith("incident-")

    @property
    def tells_its_subject(self) -> bool:
        """Whether the reason is the summary of the alert or incident itself, not something that happened to it."""
        return self not in _TOLD_OF_ANOTHER


_TOLD_OF_ANOTHER = frozenset(
    {
        ChangeKind.DROPPED,
        ChangeKind.SUPPRESSED,
        ChangeKind.RELEASED,
        ChangeKind.ACKNOWLEDGED,
        ChangeKind.UNACKNOWLEDGED,
        ChangeKind.ANNOTATED,
        ChangeKind.RESOLVED,
        ChangeKind.INCIDENT_MERGED,
        ChangeKind.INCIDENT_RESOLVED,
    }
)


class IntentKind(StrEnum):
    """Why people should hear of an incident."""

    OPENED = "opened"
    REOPENED = "reopened"
    WORSENED = "worsened"
    RELEASED = "released"
    UNACKNOWLEDGED = "unacknowledged"
    MERGED = "merged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class AlertChange:
    """One thing that happened at one instant, with the alert or incident as it is afterwards."""

    kind: ChangeKind
    at: float
    reason: Message
    alert: Alert | None = None
    incident: Incident | None = None
    actor: str = "monitor"

    @property
    def key(self) -> str:
        if self.alert:
            return self.alert.key
        return self.incident.root_key if self.incident else ""


Follower = Callable[[sa.Connection, Sequence[AlertChange], float], None]
"""Called with the changes inside the transaction that writes them; what it raises undoes them all."""


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """How patient the book is, in seconds.

    `pending_seconds`: a condition must hold this long before it fires (rules have durations of their own).
    `recovery_seconds`: it must be gone this long before the alert resolves.
    `reopen_seconds`: an incident whose root fires again this soon after the end is the same incident.
    `orphan_seconds`: a symptom whose cause is gone has this long to recover before it speaks for itself.
    `refresh_seconds`: how often the value of an open alert is written when nothing else about it changes.
    """

    pending_seconds: float = 0.0
    recovery_seconds: float = 60.0
    reopen_seconds: float = 900.0
    orphan_seconds: float = 180.0
    refresh_seconds: float = 300.0


Matchers = Mapping[str, Sequence[str]]
"""Label to patterns: every label must match one of its patterns; `*` stands for anything (see `matchers`)."""


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """Maintenance agreed beforehand: while it lasts, matching alerts do not speak; after it, those left do.

    `by_hand`: planned through the monitor, not by `config.yaml`.
    """

    id: str
    title: str
    matchers: Matchers
    window: Expands
    rule: str = ""
    reason: str = ""
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class AlertContext:
    """What the book must know of the world: the inventory's devices and the maintenance of `config.yaml`."""

    devices: Mapping[DeviceId, Device] = field(default_factory=dict)
    windows: Sequence[PlannedWindow] = ()
