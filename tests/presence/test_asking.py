"""“Where is it, and where was it”: the API, its permission and its audit record, and the command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from nms.access import Actor, UserRole
from nms.model import DeviceId, Neighbour, Poll, Role, Sight, Sighting
from nms.queries.presence import PresenceReads
from nms.store.tables.audit import audit
from tests.views.city import HOSTILE, City, open_city

PC, VISITOR = "001b54000001", "02aabb000001"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """A computer on the switch of the Tesorería, a visitor's telephone beside it, and what a router says of both."""
    with open_city(tmp_path) as opened:
        at = opened.now - 60
        seen = (
            Sighting(Sight.FORWARDING, PC, "Gi1/0/7", 10),
            Sighting(Sight.FORWARDING, VISITOR, "Gi1/0/9", 30),
            Sighting(Sight.ARP, PC, "Vl10", address="10.0.0.101"),
            Sighting(Sight.LEASE, PC, address="10.0.0.101", name=f"CAJA-1 {HOSTILE}"),
        )
        around = (Neighbour("lldp", "mgmt", "console", "eth0"),)
        opened.presence.take(Poll(DeviceId("sw-tesoreria"), at, 1.0, (), sightings=seen, neighbours=around))
        opened.presence.flush(at, all_of_it=True)
        yield opened


@pytest.mark.parametrize("asked", [
    "00:1B:54:00:00:01", "0:1b:54:0:0:1", "001b.5400.0001", "00-1B-54-00-00-01", "00 1b 54 00 00 01", "001B54000001",
    "10.0.0.101", f"caja-1 {HOSTILE}", "1b:54", "5400.00", "54000001", "CAJA-1", "cisco",
])  # fmt: skip
def test_an_address_in_any_spelling_and_a_name_lead_to_the_port(city: City, asked: str) -> None:
    found = city.client(UserRole.TECHNICIAN).get("/api/v1/presence/where", params={"what": asked}).json()
    (station,) = found["stations"]
    assert (station["at_device"], station["port"], station["vlan"]) == ("sw-tesoreria", "Gi1/0/7", 10)
    assert station["present"]
    assert station["vendor"] == "Cisco Systems, Inc"
    assert [stay["port"] for stay in found["stays"]] == ["Gi1/0/7"]
    assert {one["value"].split(" ")[0] for one in found["bindings"]} == {"10.0.0.101", "CAJA-1"}


@pytest.mark.parametrize("asked", ["00", "0:1", "b5:40", "b540", "ca", "zz", "00:1b:54:00:00:02", "ff:ff:ff:ff:ff:ff"])
def test_too_little_and_what_is_no_part_of_an_address_meets_nothing(city: City, asked: str) -> None:
    found = city.client(UserRole.TECHNICIAN).get("/api/v1/presence/where", params={"what": asked}).json()
    assert found["stations"] == []


def test_of_many_the_places_are_told_and_not_everybodys_past(city: City) -> None:
    seen = tuple(Sighting(Sight.FORWARDING, f"001b550000{number:02x}", f"Gi1/0/{number}") for number in range(10, 20))
    city.presence.take(Poll(DeviceId("sw-tesoreria"), city.now - 30, 1.0, (), sightings=seen))
    found = city.client(UserRole.TECHNICIAN).get("/api/v1/presence/where", params={"what": "00:1b:55"}).json()
    assert (len(found["stations"]), found["stays"], found["bindings"]) == (10, [], [])


def test_the_page_finds_by_a_part_of_the_address_and_tells_the_past(city: City) -> None:
    browser = city.browser(UserRole.TECHNICIAN)
    page = browser.get("/stations", params={"what": "1b54.0000"}).text
    assert page.count("00:1b:54:00:00:01") >= 3
    assert "Gi1/0/7" in page
    assert "10.0.0.101" in page
    assert HOSTILE not in page
    assert "/stations" in browser.get("/").text
    unheard = browser.get("/stations", params={"what": f"{HOSTILE}"}).text
    assert HOSTILE not in unheard
    assert city.browser(UserRole.MANAGER).get("/stations").status_code == 403
    with city.records.read() as connection:
        rows = connection.execute(sa.select(audit).where(audit.c.action == "locate")).all()
    assert [row.subject for row in rows][:1] == ["1b54.0000"]


