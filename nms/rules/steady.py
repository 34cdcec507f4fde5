"""Time that only goes forward, made from instants that need not: for judging how long nothing has been heard."""

from __future__ import annotations


class SteadyClock:
    """Seconds that have passed since the start, by the calls that were made.

    A clock that is set back counts as no time, one that jumps ahead (or a process that was stopped) as at most
    `longest` seconds: nobody could have been polled meanwhile, so nobody is blamed for it.
    """

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._last: float | None = None
        self.steady = 0.0

    def at(self, now: float) -> float:
        """The steady time at an instant, in Unix seconds."""
        if self._last is not None:
            self.steady += min(max(0.0, now - self._last), self._longest)
        self._last = now
        return self.steady
