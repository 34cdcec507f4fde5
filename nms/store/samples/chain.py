"""The hot rows of a device, walked from the newest to the oldest along their chain."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from nms.store.samples.blocks import DamagedBlock
from nms.store.samples.chunks import Damage, Damages
from nms.store.samples.hot import Link, checked_row
from nms.store.samples.series import Raw
from nms.store.samples.stacks import Run, runs

_WALK = """
WITH RECURSIVE link (id, prev, newest) AS (
    SELECT id, prev, newest FROM hot WHERE id = ?
    UNION ALL
    SELECT hot.id, hot.prev, hot.newest FROM link JOIN hot ON hot.id = link.prev WHERE link.newest >= ?)
SELECT link.id, link.prev, link.newest, hot.data FROM link JOIN hot ON hot.id = link.id
"""


def head_of(connection: sqlite3.Connection, device: int) -> int:
    """The newest row of a device, 0 for none."""
    found = connection.execute("SELECT row FROM head WHERE device = ?", (device,)).fetchone()
    return found[0] if found else 0


def walk(connection: sqlite3.Connection, device: int, since: int, damage: Damages) -> Iterator[tuple[Link, bytes]]:
    """Rows that may hold readings of `since` (milliseconds) or later, newest first.

    A row that cannot be read is added to `damage`; the walk finds its way round it by a search.
    """
    row = head_of(connection, device)
    while row:
        following = row
        try:
            for number, prev, newest, data in connection.execute(_WALK, (row, since)):
                following = number
                link = Link(number, device, prev, newest)
                yield link, checked_row(data, link)
                following = prev if newest >= since else 0
        except (DamagedBlock, sqlite3.DatabaseError) as error:
            damage.append(Damage(f"hot row {following} of device {device}", str(error)))
            row = _before(connection, device, following)
        else:
            return


def _before(connection: sqlite3.Connection, device: int, row: int) -> int:
    """The newest row of a device below `row`, found without the chain."""
    try:
        found = connection.execute(
            "SELECT id FROM hot WHERE device = ? AND id < ? ORDER BY id DESC LIMIT 1", (device, row)
        ).fetchone()
    except sqlite3.DatabaseError:
        return 0
    return found[0] if found else 0


def readings(
    connection: sqlite3.Connection, device: int, group: int, period: tuple[int, int], damage: Damages
) -> list[Run]:
    """The hot readings of one group within [start, end) milliseconds, oldest arrival first."""
    start, end = period
    rows = [row for _, row in walk(connection, device, start, damage)]
    found = [run for run in runs(rows[::-1]) if run.group == group]
    within = [run.only((run.times >= start) & (run.times < end)) for run in found]
    return [run for run in within if len(run.times)]


def raw_parts(found: list[Run], metric: int, component: int) -> Iterator[Raw]:
    """What hot readings have of one series, in order of arrival."""
    for run in found:
        rows = (run.components == component).nonzero()[0]
        if len(rows) and metric in run.metrics:
            values, present = run.column(metric)
            yield Raw(run.times, values[rows[0]], present[rows[0]], run.since)
