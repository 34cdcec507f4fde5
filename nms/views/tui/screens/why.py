"""Why an alert came, or did not: what decided, in order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.widget import Widget

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.views.tui.lists import parts
from nms.views.tui.screens.base import Page, asking
from nms.views.tui.widgets.prose import Prose
from nms.views.tui.widgets.rowlist import RowList


class WhyScreen(Page):
    HELP: ClassVar[str] = N_("What decided about this alert, in order: what was read, which rule, who was told.")

    @property
    def topics(self) -> frozenset[str]:
        return frozenset({"overview", self.place.topic})

    def body(self) -> Iterable[Widget]:
        rows = RowList(id="why", empty=asking())
        rows.key = lambda row: f"{row.at}/{row.stage}/{row.text}"
        yield rows
        yield Prose(id="detail")

    def begin(self) -> None:
        self.query_one(RowList).focus()

    def take(self, topics: frozenset[str]) -> None:
        steps = self.nms.mirror.get(self.place.topic)
        if self.place.topic in topics and steps is not None:
            self.query_one(RowList).empty = _("nothing is recorded about this")
            self.query_one(RowList).show(steps, self.cx, columns=parts.why())
            self._show_detail()

    @on(RowList.Moved)
    def _show_detail(self) -> None:
        row = self.query_one(RowList).row
        self.query_one(Prose).show([(row.text, "plain")] if row else [], lines=5)
