"""The state of the interfaces that matter, as their devices last told it.

Source: IF-MIB (RFC 2863) ifAdminStatus and ifOperStatus: dormant counts as up, notPresent and lowerLayerDown as down,
testing and unknown as not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nms.model import Component, DeviceId, Number, Poll, Reading
from nms.rules.policies import LinkPolicy, WatchInterfaces

OPER, ADMIN = "interface_oper_status", "interface_admin_status"

PortName = tuple[DeviceId, str]

_OPER_UP = frozenset({1, 5})
_OPER_DOWN = frozenset({2, 6, 7})
_ADMIN_DOWN = 2


class PortState(StrEnum):
    UP = "up"
    DOWN = "down"
    DISABLED = "disabled"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Port:
    """One interface: its state, polls in a row that saw it down, and the Unix time of the last word of it.

    `fell_at`: when it was first seen down, of the last time that it fell.
    """

    component: Component
    state: PortState = PortState.UNKNOWN
    down_polls: int = 0
    seen_up: bool = False
    at: float = 0.0
    fell_at: float = 0.0


@dataclass(slots=True)
class Ports:
    """The interfaces of all devices that are watched. `named` are those of links and neighbours, by device."""

    named: Mapping[DeviceId, frozenset[str]] = field(default_factory=dict)
    ports: dict[PortName, Port] = field(default_factory=dict)
    _rows: dict[tuple[DeviceId, str], tuple[tuple[Component, ...], list[tuple[int, str]]]] = field(default_factory=dict)

    def watch(self, named: Mapping[DeviceId, frozenset[str]]) -> None:
        """Change which interfaces are watched by name; what is known of the others is forgotten."""
        self.named = named
        self._rows.clear()

    def observe(self, poll: Poll, policy: LinkPolicy) -> list[PortName]:
        """Take the interface tables of a poll into account; returned are the interfaces of which it told."""
        told: list[PortName] = []
        for reading in poll.readings:
            if OPER in reading.columns:
                told += self._observe(reading, policy)
        return told

    def _observe(self, reading: Reading, policy: LinkPolicy) -> list[PortName]:
        oper, admin = reading.columns[OPER], reading.columns.get(ADMIN)
        told = []
        everything = policy.by_device.get(reading.device, policy.watch) is WatchInterfaces.SEEN_UP
        for row, name in self._watched(reading, everything):
            port = self.ports.get((reading.device, name))
            if port is None:
                port = self.ports[reading.device, name] = Port(reading.components[row])
            _tell(port, oper[row], admin[row] if admin else None, reading.at)
            told.append((reading.device, name))
        return told

    def _watched(self, reading: Reading, everything: bool) -> list[tuple[int, str]]:
        cached = self._rows.get((reading.device, reading.table))
        if cached and (cached[0] is reading.components or cached[0] == reading.components):
            return cached[1]
        rows = _rows_of(reading.components, self.named.get(reading.device, frozenset()), everything)
        self._rows[reading.device, reading.table] = (reading.components, rows)
        return rows


def _tell(port: Port, oper: Number | None, admin: Number | None, at: float) -> None:
    port.at = at
    if admin == _ADMIN_DOWN:
        port.state, port.down_polls = PortState.DISABLED, 0
    elif oper in _OPER_UP:
        port.state, port.down_polls, port.seen_up = PortState.UP, 0, True
    elif oper in _OPER_DOWN:
        port.fell_at = port.fell_at if port.down_polls else at
        port.state, port.down_polls = PortState.DOWN, port.down_polls + 1
    else:
        port.state = PortState.UNKNOWN


_PARTS = re.compile(r"([a-z]+)[ -]?(\d[\d/.:]*)")


def spelled(name: str) -> str:
    """An interface name without regard to case and abbreviation: GigabitEthernet0/1 and Gi0/1 alike."""
    lowered = name.strip().casefold()
    found = _PARTS.fullmatch(lowered)
    return f"{found[1][:2]}{found[2]}" if found else lowered


def _rows_of(components: tuple[Component, ...], named: Iterable[str], everything: bool) -> list[tuple[int, str]]:
    """(row, name) of the interfaces watched; a name that fits two interfaces only when abbreviated fits none."""
    exact: dict[str, int] = {}
    loose: dict[str, list[int]] = {}
    for row, component in enumerate(components):
        for text in (component.label, component.key):
            exact[text] = row
            loose.setdefault(spelled(text), []).append(row)
    rows = {row: component.key for row, component in enumerate(components)} if everything else {}
    for name in sorted(named):
        near = set(loose.get(spelled(name), ()))
        found = {exact[name]} if name in exact else near
        if len(found) == 1:
            rows[found.pop()] = name
    return sorted(rows.items())
