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
from nms.views.times import short_clock
from nms.views.tui.lists.columns import Context
from nms.views.tui.palette import STATE_COLOUR
from nms.views.tui.safe import fit, shown
from nms.views.tui.values import age
from nms.views.tui.widgets.drawn import Drawn, Piece, line
from nms.views.tui.widgets.tiles import whole_day
from nms.views.tui.words import (
    ATTENTION_GLYPH,
    STRIP_GLYPH,
    attention_word,
    event_glyph,
    event_style,
    state_count,
    state_word,
    tile_word,
)


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
        for is_brief in (False, True):
            groups = list(self._groups(self.overview, is_brief=is_brief))
            if sum(_width(group) + 3 for group in groups) < width:
                break
        pieces: list[Piece] = [(" ", Style())]
        for group in groups:
            if _width(pieces) + _width(group) <= width:
                pieces += [*group, ("   ", Style())]
        return line(pieces, width)

    def _groups(self, overview: Overview, *, is_brief: bool) -> Iterator[list[Piece]]:
        """What is told, the most important first; brief where the screen is narrow."""
        yield from self._alerts(overview, is_brief=is_brief)
        corrective, preventive = (overview.tickets_open.get(kind, 0) for kind in ("corrective", "preventive"))
        text = _("tickets {corrective} corrective, {preventive} preventive")
        text = _("tickets {corrective}+{preventive}") if is_brief else text
        yield [(text.format(corrective=corrective, preventive=preventive), self.palette.text)]
        yield self._devices(overview, is_brief=is_brief)

    def _alerts(self, overview: Overview, *, is_brief: bool) -> Iterator[list[Piece]]:
        alone = overview.alerts_unattended
        text = ngettext("{n} alert unattended", "{n} alerts unattended", alone)
        text = _("{n} unattended") if is_brief else text
        colour = Attention.UNATTENDED if alone else Attention.FINE
        yield [(f"{ATTENTION_GLYPH[colour]} {text.format(n=alone)}", self.palette.attention[colour])]
        total = sum(overview.alerts_by_severity.values())
        if total:
            critical = overview.alerts_by_severity.get("critical", 0)
            text = _("{critical} critical") if is_brief else _("open: {total}, critical: {critical}")
            yield [(text.format(total=total, critical=critical), self.palette.dim)]

    def _devices(self, overview: Overview, *, is_brief: bool) -> list[Piece]:
        counts = overview.devices
        total = ngettext("{n} device", "{n} devices", counts.total).format(n=counts.total)
        group: list[Piece] = [] if is_brief else [(f"{total}: ", self.palette.text)]
        for state in State:
            number = getattr(counts, state.value)
            if number:
                said = str(number) if is_brief else state_count(state, number)
                glyph = ATTENTION_GLYPH[STATE_COLOUR[state]]
                group.append((f"{glyph} {said}  ", self.palette.states[state]))
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
            (f"  {tile_word(tile.state, tile.attention)}  ", colour),
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


OF_NOTE = frozenset(
    {"fired", "worsened", "flapping", "steady", "acknowledged", "unacknowledged", "released", "resolved"}
)
"""Kinds of events for the ticker: an incident says again what its alert said."""


def of_note(events: Sequence[EventRow]) -> list[EventRow]:
    """What the ticker tells, the newest first: nothing of alerts that another one explains."""
    explained = {event.key for event in events if event.kind == "suppressed"}
    return [event for event in events if event.kind in OF_NOTE and event.key not in explained]


class Ticker(Drawn):
    """The newest events, one a line, the newest on top."""

    DEFAULT_CSS = "Ticker { height: 3; overflow: hidden; scrollbar-size: 0 0; }"

    events: Sequence[EventRow] | None = None
    """None before they were heard of."""
    context = Context(0.0)

    def show(self, events: Sequence[EventRow], context: Context) -> None:
        found = of_note(events)
        self.context = context
        if found != self.events:
            self.events = found
            self.refresh()

    def draw_line(self, y: int) -> Strip:
        width = self.size.width
        events = self.events or ()
        if y >= len(events):
            text = f"   {_('nothing happened yet')}" if y == 0 and self.events is not None else ""
            return line([(text, self.palette.dim)], width)
        event = events[y]
        style = self.palette.text if y == 0 else self.palette.dim
        at = short_clock(event.at, self.context.now, self.context.zone)
        return line(
            [
                (f" {at:>5} ", self.palette.accent),
                (f"{event_glyph(event.kind, event.severity)} ", self.palette.of(event_style(event.kind))),
                (fit(event.whole, width - cell_len(at) - 5), style),
            ],
            width,
        )
