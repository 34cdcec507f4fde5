"""State histories as interval sets, and their three-valued algebra: any of several paths, all of several services.

What no state covers is unknown: absence of knowledge is absence from the sets, so it can never be counted as
up or down by mistake.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nms.calendars import EMPTY, IntervalSet
from nms.model import State


class StateInterval(NamedTuple):
    """One state of one subject from `start` until `end` (Unix seconds); None: it still holds."""

    start: float
    end: float | None
    state: State


@dataclass(frozen=True, slots=True)
class Correction:
    """What people settled afterwards about a stretch of history: who, why, and when they said so."""

    start: float
    end: float
    state: State
    who: str
    why: str
    at: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """The history of one subject: disjoint sets of the time it was up, degraded, down or in maintenance.

    All other time is unknown. `known_until` is where the history stops: the present, as a rule.
    """

    up: IntervalSet = EMPTY
    degraded: IntervalSet = EMPTY
    down: IntervalSet = EMPTY
    maintenance: IntervalSet = EMPTY
    known_until: float = math.inf

    @classmethod
    def of(cls, states: Iterable[StateInterval], now: float = math.inf) -> Timeline:
        """From recorded states, in any order. Where two overlap, the later start holds; none reaches past `now`."""
        ordered = sorted(states, key=lambda one: one.start)
        kinds: dict[State, list[tuple[float, float]]] = {state: [] for state in State}
        horizon = now
        for one in reversed(ordered):
            end = min(math.inf if one.end is None else one.end, horizon)
            if one.start < end:
                kinds[one.state].append((one.start, end))
            horizon = min(horizon, one.start)
        return cls(
            IntervalSet(kinds[State.UP]),
            IntervalSet(kinds[State.DEGRADED]),
            IntervalSet(kinds[State.DOWN]),
            IntervalSet(kinds[State.MAINTENANCE]),
            now,
        )

    @property
    def serving(self) -> IntervalSet:
        """Up or degraded: a degraded service still serves."""
        return self.up | self.degraded

    @property
    def known(self) -> IntervalSet:
        return self.up.union(self.degraded, self.down, self.maintenance)

    def state_at(self, instant: float) -> State:
        for state, held in self._by_state():
            if held.contains(instant):
                return state
        return State.UNKNOWN

    def _by_state(self) -> tuple[tuple[State, IntervalSet], ...]:
        return (
            (State.UP, self.up),
            (State.DEGRADED, self.degraded),
            (State.DOWN, self.down),
            (State.MAINTENANCE, self.maintenance),
        )

    def with_state(self, stretch: IntervalSet, state: State) -> Timeline:
        """The same history with one stretch of it in another state."""
        left = {kind: held - stretch for kind, held in self._by_state()}
        if state in left:
            left[state] = left[state] | stretch
        return Timeline(
            left[State.UP], left[State.DEGRADED], left[State.DOWN], left[State.MAINTENANCE], self.known_until
        )


def corrected(timeline: Timeline, corrections: Iterable[Correction]) -> Timeline:
    """The history as corrected by people; where corrections overlap, the last one said holds."""
    for correction in sorted(corrections, key=lambda one: one.at):
        timeline = timeline.with_state(IntervalSet([(correction.start, correction.end)]), correction.state)
    return timeline


def any_of(parts: Sequence[Timeline]) -> Timeline:
    """Redundant paths: serving while any part serves, down once all are known not to and not all by agreement.

    Unknown as long as an unknown part could be serving. Degraded: serving, with a part known down or degraded.
    """
    _refuse_none(parts)
    serving = _union(part.serving for part in parts)
    weakened = _union(part.down | part.degraded for part in parts)
    agreed = _common(part.maintenance for part in parts)
    return Timeline(
        up=serving - weakened,
        degraded=serving & weakened,
        down=_common(part.known for part in parts) - serving - agreed,
        maintenance=agreed,
        known_until=min(part.known_until for part in parts),
    )


def all_of(parts: Sequence[Timeline]) -> Timeline:
    """Required services: down while any part is down, serving while all serve, degraded if one of them is.

    In maintenance while a part is and all others are known not to be down; unknown otherwise.
    """
    _refuse_none(parts)
    down = _union(part.down for part in parts)
    serving = _common(part.serving for part in parts)
    weakened = _union(part.degraded for part in parts)
    agreed = _union(part.maintenance for part in parts)
    return Timeline(
        up=serving - weakened,
        degraded=serving & weakened,
        down=down,
        maintenance=(agreed & _common(part.known for part in parts)) - down,
        known_until=min(part.known_until for part in parts),
    )


def _refuse_none(parts: Sequence[Timeline]) -> None:
    if not parts:
        raise ValueError("a combination needs one timeline or more: of nothing nothing is known")


def _union(sets: Iterable[IntervalSet]) -> IntervalSet:
    return EMPTY.union(*sets)


def _common(sets: Iterable[IntervalSet]) -> IntervalSet:
    first, *others = sets
    return first.intersection(*others)
