"""What every screen has: top bar, keys, its place, and how it hears of new data."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget

from nms.i18n import N_, ngettext
from nms.i18n import gettext as _
from nms.views.tui.export import export
from nms.views.tui.lists.columns import Context
from nms.views.tui.messages import Heard, Lost, Restored
from nms.views.tui.places import Place
from nms.views.tui.safe import shown
from nms.views.tui.screens.whole import PaintedWhole
from nms.views.tui.widgets.bars import KeyBar, TopBar
from nms.views.tui.widgets.headline import Headline
from nms.views.tui.widgets.rowlist import RowList

if TYPE_CHECKING:
    from nms.views.tui.app import NmsApp


OF_TEXTUAL = frozenset(
    {
        *(f"{what}_{way}" for what in ("scroll", "page") for way in ("up", "down", "left", "right")),
        *("scroll_home", "scroll_end", "screen.copy_text", "app.focus_next", "app.focus_previous"),
    }
)
"""Keys that Textual gives every widget: nobody looks for them, and half of them do nothing here."""


def asking() -> str:
    """Stands where nothing has come yet: an empty list would say something else."""
    return _("asking the monitor …")


class Page(PaintedWhole, Screen[None]):
    """A place on the screen. Subclasses name their topics, draw a body and say what to do with new data."""

    HELP: ClassVar[str] = ""
    KEYS_FIRST: ClassVar[tuple[str, ...]] = ()
    """Actions whose keys are shown before the others."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.up", N_("back"), show=False),
        Binding("x", "export", N_("export"), show=False),
    ]

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place

    @property
    def nms(self) -> NmsApp:
        return cast("NmsApp", self.app)

    @property
    def topics(self) -> frozenset[str]:
        """What must be fresh while this is on the screen."""
        return frozenset({"overview"})

    @property
    def cx(self) -> Context:
        return Context(time.time(), self.nms.mirror.departments, self.nms.mirror.zone)

    def compose(self) -> ComposeResult:
        yield TopBar()
        yield from self.body()
        yield KeyBar()

    def body(self) -> Iterable[Widget]:
        return ()

    def on_mount(self) -> None:
        bar = self.query_one(TopBar)
        bar.crumbs = tuple(self.nms.crumb_titles())
        bar.lost_at, bar.heard_at = self.nms.lost_at, self.nms.mirror.heard_at
        self.set_class(self.nms.lost_at is not None, "aged")
        bar.overview, bar.zone = self.nms.mirror.overview, self.nms.mirror.zone
        self.take(frozenset(self.nms.mirror.held))
        self.begin()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "export":
            return self._exported is not None
        return super().check_action(action, parameters)

    @property
    def _exported(self) -> RowList | None:
        """The rows in which somebody is, else the first that are on the screen."""
        if isinstance(self.focused, RowList):
            return self.focused
        return next((rows for rows in self.query(RowList).results() if rows.display), None)

    def action_export(self) -> None:
        """What is shown, as it is shown."""
        found, folder = self._exported, self.nms.export_folder
        if found is None:
            return
        name = "-".join(filter(str.isascii, (self.place.kind, self.place.argument.replace("/", "-")))).strip("-")
        try:
            path = export(name, found.columns, found.rows, self.cx, folder)
        except OSError as error:
            text = _("{folder} cannot be written: {reason}")
            self.nms.say(text.format(folder=folder, reason=error.strerror), is_bad=True)
            return
        count = len(found.rows)
        self.nms.say(ngettext("{n} row in {path}", "{n} rows in {path}", count).format(n=count, path=path))

    def begin(self) -> None:
        """Once, when what is known is on the screen. (Textual runs every class's on_mount.)"""

    def take(self, topics: frozenset[str]) -> None:
        """New data of these topics is in the mirror."""

    def fail(self, topic: str, reason: str) -> None:
        """The daemon would not tell this: where nothing of it is on the screen, the reason is."""
        if topic in self.topics and topic not in self.nms.mirror.held:
            for headline in self.query(Headline):
                headline.show((((f" △ {shown(reason)}", "attended"),),))

    def remember(self) -> None:
        """Writes into `place.memory` what a return should find again."""

    @on(Heard)
    def _heard(self, message: Heard) -> None:
        if "overview" in message.topics:
            bar = self.query_one(TopBar)
            bar.overview, bar.heard_at = self.nms.mirror.overview, self.nms.mirror.heard_at
            bar.zone = self.nms.mirror.zone
        if "me" in message.topics:
            self.refresh_bindings()  # which keys there are depends on what one may do
        self.take(message.topics)

    @on(Lost)
    def _lost(self, _message: Lost) -> None:
        bar = self.query_one(TopBar)
        bar.lost_at = self.nms.lost_at
        bar.refresh()
        self.add_class("aged")

    @on(Restored)
    def _restored(self, _message: Restored) -> None:
        bar = self.query_one(TopBar)
        bar.lost_at = None
        bar.refresh()
        self.remove_class("aged")
