"""What keeps the keys quick with ten thousand rows: work in small pieces, and garbage looked for in pauses."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import pytest
from textual._compositor import Compositor

from nms.views.tui.listing import Listing
from nms.views.tui.lists.columns import Context
from nms.views.tui.lists.devices import devices
from nms.views.tui.places import Place
from nms.views.tui.screens.form import FormScreen
from nms.views.tui.screens.lists import HASTY_ROWS, ListScreen
from nms.views.tui.screens.palette import MOST, PaletteScreen
from nms.views.tui.tidying import BREATH_SECONDS, LEAST_GAP_SECONDS, PAUSE_SECONDS, Tidier, tidied_in_pauses
from tests.views.tui.city import City
from tests.views.tui.support import sitting


def test_garbage_is_looked_for_in_pauses_and_when_there_is_some() -> None:
    was_enabled = gc.isenabled()
    with tidied_in_pauses() as tidier:
        assert not gc.isenabled()
        gc.collect()
        assert not tidier.look(100.0), "there is nothing to look for"
        kept = [[number] for number in range(20_000)]
        tidier.touched_at = 100.0
        assert not tidier.look(100.0 + BREATH_SECONDS / 2), "somebody types"
        assert tidier.look(100.5), "a little in a breath"
        assert tidier.tidied_at == 0.0
        assert tidier.look(100.0 + PAUSE_SECONDS), "all of it in a pause, also what a breath has seen"
        assert tidier.tidied_at == 100.0 + PAUSE_SECONDS
        kept += [[number] for number in range(20_000)]
        assert tidier.look(101.0 + PAUSE_SECONDS)
        assert tidier.tidied_at == 100.0 + PAUSE_SECONDS, "all of it was a moment ago"
        assert tidier.look(100.0 + PAUSE_SECONDS + LEAST_GAP_SECONDS)
        assert tidier.tidied_at == 100.0 + PAUSE_SECONDS + LEAST_GAP_SECONDS
        kept += [[number] for number in range(500_000)]
        tidier.touched_at = 200.0
        assert tidier.look(200.0), "too much to wait for a breath"
    assert gc.isenabled() is was_enabled


def test_what_was_off_stays_off() -> None:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        with tidied_in_pauses() as tidier:
            assert isinstance(tidier, Tidier)
        assert not gc.isenabled()
    finally:
        if was_enabled:
            gc.enable()


def test_rows_whose_texts_are_those_of_before_are_not_prepared_again() -> None:
    """What an idle list of ten thousand devices costs, each of which is polled once a minute."""
    ordered: list[str] = []
    spec = devices()
    name = spec.column("name")
    assert name is not None
    counting = replace(name, order=lambda row: ordered.append(row.id))
    listing = Listing(replace(spec, columns=(counting,)), Context(0.0), order="other")
    rows = City.of(devices=30, alerts=0).devices_
    listing.take(rows, Context(0.0))
    assert not listing.warm(50)
    assert len(ordered) == 30
    rows = [replace(row, last_poll_at=1.0) for row in rows]
    rows[3] = replace(rows[3], problem="no answer")
    listing.take(rows, Context(0.0))
    listing.warm(50)
    assert ordered[30:] == [rows[3].id]
    listing.filter = "no answer"
    listing.arrange()
    assert listing.shown == [rows[3]]


async def test_a_screen_over_another_is_painted_once_to_be_there(tmp_path: Path) -> None:
    painted: list[str] = []
    async with sitting(City.of(), tmp_path, place=Place("devices")) as here:
        with pytest.MonkeyPatch.context() as patch:
            full = Compositor.render_full_update

            def counted(compositor: Compositor, simplify: bool = False) -> object:
                painted.append(type(here.app.screen).__name__)
                return full(compositor, simplify)

            patch.setattr(Compositor, "render_full_update", counted)
            await here.press("question_mark")
            await here.sees("poll now")
            assert painted.count("HelpScreen") == 1


async def test_a_filter_on_many_rows_that_just_came_follows_its_letters(tmp_path: Path) -> None:
    city = City.of(devices=4 * HASTY_ROWS, alerts=2)
    async with sitting(city, tmp_path, place=Place("devices")) as here:
        page = here.page
        assert isinstance(page, ListScreen)
        await here.until(lambda: len(page.listing.rows) == 4 * HASTY_ROWS, "the rows")
        page.take(frozenset({"devices"}))
        assert page.listing.cold == 4 * HASTY_ROWS
        page.set_filter("printer")
        assert len(page.listing.shown) == 4 * HASTY_ROWS, "not yet"
        await here.until(lambda: 0 < len(page.listing.shown) < HASTY_ROWS, "what the filter finds")
        assert all("printer" in row.name for row in page.listing.shown)


async def test_the_palette_takes_letters_before_it_knows_every_device(tmp_path: Path) -> None:
    city = City.of(devices=5000, alerts=0)
    async with sitting(city, tmp_path, place=Place("devices")) as here:
        await here.press("colon")
        palette = here.app.screen
        assert isinstance(palette, PaletteScreen)
        assert len(palette._all) >= MOST
        await here.type("dev-04999")
        await here.press("enter")
        await here.until(lambda: here.page.place == Place("device", "dev-04999"), "the device")


async def test_typing_into_an_entry_is_no_pause(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("devices")) as here:
        here.app.tidier = Tidier()
        await here.press("slash")
        here.app.tidier.touched_at = 0.0
        await here.press("p")
        assert here.app.tidier.touched_at > 0.0


async def test_what_was_not_heard_yet_is_not_called_empty(tmp_path: Path) -> None:
    for kind in ("alerts", "pbx", "racks", "topology"):
        async with sitting(City.of(alerts=0), tmp_path) as here:
            here.app.follower.wanted = frozenset
            await here.press("4")
            await here.until(lambda: here.page.place.kind == "devices", "the other screen")
            here.app.mirror.held.clear()
            here.app.go(Place(kind))
            await here.sees("asking the monitor")
            await here.press("t")
            assert not isinstance(here.app.screen, FormScreen), "no ticket for a row that nobody has seen"
