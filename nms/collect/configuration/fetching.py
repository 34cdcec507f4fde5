"""One configuration of one device, over SSH: asked for, judged, and made ready to be kept.

SSH is netmiko's: prompts, paging and the privileged mode of each platform are its. NAPALM's `get_config` gives the
same for the few platforms that it drives, without their headers, so that one way serves them all.
"""

from __future__ import annotations

from dataclasses import dataclass

from nms.collect.answer import Resolver
from nms.collect.configuration.definitions import Kind
from nms.collect.configuration.reading import Understood, is_sudden_loss, understand
from nms.model import Device, Endpoint
from nms.transports.errors import Malformed, TransportError
from nms.transports.ssh import SshClient, SshTarget


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a device gave. `startup` is None where the platform has no such text, or did not show it (`problem`)."""

    kind: str
    running: str
    startup: str | None = None
    changed_by: str = ""
    changed_at: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches configurations. `timeout`: seconds for each command."""

    client: SshClient
    resolve: Resolver[SshTarget]
    timeout: float = 120.0

    async def fetch(self, device: Device, endpoint: Endpoint, kind: Kind, before: str = "") -> Fetched:
        """`before`: the running text kept last; a sudden loss of half of it is believed when seen twice.

        Raises: Unreachable, AccessDenied, Malformed, LocalFault, each with one sentence.
        """
        running, outputs = await self._running(device, endpoint, kind)
        if before and is_sudden_loss(before, running.text):
            again, outputs = await self._running(device, endpoint, kind)
            if again.text != running.text:
                raise Malformed("half of the configuration is gone, and asked again it is another; the copy stays")
        definition = kind.definition
        if not definition.startup:
            return Fetched(kind.name, running.text, None, running.changed_by, running.changed_at)
        shown = [(command, outputs[command]) for command in definition.startup]
        try:
            startup: str | None = understand(kind, shown).text
            problem = ""
        except TransportError as error:
            startup, problem = None, str(error)
        return Fetched(kind.name, running.text, startup, running.changed_by, running.changed_at, problem)

    async def _running(self, device: Device, endpoint: Endpoint, kind: Kind) -> tuple[Understood, dict[str, str]]:
        definition = kind.definition
        commands = dict.fromkeys((*definition.running, *definition.startup))
        target = self.resolve(device, endpoint)
        outputs, _logged_in = await self.client.run(target, list(commands), seconds=self.timeout)
        return understand(kind, [(command, outputs[command]) for command in definition.running]), outputs
