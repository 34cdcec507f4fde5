"""The data centre as it stands in the room: racks side by side, and what feeds the device under the cursor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.queries.rows import DeviceRow, TreeRow
from nms.views.tui.lists.columns import Context, order_of_attention
from nms.views.tui.lists.gauges import measures
from nms.views.tui.messages import Go
from nms.views.tui.places import Place
from nms.views.tui.rackwork import racks
from nms.views.tui.screens.acting import ActPage, Subject
from nms.views.tui.screens.base import asking
from nms.views.tui.values import age
from nms.views.tui.widgets.headline import Headline, Said
from nms.views.tui.widgets.rackview import RackView
from nms.views.tui.words import ATTENTION_GLYPH, role_word, state_word


class RacksScreen(ActPage):
    HELP = N_(
        "Racks with their units counted from the floor. The arrows go from device to device, n to the next trouble; "
        "below stands what the device says and what feeds it. Where a device is, the inventory says: rack: R1 U12-14."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "next_trouble", N_("next trouble")),
        Binding("P", "app.top('power')", N_("power chain")),
    ]

    @property
    def topics(self) -> frozenset[str]:
        return frozenset({"overview", "devices", "power"})

    @property
    def acts(self) -> frozenset[str]:
        return frozenset({"poll", "ssh", "silence", "ticket", "why"})

    def body(self) -> Iterable[Widget]:
        yield RackView(id="racks", empty=asking())
        yield Headline()

    def begin(self) -> None:
        view = self.query_one(RackView)
        view.focus()
        view.put_cursor(str(self.place.memory.get("cursor", "")))

    def take(self, topics: frozenset[str]) -> None:
        if "devices" in topics:
            view = self.query_one(RackView)
            view.empty = _("the inventory puts no device into a rack: write “rack: R1 U12” there")
            view.show(racks(self.nms.mirror.devices))
        self._show_detail()

    @on(RackView.Moved)
    def _show_detail(self) -> None:
        row = self.query_one(RackView).row
        said = (_what(row, self.cx), _fed_by(row, self.nms.mirror.get("power") or ())) if row else ()
        self.query_one(Headline).show(said)

    @on(RackView.Opened)
    def _opened(self, message: RackView.Opened) -> None:
        self.post_message(Go(Place("device", message.row.id)))

    def remember(self) -> None:
        row = self.query_one(RackView).row
        self.place.memory["cursor"] = row.id if row else ""

    def subject(self) -> Subject:
        row = self.query_one(RackView).row
        if row is None:
            return Subject()
        return Subject(devices=(row.id,), title=row.problem or row.name, department=row.department)

    def action_next_trouble(self) -> None:
        """To the next device that somebody should look at."""
        view = self.query_one(RackView)
        found = [unit.row for rack in view.racks for unit in rack.units if unit.row is not None and unit.is_top]
        here = next((at for at, row in enumerate(found) if view.row is not None and row.id == view.row.id), -1)
        for row in [*found[here + 1 :], *found[: here + 1]]:
            if order_of_attention(row.attention) <= 1:
                view.put_cursor(row.id)
                view.refresh()
                self._show_detail()
                return


def _what(row: DeviceRow, context: Context) -> tuple[Said, ...]:
    numbers = measures().text(row, context)
    return (
        (f" {ATTENTION_GLYPH[row.attention]} ", row.attention),
        (row.name, "strong"),
        (f"  {state_word(row.state)}", row.attention),
        (f" {age(row.since, context.now)}" if row.since else "", "dim"),
        (f"  {row.rack} · {role_word(row.role)}", "dim"),
        (f"  {row.problem or row.complaints}", row.attention if row.problem else "dim"),
        (f"  {numbers}", "plain"),
    )


def _fed_by(row: DeviceRow, chain: Iterable[TreeRow]) -> tuple[Said, ...]:
    """The power chain of a device from its source on; its other feeds stand behind it."""
    above: list[TreeRow] = []
    for node in chain:
        del above[node.depth :]
        above.append(node)
        if node.device == row.id:
            break
    else:
        return ((f"   {_('nothing is known of what feeds it')}", "dim"),)
    said: list[Said] = [(f"   {_('power:')} ", "dim")]
    for node in above[:-1]:
        said += [(f"{ATTENTION_GLYPH[node.attention]} {node.name}", node.attention), (" › ", "dim")]
    said.append((row.name, "plain"))
    if above[-1].via:
        said.append((f"   {_('and from {others}').format(others=above[-1].via)}", "dim"))
    return tuple(said)
