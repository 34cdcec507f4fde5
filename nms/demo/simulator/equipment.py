"""One simulated device: its interfaces and conditions, all drawn from the seed and the device's own id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from nms.demo.simulator.conditions import Battery, Climate, FileSystem, Supply, Work
from nms.demo.simulator.ports import Port
from nms.demo.simulator.shapes import ALWAYS_ON, OFFICE, Pulse
from nms.model import Device, Role

_GIB = 1024.0**3
_DAY = 86400.0
_INSTALLED = 1_672_552_800.0
"""1 January 2023, from when printers count."""
_AROUND_THE_CLOCK = frozenset((Role.ROUTER, Role.FIREWALL, Role.HYPERVISOR, Role.STORAGE, Role.SERVER))
_BUILT_IN_CLIMATE = {Role.ENVIRONMENT: 21.0, Role.HVAC: 20.0, Role.UPS: 25.0, Role.GENERATOR: 27.0}

_COLOURS = (("Black", "black"), ("Cyan", "cyan"), ("Magenta", "magenta"), ("Yellow", "yellow"))


def chance(*what: object) -> float:
    """A number from 0 to 1 that is always the same for the same things."""
    digest = blake2b("/".join(map(str, what)).encode(), digest_size=7).digest()
    return int.from_bytes(digest, "big") / (1 << 56)


def mac_address(device_id: str, number: int = 0) -> bytes:
    """A locally administered address: it cannot be mistaken for anybody's hardware."""
    digest = blake2b(f"{device_id}#{number}".encode(), digest_size=5).digest()
    return b"\x02" + digest


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody's change of a configuration: the line that it adds, and whether it would outlive a restart."""

    at: float
    author: str
    line: str
    is_saved: bool = False


@dataclass(eq=False)
class Equipment:
    """State and conditions of one device. `powered` and `reachable` are kept by the world around it."""

    device: Device
    seed: int
    boot: float
    work: Work
    climate: Climate
    ports: list[Port] = field(default_factory=list)
    battery: Battery | None = None
    supplies: list[Supply] = field(default_factory=list)
    file_systems: list[FileSystem] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    outlets_off: set[int] = field(default_factory=set)
    switched_on: bool = True
    powered: bool = True
    reachable: bool = True
    booting_until: float = 0.0

    def chance(self, what: object) -> float:
        return chance(self.seed, self.device.id, what)

    def between(self, low: float, high: float, what: object) -> float:
        return low + (high - low) * self.chance(what)

    def configured(self, now: float) -> float:
        """Uptime at which the configuration was last changed; at the start it is read."""
        return max(0.0, self.changes[-1].at - self.boot) if self.changes else min(24.0, self.uptime(now))

    def pulse(self, what: object) -> Pulse:
        shape = ALWAYS_ON if self.device.role in _AROUND_THE_CLOCK else OFFICE
        return Pulse(shape, self.chance(what))

    def uptime(self, now: float) -> float:
        return max(0.0, now - self.boot)

    def port(self, name: str) -> Port | None:
        return next((port for port in self.ports if name in (port.name, port.descr)), None)

    def pages(self, now: float) -> float:
        """Pages printed in the life of a printer: a few hundred on a working day."""
        pulse = self.pulse("pages")
        since_installed = pulse.integral(now) - pulse.integral(_INSTALLED)
        return 2000 * self.chance("pages") + self.between(0.002, 0.012, "pages-rate") * since_installed


def make_equipment(device: Device, seed: int, now: float) -> Equipment:
    """The device as it is when nothing is wrong with it."""
    draw = _Draw(seed, device.id)
    shape = ALWAYS_ON if device.role in _AROUND_THE_CLOCK else OFFICE
    idle = draw.between(0.02, 0.08, "idle")
    made = Equipment(
        device=device,
        seed=seed,
        boot=_last_boot(draw, now),
        work=Work(Pulse(shape, draw("work")), idle, draw.between(0.18, 0.62, "peak")),
        climate=_climate(device.role, draw),
    )
    if device.role is Role.UPS:
        watts = _RATED_WATTS[int(draw("rating") * len(_RATED_WATTS))]
        made.battery = Battery(draw.between(900, 3600, "autonomy"), draw.between(0.2, 0.6, "load"), watts)
    elif device.role is Role.PRINTER:
        made.supplies = _supplies(device, draw)
    made.file_systems = _file_systems(device.role, draw)
    return made


_RATED_WATTS = (900.0, 1350.0, 2700.0, 5400.0)


@dataclass(frozen=True, slots=True)
class _Draw:
    seed: int
    device: str

    def __call__(self, what: object) -> float:
        return chance(self.seed, self.device, what)

    def between(self, low: float, high: float, what: object) -> float:
        return low + (high - low) * self(what)


def _last_boot(draw: _Draw, now: float) -> float:
    """Each device restarts every few months, on a day of its own, so that restarting the simulation restarts nobody."""
    period = draw.between(40 * _DAY, 300 * _DAY, "period")
    boot = now - (now + draw("boot") * period) % period
    return boot if now - boot > _DAY else boot - period


def _climate(role: Role, draw: _Draw) -> Climate:
    celsius = _BUILT_IN_CLIMATE.get(role, 38.0) + draw.between(-1.5, 1.5, "celsius")
    return Climate(celsius, draw.between(0.6, 1.4, "swing"), draw.between(0.38, 0.52, "humidity"), draw("climate"))


def _supplies(device: Device, draw: _Draw) -> list[Supply]:
    is_colour = draw("colour") < 0.35 or "color" in device.hardware.lower()
    made = [
        Supply(f"{label} Toner", 3, colour, 6000 if colour != "black" else 12000, draw.between(0.15, 0.95, colour))
        for label, colour in (_COLOURS if is_colour else _COLOURS[:1])
    ]
    made.append(Supply("Drum Unit", 9, "", 60000, draw.between(0.3, 0.95, "drum")))
    if is_colour:
        made.append(Supply("Waste Toner Box", 4, "", 40000, draw.between(0.3, 0.95, "waste"), is_receptacle=True))
    return made


_VOLUMES: Mapping[Role, tuple[tuple[str, float], ...]] = {
    Role.SERVER: (("/", 60), ("/var", 120), ("/srv", 900)),
    Role.HYPERVISOR: (("/vmfs/volumes/datastore1", 3600), ("/vmfs/volumes/datastore2", 7200)),
    Role.STORAGE: (("/", 4), ("/volume1", 14400), ("/volume2", 7200)),
    Role.PBX: (("/", 40), ("/var/spool/asterisk", 80)),
}


def _file_systems(role: Role, draw: _Draw) -> list[FileSystem]:
    return [
        FileSystem(mount, gib * _GIB, draw.between(0.22, 0.68, mount), draw(f"{mount}-phase"))
        for mount, gib in _VOLUMES.get(role, ())
    ]
