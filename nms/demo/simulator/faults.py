"""What can go wrong in the simulated city hall, by name, and how it is made good again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from nms.demo.simulator.equipment import Change, Equipment
from nms.demo.simulator.ports import DS1, Port
from nms.demo.simulator.world import World
from nms.model import DeviceId


class FaultError(ValueError):
    """A fault that this city hall cannot have: no such link, device or part; the message says what there is."""


@dataclass(slots=True)
class _Flapping:
    period: float
    since: float

    def is_cut(self, now: float) -> bool:
        return int((now - self.since) / (self.period / 2)) % 2 == 0


class Faults:
    """Breaks and heals; every change takes effect at once. `tick` lets time-driven consequences happen.

    Raises: FaultError from every method that names something which does not exist.
    """

    def __init__(self, world: World, clock: Callable[[], float] = time.time) -> None:
        self.world = world
        self.clock = clock
        self._flapping: dict[str, _Flapping] = {}
        self._next_change: float | None = None

    def cut_link(self, link_id: str) -> None:
        """A digger finds the cable: what is reached through it alone falls silent."""
        self._known(link_id, self.world.inventory.links, "link")
        self._flapping.pop(link_id, None)
        self.world.cut_links.add(link_id)
        self._settle()

    def flap(self, link_id: str, period: float = 20.0) -> None:
        """A loose connector: down half of each period, beginning now."""
        self._known(link_id, self.world.inventory.links, "link")
        self._flapping[link_id] = _Flapping(period, self.clock())
        self.tick()

    def change_configuration(self, device_id: str, author: str = "beto", line: str = "") -> None:
        """Somebody changes the configuration of network equipment, and does not save it."""
        equipment, now = self._device(device_id), self.clock()
        number = len(equipment.changes) + 1
        equipment.changes.append(Change(now, author, line or f"ip route 192.0.2.{number} 255.255.255.255 Null0"))

    def interface_down(self, device_id: str, interface: str) -> None:
        self._port(device_id, interface).failed = True
        self._settle()

    def interface_errors(self, device_id: str, interface: str, ratio: float = 0.02) -> None:
        """A share of the packets that come in is damaged."""
        self._port(device_id, interface).set_error_ratio(_ratio(ratio), self.clock())

    def ups_on_battery(self, device_id: str, charge: float | None = None) -> None:
        """The mains fail; with `charge` (0 to 1) the battery starts from there. What it feeds dies with it."""
        equipment = self._device(device_id)
        if equipment.battery is None:
            raise FaultError(f"{device_id} is no UPS; those are {_named(self._with_battery())}")
        equipment.battery.set_on_battery(True, self.clock())
        if charge is not None:
            equipment.battery.set_charge(_ratio(charge), self.clock())
        self._settle(equipment)

    def toner_empty(self, device_id: str, supply: str = "") -> None:
        self.toner_level(device_id, supply, 0.0)

    def toner_level(self, device_id: str, supply: str, ratio: float) -> None:
        """`supply` is its name or a part of it; empty for the first one."""
        equipment = self._device(device_id)
        found = next((s for s in equipment.supplies if supply.lower() in s.name.lower()), None)
        if found is None:
            raise FaultError(
                f"{device_id} has no supply “{supply}”; it has {_named(s.name for s in equipment.supplies)}"
            )
        found.level_fault = _ratio(ratio)

    def trunk_down(self, device_id: str, trunk: str = "") -> None:
        """A voice trunk of a PBX or gateway loses its signal; the first one unless named."""
        trunks = [port for port in self._device(device_id).ports if port.kind == DS1]
        found = next((port for port in trunks if trunk in ("", port.name)), None)
        if found is None:
            raise FaultError(f"{device_id} has no trunk “{trunk}”; it has {_named(p.name for p in trunks)}")
        found.failed = True
        self._settle()

    def disk_fill(self, device_id: str, mount: str, ratio: float = 0.97) -> None:
        equipment = self._device(device_id)
        found = next((volume for volume in equipment.file_systems if volume.mount == mount), None)
        if found is None:
            mounts = _named(volume.mount for volume in equipment.file_systems)
            raise FaultError(f"{device_id} has no file system “{mount}”; it has {mounts}")
        found.ratio_fault = _ratio(ratio)

    def overheat(self, device_id: str, degrees: float = 12.0) -> None:
        self._device(device_id).climate.heat_fault = float(degrees)

    def busy(self, device_id: str, ratio: float = 0.98) -> None:
        """A processor that has no rest."""
        self._device(device_id).work.load_fault = _ratio(ratio)

    def service_down(self, device_id: str) -> None:
        """An application or SIP server that answers with errors."""
        self._known(device_id, self.world.inventory.devices, "device")
        self.world.failing_services.add(device_id)

    def service_slow(self, device_id: str, seconds: float = 3.0) -> None:
        self._known(device_id, self.world.inventory.devices, "device")
        self.world.slow_services[device_id] = float(seconds)

    def power_off(self, device_id: str) -> None:
        self._device(device_id).switched_on = False
        self._settle()

    def reboot(self, device_id: str, seconds: float = 20.0) -> None:
        """Silent for `seconds`; afterwards its uptime and its counters begin anew."""
        equipment = self._device(device_id)
        equipment.booting_until = equipment.boot = self.clock() + float(seconds)
        for port in equipment.ports:
            port.restart_counters(self.clock())
        self._settle(equipment)

    def heal(self, target: str = "") -> None:
        """Makes one device or link good again, or everything when nothing is named."""
        if not target:
            for link_id in list(self.world.cut_links):
                self._mend(link_id)
            self._flapping.clear()
            self.world.failing_services.clear()
            self.world.slow_services.clear()
            for equipment in self.world.equipment.values():
                self._repair(equipment)
        elif target in self.world.inventory.links:
            self._mend(target)
        else:
            self._known(target, self.world.inventory.devices, "device or link")
            self.world.failing_services.discard(target)
            self.world.slow_services.pop(target, None)
            if target in self.world.equipment:
                self._repair(self._device(target))
        self._settle()

    def tick(self) -> None:
        """What time brings: a flapping link changes, a device has started, a battery is flat."""
        now = self.clock()
        due = self._next_change is not None and now >= self._next_change
        for link_id, flapping in self._flapping.items():
            if flapping.is_cut(now) != (link_id in self.world.cut_links):
                self.world.cut_links.symmetric_difference_update({link_id})
                due = True
        if due:
            self._settle()

    def changed(self, devices: Iterable[DeviceId]) -> None:
        """Called with the devices whose list of variables may have changed."""

    def _settle(self, *also: Equipment) -> None:
        now = self.clock()
        changed = self.world.settle(now)
        self.changed(changed.union(equipment.device.id for equipment in also))
        coming = [e.booting_until for e in self.world.equipment.values() if e.booting_until > now]
        flat = (e.battery.exhausted_at() for e in self.world.equipment.values() if e.battery)
        coming += [at for at in flat if at is not None and at > now]
        self._next_change = min(coming, default=None)

    def _mend(self, link_id: str) -> None:
        self._flapping.pop(link_id, None)
        self.world.cut_links.discard(link_id)

    def _repair(self, equipment: Equipment) -> None:
        now = self.clock()
        if not equipment.switched_on:
            equipment.switched_on = True
            equipment.boot = now
        for port in equipment.ports:
            port.failed = False
            if port.error_ratio > _USUAL_ERROR_RATIO:
                port.set_error_ratio(0.0, now)
        if equipment.battery:
            equipment.battery.set_on_battery(False, now)
        for supply in equipment.supplies:
            if supply.level_fault is not None:
                supply.refill(equipment.pages(now))
        for volume in equipment.file_systems:
            volume.ratio_fault = None
        equipment.climate.heat_fault = 0.0
        equipment.work.load_fault = None
        self.changed((equipment.device.id,))

    def _with_battery(self) -> list[str]:
        return [str(id_) for id_, equipment in self.world.equipment.items() if equipment.battery]

    def _device(self, device_id: str) -> Equipment:
        self._known(device_id, self.world.equipment, "device")
        return self.world.equipment[DeviceId(device_id)]

    def _port(self, device_id: str, interface: str) -> Port:
        equipment = self._device(device_id)
        port = equipment.port(interface)
        if port is None:
            raise FaultError(
                f"{device_id} has no interface “{interface}”; it has {_named(p.name for p in equipment.ports)}"
            )
        return port

    @staticmethod
    def _known(name: str, names: Iterable[str], kind: str) -> None:
        known = list(map(str, names))
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean “{near[0]}”?" if near else f"it has {_named(known)}"
            raise FaultError(f"the simulated city hall has no {kind} “{name}”; {hint}")


_USUAL_ERROR_RATIO = 1e-6
_NAMED_AT_MOST = 8


def _named(names: Iterable[str]) -> str:
    listed = list(names)
    rest = len(listed) - _NAMED_AT_MOST
    return ", ".join(listed[:_NAMED_AT_MOST]) + (f" and {rest} more" if rest > 0 else "") if listed else "none"


def _ratio(value: float) -> float:
    number = float(value)
    if not 0 <= number <= 1:
        raise FaultError(f"{value} is not a ratio: it must be from 0 to 1")
    return number
