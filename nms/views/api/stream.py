"""Live events to many readers: each has its own bounded queue; a slow one loses its oldest, not the daemon's time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

QUEUE_LENGTH = 500
HEARTBEAT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """Something changed: `topic` says what kind (overview, alert, ticket, device), `data` is a JSON text."""

    topic: str
    data: str = "{}"


@dataclass(slots=True, eq=False)
class _Reader:
    queue: deque[LiveEvent] = field(default_factory=lambda: deque(maxlen=QUEUE_LENGTH))
    ready: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class EventHub:
    """Publishes from the event loop; each subscriber reads at its own pace."""

    _readers: set[_Reader] = field(default_factory=set)

    @property
    def readers(self) -> int:
        return len(self._readers)

    def publish(self, event: LiveEvent) -> None:
        for reader in self._readers:
            reader.queue.append(event)
            reader.ready.set()

    async def subscribe(self) -> AsyncIterator[LiveEvent | None]:
        """Events as they come; None every 15 seconds without one, so that a dead connection is noticed."""
        reader = _Reader()
        self._readers.add(reader)
        try:
            while True:
                while reader.queue:
                    yield reader.queue.popleft()
                reader.ready.clear()
                try:
                    await asyncio.wait_for(reader.ready.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield None
        finally:
            self._readers.discard(reader)


def as_sse(event: LiveEvent | None) -> bytes:
    """One event in the text/event-stream format (WHATWG HTML, server-sent events)."""
    if event is None:
        return b": still here\n\n"
    lines = "".join(f"data: {line}\n" for line in event.data.splitlines() or [""])
    return f"event: {event.topic}\n{lines}\n".encode()
