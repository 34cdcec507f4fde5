"""The simulated city hall as a whole: what is plugged into what, what has power, what the monitor can reach.

Faults change the causes (a cut link, a flat battery, a device switched off); `settle` works out the consequences.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from nms.demo.simulator.equipment import Equipment, chance, make_equipment
from nms.demo.simulator.ports import (
    ETHERNET,
    L2_VLAN,
    Flow,
    Port,
    long_name,
    planned_ports,
    short_name,
    speed_of,
)
from nms.demo.simulator.shapes import ALWAYS_ON, OFFICE, Pulse
from nms.model import DeviceId, Inventory, Link, Role

_USUAL_SHARE = 0.28
"""Peak use of an ordinary link over its capacity, about."""
_PLUGGED_SHARE = 0.7
"""Access ports with something plugged in that the inventory does not name."""


class World:
    """Every device of the inventory as equipment, with its links. `now` is the instant it comes into being."""

    def __init__(self, inventory: Inventory, now: float, seed: int = 1) -> None:
        self.inventory = inventory
        self.seed = seed
        self.equipment = {
            device.id: make_equipment(device, seed, now)
            for device in inventory.devices.values()
            if device.role is not Role.APPLICATION
        }
        self.cut_links: set[str] = set()
        self.failing_services: set[str] = set()
        self.slow_services: dict[str, float] = {}
        self._links_between: dict[frozenset[DeviceId], list[str]] = defaultdict(list)
        self._children: dict[DeviceId, list[DeviceId]] = defaultdict(list)
        for device in inventory.devices.values():
            for parent in device.parents:
                self._children[parent].append(device.id)
        self._wire(now)
        self._started_at = now
        self.settle(now)
        for port in self._ports():
            port.changed_at = now

    def children(self, device_id: DeviceId) -> list[DeviceId]:
        return self._children.get(device_id, [])

    def reached_through(self, device_id: DeviceId) -> Iterator[DeviceId]:
        """Everything that stands behind a device, nearest first."""
        seen: set[DeviceId] = {device_id}
        waiting = list(self.children(device_id))
        while waiting:
            child = waiting.pop(0)
            if child not in seen:
                seen.add(child)
                yield child
                waiting += self.children(child)

    def _ports(self) -> Iterator[Port]:
        return chain.from_iterable(equipment.ports for equipment in self.equipment.values())

    # --- wiring, once -------------------------------------------------------------------------------------------

    def _wire(self, now: float) -> None:
        links_of: dict[DeviceId, list[tuple[Link, str]]] = defaultdict(list)
        for link in self.inventory.links.values():
            self._links_between[frozenset((link.a_device, link.b_device))].append(link.id)
            links_of[link.a_device].append((link, link.a_interface))
            links_of[link.b_device].append((link, link.b_interface))
        for equipment in self.equipment.values():
            self._make_ports(equipment, [name for _, name in links_of[equipment.device.id]])
        for link in self.inventory.links.values():
            self._connect(link)
        for equipment in self.equipment.values():
            self._plug_in_children(equipment)
        for equipment in self.equipment.values():
            self._unplug_the_rest(equipment)
            self._start_counters(equipment, now)

    def _make_ports(self, equipment: Equipment, linked_names: Iterable[str]) -> None:
        plans = planned_ports(equipment.device)
        for number, plan in enumerate(plans, 1):
            flows = self._idle_flow(equipment, plan.name, "in"), self._idle_flow(equipment, plan.name, "out")
            name = plan.name
            port = Port(plan.index or number, name, long_name(name), plan.speed, plan.kind, *flows)
            port.has_carrier = plan.kind != ETHERNET or not plan.access
            equipment.ports.append(port)
        for name in linked_names:
            short = short_name(name)
            if equipment.port(short) is None:
                flows = self._idle_flow(equipment, short, "in"), self._idle_flow(equipment, short, "out")
                index = max((port.index for port in equipment.ports), default=0) + 1
                kind = L2_VLAN if "." in short else ETHERNET
                equipment.ports.append(Port(index, short, long_name(short), speed_of(short), kind, *flows))

    def _idle_flow(self, equipment: Equipment, name: str, way: str) -> Flow:
        return Flow(equipment.pulse(f"{name}/{way}"), equipment.between(2e3, 9e4, f"{name}/{way}-rate"))

    def _connect(self, link: Link) -> None:
        ends = [self._end(link.a_device, link.a_interface), self._end(link.b_device, link.b_interface)]
        capacity = link.capacity_bps or min((port.speed for port in ends if port), default=1e9)
        ahead, back = self._flow(link.id, "ahead", capacity, 0.4), self._flow(link.id, "back", capacity, 1.0)
        names = (link.a_device, link.a_interface), (link.b_device, link.b_interface)
        for port, flows, other in ((ends[0], (back, ahead), names[1]), (ends[1], (ahead, back), names[0])):
            if port is None:
                continue
            port.inward, port.outward = flows
            port.peer, port.peer_port, port.link = other[0], short_name(other[1]), link.id
            port.alias = link.name + (f" [{link.circuit}]" if link.circuit else "")
            port.has_carrier = True
            if link.kind != "lan" and link.capacity_bps:
                port.speed = link.capacity_bps

    def _end(self, device_id: DeviceId, interface: str) -> Port | None:
        equipment = self.equipment.get(device_id)
        return equipment.port(short_name(interface)) if equipment else None

    def _flow(self, name: str, way: str, capacity: float, share: float) -> Flow:
        usual = _USUAL_SHARE * (0.3 + 1.4 * chance(self.seed, name, way))
        shape = ALWAYS_ON if chance(self.seed, name, "shape") < 0.2 else OFFICE
        # The pulse exceeds its shape by up to 1.72 for minutes: even then a link stays below its capacity.
        return Flow(Pulse(shape, chance(self.seed, name, way, "phase")), capacity / 8 * usual * share)

    def _plug_in_children(self, equipment: Equipment) -> None:
        """Children that no link of the inventory mentions get a port of their own, in the inventory's order."""
        linked = {port.peer for port in equipment.ports}
        free = (port for port in self._access_ports(equipment) if port.peer is None)
        for child_id in self.children(equipment.device.id):
            child = self.equipment.get(child_id)
            if child is None or child_id in linked:
                continue
            port = next(free, None)
            if port is None:
                return
            port.peer, port.alias, port.has_carrier = child_id, child.device.name, True
            near = next((p for p in child.ports if p.kind == ETHERNET and p.peer is None), None)
            if near is not None:
                near.peer, near.peer_port, near.has_carrier = equipment.device.id, port.name, True
                near.inward, near.outward = port.outward, port.inward
                port.peer_port = near.name

    @staticmethod
    def _access_ports(equipment: Equipment) -> list[Port]:
        ports = [port for port in equipment.ports if port.kind == ETHERNET and not port.link]
        unplugged = [port for port in ports if not port.has_carrier]
        return unplugged or ports[1:]

    @staticmethod
    def _unplug_the_rest(equipment: Equipment) -> None:
        for port in equipment.ports:
            if port.peer is None and equipment.chance(f"{port.name}/plugged") < _PLUGGED_SHARE:
                port.has_carrier = True

    @staticmethod
    def _start_counters(equipment: Equipment, now: float) -> None:
        for port in equipment.ports:
            port.counted_from = port.inward.octets(equipment.boot), port.outward.octets(equipment.boot)
            # A few errors in the life of every port, as in reality.
            port.set_error_ratio(2e-8 * equipment.chance(f"{port.name}/errors"), equipment.boot)

    # --- consequences, after every change -----------------------------------------------------------------------

    def settle(self, now: float) -> set[DeviceId]:
        """Works out power, carriers and reachability; the devices whose interfaces changed."""
        for equipment in self.equipment.values():
            equipment.powered = (
                equipment.switched_on and now >= equipment.booting_until and self._is_fed(equipment, now)
            )
        changed: set[DeviceId] = set()
        for device_id, equipment in self.equipment.items():
            for port in equipment.ports:
                up = self._carries(equipment, port)
                if port.set_up(up, now):
                    changed.add(device_id)
                port.inward.set_running(up, now)
                port.outward.set_running(up, now)
        self._settle_reachability()
        return changed

    def _is_fed(self, equipment: Equipment, now: float) -> bool:
        feeders = [self.equipment[feeder] for feeder in equipment.device.powered_by if feeder in self.equipment]
        return not feeders or any(self._feeds(feeder, now) for feeder in feeders)

    def _feeds(self, feeder: Equipment, now: float) -> bool:
        if not feeder.switched_on or (feeder.battery and feeder.battery.is_exhausted(now)):
            return False
        return feeder.device.role is not Role.PDU or self._is_fed(feeder, now)

    def _carries(self, equipment: Equipment, port: Port) -> bool:
        if not (port.has_carrier and port.admin_up and equipment.powered) or port.failed or port.link in self.cut_links:
            return False
        peer = self.equipment.get(port.peer) if port.peer else None
        if peer is None:
            return True
        far = peer.port(port.peer_port) if port.peer_port else None
        return peer.powered and (far is None or (far.admin_up and not far.failed))

    def _settle_reachability(self) -> None:
        known: dict[DeviceId, bool] = {}
        for device_id in self.equipment:
            self.equipment[device_id].reachable = self._reaches(device_id, known)

    def _reaches(self, device_id: DeviceId, known: dict[DeviceId, bool]) -> bool:
        """A device answers when it has power and, from the monitor to it, one unbroken path of parents has."""
        if device_id not in known:
            equipment = self.equipment.get(device_id)
            known[device_id] = False  # a circle of parents reaches nobody
            parents = self.inventory.devices[device_id].parents
            has_path = not parents or any(
                self._is_joined(parent, device_id) and self._reaches(parent, known) for parent in parents
            )
            known[device_id] = has_path and (equipment is None or equipment.powered)
        return known[device_id]

    def _is_joined(self, parent: DeviceId, child: DeviceId) -> bool:
        """Whether one of their links is whole.

        A device with a link to one parent needs a link to each; without any, a patch cable joins it to them all.
        """
        links = self._links_between.get(frozenset((parent, child)), [])
        if not links and self._has_uplink(child):
            return False
        if not links:
            near = self.equipment.get(parent)
            port = next((p for p in near.ports if p.peer == child), None) if near else None
            return port is None or (port.admin_up and not port.failed)
        return any(self._is_whole(link) for link in links)

    def _has_uplink(self, child: DeviceId) -> bool:
        parents = self.inventory.devices[child].parents
        return any(frozenset((parent, child)) in self._links_between for parent in parents)

    def _is_whole(self, link_id: str) -> bool:
        link = self.inventory.links[link_id]
        ends = self._end(link.a_device, link.a_interface), self._end(link.b_device, link.b_interface)
        return link_id not in self.cut_links and all(end is None or (end.admin_up and not end.failed) for end in ends)

    def is_reachable(self, device_id: DeviceId) -> bool:
        """Also for applications, which are reached when what they run on is."""
        return self._reaches(device_id, {id_: equipment.reachable for id_, equipment in self.equipment.items()})
