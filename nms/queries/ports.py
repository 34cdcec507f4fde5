"""What a view may ask of the monitor, as two protocols: reads, and acts.

`nms.queries.service` and `nms.actions` implement them in the daemon; a view never sees a store or an engine.
All calls are quick and safe to make from the event loop's worker threads. `language` is es or en.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypedDict, Unpack

from nms.access import Actor
from nms.i18n import DEFAULT_LANGUAGE, N_
from nms.model import State
from nms.queries import rows
from nms.queries.dossier import AttachmentContent, PlanPreview, PlanRow, TechnicianRow
from nms.queries.reports.document import Kind, Report
from nms.refusals import Refusal


class NotFound(Refusal, LookupError):
    """There is no such device, alert, ticket or series; the message names it."""


NO_SUBJECT = N_("there is no “{subject}”: write device/ID, link/ID or department/ID of the inventory")
NO_DEVICE = N_("there is no device “{device}” in the inventory")
NO_PERSON = N_("there is no person “{person}” in the inventory")
NO_DEPARTMENT = N_("there is no department “{department}” in the inventory")


class Rejected(Refusal):
    """The act is understood and cannot be done now; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class TicketAct:
    """One thing done to a ticket; which details an action takes, its engine says.

    `action`: assign, release, start, note, hold, resume, resolve, close, reopen, prioritise. `reason` is that of a
    hold; `cause` and `solution` are the codes of a resolution, which goes through `although_down` for what is out of
    service for good.
    """

    action: str
    note: str = ""
    assignee: str = ""
    reason: str = ""
    cause: str = ""
    solution: str = ""
    although_down: bool = False
    priority: int = 0


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """Work on a ticket: `person` did it (the actor, where empty); `cost` where it is paid for."""

    minutes: float
    person: str = ""
    cost: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class PartUsed:
    """A part that went into a repair."""

    name: str
    quantity: float = 1.0
    unit_cost: float = 0.0
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in; `step` is the step of the playbook that asks for it, 0 for none."""

    name: str
    content: bytes = field(repr=False)
    step: int = 0
    remark: str = ""


@dataclass(frozen=True, slots=True)
class MaintenancePlan:
    """Work to be planned. `matchers`: label to patterns (see `nms.alerts.matchers`); `rule` makes it recur."""

    title: str
    matchers: Mapping[str, Sequence[str]]
    reason: str
    starts_at: float
    duration: float
    rule: str = ""


@dataclass(frozen=True, slots=True)
class QuietPlan:
    """When and about what something would be kept quiet, to be looked at beforehand."""

    matchers: Mapping[str, Sequence[str]]
    starts_at: float
    duration: float
    rule: str = ""


@dataclass(frozen=True, slots=True)
class PastCorrection:
    """What a subject (`device/ID`, `link/ID`, `department/ID`) really was in a past time, and why."""

    subject: str
    state: State
    start: float
    end: float
    reason: str


class TicketQuery(TypedDict, total=False):
    """Which tickets a list shows, newest first; what is left out or empty does not narrow.

    `status`: one of the life of tickets, or `active`. `before` is the cursor of the last row of the page before.
    `departments` limits to what an actor may see. `limit` is 500 unless said.
    """

    status: str
    kind: str
    department: str
    device: str
    assignee: str
    unassigned: bool
    priority: int | None
    breached: bool
    watcher: str
    playbook: str
    text: str
    before: str
    limit: int
    departments: Sequence[str]


class Reads(Protocol):
    @property
    def timezone(self) -> str:
        """The office's clock, an IANA name."""
        ...

    def overview(self, language: str) -> rows.Overview: ...
    def devices(self, language: str, *, department: str = "", role: str = "") -> Sequence[rows.DeviceRow]: ...
    def device(self, device_id: str, language: str) -> rows.DevicePage: ...
    def links(self, language: str) -> Sequence[rows.LinkRow]: ...
    def topology(self, language: str) -> Sequence[rows.TreeRow]: ...
    def power(self, language: str) -> Sequence[rows.TreeRow]: ...
    def telephony(self, language: str) -> rows.Telephony: ...
    def alerts(
        self, language: str, *, include_resolved: bool = False, before: int | None = None, limit: int = 2000
    ) -> Sequence[rows.AlertRow]: ...
    def incidents(
        self, language: str, *, include_resolved: bool = False, before: int | None = None, limit: int = 500
    ) -> Sequence[rows.IncidentRow]: ...
    def tickets(self, language: str, **wanted: Unpack[TicketQuery]) -> Sequence[rows.TicketRow]: ...
    def ticket(self, folio: str, language: str) -> rows.TicketPage: ...
    def evidence(self, folio: str, step: int, language: str) -> Sequence[rows.EvidenceRow]: ...
    def plan(self, start: float, end: float, departments: Sequence[str] = ()) -> Sequence[PlanRow]: ...
    def plan_file(self, form: str, start: float, end: float, departments: Sequence[str] = ()) -> bytes: ...
    def attachment(self, actor: Actor, folio: str, number: int) -> AttachmentContent: ...
    def events(
        self, language: str, *, since: float | None = None, before: int | None = None, limit: int = 200
    ) -> Sequence[rows.EventRow]: ...
    def events_after(self, language: str, number: int, limit: int = 200) -> Sequence[rows.EventRow]: ...
    def series(self, device_id: str, language: str) -> Sequence[rows.SeriesRow]: ...
    def history(
        self,
        device_id: str,
        component_kind: str,
        component_key: str,
        metric: str,
        start: float,
        end: float,
        step: float | None = None,
        language: str = DEFAULT_LANGUAGE,
    ) -> rows.History: ...
    def uptime(
        self, start: float, end: float, language: str, *, department: str = "", as_of: float | None = None
    ) -> rows.UptimeReport:
        """`as_of`: with the corrections of the past that counted at that instant only."""
        ...

    def report(
        self,
        kind: Kind,
        start: float,
        end: float,
        language: str,
        *,
        department: str = "",
        as_of: float | None = None,
    ) -> Report: ...
    def silences(self) -> Sequence[rows.SilenceRow]: ...
    def maintenance(self) -> Sequence[rows.MaintenanceRow]: ...
    def corrections(self, start: float, end: float) -> Sequence[rows.CorrectionRow]: ...
    def preview_quiet(self, actor: Actor, plan: QuietPlan, language: str) -> rows.QuietPreview:
        """What planned work or a silence would do. Raises: Rejected, Forbidden."""
        ...

    def preview_correction(self, actor: Actor, correction: PastCorrection) -> rows.CorrectionPreview:
        """What a correction would change. Raises: Rejected, NotFound."""
        ...

    def technicians(self) -> Sequence[TechnicianRow]:
        """Who may get preventive work."""
        ...

    def preview_move(
        self, actor: Actor, number: int, *, technician: str = "", start: float | None = None
    ) -> PlanPreview:
        """What moving planned preventive work would do. Raises: Rejected, NotFound, Forbidden, as the act does."""
        ...

    def preview_skip(self, actor: Actor, number: int) -> PlanPreview: ...
    def why(self, key: str, language: str) -> Sequence[rows.WhyStep]: ...
    def on_call(self, start: float, end: float) -> Sequence[rows.ShiftRow]: ...
    def on_call_problems(self, start: float, end: float, language: str) -> Sequence[rows.RotaProblemRow]: ...
    def on_call_calendar(self, start: float, end: float, person: str = "") -> bytes:
        """Duties as iCalendar, of one person (by id) or all. Raises: NotFound."""
        ...


