"""Announcements: who may write them, where the public reads them, and that they go when they should."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from nms.access import Actor, Forbidden, UserRole
from nms.store.audit import entries
from tests.views.browser import Browser
from tests.views.city import DAY, HOSTILE, NOW, City

BOSS = Actor("dirección", frozenset({UserRole.MANAGER}), origin="test")
TITLE = "Mañana no hay sistema de cobro"
BODY = {"title": TITLE, "text": "De 8 a 10.\nPase por la caja.", "departments": ["tesoreria"], "ends_at": NOW + DAY}


def visitor(city: City) -> Browser:
    return Browser(city.application(), {"Accept": "text/html", "Accept-Language": "en"})


def titles(city: City) -> list[str]:
    return [one["name"] for one in visitor(city).get("/status/api/v2/summary.json").json()["incidents"]]


def test_an_announcement_is_on_the_page_in_the_summary_and_in_the_feed_until_it_ends(city: City) -> None:
    made = city.client(UserRole.MANAGER).post("/api/v1/announcements", json=BODY)
    assert made.status_code == 201
    page = visitor(city).get("/status").text
    assert f"<h2>{TITLE}</h2><p>De 8 a 10.</p><p>Pase por la caja.</p>" in page
    (incident,) = visitor(city).get("/status/api/v2/summary.json").json()["incidents"]
    assert (incident["name"], incident["impact"]) == (TITLE, "none")
    assert incident["components"] == [{"id": "tesoreria", "name": "Tesorería Municipal"}]
    feed = ElementTree.fromstring(visitor(city).get("/status/feed.atom").content)
    assert [one.text for one in feed.iter("{http://www.w3.org/2005/Atom}title")][1:] == [TITLE]
    city.now += DAY
    assert titles(city) == []


def test_one_that_begins_later_is_not_shown_before(city: City) -> None:
    city.announcements.announce(BOSS, TITLE, "", NOW + DAY, starts_at=NOW + 3600)
    assert titles(city) == []
    city.now += 3600
    assert titles(city) == [TITLE]


def test_a_withdrawn_one_is_gone_at_once_and_the_audit_knows_both(city: City) -> None:
    client = city.client(UserRole.MANAGER, name="eva")
    number = client.post("/api/v1/announcements", json=BODY).json()["id"]
    assert client.post(f"/api/v1/announcements/{number}/withdraw").json() == {"changed": 1}
    assert client.post(f"/api/v1/announcements/{number}/withdraw").json() == {"changed": 0}
    assert titles(city) == []
    (row,) = client.get("/api/v1/announcements").json()
    assert row["withdrawn_at"] == NOW
    with city.records.read() as connection:
        acts = [(one.actor, one.action) for one in entries(connection) if one.kind == "announcement"]
    assert sorted(acts) == [("eva", "announce"), ("eva", "withdraw")]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"ends_at": NOW - 1}, 409),
        ({"starts_at": NOW + 2 * DAY}, 409),
        ({"title": " "}, 422),
        ({"title": "uno\ndos"}, 422),
        ({"departments": ["tesoro"]}, 404),
    ],
)
def test_what_makes_no_sense_is_refused(city: City, change: dict[str, object], status: int) -> None:
    assert city.client(UserRole.MANAGER).post("/api/v1/announcements", json={**BODY, **change}).status_code == status


def test_who_announces_for_one_department_speaks_for_that_one_alone(city: City) -> None:
    mine = Actor("catastro", frozenset({UserRole.MANAGER}), frozenset({"catastro"}), origin="test")
    made = city.announcements.announce(mine, TITLE, "", NOW + DAY)
    assert made.departments == ("catastro",)
    with pytest.raises(Forbidden):
        city.announcements.announce(mine, TITLE, "", NOW + DAY, departments=["tesoreria"])
    everybodys = city.announcements.announce(BOSS, TITLE, "", NOW + DAY)
    with pytest.raises(Forbidden):
        city.announcements.withdraw(mine, everybodys.id)
    assert [
        one["id"]
        for one in city.client(UserRole.MANAGER, departments=("catastro",)).get("/api/v1/announcements").json()
    ] == [made.id]


def test_markup_in_an_announcement_is_text(city: City) -> None:
    city.announcements.announce(BOSS, HOSTILE, HOSTILE, NOW + DAY)
    page = visitor(city).get("/status").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
