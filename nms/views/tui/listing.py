"""One list as it is shown: chosen, filtered, sorted, marked. No widget, no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nms.views.tui.filters import called, choose, fold, parse
from nms.views.tui.lists.columns import Column, Context, ListSpec, Texts, known


@dataclass(slots=True)
class Listing:
    """`rows` are what the daemon gave, `shown` what is on the screen of them.

    `texts` outlive the listing: what was folded for one screen of these rows serves the next.
    """

    spec: ListSpec[Any]
    context: Context
    filter: str = ""
    order: str = ""
    descending: bool = False
    set_name: str = ""
    marked: set[str] = field(default_factory=set)
    rows: list[Any] = field(default_factory=list)
    shown: list[Any] = field(default_factory=list)
    texts: Texts = field(default_factory=dict)
    broken: str = ""
    """A part of the filter that is no regular expression, and is looked for as it stands."""
    _fresh: dict[str, str] = field(default_factory=dict)
    _fields: dict[str, str] = field(default_factory=dict)
    _warm: int = 0

    def __post_init__(self) -> None:
        self.order = self.order or self.spec.order
        self.descending = self.descending or (self.order == self.spec.order and self.spec.descending)
        self.set_name = self.set_name or next(iter(self.spec.sets))
        columns = self.spec.columns
        titles = {called(column.title): column.name for column in reversed(columns) if column.title}
        self._fields = {**titles, **{column.name: column.name for column in columns}}

    @property
    def columns(self) -> tuple[Column[Any], ...]:
        found = (self.spec.column(name) for name in self.spec.sets[self.set_name])
        return tuple(column for column in found if column is not None)

    def take(self, rows: Sequence[Any], context: Context) -> None:
        """New data; marks of rows that are gone are dropped."""
        self.rows, self.context = self.spec.rows(rows), context
        self._fresh.clear()
        self._warm = 0
        if self.marked:
            self.marked &= {self.spec.key(row) for row in self.rows}
        self.arrange()

    def release(self) -> None:
        """Lets go of the rows: a screen that was left may stay in memory for a while."""
        self.rows, self.shown = [], []
        self._fresh = {}

    def arrange(self) -> None:
        """Filters and sorts again."""
        terms = parse(self.filter, self._fields)
        self.broken = next((term.broken for term in terms if term.broken), "")
        search = self.spec.searchable(self.context)
        search.whole = self._whole
        found = choose(self.rows, terms, search) if terms else list(self.rows)
        column = self.spec.column(self.order)
        self.shown = self._sorted(found, column) if column is not None else found

    def _sorted(self, rows: list[Any], column: Column[Any]) -> list[Any]:
        """What is not known comes last, whichever way round."""
        unknown: list[Any] = []
        if column.number is not None:
            unknown = [row for row in rows if column.number(row) is None]
            rows = [row for row in rows if column.number(row) is not None] if unknown else rows
        order = column.order or (lambda row: fold(column.text(row, self.context)))
        rows.sort(key=order, reverse=self.descending)
        return rows + unknown if unknown else rows

    def warm(self, rows: int) -> bool:
        """Prepares so many more rows for being searched and sorted, while nobody types; whether there are more.

        What texts sort by is remembered; of a row whose texts are those of before it is there already.
        """
        orders = [column.order for column in self.spec.columns if column.order is not None]
        for row in self.rows[self._warm : self._warm + rows]:
            key = self.spec.key(row)
            before = self.texts.get(key)
            self._whole(row)
            if self.texts.get(key) is not before:
                for order in orders:
                    order(row)
        self._warm += rows
        return self._warm < len(self.rows)

    @property
    def cold(self) -> int:
        """How many rows are not prepared yet."""
        return max(0, len(self.rows) - self._warm)

    def _whole(self, row: Any) -> str:
        key = self.spec.key(row)
        text = self._fresh.get(key)
        if text is None:
            text = self._fresh[key] = known(self.texts, key, row, self.context.departments)
        return text

    def sort_by(self, name: str) -> None:
        """By this column; asked twice, the other way round."""
        if name == self.order:
            self.descending = not self.descending
        else:
            self.order, self.descending = name, False
        self.arrange()

    def next_set(self, step: int = 1) -> None:
        names = list(self.spec.sets)
        self.set_name = names[(names.index(self.set_name) + step) % len(names)]

    def toggle(self, key: str) -> None:
        self.marked ^= {key}

    def toggle_all(self) -> None:
        """Marks all that is shown; when all of it is marked, none."""
        keys = {self.spec.key(row) for row in self.shown}
        self.marked = set() if keys <= self.marked else self.marked | keys

    def chosen(self, under_cursor: Any | None) -> list[Any]:
        """What an act is for: the marked rows, else the one under the cursor."""
        if self.marked:
            return [row for row in self.rows if self.spec.key(row) in self.marked]
        return [under_cursor] if under_cursor is not None else []
