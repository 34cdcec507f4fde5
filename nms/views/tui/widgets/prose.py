"""A few lines of running text, as tall as they need."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from nms.views.tui.safe import wrap
from nms.views.tui.widgets.drawn import Drawn, line


class Prose(Drawn):
    DEFAULT_CSS = "Prose { height: 0; overflow: hidden; scrollbar-size: 0 0; background: $surface; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
        self.said: Sequence[tuple[str, str]] = ()
        self.most = 3
        self._lines: list[tuple[str, str]] = []

    def show(self, said: Sequence[tuple[str, str]], lines: int = 3) -> None:
        """Paragraphs with the names of their styles, in `lines` lines together at the most."""
        self.said, self.most = said, lines
        self._wrap()

    def on_resize(self) -> None:
        self._wrap()

    def _wrap(self) -> None:
        width = max(10, self.size.width - 2)
        found: list[tuple[str, str]] = []
        for i, (text, style) in enumerate(self.said):
            left = self.most - len(found) - (len(self.said) - i - 1)
            found += [(part, style) for part in wrap(text, width, max(1, left))] if text else []
        self._lines = found[: self.most]
        self.styles.height = len(self._lines)
        self.refresh()

    def draw_line(self, y: int) -> Strip:
        text, style = self._lines[y] if y < len(self._lines) else ("", "plain")
        return line([(f" {text}", self.palette.of(style))], self.size.width)