class Acts(Protocol):
    """Every act is checked against the actor's permissions and leaves an audit record."""

    def acknowledge(self, actor: Actor, keys: Sequence[str], note: str, until: float | None = None) -> int: ...
    def acknowledge_incident(self, actor: Actor, incident: int, note: str) -> int: ...
    def unacknowledge(self, actor: Actor, keys: Sequence[str]) -> int: ...
    def silence(
        self,
        actor: Actor,
        matchers: Mapping[str, Sequence[str]],
        reason: str,
        until: float,
        starts_at: float | None = None,
    ) -> int:
        """Returns the silence's number, as do the next ones that make something."""
        ...

    def end_silence(self, actor: Actor, number: int) -> None: ...
    def plan_maintenance(self, actor: Actor, plan: MaintenancePlan) -> int: ...
    def extend_maintenance(self, actor: Actor, number: int, until: float) -> None: ...
    def end_maintenance(self, actor: Actor, number: int) -> None: ...
    def correct(self, actor: Actor, correction: PastCorrection) -> int: ...
    def withdraw_correction(self, actor: Actor, number: int) -> None: ...
    def open_ticket(
        self, actor: Actor, *, title: str, department: str, device_id: str = "", alert_key: str = ""
    ) -> str: ...
    def act_on_ticket(self, actor: Actor, folio: str, act: TicketAct) -> None: ...
    def complete_step(self, actor: Actor, folio: str, step: int, value: str, remark: str = "") -> None: ...
    async def run_step(
        self, actor: Actor, folio: str, step: int, values: Mapping[str, str], remark: str = "", language: str = "es"
    ) -> rows.EvidenceRow:
        """On the event loop, since the device takes its time."""
        ...

    def waive_step(self, actor: Actor, folio: str, step: int, reason: str) -> None: ...
    def spend_time(self, actor: Actor, folio: str, spent: TimeSpent) -> None: ...
    def use_part(self, actor: Actor, folio: str, part: PartUsed) -> None: ...
    def attach(self, actor: Actor, folio: str, upload: Upload) -> int: ...
    def watch(self, actor: Actor, folio: str, person: str, *, watching: bool) -> None: ...
    def move_work(self, actor: Actor, number: int, *, technician: str = "", start: float | None = None) -> None: ...
    def skip_work(self, actor: Actor, number: int, reason: str) -> None: ...
    def poll_now(self, actor: Actor, device_id: str) -> bool: ...
