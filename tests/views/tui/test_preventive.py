"""The plan of preventive work in the terminal: seen, moved and left out, over the real engine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from nms.queries.dossier import PlanRow
from nms.store.records import Records
from nms.views.tui.places import Place
from nms.views.tui.screens.foreseen import ForeseenScreen
from nms.views.tui.screens.form import FormScreen
from tests.views.city import City
from tests.views.plans import weekday, written
from tests.views.tui.support import sitting
from tests.views.tui.test_quiet import agree, fill, served


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(Records.open(tmp_path / "records.db"), tmp_path, time.time())
    yield made
    made.close()


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_planned_work_is_moved_and_left_out_by_keys(tmp_path: Path, city: City, size: tuple[int, int]) -> None:
    tuesday, saturday = weekday(city.now, 1, 10), weekday(city.now, 5, 10)
    number = city.planned(tuesday)
    city.planned(None, cause_key="calendar/later", playbook="ups-tarde")
    async with sitting(served(city), tmp_path, place=Place("preventive"), size=size) as here:
        await here.sees("Preventive work", written(tuesday), "ups: sw-tesoreria", "no place")
        await here.press("M")
        await fill(here, technician="luis", start="never")
        await here.sees("“never” is not a moment")
        await fill(here, start="2020-01-01 10:00")
        await here.sees("planned work begins in the future")
        await fill(here, start=written(saturday))
        await here.until(lambda: isinstance(here.app.screen, ForeseenScreen), "what it would do")
        await here.press("escape")
        await fill(here)
        await agree(here, f"{written(saturday)} · luis", "not all within working hours", "looks after other")
        await here.until(lambda: row(city, number).technician == "luis", "the other person")
        await here.until(lambda: not isinstance(here.app.screen, ForeseenScreen), "the list again")
        await here.sees(written(saturday))
        await here.press("e", "ctrl+s")
        await here.sees("“Why?” is needed")
        await fill(here, reason="edificio cerrado")
        await agree(here, "No other occurrence of it is planned.")
        await here.until(lambda: {one.playbook for one in plan(city)} == {"ups-tarde"}, "its end")


def plan(city: City) -> Sequence[PlanRow]:
    return city.reads.plan(city.now, city.now + 1)


def row(city: City, number: int) -> PlanRow:
    return next(one for one in plan(city) if one.number == number)


async def test_work_with_an_open_ticket_leads_to_it_and_who_may_not_plan_has_no_keys(
    tmp_path: Path, city: City
) -> None:
    folio = city.folio()
    city.planned(weekday(city.now, 1, 10), state="opened", folio=folio)
    async with sitting(served(city), tmp_path, place=Place("preventive")) as here:
        await here.sees("ticket open", folio)
        await here.press("M")
        await here.sees("is open already")
        await here.press("enter")
        await here.until(lambda: here.page.place == Place("ticket", folio), "the ticket")
    async with sitting(served(city), tmp_path, place=Place("preventive"), role="technician") as here:
        await here.sees("ticket open")
        assert "leave out" not in here.text
        await here.press("M", "e")
        assert not isinstance(here.app.screen, FormScreen)
        await here.press("colon")
        await here.type("preventive")
        await here.sees("Preventive work")
