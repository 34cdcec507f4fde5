"""When Python looks for garbage: while nobody is at the keys.

Ten thousand rows are a hundred thousand objects that stay. Looking through all of them takes a tenth of a second, and
by itself Python does it while somebody waits for a key. Here it is done in a pause, when there is something to find.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LOOK_EVERY = 1.0
PAUSE_SECONDS = 1.0
"""Without a key for this long, nobody is typing."""
LEAST_GAP_SECONDS = 10.0
WORTH_A_LOOK = 20_000
MOST_NEW_OBJECTS = 100_000
"""More than this since the last look are looked through whatever is typed, and only these: about 20 milliseconds."""


@dataclass(slots=True)
class Tidier:
    touched_at: float = 0.0
    tidied_at: float = 0.0

    def look(self, now: float) -> bool:
        """Whether it was time to tidy up."""
        new = gc.get_count()[0]
        paused = now - self.touched_at >= PAUSE_SECONDS and now - self.tidied_at >= LEAST_GAP_SECONDS
        if new < (WORTH_A_LOOK if paused else MOST_NEW_OBJECTS):
            return False
        if paused:
            self.tidied_at = now
        gc.collect(2 if paused else 0)
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
