"""How many requests are on their way at one time, over all devices, sockets and versions."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial


class Flights:
    """Counts requests on their way. Who finds no room asks to be called, in order, once there is some.

    A lot of requests at once would overflow the sockets' buffers and the state tables of firewalls on the way.
    """

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError("at least one request must be allowed on the way")
        self.limit = limit
        self.count = 0
        self._waiting: deque[Callable[[], None]] = deque()

    def take(self) -> bool:
        """Room for one more request; False where there is none."""
        if self.count >= self.limit:
            return False
        self.count += 1
        return True

    def give(self) -> None:
        """A request has landed."""
        self.count -= 1
        if self._waiting:
            self._call_waiting()

    def when_free(self, call: Callable[[], None]) -> None:
        """Calls back once, when there may be room: `take` says whether there is."""
        self._waiting.append(call)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Waits for room and holds it."""
        while not self.take():
            freed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.when_free(partial(_set_done, freed))
            try:
                await freed
            except asyncio.CancelledError:
                self._call_waiting()  # the room it was called for is for the next one
                raise
        try:
            yield
        finally:
            self.give()

    def _call_waiting(self) -> None:
        for _ in range(min(self.limit - self.count, len(self._waiting))):
            self._waiting.popleft()()


def _set_done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
