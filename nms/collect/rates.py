"""From raw counters to rates per second and to totals that only fall at a true reset.

A rate is the growth of a counter over the time between two answers, on the monitor's monotonic clock, so that a
stepped wall clock changes nothing. It is absent rather than wrong: after a reboot or a discontinuity of the agent,
when polls are too far apart for the counter's width at the interface's speed, or when the growth is more than the
line can carry. It is never negative and never above line speed.

Rows are followed by `Component.key` (the ifName), so the history goes on where an interface gets another ifIndex.

Source: RFC 2863 sections 3.1.5 to 3.1.6 (counter width, ifCounterDiscontinuityTime), RFC 3418 (sysUpTime, which
wraps after 497 days), RFC 2578 section 7.1.6 (a counter's single value means nothing).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nms.metrics import METRICS
from nms.model import DeviceId, MetricKind, Number, Reading

SPEED = "interface_speed_bits_per_second"
TICKS_PER_SECOND = 100
UPTIME_MODULUS = 2**32

_UPTIME_TOLERANCE_SECONDS = 10.0
_UPTIME_DRIFT = 0.02
_STALE_SECONDS = 15.0
"""Agents refresh their counters every few seconds: one interval can hold the growth of so much more time."""

_SATURATED_SPEED = 2**32 - 1
_PLAUSIBLE_WRAP = 2**30
_RESTLESS = 3
"""An agent that tells a discontinuity at so many polls in a row gives its clock instead, and is not believed."""
_SMALLEST_PACKET_BITS = 8 * 40
_BITS_PER_COUNT = {"octets": 8, "packets": _SMALLEST_PACKET_BITS}

Bits = int | Sequence[int]
"""The width of a column's counters, 32 or 64: one for all rows or one for each."""

