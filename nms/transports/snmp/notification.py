"""One trap or inform, out of the octets of v1 and v2c.

Source: RFC 1157 (v1 Trap-PDU), RFC 3416 (SNMPv2-Trap, InformRequest), RFC 3584 section 3.1 (v1 traps as v2 ones).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nms.transports.snmp.ber import (
    IP_ADDRESS,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    TIME_TICKS,
    BadPacket,
    decode_oid,
    decode_value,
    read_integer,
    read_tag,
)
from nms.transports.snmp.messages import find_bindings
from nms.transports.snmp.values import IpAddress, Value

SYS_UPTIME, TRAP_OID = "1.3.6.1.2.1.1.3.0", "1.3.6.1.6.3.1.1.4.1.0"

_STANDARD_TRAPS = "1.3.6.1.6.3.1.1.5"
_ENTERPRISE_SPECIFIC = 6


@dataclass(frozen=True, slots=True)
class Notification:
    """One trap or inform. `trap_oid` names what happened, in v1 too; `uptime` is in ticks of 10 ms;
    `varbinds` are what came with it, without those two. `agent_address` is what a v1 trap says of its origin."""

    source: str
    version: str
    trap_oid: str
    uptime: int | None
    varbinds: tuple[tuple[str, Value | None], ...]
    is_inform: bool = False
    agent_address: str = ""


def notification(
    source: str, version: str, pairs: Sequence[tuple[str, Value | None]], is_inform: bool = False
) -> Notification:
    """A v2 notification out of its variables. Raises BadPacket where none of them names what happened."""
    trap_oid, uptime, rest = "", None, []
    for oid, value in pairs:
        if oid == TRAP_OID and isinstance(value, str) and not trap_oid:
            trap_oid = str(value)
        elif oid == SYS_UPTIME and isinstance(value, int) and uptime is None:
            uptime = value
        else:
            rest.append((oid, value))
    if not trap_oid:
        raise BadPacket("a notification without snmpTrapOID")
    return Notification(source, version, trap_oid, uptime, tuple(rest), is_inform)


def v1_trap(data: bytes, at: int, end: int, address: str) -> Notification:
    start, stop = read_tag(data, at, end, OBJECT_IDENTIFIER)
    enterprise = decode_oid(data[start:stop])
    start, stop = read_tag(data, stop, end, IP_ADDRESS)
    agent = decode_value(IP_ADDRESS, data[start:stop])
    generic, at = read_integer(data, stop, end)
    specific, at = read_integer(data, at, end)
    start, stop = read_tag(data, at, end, TIME_TICKS)
    uptime = decode_value(TIME_TICKS, data[start:stop])
    at, end = read_tag(data, stop, end, SEQUENCE)
    pairs = tuple(
        (decode_oid(name), decode_value(tag, data[first:last]))
        for name, tag, first, last in find_bindings(data, at, end)
    )
    if generic == _ENTERPRISE_SPECIFIC:
        trap_oid = f"{enterprise}.0.{specific}"
    elif 0 <= generic < _ENTERPRISE_SPECIFIC:
        trap_oid = f"{_STANDARD_TRAPS}.{generic + 1}"
    else:
        raise BadPacket("a v1 trap of no kind that exists")
    ticks = uptime if isinstance(uptime, int) else None
    origin = agent if isinstance(agent, IpAddress) else ""
    return Notification(address, "1", trap_oid, ticks, tuple(pairs), agent_address=origin)


def pairs_of(data: bytes, at: int, end: int) -> list[tuple[str, Value | None]]:
    found = find_bindings(data, at, end)
    return [(decode_oid(name), decode_value(tag, data[start:stop])) for name, tag, start, stop in found]
