"""The applications and telephone exchanges of the simulated city hall, listening on loopback.

HTTP and HTTPS, TLS, SIP, SMTP, DNS, NUT, and plain TCP and UDP ports here; what is more of a protocol in `speaking`.

Each answers what the inventory's check hopes for. A service whose device is cut off or switched off does not listen
at all, so that a connection is refused; one that fails answers with its protocol's error.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from nms.demo.simulator.certificates import server_context
from nms.demo.simulator.conditions import Battery
from nms.demo.simulator.equipment import chance
from nms.demo.simulator.listening import bind_sentence, is_loopback
from nms.demo.simulator.responders import SMTP_GREETING, answer_dns, answer_nut, answer_smtp
from nms.demo.simulator.sip import answer_sip
from nms.demo.simulator.speaking.deliveries import Deliveries
from nms.demo.simulator.speaking.registry import DATAGRAMS, STREAMS
from nms.demo.simulator.speaking.scene import Datagram, Scene
from nms.demo.simulator.web import response
from nms.demo.simulator.world import World
from nms.model import DeviceId, Endpoint
from nms.transports.errors import LocalFault

_STREAM, _DATAGRAM = "TCP", "UDP"
_LIMIT = 65536
_PATIENCE_SECONDS = 10.0
Where = tuple[str, str, int]
"""Protocol (TCP or UDP), address, port."""

Stream = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Offer:
    """One check of the inventory and the device it is about."""

    device: DeviceId
    endpoint: Endpoint


@dataclass(slots=True)
class _Listener:
    """What answers at one place, and for whom; several HTTP checks share a place and differ in their path."""

    offers: list[_Offer] = field(default_factory=list)
    datagrams: Datagram | None = None
    server: asyncio.Server | None = None
    transport: asyncio.DatagramTransport | None = None

    @property
    def is_open(self) -> bool:
        return self.server is not None or self.transport is not None

    def close(self) -> None:
        if self.server is not None:
            self.server.close()
        if self.transport is not None:
            self.transport.close()
        self.server = self.transport = None


class Services:
    """Listens for every endpoint it can answer, as long as its device can be reached."""

    def __init__(
        self,
        world: World,
        clock: Callable[[], float] = time.time,
        secrets: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """`secrets`: passwords by the name of their credential, for protocols whose server must know them; `folder`:
        where files are delivered (`data_dir` of the monitor)."""
        self._world = world
        self._clock = clock
        self._secrets = dict(secrets or {})
        self._listeners: dict[Where, _Listener] = defaultdict(_Listener)
        self._deliveries: list[Deliveries] = []
        for device in world.inventory.devices.values():
            for endpoint in (one for given in device.endpoints for one in _told_apart(given)):
                where = _where(endpoint)
                if endpoint.transport == "cdr" and folder is not None:
                    self._deliveries.append(Deliveries(self.scene(_Offer(device.id, endpoint)), folder))
                if where is not None:
                    self._listeners[where].offers.append(_Offer(device.id, endpoint))

    def __len__(self) -> int:
        return len(self._listeners)

    async def settle(self) -> None:
        """Opens and closes listeners as the reachability of their devices says, and delivers what is due.

        Raises: LocalFault.
        """
        for one in self._deliveries:
            one.tick()
        for where, listener in self._listeners.items():
            wanted = self._world.is_reachable(listener.offers[0].device)
            if wanted and not listener.is_open:
                await self._open(where, listener)
            elif not wanted and listener.is_open:
                listener.close()

    async def stop(self) -> None:
        for listener in self._listeners.values():
            listener.close()

    async def _open(self, where: Where, listener: _Listener) -> None:
        protocol, address, port = where
        loop = asyncio.get_running_loop()
        try:
            if protocol == _STREAM:
                handler = self._stream_handler(listener)
                tls = self._tls_context(listener)
                listener.server = await asyncio.start_server(handler, address, port, limit=_LIMIT, ssl=tls)
            else:
                family = socket.AF_INET6 if ":" in address else socket.AF_INET
                listener.transport, _ = await loop.create_datagram_endpoint(
                    partial(_Datagrams, self, listener), local_addr=(address, port), family=family
                )
        except OSError as error:
            raise LocalFault(bind_sentence(protocol, address, port, error)) from error

    def _tls_context(self, listener: _Listener) -> ssl.SSLContext | None:
        """The certificate where any check of the place speaks TLS; it has between 45 and 300 days left."""
        for offer in listener.offers:
            endpoint = offer.endpoint
            if _is_secured(endpoint):
                name = str(endpoint.options.get("server_name") or endpoint.address)
                days = 45 + 255 * chance(self._world.seed, offer.device, "certificate")
                return server_context(name, days, self._clock())
        return None

    def _stream_handler(self, listener: _Listener) -> Stream:
        transports = {offer.endpoint.transport for offer in listener.offers}
        spoken = STREAMS.get(listener.offers[0].endpoint.transport)
        if spoken is not None:
            return _handled(partial(spoken, self.scene(listener.offers[0])))
        talk: Stream = partial(_talk_plainly, self, listener)
        for transport, talker in (("http", _talk_http), ("sip", _talk_sip), ("smtp", _talk_smtp), ("nut", _talk_nut)):
            if transport in transports:
                talk = partial(talker, self, listener)

        async def bounded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await talk(reader, writer)

        return _handled(bounded)

    def scene(self, offer: _Offer) -> Scene:
        device = self._world.inventory.devices[offer.device]
        secret = self._secrets.get(offer.endpoint.credential or "", "simulated")
        return Scene(device, offer.endpoint, self._world, self._clock, secret)

    def fails(self, offer: _Offer) -> bool:
        return offer.device in self._world.failing_services

    def battery(self, offer: _Offer) -> Battery | None:
        equipment = self._world.equipment.get(offer.device)
        return equipment.battery if equipment else None

    def now(self) -> float:
        return self._clock()

    def delay(self, offer: _Offer) -> float:
        return self._world.slow_services.get(offer.device, 0.0)

    def answer_datagram(self, listener: _Listener, data: bytes) -> bytes | None:
        offer = listener.offers[0]
        make = DATAGRAMS.get(offer.endpoint.transport)
        if make is not None:
            listener.datagrams = listener.datagrams or make(self.scene(offer))
            return listener.datagrams(data)
        if offer.endpoint.transport == "sip":
            return answer_sip(data, fails=self.fails(offer))
        if offer.endpoint.transport == "dns":
            expected = cast("Sequence[str]", offer.endpoint.options.get("expect") or ("192.0.2.1",))
            return answer_dns(data, str(offer.endpoint.options.get("name", "")), expected, fails=self.fails(offer))
        if self.fails(offer):
            return None
        return str(offer.endpoint.options.get("expect") or "ok").encode()


def _handled(talk: Stream) -> Stream:
    """The end of a conversation, however it comes: whoever called is gone, slow or confused."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (TimeoutError, OSError, ValueError, IndexError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        except asyncio.CancelledError:
            pass  # the city hall ends; Python 3.11 would log a cancelled conversation as a fault
        finally:
            writer.close()

    return handle


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, services: Services, listener: _Listener) -> None:
        self._services = services
        self._listener = listener
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._services.answer_datagram(self._listener, data)
        if answer is not None and self._transport is not None:
            delay = self._services.delay(self._listener.offers[0])
            asyncio.get_running_loop().call_later(delay, self._transport.sendto, answer, addr)


