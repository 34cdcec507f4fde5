"""Asking again soon where something fell silent, so that a verdict need not wait for the next slots.

A device that was silent is asked again until enough polls in a row agree. What it is reached through, what feeds it
and the targets of the monitor's own uplink are asked beside it: a child that was polled before its dead parent then
knows whom to blame by the time it may speak.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from nms.model import DeviceId, Poll

Beside = Callable[[DeviceId], Iterable[DeviceId]]


@dataclass(slots=True)
class Confirming:
    """Which devices are to be visited out of turn, and when.

    `interval`: seconds between a silent poll and the one that confirms it; `confirmations`: silent polls in a row
    that settle it. `beside` names what else to ask about a silence; the same thing is asked at most twice in an
    interval, however many of its children fall silent one after the other.
    """

    interval: float
    confirmations: int
    beside: Beside = lambda _device: ()
    _silent: dict[DeviceId, int] = field(default_factory=dict)
    _visited: dict[DeviceId, float] = field(default_factory=dict)
    _waiting: set[DeviceId] = field(default_factory=set)
    _queue: list[tuple[float, DeviceId]] = field(default_factory=list)

    def take(self, poll: Poll, now: float, regular: float) -> None:
        """What a visit brought. `regular`: the device's own interval; a slot that comes sooner is soon enough."""
        device = poll.device
        self._visited[device] = now
        if poll.heard is not False:
            self._silent.pop(device, None)
            return
        polls = self._silent[device] = self._silent.get(device, 0) + 1
        if polls < self.confirmations and regular > self.interval:
            self._ask(device, now + self.interval)
        if polls == 1:
            for other in self.beside(device):
                self._ask(other, max(now, self._visited.get(other, 0.0) + self.interval / 2))

    def due(self, now: float) -> list[DeviceId]:
        """The devices to visit now."""
        found = []
        while self._queue and self._queue[0][0] <= now:
            device = heapq.heappop(self._queue)[1]
            self._waiting.discard(device)
            self._visited[device] = now
            found.append(device)
        return found

    def clock_stepped(self, now: float) -> None:
        """After the clock was set nothing waits for a time that is hours away."""
        self._visited.clear()
        self._queue = [(now, device) for _, device in self._queue]

    def _ask(self, device: DeviceId, at: float) -> None:
        if device not in self._waiting:
            self._waiting.add(device)
            heapq.heappush(self._queue, (at, device))
