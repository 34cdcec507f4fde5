"""A column of a list: how a row's cell reads, sorts, is filtered and coloured."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from nms.i18n import gettext as _
from nms.queries.rows import Attention
from nms.views.times import short_clock
from nms.views.tui.filters import Searchable, fold
from nms.views.tui.values import age, without
from nms.views.tui.words import ATTENTION_GLYPH, attention_word, state_word

R = TypeVar("R")

_DIGITS = re.compile(r"[0-9]+")
_ORDER: Mapping[Attention, int] = {attention: order for order, attention in enumerate(Attention)}


@dataclass(frozen=True, slots=True)
class Context:
    """What cells need beside their row: the office's clock, and which columns have room on the screen."""

    now: float
    departments: Mapping[str, str] = field(default_factory=dict)
    zone: ZoneInfo | None = None
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """`width` is what it wants, `grow` its share of what is left over, `keep` how long it stays when room gets scarce.

    `find` is the text that `name:` filters look through when it is more than the cell; `number` serves comparisons, and
    rows without one come last in that column's order. `draw` replaces `text` on the screen, where the width matters.
    """

    name: str
    title: str
    width: int
    text: Callable[[R, Context], str]
    order: Callable[[R], Any] | None = None
    style: Callable[[R], str] | None = None
    find: Callable[[R], str] | None = None
    number: Callable[[R], float | None] | None = None
    right: bool = False
    grow: int = 0
    keep: int = 5
    draw: Callable[[R, int], str] | None = None


@dataclass(frozen=True, slots=True)
class ListSpec(Generic[R]):
    """One list. `topic` is where its rows come from, `choose` which of them; `acts` what can be done to a row."""

    name: str
    title: str
    topic: str
    key: Callable[[R], str]
    columns: tuple[Column[R], ...]
    sets: Mapping[str, tuple[str, ...]]
    order: str
    descending: bool = False
    choose: Callable[[R], bool] | None = None
    acts: frozenset[str] = frozenset()
    device: Callable[[R], str] | None = None
    ticket: Callable[[R], str] | None = None
    alert: Callable[[R], str] | None = None
    department: Callable[[R], str] | None = None
    empty: str = ""

    def column(self, name: str) -> Column[R] | None:
        return next((column for column in self.columns if column.name == name), None)

    def rows(self, found: Sequence[R]) -> list[R]:
        return [row for row in found if self.choose(row)] if self.choose else list(found)

    def searchable(self, context: Context) -> Searchable[R]:
        def text_of(row: R, name: str) -> str:
            column = self.column(name)
            if column is None:
                return ""
            cell = column.text(row, context)
            return fold(f"{column.find(row)}\n{cell}" if column.find else cell)

        def number_of(row: R, name: str) -> float | None:
            column = self.column(name)
            found = (column.number or column.order) if column else None
            value = found(row) if found else None
            return float(value) if isinstance(value, int | float) else None

        return Searchable(lambda row: whole(row, context.departments), text_of, number_of)


Texts = dict[str, tuple[int, str]]
"""By the key of a row: the hash of its texts and all of them folded; a row that is read again is not folded again."""


def whole(row: Any, departments: Mapping[str, str]) -> str:
    """All the text of a row, folded."""
    return fold("\n".join(_texts(row, departments)))


def known(texts: Texts, key: str, row: Any, departments: Mapping[str, str]) -> str:
    """The same, from what was folded before where that still holds."""
    found = _texts(row, departments)
    now, before = hash(found), texts.get(key)
    if before is not None and before[0] == now:
        return before[1]
    folded = fold("\n".join(found))
    texts[key] = (now, folded)
    return folded


def _texts(row: Any, departments: Mapping[str, str]) -> tuple[str, ...]:
    return (*_texts_of(row.__class__)(row), departments.get(getattr(row, "department", ""), ""))


@cache
def _texts_of(kind: Any) -> Callable[[Any], tuple[str, ...]]:
    """Reads all the text fields of a row at once: ten thousand rows are looked through at every letter."""
    return attrgetter(*(f.name for f in fields(kind) if f.type in _TEXTS))


