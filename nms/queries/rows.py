"""What the views show: flat frozen rows, the same for the terminal, the HTTP API, the pages and the CLI.

Sentences are already rendered in the reader's language; instants are Unix seconds in UTC; rates are per second.
A number that is not known is None. The API serves these as JSON and the terminal reads them back, so a field added
here needs a default.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from nms.model import AlertStatus, Role, State, TicketKind, TicketStatus
from nms.queries.dossier import Dossier
from nms.queries.stations import PresenceRow


class Attention(StrEnum):
    """Whether a thing needs a human: what colour stands for on every screen."""

    UNATTENDED = "unattended"
    """Something is wrong and nobody works on it (red)."""
    ATTENDED = "attended"
    """Something is wrong and somebody works on it (yellow)."""
    MAINTENANCE = "maintenance"
    """Planned work, or explained by something else that is (blue)."""
    UNKNOWN = "unknown"
    """The monitor cannot tell (grey)."""
    FINE = "fine"
    """Nothing to do (green)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many things are in each state."""

    up: int = 0
    degraded: int = 0
    down: int = 0
    unknown: int = 0
    maintenance: int = 0

    @property
    def total(self) -> int:
        return self.up + self.degraded + self.down + self.unknown + self.maintenance


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
    """Something that happened, for the ticker and the log. `key` leads to the alert, folio or device behind it."""

    at: float
    kind: str
    severity: str
    text: str
    key: str = ""
    device: str = ""
    department: str = ""


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


@dataclass(frozen=True, slots=True)
class DeviceRow:
    id: str
    name: str
    role: Role
    address: str
    site: str
    department: str
    state: State
    attention: Attention
    problem: str = ""
    since: float | None = None
    alerts: int = 0
    vendor: str = ""
    hardware: str = ""
    last_poll_at: float | None = None
    round_trip: float | None = None
    uptime: float | None = None
    assignee: str = ""
    simulated: bool = False
    rack: str = ""
    numbers: dict[str, float] = field(default_factory=dict)
    """What matters for the role of the device, in base units: see `nms.queries.gauges`."""
    supply: str = ""
    """What a printer runs out of first; `numbers` says how much of it is left."""
    complaints: str = ""
    """What the device itself says is wrong with it."""


@dataclass(frozen=True, slots=True)
class InterfaceRow:
    """One interface; rates are bits and packets per second, utilisation is a ratio of its speed."""

    key: str
    label: str
    index: str
    admin: str = ""
    oper: str = ""
    speed_bps: float | None = None
    in_bps: float | None = None
    out_bps: float | None = None
    in_utilisation: float | None = None
    out_utilisation: float | None = None
    in_errors: float | None = None
    out_errors: float | None = None
    in_discards: float | None = None
    out_discards: float | None = None
    neighbour: str = ""
    link: str = ""
    spark: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class SensorRow:
    """One number of one component of a device, other than interface counters."""

    table: str
    component_kind: str
    component_key: str
    label: str
    metric: str
    value: float | None
    unit: str
    at: float
    status: str = "ok"
    text: str = ""
    spark: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class WitnessRow:
    """What one way of asking a device last said."""

    transport: str
    outcome: str
    at: float
    round_trip: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NeighbourRow:
    protocol: str
    local_interface: str
    remote_name: str
    remote_interface: str
    remote_device: str = ""


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


@dataclass(frozen=True, slots=True)
class LinkRow:
    id: str
    name: str
    kind: str
    state: State
    attention: Attention
    a_device: str
    a_interface: str
    b_device: str
    b_interface: str
    capacity_bps: float | None = None
    in_bps: float | None = None
    out_bps: float | None = None
    utilisation: float | None = None
    errors: float | None = None
    since: float | None = None
    provider: str = ""
    circuit: str = ""
    group: str = ""
    department: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LineRow:
    """A part of a telephone exchange. `kind`: exchange (a number of the whole), trunk, queue, mailbox, licence,
    telephones (those of the inventory against those registered), or calls (over time, and how they sound).

    `component_kind`, `key` and `metric` name the series that tells most of it; `value` is its last number, `used` and
    `size` are channels, `load` their ratio, `text` the exchange's own words; `numbers` are figures of calls by metric.
    """

    device: str
    device_name: str
    department: str
    kind: str
    component_kind: str
    key: str
    label: str
    state: State
    attention: Attention
    metric: str = ""
    value: float | None = None
    used: float | None = None
    size: float | None = None
    load: float | None = None
    text: str = ""
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Telephony:
    """Exchanges and gateways, their lines, and the telephone sets of the inventory."""

    exchanges: tuple[DeviceRow, ...] = ()
    lines: tuple[LineRow, ...] = ()
    phones: tuple[DeviceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One node of the topology or of the power chain, in drawing order; `depth` 0 is a root."""

    device: str
    name: str
    role: Role
    state: State
    attention: Attention
    depth: int
    children: int = 0
    problem: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True)
