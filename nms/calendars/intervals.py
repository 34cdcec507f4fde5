"""Sets of half-open intervals of time, in UTC seconds: the algebra that everything about time is computed with.

An instant is Unix seconds (`float`); an interval holds its start and not its end, so that neighbours meet
without overlap and lengths add up. Infinite ends are allowed, NaN is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Instants = NDArray[np.float64]


class Interval(NamedTuple):
    """From `start` up to, not including, `end`: Unix seconds. Empty unless `start < end`."""

    start: float
    end: float

    @property
    def length(self) -> float:
        return max(0.0, self.end - self.start)

    def contains(self, instant: float) -> bool:
        return self.start <= instant < self.end


class IntervalSet:
    """An immutable set of instants, kept as sorted intervals that neither overlap nor touch.

    Two sets of the same instants are equal however they were built. Operations over n intervals cost
    O(n log n) at most; `contains` and `clip` find their place by bisection.
    """

    __slots__ = ("_ends", "_starts")

    def __init__(self, intervals: Iterable[tuple[float, float]] = ()) -> None:
        pairs = np.array([(start, end) for start, end in intervals], dtype=np.float64).reshape(-1, 2)
        self._starts, self._ends = _normalised(pairs[:, 0], pairs[:, 1])

    @classmethod
    def from_arrays(cls, starts: ArrayLike, ends: ArrayLike) -> IntervalSet:
        """The set of columns of equal length: start and end of each interval, in any order."""
        made = cls.__new__(cls)
        made._starts, made._ends = _normalised(np.asarray(starts, dtype=np.float64), np.asarray(ends, dtype=np.float64))
        return made

    @classmethod
    def _trusted(cls, starts: Instants, ends: Instants) -> IntervalSet:
        made = cls.__new__(cls)
        made._starts, made._ends = starts, ends
        return made

    @property
    def starts(self) -> Instants:
        return self._starts

    @property
    def ends(self) -> Instants:
        return self._ends

    @property
    def length(self) -> float:
        """Seconds in the set."""
        return float((self._ends - self._starts).sum())

    @property
    def span(self) -> Interval | None:
        """From the first instant to the last end; None for the empty set."""
        if not len(self._starts):
            return None
        return Interval(float(self._starts[0]), float(self._ends[-1]))

    def __iter__(self) -> Iterator[Interval]:
        return map(Interval, self._starts.tolist(), self._ends.tolist())

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, position: int) -> Interval:
        return Interval(float(self._starts[position]), float(self._ends[position]))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, IntervalSet):
            return NotImplemented
        return np.array_equal(self._starts, other._starts) and np.array_equal(self._ends, other._ends)

    def __hash__(self) -> int:
        return hash((self._starts.tobytes(), self._ends.tobytes()))

    def __repr__(self) -> str:
        shown = ", ".join(f"[{start:.15g}, {end:.15g})" for start, end in list(self)[:8])
        return f"IntervalSet({shown}{', ...' if len(self) > 8 else ''})"

    def __reduce__(self) -> tuple[Any, ...]:
        return IntervalSet.from_arrays, (self._starts, self._ends)

    def contains(self, instant: float) -> bool:
        at = int(np.searchsorted(self._starts, instant, side="right")) - 1
        return at >= 0 and bool(instant < self._ends[at])

    def contains_each(self, instants: ArrayLike) -> NDArray[np.bool_]:
        """For each instant of a column, whether it is in the set."""
        asked = np.asarray(instants, dtype=np.float64)
        if not len(self._starts):
            return np.zeros(asked.shape, dtype=bool)
        at = np.searchsorted(self._starts, asked, side="right") - 1
        return (at >= 0) & (asked < self._ends[np.maximum(at, 0)])

    def interval_at(self, instant: float) -> Interval | None:
        """The interval that holds the instant, if one does."""
        at = int(np.searchsorted(self._starts, instant, side="right")) - 1
        return self[at] if at >= 0 and instant < self._ends[at] else None

    def next_start(self, instant: float) -> float | None:
        """The first instant of the set at or after `instant`; None where nothing follows."""
        if self.contains(instant):
            return instant
        at = int(np.searchsorted(self._starts, instant, side="left"))
        return float(self._starts[at]) if at < len(self._starts) else None

    def union(self, *others: IntervalSet) -> IntervalSet:
        return at_least(1, (self, *others))

    def intersection(self, *others: IntervalSet) -> IntervalSet:
        return at_least(1 + len(others), (self, *others))

    def difference(self, other: IntervalSet) -> IntervalSet:
        span = self.span
        return self if span is None else self & other.complement(span.start, span.end)

    __or__ = union
    __and__ = intersection
    __sub__ = difference

    def complement(self, start: float, end: float) -> IntervalSet:
        """What of the window [start, end) is not in the set."""
        if not start < end:
            return EMPTY
        inside = self.clip(start, end)
        starts = np.concatenate(([start], inside._ends))
        ends = np.concatenate((inside._starts, [end]))
        kept = starts < ends
        return IntervalSet._trusted(starts[kept], ends[kept])

    def clip(self, start: float, end: float) -> IntervalSet:
        """What of the set lies in the window [start, end)."""
        first = int(np.searchsorted(self._ends, start, side="right"))
        last = int(np.searchsorted(self._starts, end, side="left"))
        if last <= first or not start < end:
            return EMPTY
        starts, ends = self._starts[first:last].copy(), self._ends[first:last].copy()
        starts[0], ends[-1] = max(starts[0], start), min(ends[-1], end)
        return IntervalSet._trusted(starts, ends)

    def elapsed(self, start: float, end: float) -> float:
        """Seconds of the set between two instants: how much service time has passed."""
        return self.clip(start, end).length

    def advance(self, start: float, seconds: float) -> float | None:
        """The instant at which `seconds` of the set have passed since `start`; None if the set ends before."""
        rest = self.clip(start, float("inf"))
        if not len(rest):
            return None
        passed = np.cumsum(rest._ends - rest._starts)
        at = int(np.searchsorted(passed, seconds, side="left"))
        if at == len(passed):
            return None
        return (
            float(rest._ends[at] - (passed[at] - seconds))
            if np.isfinite(passed[at])
            else (float(rest._starts[at] + seconds - (passed[at - 1] if at else 0.0)))
        )


def at_least(count: int, sets: Sequence[IntervalSet]) -> IntervalSet:
    """The instants that are in at least `count` of the sets: 1 is their union, all of them the intersection."""
    if count < 1:
        raise ValueError("at_least needs a count of 1 or more: an instant in none of the sets has no bounds")
    if len(sets) < count:
        return EMPTY
    starts = np.concatenate([one.starts for one in sets])
    ends = np.concatenate([one.ends for one in sets])
    return IntervalSet._trusted(*_swept(starts, ends, count))


def _normalised(starts: Instants, ends: Instants) -> tuple[Instants, Instants]:
    if starts.shape != ends.shape or np.isnan(starts).any() or np.isnan(ends).any():
        raise ValueError("an interval needs a start and an end that are numbers")
    if (starts > ends).any():
        worst = int(np.argmax(starts > ends))
        raise ValueError(f"an interval ends before it starts: {starts[worst]:.15g} to {ends[worst]:.15g}")
    kept = starts < ends
    return _swept(starts[kept], ends[kept], 1)


def _swept(starts: Instants, ends: Instants, count: int) -> tuple[Instants, Instants]:
    """Where the number of open intervals is at least `count`; instants that coincide are taken together."""
    if not len(starts):
        return np.empty(0), np.empty(0)
    times = np.concatenate((starts, ends))
    steps = np.repeat(np.array([1, -1], dtype=np.int64), len(starts))
    order = np.argsort(times, kind="stable")
    times, depth = times[order], np.cumsum(steps[order])
    settled = np.append(times[1:] != times[:-1], True)
    times, inside = times[settled], depth[settled] >= count
    before = np.concatenate(([False], inside[:-1]))
    return times[inside & ~before], times[~inside & before]


EMPTY = IntervalSet()
