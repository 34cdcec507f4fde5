"""Planned work, silences and corrections in the terminal: listed, looked at, made and ended, over the real engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from nms.model import State
from nms.store.records import Records
from nms.views.tui.places import Place
from nms.views.tui.screens.foreseen import ForeseenScreen
from nms.views.tui.screens.form import FormScreen
from tests.views.city import City
from tests.views.tui.city import City as Served
from tests.views.tui.support import Sitting, sitting

HOUR = 3600.0


class Both:
    """The reads and acts of a real engine behind one name, as the served city has them."""

    configurations = None

    def __init__(self, city: City) -> None:
        self._city, self.hub = city, city.hub

    def __getattr__(self, name: str) -> Any:
        return getattr(self._city.reads if hasattr(self._city.reads, name) else self._city.acts, name)


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(Records.open(tmp_path / "records.db"), tmp_path, time.time())
    yield made
    made.close()


def served(city: City) -> Served:
    return cast("Served", Both(city))


async def fill(here: Sitting, **answers: str) -> None:
    """Writes answers into the form that is open, by field, and sends it."""
    await here.until(lambda: isinstance(here.app.screen, FormScreen), "the form")
    for name, text in answers.items():
        here.app.screen.query_one(f"#field-{name}").value = text  # type: ignore[attr-defined]
    await here.press("ctrl+s")


async def agree(here: Sitting, *told: str) -> None:
    await here.until(lambda: isinstance(here.app.screen, ForeseenScreen), "what it would do")
    read = " ".join(here.text.replace("│", " ").split())
    for text in told:
        assert text in read, f"{text} in\n{here.text}"
    await here.press("enter")


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_work_is_planned_extended_and_ended_by_keys(tmp_path: Path, city: City, size: tuple[int, int]) -> None:
    city.judge("sw-tesoreria")
    async with sitting(served(city), tmp_path, place=Place("maintenance"), size=size) as here:
        await here.sees("no work is planned")
        await here.press("n")
        await fill(here, title="Cambio [b]fibra", about="device=sw-tesorería", start="now", end="2h")
        await here.sees("there is no device")
        await fill(here, about="device=sw-tesoreria")
        await here.until(lambda: isinstance(here.app.screen, ForeseenScreen), "what it would do")
        await here.press("escape")
        await fill(here, end="3h")
        await agree(
            here,
            "device=sw-tesoreria",
            "(3h 00m)",
            "Tesorería Municipal",
            "What is still down when it ends alerts then.",
        )
        await here.until(lambda: len(city.reads.maintenance()) == 1, "the work")
        (work,) = city.reads.maintenance()
        starts = datetime.fromtimestamp(work.starts_at, ZoneInfo("America/Mexico_City"))
        await here.sees("Cambio [b]fibra", "planned", f"{starts:%H:%M} ")
        await here.press("E")
        await fill(here, end="5h")
        await here.until(lambda: city.reads.maintenance()[0].ends_at - time.time() > 4.9 * HOUR, "a later end")
        await here.press("e")
        await fill(here)
        await here.until(lambda: not city.reads.maintenance(), "its end")
        await here.sees("no work is planned")


async def test_work_and_corrections_begin_where_the_device_is_seen(tmp_path: Path, city: City) -> None:
    begin = city.now - 24 * HOUR
    for at, state in ((begin, State.UP), (begin + HOUR, State.DOWN), (begin + 3 * HOUR, State.UP)):
        city.states.observe({"link/tesoreria-a": state}, at)
    city.states.heartbeat(city.now)
    async with sitting(served(city), tmp_path, place=Place("links")) as here:
        await here.sees("Enlace Tesorería")
        await here.press("M")
        await fill(here, title="Fibra", start="now", end="1h")
        await agree(here, "key=link-down/tesoreria-a", "Enlace Tesorería")
        await here.until(lambda: [one.about for one in city.reads.maintenance()] == ["key=link-down/tesoreria-a"], "it")
        await here.press("K")
        moment = f"{datetime.fromtimestamp(begin + HOUR, ZoneInfo('America/Mexico_City')):%Y-%m-%d %H:%M:%S}"
        await fill(here, start=moment, end="2h", reason="aviso")
        await agree(here, "Enlace Tesorería: ", "→ maintenance 2h 00m")
        await here.until(lambda: len(city.reads.corrections(begin, city.now)) == 1, "the correction")
        here.app.go(Place("corrections"))
        await here.sees("Enlace Tesorería", "maintenance", "aviso")
        await here.press("e")
        await fill(here)
        await here.sees("withdrawn by ana")


async def test_a_silence_is_made_and_ended_and_who_may_not_has_no_keys(tmp_path: Path, city: City) -> None:
    async with sitting(served(city), tmp_path, place=Place("silences"), role="on-call") as here:
        await here.sees("nothing is kept quiet")
        await here.press("n")
        await fill(here, reason="obra", about="department=tesoreria", end="4h")
        await agree(here, "sw-tesoreria")
        await here.sees("department=tesoreria", "obra", "active")
        await here.press("e")
        await fill(here)
        await here.until(lambda: not city.reads.silences(), "its end")
        here.app.go(Place("maintenance"))
        await here.sees("no work is planned")
        await here.press("n", "e", "E")
        assert not isinstance(here.app.screen, FormScreen)
