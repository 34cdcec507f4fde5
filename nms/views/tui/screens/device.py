"""One device: its parts by section, and the history of the part under the cursor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.queries import rows
from nms.views.client import ClientError
from nms.views.tui.lists import alerts, parts
from nms.views.tui.lists import work as work_lists
from nms.views.tui.lists.columns import Column
from nms.views.tui.messages import Go
from nms.views.tui.places import Place
from nms.views.tui.screens.acting import ActPage, Subject
from nms.views.tui.timespan import Timespan
from nms.views.tui.widgets.graph import WEEK, Graph
from nms.views.tui.widgets.headline import Headline, device_headline
from nms.views.tui.widgets.rowlist import RowList
from nms.views.tui.widgets.sections import Sections

WIDE = 150
TALL = 34
HISTORY_SECONDS = 25.0
"""A graph is read again after this, or when another is wanted."""


class HistoryCame(Message):
    """A worker has read the history of a part."""

    def __init__(self, key: str, now: rows.History | None, before: rows.History | None, note: str) -> None:
        super().__init__()
        self.key, self.now, self.before, self.note = key, now, before, note


class DeviceScreen(ActPage):
    HELP = N_(
        "tab goes through the sections. The graph shows the row under the cursor: + and - zoom, the arrows go back "
        "and forth in time, 0 returns to now, = compares with the week before, f fills the screen with it, "
        "o changes between what comes in and what goes out of an interface."
    )
    KEYS_FIRST = ("section(1)", "poll", "ssh", "why", "acknowledge", "ticket", "zoom(-1)", "zoom(1)", "compare")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,n", "section(1)", N_("section"), key_display="tab"),
        Binding("shift+tab,N", "section(-1)", N_("section before"), show=False),
        Binding("plus", "zoom(-1)", N_("zoom in"), key_display="+"),
        Binding("minus", "zoom(1)", N_("zoom out"), key_display="-"),
        Binding("left,h", "pan(-1)", N_("earlier"), show=False),
        Binding("right,l", "pan(1)", N_("later"), show=False),
        Binding("0", "now", N_("back to now"), show=False),
        Binding("equals_sign", "compare", N_("week before"), key_display="="),
        Binding("f", "fill", N_("fill"), show=False),
        Binding("o", "direction", N_("in or out"), show=False),
        Binding("y", "copy", N_("copy"), show=False),
    ]

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.section: str = place.memory.get("section", "")
        self.timespan = Timespan()
        self.compares, self.fills, self.outwards = False, False, False
        self._shown_series: object = None
        self._history_at = 0.0

    @property
    def topics(self) -> frozenset[str]:
        return frozenset({"overview", self.place.topic})

    @property
    def acts(self) -> frozenset[str]:
        return frozenset({"poll", "ssh", "silence", "ticket", "why", "acknowledge", "assign"})

    @property
    def page(self) -> rows.DevicePage | None:
        found: rows.DevicePage | None = self.nms.mirror.get(self.place.topic)
        return found

    def body(self) -> Iterable[Widget]:
        yield Headline()
        with Horizontal():
            yield RowList(id="facts", heading=False)
            with Vertical(id="main"):
                yield Sections()
                yield RowList(id="parts")
                yield Graph(id="graph")

    def begin(self) -> None:
        self.query_one("#parts", RowList).focus()
        self.query_one("#facts", RowList).can_focus = False
        self.set_interval(30.0, self._read_history)

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Facts stand beside where there is room; the graph gets a third of the height, or all of it."""
        self.query_one("#facts").display = self.size.width >= WIDE and not self.fills
        graph, list_ = self.query_one(Graph), self.query_one("#parts")
        graph.display = self._has_graph and (self.fills or self.size.height >= 20)
        list_.display = not (self.fills and self._has_graph)
        if self.fills:
            graph.styles.height = "1fr"
        else:
            graph.styles.height = max(9, self.size.height // 3) if self.size.height >= TALL else 9

    @property
    def _has_graph(self) -> bool:
        return self.section in ("interfaces", "sensors")

    def take(self, topics: frozenset[str]) -> None:
        page = self.page
        if page is None or self.place.topic not in topics:
            return
        self.query_one(Headline).show(device_headline(page, self.cx))
        sections = self._sections(page)
        if self.section not in sections:
            self.section = next(iter(sections))
        labels = {name: f"{title} {len(found)}" if found else title for name, (title, found, _c) in sections.items()}
        self.query_one(Sections).show(labels, self.section)
        facts = self.query_one("#facts", RowList)
        facts.key = lambda row: row.name + row.value
        facts.show(parts.facts_of(page, brief=True), self.cx, columns=parts.facts())
        self._show_section(page)

    def _sections(self, page: rows.DevicePage) -> dict[str, tuple[str, list[Any], tuple[Column[Any], ...]]]:
        """By name: title, rows, columns. Empty ones are left out."""
        alert_columns = tuple(c for c in alerts.alerts().columns if c.name not in ("device_name", "department", "site"))
        ticket_columns = tuple(c for c in work_lists.tickets().columns if c.name not in ("device", "department"))
        found: dict[str, tuple[str, list[Any], tuple[Column[Any], ...]]] = {
            "interfaces": (_("Interfaces"), list(page.interfaces), parts.interfaces()),
            "sensors": (_("Readings"), list(page.sensors), parts.sensors()),
            "alerts": (_("Alerts"), list(page.alerts), alert_columns),
            "tickets": (_("Tickets"), list(page.tickets), ticket_columns),
            "neighbours": (_("Neighbours"), list(page.neighbours), parts.neighbours()),
            "facts": (_("Facts"), list(parts.facts_of(page)), parts.facts()),
        }
        return {name: section for name, section in found.items() if section[1]}

    def _show_section(self, page: rows.DevicePage) -> None:
        _title, found, columns = self._sections(page)[self.section]
        list_ = self.query_one("#parts", RowList)
        list_.key = _part_key
        list_.show(found, self.cx, columns=columns)
        self._arrange()
        self._read_history()

    def subject(self) -> Subject:
        page, row = self.page, self.query_one("#parts", RowList).row
        if page is None:
            return Subject(devices=(self.place.argument,))
        chosen = [row] if isinstance(row, rows.AlertRow) else list(page.alerts)
        of_alerts = [alert.ticket for alert in chosen if alert.ticket]
        folios = [row.folio] if isinstance(row, rows.TicketRow) else of_alerts
        return Subject(
            alerts=tuple(alert.key for alert in chosen),
            devices=(self.place.argument,),
            tickets=tuple(dict.fromkeys(folios)),
            title=chosen[0].summary if chosen else page.device.name,
            department=page.device.department,
        )

    def remember(self) -> None:
        self.place.memory["section"] = self.section

    def action_section(self, step: int) -> None:
        if self.page is not None:
            names = list(self._sections(self.page))
            self._to_section(names[(names.index(self.section) + step) % len(names)])

    @on(Sections.Chosen)
    def _chosen(self, message: Sections.Chosen) -> None:
        self._to_section(message.name)

    def _to_section(self, name: str) -> None:
        self.section = name
        self.query_one("#parts", RowList).cursor = 0
        self.take(frozenset({self.place.topic}))

    @on(RowList.Moved, "#parts")
    def _moved(self) -> None:
        self._read_history()

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        row = message.row
        if isinstance(row, rows.TicketRow):
            self.post_message(Go(Place("ticket", row.folio)))
        elif isinstance(row, rows.AlertRow):
            self.post_message(Go(Place("ticket", row.ticket) if row.ticket else Place("why", row.key)))
        elif isinstance(row, rows.NeighbourRow) and row.remote_device:
            self.post_message(Go(Place("device", row.remote_device)))
        elif isinstance(row, parts.Fact) and row.device:
            self.post_message(Go(Place("device", row.device)))
        else:
            self.action_fill()

    def action_zoom(self, step: int) -> None:
        self.timespan = self.timespan.zoomed(step, self.cx.now)
        self._read_history()

    def action_pan(self, step: int) -> None:
        self.timespan = self.timespan.panned(step, self.cx.now)
        self._read_history()

    def action_now(self) -> None:
        self.timespan = Timespan(self.timespan.zoom)
        self._read_history()

    def action_compare(self) -> None:
        self.compares = not self.compares
        self._read_history()

    def action_direction(self) -> None:
        self.outwards = not self.outwards
        self._read_history()

    def action_fill(self) -> None:
        self.fills = self._has_graph and not self.fills
        self._arrange()

    def action_copy(self) -> None:
        page = self.page
        if page is not None:
            self.nms.copy_to_clipboard(page.device.address or page.device.id)
            self.nms.say(_("copied: {text}").format(text=page.device.address or page.device.id))

    def _series(self) -> tuple[str, str, str, str] | None:
        """Kind, component, metric and title of the series behind the row under the cursor."""
        row = self.query_one("#parts", RowList).row
        if isinstance(row, rows.InterfaceRow):
            metric = "interface_out_octets_total" if self.outwards else "interface_in_octets_total"
            return "interface", row.key, metric, f"{row.label} · {_('out') if self.outwards else _('in')}"
        if isinstance(row, rows.SensorRow) and row.table != "condition":
            title = f"{row.label} · {parts.words_of(row.metric)}" if row.label else parts.words_of(row.metric)
            return row.component_kind, row.component_key, row.metric, title
        return None

    def _read_history(self) -> None:
        if not self.query_one(Graph).display:
            return
        series = self._series()
        if series is None:
            self.query_one(Graph).show("", None, None, 0.0, 1.0, _("no history is kept of this row"))
            return
        wanted = (series, self.timespan, self.compares)
        if wanted == self._shown_series and self.cx.now - self._history_at < HISTORY_SECONDS:
            return
        self._shown_series, self._history_at = wanted, self.cx.now
        self._history(*series)

    @work(exclusive=True, group="history")
    async def _history(self, kind: str, component: str, metric: str, title: str) -> None:
        start, end = self.timespan.bounds(self.cx.now)
        step = self.timespan.step(self.size.width * 2)
        client, device = self.nms.mirror.client, self.place.argument
        now = before = None
        note = ""
        try:
            now = await client.history(device, kind, component, metric, start, end, step)
            if self.compares:
                before = await client.history(device, kind, component, metric, start - WEEK, end - WEEK, step)
        except ClientError as error:
            note = str(error)
        self.post_message(HistoryCame(title, now, before, note))

    @on(HistoryCame)
    def _history_came(self, message: HistoryCame) -> None:
        start, end = self.timespan.bounds(self.cx.now)
        self.query_one(Graph).show(message.key, message.now, message.before, start, end, message.note)


def _part_key(row: Any) -> str:
    """What tells one row of a section from another."""
    if isinstance(row, rows.SensorRow):
        return f"{row.table}/{row.component_kind}/{row.component_key}/{row.metric}"
    if isinstance(row, rows.NeighbourRow):
        return f"{row.local_interface}/{row.remote_name}/{row.remote_interface}"
    if isinstance(row, parts.Fact):
        return f"{row.name}/{row.value}"
    return str(getattr(row, "key", "") or getattr(row, "folio", ""))
