"""ctrl+p and `:`: type a few letters and go to any screen, view, device, ticket or department, or do any act."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.queries.rows import Attention
from nms.views.tui.filters import fold
from nms.views.tui.lists.columns import Column, Context
from nms.views.tui.messages import Heard
from nms.views.tui.places import Place
from nms.views.tui.screens.whole import PaintedWhole
from nms.views.tui.widgets.rowlist import RowList
from nms.views.tui.words import ATTENTION_GLYPH

MOST = 200
GATHER_EVERY = 0.01
GATHER = 250
"""About two milliseconds of work at a time."""
SHOW_EVERY = 2500


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be gone to (`place`) or done (`action`)."""

    kind: str
    text: str
    more: str = ""
    place: Place | None = None
    action: str = ""
    attention: Attention | None = None

    @property
    def folded(self) -> str:
        return fold(f"{self.text} {self.more} {self.kind}")


Choice = Place | str


def best(entries: Sequence[tuple[str, Entry]], typed: str) -> list[Entry]:
    """Entries in which every word occurs; those that begin with what was typed first, then in their given order."""
    text = fold(typed.strip())
    words = text.split()
    found: list[tuple[int, int, Entry]] = []
    for index, (folded, entry) in enumerate(entries):
        if all(word in folded for word in words):
            rank = 0 if folded.startswith(text) else 1 if f" {text}" in folded else 2
            found.append((rank, index, entry))
    found.sort(key=lambda item: item[:2])
    return [entry for _rank, _index, entry in found[:MOST]]


class PaletteScreen(PaintedWhole, ModalScreen[Choice | None]):
    """Gives a place or the name of an action, or None."""

    DEFAULT_CSS = """
    PaletteScreen { align: center top; }
    PaletteScreen > Vertical { width: 90; max-width: 96%; height: auto; max-height: 80%; margin: 2 0 0 0;
        background: $surface; border: round $accent; }
    PaletteScreen Input, PaletteScreen Input:focus { border: none; height: 1; margin: 0 1; background: $surface; }
    PaletteScreen RowList { height: 16; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", N_("cancel")),
        Binding("down,ctrl+n", "move(1)", N_("next"), priority=True),
        Binding("up,ctrl+p", "move(-1)", N_("before"), priority=True),
    ]

    def __init__(
        self, entries: Callable[[], Iterator[Entry]], hint: str, *, awaited: frozenset[str] = frozenset()
    ) -> None:
        """`awaited` are the topics that entries come from and that were not heard of yet."""
        super().__init__()
        self._entries, self._hint = entries, hint
        self._awaited = awaited
        self._all: list[tuple[str, Entry]] = []
        self._coming: Iterator[Entry] = iter(())
        self._shown_of = 0
        self._is_entered = False  # before what was typed had come: it is gone to when it comes

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Input(placeholder=self._hint)
            yield RowList(heading=False, empty=_("nothing is called so"))

    def on_mount(self) -> None:
        self._coming = self._entries()
        self._gather(MOST)
        rows = self.query_one(RowList)
        rows.can_focus = False
        rows.key = lambda entry: f"{entry.kind}/{entry.text}/{entry.more}/{entry.action}"
        self.query_one(Input).focus()
        self._show("")
        self._gathering = self.set_interval(GATHER_EVERY, self._gather_more)

    def _gather(self, most: int | None = None) -> bool:
        """So many more of what there is; whether there was any."""
        before = len(self._all)
        self._all += [(entry.folded, entry) for entry in islice(self._coming, most)]
        return len(self._all) > before

    def _gather_more(self) -> None:
        """Ten thousand devices a few at a time: letters are taken at once, what they find comes as it is found."""
        more = self._gather(GATHER)
        if not more:
            self._gathering.pause()
        typed = self.query_one(Input).value
        if typed and len(self._all) > self._shown_of and (not more or len(self._all) - self._shown_of >= SHOW_EVERY):
            self._show(typed, anew=False)
            if self._is_entered:
                self._choose(self.query_one(RowList).row)

    @on(Heard)
    def _heard(self, message: Heard) -> None:
        """A list that was not there yet has come."""
        if message.topics & self._awaited:
            self._awaited -= message.topics
            self._all, self._shown_of, self._coming = [], 0, self._entries()
            self._gathering.resume()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._is_entered = False
        self._show(event.value)

    def _show(self, typed: str, *, anew: bool = True) -> None:
        """`anew` begins on top; else the cursor stays on its entry."""
        rows = self.query_one(RowList)
        if anew:
            rows.cursor = 0
            rows.rows = ()
        self._shown_of = len(self._all)
        rows.show(best(self._all, typed), Context(0.0), columns=_columns())
        if anew:
            rows.action_edge(-1)

    def action_move(self, step: int) -> None:
        self.query_one(RowList).action_move(step)

    @on(Input.Submitted)
    def _entered(self) -> None:
        if self._gather():
            self._show(self.query_one(Input).value, anew=self.query_one(RowList).cursor == 0)
        self._is_entered = bool(self.query_one(Input).value)
        self._choose(self.query_one(RowList).row)

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        self._choose(message.row)

    def _choose(self, entry: Entry | None) -> None:
        if entry is not None:
            self._is_entered = False
            self.dismiss(entry.place or entry.action)

    def action_cancel(self) -> None:
        self.dismiss(None)


def _columns() -> tuple[Column[Entry], ...]:
    return (
        Column(
            "glyph",
            "",
            1,
            lambda entry, _c: ATTENTION_GLYPH[entry.attention] if entry.attention else "›",
            style=lambda entry: entry.attention or "dim",
            keep=90,
        ),
        Column("text", "", 30, lambda entry, _c: entry.text, style=lambda _e: "strong", grow=3, keep=90),
        Column("more", "", 16, lambda entry, _c: entry.more, style=lambda _e: "dim", grow=2, keep=40),
        Column("kind", "", 14, lambda entry, _c: entry.kind, style=lambda _e: "accent", keep=20),
    )
