"""Recordings of devices as SNMP readers: snmprec files (snmpsim) and the output of `snmpwalk -On`.

Tolerant on purpose: a line that cannot be read is counted in `skipped` and left out; nothing else in the file suffers.
"""

from __future__ import annotations

import re
import struct
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from nms.i18n import gettext as _
from nms.transports.errors import LocalFault
from nms.transports.snmp.values import IpAddress, Oid, Table, Value

_LARGEST = 512 * 1024 * 1024
_OID = re.compile(r"\.?(\d+(?:\.\d+)+)")


class Recording:
    """The variables of one device at one instant, as an `SnmpReader`."""

    def __init__(self, variables: Mapping[str, Value], skipped: int = 0) -> None:
        keyed = sorted((_arcs(oid), oid) for oid in variables)
        self._values = variables
        self._keys = [key for key, _ in keyed]
        self._oids = [oid for _, oid in keyed]
        self.skipped = skipped

    def __len__(self) -> int:
        return len(self._oids)

    @classmethod
    def open(cls, path: Path) -> Recording:
        """Reads either format. Raises `LocalFault` when the file cannot be read or holds no variable."""
        try:
            if path.stat().st_size > _LARGEST:
                raise LocalFault(_("{path} is larger than 512 MB: give a recording of one device").format(path=path))
            raw = path.read_bytes()
        except OSError as error:
            text = _("{path} cannot be read: {reason}")
            raise LocalFault(text.format(path=path, reason=error.strerror)) from error
        recording = cls.parse(raw)
        if not len(recording):
            text = _("{path} holds no SNMP variable: give an snmprec file or the output of snmpwalk -On")
            raise LocalFault(text.format(path=path))
        return recording

    @classmethod
    def parse(cls, raw: bytes) -> Recording:
        """Reads the content of a recording, whichever its format."""
        text = raw.decode("utf-8", "surrogateescape")
        return cls(*(_snmprec(text) if _looks_like_snmprec(text) else _snmpwalk(text)))

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        return {oid: self._values[oid] for oid in oids if oid in self._values}

    async def table(self, columns: Sequence[str]) -> Table:
        cells = {column: dict(self._below(column)) for column in columns}
        indexes = sorted({index for column in cells.values() for index in column}, key=_arcs)
        found = {column: [rows.get(index) for index in indexes] for column, rows in cells.items() if rows}
        return Table(indexes, found)

    async def walk(self, root: str) -> Mapping[str, Value]:
        start, end = self._range(root)
        return {oid: self._values[oid] for oid in self._oids[start:end]}

    def _range(self, root: str) -> tuple[int, int]:
        arcs = _arcs(root)
        return bisect_left(self._keys, arcs), bisect_left(self._keys, (*arcs[:-1], arcs[-1] + 1))

    def _below(self, column: str) -> Iterator[tuple[str, Value]]:
        start, end = self._range(column)
        cut = len(column) + 1
        for oid in self._oids[start:end]:
            if len(oid) > cut:
                yield oid[cut:], self._values[oid]


