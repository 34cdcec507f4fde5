"""Receives syslog over UDP and TCP: RFC 5424 and what RFC 3164 describes, with a limit on what one sender may say.

TCP framing is that of RFC 6587: octet counts or lines. A message that fits neither format is kept as plain text, of one
that is too long the beginning. Senders that nobody knows are counted and not read.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from nms.text import clean
from nms.transports.errors import LocalFault

_LONGEST = 8192
_LONGEST_TEXT = 2000
_MOST_SENDERS = 10_000
_MOST_CONNECTIONS, _MOST_OF_ONE = 500, 10
_LONGEST_SKIPPED = 1_000_000
"""So much of a message that is too long is thrown away; a longer one ends its connection."""
_MOST_STRANGERS = 100
_RECEIVE_BUFFER = 4_194_304
_IDLE_SECONDS = 3600.0
_PRI = re.compile(rb"<(\d{1,3})>")
_RFC5424 = re.compile(
    r"1 (?P<stamp>\S{1,64}) (?P<host>\S{1,255}) (?P<app>\S{1,48}) (?P<process>\S{1,128}) (?P<id>\S{1,32}) (?P<rest>.*)",
    re.S,
)
_STAMP = (
    r"(?:[*.]?[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[+-]\d\d:?\d\d)?(?: \d{4}(?= ))?"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)"
)
_RFC3164 = re.compile(
    # Cisco counts its messages and may name itself before the time; rsyslog sends the time of RFC 3339.
    r"(?:\d{1,10}: )?(?:(?P<host>[A-Za-z0-9][\w.-]{0,254}): )?" + _STAMP + r"(?: [A-Z]{3,5}(?=:))?:? (?P<rest>.*)",
    re.S,
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
    """What the receiver did since its start. `over_limit`: dropped, since their sender said too much; `over_total`:
    since all together did. `unknown`: of senders that nobody knows; `strangers` are some of those, with their counts.
    """

    received: int = 0
    over_limit: int = 0
    over_total: int = 0
    unknown: int = 0
    refused_connections: int = 0
    strangers: Counter[str] = field(default_factory=Counter)


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
    """The message behind `-` or `[id name="value" ...]...`, where a `]` inside quotes does not end an element.

    Where there is nothing behind, what stands in the elements is the message.
    """
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
            return rest[at + 1 :].lstrip(" ") or rest
        at += 1
    return rest


def _traditional(text: str) -> tuple[str, str, str]:
    """Timestamp, host and tag, each where it is there: equipment leaves any of them out."""
    match = _RFC3164.fullmatch(text)
    rest, host = (match["rest"], match["host"] or "") if match else (text, "")
    if match and not host:
        word, space, behind = rest.partition(" ")
        if space and not word.endswith(":") and not word.startswith("%") and _HOST.fullmatch(word):
            host, rest = word, behind
    tag = _TAG.fullmatch(rest)
    if tag and not tag["app"].startswith("%"):
        return host, tag["app"], tag["text"]
    return host, "", rest


Listener = Callable[[SyslogMessage], None]


@dataclass(frozen=True, slots=True)
class Watch:
    """What a receiver asks and tells besides messages: whether a sender is known, and that one says too much."""

    known: Callable[[str], bool] = lambda _sender: True
    flooding: Callable[[str, float], None] = lambda _sender, _at: None


class SyslogReceiver:
    """Listens on one address and port, UDP and TCP. `listener` is called for each message within the limits: those of
    each sender, and that of all senders together (`total`)."""

    def __init__(
        self,
        listener: Listener,
        limit: RateLimit | None = None,
        clock: Callable[[], float] = time.time,
        total: RateLimit | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.statistics = SyslogStatistics()
        self._listener = listener
        self._limit = limit or RateLimit()
        self._total = total or RateLimit(1000.0, 5000.0)
        self._watch = watch or Watch()
        self._clock = clock
        self._transport: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._conversations: dict[asyncio.Task[None], str] = {}

    async def open(self, address: str, port: int) -> int:
        """Starts listening; port 0 takes a free one. Returns the port. Raises: LocalFault."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await asyncio.start_server(self._converse, address, port, limit=_LONGEST)
            port = self._server.sockets[0].getsockname()[1]
            transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), local_addr=(address, port))
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
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
        if not self._is_known(sender):
            return
        if not self._limit.allows(sender):
            self.statistics.over_limit += 1
            self._watch.flooding(sender, self._clock())
        elif not self._total.allows(""):
            self.statistics.over_total += 1
        else:
            self.statistics.received += 1
            self._listener(parse(data, sender, self._clock()))

    def _is_known(self, sender: str) -> bool:
        if self._watch.known(sender):
            return True
        counted = self.statistics
        counted.unknown += 1
        if sender in counted.strangers or len(counted.strangers) < _MOST_STRANGERS:
            counted.strangers[sender] += 1
        return False

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        sender = plain_address(str(writer.get_extra_info("peername")[0]))
        if not self._is_known(sender) or not self._has_room(sender):
            writer.transport.abort()
            return
        self._conversations[task] = sender
        try:
            with contextlib.suppress(OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
                while data := await asyncio.wait_for(_frame(reader), _IDLE_SECONDS):
                    self.take(data, sender)
        except asyncio.CancelledError:
            pass  # the receiver closes
        finally:
            self._conversations.pop(task, None)
            writer.transport.abort()

    def _has_room(self, sender: str) -> bool:
        """One sender that opens connection after connection leaves room for the others."""
        mine = sum(one == sender for one in self._conversations.values())
        if mine < _MOST_OF_ONE and len(self._conversations) < _MOST_CONNECTIONS:
            return True
        self.statistics.refused_connections += 1
        return False


def plain_address(text: str) -> str:
    """An address as the inventory writes it: IPv4 without the IPv6 around it, IPv6 in its short form without a zone."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return text
    return str(getattr(address, "ipv4_mapped", None) or address)


async def _frame(reader: asyncio.StreamReader) -> bytes:
    """The next message of a stream (RFC 6587), at most `_LONGEST` of it; empty at the end.

    Raises: ValueError for what is no message, or is longer than can be skipped.
    """
    first = await reader.readexactly(1)
    while first in (b"\n", b"\r", b"\0"):
        first = await reader.readexactly(1)
    if first.isdigit() and first != b"0":
        return await _counted(reader, int(first + await reader.readuntil(b" ")))
    try:
        return (first + await reader.readuntil(b"\n")).rstrip(b"\r\n\0")
    except asyncio.IncompleteReadError as error:
        return first + error.partial
    except asyncio.LimitOverrunError as error:
        beginning = first + await reader.readexactly(error.consumed)
        await _skip_line(reader)
        return beginning[:_LONGEST]


async def _counted(reader: asyncio.StreamReader, size: int) -> bytes:
    if size > _LONGEST_SKIPPED:
        raise ValueError(size)
    message = await reader.readexactly(min(size, _LONGEST))
    left = size - len(message)
    while left > 0:
        left -= len(await reader.readexactly(min(left, _LONGEST)))
    return message


async def _skip_line(reader: asyncio.StreamReader) -> None:
    """The rest of a line that is too long. Raises: ValueError when it does not end."""
    skipped = 0
    while skipped <= _LONGEST_SKIPPED:
        try:
            await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError as error:
            skipped += len(await reader.readexactly(max(1, error.consumed)))
        except asyncio.IncompleteReadError:
            return
        else:
            return
    raise ValueError("a line without an end")


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, receiver: SyslogReceiver) -> None:
        self._receiver = receiver

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._receiver.take(data, plain_address(addr[0]) if ":" in addr[0] else addr[0])
