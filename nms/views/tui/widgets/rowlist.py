"""A list of any length with a fixed heading: only the rows on the screen are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from nms.views.tui.lists.columns import Column, Context
from nms.views.tui.safe import fit
from nms.views.tui.widgets.drawn import Drawn, Piece, line

GAP = 1
GUTTER = 1


def layout(columns: Sequence[Column[Any]], width: int) -> list[tuple[Column[Any], int]]:
    """The columns that have room, each with its width; the least kept go first, the growing ones share the rest."""
    kept = list(columns)
    room = width - GUTTER
    while len(kept) > 1 and sum(column.width + GAP for column in kept) > room:
        kept.remove(min(reversed(kept), key=lambda column: column.keep))
    left = max(0, room - sum(column.width + GAP for column in kept))
    shares = sum(column.grow for column in kept)
    return [(column, column.width + (left * column.grow // shares if shares else 0)) for column in kept]


class RowList(Drawn, can_focus=True):
    """Shows rows and posts `Opened` and `Moved`; what is in it is decided outside."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("pagedown,ctrl+f", "page(1)", show=False),
        Binding("pageup,ctrl+b", "page(-1)", show=False),
        Binding("home,g", "edge(-1)", show=False),
        Binding("end,G", "edge(1)", show=False),
        Binding("enter", "open", show=False),
    ]

    class Opened(Message):
        def __init__(self, rows: RowList, row: Any) -> None:
            super().__init__()
            self.rows, self.row = rows, row

        @property
        def control(self) -> RowList:
            return self.rows

    class Moved(Message):
        def __init__(self, rows: RowList, row: Any | None) -> None:
            super().__init__()
            self.rows, self.row = rows, row

        @property
        def control(self) -> RowList:
            return self.rows

    class HeadingClicked(Message):
        def __init__(self, rows: RowList, column: str) -> None:
            super().__init__()
            self.rows, self.column = rows, column

    def __init__(self, *, id: str | None = None, heading: bool = True, empty: str = "") -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
        self.rows: Sequence[Any] = ()
        self.columns: Sequence[Column[Any]] = ()
        self.key: Callable[[Any], str] = str
        self.context = Context(0.0)
        self.marked: set[str] = set()
        self.order, self.descending = "", False
        self.cursor = 0
        self.heading = 1 if heading else 0
        self.empty = empty
        self._layout: list[tuple[Column[Any], int]] = []
        self._width = -1

    @property
    def row(self) -> Any | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def show(self, rows: Sequence[Any], context: Context, *, columns: Sequence[Column[Any]] | None = None) -> None:
        """New rows; the cursor stays on its row where that is still there."""
        held = self.key(self.row) if self.row is not None else None
        self.rows, self.context = rows, context
        if columns is not None and columns != self.columns:
            self.columns = columns
        if held is not None and not (self.row is not None and self.key(self.row) == held):
            self.cursor = next((i for i, row in enumerate(rows) if self.key(row) == held), self.cursor)
        self.cursor = max(0, min(self.cursor, len(rows) - 1))
        self._measure()
        self.refresh()

    def put_cursor(self, key: str) -> bool:
        """Puts the cursor on a row by its key, if it is there."""
        found = next((i for i, row in enumerate(self.rows) if self.key(row) == key), None)
        if found is None:
            return False
        self._go(found)
        return True

    def _measure(self) -> None:
        self.virtual_size = Size(1, len(self.rows) + self.heading)
        self._width = -1

    def on_unmount(self) -> None:
        self.rows = ()

    def on_resize(self) -> None:
        self._measure()
        self._into_view()

    def draw_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if width != self._width:
            self._width, self._layout = width, layout(self.columns, width)
            self.context = replace(self.context, beside=frozenset(column.name for column, _size in self._layout))
        if y < self.heading:
            return self._heading_line(width)
        index = self.scroll_offset.y + y - self.heading
        if index < len(self.rows):
            return self._row_line(index, width)
        if not self.rows and y == self.heading + 1 and self.empty:
            return line([(" " * 2 + self.empty, self.palette.dim)], width)
        return Strip.blank(width)

    def _heading_line(self, width: int) -> Strip:
        style = self.palette.heading
        pieces: list[Piece] = [(" " * GUTTER, style)]
        for column, size in self._layout:
            title = column.title
            if column.name == self.order and title:
                title = f"{title}{'▼' if self.descending else '▲'}"
            pieces += [(fit(title, size, right=column.right), style), (" " * GAP, style)]
        return line(pieces, width, style)

    def _row_line(self, index: int, width: int) -> Strip:
        row, palette = self.rows[index], self.palette
        is_marked = self.key(row) in self.marked
        pieces: list[Piece] = [("▐" if is_marked else " ", palette.marked)]
        for column, size in self._layout:
            style = palette.of(column.style(row)) if column.style else palette.text
            text = column.draw(row, size) if column.draw else column.text(row, self.context)
            pieces += [(fit(text, size, right=column.right), style), (" " * GAP, Style())]
        here = index == self.cursor
        return line(pieces, width, self._cursor_style() if here else None)

    def _cursor_style(self) -> Style:
        return self.palette.cursor if self.has_focus else self.palette.bar

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_move(self, step: int) -> None:
        self._go(self.cursor + step)

    def action_page(self, direction: int) -> None:
        self._go(self.cursor + direction * max(1, self.size.height - self.heading - 1))

    def action_edge(self, direction: int) -> None:
        self._go(0 if direction < 0 else len(self.rows) - 1)

    def action_open(self) -> None:
        if self.row is not None:
            self.post_message(self.Opened(self, self.row))

    def _go(self, index: int) -> None:
        before = self.cursor
        self.cursor = max(0, min(index, len(self.rows) - 1))
        self._into_view()
        for changed in {before, self.cursor}:
            self._refresh_row(changed)
        if before != self.cursor:
            self.post_message(self.Moved(self, self.row))

    def _refresh_row(self, index: int) -> None:
        y = index - self.scroll_offset.y + self.heading
        self.refresh(Region(0, y, self.size.width, 1))

    def _into_view(self) -> None:
        height = max(1, self.scrollable_content_region.height - self.heading)
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)

    def on_click(self, event: events.Click) -> None:
        if event.y < self.heading:
            self._click_heading(event.x)
            return
        index = self.scroll_offset.y + event.y - self.heading
        if index < len(self.rows):
            again = index == self.cursor and event.chain > 1
            self._go(index)
            if again:
                self.action_open()

    def _click_heading(self, x: int) -> None:
        at = GUTTER
        for column, size in self._layout:
            if at <= x < at + size + GAP:
                self.post_message(self.HeadingClicked(self, column.name))
                return
            at += size + GAP
