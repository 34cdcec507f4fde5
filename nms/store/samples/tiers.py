"""Which tier answers which part of a period: raw samples, or their roll-ups of 5 minutes and 1 hour.

Roll-ups answer where raw samples have expired, and where a step is made of whole buckets of them, which is
faster. Days that got late samples and were not rolled up again are answered from raw samples.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nms.store.samples import chunks, rollup
from nms.store.samples.aggregate import Steps, merged
from nms.store.samples.blocks import DamagedBlock
from nms.store.samples.catalogue import Group
from nms.store.samples.chunks import DAY, RAW, Damages
from nms.store.samples.series import Floats, Function, Raw, Samples

Places = Sequence[tuple[Group, int, int]]
"""Where a series is kept: group, component number, metric number."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Adjoining parts of [start, end) in seconds: roll-ups (tier, from, to), then raw samples from `raw_from`."""

    rolled: tuple[tuple[int, float, float], ...]
    raw_from: float


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the tiers of a group reach: the first second of raw samples and of 5-minute buckets, and the end of
    the days that are rolled up."""

    raw: float
    fine: float
    rolled_until: float


def reach(connection: sqlite3.Connection, group: int, damage: Damages) -> Reach:
    """Looks at the ends of each tier, and at the days that wait to be rolled up."""
    raw = _first(connection, RAW, group)
    fine = _first(connection, rollup.TIERS[0], group)
    until = _rolled_until(connection, group, damage)
    waiting = connection.execute("SELECT min(day) FROM dirty WHERE grp = ?", (group,)).fetchone()[0]
    if waiting is not None:
        until = min(until, waiting * DAY)
    return Reach(until if raw is None else raw, until if fine is None else fine, until)


def _rolled_until(connection: sqlite3.Connection, group: int, damage: Damages) -> float:
    """The end of the newest bucket of an hour."""
    found = connection.execute(
        "SELECT t0, span, data FROM chunk WHERE tier = ? AND grp = ? AND metric = 0 ORDER BY t0 DESC, span LIMIT 1",
        (rollup.TIERS[1], group),
    ).fetchone()
    if found is None:
        return -np.inf
    place = chunks.Place(rollup.TIERS[1], group, found[0], found[1])
    try:
        frame = chunks.open_frame(found[2], place)
    except DamagedBlock as error:
        damage.append(chunks.Damage(f"frame of {place}", str(error)))
        return float(place.t0)
    return float(frame.times[-1] / 1000 + rollup.TIERS[1])


def _first(connection: sqlite3.Connection, tier: int, group: int) -> int | None:
    row = connection.execute(
        "SELECT t0 FROM chunk WHERE tier = ? AND grp = ? AND metric = 0 ORDER BY t0 LIMIT 1", (tier, group)
    ).fetchone()
    return None if row is None else row[0]


def plan(reaches: Sequence[Reach], start: float, end: float, step: float | None) -> Plan:
    """The tiers for steps of this length from `start`; None asks for the finest there is."""
    if not reaches:
        return Plan((), start)
    rolled_until = min(found.rolled_until for found in reaches)
    expired = min(max(found.raw for found in reaches), rolled_until)
    fine = max(found.fine for found in reaches)
    wanted = _wanted(start, step)
    raw_from = min(max(start, rolled_until if wanted else expired), end)
    cut = raw_from if wanted == rollup.TIERS[1] else min(max(start, fine), raw_from)
    parts = ((rollup.TIERS[1], start, cut), (rollup.TIERS[0], cut, raw_from))
    return Plan(tuple(part for part in parts if part[1] < part[2]), raw_from)


def _wanted(start: float, step: float | None) -> int:
    """The longest bucket of which the steps are made, 0 for none."""
    if step is None:
        return 0
    fitting = [tier for tier in rollup.TIERS if step % tier == 0 and start % tier == 0]
    return max(fitting, default=0)


def buckets(
    connection: sqlite3.Connection,
    places: Places,
    part: tuple[int, float, float],
    which: int,
    damage: Damages,
) -> Raw:
    """One figure of a series in each bucket of a part of a plan."""
    tier, start, end = part
    found = [
        raw
        for group, component, metric in places
        for raw in chunks.parts_of(
            connection,
            tier,
            group.id,
            rollup.figure(metric, which),
            component,
            (int(start // 1), int(-(-end // 1))),
            damage,
        )
    ]
    whole = merged(found)
    inside = whole.present & (whole.times >= start * 1000 - tier * 500) & (whole.times < end * 1000)
    return Raw(whole.times[inside], whole.values[inside], whole.present[inside], whole.since[inside])


def steps(
    connection: sqlite3.Connection,
    places: Places,
    part: tuple[int, float, float],
    edges: Floats,
    function: Function,
    damage: Damages,
) -> Steps:
    """A part of a plan folded into steps, the figures that a function needs; a bucket belongs to the step that has
    its middle."""
    unknown = np.full((1, len(edges) - 1), np.nan)
    figures = [unknown] * 4
    for which in _NEEDED.get(function, (rollup.SUM, rollup.COVERED)):
        figures[which] = _folded(connection, places, part, which, edges, damage)
    total, covered, low, high = figures
    return Steps(np.nan_to_num(total), np.nan_to_num(covered), low, high)


_NEEDED = {"min": (rollup.LOW,), "max": (rollup.HIGH,)}
_FOLDS = {rollup.SUM: np.add, rollup.COVERED: np.add, rollup.LOW: np.fmin, rollup.HIGH: np.fmax}


def _folded(
    connection: sqlite3.Connection,
    places: Places,
    part: tuple[int, float, float],
    which: int,
    edges: Floats,
    damage: Damages,
) -> Floats:
    raw = buckets(connection, places, part, which, damage)
    middles = raw.times / 1000 + part[0] / 2
    bounds = np.searchsorted(middles, edges)
    result = np.full((1, len(edges) - 1), np.nan)
    filled = np.flatnonzero(np.diff(bounds) > 0)
    if len(filled):
        values = raw.values[bounds[0] : bounds[-1]].astype(np.float64)
        result[0, filled] = _FOLDS[which].reduceat(values, bounds[filled] - bounds[0])
    return result


def means(connection: sqlite3.Connection, places: Places, part: tuple[int, float, float], damage: Damages) -> Samples:
    """The mean of each bucket, at the bucket's beginning."""
    sums = buckets(connection, places, part, rollup.SUM, damage)
    covered = buckets(connection, places, part, rollup.COVERED, damage)
    times, left, right = np.intersect1d(sums.times, covered.times, assume_unique=True, return_indices=True)
    return Samples(times / 1000.0, sums.values[left].astype(np.float64) / covered.values[right].astype(np.float64))


def together(parts: Sequence[Steps]) -> Steps:
    """Steps of which each part knows a piece."""
    whole = parts[0]
    for part in parts[1:]:
        whole = Steps(
            whole.increase + part.increase,
            whole.covered + part.covered,
            np.fmin(whole.low, part.low),
            np.fmax(whole.high, part.high),
        )
    return whole
