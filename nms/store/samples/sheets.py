"""Putting matrices of one group together: readings that came in any order, hours to a day, days to a month."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from nms.store.samples import chunks
from nms.store.samples.blocks import DamagedBlock, Mask, Values
from nms.store.samples.chunks import Damage, Damages, Frame, Place
from nms.store.samples.series import Integers
from nms.store.samples.stacks import Run

Column = tuple[Values, Mask]
_Rows = npt.NDArray[np.intp] | slice
_Ascending = TypeVar("_Ascending", Integers, npt.NDArray[np.uint32])


@dataclass(frozen=True, slots=True)
class Sheet:
    """A matrix per metric over one frame, whose times ascend; a column is decoded when it is asked for."""

    frame: Frame
    metrics: frozenset[int]
    column: Callable[[int], Column]


def of_readings(readings: Iterable[Run]) -> Iterator[Sheet]:
    """Hot readings of one group as sheets, in order of arrival."""
    for run in readings:
        breaks = (np.flatnonzero(np.diff(run.times) <= 0) + 1).tolist()
        for first, last in zip([0, *breaks], [*breaks, len(run.times)], strict=True):
            yield _of_run(run.only(slice(first, last)))


def _of_run(run: Run) -> Sheet:
    order = np.argsort(run.components)
    in_order = bool((order == np.arange(len(order))).all())

    def column(metric: int) -> Column:
        values, mask = run.column(metric)
        return (values, mask) if in_order else (values[order], mask[order])

    return Sheet(Frame(run.times, run.since, run.components[order]), run.metrics, column)


def of_chunk(connection: sqlite3.Connection, place: Place) -> Sheet:
    """A stored chunk. Raises: DamagedBlock, now for the frame, later for a column."""
    frame = chunks.open_frame(chunks.blob_of(connection, place, chunks.FRAME) or b"", place)
    return Sheet(frame, frozenset(frame.metrics), partial(_column, connection, place))


def _column(connection: sqlite3.Connection, place: Place, metric: int) -> Column:
    return chunks.open_block(chunks.blob_of(connection, place, metric) or b"", place, metric).all()


def of_chunks(connection: sqlite3.Connection, places: Sequence[Place], damage: Damages) -> tuple[list[Sheet], bool]:
    """The chunks that can be read, and whether that is all of them."""
    sheets = []
    for place in places:
        try:
            sheets.append(of_chunk(connection, place))
        except DamagedBlock as error:
            damage.append(Damage(f"frame of {place}", str(error)))
    return sheets, len(sheets) == len(places)


def union(frames: Sequence[Frame]) -> Frame:
    """All times and all components."""
    if len(frames) == 1:
        return frames[0]
    times = _joined([frame.times for frame in frames])
    since = np.zeros(len(times), np.int64)
    for frame in frames:
        where = _positions(times, frame.times)
        since[where] = np.where(frame.since > 0, frame.since, since[where])
    return Frame(times, since, _joined([frame.components for frame in frames]))


def _joined(parts: Sequence[_Ascending]) -> _Ascending:
    """All that ascending arrays hold, once; those that follow one another need no sorting."""
    if all(len(part) == len(parts[0]) and (part == parts[0]).all() for part in parts):
        return parts[0]
    whole = np.concatenate(parts)
    return whole if (whole[1:] > whole[:-1]).all() else np.unique(whole)


def combined(sheets: Sequence[Sheet], frame: Frame, metric: int) -> Column:
    """One metric of several sheets over their union: the later sheet counts where it has a value."""
    having = [sheet for sheet in sheets if metric in sheet.metrics]
    columns = [sheet.column(metric) for sheet in having]
    if len(columns) == 1 and having[0].frame is frame:
        return columns[0]
    values = np.zeros((len(frame.components), len(frame.times)), _common_type([v for v, _ in columns]))
    present = np.zeros(values.shape, np.bool_)
    for sheet, (new, known) in zip(having, columns, strict=True):
        rows = _positions(frame.components, sheet.frame.components)
        times = _positions(frame.times, sheet.frame.times)
        where = (
            (rows, times) if isinstance(rows, slice) or isinstance(times, slice) else (rows[:, None], times[None, :])
        )
        if not known.all():
            new = np.where(known, new, values[where].astype(new.dtype))
            known = known | present[where]
        values[where] = new
        present[where] = known
    return values, present


def _common_type(columns: Sequence[Values]) -> np.dtype[np.generic]:
    """Integers stay integers, unless one part has floats."""
    types = {column.dtype for column in columns}
    if len(types) == 1:
        return types.pop()
    return np.dtype(np.float64 if np.dtype(np.float64) in types else np.uint64)


def _positions(whole: Integers | npt.NDArray[np.uint32], part: Integers | npt.NDArray[np.uint32]) -> _Rows:
    """Where the part stands in the whole; a slice where it stands in one piece, which is much faster."""
    where = np.searchsorted(whole, part)
    if len(where) and where[-1] - where[0] + 1 == len(where):
        return slice(int(where[0]), int(where[-1]) + 1)
    return where


def metrics_of(sheets: Sequence[Sheet]) -> list[int]:
    return sorted(frozenset().union(*(sheet.metrics for sheet in sheets)))


def sealed(sheets: Sequence[Sheet], place: Place) -> dict[int, bytes]:
    """The blobs of the chunk that holds all the sheets. Raises: DamagedBlock."""
    frame = union([sheet.frame for sheet in sheets])
    metrics = metrics_of(sheets)
    blobs = {chunks.FRAME: chunks.seal_frame(replace(frame, metrics=tuple(metrics)), place)}
    for metric in metrics:
        values, present = combined(sheets, frame, metric)
        blobs[metric] = chunks.seal_block(values, present, place, metric)
    return blobs
