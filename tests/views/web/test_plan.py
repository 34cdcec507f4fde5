"""The plan of preventive maintenance on pages: seen, moved and left out after a look; by whom it may be; no script."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nms.access import UserRole
from nms.store.audit import entries
from tests.views.browser import Browser
from tests.views.city import DAY, City, open_city
from tests.views.plans import weekday, written
from tests.views.web.test_pages import check, key_of

LOCAL = "%Y-%m-%dT%H:%M"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """Of today: the plan is read from now on."""
    with open_city(tmp_path, now=time.time()) as found:
        yield found


def send(browser: Browser, path: str, page: str, **fields: str) -> tuple[int, str]:
    response = browser.post(path, data={"form_key": key_of(page), **fields})
    status = response.status_code
    if status == 303:
        response = browser.get(response.headers["location"])
    check(response.text)
    return status, str(response.text)


def test_planned_work_is_moved_from_a_page_after_a_look_at_what_it_does(city: City) -> None:
    tuesday, saturday = weekday(city.now, 1, 10), weekday(city.now, 5, 10)
    number = city.planned(tuesday)
    other = {"technician": "luis", "cause_key": "calendar/x/0/device/rt", "device": "rt-seguridad"}
    city.planned(saturday + 4 * 3600, **other)
    boss = city.browser(UserRole.MANAGER)
    assert f'href="/maintenance/{number}"' in boss.get("/maintenance").text
    page = boss.get(f"/maintenance/{number}").text
    check(page)
    assert f'value="{written(tuesday, LOCAL)}"' in page
    assert "Luis &lt;b&gt;Paz&lt;/b&gt;" in page
    assert "Rosa Gil" not in page, "who is no technician gets no work"
    fields = {"technician": "luis", "start": written(saturday, LOCAL)}
    status, seen = send(boss, f"/maintenance/{number}/move/preview", page, **fields)
    assert status == 200
    for told in (
        f"{written(tuesday)} · ana → {written(saturday)} · luis",
        "not all within working hours",
        "luis looks after other departments",
        "The same day: 14:00 ups: ",
        "holds 4h 00m of planned work",
    ):
        assert told in seen, told
    assert city.reads.plan(city.now, city.now + 40 * DAY)[0].technician == "ana", "looking changes nothing"
    status, page = send(boss, f"/maintenance/{number}/move", seen, **fields)
    assert status == 303
    moved = next(row for row in city.reads.plan(city.now, city.now + 40 * DAY) if row.number == number)
    assert (moved.technician, moved.start, moved.end) == ("luis", saturday, saturday + 7200)
    status, seen = send(boss, f"/maintenance/{number}/move/preview", page, technician="luis", start="")
    assert f"{written(saturday)} · luis → {written(saturday)} · luis" in seen, "what is left out stays"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"start": "mañana"}, "say when it begins"),
        ({"start": "2020-01-01T10:00"}, "begins in the future"),
        ({"days": "31"}, "this work has to be done between"),
        ({"technician": "rosa"}, "“rosa” is no technician"),
        ({"busy": "yes"}, "“ana” has other work then: number"),
    ],
)
def test_what_cannot_be_is_told_above_the_form_as_it_was_filled_in(
    city: City, change: dict[str, str], told: str
) -> None:
    start = weekday(city.now, 1, 10)
    number = city.planned(start)
    if change.pop("busy", ""):
        city.planned(start + DAY, cause_key="calendar/other")
    fields = {"technician": "ana", "start": written(start + DAY, LOCAL)}
    if change.pop("days", ""):
        fields["start"] = written(city.now + 31 * DAY, LOCAL)
    boss = city.browser(UserRole.MANAGER)
    fields |= change
    page = boss.get(f"/maintenance/{number}").text
    status, seen = send(boss, f"/maintenance/{number}/move/preview", page, **fields)
    assert (status, told in seen) == (409, True), seen
    assert f'value="{fields["start"]}"' in seen
    assert boss.post(f"/maintenance/{number}/move", data={"form_key": key_of(page), **fields}).status_code == 409


def test_planned_work_is_left_out_with_a_reason_after_a_look_at_what_follows(city: City) -> None:
    first, second = weekday(city.now, 1, 10), weekday(city.now, 1, 10) + 90 * DAY
    number = city.planned(first)
    city.planned(second, due_from=city.now + 80 * DAY, due_until=city.now + 110 * DAY)
    boss = city.browser(UserRole.MANAGER)
    page = boss.get(f"/maintenance/{number}").text
    status, seen = send(boss, f"/maintenance/{number}/skip/preview", page)
    assert (status, "say why this work is left out" in seen) == (409, True)
    status, seen = send(boss, f"/maintenance/{number}/skip/preview", page, reason="edificio <b>cerrado")
    for told in ("does not know that it was ever done", f"It comes again: {written(second)} · ana", "90d 0h pass"):
        assert told in seen, told
    status, page = send(boss, f"/maintenance/{number}/skip", seen, reason="edificio <b>cerrado")
    assert status == 303
    assert f'href="/maintenance/{number}"' not in page
    with city.records.read() as connection:
        kept = [one for one in entries(connection) if one.action == "skip"]
    assert kept[0].detail["reason"] == "edificio <b>cerrado"
    assert boss.get(f"/maintenance/{number}").status_code == 404
    again = boss.post(f"/maintenance/{number}/skip", data={"form_key": key_of(page), "reason": "x"})
    assert again.status_code == 409


def test_who_may_plan_sees_the_forms_and_nobody_else_gets_through(city: City) -> None:
    number = city.planned(weekday(city.now, 1, 10))
    paths = [f"/maintenance/{number}/{rest}" for rest in ("move/preview", "move", "skip/preview", "skip")]
    data = {"technician": "luis", "reason": "x"}
    viewer = city.browser(UserRole.TECHNICIAN)
    page = viewer.get(f"/maintenance/{number}").text
    assert "move/preview" not in page
    assert f'href="/maintenance/{number}"' not in viewer.get("/maintenance").text
    for path in paths:
        assert viewer.post(path, data={"form_key": key_of(page), **data}).status_code == 403, path
    own = city.browser(UserRole.MANAGER, departments=("catastro",))
    assert "sw-tesoreria" not in own.get("/maintenance").text
    assert own.get(f"/maintenance/{number}").status_code == 404
    key = key_of(own.get("/maintenance").text)
    for path in paths:
        assert own.post(path, data={"form_key": key, **data}).status_code in (403, 404), path
    boss = city.browser(UserRole.MANAGER)
    for path in paths:
        assert boss.post(path, data=data).status_code == 403, "a form that is not ours"
    assert city.reads.plan(city.now, city.now + 40 * DAY)[0].technician == "ana"
