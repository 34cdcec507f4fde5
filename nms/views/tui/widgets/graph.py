"""One series over time, drawn in braille: a filled curve, last week as a line of dots, gaps left empty and marked."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from rich.style import Style
from textual.strip import Strip

from nms.i18n import gettext as _
from nms.queries.rows import History
from nms.views.tui.braille import curve, joined, place
from nms.views.tui.safe import fit, shown
from nms.views.tui.scales import moments, rounded
from nms.views.tui.values import quantity
from nms.views.tui.widgets.drawn import Drawn, Piece, line

LABEL = 12
WEEK = 7 * 86400.0
EVERY_MINUTE = 60.0
ROWS_A_MARK = 3
CELLS_A_MOMENT = 12


class Graph(Drawn):
    DEFAULT_CSS = "Graph { height: 12; overflow: hidden; scrollbar-size: 0 0; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
        self.title, self.note = "", ""
        self.history: History | None = None
        self.before: History | None = None
        self.start, self.end = 0.0, 1.0
        self.zone: ZoneInfo | None = None
        """The office's clock."""
        self.factor, self.unit = 1.0, ""
        self._drawn: list[list[Piece]] = []

    def show(
        self, title: str, history: History | None, before: History | None, start: float, end: float, note: str = ""
    ) -> None:
        """`before` is the same series one week earlier; `note` stands where there is nothing to draw."""
        self.title, self.history, self.before, self.note = title, history, before, note
        self.start, self.end = start, end
        is_octets = history is not None and history.series.unit == "octets/s"
        self.factor = 8.0 if is_octets else 1.0
        self.unit = "bits_per_second" if is_octets else history.series.unit if history else ""
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _forget_palette(self, theme: Any) -> None:
        super()._forget_palette(theme)
        self._draw()

    def draw_line(self, y: int) -> Strip:
        pieces = self._drawn[y] if y < len(self._drawn) else [("", Style())]
        return line(pieces, self.size.width)

    def _draw(self) -> None:
        width, height = self.size.width - LABEL - 1, self.size.height - 3
        if width < 8 or height < 2:
            self._drawn = []
        elif self.history is None:
            self._drawn = [self._heading(None), [(f"  {self.note}", self.palette.dim)]]
        else:
            self._drawn = self._graph(self.history, width, height)
        self.refresh()

    def _graph(self, history: History, width: int, height: int) -> list[list[Piece]]:
        now = self._columns(history, 0.0, width * 2)
        then = self._columns(self.before, WEEK, width * 2) if self.before else []
        known = [value for value in (*now, *then) if value is not None]
        low, high, marks = rounded(*self._range(known), max(1, height // ROWS_A_MARK), self.unit)
        labels = {round((high - mark) / (high - low) * (height - 1)): quantity(mark, self.unit) for mark in marks}
        solid = curve(now, height, low, high, filled=low == 0)
        dotted = curve(then, height, low, high, filled=False) if then else [""] * height
        rows = [self._heading([value for value in now if value is not None])]
        for y in range(height):
            over = self._over(solid[y], dotted[y].ljust(width) if then else "")
            label = fit(labels.get(y, ""), LABEL - 1, right=True)
            rows.append([(label, self.palette.dim), (" ▕", self.palette.line), *over])
        return [*rows, self._axis(now, width), self._times(width)]

    def _columns(self, history: History | None, shift: float, columns: int) -> list[float | None]:
        if history is None:
            return []
        times = [at + shift for at in history.times]
        found = place(times, history.values, self.start, self.end, columns)
        step = history.step or EVERY_MINUTE
        per_column = (self.end - self.start) / columns
        scaled = [None if value is None else value * self.factor for value in found]
        return joined(scaled, int(3 * step / per_column) + 1)

    def _range(self, known: list[float]) -> tuple[float, float]:
        """From nought, but for quantities that live far from it (a temperature, a voltage)."""
        if not known:
            return 0.0, 1.0
        low, high = min(known), max(known)
        if self.unit == "ratio" and low >= 0:
            return 0.0, max(1.0, high) if high > 0.2 else max(high, 0.01)
        if low > 0 and (high - low) < low * 0.5:
            room = max((high - low) * 0.2, abs(high) * 0.01)
            return low - room, high + room
        return min(0.0, low), high if high > 0 else 1.0

    def _over(self, solid: str, dotted: str) -> list[Piece]:
        """This week over the last: where both are in one cell, this week shows."""
        if not dotted:
            return [(solid, self.palette.accent)]
        pieces: list[Piece] = []
        for mine, theirs in zip(solid, dotted, strict=True):
            if theirs != " " and (mine == " " or mine == "⣿"):
                pieces.append(("┄" if mine == " " else "╌", self.palette.strong))
            else:
                pieces.append((mine, self.palette.accent))
        return pieces

    def _heading(self, known: list[float] | None) -> list[Piece]:
        pieces: list[Piece] = [(f" {shown(self.title)}  ", self.palette.strong)]
        if known:
            numbers = (known[-1], min(known), sum(known) / len(known), max(known))
            words = (_("last"), _("least"), _("mean"), _("most"))
            text = "  ".join(f"{w} {quantity(n, self.unit)}" for w, n in zip(words, numbers, strict=True))
            pieces.append((text, self.palette.text))
        if self.before is not None:
            pieces.append((f"   ┄ {_('a week before')}", self.palette.dim))
        return pieces

    def _axis(self, now: list[float | None], width: int) -> list[Piece]:
        """A line under what was observed, dots under gaps."""
        marks = "".join("─" if now[2 * x] is not None or now[2 * x + 1] is not None else "·" for x in range(width))
        return [(" " * LABEL, Style()), (" ", Style()), (marks, self.palette.line)]

    def _times(self, width: int) -> list[Piece]:
        text = ""
        for at, written in moments(self.start, self.end, width // CELLS_A_MOMENT, self.zone):
            x = round((at - self.start) / (self.end - self.start) * width)
            if x >= len(text) and x + len(written) < width:
                text = f"{text.ljust(x)}╵{written} "
        return [(" " * (LABEL + 1), Style()), (fit(text.rstrip(), width), self.palette.dim)]
