"""What belongs to one ticket beside its log: files, time, parts, costs, people, the clock."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file of a ticket, without its content. `media_type` was read from the content."""

    number: int
    name: str
    media_type: str
    size: int
    at: float
    actor: str

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")


@dataclass(frozen=True, slots=True)
class WorkRow:
    at: float
    person: str
    minutes: float
    cost: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class PartRow:
    at: float
    actor: str
    name: str
    quantity: float
    unit_cost: float = 0.0
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All of it. `cost` is that of work and parts together; seconds are those of the service level's clock."""

    description: str = ""
    reporter: str = ""
    site: str = ""
    source: str = ""
    watchers: tuple[str, ...] = ()
    attachments: tuple[AttachmentRow, ...] = ()
    work: tuple[WorkRow, ...] = ()
    parts: tuple[PartRow, ...] = ()
    minutes: float = 0.0
    cost: float = 0.0
    currency: str = "MXN"
    cause: str = ""
    solution: str = ""
    solution_text: str = ""
    waits_for: str = ""
    symptoms: int = 0
    scheduled_at: float | None = None
    responded_at: float | None = None
    respond_due_at: float | None = None
    breached_at: float | None = None
    promised_seconds: float | None = None
    left_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class AttachmentContent:
    """A file of a ticket, checked against its hash."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One piece of preventive work; without `start` it found no place yet. It is due between two instants.

    `state`: planned, opened (its ticket is `folio`) or done. `number` names it while it is planned.
    """

    title: str
    playbook: str
    department: str
    site: str
    device: str
    technician: str
    start: float | None
    end: float | None
    due_from: float
    due_until: float
    minutes: float
    number: int = 0
    state: str = ""
    folio: str = ""


@dataclass(frozen=True, slots=True)
class TechnicianRow:
    """Somebody who gets preventive work."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """What moving `work`, or leaving it out, would do.

    Moved: `technician`, `start` and `end` as they would be; `opens_at`: when its ticket would open; `outside_hours`:
    not all of it is within working hours; `lacks_skill`: what its playbook asks for and the person has not noted;
    `beyond`: the person looks after other departments; `same_day`: what else they have that day; `week_minutes`: their
    whole week with it. Left out: `following` is the next occurrence, `done_at` when it was last done.
    """

    work: PlanRow
    technician: str = ""
    start: float | None = None
    end: float | None = None
    opens_at: float | None = None
    outside_hours: bool = False
    lacks_skill: str = ""
    beyond: bool = False
    same_day: tuple[PlanRow, ...] = ()
    week_minutes: float = 0.0
    following: PlanRow | None = None
    done_at: float | None = None
