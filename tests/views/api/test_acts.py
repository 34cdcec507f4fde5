"""Acts through the API: done once, in pages, and tokens that end when they should."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from nms.access import MONITOR, UserRole
from nms.model import Severity
from nms.store.tables.tickets import preventive_jobs
from tests.views.city import NOW, City

DAY = 86_400.0
TICKET = {"title": "Impresora sin papel", "department": "tesoreria"}


def test_the_same_request_with_one_key_is_done_once_and_answered_alike(city: City) -> None:
    client = city.client(UserRole.TECHNICIAN)
    first = client.post("/api/v1/tickets", json=TICKET, headers={"Idempotency-Key": "k-1"})
    again = client.post("/api/v1/tickets", json=TICKET, headers={"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert len(city.reads.tickets("es")) == 1
    other = client.post("/api/v1/tickets", json=TICKET, headers={"Idempotency-Key": "k-2"})
    assert other.json() != first.json()


def test_a_key_is_refused_for_another_request_and_is_nobody_elses(city: City) -> None:
    client = city.client(UserRole.TECHNICIAN, name="ana")
    client.post("/api/v1/tickets", json=TICKET, headers={"Idempotency-Key": "k"})
    changed = client.post("/api/v1/tickets", json={**TICKET, "title": "Otra"}, headers={"Idempotency-Key": "k"})
    assert changed.status_code == 409
    stranger = city.client(UserRole.TECHNICIAN, name="eva")
    assert stranger.post("/api/v1/tickets", json=TICKET, headers={"Idempotency-Key": "k"}).status_code == 201
    nobody = city.client()
    assert nobody.post("/api/v1/tickets", json=TICKET, headers={"Idempotency-Key": "k"}).status_code == 401


def test_a_key_stands_for_the_whole_address_and_not_for_its_path_alone(city: City) -> None:
    """A second file of the same content and another name is another act."""
    client, path = city.client(UserRole.TECHNICIAN), f"/api/v1/tickets/{city.folio()}/attachments"
    key = {"Idempotency-Key": "k", "Content-Type": "application/octet-stream"}
    first = client.post(path, params={"name": "a.txt"}, content=b"texto", headers=key)
    again = client.post(path, params={"name": "a.txt"}, content=b"texto", headers=key)
    other = client.post(path, params={"name": "b.txt"}, content=b"texto", headers=key)
    assert (first.status_code, again.json(), other.status_code) == (201, first.json(), 409)


def test_a_refused_request_may_be_sent_again_with_its_key(city: City) -> None:
    client = city.client(UserRole.ON_CALL)
    body = {"keys": ["device-down/sw-tesoreria"]}
    key = {"Idempotency-Key": "k"}
    assert client.post("/api/v1/alerts/acknowledge", json=body, headers=key).status_code == 404
    city.judge("sw-tesoreria")
    assert client.post("/api/v1/alerts/acknowledge", json=body, headers=key).json() == {"changed": 1}


def test_a_key_must_be_short_and_printable(city: City) -> None:
    client = city.client(UserRole.TECHNICIAN)
    for key in ("", "x" * 101, "a\tb"):
        assert client.post("/api/v1/tickets", json=TICKET, headers={"Idempotency-Key": key}).status_code == 422


def test_tickets_are_listed_by_priority_watcher_breach_and_who_has_them(city: City) -> None:
    client = city.client(UserRole.ADMINISTRATOR)
    one, other = (
        client.post("/api/v1/tickets", json={**TICKET, "title": title}).json()["folio"] for title in ("Una", "Otra")
    )
    client.post(f"/api/v1/tickets/{one}/actions", json={"action": "prioritise", "priority": 1})
    client.post(f"/api/v1/tickets/{one}/watchers", json={"person": "ana"})
    client.post(f"/api/v1/tickets/{other}/actions", json={"action": "assign", "assignee": "luis"})

    def listed(**wanted: object) -> set[str]:
        answer = client.get("/api/v1/tickets", params=wanted)
        return {row["folio"] for row in answer.json()}

    assert listed(priority=1) == listed(watcher="ana") == listed(unassigned=True) == {one}
    assert listed(assignee="luis") == listed(status="assigned") == {other}
    assert listed(breached=True) == listed(playbook="ups-bateria") == listed(watcher="nadie") == set()
    assert listed(status="active") == {one, other}
    assert client.get("/api/v1/tickets", params={"priority": 5}).status_code == 422
    wrong = client.get("/api/v1/tickets", params={"status": "abierto"})
    assert (wrong.status_code, "active, open" in wrong.json()["detail"]) == (409, True)


def test_planned_work_is_moved_and_skipped_through_the_api(city: City) -> None:
    begins = NOW + 2 * DAY
    with city.records.begin() as connection:
        job = {"cause_key": "calendar/x/ups", "due_from": NOW, "due_until": NOW + 9 * DAY, "playbook": "x", "site": ""}
        place = {"planned_start": NOW + DAY, "planned_end": NOW + DAY + 3600, "technician": "luis", "state": "planned"}
        row = {**job, **place, "department": "tesoreria", "device": "", "minutes": 60.0, "folio": ""}
        number = connection.execute(preventive_jobs.insert().values(row).returning(preventive_jobs.c.id)).scalar_one()
    client, path = city.client(UserRole.MANAGER), f"/api/v1/preventive/plan/{number}"
    assert client.post(f"{path}/move", json={}).status_code == 422
    assert client.post(f"{path}/move", json={"start": NOW + 10 * DAY}).status_code == 409
    assert client.post(f"{path}/move", json={"start": begins}).json() == {"changed": 1}
    with city.records.read() as connection:
        kept = connection.execute(sa.select(preventive_jobs).where(preventive_jobs.c.id == number)).one()
    assert (kept.planned_start, kept.planned_end, kept.technician) == (begins, begins + 3600, "luis")
    assert client.post(f"{path}/skip", json={"reason": "edificio cerrado"}).json() == {"changed": 1}
    assert client.post(f"{path}/skip", json={"reason": "otra vez"}).status_code == 409


def test_lists_come_in_pages_that_name_the_next_one(city: City) -> None:
    client = city.client(UserRole.VIEWER)
    seen, url = [], "/api/v1/devices?limit=3"
    while url:
        response = client.get(url)
        assert response.headers["x-total-count"] == "4"
        seen += [row["id"] for row in response.json()]
        url = response.links.get("next", {}).get("url", "")
    assert seen == list(city.inventory.devices)


def test_tickets_come_in_pages_and_each_once(city: City) -> None:
    folios = [city.folio() for _ in range(7)]
    client = city.client(UserRole.VIEWER)
    seen, url = [], "/api/v1/tickets?limit=3&department=tesoreria"
    while url:
        response = client.get(url)
        seen += [row["folio"] for row in response.json()]
        url = response.links.get("next", {}).get("url", "")
    assert seen == folios[::-1]


def test_alerts_incidents_and_events_come_in_pages_that_new_ones_do_not_shift(city: City) -> None:
    for name in city.inventory.devices:
        city.judge(name)
    client = city.client(UserRole.VIEWER)
    for path, number, query in (("alerts", "id", "&resolved=true"), ("incidents", "id", ""), ("events", "number", "")):
        everything = [row[number] for row in client.get(f"/api/v1/{path}?limit=100{query}").json()]
        assert everything == sorted(everything, reverse=True)
        seen, url = [], f"/api/v1/{path}?limit=1{query}"
        while url:
            response = client.get(url)
            seen += [row[number] for row in response.json()]
            url = response.links.get("next", {}).get("url", "")
            city.now += 1
            city.judge("sw-tesoreria", Severity.WARNING if len(seen) % 2 else Severity.CRITICAL)
        assert (path, seen) == (path, everything)


def test_alerts_are_narrowed_by_department_device_and_severity(city: City) -> None:
    city.judge("sw-tesoreria")
    city.judge("rt-seguridad", Severity.WARNING)
    client = city.client(UserRole.VIEWER)

    def listed(**wanted: str) -> list[str]:
        return [row["device"] for row in client.get("/api/v1/alerts", params=wanted).json()]

    assert listed(department="seguridad") == listed(severity="warning") == listed(device="rt-seguridad")
    assert listed(department="seguridad") == ["rt-seguridad"]
    assert listed(department="seguridad", severity="critical") == []
    assert client.get("/api/v1/alerts?severity=terrible").status_code == 422
    incidents = client.get("/api/v1/incidents?department=tesoreria").json()
    assert {row["department"] for row in incidents} == {"tesoreria"}


def test_a_token_or_account_for_a_department_that_there_is_not_is_not_made(city: City) -> None:
    """A misspelled name would make one that sees nothing, and nobody would know why."""
    client = city.client(UserRole.ADMINISTRATOR)
    rights = {"roles": ["viewer"], "departments": ["tesorería"]}
    assert client.post("/api/v1/tokens", json={"name": "n", **rights}).status_code == 404
    assert client.post("/api/v1/accounts", json={"name": "ana", **rights}).status_code == 404
    city.accounts.add(MONITOR, "ana", [UserRole.VIEWER])
    assert client.post("/api/v1/accounts/ana/rights", json=rights).status_code == 404


LISTS_OF_PEOPLE = {
    "/oncall?start=1&end=2": "on-call",
    "/oncall/calendar?start=1&end=2": "on-call",
    "/accounts": "accounts",
    "/tokens": "tokens",
    "/presence": "stations",
}


@pytest.mark.parametrize("path", LISTS_OF_PEOPLE)
def test_who_looks_at_a_list_of_people_or_of_ways_in_is_in_the_audit_once_in_a_while(city: City, path: str) -> None:
    client = city.client(UserRole.ADMINISTRATOR, name="curiosa")

    def looks() -> int:
        found = city.client(UserRole.AUDITOR).get(f"/api/v1/audit?action=read&kind={LISTS_OF_PEOPLE[path]}").json()
        assert {row["actor"] for row in found} <= {"curiosa"}
        return len(found)

    for _ in range(3):
        assert client.get(f"/api/v1{path}").status_code == 200
    assert looks() == 1
    city.now += 1000
    client.get(f"/api/v1{path}")
    assert looks() == 2


def test_a_page_of_a_departments_tickets_is_full_although_others_have_newer_ones(city: City) -> None:
    mine = [city.folio("catastro") for _ in range(2)]
    for _ in range(5):
        city.folio("tesoreria")
    client = city.client(UserRole.VIEWER, departments=("catastro",))
    assert [row["folio"] for row in client.get("/api/v1/tickets?limit=2").json()] == mine[::-1]


def test_an_administrator_makes_lists_and_ends_tokens(city: City) -> None:
    client = city.client(UserRole.ADMINISTRATOR, name="root")
    body = {"name": "tui de ana", "roles": ["technician"], "expires_at": NOW + 2e9}
    made = client.post("/api/v1/tokens", json=body).json()["token"]
    listed = client.get("/api/v1/tokens")
    assert made not in listed.text
    row = next(row for row in listed.json() if row["name"] == "tui de ana")
    assert (row["created_by"], row["roles"]) == ("root", ["technician"])
    headers = {"Authorization": f"Bearer {made}"}
    assert city.client().get("/api/v1/me", headers=headers).json()["roles"] == ["technician"]
    assert client.delete(f"/api/v1/tokens/{row['id']}").json() == {"changed": 1}
    assert city.client().get("/api/v1/me", headers=headers).status_code == 401
    assert client.delete(f"/api/v1/tokens/{row['id']}").json() == {"changed": 0}
    assert client.delete("/api/v1/tokens/999").status_code == 404


def test_a_token_that_would_have_ended_already_is_not_made(city: City) -> None:
    client = city.client(UserRole.ADMINISTRATOR)
    assert client.post("/api/v1/tokens", json={"name": "n", "roles": ["viewer"], "expires_at": 5}).status_code == 422


def test_an_administrator_of_one_department_makes_no_token_beyond_it(city: City) -> None:
    client = city.client(UserRole.ADMINISTRATOR, departments=("catastro",))
    for departments in ([], ["tesoreria"], ["catastro", "tesoreria"]):
        body = {"name": "n", "roles": ["viewer"], "departments": departments}
        assert client.post("/api/v1/tokens", json=body).status_code == 403
    own = {"name": "n", "roles": ["viewer"], "departments": ["catastro"]}
    assert client.post("/api/v1/tokens", json=own).status_code == 201
