"""What a simulated Asterisk has: endpoints, contacts, calls, spans, queues and mailboxes, as functions of the clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nms.demo.simulator.contents import voice
from nms.demo.simulator.equipment import chance
from nms.demo.simulator.ports import DS1
from nms.demo.simulator.speaking.scene import Scene
from nms.model import Device, DeviceId, Role

REGISTRATION_SECONDS = 120.0
"""How long a registration stands after its telephone fell silent; nobody asks whether it is still there."""
QUEUES = (("ventanilla", 4), ("mesa-de-ayuda", 3))
MAILBOX_HOLDS = 100


@dataclass(frozen=True, slots=True)
class Call:
    """A call in progress: its two channels, how long it lasts, and the bridge that joins them."""

    number: int
    trunk: str
    phone: str
    seconds: float

    @property
    def channels(self) -> tuple[str, str]:
        return f"PJSIP/{self.trunk}-{self.number:08x}", f"PJSIP/{self.phone}-{self.number + 1:08x}"


@dataclass(slots=True)
class Exchange:
    """`seen`: when each telephone was last there; a registration outlives it for a while."""

    scene: Scene
    seen: dict[DeviceId, float] = field(default_factory=dict)

    @classmethod
    def of(cls, scene: Scene) -> Exchange:
        """The one behind this endpoint."""
        known: Exchange = scene.memory.setdefault("exchange", cls(scene))
        return known

    @property
    def trunks(self) -> list[str]:
        named = self.scene.endpoint.options.get("trunks")
        return list(named) if isinstance(named, dict) else []

    def phones(self) -> list[tuple[str, Device, bool]]:
        """Extension, telephone of the inventory, and whether it is registered."""
        now, sets = self.scene.now(), []
        devices = [one for one in self.scene.world.inventory.devices.values() if one.role is Role.PHONE]
        for number, device in enumerate(devices, 201):
            equipment = self.scene.world.equipment.get(device.id)
            if equipment is not None and equipment.reachable:
                self.seen[device.id] = now
            is_there = now - self.seen.get(device.id, 0.0) < REGISTRATION_SECONDS
            sets.append((str(number), device, is_there))
        return sets

    def extensions(self) -> list[tuple[str, bool]]:
        """Extension, and whether it is registered: of a second exchange its own consoles, which the inventory lacks."""
        if self.scene.endpoint.transport == "ari":
            return [(str(number), True) for number in range(901, 909)]
        return [(number, registered) for number, _, registered in self.phones()]

    def calls(self) -> Iterator[Call]:
        """As many as the hour of the day and the working spans have."""
        now, trunks = self.scene.now(), self.trunks
        phones = [number for number, registered in self.extensions() if registered]
        many = int(voice.calls(self.scene.equipment, now)) if trunks else 0
        for place in range(min(many, len(phones))):
            begun = int(now / 90 + chance(place) * 90)
            yield Call(2 * (begun * 64 + place), trunks[place % len(trunks)], phones[place], now % 90 + 1)

    def spans(self) -> list[tuple[int, bool]]:
        """The ISDN spans, and whether each carries."""
        ports = [port for port in self.scene.equipment.ports if port.kind == DS1]
        return [(number, port.up) for number, port in enumerate(ports, 1)]

    def mailboxes(self) -> list[tuple[str, int, int]]:
        """Box, new messages, old ones."""
        boxes = [number for number, _, _ in self.phones()[:12]]
        return [(box, int(6 * self.scene.chance("new", box)), int(20 * self.scene.chance("old", box))) for box in boxes]