_PLACES = {"tcp": (_STREAM, 0), "udp": (_DATAGRAM, 0), "tls": (_STREAM, 443), "smtp": (_STREAM, 25),
           "dns": (_DATAGRAM, 53), "nut": (_STREAM, 3493), "ami": (_STREAM, 5038), "redfish": (_STREAM, 443),
           "hypervisor": (_STREAM, 443),
           "storage": (_STREAM, 443), "modbus": (_STREAM, 502), "imap": (_STREAM, 143), "ldap": (_STREAM, 389),
           "sql": (_STREAM, 5432), "ipmi": (_DATAGRAM, 623), "ntp": (_DATAGRAM, 123), "ssh": (_STREAM, 22),
           "dhcp": (_STREAM, 22)}  # fmt: skip
"""Protocol and usual port of the transports that are answered where their endpoint says."""


def _told_apart(endpoint: Endpoint) -> Iterator[Endpoint]:
    """The endpoint; of a scenario, each of its steps as the web page that it hopes for."""
    if endpoint.transport != "scenario":
        yield endpoint
        return
    steps = endpoint.options.get("steps")
    for step in steps if isinstance(steps, tuple | list) else ():
        hidden = [f"{kept['after']}simulated{kept['before']}" for kept in step["keep"].values() if kept["after"]]
        contains = " ".join((str(step["contains"]), *hidden))
        yield replace(endpoint, transport="http", options={**step, "contains": contains})


