"""A page with the history of the row under the cursor: zoom, pan, back to now, the week before."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple

from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.queries import rows
from nms.views.connection import ClientError
from nms.views.tui.places import Place
from nms.views.tui.screens.acting import ActPage
from nms.views.tui.screens.base import asking
from nms.views.tui.timespan import Timespan
from nms.views.tui.widgets.graph import WEEK, Graph

TALL = 34
OTHER_LINES = 6
"""Top bar, headline, sections, the heading of the list, keys."""
HISTORY_SECONDS = 25.0
"""A graph is read again after this, or when another is wanted."""


class Series(NamedTuple):
    """What a graph shows; `kind` and `component` name a part of the device."""

    device: str
    kind: str
    component: str
    metric: str
    title: str


class HistoryCame(Message):
    """A worker has read the history of a part."""

    def __init__(self, title: str, now: rows.History | None, before: rows.History | None, note: str) -> None:
        super().__init__()
        self.title, self.now, self.before, self.note = title, now, before, note


class GraphPage(ActPage):
    """Has one `Graph`; subclasses say which series it shows and call `read_history` when that may have changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus", "zoom(-1)", N_("zoom in"), key_display="+"),
        Binding("minus", "zoom(1)", N_("zoom out"), key_display="-"),
        Binding("left,h", "pan(-1)", N_("earlier"), show=False),
        Binding("right,l", "pan(1)", N_("later"), show=False),
        Binding("0", "now", N_("back to now"), show=False),
        Binding("equals_sign", "compare", N_("week before"), key_display="="),
    ]

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.timespan = Timespan()
        self.compares = False
        self._shown_series: object = None
        self._history_at = 0.0

    def graph_height(self, rows: int) -> int:
        """As much as a list of so many rows leaves over, and a part of the screen in any case."""
        height = self.size.height
        least = max(9, height // 3) if height >= TALL else 9
        return max(least, min(height - OTHER_LINES - rows, height * 3 // 5))

    @abstractmethod
    def series(self) -> Series | None:
        """The one behind the row under the cursor."""

    def action_zoom(self, step: int) -> None:
        self.timespan = self.timespan.zoomed(step, self.cx.now)
        self.read_history()

    def action_pan(self, step: int) -> None:
        self.timespan = self.timespan.panned(step, self.cx.now)
        self.read_history()

    def action_now(self) -> None:
        self.timespan = Timespan(self.timespan.zoom)
        self.read_history()

    def action_compare(self) -> None:
        self.compares = not self.compares
        self.read_history()

    def read_history(self) -> None:
        if not self.query_one(Graph).display:
            return
        self.query_one(Graph).zone = self.cx.zone
        series = self.series()
        if series is None:
            self._shown_series = None
            self.query_one(Graph).show("", None, None, 0.0, 1.0, _("no history is kept of this row"))
            return
        wanted = (series, self.timespan, self.compares)
        if wanted == self._shown_series and self.cx.now - self._history_at < HISTORY_SECONDS:
            return
        if self._shown_series is None:
            self.query_one(Graph).show(series.title, None, None, *self.timespan.bounds(self.cx.now), asking())
        self._shown_series, self._history_at = wanted, self.cx.now
        self._history(series)

    @work(exclusive=True, group="history")
    async def _history(self, of: Series) -> None:
        start, end = self.timespan.bounds(self.cx.now)
        step = self.timespan.step(self.size.width * 2)
        ask = self.nms.mirror.client.history
        now = before = None
        note = ""
        try:
            now = await ask(of.device, of.kind, of.component, of.metric, start, end, step)
            if self.compares:
                before = await ask(of.device, of.kind, of.component, of.metric, start - WEEK, end - WEEK, step)
        except ClientError as error:
            note = str(error)
        self.post_message(HistoryCame(of.title, now, before, note))

    @on(HistoryCame)
    def _history_came(self, message: HistoryCame) -> None:
        start, end = self.timespan.bounds(self.cx.now)
        self.query_one(Graph).show(message.title, message.now, message.before, start, end, message.note)
