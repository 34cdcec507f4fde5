"""Where one computer or telephone is, and where it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

from textual import on
from textual.widget import Widget

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.queries.stations import PresenceRow, Whereabouts
from nms.views.station_words import presence_word, remark, sight_word, whereabouts
from nms.views.times import clock
from nms.views.tui.lists.columns import Column, plain
from nms.views.tui.messages import Go
from nms.views.tui.places import Place
from nms.views.tui.screens.base import Page, asking
from nms.views.tui.widgets.prose import Prose
from nms.views.tui.widgets.rowlist import RowList


@dataclass(frozen=True, slots=True)
class Past:
    """One stay, address or name: `device` is where `enter` leads."""

    first: float
    last: float
    what: str
    sight: str
    device: str


class StationScreen(Page):
    HELP: ClassVar[str] = N_("Where it was and what it was called, the newest first; enter leads to the switch.")

    @property
    def topics(self) -> frozenset[str]:
        return frozenset({"overview", self.place.topic})

    def body(self) -> Iterable[Widget]:
        yield Prose(id="now")
        rows = RowList(id="past", empty=asking())
        rows.key = lambda row: f"{row.what}/{row.first}"
        yield rows

    def begin(self) -> None:
        self.query_one(RowList).focus()

    def take(self, topics: frozenset[str]) -> None:
        found: Whereabouts | None = self.nms.mirror.get(self.place.topic)
        if self.place.topic not in topics or found is None:
            return
        said = [
            (text, "plain" if at else "strong")
            for row in found.stations
            for at, text in enumerate(_lines(row, self.cx.zone))
        ]
        unheard = _("nothing is known of “{what}”").format(what=found.asked)
        self.query_one(Prose).show(said or [(unheard, "attended")], lines=6)
        self.query_one(RowList).empty = _("nothing is known of its past")
        past = sorted(_past(found), key=lambda one: (-one.last, one.what))
        self.query_one(RowList).show(past, self.cx, columns=_columns())

    @on(RowList.Opened)
    def _opened(self, message: RowList.Opened) -> None:
        if message.row.device:
            self.post_message(Go(Place("device", message.row.device)))


def _lines(row: PresenceRow, zone: ZoneInfo | None) -> Iterator[str]:
    last = f" ({_('last seen')} {clock(row.last_seen, zone)})" if row.last_seen is not None else ""
    yield f"{row.name or row.mac}: {presence_word(row)}{last}"
    place = whereabouts(row) + (f", VLAN {row.vlan}" if row.vlan else "")
    if row.at_device:
        yield f"{_('where')}: {place}"
    identity = filter(None, (row.mac, row.vendor, ", ".join(row.addresses) or row.address, remark(row)))
    yield " · ".join(identity)


def _past(found: Whereabouts) -> Iterator[Past]:
    for stay in found.stays:
        place = f"{stay.at_name} {stay.port}".strip() + (f", VLAN {stay.vlan}" if stay.vlan else "")
        yield Past(stay.first_seen, stay.last_seen, place, stay.sight, stay.at_device)
    for one in found.bindings:
        yield Past(one.first_seen, one.last_seen, one.value, one.sight, one.by)


def _columns() -> tuple[Column[Past], ...]:
    return (
        Column("first", _("from"), 16, lambda row, cx: clock(row.first, cx.zone), right=True, keep=80),
        Column("last", _("until"), 16, lambda row, cx: clock(row.last, cx.zone), right=True, keep=90),
        plain("what", _("where, or what it was called"), 24, grow=3, keep=100, style="strong"),
        Column("sight", _("seen by"), 17, lambda row, _c: sight_word(row.sight), keep=40, style=lambda _r: "dim"),
        plain("device", _("told by"), 20, grow=1, keep=30, style="dim"),
    )
