"""How much a value has changed over a stretch of time, for the limits that are on change and not on the value."""

from __future__ import annotations

from collections import deque

import numpy as np

from nms.rules.levels import Floats, Slots

_KEPT = 32
"""Values kept over the stretch; the change is thus exact to a thirty-second part of it."""


class Changes:
    """The recent values of the slots that want it: few, so plain Python serves."""

    def __init__(self) -> None:
        self._over: dict[int, float] = {}
        self._past: dict[int, deque[tuple[float, float]]] = {}

    def watch(self, slot: int, over: float) -> None:
        self._over[slot] = over
        self._past[slot] = deque(maxlen=_KEPT * 2)

    def replace(self, slots: Slots, values: Floats, at: Floats) -> None:
        """Put the change in place of the value, or NaN while the past does not reach back far enough."""
        if not self._over:
            return
        for position in np.flatnonzero(np.isin(slots, np.fromiter(self._over, dtype=np.int64))).tolist():
            value = float(values[position])
            if value == value:
                values[position] = self._change(int(slots[position]), value, float(at[position]))

    def _change(self, slot: int, value: float, at: float) -> float:
        over, past = self._over[slot], self._past[slot]
        if past and at < past[-1][0]:
            past.clear()
        if not past or at - past[-1][0] >= over / _KEPT:
            past.append((at, value))
        while len(past) > 1 and past[1][0] <= at - over:
            past.popleft()
        reach = at - past[0][0]
        return value - past[0][1] if over * 0.9 <= reach <= over * 2 else float("nan")
