"""Wakes many readers of live events. What happened stands in the records, and each reads it there at its own pace: a
slow one costs the daemon neither time nor memory, and loses nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

CHECK_SECONDS = 1.0
"""A reader without news is woken as often, so that one whose token was revoked is out within a second."""


@dataclass(frozen=True, slots=True, eq=False)
class _Reader:
    whose: str
    woken: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class EventHub:
    """Publishes from the event loop; it tells that there is something new, not what."""

    _readers: set[_Reader] = field(default_factory=set)

    @property
    def readers(self) -> int:
        return len(self._readers)

    def readers_of(self, whose: str) -> int:
        return Counter(reader.whose for reader in self._readers)[whose]

    def publish(self) -> None:
        for reader in self._readers:
            reader.woken.set()

    async def subscribe(self, whose: str = "") -> AsyncGenerator[bool, None]:
        """True when there is something new (however often since), False after a second without; first False."""
        reader = _Reader(whose)
        self._readers.add(reader)
        try:
            yield False
            while True:
                yield await _woken(reader.woken)
        finally:
            self._readers.discard(reader)


async def _woken(event: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(event.wait(), CHECK_SECONDS)
    except TimeoutError:
        return False
    event.clear()
    return True


def as_sse(topic: str, data: str, number: int) -> bytes:
    """One event in the text/event-stream format (WHATWG HTML, server-sent events); `data` is one line of JSON."""
    return f"id: {number}\nevent: {topic}\ndata: {data}\n\n".encode()
