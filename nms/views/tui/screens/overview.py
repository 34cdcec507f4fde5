"""The first screen: every department at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from nms.i18n import N_
from nms.queries.rows import DepartmentTile
from nms.views.tui.lists.columns import order_of_attention
from nms.views.tui.messages import Go
from nms.views.tui.places import Place
from nms.views.tui.screens.base import Page
from nms.views.tui.widgets.summary import Counts, Detail, Ticker
from nms.views.tui.widgets.tiles import TileGrid, arrange

OTHER_LINES = 5
"""Top bar, counts, the chosen department on two, keys."""


class OverviewScreen(Page):
    HELP = N_(
        "One tile for each department. Red: something is wrong and nobody works on it. Yellow: somebody does. "
        "Blue: planned, or explained by something else. Grey: the monitor cannot tell. Green: fine. "
        "The strip is the last day, oldest first: the taller, the worse."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "order", N_("worst first")),
        Binding("n", "next_trouble", N_("next trouble")),
        Binding("e", "events", N_("events")),
        Binding("d", "devices", N_("devices")),
    ]

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.by_urgency = bool(place.memory.get("by_urgency"))

    def body(self) -> Iterable[Widget]:
        yield Counts()
        yield TileGrid(id="tiles")
        yield Detail()
        yield Ticker()

    def begin(self) -> None:
        grid = self.query_one(TileGrid)
        grid.focus()
        if "tile" in self.place.memory:
            grid.put_cursor(self.place.memory["tile"])

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """The tiles get what they can use; the ticker what is left, and never less than a few lines."""
        width, height = self.size
        least = 2 if height < 30 else 4 if height < 55 else 6
        room = height - OTHER_LINES - least
        grid = self.query_one(TileGrid)
        layout = arrange(len(grid.tiles), width, room) if grid.tiles and room > 0 else None
        unused = max(0, room - layout.rows * layout.height) if layout else 0
        self.query_one(Ticker).styles.height = least + unused

    def take(self, topics: frozenset[str]) -> None:
        overview = self.nms.mirror.overview
        if "overview" not in topics or overview is None:
            return
        now = self.cx.now
        self.query_one(Counts).show(overview)
        grid = self.query_one(TileGrid)
        is_first = not grid.tiles
        grid.show(self._ordered(overview.departments), now)
        if is_first:
            self._arrange()
        self.query_one(Detail).show(grid.tile, now)
        self.query_one(Ticker).show(overview.events, self.cx)

    def _ordered(self, tiles: Sequence[DepartmentTile]) -> Sequence[DepartmentTile]:
        """In the order of the inventory, so that hands and eyes learn the places; or the worst first."""
        if not self.by_urgency:
            return tiles
        return sorted(tiles, key=lambda tile: (order_of_attention(tile.attention), tile.criticality))

    def remember(self) -> None:
        tile = self.query_one(TileGrid).tile
        self.place.memory.update(by_urgency=self.by_urgency, tile=tile.id if tile else "")

    @on(TileGrid.Moved)
    def _moved(self, message: TileGrid.Moved) -> None:
        self.query_one(Detail).show(message.tile, self.cx.now)

    @on(TileGrid.Opened)
    def _opened(self, message: TileGrid.Opened) -> None:
        self._go("alerts" if message.tile.alerts else "devices", message.tile)

    def action_devices(self) -> None:
        tile = self.query_one(TileGrid).tile
        if tile is not None:
            self._go("devices", tile)

    def _go(self, name: str, tile: DepartmentTile) -> None:
        self.post_message(Go(Place(name, title=tile.short_name, memory={"filter": f"department:^{tile.id}\\b"})))

    def action_order(self) -> None:
        self.by_urgency = not self.by_urgency
        self.take(frozenset({"overview"}))
        self.query_one(TileGrid).refresh()

    def action_events(self) -> None:
        self.post_message(Go(Place("events")))

    def action_next_trouble(self) -> None:
        """To the next tile that somebody should look at."""
        grid = self.query_one(TileGrid)
        order = [*range(grid.cursor + 1, len(grid.tiles)), *range(grid.cursor + 1)]
        for index in order:
            if order_of_attention(grid.tiles[index].attention) <= 1:
                grid.put_cursor(grid.tiles[index].id)
                return
