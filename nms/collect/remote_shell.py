"""SSH endpoints by their platform: Linux by its own commands, network equipment through NAPALM."""

from __future__ import annotations

from dataclasses import dataclass

from nms.collect.answer import Answer, failed
from nms.collect.getters import GettersAsker
from nms.collect.shell import TRANSPORT, LinuxAsker
from nms.model import Device, Endpoint
from nms.transports.errors import LocalFault
from nms.transports.getters import DRIVERS


@dataclass(frozen=True, slots=True)
class SshAsker:
    """Hands each endpoint to the asker that understands its platform."""

    linux: LinuxAsker
    getters: GettersAsker

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        platform = str(endpoint.options.get("platform") or "linux")
        if platform == "linux":
            return await self.linux.ask(device, endpoint, at)
        if platform in DRIVERS:
            return await self.getters.ask(device, endpoint, at)
        known = ", ".join(("linux", *DRIVERS))
        return failed(TRANSPORT, at, LocalFault(f"there is no reader for the platform “{platform}”; known: {known}"))
