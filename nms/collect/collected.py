"""What one reading of a device brought, and what is remembered of it until the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nms.collect.recognise import Recognised
from nms.model import Component, Neighbour, Number, Reading, StateReading
from nms.transports.snmp.values import Value

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeviceLimit:
    """A default threshold of one component: from the family, or from the device's own limit columns (base units)."""

    component: Component
    metric: str
    level: str
    value: float


@dataclass(frozen=True, slots=True)
class Collected:
    """What the families of one device gave at one instant.

    `records` are rows that are not series (inventory, addresses, vlans, ...), by kind, present only in the polls that
    read them. `origins`: reading table -> metric -> the column's OID (the instance is it and the component's index),
    or the instance OIDs one by one. `state_oids` runs beside `states`. `problems` names the parts that
    failed. `families` are those that gave something.
    """

    readings: tuple[Reading, ...] = ()
    states: tuple[StateReading, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    neighbours: tuple[Neighbour, ...] = ()
    records: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    limits: tuple[DeviceLimit, ...] = ()
    problems: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    origins: Mapping[str, Mapping[str, str | Sequence[str]]] = field(default_factory=dict)
    discontinuities: Mapping[str, Sequence[Number | None]] = field(default_factory=dict)
    state_oids: tuple[str, ...] = ()


@dataclass(slots=True)
class Fetched:
    """Columns fetched together, as last known: some now (`fresh`), the others earlier."""

    indexes: Sequence[str] = ()
    columns: dict[str, Sequence[Value | None]] = field(default_factory=dict)
    fresh: frozenset[str] = frozenset()


@dataclass(slots=True)
class Memory:
    """What the engine keeps of one device between polls, so that names are not read, nor labels built, every time.

    It belongs to whoever polls the device; losing it costs one full read and nothing else.
    """

    recognised: Recognised | None = None
    recognised_at: float = 0.0
    read_at: dict[str, float] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    complete: set[str] = field(default_factory=set)
    fetched: dict[int, Fetched] = field(default_factory=dict)
    scalars: dict[str, Value] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    facts_at: float | None = None
    uptime: float | None = None
    filled: dict[str, bool] = field(default_factory=dict)
    cache: dict[Any, Any] = field(default_factory=dict)

    def forget(self) -> None:
        """After a restart of the device, or another set of families: everything is read anew."""
        self.read_at.clear()
        self.absent.clear()
        self.complete.clear()
        self.fetched.clear()
        self.filled.clear()
        self.cache.clear()
        self.facts_at = None
