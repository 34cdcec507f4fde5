"""The Basic Encoding Rules as far as SNMP uses them (ITU-T X.690, RFC 3417 section 8).

Decoding is iterative and bounded by the datagram: nesting cannot exhaust the stack, lengths cannot leave the
buffer, and indefinite lengths are refused. An OID in this package is its content octets, without tag and length.
"""

from __future__ import annotations

import math
import struct

from nms.transports.snmp.values import IpAddress, Oid, Value

INTEGER, OCTET_STRING, NULL, OBJECT_IDENTIFIER, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
IP_ADDRESS, COUNTER32, GAUGE32, TIME_TICKS, OPAQUE = 0x40, 0x41, 0x42, 0x43, 0x44
NSAP_ADDRESS, COUNTER64, UINTEGER32 = 0x45, 0x46, 0x47
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = 0x80, 0x81, 0x82

UNSIGNED = frozenset((COUNTER32, GAUGE32, TIME_TICKS, COUNTER64, UINTEGER32))
TEXT = frozenset((OCTET_STRING, NSAP_ADDRESS))

_MAX_ARC = 0xFFFFFFFF
_MAX_ARCS = 128
_INTEGER_OCTETS = 8


class BadPacket(ValueError):
    """Octets that are not what BER or SNMP says; never leaves this package. `reason` is for the statistics."""

    def __init__(self, text: str, reason: str = "malformed") -> None:
        super().__init__(text)
        self.reason = reason


def tlv(tag: int, content: bytes) -> bytes:
    """A value with its tag and its definite, shortest length."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def encode_integer(value: int) -> bytes:
    """Content octets of an INTEGER."""
    width = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return value.to_bytes(width, "big", signed=True)


def _arc(value: int) -> bytes:
    octets = [value & 0x7F]
    while value := value >> 7:
        octets.append(0x80 | (value & 0x7F))
    return bytes(reversed(octets))


def encode_oid(dotted: str) -> bytes:
    """Content octets of an OID in dotted decimal. Raises ValueError for what is not one."""
    try:
        arcs = [int(arc) for arc in dotted.lstrip(".").split(".")]
    except ValueError:
        raise ValueError(f"{dotted!r} is not an OID in dotted decimal") from None
    if len(arcs) < 2 or len(arcs) > _MAX_ARCS or arcs[0] > 2 or (arcs[0] < 2 and arcs[1] > 39):
        raise ValueError(f"{dotted!r} is not an OID: it begins with 0, 1 or 2 and has 2 to {_MAX_ARCS} arcs")
    if not 0 <= min(arcs) <= max(arcs) <= _MAX_ARC:
        raise ValueError(f"{dotted!r} is not an OID: an arc does not fit in 32 bits")
    return _arc(arcs[0] * 40 + arcs[1]) + b"".join(map(_arc, arcs[2:]))


def decode_arcs(content: bytes) -> tuple[int, ...]:
    """The arcs of a part of an OID: of an index, or of an OID whose first two arcs are still one number."""
    if not content:
        return ()
    if max(content) < 0x80:
        return tuple(content)
    if content[-1] & 0x80:
        raise BadPacket("an OID ends in the middle of an arc")
    arcs: list[int] = []
    value = 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if value > _MAX_ARC:
            raise BadPacket("an OID arc of more than 32 bits")
        if octet < 0x80:
            arcs.append(value)
            value = 0
    return tuple(arcs)


def decode_index(content: bytes) -> str:
    """The OID suffix that identifies a row, in dotted decimal."""
    return ".".join(map(str, decode_arcs(content)))


def decode_oid(content: bytes) -> str:
    """An OID in dotted decimal."""
    arcs = decode_arcs(content)
    if not arcs:
        raise BadPacket("an empty OID")
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def read_length(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Where the content begins and stops, for a length octet at `at`; the content must end at or before `end`."""
    if at >= end:
        raise BadPacket("the packet ends before a length")
    size = data[at]
    at += 1
    if size >= 0x80:
        octets = size & 0x7F
        if not 0 < octets <= 8 or at + octets > end:
            raise BadPacket("an indefinite or absurd length")
        size = int.from_bytes(data[at : at + octets], "big")
        at += octets
    if at + size > end:
        raise BadPacket("a length points outside of its packet")
    return at, at + size


def read_tag(data: bytes, at: int, end: int, tag: int) -> tuple[int, int]:
    """As `read_length`, for a whole value at `at` that must have this tag."""
    if at >= end or data[at] != tag:
        raise BadPacket(f"tag {tag:#x} was expected")
    return read_length(data, at + 1, end)


def read_integer(data: bytes, at: int, end: int) -> tuple[int, int]:
    """An INTEGER at `at`: its value and where it stops."""
    start, stop = read_tag(data, at, end, INTEGER)
    if not 0 < stop - start <= _INTEGER_OCTETS:
        raise BadPacket("an integer of the header is empty or too wide")
    return int.from_bytes(data[start:stop], "big", signed=True), stop


def decode_value(tag: int, content: bytes) -> Value | None:
    """A variable's value; None for the absent ones, for unknown types, and for what cannot be believed."""
    if tag == INTEGER:
        return int.from_bytes(content, "big", signed=True) if 0 < len(content) <= _INTEGER_OCTETS else None
    if tag in UNSIGNED:
        return _unsigned(tag, content)
    if tag in TEXT:
        return content
    if tag == OBJECT_IDENTIFIER:
        try:
            return Oid(decode_oid(content))
        except BadPacket:
            return None
    if tag == IP_ADDRESS:
        return IpAddress(".".join(map(str, content))) if len(content) == 4 else None
    return _opaque(content) if tag == OPAQUE else None


def _unsigned(tag: int, content: bytes) -> int | None:
    """Counters and gauges. Agents that store 32 bits in a signed 64-bit long send them sign-extended: the low bits
    are meant. Whatever else is wider than its type cannot be believed."""
    width = 8 if tag == COUNTER64 else 4
    if len(content) > width:
        extra, content = content[:-width], content[-width:]
        sign_extended = width + len(extra) <= 8 and not extra.strip(b"\xff") and content[0] & 0x80
        if extra.strip(b"\0") and not sign_extended:
            return None
    return int.from_bytes(content, "big") if content else None


def _opaque(content: bytes) -> Value | None:
    """Opaque-wrapped numbers as net-snmp writes them (tag 0x9f, then the type plus 0x30); others stay octets."""
    if len(content) < 3 or content[0] != 0x9F:
        return content
    kind, body = content[1], content[3:]
    if len(body) != content[2]:
        return content
    if (kind == 0x78 and len(body) == 4) or (kind == 0x79 and len(body) == 8):
        number: float = struct.unpack(">f" if kind == 0x78 else ">d", body)[0]
        return number if math.isfinite(number) else None
    if kind in (0x76, 0x7A, 0x7B) and 0 < len(body) <= 9:
        return int.from_bytes(body, "big", signed=kind == 0x7A)
    return content
