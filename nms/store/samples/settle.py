"""Days that are over: hours merged into one chunk, roll-ups made; later, small days merged into months.

Each group is a short transaction of its own. A day that gets late samples is settled again. Where a block is
damaged the day is left as it is, so that nothing is destroyed that a backup could still be compared with.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from nms.store.samples import chunks, rollup, sheets
from nms.store.samples.blocks import DamagedBlock
from nms.store.samples.chunks import DAY, HOUR, MONTH, RAW, Damage, Damages, Frame, Place
from nms.store.samples.database import Database
from nms.store.samples.sheets import Column, Sheet

LAG = 4 * HOUR
"""A day is settled this long after its end, when its last hour has left the hot rows."""
_BATCH = 4
"""Days of groups in one transaction: few enough that a writer waits some milliseconds at most."""
_MONTH_CELLS = 262_144
_MERGE_DAYS = 6
_MARGIN = HOUR
_Blobs = dict[Place, dict[int, bytes]]


@dataclass(frozen=True, slots=True)
class _Settled:
    """One group's day as it is to be written: chunks to take out, chunks to put in."""

    group: int
    day: int
    old: list[tuple[Place, tuple[int, ...]]] = field(default_factory=list)
    blobs: _Blobs = field(default_factory=dict)


@dataclass(slots=True)
class Settler:
    """The nightly work. `counters` are metric numbers; `tails` the last column of each group's newest settled
    day, so that midnight need not be decoded twice."""

    database: Database
    damage: Damages
    counters: frozenset[int] = frozenset()
    tails: dict[int, tuple[int, Sheet]] = field(default_factory=dict)
    _large: set[tuple[int, int]] = field(default_factory=set)

    def settle(self, now: float) -> int:
        """Settles every day that is over and was written to since. Returns the number of group-days."""
        with self.database.reading() as connection:
            days = connection.execute(
                "SELECT grp, day FROM dirty WHERE day < ? ORDER BY grp, day", (int((now - LAG) // DAY),)
            ).fetchall()
        for first in range(0, len(days), _BATCH):
            self._write([self._settled(*day) for day in days[first : first + _BATCH]])
        self._settle_months(now)
        return len(days)

    def _settled(self, group: int, day: int) -> _Settled:
        """What is to be written for one day of a group."""
        start, end = day * DAY, (day + 1) * DAY
        with self.database.reading() as connection:
            known = chunks.places(connection, RAW, group, start, end)
            parts, sound = sheets.of_chunks(connection, known, self.damage)
            touching = [part for part in parts if _touches(part.frame, start, end)]
            if not touching:
                return _Settled(group, day)
            try:
                blobs = self._day(connection, group, day, touching, sound)
            except DamagedBlock as error:
                self.damage.append(Damage(f"day {day} of group {group}", str(error)))
                return _Settled(group, day)
        pairs = zip(known, parts, strict=True) if sound else ()
        old = [(place, part.frame.metrics) for place, part in pairs if place.span <= DAY]
        return _Settled(group, day, old, blobs)

    def _write(self, batch: Sequence[_Settled]) -> None:
        with self.database.writing(moving=True) as connection:
            for done in batch:
                for place, metrics in done.old:
                    chunks.remove(connection, place, metrics)
                for place, blobs in done.blobs.items():
                    chunks.replace(connection, place, blobs)
                connection.execute("DELETE FROM dirty WHERE grp = ? AND day = ?", (done.group, done.day))

    def _day(self, connection: sqlite3.Connection, group: int, day: int, parts: list[Sheet], merge: bool) -> _Blobs:
        """The blobs of the day's raw chunk, where it is to be merged, and of its roll-ups."""
        edges = self._edges(connection, group, day)
        work = _Day(group, day, [*parts, *edges], merge, self.counters)
        tail = work.run()
        self.tails[group] = (day, tail)
        return work.blobs

    def _edges(self, connection: sqlite3.Connection, group: int, day: int) -> list[Sheet]:
        """The sample before the day and the one after it, which the intervals over midnight need."""
        start, end = day * DAY, (day + 1) * DAY
        kept = self.tails.get(group)
        if kept is not None and kept[0] == day - 1:
            before: Sheet | None = kept[1]
        else:
            places = chunks.places(connection, RAW, group, start - _MARGIN, start)
            before = _edge(sheets.of_chunks(connection, places, self.damage)[0], 0, start * 1000, last=True)
        places = chunks.places(connection, RAW, group, end, end + _MARGIN)
        after = _edge(
            sheets.of_chunks(connection, places, self.damage)[0], end * 1000, (end + _MARGIN) * 1000, last=False
        )
        return [edge for edge in (before, after) if edge is not None]

    def _settle_months(self, now: float) -> None:
        """Merges the days of small tables into months, so that long periods read few blocks."""
        with self.database.reading() as connection:
            groups = [group for (group,) in connection.execute("SELECT id FROM grp")]
            over = int((now - LAG - DAY) // MONTH) * MONTH
            found = [
                Place(tier, group, t0, MONTH)
                for group in groups
                for tier in (RAW, *rollup.TIERS)
                for t0 in _unmerged_months(connection, tier, group, over)
            ]
        for month in found:
            if (month.tier, month.group) not in self._large:
                self._merge_month(month)

    def _merge_month(self, month: Place) -> None:
        with self.database.reading() as connection:
            known = chunks.places(connection, month.tier, month.group, month.t0, month.t0 + MONTH)
            known = [place for place in known if place.span >= DAY]
            parts, sound = sheets.of_chunks(connection, known, self.damage)
            if not (sound and parts):
                return
            frame = sheets.union([part.frame for part in parts])
            whole_month = MONTH // DAY * len(frame.times) // len(known)
            if max(len(frame.times), whole_month) * len(frame.components) > _MONTH_CELLS:
                self._large.add((month.tier, month.group))
                return
            try:
                blobs = sheets.sealed(parts, month)
            except DamagedBlock as error:
                self.damage.append(Damage(f"month {month}", str(error)))
                return
        with self.database.writing(moving=True) as connection:
            for place, part in zip(known, parts, strict=True):
                chunks.remove(connection, place, part.frame.metrics)
            chunks.put(connection, month, blobs)


def _touches(frame: Frame, start: int, end: int) -> bool:
    """Whether a frame has times within [start, end) seconds."""
    first, last = np.searchsorted(frame.times, [start * 1000, end * 1000])
    return bool(first < last)


def _unmerged_months(connection: sqlite3.Connection, tier: int, group: int, over: int) -> list[int]:
    """Beginnings of months that have some days to merge: enough of them, or any once the month is over."""
    rows = connection.execute(
        "SELECT t0 / ?1 * ?1, count(*) FROM chunk WHERE tier = ?2 AND grp = ?3 AND metric = 0 AND span = ?4 GROUP BY 1",
        (MONTH, tier, group, DAY),
    )
    return [t0 for t0, days in rows if days >= _MERGE_DAYS or t0 < over]


@dataclass(slots=True)
class _Day:
    """One group's day: `parts` with a sample on each side of it, in order of precedence."""

    group: int
    day: int
    parts: Sequence[Sheet]
    merge: bool
    counters: frozenset[int]
    blobs: _Blobs = field(default_factory=dict)

    def run(self) -> Sheet:
        """Fills `blobs`; returns the last column of the day. Raises: DamagedBlock."""
        whole = sheets.union([part.frame for part in self.parts])
        start, end = self.day * DAY * 1000, (self.day + 1) * DAY * 1000
        first, last = np.searchsorted(whole.times, [start, end]).tolist()
        inside, around = slice(first, last), slice(max(first - 1, 0), last + 1)
        span = rollup.Span(whole.times[around], whole.since[around], np.arange(start, end + 1, rollup.TIERS[0] * 1000))
        self._frames(whole, inside)
        tail: dict[int, Column] = {}
        for metric in sheets.metrics_of(self.parts):
            values, present = sheets.combined(self.parts, whole, metric)
            self._raw(metric, (values[:, inside], present[:, inside]))
            self._roll_up(metric, span, (values[:, around], present[:, around]))
            tail[metric] = values[:, last - 1 : last].copy(), present[:, last - 1 : last].copy()
        edge = Frame(whole.times[last - 1 : last], whole.since[last - 1 : last], whole.components)
        return Sheet(edge, frozenset(tail), tail.__getitem__)

    def _place(self, tier: int) -> Place:
        return Place(tier, self.group, self.day * DAY, DAY)

    def _frames(self, whole: Frame, inside: slice) -> None:
        metrics = tuple(sheets.metrics_of(self.parts))
        figures = tuple(rollup.figure(metric, which) for metric in metrics for which in range(4))
        if self.merge:
            frame = Frame(whole.times[inside], whole.since[inside], whole.components, metrics)
            self._put(RAW, chunks.FRAME, chunks.seal_frame(frame, self._place(RAW)))
        for tier in rollup.TIERS:
            times = (self.day * DAY + np.arange(0, DAY, tier)) * 1000
            frame = Frame(times, np.zeros_like(times), whole.components, figures)
            self._put(tier, chunks.FRAME, chunks.seal_frame(frame, self._place(tier)))

    def _raw(self, metric: int, column: Column) -> None:
        if self.merge:
            self._put(RAW, metric, chunks.seal_block(*column, self._place(RAW), metric))

    def _roll_up(self, metric: int, span: rollup.Span, column: Column) -> None:
        is_counter = metric in self.counters
        few, rows = rollup.distinct(column, is_counter)
        steps = rollup.folded(span, few, is_counter)
        for tier, folded in zip(rollup.TIERS, (steps, rollup.hours(steps)), strict=True):
            for number, (values, known) in rollup.columns(metric, folded, is_counter):
                blob = chunks.seal_block(values[rows], known[rows], self._place(tier), number)
                self._put(tier, number, blob)

    def _put(self, tier: int, metric: int, blob: bytes) -> None:
        self.blobs.setdefault(self._place(tier), {})[metric] = blob


def _edge(parts: Sequence[Sheet], start: int, end: int, last: bool) -> Sheet | None:
    """The last or first column of the sheets within [start, end) milliseconds."""
    best: tuple[int, Sheet, int] | None = None
    for part in parts:
        low, high = np.searchsorted(part.frame.times, [start, end]).tolist()
        if low < high:
            place = high - 1 if last else low
            at = int(part.frame.times[place])
            if best is None or (at >= best[0] if last else at < best[0]):
                best = (at, part, place)
    return None if best is None else _one_column(best[1], best[2])


def _one_column(part: Sheet, place: int) -> Sheet:
    piece = slice(place, place + 1)

    def column(metric: int) -> Column:
        values, mask = part.column(metric)
        return values[:, piece], mask[:, piece]

    return Sheet(Frame(part.frame.times[piece], part.frame.since[piece], part.frame.components), part.metrics, column)
