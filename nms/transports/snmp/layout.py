"""Response layouts: what a response to the same request looked like last time, so that only values are decoded.

Two responses of one agent to one request differ in the octets of the values and hardly ever in anything else: OIDs,
types and mostly lengths stay. A layout holds everything around the values (the *frame*) and a `struct` that picks
the values out. The frame is compared octet by octet, so a response is believed no more easily than by the decoder:
where anything differs it goes the long way (`read_same_names`, `read_answer`) and may become the next layout.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TypeVar, cast

from nms.transports.snmp.ber import COUNTER64, INTEGER, SEQUENCE, TEXT, UNSIGNED, BadPacket, decode_value
from nms.transports.snmp.messages import Found, Pdu, find_bindings, read_pdu
from nms.transports.snmp.values import Value

_SIGNED = {1: "b", 2: "h", 4: "i", 8: "q"}
_MASKS = {size: (1 << 8 * size) - 1 for size in range(1, 9)}
_UNSIGNED = {1: "B", 2: "H", 4: "I", 8: "Q"}

Thing = TypeVar("Thing")


class Share:
    """One copy of equal things: switches of one model have equal frames.

    Bounded, so that neither hostile agents nor years of changing values fill the memory: things that were not asked
    for during the last `limit` new ones are forgotten, and only the sharing is lost.
    """

    def __init__(self, limit: int = 8000) -> None:
        self._limit = limit
        self._young: dict[object, object] = {}
        self._old: dict[object, object] = {}

    def one(self, thing: Thing) -> Thing:
        known = self._young.get(thing)
        if known is not None:
            return cast("Thing", known)
        if len(self._young) >= self._limit:
            self._old, self._young = self._young, {}
        known = self._young[thing] = self._old.get(thing, thing)
        return cast("Thing", known)

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


class Layout:
    """The frame of one response, and how to pick its values out."""

    __slots__ = (
        "_blank",
        "_constants",
        "_end",
        "_frame",
        "_frame_struct",
        "_masks",
        "_odd",
        "_start",
        "_value_struct",
        "_windows",
    )

    def __init__(self, data: bytes, pdu: Pdu, found: Sequence[Found], share: Share) -> None:
        picker = _Picker(data, pdu.id_at)
        self._start, self._end = pdu.start, pdu.end
        for position, binding in enumerate(found):
            picker.add(position, binding)
        frame_format, value_format = picker.formats()
        self._blank = share.one(bytes(picker.blank))
        self._frame_struct = _shared_struct(frame_format, share)
        self._value_struct = _shared_struct(value_format, share)
        self._frame = share.one(b"".join(self._frame_struct.unpack(data)))
        self._windows = share.one(tuple(picker.windows))
        self._masks = share.one(tuple(picker.masks))
        self._odd = share.one(tuple(picker.odd))
        self._constants = tuple(picker.constants)

    def __hash__(self) -> int:
        return hash(self._blank)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Layout) and (
            self._blank,
            self._constants,
            self._value_struct.format,
            self._frame_struct.format,
        ) == (other._blank, other._constants, other._value_struct.format, other._frame_struct.format)

    def names(self) -> list[bytes]:
        """What the variables are called: found anew each time, which is seldom, to keep a layout small."""
        return [binding.name for binding in find_bindings(self._blank, self._start, self._end)]

    def read(self, data: bytes) -> Sequence[Value | None] | None:
        """The values in the order of the names, or None where the response has another layout."""
        if len(data) != len(self._blank) or b"".join(self._frame_struct.unpack(data)) != self._frame:
            return None
        values = self._value_struct.unpack_from(data)
        if not (self._windows or self._odd or self._constants):
            return values
        changed = list(values)
        for position, mask in zip(self._windows, self._masks, strict=True):
            changed[position] &= mask
        for position, tag in self._odd:
            changed[position] = decode_value(tag, changed[position])
        for position, value in self._constants:
            changed[position] = value
        return changed


def _shared_struct(pattern: str, share: Share) -> struct.Struct:
    """One compiled struct for equal patterns."""
    return share.one(_Compiled(pattern)).struct


class _Compiled:
    """A struct that compares by its pattern, so that it can be shared, and is compiled when first used."""

    __slots__ = ("_pattern", "_struct")

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._struct: struct.Struct | None = None

    def __hash__(self) -> int:
        return hash(self._pattern)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Compiled) and other._pattern == self._pattern

    @property
    def struct(self) -> struct.Struct:
        if self._struct is None:
            self._struct = struct.Struct(self._pattern)
        return self._struct


class _Picker:
    """Writes the two struct patterns of a layout, binding by binding.

    Integers whose length no struct code has are read as the next wider one that ends with them, and masked.
    """

    def __init__(self, data: bytes, id_at: int) -> None:
        self._data = data
        self._frame = [f">{id_at}s4x"]
        self._framed = id_at + 4
        self._values = [">"]
        self._valued = 0
        self.blank = bytearray(data)
        self.blank[id_at : id_at + 4] = bytes(4)
        self.windows: list[int] = []
        self.masks: list[int] = []
        self.odd: list[tuple[int, int]] = []
        self.constants: list[tuple[int, Value | None]] = []

    def formats(self) -> tuple[str, str]:
        return "".join([*self._frame, f"{len(self._data) - self._framed}s"]), "".join(self._values)

    def add(self, position: int, binding: Found) -> None:
        _, tag, start, stop = binding
        if tag in UNSIGNED:
            self._add_unsigned(position, binding)
        elif tag == INTEGER and stop - start in _SIGNED:
            self._pick(start, stop, _SIGNED[stop - start])
        elif tag in TEXT:
            self._pick(start, stop, f"{stop - start}s")
        elif decode_value(tag, self._data[start:stop]) is None:
            self._add_constant(position, None, start)
        else:
            self._pick(start, stop, f"{stop - start}s")
            self.odd.append((position, tag))

    def _add_unsigned(self, position: int, binding: Found) -> None:
        _, tag, start, stop = binding
        width = 8 if tag == COUNTER64 else 4
        if stop - start == width + 1 and not self._data[start]:
            start += 1
        size = stop - start
        if not 0 < size <= width:
            self._add_constant(position, decode_value(tag, self._data[binding.start : stop]), binding.start)
        elif size in _UNSIGNED:
            self._pick(start, stop, _UNSIGNED[size])
        else:
            self._pick(start, stop, "I" if size == 3 else "Q", window=4 if size == 3 else 8)
            self.windows.append(position)
            self.masks.append(_MASKS[size])

    def _add_constant(self, position: int, value: Value | None, start: int) -> None:
        """A value whose octets belong to the frame; the octet before it keeps its place among the values."""
        self._values.append(f"{start - 1 - self._valued}xB")
        self._valued = start
        self.constants.append((position, value))

    def _pick(self, start: int, stop: int, code: str, window: int = 0) -> None:
        self._frame.append(f"{start - self._framed}s{stop - start}x")
        self._framed = stop
        self.blank[start:stop] = bytes(stop - start)
        first = stop - window if window else start
        self._values.append(f"{first - self._valued}x{code}")
        self._valued = stop


def layout_of(data: bytes, expected: bytes, share: Share) -> Layout | None:
    """The layout of a response without error, or None where it cannot serve as one."""
    try:
        pdu = read_pdu(data, expected)
        found = find_bindings(data, pdu.start, pdu.end)
    except BadPacket:
        return None
    id_is_plain = data[pdu.id_at - 2 : pdu.id_at] == b"\x02\x04"
    names_are_short = all(len(binding.name) < 0x80 for binding in found)
    if pdu.error_status or not found or not id_is_plain or not names_are_short:
        return None
    return share.one(Layout(data, pdu, found, share))


def read_same_names(data: bytes, expected: bytes, names: Sequence[bytes]) -> list[Value | None] | None:
    """The values of a response with exactly these names, whatever their lengths; None for any other response.

    Raises BadPacket, as `read_pdu` does.
    """
    pdu = read_pdu(data, expected)
    if pdu.error_status:
        return None
    at, end = pdu.start, pdu.end
    values: list[Value | None] = []
    for name in names:
        length = len(name)
        opening = at + 4
        if end < opening + length + 2 or data[at + 1] > 0x7F or data[at + 3] != length:
            return None
        if data[at] != SEQUENCE or not data.startswith(name, opening):
            return None
        close = at + 2 + data[at + 1]
        at = opening + length
        size = data[at + 1]
        stop = at + 2 + size
        if size > 0x7F or stop > close or close > end:
            return None
        values.append(decode_value(data[at], data[at + 2 : stop]))
        at = close
    return values if at == end else None
