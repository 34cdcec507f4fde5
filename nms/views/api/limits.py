"""How much one client may ask: a bucket of requests for each, refilled evenly (token bucket)."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_CLIENTS = 20_000
"""Clients remembered; the ones longest silent are forgotten, and a forgotten one starts with a full bucket."""


@dataclass(slots=True)
class RateLimit:
    """`share` requests in `window` seconds, all of them at once if the client likes."""

    share: float
    window: float = 60.0
    clock: Callable[[], float] = time.monotonic
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait(self, client: str) -> float:
        """Takes one request; 0 when it may go on, else the seconds until the next one may (and nothing is taken)."""
        now = self.clock()
        left = self._left(client, now)
        if left < 1.0:
            return (1.0 - left) * self.window / self.share
        self._keep(client, left - 1.0, now)
        return 0.0

    def is_spent(self, client: str) -> bool:
        """Whether nothing is left; asking takes nothing."""
        return self._left(client, self.clock()) < 1.0

    def _left(self, client: str, now: float) -> float:
        left, since = self._buckets.get(client, (self.share, now))
        return min(self.share, left + (now - since) * self.share / self.window)

    def _keep(self, client: str, left: float, now: float) -> None:
        self._buckets[client] = (left, now)
        self._buckets.move_to_end(client)
        while len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
