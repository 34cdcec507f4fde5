"""The codec: a matrix of samples (components down, time across) to a small blob and back, exactly.

A counter or state is an integer; a gauge becomes one where a power of ten makes all its values integers, and
otherwise keeps its bits. Along time: differences (of the bits: exclusive or), rows that never change dropped,
zig-zag, narrowed to the smallest width, byte planes, zlib. Gaps repeat the last value and stand in a bit mask.

    blob     = zlib(payload) · crc32 of key and all before it (4 bytes)
    payload  = header · live rows (bits) · mask (bits, where gaps exist) · first values · planes
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.generic]
Mask = npt.NDArray[np.bool_]
_Int64 = npt.NDArray[np.int64]
_Bytes = npt.NDArray[np.uint8]

_HEADER = struct.Struct("<BBBBII")
_CRC = struct.Struct("<I")
_SIGNED, _UNSIGNED, _DECIMAL, _BITS = 0, 1, 2, 3
_HAS_GAPS = 0x80
_SCALES = (0, 1, 2, 3, 4, 6, 9, 12)
_WIDTHS = ((1, np.dtype("<u1")), (2, np.dtype("<u2")), (4, np.dtype("<u4")), (8, np.dtype("<u8")))
_EXACT = float(2**53)
_MEMORY = 6
"""Byte planes have runs, and no longer likenesses to look for: Z_RLE is three times as fast as level 6. Less memory
means shorter sections, each with a code of its own, which fit the planes better: 1 % smaller than level 6."""


class DamagedBlock(Exception):
    """The checksum of a block does not fit what it holds."""


def seal(payload: bytes, key: bytes) -> bytes:
    """Compresses and signs; `key` says where the block belongs, so that a misplaced one is found out."""
    deflate = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, _MEMORY, zlib.Z_RLE)
    packed = deflate.compress(payload) + deflate.flush()
    return packed + _CRC.pack(zlib.crc32(packed, zlib.crc32(key)))


def unseal(blob: bytes, key: bytes) -> bytes:
    """The payload of a block. Raises: DamagedBlock."""
    packed = memoryview(blob)[:-4]
    if len(blob) < 4 or _CRC.pack(zlib.crc32(packed, zlib.crc32(key))) != blob[-4:]:
        raise DamagedBlock("the checksum does not fit")
    try:
        return zlib.decompress(packed)
    except zlib.error as error:
        raise DamagedBlock(str(error)) from error


def pack(values: Values, present: Mask | None = None) -> bytes:
    """A matrix as bytes, before compression.

    Shape: `values` (rows, times), int64, uint64 or float64, at least one time; `present` of the same shape is
    False at gaps, None when there are none.
    """
    if present is not None and present.all():
        present = None
    integers, kind, scale = _as_integers(values, present)
    if present is not None:
        integers = _filled(integers, present)
    moves = _moves(integers, kind)
    live = moves.any(axis=1)
    width, planes = _planes(moves if live.all() else moves[live])
    rows, times = integers.shape
    flags = kind | (_HAS_GAPS if present is not None else 0)
    parts = [_HEADER.pack(flags, scale, width, 0, rows, times), np.packbits(live).tobytes()]
    if present is not None:
        parts.append(np.packbits(present).tobytes())
    parts += [_shuffled(np.ascontiguousarray(integers[:, 0]).view(np.uint8), 8), planes]
    return b"".join(parts)


def _as_integers(values: Values, present: Mask | None) -> tuple[_Int64, int, int]:
    if values.dtype == np.uint64:
        return values.view(np.int64), _UNSIGNED, 0
    if values.dtype != np.float64:
        return values.astype(np.int64, copy=False), _SIGNED, 0
    floats = cast("npt.NDArray[np.float64]", values)
    if present is not None:
        floats = np.where(present, floats, 0.0)
    few = np.ascontiguousarray(floats[:: len(floats) // 8 + 1, :8])
    with np.errstate(over="ignore", invalid="ignore"):
        for scale in _SCALES:
            if _scaled(few, scale) is not None:
                scaled = _scaled(floats, scale)
                if scaled is not None:
                    return scaled.astype(np.int64), _DECIMAL, scale
    return np.ascontiguousarray(floats).view(np.int64), _BITS, 0


def _scaled(floats: npt.NDArray[np.float64], scale: int) -> npt.NDArray[np.float64] | None:
    """Whole numbers of so many decimals, None where that is not exact."""
    scaled = np.rint(floats * 10.0**scale)
    exact = bool((scaled / 10.0**scale == floats).all()) and np.abs(scaled).max(initial=0) < _EXACT
    return scaled if exact else None


def _filled(integers: _Int64, present: Mask) -> _Int64:
    """Each gap takes the value before it, the first ones the value after them; an empty row is all zero."""
    place = np.where(present, np.arange(integers.shape[1]), 0)
    place = np.maximum(np.maximum.accumulate(place, axis=1), present.argmax(axis=1)[:, None])
    filled = np.take_along_axis(integers, place, axis=1)
    filled[~present.any(axis=1)] = 0
    return filled


def _moves(integers: _Int64, kind: int) -> npt.NDArray[np.uint64]:
    """What changes from each time to the next, small where the change is small."""
    if kind == _BITS:
        return (integers[:, 1:] ^ integers[:, :-1]).view(np.uint64)
    deltas = integers[:, 1:] - integers[:, :-1]
    return ((deltas << 1) ^ (deltas >> 63)).view(np.uint64)


def _planes(moves: npt.NDArray[np.uint64]) -> tuple[int, bytes]:
    top = int(moves.max(initial=0))
    width, dtype = next((w, d) for w, d in _WIDTHS if top < 1 << (8 * w))
    return width, _shuffled(np.ascontiguousarray(moves.astype(dtype)).reshape(-1).view(np.uint8), width)


def _shuffled(octets: _Bytes, width: int) -> bytes:
    return octets.reshape(-1, width).T.tobytes()


@dataclass(frozen=True, slots=True)
class Block:
    """A packed matrix, opened but not yet decoded: asking for one row costs one row."""

    rows: int
    times: int
    _kind: int
    _scale: int
    _width: int
    _live: Mask
    _mask: Mask | None
    _firsts: _Int64
    _planes: _Bytes

    def row(self, row: int) -> tuple[Values, Mask]:
        """Values and presence of one row, as long as `times`."""
        values, mask = self._decoded(slice(row, row + 1))
        return values[0], mask[0]

    def all(self) -> tuple[Values, Mask]:
        """Values and presence of the whole matrix."""
        return self._decoded(slice(0, self.rows))

    def lasts(self) -> tuple[Values, Mask]:
        """The newest column, with the presence at that time."""
        values, mask = self.all()
        return values[:, -1], mask[:, -1]

    def _decoded(self, rows: slice) -> tuple[Values, Mask]:
        count = rows.stop - rows.start
        integers = np.empty((count, self.times), np.int64)
        integers[:, 0] = self._firsts[rows]
        live = self._live[rows]
        integers[:, 1:] = 0
        if live.any():
            integers[live, 1:] = self._deltas(int(self._live[: rows.start].sum()), int(live.sum()))
        accumulate = np.bitwise_xor if self._kind == _BITS else np.add
        accumulate.accumulate(integers, axis=1, out=integers)
        mask = self._mask[rows] if self._mask is not None else np.ones((count, self.times), np.bool_)
        return self._as_values(integers), mask

    def _deltas(self, first: int, count: int) -> _Int64:
        step = self.times - 1
        octets = self._planes[:, first * step : (first + count) * step]
        moves = np.ascontiguousarray(octets.T).view(f"<u{self._width}").reshape(count, step)
        if self._kind == _BITS:
            return moves.astype(np.uint64).view(np.int64)
        wide = moves.astype(np.uint64)
        return ((wide >> np.uint64(1)) ^ -(wide & np.uint64(1))).view(np.int64)

    def _as_values(self, integers: _Int64) -> Values:
        if self._kind == _SIGNED:
            return integers
        if self._kind == _UNSIGNED:
            return integers.view(np.uint64)
        if self._kind == _BITS:
            return integers.view(np.float64)
        return cast("Values", integers / 10.0**self._scale)


def unpack(payload: bytes, offset: int = 0) -> tuple[Block, int]:
    """The block that begins at `offset`, and where it ends. Raises: DamagedBlock."""
    try:
        flags, scale, width, _, rows, times = _HEADER.unpack_from(payload, offset)
        at = offset + _HEADER.size
        live, at = _bits(payload, at, rows)
        mask = None
        if flags & _HAS_GAPS:
            flat, at = _bits(payload, at, rows * times)
            mask = flat.reshape(rows, times)
        firsts = np.frombuffer(payload, np.uint8, rows * 8, at).reshape(8, -1).T
        at += rows * 8
        cells = int(live.sum()) * (times - 1)
        planes = np.frombuffer(payload, np.uint8, cells * width, at).reshape(width, -1)
    except (struct.error, ValueError) as error:
        raise DamagedBlock(str(error)) from error
    first_values = np.ascontiguousarray(firsts).view(np.int64).reshape(-1)
    block = Block(rows, times, flags & 0x7F, scale, width, live, mask, first_values, planes)
    return block, at + cells * width


def _bits(payload: bytes, at: int, count: int) -> tuple[Mask, int]:
    size = (count + 7) // 8
    octets = np.frombuffer(payload, np.uint8, size, at)
    return np.unpackbits(octets, count=count).view(np.bool_), at + size
