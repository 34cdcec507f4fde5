"""Forwarding tables that an agent keeps in a context of its own for each VLAN.

Agents of families with `vlan_contexts` answer BRIDGE-MIB for VLAN 1 alone, and for VLAN N when the community is
`COMMUNITY@N`, or the SNMPv3 context `vlan-N`. They are asked one VLAN after the other, at most every five minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nms.collect.collected import Collected
from nms.collect.parsing import number
from nms.model import Sight, Sighting
from nms.transports.errors import TransportError, Unreachable
from nms.transports.snmp.session import SnmpSession
from nms.transports.snmp.targets import Community, Credential, SnmpTarget
from nms.transports.snmp.values import SnmpReader

EVERY_SECONDS, REST_SECONDS = 290.0, 3600.0
"""Between two readings; after one in which no VLAN answered (a router that knows VLANs and forwards none)."""
MOST_VLANS = 128
_SILENT_IN_A_ROW = 3
"""VLANs without an answer after which the others are left in peace until the next time."""
_FIRST_RESERVED, _LAST_RESERVED = 1002, 1005
_PORT, _STATUS = "1.3.6.1.2.1.17.4.3.1.2", "1.3.6.1.2.1.17.4.3.1.3"
_IF_INDEX = "1.3.6.1.2.1.17.1.4.1.2"
_LEARNED = 3

Open = Callable[[SnmpTarget], SnmpSession]


@dataclass(slots=True)
class VlanTables:
    """What is kept of one agent between visits: its VLANs, the names of its interfaces, a session for each VLAN."""

    due: float = 0.0
    vlans: tuple[int, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    sessions: dict[int, SnmpSession] = field(default_factory=dict)

    def learn(self, collected: Collected) -> None:
        """Takes VLANs and interface names from a visit that read them."""
        if rows := collected.records.get("vlans"):
            self.vlans = tuple(_numbers(row.get("id") for row in rows))[:MOST_VLANS]
        for reading in collected.readings:
            self.names |= {one.index: one.key for one in reading.components if one.kind == "interface" and one.index}

    async def read(self, open_session: Open, target: SnmpTarget, at: float) -> tuple[list[Sighting], list[str]] | None:
        """The stations of every VLAN, and what failed; `None` when it is not time, or no VLAN is known."""
        if not self.vlans or self.due - REST_SECONDS <= at < self.due:
            return None
        silent, answered = 0, False
        found: list[Sighting] = []
        problems: list[str] = []
        for vlan in self.vlans:
            session = self._session(vlan, open_session, target)
            try:
                found += await _stations(session, vlan, self.names)
                silent, answered = 0, True
            except Unreachable:  # a VLAN that lives on no port here has no context
                silent += 1
                if silent >= _SILENT_IN_A_ROW:
                    break
            except TransportError as error:
                problems.append(f"forwarding table of VLAN {vlan}: {error}")
        self.due = at + (EVERY_SECONDS if answered else REST_SECONDS)
        return found, problems

    def _session(self, vlan: int, open_session: Open, target: SnmpTarget) -> SnmpSession:
        """Asked once and not again: a context that is not there never answers."""
        if vlan not in self.sessions:
            credential = _of_vlan(target.credential, vlan)
            self.sessions[vlan] = open_session(replace(target, credential=credential, retries=0))
        self.sessions[vlan].renew()
        return self.sessions[vlan]


def _numbers(values: Iterable[object]) -> Iterator[int]:
    for value in values:
        vlan = number(value)  # type: ignore[arg-type]
        if isinstance(vlan, int) and 0 < vlan < 4095 and not _FIRST_RESERVED <= vlan <= _LAST_RESERVED:
            yield vlan


def _of_vlan(credential: Credential, vlan: int) -> Credential:
    if isinstance(credential, Community):
        return replace(credential, name=f"{credential.name}@{vlan}")
    return replace(credential, context=f"vlan-{vlan}")


async def _stations(reader: SnmpReader, vlan: int, names: Mapping[str, str]) -> list[Sighting]:
    table = await reader.table([_PORT, _STATUS])
    ports = table.columns.get(_PORT)
    if not table.indexes or ports is None:
        return []
    bridge = await reader.table([_IF_INDEX])
    interfaces = dict(zip(bridge.indexes, bridge.columns.get(_IF_INDEX, ()), strict=True))
    statuses: Sequence[object] = table.columns.get(_STATUS, [_LEARNED] * len(table.indexes))
    found = []
    for index, port, status in zip(table.indexes, ports, statuses, strict=True):
        mac = _mac(index)
        interface = names.get(str(interfaces.get(str(port), "")), "")
        if mac and interface and status == _LEARNED:
            found.append(Sighting(Sight.FORWARDING, mac, interface, vlan))
    return found


def _mac(index: str) -> str:
    octets = index.split(".")
    if len(octets) != 6 or not all(one.isdecimal() and int(one) < 256 for one in octets) or int(octets[0]) & 1:
        return ""
    return bytes(map(int, octets)).hex()
