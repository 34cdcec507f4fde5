"""The base of the widgets that draw their own lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from nms.views.tui.palette import Palette, over
from nms.views.tui.safe import fit

Piece = tuple[str, Style]

CURSOR_KEYS: tuple[Binding, ...] = (
    Binding("down,j", "move(0,1)", show=False),
    Binding("up,k", "move(0,-1)", show=False),
    Binding("left,h", "move(-1,0)", show=False),
    Binding("right,l", "move(1,0)", show=False),
    Binding("home,g", "edge(-1)", show=False),
    Binding("end,G", "edge(1)", show=False),
    Binding("enter", "open", show=False),
)
"""How a cursor moves in two directions, with arrows or as in vi."""


def palette_of(widget: Widget) -> Palette:
    return Palette.of_theme(widget.app.theme_variables)


def line(pieces: Iterable[Piece], width: int, background: Style | None = None) -> Strip:
    """One line of exactly `width` cells. Texts are taken literally."""
    return Strip(list(_joined(pieces, background))).adjust_cell_length(width, background)


def _joined(pieces: Iterable[Piece], background: Style | None) -> Iterator[Segment]:
    """Neighbours of one style are one segment: each costs time at every later step."""
    held, held_style = "", Style()
    for text, style in pieces:
        if style is held_style or not text:
            held += text
            continue
        if held:
            yield Segment(held, over(background, held_style) if background else held_style)
        held, held_style = text, style
    if held:
        yield Segment(held, over(background, held_style) if background else held_style)


class Drawn(ScrollView):
    """Lines drawn on demand: only what is visible costs anything."""

    _palette: Palette | None = None
    _base: Style | None = None

    @property
    def palette(self) -> Palette:
        if self._palette is None:
            self._palette = palette_of(self)
        return self._palette

    def draw_line(self, y: int) -> Strip:
        """The line `y` of what is visible."""
        raise NotImplementedError

    def render_lines(self, crop: Region) -> list[Strip]:
        self._base = self.rich_style  # asked of the style sheets once, not for every line
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        return self.draw_line(y).apply_style(self._base or self.rich_style)

    def on_mount(self) -> None:
        self.app.theme_changed_signal.subscribe(self, self._forget_palette)

    def on_unmount(self) -> None:
        self._styles_cache.clear()  # most of what a screen leaves to the garbage collector: the keys would wait for it

    def _forget_palette(self, _theme: Any) -> None:
        self._palette = None
        self.refresh()


def cell(text: str, width: int, style: Style, *, right: bool = False) -> Piece:
    return fit(text, width, right=right), style
