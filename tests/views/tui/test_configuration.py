"""The configuration of a device in the terminal, over a real archive behind the HTTP API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from nms.model import Department, Device, DeviceId, Endpoint, Inventory, Role
from nms.queries.live import LiveBoard
from nms.store.records import Records
from nms.views.api.configurations import Door
from nms.views.tui.places import Place
from nms.views.tui.screens.configuration import ConfigurationScreen
from nms.views.tui.screens.form import FormScreen
from tests.views.configurations import door_of
from tests.views.tui.city import City
from tests.views.tui.support import sitting

NOW = 1_790_100_000.0
PLACE = Place("configuration", "sw-tesoreria")


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    endpoint = Endpoint("ssh", "192.0.2.1", 22, "ssh", {"platform": "cisco_ios"})
    name = DeviceId("sw-tesoreria")
    device = Device(name, "Switch [b]Tesorería", Role.SWITCH, "192.0.2.1", "s", "dep-00", (endpoint,))
    departments = {"dep-00": Department("dep-00", "Tesorería", "Tesorería", 20)}
    inventory = Inventory("V", departments, {}, {name: device}, {})
    records = Records.open(tmp_path / "records.db")
    parts = SimpleNamespace(directory=tmp_path, records=records, inventory=inventory, live=LiveBoard(), now=NOW)
    made = door_of(parts)
    yield made
    made.reads.archive.repository.close()
    records.close()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_versions_changes_and_texts_are_shown_without_secrets(
    tmp_path: Path, door: Door, size: tuple[int, int]
) -> None:
    city = City.of()
    city.configurations = door
    async with sitting(city, tmp_path, place=PLACE, size=size) as here:
        await here.sees("changed without a ticket", "not the baseline", "+1 -1", "ana", "@@ ")
        await here.sees("-interface Gi0/1", "+interface Gi0/2")
        await here.press("tab")
        await here.sees("enable secret 5 <secret:", "[/red]=cmd")
        assert "TheSecret" not in here.text
        await here.press("tab")
        await here.sees("+interface Gi0/2")
        await here.press("tab", "space", "down")
        await here.sees("Against the baseline", "+interface Gi0/2")
        await here.press("space", "tab", "down")
        await here.sees("-interface Gi0/1")


async def test_a_key_on_the_device_page_leads_there_and_esc_back(tmp_path: Path, door: Door) -> None:
    city = City.of()
    city.configurations = door
    async with sitting(city, tmp_path, place=Place("device", "dev-00000")) as here:
        await here.sees("Interfaces 24")
        await here.press("c")
        await here.until(lambda: isinstance(here.page, ConfigurationScreen), "the configuration")
        await here.sees("Configuration")
        await here.press("escape")
        await here.sees("Interfaces 24")


async def test_it_is_fetched_and_accepted_from_the_screen(tmp_path: Path, door: Door) -> None:
    city = City.of()
    city.configurations = door
    async with sitting(city, tmp_path, place=PLACE) as here:
        await here.sees("not the baseline")
        await here.press("f")
        await here.sees("was fetched")
        await here.press("B")
        await here.until(lambda: isinstance(here.app.screen, FormScreen), "the form")
        await here.type("norma")
        await here.press("ctrl+s")
        await here.until(lambda: "not the baseline" not in here.text, "the new baseline")


async def test_who_may_not_read_configurations_has_no_key_for_them(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("device", "dev-00000"), role="viewer") as here:
        await here.sees("Interfaces 24")
        await here.press("c")
        assert not isinstance(here.page, ConfigurationScreen)
