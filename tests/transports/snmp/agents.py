"""SNMP agents in Python that answer well, badly or not at all, on UDP sockets of this process."""

from __future__ import annotations

import asyncio
import bisect
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from nms.transports.snmp.ber import (
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    decode_arcs,
    encode_integer,
    encode_oid,
    read_integer,
    read_length,
    read_tag,
    tlv,
)
from nms.transports.snmp.messages import GET, GET_BULK, RESPONSE, find_bindings

NO_SUCH_INSTANCE, END_OF_MIB = b"\x81\x00", b"\x82\x00"
TOO_BIG, NO_SUCH_NAME, GEN_ERR = 1, 2, 5


def integer(value: int) -> bytes:
    return tlv(INTEGER, encode_integer(value))


def text(value: bytes) -> bytes:
    return tlv(OCTET_STRING, value)


def counter64(value: int) -> bytes:
    return tlv(0x46, value.to_bytes(value.bit_length() // 8 + 1, "big"))


class Asked(NamedTuple):
    """A request as an agent sees it."""

    version: int
    community: bytes
    kind: int
    request_id: int
    first: int
    second: int
    names: list[bytes]
    data: bytes


Pairs = list[tuple[bytes, bytes]]


def parse(data: bytes) -> Asked:
    at, end = read_tag(data, 0, len(data), SEQUENCE)
    version, at = read_integer(data, at, end)
    start, at = read_tag(data, at, end, OCTET_STRING)
    community, kind = data[start:at], data[at]
    at, end = read_length(data, at + 1, end)
    request_id, at = read_integer(data, at, end)
    first, at = read_integer(data, at, end)
    second, at = read_integer(data, at, end)
    start, stop = read_tag(data, at, end, SEQUENCE)
    names = [binding.name for binding in find_bindings(data, start, stop)]
    return Asked(version, community, kind, request_id, first, second, names, data)


def reply(asked: Asked, pairs: Pairs, status: int = 0, index: int = 0, **changes: int | bytes) -> bytes:
    """A response; `changes` replace request_id, version, community or kind."""
    bindings = b"".join(tlv(SEQUENCE, tlv(OBJECT_IDENTIFIER, name) + value) for name, value in pairs)
    request_id = changes.get("request_id", asked.request_id)
    body = integer(request_id) + integer(status) + integer(index) + tlv(SEQUENCE, bindings)
    community = changes.get("community", asked.community)
    head = integer(changes.get("version", asked.version)) + tlv(OCTET_STRING, community)
    return tlv(SEQUENCE, head + tlv(changes.get("kind", RESPONSE), body))


Answering = Callable[["Agent", Asked], Sequence[bytes]]


class Agent(asyncio.DatagramProtocol):
    """Answers from a table of OIDs and encoded values as RFC 3416 says, unless `answering` does it otherwise."""

    def __init__(self, mib: dict[str, bytes], answering: Answering | None = None, most_octets: int = 1472) -> None:
        self.asked: list[Asked] = []
        self.most_octets = most_octets
        self.delay = 0.0
        self.unanswered = self.most_unanswered = 0
        self.port = 0
        self._answering = answering or (lambda agent, asked: [agent.answer(asked)])
        self.load(mib)

    def load(self, mib: dict[str, bytes]) -> None:
        self._values = {encode_oid(oid): value for oid, value in mib.items()}
        self._order = sorted((decode_arcs(name), name) for name in self._values)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.port = transport.get_extra_info("sockname")[1]
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._raw = socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))

    def connection_lost(self, exc: Exception | None) -> None:
        self._raw.close()

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        asked = parse(data)
        self.asked.append(asked)
        self.unanswered += 1
        self.most_unanswered = max(self.most_unanswered, self.unanswered)
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self._send, asked, source)
        else:
            self._send(asked, source)

    def _send(self, asked: Asked, source: tuple[str, int]) -> None:
        self.unanswered -= 1
        for response in self._answering(self, asked):
            self._raw.sendto(response, source)

    def following(self, name: bytes) -> tuple[bytes, bytes]:
        at = bisect.bisect_right(self._order, (decode_arcs(name), name))
        if at == len(self._order):
            return name, END_OF_MIB
        found = self._order[at][1]
        return found, self._values[found]

    def pairs(self, asked: Asked) -> Pairs:
        if asked.kind == GET:
            return [(name, self._values.get(name, NO_SUCH_INSTANCE)) for name in asked.names]
        cursors, found = list(asked.names), []
        for _ in range(asked.second if asked.kind == GET_BULK else 1):
            row = [self.following(name) for name in cursors]
            found += row
            cursors = [name for name, _ in row]
        return found

    def answer(self, asked: Asked) -> bytes:
        pairs = self.pairs(asked)
        if asked.version == 0:
            for index, (_, value) in enumerate(pairs, 1):
                if value in (NO_SUCH_INSTANCE, END_OF_MIB):
                    return reply(asked, [(name, b"\x05\x00") for name in asked.names], NO_SUCH_NAME, index)
        response = reply(asked, pairs)
        while len(response) > self.most_octets:
            if asked.kind != GET_BULK:
                return reply(asked, [], TOO_BIG)
            pairs = pairs[:-1]
            response = reply(asked, pairs)
        return response


@asynccontextmanager
async def running(agent: Agent, address: str = "127.0.0.1") -> AsyncIterator[Agent]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: agent, local_addr=(address, 0))
    try:
        yield agent
    finally:
        transport.close()


def interfaces(rows: int, first: int = 1, columns: Sequence[int] = (1, 2, 3, 4)) -> dict[str, bytes]:
    """A table under 1.3.6.1.4.1.99.1: column 1 the number, 2 a text, 3 a counter, 4 a signed number."""
    makers = {
        1: integer,
        2: lambda row: text(b"port %d" % row),
        3: lambda row: counter64(row * 10**9),
        4: lambda row: integer(-row * 1000),
    }
    return {f"1.3.6.1.4.1.99.1.{c}.{row}": makers[c](row) for c in columns for row in range(first, first + rows)}


def opaque_float(number: float) -> bytes:
    return tlv(0x44, b"\x9f\x78\x04" + struct.pack(">f", number))


def opaque_double(number: float) -> bytes:
    return tlv(0x44, b"\x9f\x79\x08" + struct.pack(">d", number))