Counts = NDArray[np.uint64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Clock:
    """When a table was read: `monotonic` seconds of the monitor, and `uptime`, the agent's sysUpTime in ticks of
    10 ms (RFC 3418), where it was read in the same poll."""

    monotonic: float
    uptime: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What the counters of one table did since the last poll.

    Shape: every column is as long as the reading's components. `rates` are per second and None where they cannot
    be told; `totals` are counters that continue across wraps and fall only at a reset, None where the agent gave
    nothing or its counter is too narrow to be followed. `seconds` is the time that the rates are over, None where
    there are none yet. `restarted` tells that the agent started anew.
    """

    rates: Mapping[str, Sequence[float | None]]
    totals: Mapping[str, Sequence[int | None]]
    seconds: float | None
    restarted: bool = False

    def extend(self, reading: Reading) -> Reading:
        """The reading with its counters replaced by their totals: what goes into the store."""
        return replace(reading, columns={**reading.columns, **self.totals})


def restarted(before: Clock, now: Clock) -> bool:
    """Whether the agent started anew between two polls.

    sysUpTime that is not where the elapsed time says (modulo its wrap after 497 days) means a restart only if it is
    small enough to have begun in between: an agent whose clock merely runs wrong has not been restarted.
    """
    if before.uptime is None or now.uptime is None:
        return False
    elapsed = max(0.0, now.monotonic - before.monotonic)
    tolerance = TICKS_PER_SECOND * (_UPTIME_TOLERANCE_SECONDS + _UPTIME_DRIFT * elapsed)
    expected = before.uptime + elapsed * TICKS_PER_SECOND
    deviation = abs((now.uptime - expected + UPTIME_MODULUS / 2) % UPTIME_MODULUS - UPTIME_MODULUS / 2)
    return deviation > tolerance and now.uptime <= elapsed * TICKS_PER_SECOND + tolerance


def counter_names(reading: Reading) -> tuple[str, ...]:
    """The columns of a reading that count."""
    return tuple(name for name in reading.columns if (known := METRICS.get(name)) and known.kind is MetricKind.COUNTER)


class _Cells:
    """Counters of one table as matrices, columns down and rows across; `known` says which cells hold a value and
    `narrow` which ones are 32 bits wide."""

    __slots__ = ("known", "names", "narrow", "values")

    def __init__(self, reading: Reading, names: tuple[str, ...], bits: Mapping[str, Bits]) -> None:
        shape = (len(names), len(reading.components))
        self.names = names
        self.values: Counts = np.zeros(shape, np.uint64)
        self.known: Flags = np.ones(shape, np.bool_)
        self.narrow: Flags = np.zeros(shape, np.bool_)
        for row, name in enumerate(names):
            self._fill(row, reading.columns[name])
            if name in bits:
                self.narrow[row] = np.asarray(bits[name]) <= 32
        if self.narrow.any():
            self.known &= ~self.narrow | (self.values < np.uint64(2**32))

    def _fill(self, row: int, column: Sequence[Number | None]) -> None:
        if None not in column:
            try:
                self.values[row] = np.array(column, np.uint64)
            except (OverflowError, ValueError):
                pass
            else:
                return
        for at, value in enumerate(column):
            if value is not None and 0 <= value < 2**64:
                self.values[row, at] = int(value)
            else:
                self.known[row, at] = False


@dataclass(slots=True)
class _History:
    """What the tracker keeps of one table: the last cells, what was added to them for the totals, and what they
    have grown since the last rates."""

    keys: tuple[str, ...]
    cells: _Cells
    clock: Clock
    offset: Counts
    growth: Floats
    whole: Flags
    since: float
    speeds: Floats | None
    discontinuities: Sequence[Number | None] | None
    restless: NDArray[np.uint8]
    """For how many polls in a row the agent has told a discontinuity of each row, one after the other."""


CLOSEST_SECONDS = 5.0


class RateTracker:
    """Follows the counters of all tables of all devices.

    `closest` seconds: polls nearer than that (a re-poll after a trap) give no rate of their own; the next rate
    spans both. `farthest` seconds: a rate over a longer time says nothing about any moment of it.
    """

    def __init__(self, closest: float = CLOSEST_SECONDS, farthest: float = 3600.0) -> None:
        self._closest = closest
        self._farthest = farthest
        self._tables: dict[tuple[DeviceId, str], _History] = {}

    def update(
        self,
        reading: Reading,
        clock: Clock,
        bits: Mapping[str, Bits] | None = None,
        discontinuities: Sequence[Number | None] | None = None,
    ) -> Progress:
        """Takes the next reading of a table.

        `bits` is the width of the counters by column (without mention 64: only the collector knows);
        `discontinuities` is ifCounterDiscontinuityTime by row. Interface speed is taken from the reading's own
        column, where it has one.
        """
        names = counter_names(reading)
        cells = _Cells(reading, names, bits or {})
        keys = tuple(component.key for component in reading.components)
        place = (reading.device, reading.table)
        speeds = _speeds(reading)
        before = self._tables.get(place)
        if before is not None and clock.monotonic < before.clock.monotonic:
            before = None
        now = _History(
            keys=keys,
            cells=cells,
            clock=clock,
            offset=np.zeros_like(cells.values),
            growth=np.zeros(cells.values.shape),
            whole=cells.known.copy(),
            since=clock.monotonic,
            speeds=speeds,
            discontinuities=discontinuities,
            restless=np.zeros(len(keys), np.uint8),
        )
        if before is None:
            self._tables[place] = now
            return Progress(dict.fromkeys(names, (None,) * len(keys)), _totals(now, _believable(now, None)), None)
        return self._advance(place, _aligned(before, now), now)

    def forget(self, device: DeviceId) -> None:
        """Drops what is known of a device that is no longer watched."""
        for place in [place for place in self._tables if place[0] == device]:
            del self._tables[place]

    def _advance(self, place: tuple[DeviceId, str], before: _History, now: _History) -> Progress:
        is_restart = restarted(before.clock, now.clock)
        elapsed = now.clock.monotonic - before.clock.monotonic
        limits = _limits(now, before, elapsed)
        growth, is_good, is_reset = _growth(before, now, limits, is_restart)
        _continue_totals(before, now, growth, is_good, is_reset)
        now.growth = before.growth + growth
        now.whole = before.whole & is_good
        span = now.clock.monotonic - before.since
        rates: Floats = np.full(now.cells.values.shape, np.nan)
        seconds = None
        if span >= self._closest:
            if span <= self._farthest:
                rates = _rates(now, span)
                seconds = span
            now.growth = np.zeros_like(now.growth)
            now.whole = now.cells.known.copy()
        else:
            now.since = before.since
        self._tables[place] = now
        totals = _totals(now, _believable(now, elapsed))
        return Progress(_listed(now.cells.names, rates), totals, seconds, is_restart)


def _speeds(reading: Reading) -> Floats | None:
    """Line speed in bit/s by row, NaN where it is not known."""
    column = reading.columns.get(SPEED)
    if column is None:
        return None
    speeds: Floats = np.array([np.nan if not speed or speed < 0 else speed for speed in column], np.float64)
    return speeds


def _capacity(history: _History) -> Floats:
    """Counts per second that each line can carry; infinite where that is not known."""
    capacity: Floats = np.full(history.cells.values.shape, np.inf)
    if history.speeds is None:
        return capacity
    speeds = np.where(np.isnan(history.speeds) | (history.speeds == _SATURATED_SPEED), np.inf, history.speeds)
    for row, name in enumerate(history.cells.names):
        bits = _BITS_PER_COUNT.get(METRICS[name].unit)
        if bits:
            capacity[row] = speeds / bits
    return capacity


def _limits(now: _History, before: _History, elapsed: float) -> Floats:
    """The most that each counter can have grown: at the faster of the speeds before and after."""
    limits: Floats = np.maximum(_capacity(now), _capacity(before)) * (elapsed + _STALE_SECONDS)
    return limits


def _believable(history: _History, elapsed: float | None) -> Flags:
    """Cells whose counter is wide enough for its line: it cannot have gone round between two polls unnoticed.

    ifSpeed that is saturated at 2^32-1 means that much or more. Before the second poll the gap is not known, and
    the counter is given the benefit of a minute.
    """
    believable: Flags = history.cells.known.copy()
    if history.speeds is None:
        return believable
    for row, name in enumerate(history.cells.names):
        bits = _BITS_PER_COUNT.get(METRICS[name].unit)
        if bits and history.cells.narrow[row].any():
            fastest = np.nan_to_num(history.speeds, nan=0.0) / bits
            fits = fastest * (60.0 if elapsed is None else elapsed) < 2**32
            believable[row] &= fits | ~history.cells.narrow[row]
    return believable


def _growth(before: _History, now: _History, limits: Floats, is_restart: bool) -> tuple[Floats, Flags, Flags]:
    """How much each counter grew, for which cells that can be told, and which ones were reset."""
    known = before.cells.known & now.cells.known & (before.cells.narrow == now.cells.narrow)
    fell = now.cells.values < before.cells.values
    difference = now.cells.values - before.cells.values
    narrow = now.cells.narrow
    difference = np.where(fell & narrow, difference + np.uint64(2**32), difference)
    growth = difference.astype(np.float64)
    wrap_limit = np.where(np.isinf(limits), _PLAUSIBLE_WRAP, limits)
    is_reset = _reset_rows(before, now, is_restart) | (fell & (growth > wrap_limit))
    elapsed = now.clock.monotonic - before.clock.monotonic
    good = known & ~is_reset & _believable(now, elapsed) & _believable(before, elapsed) & (growth <= limits)
    return np.where(good, growth, 0.0), good, is_reset & known


def _reset_rows(before: _History, now: _History, is_restart: bool) -> Flags:
    """Rows whose counters started anew, as the agent says itself."""
    rows: Flags = np.full(len(now.keys), is_restart, np.bool_)
    if now.discontinuities is not None and before.discontinuities is not None:
        pairs = zip(before.discontinuities, now.discontinuities, strict=True)
        told = np.array([a is not None and b is not None and a != b for a, b in pairs], np.bool_)
        now.restless = np.where(told, np.minimum(before.restless, _RESTLESS) + 1, 0).astype(np.uint8)
        rows |= told & (now.restless < _RESTLESS)
    return rows


def _continue_totals(before: _History, now: _History, growth: Floats, is_good: Flags, is_reset: Flags) -> None:
    """The number to add to each counter: one more lap after a wrap, none after a reset. Where the growth cannot be
    told, or a reset does not show as a fall, the total starts at zero, so that nobody takes it for growth."""
    values, offset = now.cells.values, before.offset.copy()
    narrow = now.cells.narrow
    wrapped = is_good & (values < before.cells.values)
    offset = np.where(wrapped & narrow, offset + np.uint64(2**32), offset)
    offset = np.where(wrapped & ~narrow, np.uint64(0), offset)
    last_total = before.cells.values + before.offset
    anew = now.cells.known & before.cells.known & ~is_good
    falls = is_reset & (values < last_total)
    now.offset = np.where(anew, np.where(falls, np.uint64(0), np.uint64(0) - values), offset)


def _rates(now: _History, span: float) -> Floats:
    """Growth over time, at most line speed; NaN where it cannot be told."""
    rates: Floats = np.where(now.whole, np.minimum(now.growth / span, _capacity(now)), np.nan)
    return rates


def _totals(now: _History, believable: Flags) -> dict[str, Sequence[int | None]]:
    totals = (now.cells.values + now.offset).tolist()
    if believable.all():
        return dict(zip(now.cells.names, totals, strict=True))
    return {
        name: [total if known else None for total, known in zip(column, flags, strict=True)]
        for name, column, flags in zip(now.cells.names, totals, believable.tolist(), strict=True)
    }


def _listed(names: Sequence[str], rates: Floats) -> dict[str, Sequence[float | None]]:
    if not np.isnan(rates).any():
        return dict(zip(names, rates.tolist(), strict=True))
    columns = [[None if rate != rate else rate for rate in column] for column in rates.tolist()]
    return dict(zip(names, columns, strict=True))


def _aligned(before: _History, now: _History) -> _History:
    """The history in the rows and columns of the new reading; what it lacks, or what two rows claim, is unknown."""
    same = before.keys == now.keys and before.cells.names == now.cells.names
    if same and len(set(now.keys)) == len(now.keys):
        return before
    counts = Counter(before.keys)
    twice = {key for key, count in [*counts.items(), *Counter(now.keys).items()] if count > 1}
    row_of = {key: row for row, key in enumerate(before.keys) if key not in twice}
    column_of = {name: row for row, name in enumerate(before.cells.names)}
    rows = np.array([row_of.get(key, -1) for key in now.keys], np.intp)
    columns = np.array([column_of.get(name, -1) for name in now.cells.names], np.intp)
    return _rearranged(before, now, rows, columns)


def _rearranged(before: _History, now: _History, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> _History:
    cells = object.__new__(_Cells)
    cells.names = now.cells.names
    found = (columns >= 0)[:, None] & (rows >= 0)[None, :]

    def pick(matrix: NDArray[Scalar]) -> NDArray[Scalar]:
        picked = np.zeros(found.shape, matrix.dtype)
        picked[found] = matrix[np.ix_(columns[columns >= 0], rows[rows >= 0])].ravel()
        return picked

    cells.values = pick(before.cells.values)
    cells.known = pick(before.cells.known)
    cells.narrow = pick(before.cells.narrow)
    marks = before.discontinuities
    return replace(
        before,
        keys=now.keys,
        cells=cells,
        offset=pick(before.offset),
        growth=pick(before.growth),
        whole=pick(before.whole),
        speeds=_picked_speeds(before.speeds, rows),
        discontinuities=None if marks is None else [marks[row] if row >= 0 else None for row in rows.tolist()],
        restless=_picked(before.restless, rows),
    )


def _picked(values: NDArray[np.uint8], rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    picked = np.zeros(len(rows), np.uint8)
    picked[rows >= 0] = values[rows[rows >= 0]]
    return picked


def _picked_speeds(speeds: Floats | None, rows: NDArray[np.intp]) -> Floats | None:
    if speeds is None:
        return None
    picked: Floats = np.full(len(rows), np.nan)
    picked[rows >= 0] = speeds[rows[rows >= 0]]
    return picked
