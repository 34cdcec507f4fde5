"""The nouns that every stage shares: frozen values, no I/O, no behaviour beyond their own arithmetic.

Instants are Unix seconds in UTC (`float`); durations are seconds. Quantities are SI base units, as Prometheus
names them. A value that is not known is absent (`None`), never 0 or -1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NewType, TypeAlias

DeviceId = NewType("DeviceId", str)
"""The inventory's name of a device: stable while its address, sysName or hardware change."""

Number = int | float


class State(StrEnum):
    """What the monitor says of a thing. `UNKNOWN` counts neither as up nor as down."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"
    MAINTENANCE = "maintenance"


class Severity(IntEnum):
    """How much a condition matters, in ascending order."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        return self.name.lower()


class Role(StrEnum):
    """What a device is for; it chooses defaults, boards and playbooks, never how it is read."""

    ROUTER = "router"
    SWITCH = "switch"
    FIREWALL = "firewall"
    ACCESS_POINT = "access-point"
    PBX = "pbx"
    GATEWAY = "gateway"
    PHONE = "phone"
    UPS = "ups"
    PDU = "pdu"
    GENERATOR = "generator"
    HVAC = "hvac"
    ENVIRONMENT = "environment"
    SERVER = "server"
    HYPERVISOR = "hypervisor"
    STORAGE = "storage"
    PRINTER = "printer"
    COMPUTER = "computer"
    APPLICATION = "application"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Department:
    """An administrative unit of the municipality.

    `criticality` runs from 1 (public safety: never down) to 4 (back office); it feeds ticket priority.
    `service_hours` names a calendar of `config.yaml`.
    """

    id: str
    name: str
    short_name: str
    staff: int
    criticality: int = 3
    service_hours: str = "office"
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """A building."""

    id: str
    name: str
    address: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Purchase, warranty and support of one device, as far as the inventory knows them (ISO dates)."""

    purchased: str | None = None
    warranty_until: str | None = None
    end_of_sale: str | None = None
    end_of_support: str | None = None
    support_contract_until: str | None = None
    cost: float | None = None
    currency: str = "MXN"
    licence_until: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One way of asking a device: a transport, where, with which credential (by name), and how often.

    `options` holds what only that transport understands (an HTTP path, a DNS name), already validated.
    """

    transport: str
    address: str
    port: int | None = None
    credential: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Device:
    """A thing that the monitor watches, as the inventory describes it.

    `parents` are the devices it is reached through: all of them down means unreachable, some of them means
    redundancy lost. `powered_by` are the devices (UPS, PDU) that feed it, with the same meaning.
    `families` fixes the collector families; empty means that the engine matches them itself.
    `simulated` equipment is labelled so wherever it is shown. `mac` is its hardware address, twelve hexadecimal digits.
    """

    id: DeviceId
    name: str
    role: Role
    address: str
    site: str
    department: str
    endpoints: tuple[Endpoint, ...] = ()
    parents: tuple[DeviceId, ...] = ()
    powered_by: tuple[DeviceId, ...] = ()
    families: tuple[str, ...] = ()
    interval: float = 60.0
    vendor: str = ""
    hardware: str = ""
    serial: str = ""
    asset_tag: str = ""
    mac: str = ""
    rack: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    lifecycle: Lifecycle = Lifecycle()
    thresholds: Mapping[str, object] = field(default_factory=dict)
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A data link between two interfaces. Links that share a `group` are redundant paths of each other."""

    id: str
    name: str
    a_device: DeviceId
    a_interface: str
    b_device: DeviceId
    b_interface: str
    capacity_bps: float | None = None
    kind: str = "wan"
    provider: str = ""
    circuit: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works with the monitor: looks after equipment, is on call, or reads reports."""

    id: str
    name: str
    roles: tuple[str, ...] = ()
    contacts: Mapping[str, str] = field(default_factory=dict)
    departments: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()


