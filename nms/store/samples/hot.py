"""The hot form of the newest readings: one row per device and transaction, packed as they came.

row      = segment · segment ...                                    · crc32 of key and all before it
segment  = group, at, since, rows, columns, size · component numbers · metric numbers · codes · columns
column   = values, 1 or 8 bytes each [· presence bits, where the code says so]
"""

from __future__ import annotations

import math
import struct
import zlib
from array import array
from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np

from nms.model import Number, Reading
from nms.store.samples.blocks import DamagedBlock
from nms.store.samples.catalogue import Shape
from nms.store.samples.series import milliseconds, require_whole

SEGMENT = struct.Struct("<IqqIHI")
_CRC = struct.Struct("<I")
_ROW_KEY = struct.Struct("<qIqq")
GAPS = 8
_CODE = {"b": 0, "Q": 1, "d": 2, "q": 3}
DTYPES: dict[int, np.dtype[np.generic]] = {
    0: np.dtype(np.int8),
    1: np.dtype(np.uint64),
    2: np.dtype(np.float64),
    3: np.dtype(np.int64),
}
_FALLBACKS = {"b": "bqd", "Q": "Qqd", "d": "d"}


class Link(NamedTuple):
    """Where a hot row stands in the chain of its device: its own number, the row before it, and the newest
    instant (milliseconds) in all rows before it."""

    row: int
    device: int
    prev: int
    newest: int


def pack_row(segments: Sequence[bytes], link: Link) -> bytes:
    """One hot row, signed with where it belongs."""
    data = b"".join(segments)
    return data + _CRC.pack(zlib.crc32(data, zlib.crc32(_ROW_KEY.pack(*link))))


def checked_row(data: bytes, link: Link) -> memoryview:
    """The segments of a hot row. Raises: DamagedBlock."""
    body = memoryview(data)[:-4]
    if len(data) < 4 or _CRC.pack(zlib.crc32(body, zlib.crc32(_ROW_KEY.pack(*link)))) != data[-4:]:
        raise DamagedBlock("the checksum does not fit")
    return body


def pack_reading(reading: Reading, shape: Shape) -> bytes:
    """One reading as a segment. Raises: ValueError where a column is not as long as the components."""
    require_whole(reading)
    codes, columns = bytearray(), []
    for typecode, values in zip(shape.typecodes, reading.columns.values(), strict=True):
        if shape.picks is not None:
            values = [values[row] for row in shape.picks]
        try:
            columns.append(array(typecode, cast("Sequence[float]", values)).tobytes())
            codes.append(_CODE[typecode])
        except (TypeError, OverflowError):
            code, column = _awkward_column(typecode, values)
            columns.append(column)
            codes.append(code)
    body = b"".join((shape.head, codes, *columns))
    since = 1000 * round(reading.counters_since or 0)
    at = milliseconds(reading.at)
    return SEGMENT.pack(shape.group, at, since, shape.rows, len(codes), len(body)) + body


def _awkward_column(typecode: str, values: Sequence[Number | None]) -> tuple[int, bytes]:
    """A column with gaps, or with values that its usual form cannot hold."""
    whole = [_as_integer(value) for value in values]
    if typecode != "d" and None not in [w for w, v in zip(whole, values, strict=True) if v is not None]:
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
