"""Hardware addresses that a device has seen, out of the records of its families.

Kinds: fdb (BRIDGE-MIB, Q-BRIDGE-MIB), arp (IP-MIB), clients (wireless stations), phones (telephones that a call
manager lists), neighbors (LLDP: whatever names itself by its hardware address).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nms.collect.collected import Record
from nms.model import Sight, Sighting
from nms.text import clean

_KINDS: Mapping[str, Sight] = {
    "fdb": Sight.FORWARDING,
    "arp": Sight.ARP,
    "clients": Sight.WIRELESS,
    "phones": Sight.REGISTRATION,
    "neighbors": Sight.NEIGHBOUR,
}
_NAMES: Mapping[Sight, str] = {Sight.REGISTRATION: "name", Sight.NEIGHBOUR: "remote_name", Sight.WIRELESS: "name"}
_GONE = frozenset({"unregistered", "rejected"})
"""Telephones that a call manager remembers and does not serve."""
_MAC = re.compile(r"[0-9a-f]{12}")


def sightings(records: Mapping[str, Sequence[Record]]) -> Iterator[Sighting]:
    """Every address of one station: neither groups nor nobody."""
    for kind, sight in _KINDS.items():
        for record in records.get(kind, ()):
            if record.get("status") in _GONE:
                continue
            mac = station(record.get("remote_mac" if sight is Sight.NEIGHBOUR else "mac"))
            if mac:
                yield _sighting(sight, mac, record)


def registered(phones: Iterable[Record]) -> Iterator[str]:
    """The addresses of the telephones that are registered."""
    return (_address(one.get("ip")) for one in phones if one.get("status") not in _GONE and one.get("ip"))


def station(value: object) -> str:
    """The address of one network card as twelve hexadecimal digits in lower case; empty for what is none."""
    mac = re.sub(r"[:.\- ]", "", str(value or "")).lower()
    if not _MAC.fullmatch(mac) or int(mac[:2], 16) & 1 or mac == "0" * 12:
        return ""
    return mac


def _sighting(sight: Sight, mac: str, record: Record) -> Sighting:
    vlan = record.get("vlan")
    return Sighting(
        sight,
        mac,
        interface=_first(record, ("interface", "local_if", "access_point")),
        vlan=vlan if isinstance(vlan, int) and 0 < vlan < 4095 else None,
        address=_address(record.get("ip")),
        name=clean(str(record.get(_NAMES.get(sight, "")) or ""), limit=100),
    )


def _first(record: Mapping[str, Any], names: Iterable[str]) -> str:
    return next((clean(str(record[name]), limit=100) for name in names if record.get(name)), "")


def _address(value: object) -> str:
    text = clean(str(value or ""), limit=45)
    return "" if text in ("0.0.0.0", "::") else text  # noqa: S104
