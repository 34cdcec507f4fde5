"""The hot form of the newest readings: one row per device and transaction, packed as they came.

row      = segment · segment ...                                    · crc32 of key and all before it
segment  = group, at, since, rows, columns, size · component numbers · metric numbers · codes · columns
column   = values, 1 or 8 bytes each [· presence bits, where the code says so]
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast
from zlib import crc32

import numpy as np

from nms.model import Component, Number, Reading
from nms.store.samples.blocks import DamagedBlock
from nms.store.samples.series import require_whole

SEGMENT = struct.Struct("<IqqIHI")
_GROUP = struct.Struct("<I")
_SIZES = struct.Struct("<IHI")
"""The parts of the header of a segment before and after the two instants."""
_CRC = struct.Struct("<I")
_ROW_KEY = struct.Struct("<qIqq")
_RESIDUE = 0x2144DF1C
SIGNATURE = _CRC.size
"""Bytes after the segments of a row."""
GAPS = 8
_CODE = {"b": 0, "Q": 1, "d": 2, "q": 3}
DTYPES: dict[int, np.dtype[np.generic]] = {
    0: np.dtype(np.int8),
    1: np.dtype(np.uint64),
    2: np.dtype(np.float64),
    3: np.dtype(np.int64),
}
_FALLBACKS = {"b": "bqd", "Q": "Qqd", "d": "d"}


@dataclass(slots=True)
class Shape:
    """How the readings of one table of one device look at present.

    `head` is the fixed part of each packed reading: component numbers, then metric numbers. `picks` are the
    rows to keep where a device gives two rows the same identity (the first one counts), None for all. `usual`
    packs a whole reading at once, `fixed` between the instants and the values, where every value has the usual
    form of its column.
    """

    device: int
    group: int
    components: tuple[Component, ...]
    columns: tuple[str, ...]
    head: bytes
    typecodes: tuple[str, ...]
    picks: tuple[int, ...] | None
    rows: int
    lengths: list[int] = field(init=False)
    start: bytes = field(init=False)
    fixed: bytes = field(init=False)
    usual: struct.Struct = field(init=False)

    def __post_init__(self) -> None:
        values = struct.Struct("<" + "".join(f"{self.rows}{code}" for code in self.typecodes))
        body = self.head + bytes(_CODE[code] for code in self.typecodes)
        self.lengths = [len(self.components)] * len(self.columns)
        self.start = _GROUP.pack(self.group)
        self.fixed = _SIZES.pack(self.rows, len(self.columns), len(body) + values.size) + body
        self.usual = struct.Struct(f"<4sqq{len(self.fixed)}s{values.format[1:]}")

    def fits(self, reading: Reading) -> bool:
        return (
            reading.components is self.components or reading.components == self.components
        ) and self.columns == tuple(reading.columns)


class Link(NamedTuple):
    """Where a hot row stands in the chain of its device: its own number, the row before it, and the newest
    instant (milliseconds) in all rows before it."""

    row: int
    device: int
    prev: int
    newest: int


def pack_row(segments: Sequence[bytes], link: Link) -> bytes:
    """One hot row, signed with where it belongs."""
    signature = crc32(_ROW_KEY.pack(*link))
    for segment in segments:
        signature = crc32(segment, signature)
    return b"".join((*segments, _CRC.pack(signature)))


def is_whole(data: bytes, row: int, device: int, prev: int, newest: int) -> bool:
    """Whether a hot row is what was written there: a text that its own CRC follows has always the same CRC."""
    return crc32(data, crc32(_ROW_KEY.pack(row, device, prev, newest))) == _RESIDUE


def checked_row(data: bytes, link: Link) -> bytes:
    """A hot row, with its signature. Raises: DamagedBlock."""
    if not is_whole(data, *link):
        raise DamagedBlock("the checksum does not fit")
    return data


def pack_reading(reading: Reading, shape: Shape, at: int) -> bytes:
    """One reading, taken at a millisecond, as a segment.

    Raises: ValueError where a column is not as long as the components.
    """
    since = 1000 * round(reading.counters_since) if reading.counters_since else 0
    columns = reading.columns.values()
    if shape.picks is not None or list(map(len, columns)) != shape.lengths:
        return _pack_awkward(reading, shape, at, since)
    values: list[Number | None] = []
    for column in columns:
        values += column
    try:
        return shape.usual.pack(shape.start, at, since, shape.fixed, *values)
    except (struct.error, OverflowError):
        return _pack_awkward(reading, shape, at, since)


def _pack_awkward(reading: Reading, shape: Shape, at: int, since: int) -> bytes:
    """A reading of which some column has not its usual form, column by column."""
    require_whole(reading)
    codes, packed = bytearray(), []
    for typecode, values in zip(shape.typecodes, reading.columns.values(), strict=True):
        code, column = _column(typecode, values if shape.picks is None else [values[row] for row in shape.picks])
        codes.append(code)
        packed.append(column)
    body = b"".join((shape.head, codes, *packed))
    return SEGMENT.pack(shape.group, at, since, shape.rows, len(codes), len(body)) + body


def _column(typecode: str, values: Sequence[Number | None]) -> tuple[int, bytes]:
    """The code of a column, and its values."""
    try:
        return _CODE[typecode], array(typecode, cast("Sequence[float]", values)).tobytes()
    except (TypeError, OverflowError):
        return _awkward_column(typecode, values)


def _awkward_column(typecode: str, values: Sequence[Number | None]) -> tuple[int, bytes]:
    """A column with gaps, or with values that its usual form cannot hold."""
    if typecode == "d":
        return _CODE["d"], array("d", [_as_float(value) for value in values]).tobytes()
    whole = [_as_integer(value) for value in values]
    if None not in [w for w, v in zip(whole, values, strict=True) if v is not None]:
        for candidate in _FALLBACKS[typecode][:-1]:
            try:
                packed = array(candidate, [value or 0 for value in whole]).tobytes()
            except OverflowError:
                continue
            bits = np.packbits([value is not None for value in whole]).tobytes()
            return _CODE[candidate] | GAPS, packed + bits
    return _CODE["d"], array("d", [_as_float(value) for value in values]).tobytes()


def _as_integer(value: Number | None) -> int | None:
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value


def _as_float(value: Number | None) -> float:
    try:
        return math.nan if value is None else float(value)
    except OverflowError:
        return math.nan
