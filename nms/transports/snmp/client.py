"""The SNMP client: one for the whole monitor, one session for each agent."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

from nms.transports.errors import Unreachable
from nms.transports.snmp.agent import Agent, Budget
from nms.transports.snmp.exchange import Exchange
from nms.transports.snmp.flights import Flights
from nms.transports.snmp.reads import Asker
from nms.transports.snmp.session import Commons, SnmpSession
from nms.transports.snmp.targets import SnmpStatistics, SnmpTarget, UsmUser

if TYPE_CHECKING:
    from nms.transports.snmp.usm import UsmEngine


class SnmpClient:
    """Owns one UDP socket for all v1 and v2c agents (and one for IPv6, once needed).

    At most `max_in_flight` requests are on their way at one time, over all devices and versions.
    Make it inside a running event loop, and close it: `async with SnmpClient() as client`.
    """

    def __init__(self, max_in_flight: int = 1000) -> None:
        self._flights = Flights(max_in_flight)
        self._loop = asyncio.get_running_loop()
        self._commons = Commons()
        self._exchanges: dict[socket.AddressFamily, Exchange] = {}
        self._engines: dict[UsmUser, UsmEngine] = {}
        self.statistics = SnmpStatistics()

    def session(self, target: SnmpTarget) -> SnmpSession:
        """A reader of one agent. Nothing is sent before the first read. Keep it from poll to poll."""
        return SnmpSession(target, self._open, self._commons)

    async def close(self) -> None:
        """Gives up what is under way and frees the sockets."""
        for exchange in self._exchanges.values():
            exchange.close()
        for engine in self._engines.values():
            engine.close()
        self._exchanges.clear()
        self._engines.clear()

    async def __aenter__(self) -> SnmpClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _open(self, target: SnmpTarget, budget: Budget) -> Asker:
        family, address = await self._resolve(target)
        if isinstance(target.credential, UsmUser):
            return self._open_usm(target, target.credential, address, budget)
        return Agent(target, self._exchange(family), address, budget)

    def _open_usm(self, target: SnmpTarget, user: UsmUser, address: tuple[str, int], budget: Budget) -> Asker:
        """pysnmp is loaded with the first SNMPv3 device: a monitor without them saves its memory."""
        from nms.transports.snmp.usm import UsmAgent, UsmEngine

        identity = replace(user, context="")
        engine = self._engines.get(identity)
        if engine is None:
            engine = self._engines[identity] = UsmEngine(identity, self._flights)
        name = engine.register(address, target.timeout)
        return UsmAgent(target, engine, name, budget, self.statistics)

    def _exchange(self, family: socket.AddressFamily) -> Exchange:
        exchange = self._exchanges.get(family)
        if exchange is None:
            exchange = self._exchanges[family] = Exchange(family, self.statistics, self._flights)
        return exchange

    async def _resolve(self, target: SnmpTarget) -> tuple[socket.AddressFamily, tuple[str, int]]:
        """The address in numbers; names are looked up without blocking the loop."""
        try:
            parsed = ipaddress.ip_address(target.address)
        except ValueError:
            try:
                found = await self._loop.getaddrinfo(target.address, target.port, type=socket.SOCK_DGRAM)
            except OSError as error:
                raise Unreachable(f"{target.address}: the name has no address ({error.strerror})") from None
            family, _, _, _, address = found[0]
            return family, (str(address[0]), target.port)
        family = socket.AF_INET if parsed.version == 4 else socket.AF_INET6
        return family, (str(parsed), target.port)
