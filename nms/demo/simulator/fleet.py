"""All simulated agents, each on the loopback address that the inventory gives it, in one process.

ICMP cannot be silenced from here: the kernel answers for every loopback address. Equipment whose outages are to be
seen is therefore asked by SNMP only.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from nms.demo.simulator.agent import Agent
from nms.demo.simulator.contents.roles import make_mib
from nms.demo.simulator.faults import Faults
from nms.demo.simulator.listening import allow_descriptors, bind_sentence, is_loopback
from nms.demo.simulator.services import Services
from nms.demo.simulator.world import World
from nms.model import Device, DeviceId, Endpoint, Inventory
from nms.transports.errors import LocalFault

DEFAULT_PORT = 16161
_DATAGRAMS_AT_ONCE = 32
_TICK_SECONDS = 0.25
_SPARE_DESCRIPTORS = 256


class Fleet(Faults):
    """Answers for the simulated devices of an inventory while its `async with` block lasts.

    `communities` maps credential names to community strings, others answer to `community`; `secrets` maps them to
    passwords; into `folder` goes what is delivered as files. Devices with an SNMP
    endpoint on a loopback address are simulated; an endpoint without a port is served on `port`.
    Raises: LocalFault when an address or port is taken.
    """

    def __init__(
        self,
        inventory: Inventory,
        port: int = DEFAULT_PORT,
        *,
        communities: Mapping[str, str] | None = None,
        community: str = "public",
        secrets: Mapping[str, str] | None = None,
        folder: Path | None = None,
        seed: int = 1,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(World(inventory, clock(), seed), clock)
        self._default_port = port
        self._communities = dict(communities or {})
        self._community = community
        self._agents: dict[DeviceId, Agent] = {}
        self._sockets: list[socket.socket] = []
        self._services = Services(self.world, clock, secrets, folder)
        self._ticking: asyncio.Task[None] | None = None
        self.endpoints = list(_served(inventory.devices.values(), self.world))

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        allow_descriptors(len(self.endpoints) + len(self._services) + _SPARE_DESCRIPTORS)
        try:
            for device, endpoint in self.endpoints:
                bound = _bound(endpoint.address, endpoint.port or self._default_port)
                self._sockets.append(bound)
                loop.add_reader(bound, partial(self._read, bound, device.id, endpoint.credential))
            await self._services.settle()
        except BaseException:
            await self._close()
            raise
        self._ticking = asyncio.create_task(self._tick_on())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        loop = asyncio.get_running_loop()
        for bound in self._sockets:
            loop.remove_reader(bound)
            bound.close()
        self._sockets.clear()
        await self._services.stop()

    async def _tick_on(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self.tick()
            # A port that somebody took while its service was down is tried again at the next tick.
            with contextlib.suppress(LocalFault):
                await self._services.settle()

    def changed(self, devices: Iterable[DeviceId]) -> None:
        for device_id in devices:
            self._agents.pop(device_id, None)

    def agent(self, device_id: DeviceId, credential: str | None = None) -> Agent:
        """The agent of a device, made when it is first asked."""
        agent = self._agents.get(device_id)
        if agent is None:
            community = self._communities.get(credential or "", self._community)
            agent = self._agents[device_id] = Agent(make_mib(self.world.equipment[device_id], self.world), community)
        return agent

    def _read(self, bound: socket.socket, device_id: DeviceId, credential: str | None) -> None:
        for _ in range(_DATAGRAMS_AT_ONCE):
            try:
                datagram, sender = bound.recvfrom(65535)
            except OSError:
                return
            if not self.world.equipment[device_id].reachable:
                continue
            answer = self.agent(device_id, credential).answer(datagram, self.clock())
            if answer is not None:
                try:
                    bound.sendto(answer, sender)
                except OSError:
                    continue  # whoever asked is gone


def _served(devices: Iterable[Device], world: World) -> Iterable[tuple[Device, Endpoint]]:
    for device in devices:
        for endpoint in device.endpoints:
            if endpoint.transport == "snmp" and device.id in world.equipment and is_loopback(endpoint.address):
                yield device, endpoint


def _bound(address: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    try:
        made.bind((address, port))
    except OSError as error:
        made.close()
        raise LocalFault(bind_sentence("UDP", address, port, error)) from error
    return made
