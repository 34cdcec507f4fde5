"""Devices with their parts, links between them, and trees of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from nms.model import Role, State
from nms.queries.rows.alerts import AlertRow
from nms.queries.rows.attention import Attention
from nms.queries.rows.tickets import TicketRow
from nms.queries.stations import PresenceRow


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
class PlaybookRow:
    """A procedure for equipment like this; `causes` are what calls for it: calendar, meter, forecast, incident ..."""

    id: str
    title: str
    kind: str
    version: str
    owner: str
    minutes: int
    causes: tuple[str, ...] = ()
    next_at: float | None = None
    """When the calendar calls for it next."""
    steps: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    safety: tuple[str, ...] = ()


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
    playbooks: tuple[PlaybookRow, ...] = ()