class DevicePage:
    device: DeviceRow
    facts: dict[str, str] = field(default_factory=dict)
    witnesses: tuple[WitnessRow, ...] = ()
    problems: tuple[str, ...] = ()
    interfaces: tuple[InterfaceRow, ...] = ()
    sensors: tuple[SensorRow, ...] = ()
    neighbours: tuple[NeighbourRow, ...] = ()
    alerts: tuple[AlertRow, ...] = ()
    tickets: tuple[TicketRow, ...] = ()
    path: tuple[str, ...] = ()
    powered_by: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    lifecycle: dict[str, str] = field(default_factory=dict)
    families: tuple[str, ...] = ()
    stations: tuple[PresenceRow, ...] = ()
    """Where it is plugged in, and what is plugged into it, for those who may locate."""


@dataclass(frozen=True, slots=True)
class SeriesRow:
    device: str
    component_kind: str
    component_key: str
    label: str
    metric: str
    unit: str
    kind: str


@dataclass(frozen=True, slots=True)
class History:
    """One series over a period; gaps are None. Counters come as rates per second."""

    series: SeriesRow
    start: float
    end: float
    step: float | None
    times: tuple[float, ...]
    values: tuple[float | None, ...]


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
    observed_known: float | None = None
    observed_down_seconds: float | None = None


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


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """Alerts that somebody asked to be kept quiet. `about` is written as `device=rt-a department=obras`."""

    id: int
    about: str
    author: str
    reason: str
    starts_at: float
    ends_at: float
    active: bool
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MaintenanceRow:
    """Planned work that is not over: its present or next window. What is still down when it ends alerts then.

    `id` is 0 for work that `config.yaml` plans; `rule` is the recurrence (RFC 5545) of work that comes again.
    """

    id: int
    title: str
    about: str
    author: str
    reason: str
    starts_at: float
    ends_at: float
    active: bool
    rule: str = ""
    departments: tuple[str, ...] = ()


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
class PreviewRow:
    """A thing that planned work or a silence is about. `state`: its present one; of a department, the worst to come.

    `whole`: all of its time counts as agreed, not only some of its alerts rest.
    """

    id: str
    name: str
    department: str
    state: State
    whole: bool = True


@dataclass(frozen=True, slots=True)
class QuietPreview:
    """What planned work or a silence would do. `windows`: its first times; `behind`: reached only through it.

    `departments`: those that would be without service (maintenance) or with part of it (degraded) while it lasts.
    `alerts`: open ones that would rest.
    """

    about: str
    windows: tuple[tuple[float, float], ...]
    devices: tuple[PreviewRow, ...] = ()
    links: tuple[PreviewRow, ...] = ()
    departments: tuple[PreviewRow, ...] = ()
    behind: tuple[PreviewRow, ...] = ()
    alerts: tuple[PreviewRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RestatedRow:
    """A subject with the seconds of each state, as they are counted now and as they would be."""

    subject: str
    name: str
    counted: tuple[tuple[str, float], ...]
    corrected: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class CorrectionPreview:
    """What a correction would change; `restated` begins with its subject."""

    subject: str
    state: State
    start: float
    end: float
    restated: tuple[RestatedRow, ...]


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
