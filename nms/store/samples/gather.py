"""The old end of the hot rows: read for many devices in one pass, and taken out again in runs.

The rows of all devices stand interleaved in the order in which they came. Following the chain of each device would
read every page once for each device that has a row in it; one pass reads it once, and rows that leave together
empty whole pages. Where a page cannot be read, the chains lead round it.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from nms.store.samples import chain
from nms.store.samples.chunks import Damage, Damages
from nms.store.samples.database import Database
from nms.store.samples.hot import is_whole
from nms.store.samples.series import Integers

_SHARE_OCTETS = 16_000_000
"""Rows that are held in memory at once."""
_RUN_OCTETS = 1_000_000
"""Rows taken out in one transaction: few enough that a writer waits some milliseconds at most."""
Row = tuple[int, bytes]
"""The number of a hot row, and what is in it."""


class Marks:
    """Where the hot rows ended at earlier compactions, so that the next need not read what stays hot.

    Kept in memory; after a restart, and after late readings, the first compaction reads everything.
    """

    def __init__(self) -> None:
        self._ends: list[tuple[float, int]] = []
        self._done: int | None = None
        self.late = 0

    def forget(self) -> None:
        """Late readings came: old ones may stand anywhere."""
        self.late += 1
        self._ends, self._done = [], None

    def is_done(self, horizon: int) -> bool:
        """Whether everything before the horizon (seconds) has been moved already."""
        return self._done == horizon

    def end(self, horizon: int) -> int | None:
        """The oldest end known that was noted at the horizon or later: what is older stands before it."""
        return next((row for at, row in self._ends if at >= horizon), None)

    def note(self, now: float, horizon: int, end: int, late: int) -> None:
        """After a compaction; `late` as it was when that began, since late readings may have come meanwhile."""
        if late == self.late:
            self._ends = [(at, row) for at, row in self._ends if horizon <= at < now]
            self._ends.append((now, end))
            self._done = horizon


def newest_row(connection: sqlite3.Connection) -> int:
    """The number of the newest hot row, 0 for none."""
    return connection.execute("SELECT max(id) FROM hot").fetchone()[0] or 0


def shares(connection: sqlite3.Connection, end: int) -> Iterator[tuple[int, int]]:
    """Ranges of device numbers whose rows up to `end` fit into memory together."""
    sizes: dict[int, int] = defaultdict(int)
    for device, octets in connection.execute("SELECT device, length(data) FROM hot WHERE id <= ?", (end,)):
        sizes[device] += octets
    devices = sorted(sizes)
    held = np.cumsum([sizes[device] for device in devices]) // _SHARE_OCTETS
    for share in np.split(np.array(devices, np.int64), np.flatnonzero(np.diff(held)) + 1):
        if len(share):
            yield int(share[0]), int(share[-1])


def rows_of(
    connection: sqlite3.Connection, devices: tuple[int, int], end: int, damage: Damages
) -> dict[int, list[Row]]:
    """The rows of a range of devices up to `end`, oldest first; those that cannot be read are added to `damage`."""
    found: dict[int, list[Row]] = defaultdict(list)
    query = "SELECT id, device, prev, newest, data FROM hot WHERE id <= ? AND device BETWEEN ? AND ?"
    try:
        for row, device, prev, newest, data in connection.execute(query, (end, *devices)):
            if is_whole(data, row, device, prev, newest):
                found[device].append((row, data))
            else:
                damage.append(Damage(f"hot row {row} of device {device}", "the checksum does not fit"))
    except sqlite3.DatabaseError as error:
        damage.append(Damage("the hot rows", str(error)))
        return _along_chains(connection, devices, end, damage)
    return found


def _along_chains(
    connection: sqlite3.Connection, devices: tuple[int, int], end: int, damage: Damages
) -> dict[int, list[Row]]:
    """The same, device by device, round pages that cannot be read."""
    owners = connection.execute("SELECT device FROM head WHERE device BETWEEN ? AND ?", devices).fetchall()
    return {
        device: [(link.row, data) for link, data in chain.walk(connection, device, 0, damage) if link.row <= end][::-1]
        for (device,) in owners
    }


def take_out(database: Database, gone: Iterable[tuple[int, int]]) -> None:
    """Deletes rows (numbers and bytes), oldest first, so that every chain loses its end and never its middle."""
    ordered = sorted(gone)
    numbers = np.array([row for row, _ in ordered], np.int64)
    pieces = np.cumsum([octets for _, octets in ordered]) // _RUN_OCTETS
    for piece in np.split(numbers, np.flatnonzero(np.diff(pieces)) + 1):
        if len(piece):
            _delete(database, piece)


def _delete(database: Database, numbers: Integers) -> None:
    runs = np.split(numbers, np.flatnonzero(np.diff(numbers) > 1) + 1)
    with database.writing(moving=True) as connection:
        connection.executemany("DELETE FROM hot WHERE id BETWEEN ? AND ?", [(int(r[0]), int(r[-1])) for r in runs])
