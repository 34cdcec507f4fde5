"""Where one is, where one came from, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LONGEST = 100


@dataclass(slots=True)
class Place:
    """A screen and what it shows; `memory` is what it wants to find again on return (cursor, filter, order)."""

    kind: str
    argument: str = ""
    title: str = ""
    memory: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def is_top(self) -> bool:
        """Whether it is reached from anywhere, rather than from the place before."""
        return self.kind not in ("device", "configuration", "ticket", "why", "station")

    @property
    def topic(self) -> str:
        return f"{self.kind}/{self.argument}" if self.argument else self.kind


@dataclass(slots=True)
class Trail:
    """The history of one sitting, as in a browser: going somewhere new forgets what lay ahead."""

    places: list[Place] = field(default_factory=lambda: [Place("overview")])
    here: int = 0

    @property
    def place(self) -> Place:
        return self.places[self.here]

    def go(self, place: Place) -> Place:
        if place == self.place:
            self.place.memory.update(place.memory)
            return self.place
        self.places = [*self.places[: self.here + 1], place][-LONGEST:]
        self.here = len(self.places) - 1
        return place

    def back(self) -> Place | None:
        if self.here == 0:
            return None
        self.here -= 1
        return self.place

    def forward(self) -> Place | None:
        if self.here == len(self.places) - 1:
            return None
        self.here += 1
        return self.place

    def crumbs(self) -> list[Place]:
        """The way to here from the last place that is reached from anywhere."""
        start = self.here
        while start > 0 and not self.places[start].is_top:
            start -= 1
        return self.places[start : self.here + 1]

    def up(self) -> Place | None:
        """Where `esc` leads: the step before in the crumbs, else the overview; None at the overview itself."""
        if len(self.crumbs()) > 1:
            return self.back()
        if self.place.kind == "overview" and not self.place.argument:
            return None
        return self.go(Place("overview"))
