"""One device: its parts by section, and the history of the part under the cursor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.model import Role
from nms.queries import rows
from nms.queries.stations import PresenceRow
from nms.views.tui.lists import alerts, parts, presence
from nms.views.tui.lists import work as work_lists
from nms.views.tui.lists.columns import Column, order_of_attention
from nms.views.tui.messages import Go
from nms.views.tui.places import Place
from nms.views.tui.screens.acting import Subject
from nms.views.tui.screens.graphing import GraphPage, Series
from nms.views.tui.screens.procedure import ProcedureScreen
from nms.views.tui.widgets.graph import Graph
from nms.views.tui.widgets.headline import Headline, device_headline
from nms.views.tui.widgets.rowlist import RowList
from nms.views.tui.widgets.sections import Sections

WIDE = 150
OF_THE_NETWORK = frozenset({Role.ROUTER, Role.SWITCH, Role.FIREWALL, Role.ACCESS_POINT, Role.GATEWAY})
"""Their interfaces matter most; of all others what they measure and report."""
_STATUSES = ("critical", "warning", "ok")


class DeviceScreen(GraphPage):
    HELP = N_(
        "tab goes through the sections. The graph shows the row under the cursor: + and - zoom, the arrows go back "
        "and forth in time, 0 returns to now, = compares with the week before, f fills the screen with it, "
        "o changes between what comes in and what goes out of an interface."
    )
    KEYS_FIRST = ("section(1)", "poll", "ssh", "why", "acknowledge", "ticket", "zoom(-1)", "zoom(1)", "compare")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,n", "section(1)", N_("section"), key_display="tab"),
        Binding("shift+tab,N", "section(-1)", N_("section before"), show=False),
        Binding("c", "configuration", N_("configuration")),
        Binding("f", "fill", N_("fill"), show=False),
        Binding("o", "direction", N_("in or out"), show=False),
        Binding("y", "copy", N_("copy"), show=False),
    ]

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.section: str = place.memory.get("section", "")
        self.fills, self.outwards = False, False

    @property
    def topics(self) -> frozenset[str]:
        return frozenset({"overview", self.place.topic})

    @property
    def acts(self) -> frozenset[str]:
        return frozenset(
            {"poll", "configuration", "ssh", "silence", "plan", "correct", "ticket", "why", "acknowledge", "assign"}
        )

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
        self.set_interval(30.0, self.read_history)

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Facts stand beside where there is room; the graph gets a third of the height, or all of it."""
        self.query_one("#facts").display = self.size.width >= WIDE and not self.fills
        graph, list_ = self.query_one(Graph), self.query_one("#parts", RowList)
        graph.display = self._has_graph and (self.fills or self.size.height >= 20)
        list_.display = not (self.fills and self._has_graph)
        if self.fills:
            graph.styles.height = "1fr"
        else:
            graph.styles.height = self.graph_height(len(list_.rows))

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
        alert_columns = tuple(
            alerts.summary_of_one() if c.name == "summary" else c
            for c in alerts.alerts().columns
            if c.name not in ("device_name", "department", "site")
        )
        ticket_columns = tuple(c for c in work_lists.tickets().columns if c.name not in ("device", "department"))
        plugged_columns = presence.plugged()
        found: dict[str, tuple[str, list[Any], tuple[Column[Any], ...]]] = {
            "interfaces": (_("Interfaces"), list(page.interfaces), parts.interfaces()),
            "sensors": (_("Readings"), sorted(page.sensors, key=_worst_first), parts.sensors()),
            "alerts": (_("Alerts"), sorted(page.alerts, key=_urgent_first), alert_columns),
            "tickets": (_("Tickets"), list(page.tickets), ticket_columns),
            "playbooks": (_("Playbooks"), list(page.playbooks), parts.playbooks()),
            "neighbours": (_("Neighbours"), list(page.neighbours), parts.neighbours()),
            "stations": (_("Plugged in"), _plugged(page), plugged_columns),
            "facts": (_("Facts"), list(parts.facts_of(page)), parts.facts()),
        }
        order = sorted(found, key=lambda name: name == "interfaces" and page.device.role not in OF_THE_NETWORK)
        order.sort(key=lambda name: name not in ("interfaces", "sensors"))
        return {name: found[name] for name in order if found[name][1]}

    def _show_section(self, page: rows.DevicePage) -> None:
        _title, found, columns = self._sections(page)[self.section]
        list_ = self.query_one("#parts", RowList)
        list_.key = _part_key
        list_.show(found, self.cx, columns=columns)
        self._arrange()
        self.read_history()

    def subject(self) -> Subject:
        page, row = self.page, self.query_one("#parts", RowList).row
        if page is None:
            return Subject(devices=(self.place.argument,))
        if isinstance(row, rows.PlaybookRow):
            return Subject(
                devices=(self.place.argument,),
                title=f"{row.title}: {page.device.name}",
                department=page.device.department,
            )
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
        self.read_history()

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        row = message.row
        if isinstance(row, rows.TicketRow):
            self.post_message(Go(Place("ticket", row.folio)))
        elif isinstance(row, rows.AlertRow):
            self.post_message(Go(Place("ticket", row.ticket) if row.ticket else Place("why", row.key)))
        elif isinstance(row, rows.PlaybookRow):
            self.app.push_screen(ProcedureScreen(row))
        elif isinstance(row, rows.NeighbourRow) and row.remote_device:
            self.post_message(Go(Place("device", row.remote_device)))
        elif (isinstance(row, PresenceRow) and row.device) or (isinstance(row, parts.Fact) and row.device):
            self.post_message(Go(Place("device", row.device)))
        else:
            self.action_fill()

    def action_configuration(self) -> None:
        self.post_message(Go(Place("configuration", self.place.argument)))

    def action_direction(self) -> None:
        self.outwards = not self.outwards
        self.read_history()

    def action_fill(self) -> None:
        self.fills = self._has_graph and not self.fills
        self._arrange()

    def action_copy(self) -> None:
        page = self.page
        if page is not None:
            self.nms.copy_to_clipboard(page.device.address or page.device.id)
            self.nms.say(_("copied: {text}").format(text=page.device.address or page.device.id))

    def series(self) -> Series | None:
        row = self.query_one("#parts", RowList).row
        if isinstance(row, rows.InterfaceRow):
            metric = "interface_out_octets_total" if self.outwards else "interface_in_octets_total"
            title = f"{row.label} · {_('out') if self.outwards else _('in')}"
            return Series(self.place.argument, "interface", row.key, metric, title)
        if isinstance(row, rows.SensorRow) and row.table != "condition":
            title = f"{row.label} · {parts.words_of(row.metric)}" if row.label else parts.words_of(row.metric)
            return Series(self.place.argument, row.component_kind, row.component_key, row.metric, title)
        return None


def _worst_first(row: rows.SensorRow) -> int:
    return _STATUSES.index(row.status) if row.status in _STATUSES else len(_STATUSES)


def _urgent_first(row: rows.AlertRow) -> int:
    return order_of_attention(row.attention)


def _plugged(page: rows.DevicePage) -> list[Any]:
    """What is plugged into it; where it is plugged in itself stands among the facts."""
    return [row for row in page.stations if row.device != page.device.id]


def _part_key(row: Any) -> str:
    """What tells one row of a section from another."""
    if isinstance(row, rows.SensorRow):
        return f"{row.table}/{row.component_kind}/{row.component_key}/{row.metric}"
    if isinstance(row, rows.NeighbourRow):
        return f"{row.local_interface}/{row.remote_name}/{row.remote_interface}"
    if isinstance(row, parts.Fact):
        return f"{row.name}/{row.value}"
    return str(getattr(row, "key", "") or getattr(row, "folio", "") or getattr(row, "id", ""))
