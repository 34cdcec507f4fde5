"""The overview's other parts: counts, the chosen department in full, and the ticker of events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from nms.i18n import gettext as _
from nms.i18n import ngettext
from nms.model import State
from nms.queries.rows import Attention, DepartmentTile, EventRow, Overview
from nms.views.times import clock
from nms.views.tui.palette import STATE_COLOUR
from nms.views.tui.safe import fit, shown
from nms.views.tui.values import age
from nms.views.tui.widgets.drawn import Drawn, Piece, line
from nms.views.tui.widgets.tiles import whole_day
from nms.views.tui.words import ATTENTION_GLYPH, SEVERITY_GLYPH, STRIP_GLYPH, attention_word, state_word


class Counts(Drawn):
    """One line: how many devices are how, how many alerts wait, how many tickets are open."""

    DEFAULT_CSS = "Counts { height: 1; overflow: hidden; scrollbar-size: 0 0; }"

    overview: Overview | None = None

    def show(self, overview: Overview) -> None:
        if overview != self.overview:
            self.overview = overview
            self.refresh()

    def draw_line(self, y: int) -> Strip:
        width = self.size.width
        if self.overview is None:
            return line([(f"  {_('waiting for the daemon')}…", self.palette.dim)], width)
        pieces: list[Piece] = [(" ", Style())]
        for group in (*self._alerts(self.overview), *self._tickets(self.overview)):
            if _width(pieces) + _width(group) <= width:
                pieces += [*group, ("   ", Style())]
        said = (self._devices(self.overview, with_words=with_words) for with_words in (True, False))
        return line([*pieces, *next((group for group in said if _width(pieces) + _width(group) <= width), [])], width)

    def _alerts(self, overview: Overview) -> Iterator[list[Piece]]:
        attention, dim = self.palette.attention, self.palette.dim
        alone = overview.alerts_unattended
        text = ngettext("{n} alert unattended", "{n} alerts unattended", alone).format(n=alone)
        colour = Attention.UNATTENDED if alone else Attention.FINE
        yield [(f"{ATTENTION_GLYPH[colour]} {text}", attention[colour])]
        total = sum(overview.alerts_by_severity.values())
        if total:
            critical = overview.alerts_by_severity.get("critical", 0)
            text = _("open: {total}, critical: {critical}").format(total=total, critical=critical)
            yield [(text, dim)]

    def _tickets(self, overview: Overview) -> Iterator[list[Piece]]:
        corrective = overview.tickets_open.get("corrective", 0)
        preventive = overview.tickets_open.get("preventive", 0)
        text = _("tickets {corrective} corrective, {preventive} preventive")
        yield [(text.format(corrective=corrective, preventive=preventive), self.palette.text)]

    def _devices(self, overview: Overview, *, with_words: bool) -> list[Piece]:
        counts = overview.devices
        total = ngettext("{n} device", "{n} devices", counts.total).format(n=counts.total)
        group: list[Piece] = [(f"{total}: ", self.palette.text)]
        for state in State:
            number = getattr(counts, state.value)
            if number:
                word = f" {state_word(state)}" if with_words else ""
                group.append((f"{ATTENTION_GLYPH[STATE_COLOUR[state]]} {number}{word}  ", self.palette.states[state]))
        return group


def _width(pieces: Sequence[Piece]) -> int:
    return sum(cell_len(text) for text, _style in pieces)


class Detail(Drawn):
    """The department under the cursor: whole name, what is wrong, since when, who has it, its last day."""

    DEFAULT_CSS = "Detail { height: 2; overflow: hidden; scrollbar-size: 0 0; }"

    tile: DepartmentTile | None = None
    now = 0.0

    def show(self, tile: DepartmentTile | None, now: float) -> None:
        self.tile, self.now = tile, now
        self.refresh()

    def draw_line(self, y: int) -> Strip:
        width = self.size.width
        if self.tile is None:
            return line([("", Style())], width, Style(bgcolor=self.palette.bar.bgcolor))
        pieces = self._what(self.tile, width) if y == 0 else self._when(self.tile, width)
        return line(pieces, width, Style(bgcolor=self.palette.bar.bgcolor))

    def _what(self, tile: DepartmentTile, width: int) -> list[Piece]:
        colour = self.palette.attention[tile.attention]
        problem = tile.problem or attention_word(tile.attention)
        if problem == state_word(tile.state):
            problem = ""
        pieces: list[Piece] = [
            (f" {ATTENTION_GLYPH[tile.attention]} ", colour),
            (shown(tile.name), self.palette.strong),
            (f"  {state_word(tile.state)}  ", colour),
        ]
        room = width - _width(pieces)
        return [*pieces, (fit(problem, room), self.palette.text if tile.problem else self.palette.dim)]

    def _when(self, tile: DepartmentTile, width: int) -> list[Piece]:
        states = whole_day(tile.strip, len(tile.strip) if width >= 110 else 24)
        strip: list[Piece] = [(STRIP_GLYPH[state], self.palette.states[state]) for state in states]
        parts = [
            _("for {age}").format(age=age(tile.since, self.now)) if tile.since else "",
            tile.assignee,
            ngettext("{n} alert", "{n} alerts", tile.alerts).format(n=tile.alerts) if tile.alerts else "",
            ngettext("{n} ticket", "{n} tickets", tile.tickets).format(n=tile.tickets) if tile.tickets else "",
            ngettext("{n} person", "{n} people", tile.staff).format(n=tile.staff),
        ]
        text = " · ".join(shown(part) for part in parts if part)
        ends = (f"   {_('24 h')} ", self.palette.dim)
        room = width - len(strip) - cell_len(ends[0]) - 5
        return [(fit(f"   {text}", max(0, room)), self.palette.dim), ends, ("", Style()), *strip]


class Ticker(Drawn):
    """The newest events, one a line, the newest on top."""

    DEFAULT_CSS = "Ticker { height: 3; overflow: hidden; scrollbar-size: 0 0; }"

    events: Sequence[EventRow] | None = None
    """None before they were heard of."""

    def show(self, events: Sequence[EventRow]) -> None:
        if events != self.events:
            self.events = events
            self.refresh()

    def draw_line(self, y: int) -> Strip:
        width = self.size.width
        events = self.events or ()
        if y >= len(events):
            text = f"   {_('nothing happened yet')}" if y == 0 and self.events is not None else ""
            return line([(text, self.palette.dim)], width)
        event = events[y]
        style = self.palette.text if y == 0 else self.palette.dim
        return line(
            [
                (f" {clock(event.at):>5} ", self.palette.accent),
                (f"{SEVERITY_GLYPH.get(event.severity, ' ')} ", style),
                (fit(event.text, width - 10), style),
            ],
            width,
        )
