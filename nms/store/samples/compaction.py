"""From hot rows to chunks of four hours, in short transactions of some devices each.

What takes time (reading, encoding) happens before the transaction; the writer waits only for the inserts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nms.store.samples import chunks, gather, sheets
from nms.store.samples.chunks import HOUR, RAW, Damages, Place
from nms.store.samples.database import Database
from nms.store.samples.gather import Marks, Row
from nms.store.samples.stacks import Run, Stack, stacks

KEEP_HOT = 2 * HOUR
_SPAN = 4 * HOUR
"""Longer chunks would leave more in the hot rows, which are not compressed; shorter ones cost more to make and, at
night, to merge: chunks of an hour took a fifth more CPU time."""
_BATCH = 8
"""Devices in one transaction: few enough that a writer waits some milliseconds at most."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What one device has to give: the rows and their bytes, and the chunks that take their place."""

    rows: list[tuple[int, int]]
    blobs: dict[Place, dict[int, bytes]]


def compact(database: Database, marks: Marks, now: float, damage: Damages) -> int:
    """Moves what is older than `KEEP_HOT` into chunks. Returns the number of rows moved."""
    horizon = int((now - KEEP_HOT) // _SPAN) * _SPAN
    if marks.is_done(horizon):
        return 0
    late = marks.late
    with database.reading() as connection:
        newest = gather.newest_row(connection)
        end = marks.end(horizon) or newest
        shares = list(gather.shares(connection, end))
    bounds = (horizon * 1000, int((now + HOUR) * 1000))
    moved = sum(_compact_share(database, share, end, bounds, damage) for share in shares)
    marks.note(now, horizon, newest, late)
    return moved


def _compact_share(
    database: Database, share: tuple[int, int], end: int, bounds: tuple[int, int], damage: Damages
) -> int:
    """Some devices: all their chunks first, a few devices a transaction, then the rows that they replace.

    Whoever reads between the two, or comes back after a crash there, finds samples twice, which are the same.
    """
    with database.reading() as connection:
        found = gather.rows_of(connection, share, end, damage)
    gone: list[tuple[int, int]] = []
    batch: list[_Work] = []
    for device in list(found):
        with database.reading() as connection:
            work = _prepare(connection, found.pop(device), bounds, damage)
        if work.rows:
            batch.append(work)
            gone += work.rows
        if len(batch) == _BATCH:
            _put(database, batch)
            batch = []
    _put(database, batch)
    gather.take_out(database, gone)
    return len(gone)


def _prepare(connection: sqlite3.Connection, rows: list[Row], bounds: tuple[int, int], damage: Damages) -> _Work:
    """Everything behind the newest row that is old, or that claims to be from the future: the end of a chain
    goes, never its middle."""
    cut, going = _end(list(stacks([data for _, data in rows])), bounds)
    blobs = {place: _chunk(connection, place, runs, damage) for place, runs in _by_place(going).items()}
    return _Work([(row, len(data)) for row, data in rows[:cut]], blobs)


def _end(found: list[Stack], bounds: tuple[int, int]) -> tuple[int, list[Stack]]:
    """How many rows go, and those rows."""
    newest = np.concatenate([stack.newest() for stack in found]) if found else np.empty(0, np.int64)
    outside = np.flatnonzero((newest < bounds[0]) | (newest > bounds[1]))
    cut = int(outside[-1]) + 1 if len(outside) else 0
    going, left = [], cut
    for stack in found:
        going.append(stack.first(left))
        left = max(0, left - len(stack))
    return cut, [stack for stack in going if len(stack)]


def _by_place(going: Sequence[Stack]) -> dict[Place, list[Run]]:
    """The readings by the chunk that takes them, in order of arrival."""
    found: dict[Place, list[Run]] = {}
    for run in (run for stack in going for run in stack.runs()):
        periods = run.times // 1000 // _SPAN * _SPAN
        for t0 in np.unique(periods).tolist():
            found.setdefault(Place(RAW, run.group, t0, _SPAN), []).append(run.only(periods == t0))
    return found


def _chunk(connection: sqlite3.Connection, place: Place, readings: list[Run], damage: Damages) -> dict[int, bytes]:
    """The chunk of a period, with what that period already had."""
    parts = list(sheets.of_readings(readings))
    if chunks.exists(connection, place):
        known, _ = sheets.of_chunks(connection, [place], damage)
        parts = [*known, *parts]
    return sheets.sealed(parts, place)


def _put(database: Database, batch: Sequence[_Work]) -> None:
    with database.writing(moving=True) as connection:
        for place, blobs in (item for work in batch for item in work.blobs.items()):
            chunks.replace(connection, place, blobs)
            connection.execute(
                "INSERT OR IGNORE INTO dirty (grp, day) VALUES (?, ?)", (place.group, place.t0 // chunks.DAY)
            )
