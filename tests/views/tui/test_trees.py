"""The network and the power chain of three hundred devices as trees, over the real engine, on eighty columns."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nms.model import Department, Device, DeviceId, Inventory, Role
from nms.store.records import Records
from nms.views.tui.places import Place
from nms.views.tui.widgets.rowlist import RowList
from tests.views.city import City
from tests.views.tui.support import sitting
from tests.views.tui.test_quiet import served

DEPARTMENTS = 39


def big(inventory: Inventory) -> Inventory:
    """A core of two that cover each other, a router and six devices for each department, a computer behind one."""
    cores = [_device("core-1", Role.ROUTER, fed=("ups-1", "ups-2")), _device("core-2", Role.ROUTER, fed=("ups-2",))]
    feeds = [_device("ups-1", Role.UPS, fed=("planta",)), _device("ups-2", Role.UPS, fed=("planta",))]
    made = [*cores, *feeds, _device("planta", Role.GENERATOR)]
    for n in range(DEPARTMENTS):
        router = _device(f"rt-{n:02d}", Role.ROUTER, ("core-1", "core-2"), f"d{n:02d}")
        made += [router, _device(f"pc-{n:02d}", Role.COMPUTER, (router.id,))]
        made += [_device(f"sw-{n:02d}-{i}", Role.SWITCH, (router.id,), f"d{n:02d}") for i in range(6)]
    made.append(_device("pr-tras-pc", Role.PRINTER, ("pc-00",)))
    departments = {f"d{n:02d}": Department(f"d{n:02d}", f"Dirección {n}", f"D{n}", 1) for n in range(DEPARTMENTS)}
    return replace(inventory, devices={one.id: one for one in made}, departments=departments)


def _device(
    name: str, role: Role, parents: tuple[str, ...] = (), department: str = "", fed: tuple[str, ...] = ()
) -> Device:
    above, feeds = tuple(map(DeviceId, parents)), tuple(map(DeviceId, fed))
    return Device(DeviceId(name), name, role, "10.0.0.1", "", department, parents=above, powered_by=feeds)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(Records.open(tmp_path / "records.db"), tmp_path, time.time())
    made.reads.inventory = big(made.inventory)
    yield made
    made.close()


def listed(found: RowList) -> list[str]:
    return [branch.row.device for branch in found.rows]


async def test_every_device_hangs_once_below_its_first_way_and_the_second_is_told(tmp_path: Path, city: City) -> None:
    async with sitting(served(city), tmp_path, place=Place("topology"), size=(80, 24)) as here:
        await here.sees("core-1", "├─ ? rt-00", "│  ├─ ? sw-00-0")
        found = here.page.query_one(RowList)
        assert len(found.rows) == 5 + DEPARTMENTS * 7 + 1, "computers are left out, what stands behind one is not"
        assert len(set(listed(found))) == len(found.rows)
        assert "rt-00 ⇉" in here.text, "redundancy is seen without room for its column"
        assert "core-2" in {branch.row.via for branch in found.rows}
        assert all(len(line) <= 80 for line in here.text.splitlines())
        await here.press("y", "x")
        await here.sees(f"{len(found.rows)} rows in")
        assert here.app.clipboard == "core-1"
        (path,) = tmp_path.glob("nms-topology-*.csv")
        assert "rt-00 ⇉,unknown" in path.read_text(encoding="utf-8-sig")
        await here.press("left")
        await here.sees(f"core-1  (+{DEPARTMENTS * 7} ?)")
        assert len(found.rows) == 5 + 1
        await here.press("right", "slash")
        await here.type("sw-38-5")
        await here.until(lambda: listed(found) == ["core-1", "rt-38", "sw-38-5"], "the way to it")


async def test_what_two_feed_hangs_below_the_first_and_names_the_other(tmp_path: Path, city: City) -> None:
    async with sitting(served(city), tmp_path, place=Place("power"), size=(80, 24)) as here:
        await here.sees("planta", "├─ ? ups-1", "│  └─ ? core-1 ⇉", "└─ ? ups-2", "   └─ ? core-2")
        assert listed(here.page.query_one(RowList)) == ["planta", "ups-1", "core-1", "ups-2", "core-2"]
    async with sitting(served(city), tmp_path, place=Place("power"), size=(200, 60)) as here:
        await here.sees("also through", "ups-2")
