"""The network from the core to the departments, and the power chain, as trees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.queries.rows import TreeRow
from nms.views.tui.filters import fold
from nms.views.tui.lists import tree
from nms.views.tui.messages import Go
from nms.views.tui.places import Place
from nms.views.tui.screens.acting import ActPage, Subject
from nms.views.tui.screens.base import asking
from nms.views.tui.widgets.rowlist import RowList


class TreeScreen(ActPage):
    HELP = N_(
        "What hangs on what. left and right fold and unfold a branch, z folds all that is fine. "
        "⇉ is reached or fed in a second way too."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", N_("back"), show=False),
        Binding("left,h", "fold(True)", N_("fold")),
        Binding("right,l", "fold(False)", N_("unfold")),
        Binding("z", "fold_fine", N_("fold what is fine")),
        Binding("Z", "unfold_all", N_("unfold all"), show=False),
        Binding("y", "copy", N_("copy"), show=False),
        Binding("slash", "filter", N_("filter"), key_display="/"),
    ]

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.folded: set[str] = set(place.memory.get("folded", ()))
        self.filter = str(place.memory.get("filter", ""))

    @property
    def topics(self) -> frozenset[str]:
        return frozenset({"overview", self.place.kind})

    @property
    def acts(self) -> frozenset[str]:
        return frozenset({"poll", "ssh", "silence", "why"})

    @property
    def nodes(self) -> Sequence[TreeRow]:
        return self.nms.mirror.get(self.place.kind) or ()

    def body(self) -> Iterable[Widget]:
        rows = RowList(id="tree", empty=asking())
        rows.key = lambda branch: branch.row.device
        yield rows
        yield Input(id="filter", value=self.filter, placeholder=_("part of a name"))

    def begin(self) -> None:
        self.query_one("#filter").display = False
        rows = self.query_one(RowList)
        rows.focus()
        rows.put_cursor(str(self.place.memory.get("cursor", "")))

    def take(self, topics: frozenset[str]) -> None:
        if self.place.kind in topics:
            self.query_one(RowList).empty = _("nothing is known of what hangs on what")
            self._show()

    def _show(self) -> None:
        wanted = None
        if self.filter:
            text = fold(self.filter)
            wanted = {row.device for row in self.nodes if text in fold(f"{row.name} {row.device} {row.problem}")}
        folded = set() if self.filter else self.folded
        self.query_one(RowList).show(tree.branches(self.nodes, folded, wanted), self.cx, columns=tree.columns())

    def remember(self) -> None:
        branch = self.query_one(RowList).row
        self.place.memory.update(
            folded=tuple(self.folded), filter=self.filter, cursor=branch.row.device if branch else ""
        )

    def subject(self) -> Subject:
        branch = self.query_one(RowList).row
        return Subject(devices=(branch.row.device,), title=branch.row.name) if branch else Subject()

    def action_fold(self, closes: bool) -> None:
        branch = self.query_one(RowList).row
        if branch is None:
            return
        if closes and not branch.row.children:
            self._to_parent(branch.row)
        elif closes:
            self.folded.add(branch.row.device)
        else:
            self.folded.discard(branch.row.device)
        self._show()

    def _to_parent(self, row: TreeRow) -> None:
        rows = self.query_one(RowList)
        above = [b.row for b in rows.rows[: rows.cursor] if b.row.depth == row.depth - 1]
        if above:
            rows.put_cursor(above[-1].device)

    def action_fold_fine(self) -> None:
        self.folded = tree.fine_branches(self.nodes)
        self._show()

    def action_unfold_all(self) -> None:
        self.folded = set()
        self._show()

    def action_copy(self) -> None:
        branch = self.query_one(RowList).row
        if branch is not None:
            self.nms.copy_to_clipboard(branch.row.device)
            self.nms.say(_("copied: {text}").format(text=branch.row.device))

    def action_filter(self) -> None:
        entry = self.query_one("#filter", Input)
        entry.display = True
        entry.focus()

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        self.filter = event.value
        self._show()

    @on(Input.Submitted, "#filter")
    def _entered(self) -> None:
        self.query_one("#filter").display = False
        self.query_one(RowList).focus()

    def action_leave(self) -> None:
        entry = self.query_one("#filter", Input)
        if entry.has_focus:
            self._entered()
        elif self.filter:
            entry.value = ""
        else:
            self.nms.action_up()

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        self.post_message(Go(Place("device", message.row.row.device)))
