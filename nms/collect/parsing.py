"""From a raw SNMP value to a number or a clean text: one function per `as` word of the language."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import IPv4Address, IPv6Address

from nms.text import clean
from nms.transports.snmp.values import IpAddress, Oid, Value

Cell = int | float | str | None
Cleaner = Callable[[Value], Cell]

_NUMBER = re.compile(r'\s*"?\s*([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?)\s*[A-Za-z%°/]{0,8}\s*"?\s*')


def text(value: Value) -> str:
    """Clean text of any value."""
    if isinstance(value, bytes):
        if value.isascii():
            plain = value.decode("ascii").rstrip("\0")
            if len(plain) <= 1024 and plain.isprintable():
                return " ".join(plain.split())
        return clean(value)
    return str(value)


def number(value: Value) -> int | float | None:
    """A number, or the number that a text spells (`23.5`, `23.5 C`)."""
    if isinstance(value, (int, float)):
        return value if value == value and value not in (float("inf"), float("-inf")) else None
    if not isinstance(value, bytes):
        return None
    found = _NUMBER.fullmatch(value[:64].decode("latin-1").strip("\0"))
    if found is None:
        return None
    digits = found[1]
    result = float(digits) if any(c in digits for c in ".eE") else int(digits)
    return result if abs(result) < 1e300 else None


def auto(value: Value) -> Cell:
    return value if isinstance(value, (int, float)) else text(value)


def mac(value: Value) -> str | None:
    """Twelve hexadecimal digits, from six octets, a BridgeId (priority, then MAC), or their usual spellings."""
    if not isinstance(value, bytes):
        return None
    if len(value) in (6, 8):
        return value[-6:].hex()
    spelled = re.sub(r"[^0-9A-Fa-f]", "", value.decode("latin-1"))
    if len(spelled) in (12, 16):
        return spelled[-12:].lower()
    parts = re.split(r"[:-]", value.decode("latin-1"))
    if len(parts) == 6 and all(re.fullmatch("[0-9A-Fa-f]{1,2}", part) for part in parts):
        return "".join(part.zfill(2) for part in parts).lower()
    return None


def ip(value: Value) -> str | None:
    """An address from IpAddress, 4, 8, 16 or 20 octets (InetAddress, with or without zone), or its text."""
    if isinstance(value, IpAddress):
        return str(value)
    if not isinstance(value, bytes):
        return None
    if len(value) in (4, 8):
        return str(IPv4Address(value[:4]))
    if len(value) in (16, 20):
        return str(IPv6Address(value[:16]))
    return text(value) or None


def oid(value: Value) -> str | None:
    return str(value) if isinstance(value, Oid) else text(value).lstrip(".") if isinstance(value, bytes) else None


def hexadecimal(value: Value) -> str | None:
    return value.hex() if isinstance(value, bytes) else format(value, "x") if isinstance(value, int) else None


def uint_be(value: Value) -> int | None:
    if isinstance(value, bytes):
        return int.from_bytes(value, "big") if 0 < len(value) <= 16 else None
    return value if isinstance(value, int) else None


def uint_le(value: Value) -> int | None:
    if isinstance(value, bytes):
        return int.from_bytes(value, "little") if 0 < len(value) <= 16 else None
    return value if isinstance(value, int) else None


def bits(value: Value) -> int | None:
    """A number whose bit n is bit n of the BITS construct (bit 0 is the highest of the first octet, RFC 2578)."""
    if not isinstance(value, bytes):
        return value if isinstance(value, int) else None
    return sum(1 << (8 * i + 7 - n) for i, octet in enumerate(value[:64]) for n in range(8) if octet >> n & 1)


def date(value: Value) -> float | None:
    """Unix seconds of a DateAndTime (RFC 2579), or of a day written in English; without a zone it is read as UTC."""
    if not isinstance(value, bytes):
        return None
    if value[:1] > b"\x1f":  # the first octet of a DateAndTime is 7 or 8
        return _day(value.decode("latin-1"))
    if len(value) not in (8, 11):
        return None
    year, month, day, hour, minute, second = struct.unpack(">HBBBBB", value[:7])
    zone = UTC
    try:
        if len(value) == 11:
            offset = timedelta(hours=value[9], minutes=value[10])
            zone = timezone(-offset if value[8:9] == b"-" else offset)
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=zone).timestamp()
    except (ValueError, OverflowError):
        return None


_DAYS = (
    re.compile(r"\b(?P<day>\d{1,2})(?:st|nd|rd|th)? (?P<month>[A-Z][a-z]{2})[a-z]*,? (?P<year>\d{4})\b"),
    re.compile(
        r"\b(?P<month>[A-Z][a-z]{2})[a-z]* +(?P<day>\d{1,2}),?(?: [\d:]{5,8})?(?: [A-Z]{3,5})? (?P<year>\d{4})\b"
    ),
    re.compile(r"\b(?P<year>\d{4})[-/](?P<month>\d{2})[-/](?P<day>\d{2})\b"),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _day(text: str) -> float | None:
    """The beginning of a day such as `Mon 11 November 2030`, `Sat Jul 26 01:00:00 2025` or `2030-11-11`."""
    for form in _DAYS:
        if found := form.search(text):
            month = found["month"]
            number = int(month) if month.isdigit() else _MONTHS.index(month) + 1 if month in _MONTHS else 0
            try:
                return datetime(int(found["year"]), number, int(found["day"]), tzinfo=UTC).timestamp()
            except ValueError:
                return None
    return None


def _signed(bits: int) -> Cleaner:
    half, whole = 1 << (bits - 1), 1 << bits

    def read(value: Value) -> Cell:
        n = uint_be(value) if isinstance(value, bytes) and len(value) * 8 == bits else number(value)
        return n - whole if isinstance(n, int) and half <= n < whole else n

    return read


def _floating(layout: str) -> Cleaner:
    size = struct.calcsize(layout)

    def read(value: Value) -> Cell:
        if isinstance(value, bytes) and len(value) == size:
            return number(float(struct.unpack(layout, value)[0]))
        if isinstance(value, int) and 0 <= value < 1 << (8 * size):
            return number(
                float(struct.unpack(layout, value.to_bytes(size, "big" if layout[0] == ">" else "little"))[0])
            )
        return number(value)

    return read


def cleaner(parse: str) -> Cleaner:
    """The function of an `as` word."""
    return _CLEANERS[parse]


_CLEANERS: dict[str, Cleaner] = {
    "auto": auto,
    "number": number,
    "text": text,
    "mac": mac,
    "ip": ip,
    "oid": oid,
    "hex": hexadecimal,
    "bits": bits,
    "uint_be": uint_be,
    "uint_le": uint_le,
    "date": date,
    "signed8": _signed(8),
    "signed16": _signed(16),
    "signed32": _signed(32),
    "float32_be": _floating(">f"),
    "float32_le": _floating("<f"),
    "float64_be": _floating(">d"),
}


def index_parts(spec: Sequence[str], index: str) -> dict[str, Cell]:
    """The named parts of a row index.

    `spec` items are `name`, or a type and a name: `mac address`, `ip peer` (type and length, then octets),
    `ipv4 peer`, `string name` (length first), `rest name` (all that is left, as text), `oid name` (all that is left).
    """
    arcs = index.split(".")
    result: dict[str, Cell] = {}
    position = 0
    for item in spec:
        kind, _, name = item.rpartition(" ")
        value, used = _index_part(kind.strip(), arcs[position:])
        result[name] = value
        position += used
    return result


def _octets(arcs: Sequence[str]) -> bytes:
    return bytes(int(arc) & 255 for arc in arcs if arc.isdigit())


def _index_part(kind: str, arcs: Sequence[str]) -> tuple[Cell, int]:
    if not arcs or not arcs[0].isdigit():
        return None, 0
    if kind == "":
        return int(arcs[0]), 1
    if kind == "mac":
        return _octets(arcs[:6]).hex() if len(arcs) >= 6 else None, 6
    if kind == "ipv4":
        return ".".join(arcs[:4]) if len(arcs) >= 4 else None, 4
    if kind == "string":
        size = int(arcs[0])
        return text(_octets(arcs[1 : size + 1])), size + 1
    if kind == "ip":
        return _typed_address(arcs)
    if kind == "ipv6":
        skip = 1 if arcs[0] == "16" and len(arcs) > 16 else 0
        return ip(_octets(arcs[skip : skip + 16])) if len(arcs) >= 16 else None, 16 + skip
    if kind == "address":
        size = int(arcs[0])
        return ip(_octets(arcs[1 : size + 1])), size + 1
    if kind == "rest":
        return text(_octets(arcs)), len(arcs)
    return ".".join(arcs), len(arcs)


def _typed_address(arcs: Sequence[str]) -> tuple[Cell, int]:
    """InetAddressType, length, octets; some agents leave out the length."""
    size = _ADDRESS_SIZES.get(arcs[0], 0)
    given = len(arcs) > 1 and arcs[1] == str(size)
    start = 2 if given or not size else 1
    if not size:
        size = int(arcs[1]) if len(arcs) > 1 else 0
    octets = _octets(arcs[start : start + size])
    return (ip(octets) if len(octets) == size and size else None), start + size


_ADDRESS_SIZES = {"1": 4, "2": 16, "3": 8, "4": 20}

INDEX_TYPES = ("", "mac", "ipv4", "ipv6", "string", "ip", "address", "rest", "oid")
