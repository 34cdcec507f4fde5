"""Whether a thing needs a human, and how many are in each state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Attention(StrEnum):
    """Whether a thing needs a human: what colour stands for on every screen."""

    UNATTENDED = "unattended"
    """Something is wrong and nobody works on it (red)."""
    ATTENDED = "attended"
    """Something is wrong and somebody works on it (yellow)."""
    MAINTENANCE = "maintenance"
    """Planned work, or explained by something else that is (blue)."""
    UNKNOWN = "unknown"
    """The monitor cannot tell (grey)."""
    FINE = "fine"
    """Nothing to do (green)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many things are in each state."""

    up: int = 0
    degraded: int = 0
    down: int = 0
    unknown: int = 0
    maintenance: int = 0

    @property
    def total(self) -> int:
        return self.up + self.degraded + self.down + self.unknown + self.maintenance
