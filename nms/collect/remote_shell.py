"""SSH endpoints by their platform: Linux by its own commands, network equipment by the families of its platform."""

from __future__ import annotations

from dataclasses import dataclass

from nms.collect.answer import Answer, failed
from nms.collect.shell import TRANSPORT, LinuxAsker
from nms.collect.spoken import SpokenAsker
from nms.model import Device, Endpoint, Outcome, Witness
from nms.transports.errors import LocalFault, TransportError
from nms.transports.platforms import known_platforms


@dataclass(frozen=True, slots=True)
class SshAsker:
    """Hands each endpoint to the asker that understands its platform.

    Equipment of which nothing is read (its endpoint serves configurations and the commands of playbooks) is only
    greeted: that it answers is known, and nobody logs in every minute for nothing.
    """

    linux: LinuxAsker
    spoken: SpokenAsker

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        platform = str(endpoint.options.get("platform") or "linux")
        if platform == "linux":
            return await self.linux.ask(device, endpoint, at)
        if platform in self.spoken.platforms():
            return await self.spoken.ask(device, endpoint, at)
        if platform in known_platforms():
            return await self._greeted(device, endpoint, at)
        known = ", ".join(("linux", *self.spoken.platforms()))
        fault = LocalFault(f"netmiko has no platform “{platform}”; read here are: {known}")
        return failed(TRANSPORT, at, fault)

    async def _greeted(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        try:
            took = await self.spoken.client.greet(self.spoken.resolve(device, endpoint))
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        return Answer(Witness(TRANSPORT, Outcome.ANSWERED, at, round_trip=took))
