"""Which interfaces stations stand behind, and which only lead on to other equipment.

A switch knows every address that passes it, so each is seen on many interfaces; the one where it stands is that which
leads nowhere else. An interface leads on when the inventory has a link there, when LLDP or CDP names a switch or a
router at its other end, or when the address of a watched switch or router is seen behind it (link aggregates, and
equipment without LLDP).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from nms.model import DeviceId, Inventory, Neighbour, Role

Port = tuple[DeviceId, str]

FORWARDERS = frozenset({Role.ROUTER, Role.SWITCH, Role.FIREWALL})


class Nearness(IntEnum):
    """How exactly a place is known, the best first."""

    RADIO = 0
    """A wireless station, told by its access point or controller."""
    PORT = 1
    """An interface with few stations behind it."""
    SHARED = 2
    """An interface with many: a switch or an access point that nobody watches stands between."""
    ROUTED = 3
    """Only a router's ARP table knows it."""


@dataclass(slots=True)
class Map:
    """What leads where. `most_stations` is how many may stand behind an interface that is still a single place."""

    inventory: Inventory
    most_stations: int = 8
    _stations: dict[Port, frozenset[str]] = field(default_factory=dict)
    _uplinks: dict[DeviceId, frozenset[str]] = field(default_factory=dict)
    _relays: dict[DeviceId, frozenset[str]] = field(default_factory=dict)
    _linked: dict[DeviceId, frozenset[str]] = field(default_factory=dict)
    _by_name: dict[str, DeviceId] = field(default_factory=dict)
    _forwarding: set[str] = field(default_factory=set)
    """Addresses of equipment that forwards."""

    def __post_init__(self) -> None:
        devices = self.inventory.devices.values()
        self._by_name = {device.name.casefold(): device.id for device in devices}
        self._by_name |= {device.id.casefold(): device.id for device in devices}
        self._forwarding = {device.mac for device in devices if device.mac and device.role in FORWARDERS}
        ends: dict[DeviceId, set[str]] = {}
        for link in self.inventory.links.values():
            for near, port, far in (
                (link.a_device, link.a_interface, link.b_device),
                (link.b_device, link.b_interface, link.a_device),
            ):
                other = self.inventory.devices.get(far)
                if other is None or other.role in FORWARDERS:
                    ends.setdefault(near, set()).add(spelled(port))
        self._linked = {device: frozenset(names) for device, names in ends.items()}

    def neighbours(self, device: DeviceId, found: Iterable[Neighbour]) -> None:
        """What a device says of its neighbours; it replaces what it said before."""
        uplinks, relays = set(), set()
        for one in found:
            role = self._role(one.remote_name)
            forwards = role in FORWARDERS if role else bool(one.forwards)
            if role is Role.ACCESS_POINT:
                relays.add(one.local_interface)
            elif forwards:
                uplinks.add(one.local_interface)
                if one.remote_mac:
                    self._forwarding.add(one.remote_mac)
        self._uplinks[device], self._relays[device] = frozenset(uplinks), frozenset(relays)

    def knows_neighbours(self, device: DeviceId) -> bool:
        """Whether a device has told what stands around it."""
        return device in self._uplinks

    def forwards(self, mac: str) -> None:
        """An address that belongs to a switch or a router."""
        self._forwarding.add(mac)

    def table(self, device: DeviceId, stations: Mapping[str, Iterable[str]]) -> None:
        """The forwarding table of a device by interface; it replaces the one before."""
        for port in [port for port in self._stations if port[0] == device]:
            del self._stations[port]
        self._stations |= {(device, name): frozenset(macs) for name, macs in stations.items()}

    def behind(self, device: DeviceId, port: str) -> int:
        """How many stations an interface has behind it."""
        return len(self._stations.get((device, port), ()))

    def leads_on(self, device: DeviceId, port: str) -> bool:
        if port in self._uplinks.get(device, ()) or spelled(port) in self._linked.get(device, ()):
            return True
        return not self._forwarding.isdisjoint(self._stations.get((device, port), ()))

    def nearness(self, device: DeviceId, port: str) -> Nearness | None:
        """How good an interface of a forwarding table is as a place; `None` when it only leads on."""
        if self.leads_on(device, port):
            return None
        if port in self._relays.get(device, ()) or self.behind(device, port) > self.most_stations:
            return Nearness.SHARED
        return Nearness.PORT

    def _role(self, name: str) -> Role | None:
        """The role of the device of the inventory that goes by a name, with or without its domain."""
        known = self._by_name.get(name.casefold()) or self._by_name.get(name.casefold().split(".")[0])
        return self.inventory.devices[known].role if known else None


def spelled(interface: str) -> str:
    """One spelling for `GigabitEthernet0/0/1`, `Gi0/0/1` and `gi0/0/1`: two letters, then the numbers."""
    found = re.fullmatch(r"([A-Za-z-]+) ?(\d.*)", interface.strip())
    return f"{found[1][:2].lower()}{found[2]}" if found else interface.strip().lower()
