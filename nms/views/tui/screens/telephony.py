"""Telephony: the exchanges with their channels, trunks, queues and mailboxes, calls and their quality, the sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from nms.i18n import N_, ngettext
from nms.i18n import gettext as _
from nms.model import State
from nms.queries.rows import DeviceRow, LineRow, Telephony
from nms.views.tui.lists import parts
from nms.views.tui.lists import telephony as lists
from nms.views.tui.lists.columns import Column, order_of_attention
from nms.views.tui.messages import Go
from nms.views.tui.places import Place
from nms.views.tui.screens.acting import Subject
from nms.views.tui.screens.base import asking
from nms.views.tui.screens.graphing import GraphPage, Series
from nms.views.tui.widgets.graph import Graph
from nms.views.tui.widgets.headline import Headline, Said
from nms.views.tui.widgets.rowlist import RowList
from nms.views.tui.widgets.sections import Sections

TOPIC = "telephony"
FAIR_VOICE = 3.6
"""Below it many complain (ITU-T G.107, annex B)."""


class TelephonyScreen(GraphPage):
    HELP = N_(
        "tab goes through exchanges, trunks, queues, calls and telephone sets. The graph shows the row under the "
        "cursor: + and - zoom, the arrows go back and forth in time, = compares with the week before."
    )
    KEYS_FIRST = ("section(1)", "poll", "ssh", "why", "ticket", "zoom(-1)", "zoom(1)", "compare")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,n", "section(1)", N_("section"), key_display="tab"),
        Binding("shift+tab,N", "section(-1)", N_("section before"), show=False),
        Binding("y", "copy", N_("copy"), show=False),
    ]

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.section: str = place.memory.get("section", "exchanges")

    @property
    def topics(self) -> frozenset[str]:
        return frozenset({"overview", TOPIC})

    @property
    def acts(self) -> frozenset[str]:
        return frozenset({"poll", "ssh", "silence", "ticket", "why"})

    @property
    def found(self) -> Telephony | None:
        telephony: Telephony | None = self.nms.mirror.get(TOPIC)
        return telephony

    def body(self) -> Iterable[Widget]:
        yield Headline()
        yield Sections()
        yield RowList(id="rows", empty=asking())
        yield Graph(id="graph")

    def begin(self) -> None:
        self.query_one(RowList).focus()
        self.set_interval(30.0, self.read_history)

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        graph = self.query_one(Graph)
        graph.display = self.size.height >= 20
        graph.styles.height = self.graph_height(len(self.query_one(RowList).rows))

    def take(self, topics: frozenset[str]) -> None:
        found = self.found
        if found is None or TOPIC not in topics:
            return
        self.query_one(Headline).show(_headline(found))
        sections = _sections(found)
        if self.section not in sections:
            self.section = next(iter(sections))
        labels = {name: f"{title} {len(rows)}" for name, (title, rows, _columns) in sections.items()}
        self.query_one(Sections).show(labels, self.section)
        _title, rows, columns = sections[self.section]
        list_ = self.query_one(RowList)
        list_.key = _key
        list_.empty = _("no telephone exchange is watched")
        list_.show(rows, self.cx, columns=columns)
        self._arrange()
        self.read_history()

    def series(self) -> Series | None:
        row, found = self.query_one(RowList).row, self.found
        if isinstance(row, DeviceRow) and found is not None:
            row = next((line for line in found.lines if line.kind == "exchange" and line.device == row.id), None)
        if not isinstance(row, LineRow) or not row.metric:
            return None
        name = row.device_name if row.kind == "exchange" else f"{row.device_name} · {row.label}"
        return Series(row.device, row.component_kind, row.key, row.metric, f"{name} · {parts.words_of(row.metric)}")

    def subject(self) -> Subject:
        row = self.query_one(RowList).row
        if row is None:
            return Subject()
        device = row.id if isinstance(row, DeviceRow) else row.device
        title = row.problem or row.name if isinstance(row, DeviceRow) else f"{row.device_name}: {row.label} {row.text}"
        return Subject(devices=(device,), title=title, department=row.department)

    def remember(self) -> None:
        self.place.memory["section"] = self.section

    def action_section(self, step: int) -> None:
        if self.found is not None:
            names = list(_sections(self.found))
            self._to_section(names[(names.index(self.section) + step) % len(names)])

    @on(Sections.Chosen)
    def _chosen(self, message: Sections.Chosen) -> None:
        self._to_section(message.name)

    def _to_section(self, name: str) -> None:
        self.section = name
        self.query_one(RowList).cursor = 0
        self.take(frozenset({TOPIC}))

    @on(RowList.Moved)
    def _moved(self) -> None:
        self.read_history()

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        for device in self.subject().devices:
            self.post_message(Go(Place("device", device)))

    def action_copy(self) -> None:
        row = self.query_one(RowList).row
        text = (row.address or row.id) if isinstance(row, DeviceRow) else row.key if row is not None else ""
        if text:
            self.nms.copy_to_clipboard(text)
            self.nms.say(_("copied: {text}").format(text=text))


def _key(row: Any) -> str:
    return row.id if isinstance(row, DeviceRow) else f"{row.device}/{row.component_kind}/{row.key}"


def _worst_first(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: order_of_attention(row.attention))


def _sections(found: Telephony) -> dict[str, tuple[str, Sequence[Any], tuple[Column[Any], ...]]]:
    """By name: title, rows, columns. Those without a row are left out, but for the exchanges."""
    lines = found.lines
    sections: dict[str, tuple[str, Sequence[Any], tuple[Column[Any], ...]]] = {
        "exchanges": (_("Exchanges"), _worst_first(found.exchanges), lists.exchanges()),
        "trunks": (_("Trunks"), _worst_first(line for line in lines if line.kind == "trunk"), lists.trunks()),
        "offers": (
            _("Queues, mail, licences"),
            _worst_first(line for line in lines if line.kind in ("queue", "mailbox", "licence", "telephones")),
            lists.offers(),
        ),
        "calls": (_("Calls and voice"), _worst_first(line for line in lines if line.kind == "calls"), lists.calls()),
        "telephones": (_("Telephone sets"), _worst_first(found.phones), lists.telephones()),
    }
    return {name: section for name, section in sections.items() if section[1] or name == "exchanges"}


def _headline(found: Telephony) -> tuple[tuple[Said, ...], ...]:
    def total(name: str) -> float | None:
        known = [row.numbers[name] for row in found.exchanges if name in row.numbers]
        return sum(known) if known else None

    trunks = [line for line in found.lines if line.kind == "trunk"]
    down = sum(line.state is State.DOWN for line in trunks)
    calls, registered, phones = total("calls"), total("registrations"), len(found.phones)
    first: list[Said] = [(" ", "plain")]
    if calls is not None:
        first.append((ngettext("{n} call", "{n} calls", int(calls)).format(n=int(calls)), "strong"))
    if trunks:
        first.append((f"   {_('trunks')} {len(trunks) - down}/{len(trunks)}", "unattended" if down else "fine"))
    answering = sum(row.state is State.UP for row in found.phones)
    said = _("telephone sets: {up} of {all} of the inventory answer").format(up=answering, all=phones)
    second: list[Said] = [(f" {said}", "plain" if answering == phones else "attended")]
    if registered is not None:
        said = _("{n} registered at the exchanges").format(n=int(registered))
        second.append((f"   {said}", "plain" if registered >= phones else "attended"))
    voice = [line.numbers["mean_opinion_score"] for line in found.lines if "mean_opinion_score" in line.numbers]
    if voice:
        said = _("voice: {score} of 4.4").format(score=f"{min(voice):.1f}")
        second.append((f"   {said}", "plain" if min(voice) >= FAIR_VOICE else "attended"))
    return tuple(first), tuple(second)
