"""The percentile of every series of a metric at once, table by table."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nms.store.samples import chain, chunks, rollup, sheets, tiers
from nms.store.samples.aggregate import chosen
from nms.store.samples.blocks import DamagedBlock
from nms.store.samples.catalogue import Group
from nms.store.samples.chunks import RAW, Damage, Damages
from nms.store.samples.series import Floats
from nms.store.samples.sheets import Sheet

_STEP = rollup.TIERS[0]


@dataclass(frozen=True, slots=True)
class Question:
    """A percentile (0 to 100) of the 5-minute means of a metric over [start, end) seconds."""

    metric: int
    is_counter: bool
    start: float
    end: float
    percentile: float

    @property
    def first(self) -> int:
        """The period begins with a whole bucket, so that roll-ups fit."""
        return int(self.start // _STEP) * _STEP

    @property
    def steps(self) -> int:
        return int(-(-(self.end - self.first) // _STEP))


def ranked(
    connection: sqlite3.Connection, group: Group, question: Question, damage: Damages
) -> Iterator[tuple[int, float]]:
    """The component numbers of a table with their percentile; those without samples are left out."""
    members = np.array(sorted(group.members[question.metric]), np.uint32)
    means = np.full((len(members), question.steps), np.nan)
    found = tiers.reach(connection, group.id, damage)
    raw_from = min(max(found.rolled_until, question.first), question.end)
    if raw_from > question.first:
        _from_roll_ups(connection, group.id, question, raw_from, members, means, damage)
    if raw_from < question.end:
        _from_samples(connection, group, question, raw_from, members, means, damage)
    values = _percentiles(means, question.percentile)
    known = ~np.isnan(values)
    yield from zip(members[known].tolist(), values[known].tolist(), strict=True)


def _from_roll_ups(
    connection: sqlite3.Connection,
    group: int,
    question: Question,
    until: float,
    members: np.ndarray[tuple[int], np.dtype[np.uint32]],
    means: Floats,
    damage: Damages,
) -> None:
    period = (question.first, int(until))
    figures = (rollup.figure(question.metric, which) for which in (rollup.SUM, rollup.COVERED))
    scans = [chunks.scan(connection, _STEP, group, number, period, damage) for number in figures]
    counted = {(int(frame.times[0]), len(frame.times)): block for frame, block in scans[1]}
    for frame, sums in scans[0]:
        counts = counted.get((int(frame.times[0]), len(frame.times)))
        if counts is None:
            continue
        where = (frame.times // 1000 - question.first) // _STEP
        inside = (where >= 0) & (frame.times < until * 1000)
        (total, known), (covered, _) = sums.all(), counts.all()
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(known, total.astype(np.float64) / covered.astype(np.float64), np.nan)
        rows = np.searchsorted(members, frame.components)
        mine = (rows < len(members)) & (members[np.minimum(rows, len(members) - 1)] == frame.components)
        means[np.ix_(rows[mine], where[inside])] = mean[np.ix_(mine, inside)]


def _from_samples(
    connection: sqlite3.Connection,
    group: Group,
    question: Question,
    start: float,
    members: np.ndarray[tuple[int], np.dtype[np.uint32]],
    means: Floats,
    damage: Damages,
) -> None:
    margin = 3600 if question.is_counter else 0
    begin, end = int(start) - margin, int(-(-question.end // 1)) + margin
    places = chunks.places(connection, RAW, group.id, begin, end)
    hot = chain.readings(connection, group.device, group.id, (begin * 1000, end * 1000), damage)
    parts: list[Sheet] = [*sheets.of_chunks(connection, places, damage)[0], *sheets.of_readings(hot)]
    parts = [part for part in parts if question.metric in part.metrics]
    if not parts:
        return
    whole = sheets.union([part.frame for part in parts])
    try:
        column = sheets.combined(parts, whole, question.metric)
    except DamagedBlock as error:
        damage.append(Damage(f"raw chunks of group {group.id}, metric {question.metric}", str(error)))
        return
    first = int((start - question.first) // _STEP)
    edges = (question.first + _STEP * np.arange(first, question.steps + 1, dtype=np.int64)) * 1000
    span = rollup.Span(whole.times, whole.since, edges)
    rows = np.searchsorted(members, whole.components)
    mine = (rows < len(members)) & (members[np.minimum(rows, len(members) - 1)] == whole.components)
    means[rows[mine], first:] = chosen(rollup.folded(span, column, question.is_counter), "avg")[mine]


def _percentiles(means: Floats, percentile: float) -> Floats:
    """Per row, over what is known, linear between ranks as numpy's percentile; NaN for rows without anything."""
    ordered = np.sort(means, axis=1)
    counts = (~np.isnan(means)).sum(axis=1)
    place = np.maximum(counts - 1, 0) * percentile / 100
    low = place.astype(np.int64)
    high = np.minimum(low + 1, np.maximum(counts - 1, 0))
    rows = np.arange(len(means))
    below, above = ordered[rows, low], ordered[rows, high]
    result: Floats = np.where(counts > 0, below + (above - below) * (place - low), np.nan)
    return result
