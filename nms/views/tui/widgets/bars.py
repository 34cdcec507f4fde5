"""The line at the top (where, how fresh, what time) and the line at the bottom (which keys)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.strip import Strip

from nms.i18n import gettext as _
from nms.queries.rows import Attention, Overview
from nms.views.times import clock, duration
from nms.views.tui.safe import fit, shown
from nms.views.tui.widgets.drawn import Drawn, Piece, line

LATE_SECONDS = 30.0
STALE_SECONDS = 35.0
"""The daemon is asked at least every 20 seconds: older data means that no answer comes."""


class TopBar(Drawn):
    """Municipality, breadcrumbs; connection, lateness of the pollers, clock."""

    DEFAULT_CSS = "TopBar { height: 1; overflow: hidden; scrollbar-size: 0 0; }"

    def __init__(self) -> None:
        super().__init__(id="top")
        self.crumbs: tuple[str, ...] = ()
        self.overview: Overview | None = None
        self.lost_at: float | None = None
        self.heard_at: float | None = None
        self.zone: ZoneInfo | None = None
        """The office's clock."""

    def on_mount(self) -> None:
        self.set_interval(1.0, self.refresh)

    def draw_line(self, y: int) -> Strip:
        width = self.size.width
        right = self._right(width)
        room = width - sum(cell_len(text) for text, _style in right)
        return line([*self._left(room), *right], width, self.palette.bar)

    def _left(self, room: int) -> list[Piece]:
        palette = self.palette
        name = self.overview.municipality if self.overview else "nms"
        pieces: list[Piece] = [(" ▚ ", palette.accent)]
        if room > 60:
            pieces.append((shown(name) + " ", palette.strong))
            if self.overview and self.overview.simulated:
                pieces.append((_("(simulated)") + " ", palette.dim))
            pieces.append(("  ", palette.dim))
        for i, crumb in enumerate(self.crumbs):
            last = i == len(self.crumbs) - 1
            pieces.append((shown(crumb), palette.strong if last else palette.dim))
            if not last:
                pieces.append((" › ", palette.dim))
        return _cut(pieces, room)

    def _right(self, width: int) -> list[Piece]:
        palette, now = self.palette, time.time()
        local = datetime.fromtimestamp(now, self.zone).astimezone(self.zone)
        shown_clock = local.strftime(" %Y-%m-%d %H:%M:%S " if width >= 110 else " %H:%M:%S ")
        return [*self._connection(now, width), (shown_clock, palette.strong)]

    def _connection(self, now: float, width: int) -> list[Piece]:
        palette, attention = self.palette, self.palette.attention
        if self.lost_at is not None:
            text = _("NO CONNECTION for {age}").format(age=duration(now - self.lost_at))
            if width >= 100 and self.heard_at:
                text += " · " + _("data of {time}").format(time=clock(self.heard_at, self.zone))
            return [(f" ✖ {text} ", attention[Attention.UNATTENDED] + Style(reverse=True))]
        if self.overview is None:
            return [(f" {_('connecting')}… ", palette.dim)]
        if self.heard_at is not None and now - self.heard_at > STALE_SECONDS:
            text = _("data {age} old").format(age=duration(now - self.heard_at))
            return [(f" △ {text} ", attention[Attention.ATTENDED])]
        pollers = self.overview.pollers
        if not pollers.healthy and width >= 60:
            return [(f" △ {_('the monitor has a problem')} ", attention[Attention.ATTENDED])]
        if pollers.worst_lateness > LATE_SECONDS:
            late = _("polls {late} late").format(late=duration(pollers.worst_lateness))
            return [(f" △ {late} ", attention[Attention.ATTENDED])]
        rate = _("{n} polls/min").format(n=f"{pollers.polls_per_minute:.0f}")
        return [(f" ● {_('live')} ", attention[Attention.FINE]), (f"{rate} " if width >= 100 else "", palette.dim)]


class KeyBar(Drawn):
    """The keys of this screen that this person may use, as many as have room; they can be clicked."""

    DEFAULT_CSS = "KeyBar { height: 1; overflow: hidden; scrollbar-size: 0 0; }"

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._places: list[tuple[int, int, str]] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, lambda _screen: self.refresh())

    def draw_line(self, y: int) -> Strip:
        width, palette = self.size.width, self.palette
        pieces: list[Piece] = []
        self._places, at = [], 0
        for key, action, description in self._keys():
            size = cell_len(key) + cell_len(description) + 4
            if at + size > width:
                break
            pieces += [(f" {key} ", palette.accent + Style(bold=True)), (f"{description}  ", palette.text)]
            self._places.append((at, at + size, action))
            at += size
        return line(pieces, width, palette.bar)

    def _keys(self) -> list[tuple[str, str, str]]:
        found: dict[str, tuple[str, str, str]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.action not in found:
                key = self.app.get_key_display(binding)
                found[binding.action] = (key, binding.action, _(binding.description))
        first: Sequence[str] = getattr(self.screen, "KEYS_FIRST", ())
        return sorted(found.values(), key=lambda key: first.index(key[1]) if key[1] in first else len(first))

    async def on_click(self, event: events.Click) -> None:
        for start, end, action in self._places:
            if start <= event.x < end:
                await self.screen.run_action(action)
                return


def _cut(pieces: list[Piece], room: int) -> list[Piece]:
    found: list[Piece] = []
    for text, style in pieces:
        if room <= 0:
            break
        found.append((fit(text, min(room, cell_len(text))), style))
        room -= cell_len(text)
    if room > 0:
        found.append((" " * room, Style()))
    return found
