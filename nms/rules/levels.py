"""Hysteresis and duration of many limits at once: columns of numpy, one row (slot) per limit of one component.

For each slot and a new value: beyond the limit for long enough raises it; back at `clear` ends it; in between it
stays as it is. Durations run on the time of the readings. A clock set back, or a gap between readings (more than `gap`
seconds, and three times the usual spacing of a table that is read less often), starts a duration anew: nothing shows
that the value held meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Slots = NDArray[np.int64]

_FIRST_CAPACITY = 1024


class Levels:
    """Growing columns. Signed so that every limit is an upper one: a lower limit is kept negative, like its values."""

    def __init__(self) -> None:
        self.count = 0
        self.sign, self.limit, self.clear = np.zeros(0), np.zeros(0), np.zeros(0)
        self.hold, self.gap = np.zeros(0), np.zeros(0)
        self.value, self.at, self.seen = np.zeros(0), np.zeros(0), np.zeros(0)
        self.since, self.spacing = np.zeros(0), np.zeros(0)
        self.raised = np.zeros(0, dtype=bool)

    def add(self, sign: int, limit: float, clear: float | None, hold: float, gap: float, raised: bool) -> int:
        """A new slot. `raised`: it held before the monitor was started."""
        slot = self.count
        if slot == len(self.sign):
            self._grow(max(_FIRST_CAPACITY, slot * 2))
        self.count += 1
        self.sign[slot], self.limit[slot] = sign, sign * limit
        self.clear[slot] = sign * (limit if clear is None else clear)
        self.hold[slot], self.gap[slot] = hold, gap
        self.value[slot] = self.at[slot] = self.since[slot] = self.spacing[slot] = np.nan
        self.seen[slot] = -np.inf
        self.raised[slot] = raised
        return slot

    def _grow(self, size: int) -> None:
        for name in ("sign", "limit", "clear", "hold", "gap", "value", "at", "seen", "since", "spacing", "raised"):
            old = getattr(self, name)
            new = np.zeros(size, dtype=old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)

    def update(self, slots: Slots, values: Floats, at: Floats, steady: float) -> Slots:
        """New values of different slots; NaN is no value. Returned are the slots that hold, or have just ended."""
        told = ~np.isnan(values)
        if not told.all():
            slots, values, at = slots[told], values[told], at[told]
        signed = values * self.sign[slots]
        beyond = signed > self.limit[slots]
        raised = self.raised[slots]
        since = self._since(slots, at, beyond)
        long_enough = beyond & (at - since >= self.hold[slots])
        now_raised = long_enough | (raised & (signed > self.clear[slots]))
        self.spacing[slots] = np.where(at > self.at[slots], at - self.at[slots], self.spacing[slots])
        self.value[slots], self.at[slots], self.seen[slots] = values, at, steady
        self.since[slots] = np.where(now_raised & np.isnan(since), at, np.where(beyond | now_raised, since, np.nan))
        self.raised[slots] = now_raised
        return slots[now_raised | raised]

    def _since(self, slots: Slots, at: Floats, beyond: NDArray[np.bool_]) -> Floats:
        """Since when each value has been beyond its limit; raised ones keep what they have."""
        since, before = self.since[slots], self.at[slots]
        passed = at - before
        torn = (passed > self.gap[slots]) & (passed > 3 * self.spacing[slots])
        lost = ~self.raised[slots] & ((at < since) | torn)
        return np.where(beyond & (np.isnan(since) | lost), at, since)

    def stale(self, steady: float) -> Slots:
        """Raised slots without a value for longer than their gap, and than three times their usual spacing."""
        used = slice(0, self.count)
        patience = np.fmax(self.gap[used], 3 * self.spacing[used])
        return np.flatnonzero(self.raised[used] & (steady - self.seen[used] > patience))


def joined(parts: Sequence[Slots]) -> Slots:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