class MetricKind(StrEnum):
    """How the numbers of a metric behave over time."""

    GAUGE = "gauge"
    COUNTER = "counter"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Metric:
    """A quantity, named once for all equipment (see `nms.metrics`)."""

    name: str
    kind: MetricKind
    unit: str
    help: str


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a device that readings are about.

    `key` is its identity in the history and must survive reboots and renumbering: the ifName of an interface,
    the name of a sensor, the mount point of a file system; the empty key is the device itself.
    `index` is where the agent keeps it at present (an ifIndex), `label` what people call it. `said` is the same in
    words that can be translated, where the name is ours and not the device's (see `nms.i18n.part_name`).
    """

    kind: str
    key: str
    label: str = ""
    index: str = ""
    said: Message | None = field(default=None, compare=False, repr=False)


DEVICE_ITSELF = Component("device", "")


@dataclass(frozen=True, slots=True)
class Reading:
    """One table of one device at one instant: components down, metrics across.

    Shape: every column is as long as `components`; `None` where the agent gave nothing.
    `at` is the monitor's clock at the answer, in Unix seconds; counters are raw and monotonic since
    `counters_since` (Unix seconds of the agent's last known discontinuity, where it tells). `rates` are the counters
    as units per second since the reading before, `None` where that cannot be told.
    """

    device: DeviceId
    table: str
    at: float
    components: tuple[Component, ...]
    columns: Mapping[str, Sequence[Number | None]]
    counters_since: float | None = None
    rates: Mapping[str, Sequence[float | None]] = field(default_factory=dict)


class Outcome(StrEnum):
    """How asking a device ended, per transport."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    SILENT = "silent"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Witness:
    """One transport's testimony about one device: did it answer, how fast, and if not, why."""

    transport: str
    outcome: Outcome
    at: float
    round_trip: float | None = None
    loss: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StateReading:
    """A discrete condition that a device reports of one of its components, judged by its family.

    `value` is the raw enumeration, `text` what it means (see `nms.messages`), `severity` what the family says of it
    (None: normal). `unknown`: the device itself does not know, or the value has no meaning in its MIB.
    `general`: it only sums up what other readings of its device say more exactly. `about`: the other devices that it
    misses; where all of them are silent, their silence explains it.
    """

    component: Component
    name: str
    value: int
    text: Message
    severity: Severity | None
    unknown: bool = False
    general: bool = False
    about: tuple[DeviceId, ...] = ()


@dataclass(frozen=True, slots=True)
class Poll:
    """All that one visit to a device brought. A part that failed is named in `problems`; the rest is kept."""

    device: DeviceId
    at: float
    duration: float
    witnesses: tuple[Witness, ...]
    readings: tuple[Reading, ...] = ()
    states: tuple[StateReading, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    neighbours: tuple[Neighbour, ...] = ()
    problems: tuple[str, ...] = ()
    late_by: float = 0.0
    sightings: tuple[Sighting, ...] = ()

    @property
    def heard(self) -> bool | None:
        """Whether any witness had an answer; a refusal is one too, a failure of our own says nothing (None)."""
        outcomes = {witness.outcome for witness in self.witnesses}
        if outcomes & {Outcome.ANSWERED, Outcome.PARTIAL, Outcome.REFUSED}:
            return True
        return False if Outcome.SILENT in outcomes else None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What a device says stands at the other end of one of its interfaces (LLDP, CDP).

    `remote_mac` is twelve hexadecimal digits where the other end names itself so. `forwards`: it says of itself that
    it is a bridge or a router, and no telephone; `None` where it does not say.
    """

    protocol: str
    local_interface: str
    remote_name: str
    remote_interface: str
    remote_mac: str = ""
    forwards: bool | None = None


class Sight(StrEnum):
    """How a hardware address was seen."""

    FORWARDING = "fdb"
    WIRELESS = "wireless"
    NEIGHBOUR = "lldp"
    ARP = "arp"
    LEASE = "dhcp"
    REGISTRATION = "registration"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One hardware address as one device saw it: behind which interface, with which address, under which name.

    `mac` is twelve hexadecimal digits in lower case. `at` is given where it was seen earlier than it was told of
    (a lease that was renewed an hour ago), in Unix seconds.
    """

    sight: Sight
    mac: str
    interface: str = ""
    vlan: int | None = None
    address: str = ""
    name: str = ""
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for people, kept untranslated: a gettext msgid (English) and its named parameters.

    Parameters come from devices and are hostile: they are substituted, never parsed; one that is a message itself is
    rendered in its turn. Views render it in the reader's language with `nms.i18n.render`. `context` tells equal words
    of different meaning apart (see `nms.messages`).
    """

    template: str
    params: Mapping[str, Parameter] = field(default_factory=dict)
    context: str = ""


Parameter: TypeAlias = str | Number | Message


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one condition of one thing at one instant.

    `key` names the condition for ever (`device-down/rt-tesoreria`, `threshold/srv-01/storage:/var/used`):
    one open alert at most stands behind each key. `severity` None: the condition does not hold.
    `unknown`: it cannot be judged now, so that an open alert neither grows nor resolves.
    `because_of` names the verdict key that explains this one (a dead parent): the alert is then suppressed
    and counted as a symptom of that root cause.
    """

    key: str
    rule: str
    device: DeviceId
    at: float
    severity: Severity | None
    summary: Message
    component: Component = DEVICE_ITSELF
    value: float | None = None
    limit: float | None = None
    unknown: bool = False
    because_of: str | None = None
    flapping: bool = False
    evidence: tuple[Message, ...] = ()


class AlertStatus(StrEnum):
    """Where an alert is in its life (see `nms.alerts`)."""

    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    SUPPRESSED = "suppressed"
    FLAPPING = "flapping"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition that held, from its first sight until it was gone."""

    id: int
    key: str
    rule: str
    device: DeviceId
    department: str
    site: str
    component: Component
    severity: Severity
    status: AlertStatus
    summary: Message
    opened_at: float
    updated_at: float
    resolved_at: float | None = None
    acknowledged_by: str = ""
    acknowledged_note: str = ""
    acknowledged_until: float | None = None
    suppressed_by: str = ""
    incident: int | None = None
    value: float | None = None
    limit: float | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Incident:
    """Alerts with one root cause: what gets one ticket and one notification."""

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
    ticket: str = ""


class TicketKind(StrEnum):
    CORRECTIVE = "corrective"
    PREVENTIVE = "preventive"


class TicketStatus(StrEnum):
    OPEN = "open"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in-progress"
    ON_HOLD = "on-hold"
    RESOLVED = "resolved"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A piece of maintenance work with its folio (MC- corrective, MP- preventive)."""

    folio: str
    kind: TicketKind
    status: TicketStatus
    priority: int
    title: Message
    department: str
    device: DeviceId | None
    opened_at: float
    updated_at: float
    incident: int | None = None
    cause_key: str = ""
    playbook: str = ""
    playbook_version: str = ""
    assignee: str = ""
    due_at: float | None = None
    resolved_at: float | None = None
    closed_at: float | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Inventory:
    """The whole city hall, already resolved: inheritance applied, ranges expanded, references checked."""

    municipality: str
    departments: Mapping[str, Department]
    sites: Mapping[str, Site]
    devices: Mapping[DeviceId, Device]
    links: Mapping[str, Link]
    people: Mapping[str, Person] = field(default_factory=dict)
    is_sample: bool = False
