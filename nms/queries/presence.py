"""Where computers, telephones and strangers are: the reads over the presence book.

Who was where is personal data: a look at the history of one address is audited by whoever offers it.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from nms.access import Actor
from nms.model import Device, DeviceId, Inventory, Role
from nms.presence.book import PresenceBook
from nms.presence.macs import has_part, is_local, part_of_mac, shown, spelled_mac, vendor
from nms.presence.who import Who
from nms.queries.stations import SEVERAL, BindingRow, PresenceRow, StayRow, Whereabouts
from nms.store.audit import AuditLog
from nms.store.records import Records
from nms.store.stays import Binding, Stay
from nms.text import clean, fold

ABSENT_SECONDS = 3600.0
"""A computer that nobody saw for so long is absent: three times the rest that switches give a silent address."""
LISTED = frozenset({Role.COMPUTER, Role.PHONE})
"""Roles whose presence is listed, seen or not; of other equipment its own polls tell."""
MOST_ROWS = 200
MOST_STATIONS = 1000
LEAST_LETTERS = 3
"""Of a part of a name or of a maker."""
AUDIT_PAUSE_SECONDS = 900.0
"""A page that refreshes itself leaves one line for each reader in this time."""


@dataclass(slots=True)
class PresenceReads:
    """Safe to call from worker threads."""

    inventory: Inventory
    book: PresenceBook
    records: Records
    audit: AuditLog = field(default_factory=AuditLog)
    clock: Callable[[], float] = time.time
    _looked: dict[tuple[str, str], float] = field(default_factory=dict)

    def stations(self, departments: frozenset[str] = frozenset()) -> list[PresenceRow]:
        """Computers and telephones of the inventory, seen or not, and every other address that is present."""
        index = Who.of(self.book, self.inventory)
        seen = [self._row(index, mac) for mac in index.macs]
        rows = [row for row in seen if row.role in LISTED or (row.present and not row.device)]
        met = {row.device for row in rows}
        missing = (one for one in self.inventory.devices.values() if one.role in LISTED and one.id not in met)
        rows += [_unseen(device) for device in missing]
        return sorted(self._theirs(rows, departments), key=lambda row: (not row.device, row.name.casefold(), row.key))

    def around(self, actor: Actor, device: DeviceId) -> list[PresenceRow]:
        """Where a device of the inventory is plugged in, and then what is plugged into it, by interface.

        The place of a computer or a telephone is that of a person: a look at it is audited.
        """
        index = Who.of(self.book, self.inventory)
        own = index.by_device.get(device, [])
        behind = [mac for mac, stay in self.book.stays.copy().items() if stay.device == device and mac not in own]
        rows = [self._row(index, mac) for mac in behind[:MOST_STATIONS]]
        known = self.inventory.devices.get(device)
        if own and known is not None and known.role in LISTED:
            self._note(actor, str(device))
        mine = [row for row in (self._row(index, mac) for mac in own) if row.at_device]
        found = [*mine, *sorted(rows, key=lambda row: (not row.present, _natural(row.port), row.name.casefold()))]
        return self._theirs(found, actor.departments)

    def _note(self, actor: Actor, subject: str, found: int = 1) -> None:
        now, key = self.clock(), (f"{actor.name}/{actor.origin}", subject)
        if now - self._looked.get(key, -AUDIT_PAUSE_SECONDS) < AUDIT_PAUSE_SECONDS:
            return
        with self.records.begin() as connection:
            self.audit.append(connection, actor, "locate", "station", subject, now, {"found": found})
        if len(self._looked) > 10_000:
            self._looked.clear()
        self._looked[key] = now

    def where(self, actor: Actor, asked: str) -> Whereabouts:
        """All that is known of a MAC address, an IP address, a host name or a device; asking is audited.

        What is none of these is taken as a part of an address, of a name, or of a maker.
        """
        asked = clean(asked, limit=100).strip()
        index = Who.of(self.book, self.inventory)
        rows = [self._row(index, mac) for mac in self._meant(index, asked)]
        if not rows:
            rows = [_unseen(one) for one in self.inventory.devices.values() if _is(one, asked)] or self._like(
                index, asked
            )
        found = self._theirs(rows, actor.departments)
        self._note(actor, asked, len(found))
        shown_macs = [row.key for row in found if row.mac] if len(found) <= SEVERAL else []
        stays, bindings = self.book.history(shown_macs, MOST_ROWS)
        return Whereabouts(
            asked,
            tuple(found[:MOST_ROWS]),
            tuple(map(self._stay, stays)),
            tuple(_binding(one) for one in bindings),
            max(0, len(found) - MOST_ROWS),
        )

    def _like(self, index: Who, asked: str) -> list[PresenceRow]:
        """Stations of whose address, name or maker a question is a part, those that are present first."""
        digits, wanted = part_of_mac(asked), fold(asked) if len(asked) >= LEAST_LETTERS else ""

        def is_like(row: PresenceRow) -> bool:
            if digits and has_part(row.mac.replace(":", ""), digits):
                return True
            return bool(wanted) and any(wanted in fold(text) for text in (row.name, row.device, row.vendor))

        seen = [self._row(index, mac) for mac in index.macs]
        met = {row.device for row in seen}
        absent = [_unseen(one) for one in self.inventory.devices.values() if one.role in LISTED and one.id not in met]
        found = [row for row in (*seen, *absent) if is_like(row)]
        return sorted(found, key=lambda row: (not row.present, row.name.casefold(), row.key))

    def _meant(self, index: Who, asked: str) -> list[str]:
        """The addresses that a question is about: itself, those of an IP address, of a name, or of a device."""
        if mac := spelled_mac(asked):
            return [mac] if mac in index.macs or any(self.book.history([mac], 1)) else []
        found: list[str] = []
        values = [_plain(asked)]
        if (device := next((one for one in self.inventory.devices.values() if _is(one, asked)), None)) is not None:
            found += [device.mac] if device.mac else index.by_device.get(device.id, [])
            values = [str(device.id).casefold(), *([_plain(device.address)] if device.address else [])]
        found += [mac for value in values for mac in index.by_value.get(value, [])]
        found += [one.mac for one in self.book.store.bearers(values, MOST_ROWS)]
        return list(dict.fromkeys(found))

    def _row(self, index: Who, mac: str) -> PresenceRow:
        now = self.clock()
        stay, device = self.book.stays.get(mac), index.owner.get(mac)
        addresses = index.addresses.get(mac, [])
        name = device.name if device else next(iter(index.names.get(mac, [])), "")
        return PresenceRow(
            key=mac,
            mac=shown(mac),
            vendor=vendor(mac),
            is_local=is_local(mac) and device is None,
            device=device.id if device else "",
            name=name,
            role=device.role if device else "",
            department=self._department(device, stay),
            address=addresses[0] if addresses else device.address if device else "",
            addresses=tuple(addresses),
            present=stay is not None and now - stay.last_seen <= ABSENT_SECONDS,
            at_device=stay.device if stay else "",
            at_name=self._name(stay.device) if stay else "",
            port=stay.port if stay else "",
            vlan=stay.vlan if stay else None,
            nearness=_nearness(stay),
            sight=stay.sight if stay else "",
            since=stay.first_seen if stay else None,
            last_seen=stay.last_seen if stay else None,
            twice=tuple(f"{self._name(at)} {port}" for at, port in self.book.sights.twice(mac, now)),
            contested=tuple(shown(other) for other in index.rivals.get(mac, [])),
        )

    def _department(self, device: Device | None, stay: Stay | None) -> str:
        """Its own; that of the equipment that it is plugged into where it is nobody's."""
        holder = device or (self.inventory.devices.get(DeviceId(stay.device)) if stay else None)
        return holder.department if holder else ""

    def _name(self, device: str) -> str:
        known = self.inventory.devices.get(DeviceId(device))
        return known.name if known else device

    def _stay(self, one: Stay) -> StayRow:
        return StayRow(
            shown(one.mac), one.device, self._name(one.device), one.port, one.vlan, _nearness(one), one.sight,
            one.first_seen, one.last_seen,
        )  # fmt: skip

    @staticmethod
    def _theirs(rows: Iterable[PresenceRow], departments: frozenset[str]) -> list[PresenceRow]:
        return [row for row in rows if not departments or row.department in departments]


def _unseen(device: Device) -> PresenceRow:
    mac = device.mac
    return PresenceRow(
        key=mac or f"device/{device.id}",
        mac=shown(mac) if mac else "",
        vendor=vendor(mac) if mac else "",
        is_local=False,
        device=device.id,
        name=device.name,
        role=device.role,
        department=device.department,
        address=device.address,
        addresses=(),
        present=False,
    )


def _is(device: Device, asked: str) -> bool:
    wanted = asked.casefold()
    return wanted in (str(device.id).casefold(), device.name.casefold(), device.address.casefold())


def _natural(port: str) -> list[tuple[int, str]]:
    """Gi1/0/2 before Gi1/0/10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.findall(r"\d{1,9}|\D+", port)]


def _plain(asked: str) -> str:
    try:
        return str(ipaddress.ip_address(asked))
    except ValueError:
        return asked.casefold()


def _nearness(stay: Stay | None) -> str:
    words = {0: "radio", 1: "port", 2: "shared", 3: "routed"}
    return words.get(stay.nearness, "") if stay else ""


def _binding(one: Binding) -> BindingRow:
    return BindingRow(shown(one.mac), one.kind, one.value, one.sight, one.device, one.first_seen, one.last_seen)
