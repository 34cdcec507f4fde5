"""Planned work, silences and corrections on pages: looked at before, made, ended; by whom it may be; without script."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nms.access import UserRole
from nms.model import State
from tests.views.browser import Browser
from tests.views.city import NOW, City
from tests.views.web.test_pages import check, key_of

HOUR = 3600.0
ZONE = ZoneInfo("America/Mexico_City")


def local(at: float) -> str:
    return f"{datetime.fromtimestamp(at, ZONE):%Y-%m-%dT%H:%M}"


def send(browser: Browser, path: str, page: str, **fields: str) -> str:
    response = browser.post(path, data={"form_key": key_of(page), **fields})
    if response.status_code == 303:
        response = browser.get(response.headers["location"])
    check(response.text)
    return str(response.text)


def hidden(page: str) -> dict[str, str]:
    """The fields that the button below a preview sends."""
    form = page.split('<form method="post" action="/quiet/')[1].split("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))


def test_work_is_planned_from_a_page_after_a_look_at_what_it_does_and_ended_there(city: City) -> None:
    city.judge("sw-tesoreria")
    boss = city.browser(UserRole.MANAGER)
    page = boss.get("/quiet?device=sw-tesoreria").text
    assert 'value="sw-tesoreria"' in page
    fields = {"title": "Cambio de <b>fibra</b>", "device": "sw-tesoreria", "repeats": "weekly", "reason": "oficio 12"}
    fields |= {"start": local(NOW + HOUR), "end": local(NOW + 3 * HOUR)}
    seen = send(boss, "/quiet/maintenance/preview", page, **fields)
    for told in ("device=sw-tesoreria", "13:00 – ", "(2 h 00 min)", "Tesorería Municipal", "still down when it ends"):
        assert told in seen, told
    assert city.reads.maintenance() == [], "looking changes nothing"
    page = send(boss, "/quiet/maintenance", seen, **{k: v for k, v in fields.items() if hidden(seen)[k]})
    (row,) = city.reads.maintenance()
    assert (row.title, row.rule, row.author) == ("Cambio de <b>fibra</b>", "FREQ=WEEKLY", "somebody")
    assert (row.starts_at, row.ends_at) == (NOW + HOUR, NOW + 3 * HOUR)
    assert "Cambio de &lt;b&gt;fibra" in page
    assert f"/quiet/maintenance/{row.id}/extend" not in page, "work that recurs is not extended"
    page = send(boss, f"/quiet/maintenance/{row.id}/end", page)
    assert city.reads.maintenance() == []
    once = {**fields, "repeats": ""}
    page = send(boss, "/quiet/maintenance", page, **once)
    (row,) = city.reads.maintenance()
    send(boss, f"/quiet/maintenance/{row.id}/extend", page, end=local(NOW + 5 * HOUR))
    assert city.reads.maintenance()[0].ends_at == NOW + 5 * HOUR


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"device": ""}, "say what it is about"),
        ({"device": "nadie"}, "there is no device “nadie”"),
        ({"device": "*"}, "silence everything"),
        ({"start": "mañana"}, "say when it starts"),
        ({"end": local(NOW)}, "it ends before it starts"),
        ({"title": ""}, "say what will be done"),
        ({"rule": "EVERY DAY"}, "is not a recurrence rule"),
    ],
)
def test_a_mistake_leads_back_to_the_form_as_it_was_filled_in(city: City, change: dict[str, str], told: str) -> None:
    boss = city.browser(UserRole.MANAGER)
    fields = {"title": "Fibra", "device": "sw-tesoreria", "start": local(NOW + HOUR), "end": local(NOW + 2 * HOUR)}
    response = boss.post(
        "/quiet/maintenance/preview", data={"form_key": key_of(boss.get("/quiet").text), **fields, **change}
    )
    assert response.status_code == 409
    check(response.text)
    assert told in response.text
    assert 'value="Fibra"' in response.text or "title" in change
    assert city.reads.maintenance() == []


def test_silences_and_corrections_have_their_pages(city: City) -> None:
    begin = NOW - 24 * HOUR
    for at, state in ((begin, State.UP), (begin + HOUR, State.DOWN), (begin + 3 * HOUR, State.UP)):
        city.states.observe({"device/rt-seguridad": state, "department/seguridad": state}, at)
    city.states.heartbeat(NOW)
    guard = city.browser(UserRole.ON_CALL)
    fields = {"reason": "obra", "department": "tesoreria", "start": local(NOW), "end": local(NOW + HOUR)}
    seen = send(guard, "/quiet/silences/preview", guard.get("/quiet/silences").text, **fields)
    assert "sw-tesoreria" in seen
    page = send(guard, "/quiet/silences", seen, **fields)
    (row,) = city.reads.silences()
    assert (row.about, row.reason, row.ends_at) == ("department=tesoreria", "obra", NOW + HOUR)
    send(guard, f"/quiet/silences/{row.id}/end", page)
    assert city.reads.silences() == []
    boss = city.browser(UserRole.MANAGER)
    fields = {"subject": "device/rt-seguridad", "state": "maintenance", "reason": "aviso"}
    fields |= {"start": local(begin + HOUR), "end": local(begin + 3 * HOUR)}
    seen = send(boss, "/quiet/corrections/preview", boss.get("/quiet/corrections").text, **fields)
    assert "Seguridad Pública" in seen
    assert "out of service 2 h 00 min" in seen
    send(boss, "/quiet/corrections", seen, **fields)
    page = boss.get("/quiet/corrections?days=366").text
    (made,) = city.reads.corrections(begin, NOW)
    assert made.observed == (("down", 2 * HOUR),)
    send(boss, f"/quiet/corrections/{made.id}/end", page)
    assert "withdrawn by somebody" in boss.get("/quiet/corrections?days=366").text


def test_who_may_do_it_sees_the_form_and_nobody_else_gets_through(city: City) -> None:
    viewer = city.browser(UserRole.VIEWER)
    assert "/quiet/maintenance/preview" not in viewer.get("/quiet").text
    assert viewer.get("/quiet/corrections").status_code == 403
    fields = {"title": "x", "device": "sw-tesoreria", "start": local(NOW + HOUR), "end": local(NOW + 2 * HOUR)}
    key = key_of(viewer.get("/quiet").text)
    for path in ("/quiet/maintenance/preview", "/quiet/maintenance", "/quiet/maintenance/1/end"):
        assert viewer.post(path, data={"form_key": key, **fields}).status_code == 403, path
    boss = city.browser(UserRole.MANAGER)
    assert boss.post("/quiet/maintenance", data=fields).status_code == 403, "a form that is not ours"
    own = city.browser(UserRole.MANAGER, departments=("catastro",))
    other = {**fields, "form_key": key_of(own.get("/quiet").text), "department": "tesoreria"}
    assert own.post("/quiet/maintenance", data=other).status_code == 403
    assert city.reads.maintenance() == []
