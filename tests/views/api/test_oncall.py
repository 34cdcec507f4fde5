"""The rota over the API and on its page: who, for whom, what would leave a call unheard, and for other calendars."""

from __future__ import annotations

from icalendar import Calendar

from nms.access import UserRole
from tests.views.browser import Browser
from tests.views.city import DAY, NOW, City

WEEK = f"start={NOW}&end={NOW + 7 * DAY}"


def test_the_rota_says_who_stands_in_for_whom_and_what_would_leave_a_call_unheard(city: City) -> None:
    client = city.client(UserRole.VIEWER)
    shifts = client.get(f"/api/v1/oncall?{WEEK}").json()
    assert [(row["person"], row["stands_in_for"]) for row in shifts] == [
        ("Ana Ruiz", ""),
        ("Luis <b>Paz</b>", "Ana Ruiz"),
        ("Ana Ruiz", ""),
        ("Luis <b>Paz</b>", ""),
    ]
    problems = client.get(f"/api/v1/oncall/problems?{WEEK}", headers={"Accept-Language": "es"}).json()
    assert [row["text"] for row in problems] == [
        "Ana Ruiz está de guardia y ningún mensaje le puede llegar",
        "Luis <b>Paz</b> está de guardia y ningún mensaje le puede llegar",
        "Ana Ruiz está ausente en un turno de guardia: cubre Luis <b>Paz</b>",
    ]


def test_the_rota_of_one_person_or_all_goes_into_other_calendars(city: City) -> None:
    client = city.client(UserRole.VIEWER)

    def titles(more: str) -> list[str]:
        answer = client.get(f"/api/v1/oncall/calendar?{WEEK}{more}")
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        return [str(one["summary"]) for one in Calendar.from_ical(answer.content).walk("VEVENT")]

    assert len(titles("")) == 4
    assert titles("&person=luis") == ["guardia: Luis <b>Paz</b>"] * 2
    missing = client.get(f"/api/v1/oncall/calendar?{WEEK}&person=nadie")
    assert missing.status_code == 404
    assert missing.json()["detail"] == "no hay una persona “nadie” en el inventario"


def test_the_page_tells_the_same_and_gives_the_calendar(city: City) -> None:
    browser: Browser = city.browser(UserRole.VIEWER)
    page = browser.get("/oncall").text
    assert "Luis &lt;b&gt;Paz&lt;/b&gt;" in page
    assert "Ana Ruiz is on call and no message can reach them" in page
    assert browser.get("/oncall.ics").content.startswith(b"BEGIN:VCALENDAR")
