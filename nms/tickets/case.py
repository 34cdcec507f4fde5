"""One ticket with all that its life depends on, frozen: checked out, changed as a copy, committed."""

from __future__ import annotations

from dataclasses import dataclass, field

from nms.calendars import Interval, IntervalSet
from nms.model import DeviceId, Message, Severity, Ticket, TicketKind, TicketStatus

ACTIVE = frozenset({TicketStatus.OPEN, TicketStatus.ASSIGNED, TicketStatus.IN_PROGRESS, TicketStatus.ON_HOLD})
"""Statuses in which something is still to be done."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the clock stood still; `to_at` None: it still does."""

    reason: str
    from_at: float
    to_at: float | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known when a ticket is opened.

    `affected`: ids of all departments concerned, `department` the first of them. `cause_key` names the cause for
    ever; an open ticket with the same key is joined instead. `due_at` fixes the date of preventive work.
    """

    kind: TicketKind
    title: Message
    source: str
    department: str = ""
    device: DeviceId | None = None
    site: str = ""
    severity: Severity = Severity.WARNING
    description: str = ""
    reporter: str = ""
    affected: tuple[str, ...] = ()
    cause_key: str = ""
    incident: int | None = None
    playbook: str = ""
    assignee: str = ""
    scheduled_at: float | None = None
    due_at: float | None = None
    priority: int | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket as it is kept. Instants are Unix seconds, durations seconds of service time."""

    id: int
    folio: str
    kind: TicketKind
    status: TicketStatus
    priority: int
    impact: int
    urgency: int
    title: Message
    opened_at: float
    updated_at: float
    description: str = ""
    department: str = ""
    site: str = ""
    device: str = ""
    source: str = ""
    reporter: str = ""
    assignee: str = ""
    incident: int | None = None
    cause_key: str = ""
    playbook: str = ""
    playbook_version: str = ""
    playbook_digest: str = ""
    scheduled_at: float | None = None
    hold_reason: str = ""
    calendar: str = "always"
    respond_seconds: float | None = None
    resolve_seconds: float | None = None
    responded_at: float | None = None
    respond_due_at: float | None = None
    respond_breached_at: float | None = None
    warn_at: float | None = None
    warned_at: float | None = None
    due_at: float | None = None
    breached_at: float | None = None
    resolved_at: float | None = None
    closed_at: float | None = None
    cause_code: str = ""
    solution_code: str = ""
    solution: str = ""
    reopened: int = 0
    symptoms: int = 0
    simulated: bool = False
    revision: int = 0
    pauses: tuple[Pause, ...] = field(default=())

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def paused(self) -> bool:
        """Whether the clock stands still."""
        return bool(self.pauses) and self.pauses[-1].to_at is None

    def paused_time(self) -> IntervalSet:
        """All pauses as one set; one that has not ended goes on for ever."""
        return IntervalSet(
            Interval(pause.from_at, pause.to_at if pause.to_at is not None else float("inf")) for pause in self.pauses
        )

    def as_ticket(self) -> Ticket:
        return Ticket(
            folio=self.folio,
            kind=self.kind,
            status=self.status,
            priority=self.priority,
            title=self.title,
            department=self.department,
            device=DeviceId(self.device) if self.device else None,
            opened_at=self.opened_at,
            updated_at=self.updated_at,
            incident=self.incident,
            cause_key=self.cause_key,
            playbook=self.playbook,
            playbook_version=self.playbook_version,
            assignee=self.assignee,
            due_at=self.due_at,
            resolved_at=self.resolved_at,
            closed_at=self.closed_at,
            simulated=self.simulated,
        )
