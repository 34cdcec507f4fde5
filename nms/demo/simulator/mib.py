"""What one simulated agent holds: variables in lexicographic order, constant ones encoded once, live ones on demand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence

from nms.transports.snmp import ber

Cell = bytes | Callable[[float], bytes]
"""A variable's value with tag and length, or what makes it for an instant (Unix seconds)."""

Key = tuple[int, ...]

Quantity = Callable[..., float]
"""A number as a function of the clock; further parameters, if any, have defaults."""


def integer(value: int) -> bytes:
    return ber.tlv(ber.INTEGER, ber.encode_integer(value))


def text(value: str | bytes) -> bytes:
    return ber.tlv(ber.OCTET_STRING, value.encode() if isinstance(value, str) else value)


def oid(value: str) -> bytes:
    return ber.tlv(ber.OBJECT_IDENTIFIER, ber.encode_oid(value))


def ip_address(value: str) -> bytes:
    return ber.tlv(ber.IP_ADDRESS, bytes(map(int, value.split("."))))


def counter32(value: float) -> bytes:
    """Wraps at 2^32, as the real thing does."""
    return _unsigned(ber.COUNTER32, int(value) & 0xFFFFFFFF)


def counter64(value: float) -> bytes:
    return _unsigned(ber.COUNTER64, int(value) & 0xFFFFFFFFFFFFFFFF)


def gauge32(value: float) -> bytes:
    """Stays at its largest value, as RFC 2578 asks."""
    return _unsigned(ber.GAUGE32, min(max(int(value), 0), 0xFFFFFFFF))


def ticks(seconds: float) -> bytes:
    """TimeTicks, which wrap after 497 days."""
    return _unsigned(ber.TIME_TICKS, int(seconds * 100) & 0xFFFFFFFF)


def _unsigned(tag: int, value: int) -> bytes:
    content = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return bytes((tag, len(content))) + content


def live(encode: Callable[[float], bytes], value: Quantity) -> Cell:
    """A cell whose number is a function of the clock."""
    return lambda now: encode(value(now))


def live_integer(value: Quantity) -> Cell:
    return lambda now: integer(round(value(now)))


def live_text(value: Callable[..., str]) -> Cell:
    return lambda now: text(value(now))


def arcs(dotted: str) -> Key:
    return tuple(map(int, dotted.split(".")))


class Mib:
    """Variables of one agent, ready to be searched. `Names` are OID content octets as they stand in messages."""

    def __init__(self, variables: Iterable[tuple[Key, Cell]], columns: Iterable[str]) -> None:
        ordered = sorted(variables, key=lambda variable: variable[0])
        self.keys = [key for key, _ in ordered]
        self.cells = [cell for _, cell in ordered]
        self.names = [_name(key) for key in self.keys]
        self.positions = {name: position for position, name in enumerate(self.names)}
        self._objects = tuple(ber.encode_oid(column) for column in columns)
        self._heads = [ber.tlv(ber.OBJECT_IDENTIFIER, name) for name in self.names]
        self._bindings = [
            ber.tlv(ber.SEQUENCE, head + cell) if isinstance(cell, bytes) else b""
            for head, cell in zip(self._heads, self.cells, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.names)

    def binding(self, position: int, now: float) -> bytes:
        """The variable binding at a position, encoded."""
        cell = self.cells[position]
        if isinstance(cell, bytes):
            return self._bindings[position]
        return ber.tlv(ber.SEQUENCE, self._heads[position] + cell(now))

    def after(self, name: bytes) -> int:
        """The position of the first variable behind a name, `len(self)` at the end. Raises ber.BadPacket."""
        exact = self.positions.get(name)
        if exact is not None:
            return exact + 1
        return bisect_right(self.keys, _key(name))

    def has_object(self, name: bytes) -> bool:
        """Whether the name lies under an object that this agent has, so that only the instance is missing."""
        return any(name.startswith(column) for column in self._objects)


class Builder:
    """Collects variables table by table. A variable put twice keeps its last value."""

    def __init__(self) -> None:
        self._variables: dict[Key, Cell] = {}
        self._columns: dict[str, None] = {}

    def scalar(self, object_id: str, cell: Cell) -> None:
        self._columns[object_id] = None
        self._variables[(*arcs(object_id), 0)] = cell

    def scalars(self, group: str, cells: Mapping[int, Cell]) -> None:
        """Scalars by their last arc under a group."""
        for arc, cell in cells.items():
            self.scalar(f"{group}.{arc}", cell)

    def row(self, entry: str, index: Sequence[int] | int, cells: Mapping[int, Cell]) -> None:
        """One row of a table: cells by column number under its entry."""
        stem = arcs(entry)
        suffix = (index,) if isinstance(index, int) else tuple(index)
        for column, cell in cells.items():
            self._columns[f"{entry}.{column}"] = None
            self._variables[(*stem, column, *suffix)] = cell

    def build(self) -> Mib:
        return Mib(self._variables.items(), self._columns)


def _name(key: Key) -> bytes:
    head = key[0] * 40 + key[1]
    rest = key[2:]
    if head < 128 and max(rest, default=0) < 128:
        return bytes((head, *rest))
    return ber.encode_oid(".".join(map(str, key)))


def _key(name: bytes) -> Key:
    decoded = ber.decode_arcs(name)
    if not decoded:
        raise ber.BadPacket("an empty OID")
    first = min(decoded[0] // 40, 2)
    return (first, decoded[0] - 40 * first, *decoded[1:])
