"""The departments as a grid of tiles: state, what is wrong, since when, who has it, and the last day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from nms.i18n import gettext as _
from nms.i18n import ngettext
from nms.model import State
from nms.queries.rows import Attention, DepartmentTile
from nms.views.tui.palette import over
from nms.views.tui.safe import abbreviated, fit, wrap
from nms.views.tui.values import age
from nms.views.tui.widgets.drawn import CURSOR_KEYS, Drawn, Piece, line
from nms.views.tui.words import ATTENTION_GLYPH, STRIP_GLYPH, tile_word

NARROWEST = 25
WIDEST = 48
TALLEST = 6


@dataclass(frozen=True, slots=True)
class Grid:
    """How tiles are laid out: all of them on one screen where that is possible."""

    columns: int
    rows: int
    width: int
    height: int
    spare: int = 0
    """How many columns are a cell wider than `width`."""

    def start(self, column: int) -> int:
        """Where a column begins; what a division leaves over makes the first ones a cell wider."""
        return column * self.width + min(column, self.spare)

    def width_of(self, column: int) -> int:
        return self.width + (column < self.spare)

    def column_at(self, x: int) -> int:
        return next((c for c in reversed(range(self.columns)) if x >= self.start(c)), 0)


def arrange(tiles: int, width: int, height: int) -> Grid:
    """As tall tiles as fit without scrolling; among equals, the widest."""
    most = max(1, width // NARROWEST)
    least = max(1, -(-width // WIDEST))
    best: Grid | None = None
    for columns in range(least, max(least, most) + 1):
        rows = max(1, -(-tiles // columns))
        tall = min(TALLEST, height // rows)
        if tall >= 1 and (best is None or tall > best.height):
            best = Grid(columns, rows, width // columns, tall, width % columns)
    return best or Grid(most, -(-tiles // most), width // most, 1, width % most)


def whole_day(strip: Sequence[State], width: int) -> list[State]:
    """The strip in as many cells as there are, or as have room: each cell is the worst of its part of the day."""
    cells = min(width, len(strip))
    bounds = [(i * len(strip) // cells, -(-(i + 1) * len(strip) // cells)) for i in range(cells)]
    return [min(strip[start:end], key=_WORST.index) for start, end in bounds]


_WORST = (State.DOWN, State.DEGRADED, State.UNKNOWN, State.MAINTENANCE, State.UP)


class TileGrid(Drawn, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [*CURSOR_KEYS]

    class Opened(Message):
        def __init__(self, tile: DepartmentTile) -> None:
            super().__init__()
            self.tile = tile

    class Moved(Message):
        def __init__(self, tile: DepartmentTile | None) -> None:
            super().__init__()
            self.tile = tile

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
        self.tiles: Sequence[DepartmentTile] = ()
        self.now = 0.0
        self.cursor = 0
        self.grid = Grid(1, 1, NARROWEST, 1)

    @property
    def tile(self) -> DepartmentTile | None:
        return self.tiles[self.cursor] if 0 <= self.cursor < len(self.tiles) else None

    def show(self, tiles: Sequence[DepartmentTile], now: float) -> None:
        held = self.tile.id if self.tile else None
        is_same = tiles == self.tiles and int(now / 30) == int(self.now / 30)
        self.tiles, self.now = tiles, now
        if held is not None:
            self.cursor = next((i for i, tile in enumerate(tiles) if tile.id == held), 0)
        self._measure()
        if not is_same:
            self.refresh()

    def put_cursor(self, department: str) -> None:
        self._go(next((i for i, tile in enumerate(self.tiles) if tile.id == department), self.cursor))

    def _measure(self) -> None:
        room = self.scrollable_content_region
        self.grid = arrange(len(self.tiles), room.width, room.height)
        self.virtual_size = Size(1, self.grid.rows * self.grid.height)

    def on_resize(self) -> None:
        self._measure()
        self.refresh()

    def draw_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        row, part = divmod(self.scroll_offset.y + y, self.grid.height)
        pieces: list[Piece] = []
        for column in range(self.grid.columns):
            index = row * self.grid.columns + column
            if index < len(self.tiles):
                room = self.grid.width_of(column)
                pieces += self._tile_line(self.tiles[index], part, room, is_here=index == self.cursor)
        return line(pieces, width)

    def _tile_line(self, tile: DepartmentTile, part: int, width: int, *, is_here: bool) -> list[Piece]:
        inner = width - 3
        height = self.grid.height
        background = self._background(tile, is_here)
        colour = self.palette.attention[tile.attention]
        if height >= 4 and part == height - 1:
            return [(" " * width, Style())]
        body = self._part(tile, part, inner, colour)
        edge = "▌" if tile.attention is not Attention.FINE or is_here else "▏"
        pieces = [(edge, colour), *body, (" ", Style())]
        return [*((text, over(background, style)) for text, style in pieces), (" ", Style())]

    def _background(self, tile: DepartmentTile, is_here: bool) -> Style:
        if is_here:
            return self.palette.cursor if self.has_focus else self.palette.bar
        return Style(bgcolor=self.palette.bar.bgcolor) if self.grid.height >= 4 else Style()

    def _part(self, tile: DepartmentTile, part: int, width: int, colour: Style) -> list[Piece]:
        """One line of a tile: the name and state first, then as much more as its height allows."""
        usable = self.grid.height - (1 if self.grid.height >= 4 else 0)
        if part == 0:
            return self._title(tile, width, colour, alone=usable == 1)
        if part == usable - 1 and usable >= 3:
            return self._strip(tile, width)
        problem = wrap(tile.problem, width, max(1, usable - 3))
        if part == usable - 2 or usable == 2:
            said = self._who(tile, width)
            return [(fit(said if usable > 2 else tile.problem or said, width), self.palette.dim)]
        text = problem[part - 1] if part - 1 < len(problem) else ""
        if part == 1 and not tile.problem and tile.name != tile.short_name:
            return [(fit(tile.name, width), self.palette.dim)]
        return [(fit(text, width), colour if text else self.palette.dim)]

    def _title(self, tile: DepartmentTile, width: int, colour: Style, *, alone: bool) -> list[Piece]:
        word = tile_word(tile.state, tile.attention)
        if alone and tile.attention is not Attention.FINE:
            for_how_long = age(tile.since, self.now).split(" ")[0]
            if cell_len(tile.short_name) + len(word) + len(for_how_long) + 4 <= width:
                word = f"{word} {for_how_long}"
        room = max(4, width - len(word) - 3)
        name = self.palette.strong if tile.attention is not Attention.FINE else self.palette.text
        return [
            (f"{ATTENTION_GLYPH[tile.attention]} ", colour),
            (fit(abbreviated(tile.short_name, room), room), name),
            (f" {fit(word, width - room - 3, right=True)}", colour),
        ]

    def _who(self, tile: DepartmentTile, width: int) -> str:
        """Who has it, since when, how many devices answer, how many tickets: as many of these as have room whole."""
        counts = tile.devices
        parts = [
            f"◐ {tile.assignee}" if tile.assignee else "",
            age(tile.since, self.now) if tile.attention is not Attention.FINE else "",
            _("{up} of {total} up").format(up=counts.up, total=counts.total),
            ngettext("{n} ticket", "{n} tickets", tile.tickets).format(n=tile.tickets) if tile.tickets else "",
        ]
        said = ""
        for part in filter(None, parts):
            longer = f"{said} · {part}" if said else part
            said = longer if not said or cell_len(longer) <= width else said
        return said

    def _strip(self, tile: DepartmentTile, width: int) -> list[Piece]:
        """The last day."""
        states = whole_day(tile.strip, width)
        pieces: list[Piece] = [(STRIP_GLYPH[state], self.palette.states[state]) for state in states]
        return [*pieces, (" " * (width - len(states)), Style())]

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_move(self, columns: int, rows: int) -> None:
        self._go(self.cursor + columns + rows * self.grid.columns)

    def action_edge(self, direction: int) -> None:
        self._go(0 if direction < 0 else len(self.tiles) - 1)

    def action_open(self) -> None:
        if self.tile is not None:
            self.post_message(self.Opened(self.tile))

    def _go(self, index: int) -> None:
        if not 0 <= index < len(self.tiles):
            return
        self.cursor = index
        top = index // self.grid.columns * self.grid.height
        height = self.scrollable_content_region.height
        if top < self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)
        elif top + self.grid.height > self.scroll_offset.y + height:
            self.scroll_to(y=top + self.grid.height - height, animate=False, immediate=True)
        self.refresh()
        self.post_message(self.Moved(self.tile))

    def on_click(self, event: events.Click) -> None:
        row = (self.scroll_offset.y + event.y) // self.grid.height
        index = row * self.grid.columns + self.grid.column_at(event.x)
        if index < len(self.tiles):
            again = index == self.cursor and event.chain > 1
            self._go(index)
            if again:
                self.action_open()
