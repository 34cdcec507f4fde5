"""Interfaces of simulated equipment and the traffic between them: both ends of a link count the same octets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nms.demo.simulator.shapes import Pulse
from nms.model import Device, DeviceId, Role

ETHERNET, LOOPBACK, DS1, PROP_VIRTUAL, WIRELESS, L2_VLAN = 6, 24, 18, 53, 71, 135
"""ifType numbers (IANAifType-MIB)."""

_SPELLINGS = {
    "Gi": "GigabitEthernet",
    "Te": "TenGigabitEthernet",
    "Fa": "FastEthernet",
    "Twe": "TwentyFiveGigE",
    "Fo": "FortyGigabitEthernet",
    "Hu": "HundredGigE",
    "Po": "Port-channel",
    "Vl": "Vlan",
    "Lo": "Loopback",
    "Tu": "Tunnel",
    "Se": "Serial",
}
_SPEEDS = {"Fa": 1e8, "Te": 1e10, "Twe": 2.5e10, "Fo": 4e10, "Hu": 1e11, "Lo": 8e9, "Se": 2.048e6}
_ISOLATED_PORT_COUNT = re.compile(r"(?<!\d)(52|48|28|26|24|16|12|10|8)(?!\d)")
_MEAN_PACKET_OCTETS = 640.0


@dataclass(slots=True, eq=False)
class Flow:
    """Octets that go one way over a link. `rate` is octets a second at the busiest hour."""

    pulse: Pulse
    rate: float
    _lost: float = 0.0
    _stopped: float | None = None

    def octets(self, now: float) -> float:
        """Since long ago; differences are what counts. Stands still while the flow is stopped."""
        integral = self.pulse.integral(now) if self._stopped is None else self._stopped
        return self.rate * (integral - self._lost)

    def set_running(self, running: bool, now: float) -> None:
        if running and self._stopped is not None:
            self._lost += self.pulse.integral(now) - self._stopped
            self._stopped = None
        elif not running and self._stopped is None:
            self._stopped = self.pulse.integral(now)


@dataclass(slots=True, eq=False)
class Port:
    """One interface. `peer` is the device at the other end, `link` the inventory's link that it belongs to."""

    index: int
    name: str
    descr: str
    speed: float
    kind: int
    inward: Flow
    outward: Flow
    alias: str = ""
    peer: DeviceId | None = None
    peer_port: str = ""
    link: str = ""
    up: bool = True
    has_carrier: bool = True
    """False for a port that nothing is plugged into."""
    admin_up: bool = True
    failed: bool = False
    changed_at: float = 0.0
    counted_from: tuple[float, float] = (0.0, 0.0)
    error_ratio: float = 0.0
    _errors_before: float = 0.0
    _errors_from: float = 0.0

    def in_octets(self, now: float) -> float:
        return self.inward.octets(now) - self.counted_from[0]

    def out_octets(self, now: float) -> float:
        return self.outward.octets(now) - self.counted_from[1]

    def in_packets(self, now: float) -> float:
        return self.in_octets(now) / _MEAN_PACKET_OCTETS

    def out_packets(self, now: float) -> float:
        return self.out_octets(now) / _MEAN_PACKET_OCTETS

    def in_errors(self, now: float) -> float:
        """A share `error_ratio` of the packets since it was set, on top of those before."""
        return self._errors_before + self.error_ratio * (self.in_packets(now) - self._errors_from)

    def set_error_ratio(self, ratio: float, now: float) -> None:
        self._errors_before = self.in_errors(now)
        self._errors_from = self.in_packets(now)
        self.error_ratio = ratio

    def restart_counters(self, now: float) -> None:
        """What a reboot does to them."""
        self.counted_from = (self.inward.octets(now), self.outward.octets(now))
        self._errors_before = self._errors_from = 0.0

    def set_up(self, up: bool, now: float) -> bool:
        """Whether that changed anything."""
        if up == self.up:
            return False
        self.up = up
        self.changed_at = now
        return True


