"""How much a city hall works at each hour of the week, as rates and as their exact integrals.

A counter is a scale times an integral, so it is a function of the clock alone: any process that asks at the same
instant gets the same number, and it never runs backwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

_HOUR = 3600.0
_WEEK_HOURS = 168
_EPOCH_TO_MONDAY = 72.0
"""The epoch was a Thursday: hours from Monday 00:00 to it."""
_UTC_OFFSET_HOURS = -6.0
"""Central Mexico, which has had no daylight saving time since 2022."""

_OFFICE_DAY = (4, 4, 4, 4, 4, 5, 9, 30, 75, 95, 100, 98, 92, 88, 80, 58, 38, 26, 20, 15, 11, 8, 6, 5)
_OFFICE_REST = (3, 3, 3, 3, 3, 3, 4, 5, 8, 10, 11, 10, 9, 8, 8, 7, 6, 6, 5, 5, 4, 4, 3, 3)
_ALWAYS_DAY = (52, 46, 42, 40, 40, 44, 56, 70, 84, 92, 96, 96, 94, 92, 92, 90, 92, 96, 100, 98, 92, 82, 70, 60)
_ALWAYS_REST = (66, 62, 58, 52, 46, 44, 48, 54, 62, 70, 76, 80, 82, 82, 82, 82, 84, 88, 94, 98, 100, 94, 84, 74)


@dataclass(frozen=True)
class WeeklyShape:
    """168 hourly levels from Monday 00:00 local time, 1 at the peak, linear in between, the same every week."""

    levels: tuple[float, ...]

    @cached_property
    def _cumulated(self) -> Sequence[float]:
        """Integral at each hour, in hours at full rate; the last entry is a whole week."""
        around = (*self.levels, self.levels[0])
        return list(accumulate(((a + b) / 2 for a, b in pairwise(around)), initial=0.0))

    def level(self, at: float) -> float:
        """The rate at an instant, 0 to 1."""
        hour, part, _ = self._position(at)
        here, following = self.levels[hour], self.levels[(hour + 1) % _WEEK_HOURS]
        return here + (following - here) * part

    def integral(self, at: float) -> float:
        """Seconds at full rate since a fixed Monday long ago; differences are what counts."""
        hour, part, weeks = self._position(at)
        here, following = self.levels[hour], self.levels[(hour + 1) % _WEEK_HOURS]
        within = part * (here + (following - here) * part / 2)
        return (weeks * self._cumulated[-1] + self._cumulated[hour] + within) * _HOUR

    @staticmethod
    def _position(at: float) -> tuple[int, float, int]:
        hours = at / _HOUR + _UTC_OFFSET_HOURS + _EPOCH_TO_MONDAY
        weeks, rest = divmod(hours, _WEEK_HOURS)
        hour = min(int(rest), _WEEK_HOURS - 1)
        return hour, rest - hour, int(weeks)


def _week(weekday: tuple[int, ...], weekend: tuple[int, ...]) -> WeeklyShape:
    return WeeklyShape(tuple(level / 100 for level in weekday * 5 + weekend * 2))


OFFICE = _week(_OFFICE_DAY, _OFFICE_REST)
ALWAYS_ON = _week(_ALWAYS_DAY, _ALWAYS_REST)


@dataclass(frozen=True, slots=True)
class Pulse:
    """A shape made restless: time runs a little fast and a little slow in turn, never backwards.

    `phase` (0 to 1) tells one pulse from another, so that no two graphs look alike.
    """

    shape: WeeklyShape
    phase: float

    def _warped(self, at: float) -> float:
        # The slopes of the two waves add up to less than 1, which keeps the warped time increasing.
        slow = 150.0 * math.sin(math.tau * (at / 2400.0 + self.phase))
        quick = 24.0 * math.sin(math.tau * (at / 470.0 + self.phase * 7))
        return at + slow + quick

    def integral(self, at: float) -> float:
        return self.shape.integral(self._warped(at))

    def level(self, at: float) -> float:
        """The rate at an instant: the shape's, 1.7 times of it at most, a fifth of it at least."""
        slow = 150.0 / 2400.0 * math.cos(math.tau * (at / 2400.0 + self.phase))
        quick = 24.0 / 470.0 * math.cos(math.tau * (at / 470.0 + self.phase * 7))
        return self.shape.level(self._warped(at)) * (1 + math.tau * (slow + quick))


def wave(at: float, centre: float, swing: float, phase: float, period: float = 86400.0) -> float:
    """A quantity that swings gently around its centre, with a small ripple on it."""
    big = math.sin(math.tau * (at / period + phase))
    ripple = math.sin(math.tau * (at / (period / 61.0) + phase * 3))
    return centre + swing * (0.85 * big + 0.15 * ripple)
