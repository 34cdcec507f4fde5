"""Asks a TLS server whether it would accept what nobody should accept any more: old versions, broken ciphers.

A ClientHello is written here, octet by octet, because the TLS library of this machine no longer speaks most of it; the
server's first answer tells, and the connection ends there: no key is agreed upon and nothing is sent.

Source: RFC 5246 and 2246 (ClientHello, ServerHello, alerts), RFC 8996 (TLS 1.0 and 1.1), RFC 7568 (SSL 3), RFC 7465
(RC4), RFC 9325 section 4.2 (NULL, export, anonymous and 64-bit block ciphers); numbers of the IANA TLS registry.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nms.transports.errors import Malformed, Unreachable
from nms.transports.sockets import Connection, ascii_host, connection, deadline
from nms.transports.tls import Before

_HANDSHAKE, _CLIENT_HELLO, _SERVER_HELLO = 22, 1, 2
_LONGEST_RECORD = 18_432
_SSL3, _TLS10, _TLS11, _TLS12 = 0x0300, 0x0301, 0x0302, 0x0303
_NAMES = {_SSL3: "SSL 3.0", _TLS10: "TLS 1.0", _TLS11: "TLS 1.1"}

_USUAL = (0xC014, 0xC013, 0xC00A, 0xC009, 0x0039, 0x0033, 0x0035, 0x002F, 0xC012, 0x0016, 0x000A, 0x0005, 0x0004)
"""Ciphers that servers of those years have: ECDHE, DHE and RSA with AES, 3DES and RC4."""
_BROKEN: tuple[tuple[str, Sequence[int]], ...] = (
    ("NULL ciphers", (0x0001, 0x0002, 0x003B, 0xC001, 0xC006, 0xC00B, 0xC010)),
    ("export ciphers", (0x0003, 0x0006, 0x0008, 0x000B, 0x000E, 0x0011, 0x0014, 0x0017, 0x0019)),
    ("anonymous ciphers", (0x0018, 0x001A, 0x001B, 0x0034, 0x003A, 0x006C, 0x006D, 0x00A6, 0x00A7, 0xC016, 0xC017,
                           0xC018, 0xC019)),
    ("RC4", (0x0004, 0x0005, 0xC002, 0xC007, 0xC00C, 0xC011)),
    ("DES and 3DES", (0x0009, 0x000A, 0x000D, 0x0010, 0x0013, 0x0015, 0x0016, 0x0012, 0xC003, 0xC008, 0xC00D, 0xC012)),
)  # fmt: skip
_GROUPS = (29, 23, 24, 25)
_SIGNATURES = (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202)


@dataclass(frozen=True, slots=True)
class _Offer:
    """What is offered: one version at the most, and these ciphers alone."""

    name: str
    version: int
    ciphers: Sequence[int]


_OFFERS = (
    *(_Offer(name, version, _USUAL) for version, name in _NAMES.items()),
    *(_Offer(name, _TLS12, ciphers) for name, ciphers in _BROKEN),
)


async def accepted(
    host: str, port: int, server_name: str, seconds: float, before: Before | None = None
) -> tuple[str, ...]:
    """Names of what the server would accept, the oldest first; one short connection for each of the eight offers.

    `seconds` bounds all of them together. Raises: Unreachable, LocalFault.
    """
    found = []
    async with deadline(seconds, f"TLS on {host}:{port}"):
        for offer in _OFFERS:
            async with connection(host, port) as opened:
                if before is not None:
                    await before(opened)
                if await _accepts(opened, offer, server_name):
                    found.append(offer.name)
    return tuple(found)


async def _accepts(opened: Connection, offer: _Offer, server_name: str) -> bool:
    """A ServerHello with what was offered; an alert, the end, or a version that was not asked for is a refusal."""
    await opened.send(_client_hello(offer, server_name))
    try:
        kind, _, size = struct.unpack("!BHH", await opened.exactly(5))
        if kind != _HANDSHAKE or not 44 <= size <= _LONGEST_RECORD:
            return False
        hello = await opened.exactly(min(size, 512))
    except (Unreachable, Malformed):
        return False
    version, session = struct.unpack_from("!H", hello, 4)[0], hello[38]
    if hello[0] != _SERVER_HELLO or len(hello) < 41 + session:
        return False
    (cipher,) = struct.unpack_from("!H", hello, 39 + session)
    return (version == offer.version or offer.version == _TLS12) and cipher in offer.ciphers


def _client_hello(offer: _Offer, server_name: str) -> bytes:
    ciphers = b"".join(struct.pack("!H", one) for one in (*offer.ciphers, 0x00FF))
    body = struct.pack("!H", offer.version) + os.urandom(32) + b"\0" + _sized(ciphers) + b"\x01\0"
    if offer.version != _SSL3:
        body += _sized(b"".join(_extensions(offer, server_name)))
    message = bytes((_CLIENT_HELLO,)) + len(body).to_bytes(3, "big") + body
    return struct.pack("!BHH", _HANDSHAKE, min(offer.version, _TLS10), len(message)) + message


def _extensions(offer: _Offer, server_name: str) -> Iterator[bytes]:
    name = ascii_host(server_name).encode("ascii", "ignore")
    if name:
        yield _extension(0, _sized(b"\0" + _sized(name)))
    yield _extension(10, _sized(b"".join(struct.pack("!H", one) for one in _GROUPS)))
    yield _extension(11, b"\x01\0")
    if offer.version == _TLS12:
        yield _extension(13, _sized(b"".join(struct.pack("!H", one) for one in _SIGNATURES)))


def _extension(number: int, content: bytes) -> bytes:
    return struct.pack("!H", number) + _sized(content)


def _sized(content: bytes) -> bytes:
    return struct.pack("!H", len(content)) + content
