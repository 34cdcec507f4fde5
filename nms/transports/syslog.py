"""Receives syslog over UDP and TCP: RFC 5424 and what RFC 3164 describes, with a limit on what one sender may say.

TCP framing is that of RFC 6587: octet counts or lines. A message that fits neither format is kept as plain text.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from nms.text import clean
from nms.transports.errors import LocalFault

_LONGEST = 8192
_LONGEST_TEXT = 2000
_MOST_SENDERS = 10_000
_MOST_CONNECTIONS = 500
_IDLE_SECONDS = 3600.0
_PRI = re.compile(rb"<(\d{1,3})>")
_RFC5424 = re.compile(
    r"1 (?P<stamp>\S{1,64}) (?P<host>\S{1,255}) (?P<app>\S{1,48}) (?P<process>\S{1,128}) (?P<id>\S{1,32}) (?P<rest>.*)",
    re.S,
)
_RFC3164 = re.compile(
    r"(?P<stamp>(?:\*?[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?)(?: [A-Z]{3,5})?:?) (?P<rest>.*)", re.S
)
_TAG = re.compile(r"(?P<app>[^\s\[:]{1,64})(?:\[(?P<process>[^\]]{1,64})\])?: ?(?P<text>.*)", re.S)
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:_-]{0,254}")


@dataclass(frozen=True, slots=True)
class SyslogMessage:
    """One message. `at` is our clock at its arrival: the clocks of senders are often wrong.

    `severity` is that of RFC 5424: 0 emergency ... 7 debug. `sender` is the address that it came from; `host` what it
    calls itself. All text is cleaned of control characters.
    """

    sender: str
    at: float
    facility: int
    severity: int
    host: str
    app: str
    text: str


@dataclass(slots=True)
class SyslogStatistics:
    """What the receiver did since its start."""

    received: int = 0
    over_limit: int = 0
    refused_connections: int = 0


@dataclass(slots=True)
class RateLimit:
    """A bucket for each sender: `burst` messages at once, `per_second` in the long run."""

    per_second: float = 50.0
    burst: float = 500.0
    clock: Callable[[], float] = time.monotonic
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def allows(self, sender: str) -> bool:
        now = self.clock()
        level, since = self._buckets.pop(sender, (self.burst, now))
        level = min(self.burst, level + (now - since) * self.per_second)
        allowed = level >= 1
        self._buckets[sender] = (level - 1 if allowed else level, now)
        if len(self._buckets) > _MOST_SENDERS:
            self._buckets.popitem(last=False)
        return allowed


def parse(data: bytes, sender: str, at: float) -> SyslogMessage:
    """Whatever came, as a message; never raises. Without a usable priority it is user.notice (RFC 3164 4.3.3)."""
    priority, body = 13, data[:_LONGEST]
    match = _PRI.match(body)
    if match and int(match[1]) <= 191:
        priority, body = int(match[1]), body[match.end() :]
    text = body.decode("utf-8", "replace").lstrip("\ufeff")
    host, app, said = _modern(text) or _traditional(text)
    return SyslogMessage(
        sender,
        at,
        priority >> 3,
        priority & 7,
        clean(host, limit=255),
        clean(app, limit=64),
        clean(said, limit=_LONGEST_TEXT),
    )


def _modern(text: str) -> tuple[str, str, str] | None:
    match = _RFC5424.fullmatch(text)
    if match is None:
        return None
    host, app = ("" if match[name] == "-" else match[name] for name in ("host", "app"))
    rest = _without_structured_data(match["rest"])
    identity = "" if match["id"] == "-" else f"{match['id']}: "
    return host, app, identity + rest.lstrip("\ufeff")


def _without_structured_data(rest: str) -> str:
    """The message behind `-` or `[id name="value" ...]...`, where a `]` inside quotes does not end an element."""
    if not rest.startswith("["):
        return rest.removeprefix("-").lstrip(" ")
    at, quoted = 0, False
    while at < len(rest):
        character = rest[at]
        if character == "\\" and quoted:
            at += 1
        elif character == '"':
            quoted = not quoted
        elif character == "]" and not quoted and rest[at + 1 : at + 2] != "[":
            return rest[at + 1 :].lstrip(" ")
        at += 1
    return rest


def _traditional(text: str) -> tuple[str, str, str]:
    """Timestamp, host and tag, each where it is there: equipment leaves any of them out."""
    match = _RFC3164.fullmatch(text)
    rest, host = (match["rest"], "") if match else (text, "")
    if match:
        word, space, behind = rest.partition(" ")
        if space and not word.endswith(":") and not word.startswith("%") and _HOST.fullmatch(word):
            host, rest = word, behind
    tag = _TAG.fullmatch(rest)
    if tag and not tag["app"].startswith("%"):
        return host, tag["app"], tag["text"]
    return host, "", rest


Listener = Callable[[SyslogMessage], None]


class SyslogReceiver:
    """Listens on one address and port, UDP and TCP. `listener` is called for each message within the limits."""

    def __init__(
        self, listener: Listener, limit: RateLimit | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self.statistics = SyslogStatistics()
        self._listener = listener
        self._limit = limit or RateLimit()
        self._clock = clock
        self._transport: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._conversations: set[asyncio.Task[None]] = set()

    async def open(self, address: str, port: int) -> int:
        """Starts listening; port 0 takes a free one. Returns the port. Raises: LocalFault."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await asyncio.start_server(self._converse, address, port, limit=_LONGEST)
            port = self._server.sockets[0].getsockname()[1]
            transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), local_addr=(address, port))
            self._transport = transport
        except OSError as error:
            await self.close()
            hint = "ports below 1024 need the capability CAP_NET_BIND_SERVICE" if port < 1024 else "is it taken?"
            raise LocalFault(f"cannot listen for syslog on {address} port {port}: {error.strerror}; {hint}") from None
        return port

    async def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        if self._server is not None:
            self._server.close()
        for task in self._conversations:
            task.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    def take(self, data: bytes, sender: str) -> None:
        """One message from the wire."""
        if not self._limit.allows(sender):
            self.statistics.over_limit += 1
            return
        self.statistics.received += 1
        self._listener(parse(data, sender, self._clock()))

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._conversations) >= _MOST_CONNECTIONS:
            self.statistics.refused_connections += 1
            writer.transport.abort()
            return
        self._conversations.add(task)
        sender = str(writer.get_extra_info("peername")[0])
        try:
            with contextlib.suppress(OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
                while data := await asyncio.wait_for(_frame(reader), _IDLE_SECONDS):
                    self.take(data, sender)
        except asyncio.CancelledError:
            pass  # the receiver closes
        finally:
            self._conversations.discard(task)
            writer.transport.abort()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    """The next message of a stream (RFC 6587); empty at the end. Raises: ValueError for one that is too long."""
    first = await reader.readexactly(1)
    while first in (b"\n", b"\r", b"\0"):
        first = await reader.readexactly(1)
    if first.isdigit() and first != b"0":
        digits = first + await reader.readuntil(b" ")
        size = int(digits)
        if size > _LONGEST:
            raise ValueError(size)
        return await reader.readexactly(size)
    try:
        return (first + await reader.readuntil(b"\n")).rstrip(b"\r\n\0")
    except asyncio.IncompleteReadError as error:
        return first + error.partial
    except asyncio.LimitOverrunError as error:
        raise ValueError("a line without an end") from error


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, receiver: SyslogReceiver) -> None:
        self._receiver = receiver

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._receiver.take(data, str(addr[0]))
