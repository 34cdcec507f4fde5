"""Hot rows opened many at a time: rows of one form, one above the other, are a matrix of bytes.

A device that is asked the same questions every minute writes rows that differ in times and values only, so that
their layout is read once, and not for every row. See `hot` for the form of a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt

from nms.store.samples.blocks import Mask, Values
from nms.store.samples.hot import DTYPES, GAPS, SEGMENT, SIGNATURE
from nms.store.samples.series import Integers

_AT, _SINCE, _FORM = 4, 12, 20
"""Where the header of a segment has the two instants, and where it goes on with what a form fixes."""
_WINDOW = 256
"""Rows that are compared at once: a device that changes its form often is not compared with all its past."""
_Octets = npt.NDArray[np.uint8]


class _Part(NamedTuple):
    """One segment of a row: where it begins and ends, and what its header says."""

    start: int
    end: int
    group: int
    rows: int
    columns: int

    @property
    def head(self) -> int:
        """Where the numbers and codes end and the values begin."""
        return self.start + SEGMENT.size + 4 * self.rows + 3 * self.columns


@dataclass(frozen=True, slots=True)
class Run:
    """Readings of one group and one form, in the order in which they came; a column is decoded when asked for.

    Shape: `times` and `since` in milliseconds, one a reading; `components` the numbers of the rows of a column.
    """

    group: int
    times: Integers
    since: Integers
    components: npt.NDArray[np.uint32]
    _octets: _Octets
    _layout: Mapping[int, tuple[int, int]]

    @property
    def metrics(self) -> frozenset[int]:
        return frozenset(self._layout)

    def column(self, metric: int) -> tuple[Values, Mask]:
        """Values and presence; shape (components, times)."""
        offset, code = self._layout[metric]
        rows, dtype = len(self.components), DTYPES[code & ~GAPS]
        size = rows * dtype.itemsize
        values: Values = np.ascontiguousarray(self._octets[:, offset : offset + size]).view(dtype).T
        if dtype.itemsize == 1:
            values = values.astype(np.int64)
        if values.dtype == np.float64:
            return values, np.isfinite(cast("npt.NDArray[np.float64]", values))
        if code & GAPS:
            bits = np.ascontiguousarray(self._octets[:, offset + size : offset + size + (rows + 7) // 8])
            return values, np.unpackbits(bits, axis=1, count=rows).view(np.bool_).T
        return values, np.ones(values.shape, np.bool_)

    def only(self, which: slice | Mask) -> Run:
        """Some of its readings."""
        return replace(self, times=self.times[which], since=self.since[which], _octets=self._octets[which])


@dataclass(frozen=True, slots=True)
class Stack:
    """Rows of one form that follow one another. Shape: `octets` (rows, bytes of a row)."""

    octets: _Octets
    parts: tuple[_Part, ...]

    def __len__(self) -> int:
        return len(self.octets)

    def first(self, rows: int) -> Stack:
        return replace(self, octets=self.octets[:rows])

    def newest(self) -> Integers:
        """The newest instant in each row, milliseconds."""
        newest: Integers = np.max([_instants(self.octets, part.start + _AT) for part in self.parts], axis=0)
        return newest

    def runs(self) -> Iterator[Run]:
        """The readings; those of one group in the order in which they came."""
        if len({part.group for part in self.parts}) == len(self.parts):
            yield from (_run(self.octets[:, part.start : part.end], part) for part in self.parts)
        else:
            yield from self._repeated()

    def _repeated(self) -> Iterator[Run]:
        """Rows that hold a group more than once, as those of a poller do that was cut off for some time."""
        ordered = sorted(self.parts, key=lambda part: part.group)
        for row in self.octets:
            whole = row.tobytes()
            for _, same in groupby(ordered, partial(_form, whole)):
                parts = list(same)
                octets = np.frombuffer(b"".join([whole[part.start : part.end] for part in parts]), np.uint8)
                yield _run(octets.reshape(len(parts), -1), parts[0])


def stacks(rows: Sequence[bytes]) -> Iterator[Stack]:
    """Rows (see `hot.checked_row`) in their order, those of one form together."""
    for size, alike in groupby(rows, len):
        left = np.frombuffer(b"".join(alike), np.uint8).reshape(-1, size)
        while len(left):
            parts = tuple(_parts(left[0]))
            same = _of_one_form(left[:_WINDOW], parts)
            if parts:
                yield Stack(left[:same], parts)
            left = left[same:]


def runs(rows: Sequence[bytes]) -> Iterator[Run]:
    """The readings of rows; those of one group in the order in which they came."""
    for stack in stacks(rows):
        yield from stack.runs()


def _parts(row: _Octets) -> Iterator[_Part]:
    octets, start = row.tobytes(), 0
    while start < len(octets) - SIGNATURE:
        group, _, _, rows, columns, size = SEGMENT.unpack_from(octets, start)
        end = start + SEGMENT.size + size
        yield _Part(start, end, group, rows, columns)
        start = end


def _of_one_form(rows: _Octets, parts: Sequence[_Part]) -> int:
    """How many rows from the first on have its form: the same groups, components, metrics and codes."""
    same = np.ones(len(rows), np.bool_)
    for part in parts:
        for fixed in (slice(part.start, part.start + _AT), slice(part.start + _FORM, part.head)):
            same &= (rows[:, fixed] == rows[0, fixed]).all(axis=1)
    return len(rows) if same.all() else int(same.argmin())


def _form(row: bytes, part: _Part) -> tuple[int, bytes]:
    return part.group, row[part.start + _FORM : part.head]


def _run(octets: _Octets, part: _Part) -> Run:
    head = octets[0, SEGMENT.size : part.head - part.start].tobytes()
    metrics = np.frombuffer(head, "<u2", part.columns, 4 * part.rows).tolist()
    layout, offset = {}, part.head - part.start
    for metric, code in zip(metrics, head[4 * part.rows + 2 * part.columns :], strict=True):
        layout[metric] = (offset, code)
        offset += part.rows * DTYPES[code & ~GAPS].itemsize + ((part.rows + 7) // 8 if code & GAPS else 0)
    components = np.frombuffer(head, "<u4", part.rows)
    return Run(part.group, _instants(octets, _AT), _instants(octets, _SINCE), components, octets, layout)


def _instants(octets: _Octets, offset: int) -> Integers:
    return np.ascontiguousarray(octets[:, offset : offset + 8]).view("<i8").reshape(-1)
