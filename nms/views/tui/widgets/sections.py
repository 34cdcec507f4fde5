"""The sections of a page in one line; the present one is marked, all can be clicked."""

from __future__ import annotations

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from nms.views.tui.widgets.drawn import Drawn, Piece, line


class Sections(Drawn):
    DEFAULT_CSS = "Sections { height: 1; overflow: hidden; scrollbar-size: 0 0; }"

    class Chosen(Message):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__()
        self.labels: dict[str, str] = {}
        self.here = ""

    def show(self, labels: dict[str, str], here: str) -> None:
        if (labels, here) != (self.labels, self.here):
            self.labels, self.here = labels, here
            self.refresh()

    def _in_sight(self) -> list[tuple[str, str]]:
        """From the first one on; where the present one would not have room, without as many as hide it."""
        labels = list(self.labels.items())
        here = list(self.labels).index(self.here) if self.here in self.labels else 0
        while here > 0 and sum(cell_len(label) + 3 for _name, label in labels[: here + 1]) > self.size.width:
            del labels[0]
            here -= 1
        return labels

    def draw_line(self, y: int) -> Strip:
        pieces: list[Piece] = []
        for name, label in self._in_sight():
            if name == self.here:
                pieces.append((f"▐{label}▌", self.palette.accent + Style(bold=True, reverse=True)))
            else:
                pieces.append((f" {label} ", self.palette.dim))
            pieces.append((" ", Style()))
        return line(pieces, self.size.width)

    def on_click(self, event: events.Click) -> None:
        at = 0
        for name, label in self._in_sight():
            size = cell_len(label) + 3
            if at <= event.x < at + size:
                self.post_message(self.Chosen(name))
                return
            at += size