def test_who_asks_for_one_is_audited_and_a_viewer_may_not(city: City) -> None:
    assert city.client(UserRole.VIEWER).get("/api/v1/presence/where", params={"what": PC}).status_code == 403
    city.client(UserRole.TECHNICIAN, name="ana").get("/api/v1/presence/where", params={"what": PC})
    with city.records.read() as connection:
        rows = connection.execute(sa.select(audit).where(audit.c.action == "locate")).all()
    assert [(row.actor, row.subject) for row in rows] == [("ana", PC)]


def test_a_token_of_a_department_sees_what_stands_in_it(city: City) -> None:
    mine = city.client(UserRole.TECHNICIAN, departments=("tesoreria",)).get("/api/v1/presence").json()
    other = city.client(UserRole.TECHNICIAN, departments=("catastro",)).get("/api/v1/presence").json()
    assert {row["key"] for row in mine} == {PC, VISITOR}
    assert other == []
    theirs = city.client(UserRole.TECHNICIAN, departments=("catastro",))
    found = theirs.get("/api/v1/presence/where", params={"what": PC}).json()
    assert (found["stations"], found["stays"], found["bindings"]) == ([], [], [])


def test_what_nobody_saw_for_an_hour_is_absent_and_its_last_place_is_told(city: City) -> None:
    city.now += 4000
    found = city.client(UserRole.TECHNICIAN).get("/api/v1/presence/where", params={"what": PC}).json()
    assert not found["stations"][0]["present"]
    assert found["stations"][0]["port"] == "Gi1/0/7"
    assert city.client(UserRole.TECHNICIAN).get("/api/v1/presence").json() == []


def test_a_made_up_address_is_told_as_such(city: City) -> None:
    rows = {row["key"]: row for row in city.client(UserRole.TECHNICIAN).get("/api/v1/presence").json()}
    assert rows[VISITOR]["is_local"]
    assert not rows[PC]["is_local"]


def test_the_page_of_a_switch_tells_what_is_plugged_in_to_those_who_may_locate(city: City) -> None:
    client = city.client(UserRole.TECHNICIAN, name="ana")
    stations = client.get("/api/v1/devices/sw-tesoreria").json()["stations"]
    assert [(one["port"], one["mac"]) for one in stations] == [
        ("Gi1/0/7", "00:1b:54:00:00:01"),
        ("Gi1/0/9", "02:aa:bb:00:00:01"),
    ]
    assert city.client(UserRole.MANAGER).get("/api/v1/devices/sw-tesoreria").json()["stations"] == []
    page = city.browser(UserRole.TECHNICIAN).get("/devices/sw-tesoreria").text
    assert "00:1b:54:00:00:01" in page
    assert HOSTILE not in page
    assert "00:1b:54:00:00:01" not in city.browser(UserRole.MANAGER).get("/devices/sw-tesoreria").text
    with city.records.read() as connection:
        assert connection.execute(sa.select(audit).where(audit.c.action == "locate")).all() == []


def test_the_page_of_a_computer_tells_where_it_is_and_one_look_in_a_while_is_audited(city: City) -> None:
    computer = replace(
        city.inventory.devices[DeviceId("sw-tesoreria")], id=DeviceId("pc-1"), role=Role.COMPUTER, mac=PC
    )
    city.inventory.devices[computer.id] = computer  # type: ignore[index]
    reads = PresenceReads(city.inventory, city.presence, city.records, clock=lambda: city.now)
    ana = Actor("ana", frozenset({UserRole.TECHNICIAN}))
    for _look in range(3):
        (own,) = reads.around(ana, computer.id)
        assert (own.at_device, own.port) == ("sw-tesoreria", "Gi1/0/7")
    assert reads.around(Actor("beto", frozenset(), frozenset({"catastro"})), computer.id) == []
    with city.records.read() as connection:
        rows = connection.execute(sa.select(audit).where(audit.c.action == "locate")).all()
    assert [(row.actor, row.subject) for row in rows] == [("ana", "pc-1"), ("beto", "pc-1")]
