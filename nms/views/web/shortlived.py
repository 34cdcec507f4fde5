"""What is kept for minutes between two pages, by a word that only one browser knows: log-ins that are half done."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class ShortLived(Generic[T]):
    """At most so many, each for so long; the oldest give way. Safe between threads; empty after a restart."""

    seconds: float = 600.0
    most: int = 5000
    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[str, tuple[float, T]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def keep(self, value: T) -> str:
        """The word by which it is found."""
        word = secrets.token_urlsafe(32)
        self.put(word, value)
        return word

    def put(self, word: str, value: T) -> None:
        """Under a word that is known already."""
        with self._lock:
            self._kept[word] = (self.clock() + self.seconds, value)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)

    def words(self, wanted: Callable[[T], bool]) -> list[str]:
        """The words of all values that are wanted."""
        with self._lock:
            return [word for word, found in self._kept.items() if self._alive(found) and wanted(found[1])]

    def look(self, word: str) -> T | None:
        with self._lock:
            return self._alive(self._kept.get(word))

    def take(self, word: str) -> T | None:
        """For whoever comes first, and nobody after."""
        with self._lock:
            return self._alive(self._kept.pop(word, None))

    def _alive(self, found: tuple[float, T] | None) -> T | None:
        return found[1] if found is not None and found[0] > self.clock() else None
