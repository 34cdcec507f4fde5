"""Tickets, their log, and the steps of their playbooks with evidence."""

from __future__ import annotations

from dataclasses import dataclass, field

from nms.model import TicketKind, TicketStatus
from nms.queries.dossier import Dossier
from nms.queries.rows.attention import Attention


@dataclass(frozen=True, slots=True)
class TicketRow:
    folio: str
    kind: TicketKind
    status: TicketStatus
    attention: Attention
    priority: int
    title: str
    department: str
    device: str
    opened_at: float
    updated_at: float
    assignee: str = ""
    playbook: str = ""
    due_at: float | None = None
    resolved_at: float | None = None
    closed_at: float | None = None
    incident: int | None = None
    simulated: bool = False
    cursor: str = ""
    """Where the page after this row begins."""


@dataclass(frozen=True, slots=True)
class TicketEntryRow:
    """One line of a ticket's log."""

    at: float
    actor: str
    action: str
    text: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a ticket's playbook and what was entered for it."""

    number: int
    kind: str
    text: str
    mandatory: bool
    done: bool
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    evidence: str = ""
    actor: str = ""
    at: float | None = None
    attachment: int | None = None
    """The number of the file that was attached for it."""

    settled: bool = True
    """False: something was entered that needs a remark (a value outside its limits) before the step is done."""

    command: str = ""
    parameters: tuple[str, ...] = ()
    obstacle: str = ""
    """`command` is what the monitor would run, `parameters` what it asks for, `obstacle` why it cannot."""


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One entry for a step. `text` may have many lines: it is what a device said, without control characters."""

    at: float
    actor: str
    kind: str
    verdict: str
    value: float | None = None
    text: str = ""
    command: str = ""
    remark: str = ""
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TicketPage:
    ticket: TicketRow
    log: tuple[TicketEntryRow, ...] = ()
    steps: tuple[StepRow, ...] = ()
    playbook_title: str = ""
    safety: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    allowed_actions: tuple[str, ...] = ()
    dossier: Dossier = field(default_factory=Dossier)
