"""The period that a graph shows: zoom, pan, and back to now."""

from __future__ import annotations

from dataclasses import dataclass, replace

SPANS = (900.0, 3600.0, 6 * 3600.0, 86400.0, 7 * 86400.0, 30 * 86400.0, 365 * 86400.0)
_FINEST_STEP = 60.0


@dataclass(frozen=True, slots=True)
class Timespan:
    """`end` None follows the clock."""

    zoom: int = 1
    end: float | None = None

    @property
    def seconds(self) -> float:
        return SPANS[self.zoom]

    def bounds(self, now: float) -> tuple[float, float]:
        end = now if self.end is None else self.end
        return end - self.seconds, end

    def zoomed(self, step: int, now: float) -> Timespan:
        """Around the middle of what is shown; following the clock stays following."""
        zoom = max(0, min(len(SPANS) - 1, self.zoom + step))
        if self.end is None:
            return replace(self, zoom=zoom)
        end = self.end + (SPANS[zoom] - self.seconds) / 2
        return Timespan(zoom, None if end >= now else end)

    def panned(self, halves: int, now: float) -> Timespan:
        end = (now if self.end is None else self.end) + halves * self.seconds / 2
        return Timespan(self.zoom, None if end >= now else end)

    def step(self, columns: int) -> float | None:
        """Seconds between points so that each column has about one; None: every sample."""
        step = self.seconds / max(1, columns)
        return None if step <= _FINEST_STEP else float(int(step))