_TEXTS = frozenset({"str", "State", "Role", "Attention", "AlertStatus", "TicketStatus", "TicketKind"})


@lru_cache(maxsize=1 << 15)
def natural(text: str) -> str:
    """A key that sorts sw-2 before sw-10."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(12), fold(text))


def order_of_attention(attention: Attention) -> int:
    return _ORDER[attention]


def attention_column() -> Column[Any]:
    """The glyph that says whether a row needs somebody."""
    return Column(
        "attention",
        "",
        1,
        lambda row, _context: ATTENTION_GLYPH[row.attention],
        order=lambda row: order_of_attention(row.attention),
        style=lambda row: row.attention,
        find=lambda row: f"{row.attention} {attention_word(row.attention)}",
        keep=100,
    )


def word_column(
    name: str, title: str, width: int, word: Callable[[str], str], *, keep: int = 5, style: str = ""
) -> Column[Any]:
    """A field that is one of a few words (a state, a status, a kind): shown in the reader's language, found in both."""
    return Column(
        name,
        title,
        width,
        lambda row, _context: word(getattr(row, name)),
        order=lambda row: str(getattr(row, name)),
        style=(lambda _row: style) if style else (lambda row: row.attention),
        find=lambda row: str(getattr(row, name)),
        keep=keep,
    )


def state_column(keep: int = 9) -> Column[Any]:
    return word_column("state", _("state"), 13, state_word, keep=keep)


def number_column(
    name: str, title: str, width: int, shown: Callable[[float | None], str], *, keep: int = 5, style: str = "plain"
) -> Column[Any]:
    """A number of the row. What is not known sorts after what is, and no comparison is true of it."""

    def number(row: Any) -> float | None:
        found: float | None = getattr(row, name)
        return found

    return Column(
        name,
        title,
        width,
        lambda row, _context: shown(number(row)),
        order=number,
        style=lambda _row: style,
        number=number,
        right=True,
        keep=keep,
    )


def plain(name: str, title: str, width: int, *, grow: int = 0, keep: int = 5, style: str = "plain") -> Column[Any]:
    """A text field of the row, as it is."""
    return Column(
        name,
        title,
        width,
        lambda row, _context: str(getattr(row, name)),
        order=lambda row: natural(str(getattr(row, name))),
        style=lambda _row: style,
        grow=grow,
        keep=keep,
    )


def since_column(name: str, title: str, keep: int = 5) -> Column[Any]:
    """The age of an instant; the youngest sorts last, as ages do."""

    def minus_instant(row: Any) -> float | None:
        at: float | None = getattr(row, name)
        return None if at is None else -at

    return Column(
        name,
        title,
        7,
        lambda row, context: age(getattr(row, name), context.now),
        order=minus_instant,
        number=minus_instant,
        style=lambda _row: "dim",
        right=True,
        keep=keep,
    )


def instant_column(name: str, title: str, *, keep: int = 5, style: str = "dim") -> Column[Any]:
    """When something was, on the office's clock."""

    def at(row: Any) -> float | None:
        found: float | None = getattr(row, name)
        return found

    return Column(
        name,
        title,
        11,
        lambda row, context: short_clock(at(row), context.now, context.zone),
        order=lambda row: at(row) or 0.0,
        style=lambda _row: style,
        right=True,
        keep=keep,
    )


def department_column(width: int = 16, keep: int = 4) -> Column[Any]:
    return Column(
        "department",
        _("department"),
        width,
        lambda row, context: context.departments.get(row.department, row.department),
        order=lambda row: natural(row.department),
        style=lambda _row: "dim",
        find=lambda row: str(row.department),
        grow=1,
        keep=keep,
    )


def problem_column(title: str, width: int = 20, grow: int = 4) -> Column[Any]:
    return Column(
        "problem",
        title,
        width,
        lambda row, _context: without(row.problem, getattr(row, "name", "")),
        order=lambda row: (not row.problem, fold(row.problem)),
        style=lambda row: row.attention if row.problem else "dim",
        grow=grow,
        keep=8,
    )
