"""When Python looks for garbage: while nobody is at the keys.

Ten thousand rows are a hundred thousand objects that stay. Looking through all of them takes a tenth of a second, and
by itself Python does it while somebody waits for a key. Here it is done in a pause, when there is something to find.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LOOK_EVERY = 0.5
BREATH_SECONDS = 0.3
"""Without a key for this long, a little may be looked through: about ten milliseconds."""
PAUSE_SECONDS = 1.0
"""Without a key for this long, nobody is typing: everything may be looked through."""
LEAST_GAP_SECONDS = 10.0
WORTH_A_LOOK = 20_000
FEW_NEW_OBJECTS = 8_000
MOST_NEW_OBJECTS = 30_000
"""More than this since the last look are looked through whatever is typed, and only these: about 25 milliseconds."""


@dataclass(slots=True)
class Tidier:
    touched_at: float = 0.0
    tidied_at: float = 0.0
    _since: int = 0
    """Objects that only small looks have seen."""

    def look(self, now: float) -> bool:
        """Whether it was time to tidy up."""
        new, still = gc.get_count()[0], now - self.touched_at
        is_pause = still >= PAUSE_SECONDS and now - self.tidied_at >= LEAST_GAP_SECONDS
        if is_pause and self._since + new >= WORTH_A_LOOK:
            self.tidied_at, self._since = now, 0
            gc.collect()
            return True
        if new < (FEW_NEW_OBJECTS if still >= BREATH_SECONDS else MOST_NEW_OBJECTS):
            return False
        self._since += new
        gc.collect(0)
        return True


@contextmanager
def tidied_in_pauses() -> Iterator[Tidier]:
    """Nothing is looked through by itself meanwhile: whoever holds the `Tidier` lets it look now and then."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield Tidier()
    finally:
        if was_enabled:
            gc.enable()