def _is_secured(endpoint: Endpoint) -> bool:
    """Whether TLS is spoken there from the first byte."""
    if endpoint.transport in ("hypervisor", "storage"):
        return bool(endpoint.options.get("tls", True))
    is_web = str(endpoint.options.get("url", "")).startswith("https:")
    return endpoint.transport in ("tls", "redfish") or is_web


def _where(endpoint: Endpoint) -> Where | None:
    """Where an endpoint is answered; `None` for those that the simulator does not speak, or not on loopback."""
    if endpoint.transport in ("http", "ari"):
        url = urlsplit(str(endpoint.options.get("url", "")).replace("{address}", endpoint.address))
        host, usual = url.hostname or endpoint.address, 443 if url.scheme == "https" else 80
        return (_STREAM, host, url.port or usual) if is_loopback(host) else None
    if not is_loopback(endpoint.address) or (endpoint.transport == "dhcp" and endpoint.options.get("url")):
        return None
    if endpoint.transport == "sip":
        protocol = {"udp": _DATAGRAM, "tcp": _STREAM}.get(str(endpoint.options.get("protocol", "udp")))
        return (protocol, endpoint.address, endpoint.port or 5060) if protocol else None
    protocol, usual = _PLACES.get(endpoint.transport, (None, 0))
    port = endpoint.port or usual
    return (protocol, endpoint.address, port) if protocol and port else None


async def _talk_plainly(
    services: Services, listener: _Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """A port that greets, or answers what was sent, with the text the check expects."""
    offer = listener.offers[0]
    await asyncio.sleep(services.delay(offer))
    expected = str(offer.endpoint.options.get("expect") or "")
    if services.fails(offer) or not expected:
        return
    if offer.endpoint.options.get("send"):
        await reader.read(_LIMIT)
    writer.write(expected.encode() + b"\r\n")
    await writer.drain()


async def _talk_sip(
    services: Services, listener: _Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    offer = listener.offers[0]
    while head := await reader.readuntil(b"\r\n\r\n"):
        await asyncio.sleep(services.delay(offer))
        answer = answer_sip(head, fails=services.fails(offer))
        if answer is None:
            return
        writer.write(answer)
        await writer.drain()


async def _talk_smtp(
    services: Services, listener: _Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    offer = listener.offers[0]
    await asyncio.sleep(services.delay(offer))
    reply = "421 simulated failure" if services.fails(offer) else SMTP_GREETING
    writer.write(f"{reply}\r\n".encode())
    while reply[:3] not in ("221", "421") and (line := await reader.readline()):
        reply = answer_smtp(line.decode("latin-1").strip(), fails=services.fails(offer))
        writer.write(f"{reply}\r\n".encode())
        await writer.drain()


async def _talk_nut(
    services: Services, listener: _Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    offer = listener.offers[0]
    battery = services.battery(offer)
    while battery and not services.fails(offer) and (line := await reader.readline()):
        ups = str(offer.endpoint.options.get("ups", "ups"))
        reply = answer_nut(line.decode("latin-1"), ups, battery, services.now())
        writer.write(f"{reply}\n".encode())
        await writer.drain()
        if reply == "OK Goodbye":
            return


async def _talk_http(
    services: Services, listener: _Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One request a connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = re.search(r"(?im)^content-length: *(\d{1,5})\r?$", head)
    await reader.readexactly(int(length[1]) if length else 0)
    method, target, *_ = head.split("\r\n", 1)[0].split(" ")
    offer = _asked_for(listener, urlsplit(target).path)
    await asyncio.sleep(services.delay(offer or listener.offers[0]))
    options = offer.endpoint.options if offer else None
    writer.write(response(method, options, fails=services.fails(offer or listener.offers[0])))
    await writer.drain()


def _asked_for(listener: _Listener, path: str) -> _Offer | None:
    for offer in listener.offers:
        url = urlsplit(str(offer.endpoint.options.get("url", "")))
        if offer.endpoint.transport == "http" and (url.path or "/") == (path or "/"):
            return offer
    return None