@dataclass(frozen=True, slots=True)
class PortPlan:
    """An interface that a kind of equipment has, before anything is plugged in."""

    name: str
    kind: int = ETHERNET
    speed: float = 1e9
    access: bool = False
    """Whether a device of the office may be plugged in here."""
    index: int | None = None


def short_name(name: str) -> str:
    """The ifName spelling: Gi0/0/1 for GigabitEthernet0/0/1."""
    for short, long in _SPELLINGS.items():
        if name.startswith(long):
            return short + name[len(long) :]
    return name


def long_name(name: str) -> str:
    """The ifDescr spelling: GigabitEthernet0/0/1 for Gi0/0/1."""
    match = re.fullmatch(r"([A-Z][a-z]+)(\d.*)", name)
    return _SPELLINGS.get(match[1], match[1]) + match[2] if match else name


def speed_of(name: str) -> float:
    match = re.match(r"[A-Z][a-z]+", name)
    return _SPEEDS.get(match[0], 1e9) if match else 1e9


@dataclass(slots=True)
class _Plans:
    plans: list[PortPlan] = field(default_factory=list)

    def add(self, *names: str, **facts: object) -> None:
        for name in names:
            self.plans.append(PortPlan(name, **{"speed": speed_of(name), **facts}))  # type: ignore[arg-type]


def planned_ports(device: Device) -> list[PortPlan]:
    """The interfaces that equipment of this role and vendor comes with, in ifIndex order."""
    plans = _Plans()
    vendor = device.vendor.lower()
    if device.role is Role.SWITCH:
        _switch_ports(plans, device, vendor)
    elif device.role in (Role.ROUTER, Role.FIREWALL):
        _router_ports(plans, vendor)
    elif device.role is Role.ACCESS_POINT:
        plans.add("eth0")
        plans.add("wifi0", "wifi1", kind=WIRELESS, speed=6e8)
    elif device.role in (Role.PBX, Role.GATEWAY):
        plans.add("lo", kind=LOOPBACK, speed=1e7)
        plans.add("eth0")
        plans.add("span1", "span2", kind=DS1, speed=2.048e6)
    elif device.role is Role.HYPERVISOR:
        plans.add("vmnic0", "vmnic1", "vmnic2", "vmnic3", speed=1e10)
        plans.add("vmk0", kind=PROP_VIRTUAL)
    elif device.role in (Role.SERVER, Role.STORAGE):
        plans.add("lo", kind=LOOPBACK, speed=1e7)
        plans.add("eth0", "eth1")
    else:
        plans.add("eth0", speed=1e8)
    return plans.plans


def _router_ports(plans: _Plans, vendor: str) -> None:
    if "mikrotik" in vendor:
        plans.add("ether1", "ether2", "ether3", "ether4", "ether5", "sfp1")
        plans.add("lo", kind=LOOPBACK)
    elif "fortinet" in vendor:
        plans.add("wan1", "wan2", "dmz", "mgmt", "port1", "port2", "port3", "port4")
    elif "juniper" in vendor:
        plans.add(*(f"ge-0/0/{n}" for n in range(8)))
        plans.add("lo0", kind=LOOPBACK)
    elif vendor in ("", "cisco") or "cisco" in vendor:
        plans.add("Gi0/0/0", "Gi0/0/1", "Gi0/0/2", "Gi0")
        plans.add("Lo0", kind=LOOPBACK)
    else:
        plans.add("eth0", "eth1", "eth2", "eth3")
        plans.add("lo", kind=LOOPBACK)


def _switch_ports(plans: _Plans, device: Device, vendor: str) -> None:
    match = _ISOLATED_PORT_COUNT.search(device.hardware)
    count = int(match[1]) if match else 24
    if vendor and "cisco" not in vendor:
        for n in range(1, count + 1):
            plans.add(str(n), access=n <= count - 4 or count <= 8)
        return
    for n in range(1, count + 1):
        plans.add(f"Gi1/0/{n}", access=True, index=10100 + n)
    for n in range(1, 5):
        plans.add(f"Te1/1/{n}", index=10200 + n)
    plans.add("Vl1", "Vl10", "Vl20", kind=PROP_VIRTUAL)
