"""The first screen."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from nms.views.tui.screens.lists import ListScreen
from nms.views.tui.widgets.bars import TopBar
from nms.views.tui.widgets.tiles import TileGrid, arrange
from tests.views.tui.city import City, served
from tests.views.tui.support import sitting


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_every_department_is_on_one_screen_with_its_state_in_words(tmp_path: Path, size: tuple[int, int]) -> None:
    async with sitting(City.of(), tmp_path, size=size) as here:
        for number in range(39):
            assert f"Depto {number} " in here.text
        assert here.text.count("degraded") >= 6
        assert "✖" in here.text
        assert ("6 unattended" if size[0] == 80 else "6 alerts unattended") in here.text
        assert "● 54" in here.text
        assert "✖ 6" in here.text
        assert "live" in here.text


async def test_a_tile_says_what_is_wrong_and_who_has_it(tmp_path: Path) -> None:
    city = City.of(alerts=0)
    alert = city.break_device("dev-00001")
    async with sitting(city, tmp_path, size=(200, 60)) as here:
        await here.sees(alert.summary[:20], "5 of 5 up")


async def test_a_new_alert_comes_by_the_stream_and_rings(tmp_path: Path) -> None:
    city = City.of(alerts=0)
    async with sitting(city, tmp_path) as here:
        rung: list[float] = []
        assert here.app._driver is not None
        here.app._driver.write = lambda text: rung.append(time.monotonic()) if text == "\a" else None  # type: ignore[method-assign]
        await here.until(lambda: city.hub.readers == 1, "the stream")
        await here.until(lambda: "alerts" in here.app.mirror.held, "the alerts before")
        alert = city.break_device("dev-00005")
        await here.sees("1 alert unattended", alert.summary)
        await here.until(lambda: bool(rung), "the bell")


async def test_of_many_new_reds_the_last_is_shown_so_that_the_tiles_stay_in_sight(tmp_path: Path) -> None:
    city = City.of(alerts=0)
    async with sitting(city, tmp_path, size=(80, 24)) as here:
        await here.until(lambda: "alerts" in here.app.mirror.held, "the alerts before")
        for device in ("dev-00005", "dev-00006", "dev-00007"):
            alert = city.break_device(device)
            await here.until(lambda: any(alert.summary in one.message for one in here.app._notifications), "the toast")  # noqa: B023
        assert [one.title for one in here.app._notifications] == ["✖ new alert"]


async def test_an_acknowledged_alert_turns_its_tile_yellow_with_a_name(tmp_path: Path) -> None:
    city = City.of(alerts=1)
    async with sitting(city, tmp_path, size=(200, 60)) as here:
        await here.app.mirror.client.acknowledge([city.alerts_[0].key], "on my way")
        await here.sees("◐ ana")
        assert "✖ Depto 0 " not in here.text


async def test_enter_on_a_tile_with_alerts_lists_them(tmp_path: Path) -> None:
    async with sitting(City.of(alerts=3), tmp_path) as here:
        await here.press("enter")
        assert isinstance(here.page, ListScreen)
        await here.until(lambda: len(here.page.listing.shown) == 1, "the alerts of one department")  # type: ignore[attr-defined]
        assert "Alerts · Depto 0" in here.text
        await here.press("escape")
        assert here.page.query_one(TileGrid).tile.id == "dep-00"  # type: ignore[union-attr]


async def test_worst_first_puts_trouble_on_top(tmp_path: Path) -> None:
    city = City.of(alerts=0)
    city.break_device("dev-00020")
    async with sitting(city, tmp_path) as here:
        await here.press("o")
        assert here.page.query_one(TileGrid).tiles[0].id == "dep-20"
        await here.press("o", "n")
        assert here.page.query_one(TileGrid).tile.id == "dep-20"  # type: ignore[union-attr]


async def test_a_lost_daemon_is_said_and_found_again_by_itself(tmp_path: Path) -> None:
    city = City.of()
    socket = tmp_path / "api.sock"
    from nms.views.client import Client
    from nms.views.tui.app import NmsApp
    from tests.views.tui.support import Sitting

    async with Client(f"unix:{socket}", "administrator", language="en") as client:
        app = NmsApp(client, language="en")
        async with app.run_test(size=(120, 40)) as pilot:
            here = Sitting(app, pilot, city)
            await here.sees("NO CONNECTION")
            async with served(city, socket):
                await here.sees("live", "Depto 38")
                assert not here.page.has_class("aged")
            await here.sees("NO CONNECTION", "data of")
            assert here.page.has_class("aged")
            assert "Depto 38" in here.text
            async with served(city, socket):
                await here.sees("live")


async def test_late_pollers_are_said(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path) as here:
        bar = here.page.query_one(TopBar)
        assert bar.overview is not None
        from dataclasses import replace

        bar.overview = replace(bar.overview, pollers=replace(bar.overview.pollers, worst_lateness=95.0))
        bar.refresh()
        await here.sees("polls 1m late")


def test_tiles_are_as_tall_as_the_screen_allows() -> None:
    small, middle, large = arrange(39, 80, 17), arrange(39, 120, 33), arrange(39, 199, 51)
    assert (small.columns, small.rows, small.height) == (3, 13, 1)
    assert middle.height == 3
    assert large.height == 6
    assert arrange(39, 24, 5).height == 1
