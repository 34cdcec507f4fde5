"""Asks a time server once (SNTP, RFC 5905 section 14): how far our clock is from its, and what it says of itself."""

from __future__ import annotations

import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from nms.text import clean
from nms.transports.errors import Malformed, Unreachable
from nms.transports.sockets import datagrams, deadline

_PACKET = struct.Struct("!BBbbII4sQQQQ")
_UNIX_TO_NTP = 2_208_988_800
_CLIENT_VERSION_4 = 0x23
_SERVER = 4
_RETRIES = 3
_UNSYNCHRONISED = 3


@dataclass(frozen=True, slots=True)
class ServerTime:
    """`offset`: seconds that the server is ahead of our clock; `delay`: seconds on the way and back.

    `stratum` 1 stands at a clock, 16 is not synchronised; `reference` names what the server follows.
    """

    offset: float
    delay: float
    stratum: int
    reference: str
    synchronised: bool


async def ask(host: str, port: int, seconds: float, clock: Callable[[], float] = time.time) -> ServerTime:
    """Raises: Unreachable, Malformed (a server that turns us away, or no NTP), LocalFault."""
    async with deadline(seconds, f"{host}:{port} (NTP)"), datagrams(host, port) as socket:
        for attempt in range(_RETRIES):
            cookie, sent = secrets.randbits(64), clock()
            socket.send(_PACKET.pack(_CLIENT_VERSION_4, 0, 0, 0, 0, 0, b"", 0, 0, 0, cookie))
            try:
                async with deadline(seconds / (_RETRIES - attempt + 1), socket.where):
                    while True:
                        data = await socket.receive()
                        received = clock()
                        if len(data) >= _PACKET.size and _PACKET.unpack_from(data)[8] == cookie:
                            return _understood(data, sent, received, socket.where)
            except Unreachable:
                if attempt == _RETRIES - 1:
                    raise Unreachable(f"{socket.where} did not answer {_RETRIES} questions for the time") from None
        raise Unreachable(f"{socket.where} did not answer")


def _understood(data: bytes, sent: float, received: float, where: str) -> ServerTime:
    flags, stratum, _, _, _, _, reference, _, _, arrived, left = _PACKET.unpack_from(data)
    if flags & 7 != _SERVER:
        raise Malformed(f"{where} does not answer as a time server")
    name = clean(reference, limit=8) if stratum <= 1 else ".".join(str(octet) for octet in reference)
    if stratum == 0 and name:
        raise Malformed(f"{where} turns questions away (kiss code {name})")
    if left == 0 or stratum == 0:
        raise Malformed(f"{where} is not synchronised and does not tell its time")
    there_in, there_out = _unix(arrived, received), _unix(left, received)
    return ServerTime(
        offset=((there_in - sent) + (there_out - received)) / 2,
        delay=max(0.0, (received - sent) - (there_out - there_in)),
        stratum=stratum,
        reference=name,
        synchronised=flags >> 6 != _UNSYNCHRONISED and stratum < 16,
    )


def _unix(stamp: int, near: float) -> float:
    """Unix seconds of an NTP timestamp, in the era nearest to our own clock (it wraps in 2036)."""
    seconds = stamp / 2**32 - _UNIX_TO_NTP
    return seconds + round((near - seconds) / 2**32) * 2**32
