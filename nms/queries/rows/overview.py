"""The first screen: departments, what just happened, and how the monitor itself does."""

from __future__ import annotations

from dataclasses import dataclass, field

from nms.model import State
from nms.queries.rows.attention import Attention, Counts


@dataclass(frozen=True, slots=True)
class DepartmentTile:
    """One department at a glance. `strip` is its last 24 hours, oldest first, a state per half hour."""

    id: str
    name: str
    short_name: str
    state: State
    attention: Attention
    problem: str = ""
    since: float | None = None
    assignee: str = ""
    staff: int = 0
    criticality: int = 3
    devices: Counts = field(default_factory=Counts)
    alerts: int = 0
    tickets: int = 0
    strip: tuple[State, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRow:
    """Something that happened, for the ticker and the log. `key` leads to the alert, folio or device behind it;
    `number` grows from one to the next; `about` is what it happened to, where `text` does not say that itself."""

    at: float
    kind: str
    severity: str
    text: str
    key: str = ""
    device: str = ""
    department: str = ""
    number: int = 0
    about: str = ""

    @property
    def whole(self) -> str:
        """What happened to what, in one sentence."""
        return f"{self.about}: {self.text}" if self.about else self.text


@dataclass(frozen=True, slots=True)
class Pollers:
    """How the monitor itself is doing."""

    devices: int = 0
    polls_per_minute: float = 0.0
    variables_per_second: float = 0.0
    in_flight: int = 0
    late_polls: int = 0
    worst_lateness: float = 0.0
    last_poll_at: float | None = None
    last_commit_seconds: float | None = None
    healthy: bool = True
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """The first screen: every department, the counts and what just happened."""

    municipality: str
    at: float
    departments: tuple[DepartmentTile, ...]
    devices: Counts
    alerts_by_severity: dict[str, int]
    alerts_unattended: int
    incidents_open: int
    tickets_open: dict[str, int]
    events: tuple[EventRow, ...]
    pollers: Pollers
    simulated: bool = False
    started_at: float | None = None
