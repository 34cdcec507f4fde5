"""From hot rows to chunks of four hours, in short transactions of some devices each.

What takes time (reading, encoding) happens before the transaction; the writer waits only for the inserts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nms.store.samples import chain, chunks, sheets
from nms.store.samples.chunks import HOUR, RAW, Damages, Place
from nms.store.samples.database import Database
from nms.store.samples.hot import Link
from nms.store.samples.stacks import Run, Stack, stacks

KEEP_HOT = 2 * HOUR
_SPAN = 4 * HOUR
"""Longer chunks would leave more in the hot rows, which are not compressed; shorter ones cost more to make and, at
night, to merge: chunks of an hour took a fifth more CPU time."""
_BATCH = 8
_BATCH_OCTETS = 1_000_000
"""Devices and bytes of rows in one transaction: few enough that a writer waits some milliseconds at most."""
_LEVEL = 1
"""Chunks are soon merged into days, so that packing them hard would be work twice."""


class Marks:
    """Where the chain of each device ended at earlier compactions, so that the next need not walk what stays hot.

    Kept in memory; after a restart the first compaction walks whole chains.
    """

    def __init__(self) -> None:
        self._ends: dict[int, list[tuple[float, int]]] = {}

    def start(self, device: int, horizon: float) -> int | None:
        """The oldest end known that was noted at the horizon (seconds) or later: what is older stands behind it."""
        return next((row for at, row in self._ends.get(device, []) if at >= horizon), None)

    def note(self, device: int, now: float, row: int) -> None:
        ends = [(at, end) for at, end in self._ends.get(device, []) if now - KEEP_HOT - 6 * HOUR < at < now]
        self._ends[device] = [*ends, (now, row)]

    def forget(self, device: int) -> None:
        """After late readings: the next compaction must look at the whole chain."""
        self._ends.pop(device, None)


@dataclass(frozen=True, slots=True)
class _Work:
    """What one device has to give: the links of the rows, their bytes, and the chunks that take their place."""

    links: list[Link]
    octets: int
    blobs: dict[Place, dict[int, bytes]]


def compact(database: Database, devices: Sequence[int], marks: Marks, now: float, damage: Damages) -> int:
    """Moves what is older than `KEEP_HOT` into chunks. Returns the number of rows moved."""
    moved = 0
    batch: list[_Work] = []
    for device in devices:
        with database.reading() as connection:
            horizon = int((now - KEEP_HOT) // _SPAN) * _SPAN
            first = marks.start(device, horizon)
            bounds = (horizon * 1000, int((now + HOUR) * 1000))
            work = _prepare(connection, device, bounds, first, damage)
            marks.note(device, now, chain.head_of(connection, device))
        if work.links:
            batch.append(work)
            moved += len(work.links)
        if len(batch) == _BATCH or sum(work.octets for work in batch) > _BATCH_OCTETS:
            _move(database, batch)
            batch = []
    if batch:
        _move(database, batch)
    return moved


def _prepare(
    connection: sqlite3.Connection,
    device: int,
    bounds: tuple[int, int],
    first: int | None,
    damage: Damages,
) -> _Work:
    """Everything behind the newest row that is old, or that claims to be from the future: the end of a chain
    goes, never its middle."""
    rows = list(chain.walk(connection, device, 0, damage, first))[::-1]
    cut, going = _end(list(stacks([body for _, body in rows])), bounds)
    blobs = {}
    for place, runs in _by_place(going).items():
        blobs[place] = _chunk(connection, place, runs, damage)
    return _Work([link for link, _ in rows[:cut]], sum(len(body) for _, body in rows[:cut]), blobs)


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
    return sheets.sealed(parts, place, _LEVEL)


def _move(database: Database, batch: Sequence[_Work]) -> None:
    with database.writing(moving=True) as connection:
        for work in batch:
            for place, blobs in work.blobs.items():
                chunks.replace(connection, place, blobs)
                connection.execute(
                    "INSERT OR IGNORE INTO dirty (grp, day) VALUES (?, ?)", (place.group, place.t0 // chunks.DAY)
                )
            connection.executemany("DELETE FROM hot WHERE id = ?", [(link.row,) for link in work.links])
