"""Racks side by side, a unit a line: glyph, device, and what its power is; units without equipment are left dim."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from nms.i18n import gettext as _
from nms.queries.rows import DeviceRow
from nms.views.tui.palette import over
from nms.views.tui.rackwork import Rack, Unit
from nms.views.tui.safe import fit
from nms.views.tui.widgets.drawn import CURSOR_KEYS, Drawn, Piece, line
from nms.views.tui.words import ATTENTION_GLYPH, state_word

NARROWEST = 36
WIDEST = 64
HEADING = 1


class RackView(Drawn, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [*CURSOR_KEYS]

    class Opened(Message):
        def __init__(self, row: DeviceRow) -> None:
            super().__init__()
            self.row = row

    class Moved(Message):
        def __init__(self, row: DeviceRow | None) -> None:
            super().__init__()
            self.row = row

    def __init__(self, *, id: str | None = None, empty: str = "") -> None:  # noqa: A002 (Textual's name)
        super().__init__(id=id)
        self.racks: Sequence[Rack] = ()
        self.rack, self.unit, self.left = 0, 0, 0
        self.empty = empty

    @property
    def here(self) -> Unit | None:
        if not self.racks:
            return None
        return self.racks[self.rack].units[self.unit]

    @property
    def row(self) -> DeviceRow | None:
        """The device under the cursor."""
        return self.here.row if self.here else None

    @property
    def per_screen(self) -> int:
        """Racks that have room beside each other."""
        return max(1, min(len(self.racks) or 1, self.scrollable_content_region.width // NARROWEST))

    @property
    def width_of_rack(self) -> int:
        return min(WIDEST, self.scrollable_content_region.width // self.per_screen)

    def show(self, racks: Sequence[Rack]) -> None:
        """The cursor stays on its device; at first it goes to the first device that there is."""
        is_first, held = not self.racks, self.row
        self.racks = racks
        if is_first:
            self.put_cursor("")
        elif held is not None:
            self.put_cursor(held.id)
        self._within()
        self.virtual_size = Size(1, max((len(rack.units) for rack in racks), default=0) + HEADING)
        self.refresh()

    def put_cursor(self, device: str) -> None:
        """On the device, or on the first one for the empty text."""
        for rack_at, rack in enumerate(self.racks):
            for unit_at, unit in enumerate(rack.units):
                if unit.row is not None and (not device or unit.row.id == device):
                    self.rack, self.unit = rack_at, unit_at
                    self._into_view()
                    return

    def _within(self) -> None:
        self.rack = max(0, min(self.rack, len(self.racks) - 1))
        most = len(self.racks[self.rack].units) if self.racks else 1
        self.unit = max(0, min(self.unit, most - 1))

    def on_resize(self) -> None:
        self._into_view()
        self.refresh()

    def draw_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if not self.racks:
            return line([(f"  {self.empty}", self.palette.dim)] if y == HEADING else [], width)
        pieces: list[Piece] = []
        for at in range(self.left, min(len(self.racks), self.left + self.per_screen)):
            pieces += self._heading(at) if y < HEADING else self._unit_line(at, self.scroll_offset.y + y - HEADING)
        return line(pieces, width)

    def _heading(self, at: int) -> list[Piece]:
        rack = self.racks[at]
        used = _("{used} of {all} U").format(used=rack.used, all=rack.height)
        more = "›" if at == self.left + self.per_screen - 1 and at < len(self.racks) - 1 else " "
        return [(fit(f"    {rack.name}   {used}", self.width_of_rack - 1), self.palette.heading), (more, Style())]

    def _unit_line(self, at: int, index: int) -> list[Piece]:
        rack, width = self.racks[at], self.width_of_rack
        if index >= len(rack.units):
            return [(" " * width, Style())]
        unit, is_here = rack.units[index], (at, index) == (self.rack, self.unit)
        background = (self.palette.cursor if self.has_focus else self.palette.bar) if is_here else Style()
        number = f"{unit.number:>3} " if unit.number is not None else "  ? "
        body = self._body(unit, width - len(number) - 3)
        pieces: list[Piece] = [(number, self.palette.dim), ("│", self.palette.line), *body, ("│", self.palette.line)]
        return [*((text, over(background, style)) for text, style in pieces), (" ", Style())]

    def _body(self, unit: Unit, width: int) -> list[Piece]:
        row = unit.row
        if row is None:
            return [(fit("  ·", width), self.palette.line)]
        colour = self.palette.attention[row.attention]
        if not unit.is_top:
            return [("▎", colour), (fit("", width - 1), self.palette.dim)]
        said = "✖ " + _("also {name}").format(name=unit.rivals[0]) if unit.rivals else _aside(row)
        room = max(8, width - len(said) - 4)
        return [
            ("▎", colour),
            (f"{ATTENTION_GLYPH[row.attention]} ", colour),
            (fit(row.name, room), self.palette.strong),
            (fit(f" {said}", width - room - 3, right=True), self.palette.dim),
        ]

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_move(self, racks: int, units: int) -> None:
        """To the next device that way; sideways to the unit beside."""
        if not self.racks:
            return
        if racks:
            self.rack += racks
            self._within()
        else:
            places = self.racks[self.rack].units
            steps = range(self.unit + units, len(places) if units > 0 else -1, units)
            self.unit = next((at for at in steps if places[at].row is not None and places[at].is_top), self.unit)
        self._moved()

    def action_edge(self, direction: int) -> None:
        if self.racks:
            self.unit = 0 if direction < 0 else len(self.racks[self.rack].units) - 1
            self._moved()

    def action_open(self) -> None:
        if self.row is not None:
            self.post_message(self.Opened(self.row))

    def _moved(self) -> None:
        self._into_view()
        self.refresh()
        self.post_message(self.Moved(self.row))

    def _into_view(self) -> None:
        self.left = max(0, min(self.left, self.rack))
        if self.rack >= self.left + self.per_screen:
            self.left = self.rack - self.per_screen + 1
        height = max(1, self.scrollable_content_region.height - HEADING)
        if self.unit < self.scroll_offset.y:
            self.scroll_to(y=self.unit, animate=False, immediate=True)
        elif self.unit >= self.scroll_offset.y + height:
            self.scroll_to(y=self.unit - height + 1, animate=False, immediate=True)

    def on_click(self, event: events.Click) -> None:
        at, index = self.left + event.x // self.width_of_rack, self.scroll_offset.y + event.y - HEADING
        if event.y >= HEADING and at < len(self.racks) and index < len(self.racks[at].units):
            again = (at, index) == (self.rack, self.unit) and event.chain > 1
            self.rack, self.unit = at, index
            self._moved()
            if again:
                self.action_open()


def _aside(row: DeviceRow) -> str:
    """What stands beside the name: the state where it is not up, else the load or the temperature."""
    if row.state != "up":
        return state_word(row.state)
    numbers = row.numbers
    if "charge" in numbers:
        return _("battery {charge}").format(charge=f"{numbers['charge']:.0%}")
    if "load" in numbers:
        return _("load {load}").format(load=f"{numbers['load']:.0%}")
    if "temperature" in numbers:
        return f"{numbers['temperature']:.0f} °C"
    return ""
