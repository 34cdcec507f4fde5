"""When each device is polled: spread over its interval by a stable hash, so that load is even and order is stable.

A device's slot depends on its id and interval alone: adding or removing others never moves it.
"""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from nms.model import Device, DeviceId


def phase(device: DeviceId, interval: float) -> float:
    """The offset of a device inside its interval, in seconds: uniform over devices, the same at every start."""
    return (zlib.crc32(device.encode()) / 2**32) * interval


def next_due(device: DeviceId, interval: float, after: float) -> float:
    """The first instant strictly after `after` at which the device is due, in Unix seconds."""
    offset = phase(device, interval)
    return (int((after - offset) // interval) + 1) * interval + offset


@dataclass(slots=True)
class Schedule:
    """A queue of due instants. Slots that passed while nobody asked are skipped, not piled up."""

    intervals: dict[DeviceId, float]
    _queue: list[tuple[float, DeviceId]] = field(default_factory=list)

    @classmethod
    def of(cls, devices: Iterable[Device], now: float, *, spread: float | None = None) -> Schedule:
        """`spread`: the first polls come within so many seconds; None: in their slots."""
        schedule = cls({device.id: device.interval for device in devices if device.endpoints})
        for device, interval in schedule.intervals.items():
            first = next_due(device, interval, now)
            if spread is not None:
                first = min(first, now + phase(device, spread))
            heapq.heappush(schedule._queue, (first, device))
        return schedule

    def due(self, now: float) -> list[tuple[DeviceId, float]]:
        """The devices due by now, each with the instant it was due; each is put back for its next slot."""
        found: list[tuple[DeviceId, float]] = []
        while self._queue and self._queue[0][0] <= now:
            instant, device = heapq.heappop(self._queue)
            interval = self.intervals.get(device)
            if interval is None:
                continue
            found.append((device, instant))
            heapq.heappush(self._queue, (next_due(device, interval, now), device))
        return found

    def clock_stepped(self, now: float) -> None:
        """Lays the queue anew after the clock was set: nothing waits for a time that is hours away."""
        self._queue = [(next_due(device, interval, now), device) for device, interval in self.intervals.items()]
        heapq.heapify(self._queue)
