"""Who is who at one moment: the addresses and names of each MAC, and the device of the inventory that it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nms.model import Device, DeviceId, Inventory
from nms.presence.book import PresenceBook
from nms.presence.macs import is_virtual
from nms.presence.places import FORWARDERS
from nms.store.stays import Binding

CONTESTED_SECONDS = 1200.0
"""Two holders of one IP address are told while both were seen so lately."""


@dataclass(frozen=True, slots=True)
class Who:
    """`macs`: every address that is known. `addresses` and `names` by MAC, newest first; `by_value` without case."""

    macs: dict[str, None]
    addresses: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    by_value: dict[str, list[str]] = field(default_factory=dict)
    by_device: dict[DeviceId, list[str]] = field(default_factory=dict)
    owner: dict[str, Device] = field(default_factory=dict)
    rivals: dict[str, list[str]] = field(default_factory=dict)
    """MAC -> others that use its IP address too."""

    @classmethod
    def of(cls, book: PresenceBook, inventory: Inventory) -> Who:
        bindings = sorted(book.bindings.copy().values(), key=lambda one: -one.last_seen)
        owner = _owners(inventory, bindings)
        found = cls(dict.fromkeys(book.stays.copy()), owner=owner, rivals=_rivals(bindings))
        for one in bindings:
            found.macs.setdefault(one.mac)
            (found.addresses if one.kind == "address" else found.names).setdefault(one.mac, []).append(one.value)
            found.by_value.setdefault(one.value.casefold(), []).append(one.mac)
        for mac, device in owner.items():
            found.by_device.setdefault(device.id, []).append(mac)
        return found


def _owners(inventory: Inventory, bindings: Sequence[Binding]) -> dict[str, Device]:
    """MAC -> device: by its `mac`, else by its IP address, else by its host name; the latest holder has it."""
    devices = inventory.devices.values()
    found = {device.mac: device for device in devices if device.mac}
    taken = {device.id for device in found.values()}
    known = {
        "address": {device.address: device for device in devices if device.address},
        "name": {str(device.id).casefold(): device for device in devices},
    }
    for kind in ("address", "name"):
        for one in bindings:
            if one.kind != kind or one.mac in found:
                continue
            device = known[kind].get(one.value if kind == "address" else one.value.casefold().partition(".")[0])
            if device is not None and device.id not in taken:
                found[one.mac] = device
                if device.role not in FORWARDERS:
                    taken.add(device.id)
    return found


def _rivals(bindings: Sequence[Binding]) -> dict[str, list[str]]:
    """Holders of one IP address that one device saw by turns: each was seen after the other had begun."""
    newest = max((one.last_seen for one in bindings), default=0.0)
    holders: dict[tuple[str, str], list[Binding]] = {}
    for one in bindings:
        fresh = newest - one.last_seen <= CONTESTED_SECONDS
        if fresh and (one.kind, one.sight) == ("address", "arp") and not is_virtual(one.mac):
            holders.setdefault((one.device, one.value), []).append(one)
    found: dict[str, list[str]] = {}
    for several in holders.values():
        for one in several:
            others = [o.mac for o in several if o.last_seen > one.first_seen and one.last_seen > o.first_seen]
            if rivals := [mac for mac in others if mac != one.mac]:
                found.setdefault(one.mac, []).extend(rivals)
    return found
