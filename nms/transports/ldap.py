"""Asks a directory for its root entry (RFC 4511, RFC 4512 section 5.1), the least that proves that it serves.

The few messages needed are encoded here: bind, search of the root DSE, StartTLS, unbind.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nms.text import clean
from nms.transports.errors import AccessDenied, Malformed
from nms.transports.secured import Opened, SecuredTarget, opened
from nms.transports.sockets import Connection, Phases

_LONGEST_MESSAGE = 262_144
_MOST_MESSAGES = 50
_BIND, _BIND_ANSWER = 0x60, 0x61
_SEARCH, _ENTRY, _SEARCH_DONE, _REFERENCE = 0x63, 0x64, 0x65, 0x73
_EXTENDED, _EXTENDED_ANSWER = 0x77, 0x78
_UNBIND = b"\x42\x00"
_START_TLS = b"1.3.6.1.4.1.1466.20037"
_WANTED = ("namingContexts", "vendorName", "vendorVersion", "supportedLDAPVersion", "dnsHostName")
_INVALID_CREDENTIALS = frozenset({48, 49, 50, 53})


@dataclass(frozen=True, slots=True)
class RootEntry:
    """Attributes of the root DSE, in lower case; `seconds` of the bind and the search."""

    attributes: Mapping[str, tuple[str, ...]]
    seconds: float
    phases: Phases


async def root_entry(target: SecuredTarget, seconds: float) -> RootEntry:
    """Without a user (a distinguished name, or user@domain) the bind is anonymous.

    Raises: Unreachable, AccessDenied (the bind is refused), CertificateRefused, Malformed, LocalFault.
    """
    async with opened(target, seconds) as session:
        return await _ask(session)


async def _ask(session: Opened) -> RootEntry:
    target, opened = session.target, session.connection
    if target.security == "starttls":
        await to_tls(opened)
        await session.secure()
    began = time.perf_counter()
    bind = _tlv(0x02, b"\x03") + _tlv(0x04, target.user.encode()) + _tlv(0x80, target.password.encode())
    await opened.send(_message(2, _tlv(_BIND, bind)))
    await _until(opened, 2, _BIND_ANSWER, "bind")
    await opened.send(_message(3, _tlv(_SEARCH, _root_search())))
    entries = await _until(opened, 3, _SEARCH_DONE, "search")
    taken = time.perf_counter() - began
    await opened.send(_message(4, _UNBIND))
    if not entries:
        raise Malformed(f"{opened.where} shows no root entry; its directory may be empty or closed to this account")
    return RootEntry(_attributes(entries[0], opened.where), taken, opened.phases)


async def to_tls(opened: Connection) -> None:
    """As far as a server that waits for TLS (RFC 4511 section 4.14). Raises: the errors of the transports."""
    await opened.send(_message(1, _tlv(_EXTENDED, _tlv(0x80, _START_TLS))))
    await _until(opened, 1, _EXTENDED_ANSWER, "StartTLS")


def _root_search() -> bytes:
    base_object, never_alias, no_limit = _tlv(0x0A, b"\0"), _tlv(0x0A, b"\0"), _tlv(0x02, b"\0")
    present = _tlv(0x87, b"objectClass")
    wanted = _tlv(0x30, b"".join(_tlv(0x04, name.encode()) for name in _WANTED))
    return _tlv(0x04, b"") + base_object + never_alias + no_limit + no_limit + _tlv(0x01, b"\0") + present + wanted


async def _until(opened: Connection, number: int, wanted: int, what: str) -> list[bytes]:
    """The entries before the final answer of a kind. Raises: AccessDenied, Malformed."""
    entries: list[bytes] = []
    for _ in range(_MOST_MESSAGES):
        kind, content, got = await _receive(opened)
        if kind == _EXTENDED_ANSWER and got == 0:
            raise Malformed(f"{opened.where} says that it closes the connection")
        if got != number or kind == _REFERENCE:
            continue
        if kind == _ENTRY:
            entries.append(content)
        elif kind == wanted:
            _check(content, opened.where, what)
            return entries
        else:
            raise Malformed(f"{opened.where} answers the {what} with something else ({kind:#x})")
    raise Malformed(f"{opened.where} sent more than {_MOST_MESSAGES} messages to one request")


async def _receive(opened: Connection) -> tuple[int, bytes, int]:
    """One message: the kind and the content of its operation, and its number."""
    head = await opened.exactly(2)
    if head[0] != 0x30:
        raise Malformed(f"{opened.where} does not speak LDAP")
    size = head[1]
    if size & 0x80:
        octets = size & 0x7F
        if not 1 <= octets <= 4:
            raise Malformed(f"{opened.where} sent a message without a usable length")
        size = int.from_bytes(await opened.exactly(octets), "big")
    if size > _LONGEST_MESSAGE:
        raise Malformed(f"{opened.where} sent a message of {size} bytes")
    parts = list(_parts(await opened.exactly(size), opened.where))
    if len(parts) < 2 or parts[0][0] != 0x02:
        raise Malformed(f"{opened.where} sent a message that is none")
    return parts[1][0], parts[1][1], int.from_bytes(parts[0][1], "big")


def _check(content: bytes, where: str, what: str) -> None:
    parts = list(_parts(content, where))
    if len(parts) < 3 or parts[0][0] != 0x0A:
        raise Malformed(f"{where} sent a result that cannot be read")
    code, said = int.from_bytes(parts[0][1], "big"), clean(parts[2][1], limit=160)
    if code == 0:
        return
    detail = f"result {code}" + (f", {said}" if said else "")
    if what == "bind" and code in _INVALID_CREDENTIALS:
        raise AccessDenied(f"{where} refuses the log-in ({detail})")
    raise Malformed(f"{where} refuses the {what} ({detail})")


def _attributes(entry: bytes, where: str) -> dict[str, tuple[str, ...]]:
    parts = list(_parts(entry, where))
    found: dict[str, tuple[str, ...]] = {}
    for _, pair in _parts(parts[1][1], where) if len(parts) > 1 else ():
        fields = list(_parts(pair, where))
        if len(fields) == 2:
            values = tuple(clean(value, limit=200) for _, value in _parts(fields[1][1], where))
            found[clean(fields[0][1], limit=100).lower()] = values[:20]
    return found


def _parts(data: bytes, where: str) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each BER element. Raises: Malformed when one reaches beyond the end."""
    at = 0
    while at < len(data):
        if at + 2 > len(data):
            raise Malformed(f"{where} sent an element that is cut off")
        tag, size, start = data[at], data[at + 1], at + 2
        if size & 0x80:
            octets = size & 0x7F
            size = int.from_bytes(data[start : start + octets], "big") if 1 <= octets <= 4 else len(data)
            start += octets
        if start + size > len(data):
            raise Malformed(f"{where} sent an element that is cut off")
        yield tag, data[start : start + size]
        at = start + size


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def _message(number: int, operation: bytes) -> bytes:
    return _tlv(0x30, _tlv(0x02, bytes((number,))) + operation)
