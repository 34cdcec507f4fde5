"""What a simulated server knows: whose endpoint it is, the equipment behind it, the clock, and the password."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from nms.demo.simulator.equipment import Equipment, chance
from nms.demo.simulator.world import World
from nms.model import Device, Endpoint


@dataclass(frozen=True, slots=True)
class Scene:
    """One endpoint of the inventory. `secret` opens it, where the protocol needs the server to know it; `memory` is
    what a server remembers between two conversations."""

    device: Device
    endpoint: Endpoint
    world: World
    now: Callable[[], float]
    secret: str = ""
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def equipment(self) -> Equipment:
        """Raises: KeyError for an application, which is no equipment."""
        return self.world.equipment[self.device.id]

    @property
    def fails(self) -> bool:
        return self.device.id in self.world.failing_services

    def chance(self, *what: object) -> float:
        return chance(self.world.seed, self.device.id, *what)


Stream = Callable[[Scene, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Datagram = Callable[[bytes], bytes | None]
"""Answers one datagram; made anew for each endpoint, since some protocols remember their sessions."""
