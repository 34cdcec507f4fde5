"""SSH endpoints by their platform: Linux by its own commands, network equipment by the families of its platform."""

from __future__ import annotations

from dataclasses import dataclass

from nms.collect.answer import Answer
from nms.collect.shell import LinuxAsker
from nms.collect.spoken import SpokenAsker
from nms.model import Device, Endpoint


@dataclass(frozen=True, slots=True)
class SshAsker:
    """Hands each endpoint to the asker that understands its platform."""

    linux: LinuxAsker
    spoken: SpokenAsker

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        platform = str(endpoint.options.get("platform") or "linux")
        if platform == "linux":
            return await self.linux.ask(device, endpoint, at)
        return await self.spoken.ask(device, endpoint, at)
