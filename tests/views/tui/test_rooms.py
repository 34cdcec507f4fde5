"""Telephony, racks and what lists say of a device's role."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nms.model import Role, State
from nms.queries import rows
from nms.queries.rows import Attention
from nms.views.tui.listing import Listing
from nms.views.tui.lists import devices
from nms.views.tui.lists.columns import Context
from nms.views.tui.places import Place
from nms.views.tui.rackwork import racks
from nms.views.tui.screens.racks import RacksScreen
from nms.views.tui.widgets.graph import Graph
from nms.views.tui.widgets.rackview import RackView
from tests.views.tui.city import City
from tests.views.tui.support import sitting


def device(name: str, role: Role = Role.SWITCH, **more: object) -> rows.DeviceRow:
    found = rows.DeviceRow(name, name, role, "10.0.0.1", "s", "d", State.UP, Attention.FINE, last_poll_at=1.0)
    return replace(found, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_telephony_shows_channels_trunks_queues_and_sets(tmp_path: Path, size: tuple[int, int]) -> None:
    async with sitting(City.of(alerts=2), tmp_path, place=Place("pbx"), size=size) as here:
        await here.sees("6 calls", "1/2", "7/30", "4 of 4 of the inventory")
        await here.until(lambda: here.page.query_one(Graph).history is not None, "the calls over time")
        await here.press("tab")
        await here.sees("Troncal 1", "red alarm", "23 %")
        assert here.rows.row.label == "Troncal 2", "the broken one comes first"
        await here.press("tab")
        await here.sees("Queue [b]ventanilla", "2 calls wait")
        await here.press("tab")
        await here.sees("Voice isp", "4.1", "2 %", "voice: 4.1 of 4.4")
        await here.press("tab")
        assert len(here.rows.rows) == 4
        await here.press("enter")
        assert here.page.place.kind == "device"
        await here.press("escape")
        assert here.page.place.kind == "pbx"
        assert len(here.rows.rows) == 4, "the section is found again"


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_racks_show_where_a_device_is_and_what_feeds_it(tmp_path: Path, size: tuple[int, int]) -> None:
    city = City.of(alerts=0)
    async with sitting(city, tmp_path, place=Place("racks"), size=size) as here:
        await here.sees("R0", "of 42 U", city.devices_[39].name.split(" [")[0])
        view = here.page.query_one(RackView)
        assert view.row is not None
        assert view.row.id == "dev-00039", "the highest device of the first rack"
        assert here.text.count("nothing is known of what feeds it") == 1
        await here.press("down")
        assert view.row.id == "dev-00036"
        city.break_device("dev-00042")
        await here.until(lambda: any(row.problem for row in here.app.mirror.devices), "the broken device")
        here.app.follower.poke("devices")
        await here.press("n")
        assert view.row is not None
        assert view.row.id == "dev-00042"
        await here.sees("does not answer")
        await here.press("enter")
        assert here.page.place == Place("device", "dev-00042")
        await here.press("escape")
        assert isinstance(here.page, RacksScreen)
        assert here.page.query_one(RackView).row.id == "dev-00042"  # type: ignore[union-attr]


def test_a_rack_is_as_high_as_its_highest_device_and_tells_two_in_one_unit() -> None:
    placed = [device("a", rack="R1 U44-45"), device("b", rack="R1 U44"), device("pdu", rack="R1"), device("none")]
    (rack,) = racks(placed)
    assert (rack.height, rack.used) == (45, 2)
    top, below = rack.units[:2]
    assert (top.number, top.row, top.is_top, top.rivals) == (45, placed[0], True, ())
    assert (below.number, below.is_top, below.rivals) == (44, False, ("b",))
    assert rack.units[-1].number is None
    assert rack.units[-1].row == placed[2]


def test_what_is_not_known_comes_last_whichever_way_round() -> None:
    found = [device("a", Role.UPS), device("b", Role.UPS, numbers={"charge": 0.2}),
             device("c", Role.UPS, numbers={"charge": 1.0})]  # fmt: skip
    listing = Listing(devices.ups(), Context(0.0), order="charge")
    listing.take(found, Context(0.0))
    assert [row.id for row in listing.shown] == ["b", "c", "a"]
    listing.sort_by("charge")
    assert [row.id for row in listing.shown] == ["c", "b", "a"]


def test_what_was_not_asked_yet_comes_after_what_is_fine() -> None:
    new = device("new", attention=Attention.UNKNOWN, state=State.UNKNOWN, last_poll_at=None)
    lost = device("lost", attention=Attention.UNKNOWN, state=State.UNKNOWN)
    bad = device("bad", attention=Attention.UNATTENDED, last_poll_at=None)
    listing = Listing(devices.devices(), Context(0.0))
    listing.take([new, device("fine"), lost, bad], Context(0.0))
    assert [row.id for row in listing.shown] == ["bad", "lost", "fine", "new"]


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("ups", ("87 %", "21m", "45 %", "26 °C")),
        ("printers", ("26 %", "Negro [b]", "48 211")),
        ("datacentre", ("battery 87 %", "processor 20 %")),
    ],
)
async def test_lists_say_what_matters_for_the_role(tmp_path: Path, kind: str, texts: tuple[str, ...]) -> None:
    async with sitting(City.of(alerts=0), tmp_path, place=Place(kind), size=(160, 40)) as here:
        await here.sees(*texts)