def _arcs(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


# ---- snmprec: OID|TAG|VALUE; a tag is the BER tag number, with x for hexadecimal and e for escaped values


def _looks_like_snmprec(text: str) -> bool:
    for line in text.split("\n", 200)[:200]:
        if re.match(r"\.?\d+(?:\.\d+)+\|[^|]*\|", line):
            return True
        if re.match(r"\.?\d+(?:\.\d+)+ = ", line):
            return False
    return False


def _snmprec(text: str) -> tuple[dict[str, Value], int]:
    variables: dict[str, Value] = {}
    skipped = 0
    for line in text.split("\n"):
        line = line.rstrip("\r")
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split("|", 2)
        found = _OID.fullmatch(parts[0].strip())
        if len(parts) != 3 or found is None:
            skipped += 1
            continue
        try:
            value = _tagged(parts[1].strip(), parts[2])
        except (ValueError, struct.error, OverflowError):
            skipped += 1
            continue
        if value is not None:
            variables[found[1]] = value
    return variables, skipped


def _tagged(tag: str, value: str) -> Value | None:
    """Raises `ValueError` for a tag or value that is none."""
    number = tag.rstrip("xe")
    if tag.endswith("x"):
        raw = bytes.fromhex(value.strip())
    elif tag.endswith("e"):
        raw = _unescaped(value)
    else:
        raw = _octets(value)
    if number in ("2", "65", "66", "67", "70"):
        return int.from_bytes(raw, "big", signed=number == "2") if tag.endswith("x") else int(raw)
    if number == "4":
        return raw
    if number == "6":
        return Oid(raw.decode("latin-1").strip().lstrip("."))
    if number == "64":
        return IpAddress(".".join(map(str, raw)) if tag.endswith("x") else raw.decode("latin-1").strip())
    if number == "68":
        return _opaque(raw)
    if number in ("5", "128", "129", "130"):
        return None
    raise ValueError(tag)


def _opaque(raw: bytes) -> Value:
    """Opaque floats (9f 78 04) and doubles (9f 79 08) as numbers, anything else as its octets."""
    if raw[:3] == b"\x9f\x78\x04" and len(raw) == 7:
        return float(struct.unpack(">f", raw[3:])[0])
    if raw[:3] == b"\x9f\x79\x08" and len(raw) == 11:
        return float(struct.unpack(">d", raw[3:])[0])
    return raw


_ESCAPES = {"\\": 92, "'": 39, '"': 34, "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|([\\'\"abfnrtv]))")


def _unescaped(text: str) -> bytes:
    out = bytearray()
    position = 0
    for found in _ESCAPE.finditer(text):
        out += _octets(text[position : found.start()])
        out.append(int(found[1], 16) if found[1] else _ESCAPES[found[2]])
        position = found.end()
    return bytes(out + _octets(text[position:]))


# ---- snmpwalk -On: .1.3.6.1.2.1.1.1.0 = STRING: "text over one or more lines"

_LINE = re.compile(r"\.?(\d+(?:\.\d+)+) =(?: (.*))?")
_TYPED = re.compile(r"([A-Za-z][A-Za-z0-9-]*(?: ?[A-Za-z0-9]+)?):(?: (.*)|$)", re.DOTALL)
_DIGITS = re.compile(r"-?\d+")


def _snmpwalk(text: str) -> tuple[dict[str, Value], int]:
    variables: dict[str, Value] = {}
    skipped = 0
    for oid, written in _entries(text):
        try:
            value = _spoken(written)
        except (ValueError, struct.error):
            skipped += 1
            continue
        if value is not None:
            variables[oid] = value
    return variables, skipped


def _entries(text: str) -> Iterable[tuple[str, str]]:
    """(OID, what stands after the equals sign); text that goes on over several lines is joined."""
    oid, parts = "", [""]
    for line in text.split("\n"):
        line = line.rstrip("\r")
        found = _LINE.fullmatch(line)
        if found is None:
            if oid:
                parts.append(line)
            continue
        if oid:
            yield oid, "\n".join(parts)
        oid, parts = found[1], [found[2] or ""]
    if oid:
        yield oid, "\n".join(parts).rstrip("\n")


def _spoken(written: str) -> Value | None:
    """A value as net-snmp prints it. Raises `ValueError` when it is none."""
    if written.startswith(("No more variables", "No Such", "NULL")):
        return None
    if written.startswith('"'):
        return _quoted(written)
    typed = _TYPED.fullmatch(written)
    if typed is None:
        if written.strip() == "":
            return b""
        raise ValueError(written[:40])
    kind, rest = typed[1], typed[2] or ""
    read = _SPOKEN.get(kind)
    if read is None:
        raise ValueError(kind)
    return read(rest)


def _quoted(text: str) -> bytes:
    text = text.rstrip("\n")
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        text = text[1:-1]
    return _octets(re.sub(r'\\(["\\])', r"\1", text))


def _integer(text: str) -> int:
    """`42`, `up(1)`, `10 milliseconds`."""
    inner = re.fullmatch(r"[^()]*\((-?\d+)\)\s*", text)
    found = inner[1] if inner else (_DIGITS.match(text.strip()) or [""])[0]
    return int(found)


def _ticks(text: str) -> int:
    found = re.match(r"\s*\((\d+)\)", text)
    return int(found[1]) if found else _integer(text)


def _float(text: str) -> float:
    return float(text.removeprefix("Float:").removeprefix(" Float:").strip().split()[0])


def _hexadecimal(text: str) -> bytes:
    return bytes.fromhex(re.sub(r"\s*\[.*?\]\s*$", "", text, flags=re.DOTALL).replace("\n", " "))


_SPOKEN: dict[str, Callable[[str], Value]] = {
    "STRING": _quoted,
    "Hex-STRING": _hexadecimal,
    "BITS": lambda text: bytes.fromhex((re.match(r"(?:[0-9A-Fa-f]{2}(?:\s+|$))*", text) or [""])[0]),
    "INTEGER": _integer,
    "Integer32": _integer,
    "UInteger32": _integer,
    "Unsigned32": _integer,
    "Gauge32": _integer,
    "Counter32": _integer,
    "Counter64": _integer,
    "Timeticks": _ticks,
    "OID": lambda text: Oid(text.strip().lstrip(".")),
    "IpAddress": lambda text: IpAddress(text.strip()),
    "Network Address": lambda text: IpAddress(".".join(str(int(part, 16)) for part in text.strip().split(":"))),
    "Opaque": lambda text: _float(text) if "Float:" in text else _opaque(_hexadecimal(text)),
    "Float": _float,
}
