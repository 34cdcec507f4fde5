"""Commands of playbooks over the daemon's SSH client: one at a time for each device, with an end for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from nms.model import Device, DeviceId, Endpoint
from nms.transports.errors import OverBudget
from nms.transports.ssh import SshClient, SshTarget

GRACE_SECONDS = 60.0
"""Beside the time of the command itself: its turn among the visits to the device, and the log-in."""


class SshCommands:
    """The `CommandRunner` of the daemon."""

    def __init__(
        self, client: SshClient, resolve: Callable[[Device, Endpoint], SshTarget], grace_seconds: float = GRACE_SECONDS
    ) -> None:
        self._client = client
        self._resolve = resolve
        self._grace = grace_seconds
        self._busy: set[DeviceId] = set()

    async def run(self, device: Device, endpoint: Endpoint, line: str, seconds: float) -> str:
        """Raises: OverBudget while another command runs there or when its turn does not come; what SSH raises."""
        if device.id in self._busy:
            raise OverBudget(f"a command is running on {device.id}; wait for its end")
        self._busy.add(device.id)
        try:
            async with asyncio.timeout(seconds + self._grace):
                outputs, _logged_in = await self._client.run(self._resolve(device, endpoint), [line], seconds=seconds)
        except TimeoutError:
            raise OverBudget(f"{device.id} was busy; no answer within {seconds + self._grace:g} s") from None
        finally:
            self._busy.discard(device.id)
        return outputs[line]
