"""Asks whether an address answers ICMP echo, how fast, and how many echoes get lost: all targets over one socket.

Unprivileged "ping sockets" (sysctl net.ipv4.ping_group_range) are preferred, a raw socket (CAP_NET_RAW) is the other
way; either needs Linux. The packets themselves are in `icmp_wire`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import secrets
import select
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Literal, Self

from nms.transports.errors import LocalFault, Unreachable
from nms.transports.icmp_wire import Answer, Undelivered, Wire

_DRAIN_EVERY = 32
"""Echoes sent before the answers are looked at: loopback answers at once and would overflow the socket."""
_SEND_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Echo:
    """What became of the echoes sent to one address in one visit.

    `round_trips` are seconds, in the order of sending, of the echoes that were answered in time. `reason` is what a
    router or the local system said of those that were not ("host unreachable, says 10.0.0.1"), else empty.
    """

    address: str
    sent: int
    received: int
    round_trips: tuple[float, ...]
    reason: str = ""

    @property
    def loss(self) -> float:
        """Share of echoes without an answer, 0 to 1."""
        return 1 - self.received / self.sent if self.sent else 1.0

    @property
    def round_trip(self) -> float | None:
        """The median round trip in seconds; `None` when nothing was answered."""
        return median(self.round_trips) if self.round_trips else None


@dataclass(slots=True, eq=False)
class _Visit:
    """The echoes of one call of `ping`."""

    address: str
    timeout: float
    round_trips: list[float | None] = field(default_factory=list)
    open_echoes: int = 0
    all_sent: bool = False
    reason: str = ""
    finished: asyncio.Future[None] | None = None

    def settle(self, number: int, round_trip: float | None) -> None:
        self.round_trips[number] = round_trip
        self.open_echoes -= 1
        if self.all_sent and not self.open_echoes and self.finished and not self.finished.done():
            self.finished.set_result(None)


@dataclass(frozen=True, slots=True)
class _Flight:
    """An echo on its way."""

    visit: _Visit
    number: int
    sent_perf: float
    sent_real: float


class IcmpClient:
    """Pings any number of addresses at once. Made by `open` inside a running event loop, ended by `close`."""

    def __init__(self, wires: dict[int, Wire], privileged: bool) -> None:
        self.privileged = privileged
        self._wires = wires
        self._loop = asyncio.get_running_loop()
        self._flights: dict[tuple[str, int], _Flight] = {}
        self._sequence = secrets.randbelow(0x10000)
        self._since_drain = 0
        # Watched through an epoll descriptor because a socket with an ICMP error waiting polls as "broken", which
        # makes uvloop give it up; the epoll descriptor is only ever readable.
        self._poll = select.epoll()
        for wire in wires.values():
            self._poll.register(wire.fileno(), select.EPOLLIN)
        self._loop.add_reader(self._poll.fileno(), self._receive)

    @classmethod
    def open(cls, privileged: bool | Literal["auto"] = "auto") -> Self:
        """Opens the sockets: `False` a ping socket, `True` a raw one, "auto" the first that is allowed.

        Raises: LocalFault naming the sysctl and the capability when the system allows neither.
        """
        for raw in (False, True) if privileged == "auto" else (bool(privileged),):
            wires = _open_wires(raw)
            if wires:
                return cls(wires, raw)
        raise LocalFault(_refused_sentence(privileged))

    def close(self) -> None:
        """Frees the sockets; echoes on their way count as lost."""
        if self._poll.closed:
            return
        self._loop.remove_reader(self._poll.fileno())
        self._poll.close()
        for wire in self._wires.values():
            wire.close()
        for flight in list(self._flights.values()):
            flight.visit.settle(flight.number, None)
        self._flights.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def ping(self, address: str, count: int = 3, interval: float = 0.2, timeout: float = 1.0) -> Echo:  # noqa: ASYNC109
        """Sends `count` echoes `interval` seconds apart; an answer counts within `timeout` seconds of its echo.

        Ends as soon as every echo is answered or refused, else `timeout` seconds after the last one.
        Raises: Unreachable when the name does not resolve; LocalFault when there is no socket for its address family.
        """
        target, wire = await self._target(address)
        visit = _Visit(target, timeout)
        keys: list[tuple[str, int]] = []
        start = self._loop.time()
        try:
            for number in range(count):
                await asyncio.sleep(max(0.0, start + number * interval - self._loop.time()))
                keys.append(await self._send(wire, visit))
            await self._settled(visit)
        finally:
            for key in keys:
                self._flights.pop(key, None)
        answered = tuple(trip for trip in visit.round_trips if trip is not None)
        return Echo(address, len(visit.round_trips), len(answered), answered, visit.reason)

    async def _target(self, address: str) -> tuple[str, Wire]:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            ip = ipaddress.ip_address(await self._resolved(address))
        wire = self._wires.get(ip.version)
        if wire is None:
            raise LocalFault(f"cannot ping {address}: this machine offers no ICMP socket for IPv{ip.version}")
        return str(ip), wire

    async def _resolved(self, name: str) -> str:
        try:
            found = await self._loop.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise Unreachable(f"the name {name} does not resolve to an address ({error.strerror})") from error
        return str(found[0][4][0])

    async def _send(self, wire: Wire, visit: _Visit) -> tuple[str, int]:
        self._since_drain += 1
        if self._since_drain >= _DRAIN_EVERY:
            self._receive()
        self._sequence = (self._sequence + 1) & 0xFFFF
        key = (_without_scope(visit.address), self._sequence)
        number = len(visit.round_trips)
        visit.round_trips.append(None)
        visit.open_echoes += 1
        refused = await self._dispatch(wire, key, visit, number)
        if refused is not None and self._flights.pop(key, None) is not None:
            visit.reason = f"{(refused.strerror or str(refused)).lower()}, says this machine"
            visit.settle(number, None)
        return key

    async def _dispatch(self, wire: Wire, key: tuple[str, int], visit: _Visit, number: int) -> OSError | None:
        """Hands one echo to the kernel, waiting while its queue is full; what it says when it will not take it."""
        refused: OSError | None = None
        refusals = 0
        for _ in range(_SEND_ATTEMPTS):
            # The clocks are read last before sending: what follows belongs to the round trip.
            self._flights[key] = _Flight(visit, number, time.perf_counter(), time.time())
            try:
                wire.send(visit.address, key[1])
            except (BlockingIOError, InterruptedError) as error:
                refused = error
                await asyncio.sleep(0.002)
            except OSError as error:
                # The first error may be an earlier echo's, told late; the second is about this one.
                refused = error
                refusals += 1
                self._receive()
                if refusals > 1:
                    break
            else:
                return None
        return refused

    async def _settled(self, visit: _Visit) -> None:
        visit.all_sent = True
        if visit.open_echoes:
            visit.finished = self._loop.create_future()
            timer = self._loop.call_later(visit.timeout, _set_done, visit.finished)
            try:
                await visit.finished
            finally:
                timer.cancel()
        if visit.open_echoes:
            # A busy loop can reach the deadline before it has read what arrived in time; the kernel knows when.
            self._receive()

    def _receive(self) -> None:
        self._since_drain = 0
        if self._poll.closed:
            return
        for wire in self._wires.values():
            for event in wire.receive():
                if isinstance(event, Answer):
                    self._land((_without_scope(event.address), event.sequence), event.at_real)
                else:
                    self._refuse(event)

    def _land(self, key: tuple[str, int], at_real: float | None) -> None:
        """Closes an echo; a second answer, and one from an address that was not asked, finds nothing to close."""
        flight = self._flights.pop(key, None)
        if flight is not None:
            round_trip = _round_trip(flight, at_real)
            flight.visit.settle(flight.number, round_trip if round_trip <= flight.visit.timeout else None)

    def _refuse(self, refusal: Undelivered) -> None:
        flight = self._flights.pop((_without_scope(refusal.address), refusal.sequence), None)
        if flight is not None:
            flight.visit.reason = refusal.reason
            flight.visit.settle(flight.number, None)


def _open_wires(raw: bool) -> dict[int, Wire]:
    """The sockets that this system allows, by IP version; none without IPv4, which decides the privilege."""
    try:
        wires = {4: Wire(socket.AF_INET, raw)}
    except OSError:
        return {}
    with contextlib.suppress(OSError):
        wires[6] = Wire(socket.AF_INET6, raw)
    return wires


def _refused_sentence(privileged: bool | str) -> str:
    sysctl = Path("/proc/sys/net/ipv4/ping_group_range")
    try:
        allowed = sysctl.read_text().split()
    except OSError:
        allowed = []
    ping = f"sysctl net.ipv4.ping_group_range is '{' '.join(allowed) or 'unknown'}' and leaves out group {os.getgid()}"
    raw = "a raw socket needs the capability CAP_NET_RAW"
    if privileged is True:
        return f"ICMP echo is not allowed: {raw}; give it to the service (AmbientCapabilities=CAP_NET_RAW)"
    remedy = f"set it to include the group (sysctl -w net.ipv4.ping_group_range='0 {max(os.getgid(), 65534)}')"
    if privileged is False:
        return f"ICMP echo is not allowed without privileges: {ping}; {remedy}"
    return f"ICMP echo is not allowed: {ping}, and {raw}; {remedy} or give the service CAP_NET_RAW"


def _round_trip(flight: _Flight, at_real: float | None) -> float:
    """Seconds by the kernel's arrival time where the wall clock did not step meanwhile, else by ours."""
    upper = time.perf_counter() - flight.sent_perf
    if at_real is None:
        return upper
    measured = at_real - flight.sent_real
    return measured if 0 <= measured <= upper + 1e-4 else upper


def _set_done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _without_scope(address: str) -> str:
    return address.partition("%")[0]
