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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from nms.model import Number, Reading
from nms.store.samples.blocks import DamagedBlock, Mask, Values
from nms.store.samples.catalogue import Shape
from nms.store.samples.series import milliseconds, require_whole

_SEGMENT = struct.Struct("<IqqIHI")
_CRC = struct.Struct("<I")
_ROW_KEY = struct.Struct("<qIqq")
_GAPS = 8
_CODE = {"b": 0, "Q": 1, "d": 2, "q": 3}
_DTYPE: dict[int, np.dtype[np.generic]] = {
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
    return _SEGMENT.pack(shape.group, at, since, shape.rows, len(codes), len(body)) + body


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
            return _CODE[candidate] | _GAPS, packed + bits
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


@dataclass(frozen=True, slots=True)
class Segment:
    """One packed reading: its place in time and its bytes, not yet decoded."""

    group: int
    at: int
    since: int
    rows: int
    columns: int
    body: memoryview

    @property
    def head(self) -> bytes:
        """What readings of the same form share: numbers and codes."""
        return bytes(self.body[: 4 * self.rows + 3 * self.columns])


def segments(body: memoryview) -> Iterator[Segment]:
    """The readings of a hot row."""
    offset = 0
    while offset < len(body):
        group, at, since, rows, columns, size = _SEGMENT.unpack_from(body, offset)
        offset += _SEGMENT.size
        yield Segment(group, at, since, rows, columns, body[offset : offset + size])
        offset += size


@dataclass(frozen=True, slots=True)
class Run:
    """Readings of one group and one form, in the order in which they came, side by side.

    Shape: `columns` maps a metric number to values and presence of (components, times).
    """

    times: npt.NDArray[np.int64]
    since: npt.NDArray[np.int64]
    components: npt.NDArray[np.uint32]
    columns: dict[int, tuple[Values, Mask]]


def runs(readings: Sequence[Segment], metric: int | None = None) -> Iterator[Run]:
    """Groups readings (of one group) of equal form; only the column of `metric` where one is named."""
    start = 0
    head = readings[0].head if readings else b""
    for place in range(1, len(readings) + 1):
        following = readings[place].head if place < len(readings) else None
        if following != head:
            yield _run(readings[start:place], head, metric)
            start, head = place, following or b""


def _run(readings: Sequence[Segment], head: bytes, metric: int | None) -> Run:
    rows, width = readings[0].rows, readings[0].columns
    components = np.frombuffer(head, "<u4", rows)
    metrics = np.frombuffer(head, "<u2", width, 4 * rows)
    codes = head[4 * rows + 2 * width :]
    octets = np.frombuffer(b"".join([reading.body for reading in readings]), np.uint8)
    octets = octets.reshape(len(readings), -1)
    columns, offset = {}, len(head)
    for number, code in zip(metrics.tolist(), codes, strict=True):
        size = rows * _DTYPE[code & 7].itemsize
        if metric is None or number == metric:
            columns[number] = _column(octets, offset, rows, code)
        offset += size + ((rows + 7) // 8 if code & _GAPS else 0)
    times = np.array([reading.at for reading in readings], np.int64)
    since = np.array([reading.since for reading in readings], np.int64)
    return Run(times, since, components, columns)


def _column(octets: npt.NDArray[np.uint8], offset: int, rows: int, code: int) -> tuple[Values, Mask]:
    dtype = _DTYPE[code & 7]
    size = rows * dtype.itemsize
    values: Values = np.ascontiguousarray(octets[:, offset : offset + size]).view(dtype).T
    if dtype.itemsize == 1:
        values = values.astype(np.int64)
    if values.dtype == np.float64:
        return values, np.isfinite(cast("npt.NDArray[np.float64]", values))
    if code & _GAPS:
        bits = np.ascontiguousarray(octets[:, offset + size : offset + size + (rows + 7) // 8])
        return values, np.unpackbits(bits, axis=1, count=rows).view(np.bool_).T
    return values, np.ones(values.shape, np.bool_)
