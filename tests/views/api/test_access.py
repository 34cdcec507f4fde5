"""Who may call what: every route of the API with every role, and with a token of another department."""

from __future__ import annotations

from typing import Any

import pytest

from nms.access import GRANTS, MONITOR, Permission, UserRole
from tests.views.browser import Browser
from tests.views.city import NOW, City

P = Permission
PERIOD = {"start": NOW - 3600, "end": NOW}
BODIES: dict[str, dict[str, Any]] = {
    "POST /preventive/plan/{number}/move": {"technician": "ana"},
    "POST /preventive/plan/{number}/skip": {"reason": "obra"},
    "POST /preventive/plan/{number}/move/preview": {"technician": "ana"},
    "POST /alerts/acknowledge": {"keys": ["device-down/sw-tesoreria"]},
    "POST /alerts/unacknowledge": {"keys": ["device-down/sw-tesoreria"]},
    "POST /silences": {"device": "sw-tesoreria", "reason": "obra", "until": NOW + 3600},
    "POST /maintenance": {
        "title": "obra",
        "matchers": {"device": ["sw-tesoreria"]},
        "starts_at": NOW,
        "duration": 3600,
    },
    "POST /silences/preview": {"matchers": {"device": ["sw-tesoreria"]}, "starts_at": NOW, "duration": 3600},
    "POST /maintenance/preview": {"matchers": {"device": ["sw-tesoreria"]}, "starts_at": NOW, "duration": 3600},
    "POST /corrections/preview": {"subject": "device/sw-tesoreria", "start": NOW - 60, "end": NOW, "reason": "obra"},
    "POST /maintenance/{number}/extend": {"until": NOW + 7200},
    "POST /corrections": {"subject": "device/sw-tesoreria", "start": NOW - 60, "end": NOW, "reason": "obra"},
    "POST /tickets": {"title": "Falla", "department": "tesoreria"},
    "POST /tickets/{folio}/actions": {"action": "note", "note": "visto"},
    "POST /tickets/{folio}/steps/{number}": {"value": "1"},
    "POST /tickets/{folio}/steps/{number}/run": {"values": {}},
    "POST /tickets/{folio}/steps/{number}/waive": {"reason": "no hay"},
    "POST /tickets/{folio}/time": {"minutes": 5},
    "POST /tickets/{folio}/parts": {"name": "fusible"},
    "POST /tickets/{folio}/watchers": {"person": "ana"},
    "POST /tickets/{folio}/attachments": {"a": "text"},
    "POST /devices/{device_id}/poll": {},
    "POST /fault-reports": {"service": "network", "department": "tesoreria", "what": "No hay red"},
    "POST /announcements": {"title": "Aviso", "departments": ["tesoreria"], "ends_at": NOW + 3600},
    "POST /announcements/{number}/withdraw": {},
    "POST /devices/{device_id}/configuration/fetch": {},
    "POST /devices/{device_id}/configuration/baseline": {"note": "norma"},
    "POST /accounts": {"name": "nueva", "roles": ["viewer"], "departments": ["tesoreria"]},
    "POST /accounts/{name}/invitation": {},
    "POST /accounts/{name}/rights": {"roles": ["viewer"], "departments": ["tesoreria"]},
    "POST /accounts/{name}/second-factor/confirm": {"code": "000000"},
    "POST /tokens": {"name": "n", "roles": ["viewer"], "departments": ["tesoreria"]},
}
QUERY = {
    "metric": "device_up",
    "key": "device-down/sw-tesoreria",
    "department": "tesoreria",
    "what": "10.0.0.1",
    "old": "startup",
    "pattern": "interface",
    **PERIOD,
}
TABLE: dict[str, Permission | None] = {
    "GET /overview": P.READ,
    "GET /devices": P.READ,
    "GET /devices/{device_id}": P.READ,
    "GET /devices/{device_id}/series": P.READ,
    "GET /devices/{device_id}/history": P.READ,
    "GET /links": P.READ,
    "GET /configurations": P.READ_CONFIGURATION,
    "GET /configurations/search": P.READ_CONFIGURATION,
    "GET /devices/{device_id}/configuration": P.READ_CONFIGURATION,
    "GET /devices/{device_id}/configuration/text": P.READ_CONFIGURATION,
    "GET /devices/{device_id}/configuration/diff": P.READ_CONFIGURATION,
    "GET /devices/{device_id}/configuration/restore": P.READ_CONFIGURATION,
    "GET /presence": P.LOCATE,
    "GET /presence/where": P.LOCATE,
    "GET /topology": P.READ,
    "GET /power": P.READ,
    "GET /telephony": P.READ,
    "GET /alerts": P.READ,
    "GET /incidents": P.READ,
    "GET /tickets": P.READ,
    "GET /tickets/{folio}": P.READ,
    "GET /tickets/{folio}/steps/{number}": P.READ,
    "GET /events": P.READ,
    "GET /reports/uptime": P.READ_REPORTS,
    "GET /reports/{kind}/document": P.READ_REPORTS,
    "GET /why": P.READ,
    "GET /oncall": P.READ,
    "GET /oncall/problems": P.READ,
    "GET /oncall/calendar": P.READ,
    "GET /me": None,
    "GET /stream": P.READ,
    "GET /announcements": P.READ,
    "GET /fault-reports/{number}": P.READ,
    "GET /tickets/{folio}/reporters": P.WORK_TICKET,
    "POST /fault-reports": P.OPEN_TICKET,
    "GET /audit": P.READ_AUDIT,
    "GET /tokens": P.ADMINISTER,
    "GET /accounts": P.ADMINISTER,
    "POST /accounts": P.ADMINISTER,
    "POST /accounts/{name}/invitation": P.ADMINISTER,
    "POST /accounts/{name}/rights": P.ADMINISTER,
    "POST /accounts/{name}/disable": P.ADMINISTER,
    "POST /accounts/{name}/enable": P.ADMINISTER,
    "POST /accounts/{name}/second-factor": P.ADMINISTER,
    "POST /accounts/{name}/second-factor/confirm": P.ADMINISTER,
    "DELETE /accounts/{name}/second-factor": P.ADMINISTER,
    "DELETE /accounts/{name}": P.ADMINISTER,
    "POST /alerts/acknowledge": P.ACKNOWLEDGE,
    "POST /alerts/unacknowledge": P.ACKNOWLEDGE,
    "GET /silences": P.READ,
    "POST /silences": P.SILENCE,
    "DELETE /silences/{number}": P.SILENCE,
    "GET /maintenance": P.READ,
    "POST /maintenance": P.PLAN,
    "POST /maintenance/{number}/extend": P.PLAN,
    "DELETE /maintenance/{number}": P.PLAN,
    "POST /silences/preview": P.SILENCE,
    "POST /maintenance/preview": P.PLAN,
    "POST /corrections/preview": P.ANNOTATE,
    "GET /corrections": P.READ_REPORTS,
    "POST /corrections": P.ANNOTATE,
    "DELETE /corrections/{number}": P.ANNOTATE,
    "POST /tickets": P.OPEN_TICKET,
    "POST /tickets/{folio}/actions": P.NOTE_TICKET,
    "POST /tickets/{folio}/steps/{number}": P.WORK_TICKET,
    "POST /tickets/{folio}/steps/{number}/run": P.RUN_COMMAND,
    "GET /tickets/{folio}/attachments/{number}": P.READ,
    "GET /preventive/plan": P.READ,
    "GET /preventive/plan/{form}": P.READ,
    "POST /preventive/plan/{number}/move": P.PLAN,
    "POST /preventive/plan/{number}/skip": P.PLAN,
    "GET /preventive/technicians": P.READ,
    "POST /preventive/plan/{number}/move/preview": P.PLAN,
    "POST /preventive/plan/{number}/skip/preview": P.PLAN,
    "POST /tickets/{folio}/attachments": P.NOTE_TICKET,
    "POST /tickets/{folio}/steps/{number}/waive": P.WAIVE_STEP,
    "POST /tickets/{folio}/time": P.WORK_TICKET,
    "POST /tickets/{folio}/parts": P.WORK_TICKET,
    "POST /tickets/{folio}/watchers": P.ASSIGN_TICKET,
    "POST /devices/{device_id}/poll": P.POLL,
    "POST /announcements": P.ANNOUNCE,
    "POST /announcements/{number}/withdraw": P.ANNOUNCE,
    "POST /devices/{device_id}/configuration/fetch": P.RUN_COMMAND,
    "POST /devices/{device_id}/configuration/baseline": P.ACCEPT_CONFIGURATION,
    "POST /tokens": P.ADMINISTER,
    "DELETE /tokens/{token_id}": P.ADMINISTER,
}
"""What each route asks for; None: a token of any role."""

OWN_DEPARTMENT_ONLY = {
    "GET /audit",
    "GET /devices/{device_id}",
    "GET /devices/{device_id}/series",
    "GET /devices/{device_id}/history",
    "GET /devices/{device_id}/configuration",
    "GET /devices/{device_id}/configuration/text",
    "GET /devices/{device_id}/configuration/diff",
    "GET /devices/{device_id}/configuration/restore",
    "POST /devices/{device_id}/configuration/fetch",
    "POST /devices/{device_id}/configuration/baseline",
    "GET /tickets/{folio}",
    "GET /tickets/{folio}/steps/{number}",
    "GET /reports/uptime",
    "GET /reports/{kind}/document",
    "GET /why",
    "POST /alerts/acknowledge",
    "POST /alerts/unacknowledge",
    "POST /corrections",
    "POST /corrections/preview",
    "POST /tickets",
    "POST /tickets/{folio}/actions",
    "POST /tickets/{folio}/steps/{number}",
    "POST /tickets/{folio}/steps/{number}/run",
    "GET /tickets/{folio}/attachments/{number}",
    "POST /tickets/{folio}/attachments",
    "POST /tickets/{folio}/steps/{number}/waive",
    "POST /tickets/{folio}/time",
    "POST /tickets/{folio}/parts",
    "POST /tickets/{folio}/watchers",
    "POST /devices/{device_id}/poll",
    "GET /tickets/{folio}/reporters",
    "POST /fault-reports",
    "POST /announcements",
    "POST /announcements/{number}/withdraw",
    "POST /accounts",
    "POST /accounts/{name}/invitation",
    "POST /accounts/{name}/rights",
    "POST /accounts/{name}/disable",
    "POST /accounts/{name}/enable",
    "POST /accounts/{name}/second-factor",
    "POST /accounts/{name}/second-factor/confirm",
    "DELETE /accounts/{name}/second-factor",
    "DELETE /accounts/{name}",
    "POST /tokens",
}
"""Routes about one thing: for a token of another department they answer 403."""


def routes(city: City) -> set[str]:
    paths = city.application().openapi()["paths"]
    return {f"{method.upper()} {path.removeprefix('/api/v1')}" for path, item in paths.items() for method in item}


def statuses(city: City, *roles: UserRole, departments: tuple[str, ...] = ()) -> dict[str, int]:
    """What every route but the endless one answers to one token, over one application: reads, then acts, then ends."""
    city.judge("sw-tesoreria")
    folio = city.reads.tickets("es", limit=1)[0].folio
    city.accounts.add(MONITOR, "ana", [UserRole.VIEWER], ["tesoreria"])
    city.announcements.announce(MONITOR, "Aviso", "", NOW + 3600, departments=["tesoreria"])
    client = city.client(*roles, departments=departments)
    return {route: ask(client, route, folio) for route in sorted(TABLE, key=order) if route != "GET /stream"}


def order(route: str) -> tuple[int, str]:
    return ("GET", "POST", "DELETE").index(route.split(" ")[0]), route


def ask(client: Browser, route: str, folio: str) -> int:
    method, path = route.split(" ")
    names = {"folio": folio, "device_id": "sw-tesoreria", "number": 1, "token_id": 10**9}
    where = "/api/v1" + path.format(**names, kind="sla", name="ana", form="ics")
    if method == "GET":
        return client.get(where, params=QUERY).status_code
    return client.request(method, where, json=BODIES.get(route)).status_code


def test_the_table_names_every_route(city: City) -> None:
    assert routes(city) == set(TABLE)


def test_no_route_answers_without_a_token(city: City) -> None:
    found = statuses(city) | {"GET /stream": city.client().get("/api/v1/stream").status_code}
    assert found == dict.fromkeys(TABLE, 401)


@pytest.mark.parametrize("role", list(UserRole))
def test_routes_open_to_the_roles_that_hold_their_permission_and_to_no_other(city: City, role: UserRole) -> None:
    found = statuses(city, role)
    open_to = {route for route in found if TABLE[route] is None or TABLE[route] in GRANTS[role]}
    assert {route for route, status in found.items() if status != 403} == open_to
    assert {route: found[route] for route in open_to if found[route] == 401 or found[route] >= 500} == {}


def test_a_token_of_another_department_reaches_nothing_of_this_one(city: City) -> None:
    found = statuses(city, UserRole.ADMINISTRATOR, departments=("catastro",))
    assert {route for route, status in found.items() if status == 403} == OWN_DEPARTMENT_ONLY
    others = set(found) - OWN_DEPARTMENT_ONLY
    assert {route: found[route] for route in others if found[route] not in (200, 201, 404)} == {}


LISTS = ("devices", "links", "alerts", "incidents", "tickets", "events", "topology", "power", "telephony", "overview")


@pytest.mark.parametrize("path", LISTS)
def test_lists_hold_only_what_belongs_to_the_departments_of_the_token(city: City, path: str) -> None:
    city.judge("sw-tesoreria")
    city.judge("rt-seguridad")
    text = city.client(UserRole.MANAGER, departments=("catastro",)).get(f"/api/v1/{path}").text
    for hidden in ("sw-tesoreria", "rt-seguridad", "pbx-central", "Tesorería", "Seguridad"):
        assert hidden not in text
    everything = city.client(UserRole.MANAGER).get(f"/api/v1/{path}").text
    assert "tesoreria" in everything or path in ("power", "telephony")


def test_counts_of_a_departments_overview_are_its_own(city: City) -> None:
    city.judge("rt-seguridad")
    mine = city.client(UserRole.VIEWER, departments=("catastro",)).get("/api/v1/overview").json()
    all_of_it = city.client(UserRole.VIEWER).get("/api/v1/overview").json()
    assert (mine["alerts_unattended"], mine["incidents_open"], mine["devices"]["unknown"]) == (0, 0, 1)
    assert mine["tickets_open"]["corrective"] == 0
    assert (all_of_it["alerts_unattended"], all_of_it["incidents_open"]) == (1, 1)


def test_a_silence_of_a_department_token_never_reaches_beyond_it(city: City) -> None:
    city.judge("sw-tesoreria")
    client = city.client(UserRole.ON_CALL, departments=("catastro",))
    body = {"key": "device-down/sw-tesoreria", "reason": "no", "until": NOW + 60}
    client.post("/api/v1/silences", json=body)
    city.now += 1
    city.judge("sw-tesoreria")
    (alert,) = city.reads.alerts("es")
    assert alert.suppressed_by == ""


def test_a_ticket_cannot_be_hung_on_a_device_of_another_department(city: City) -> None:
    client = city.client(UserRole.TECHNICIAN, departments=("catastro",))
    body = {"title": "x", "department": "catastro", "device": "sw-tesoreria"}
    assert client.post("/api/v1/tickets", json=body).status_code == 403


@pytest.mark.parametrize(
    ("language", "said"),
    [("es", "le falta el permiso “plan”; lo tienen los roles: manager"), ("en", "lacks the permission “plan”")],
)
def test_a_refusal_is_told_in_the_language_of_who_asked(city: City, language: str, said: str) -> None:
    client = city.client(UserRole.VIEWER)
    answer = client.delete("/api/v1/maintenance/1", headers={"Accept-Language": language})
    assert answer.status_code == 403
    assert said in answer.json()["detail"]
    missing = client.get("/api/v1/devices/ninguno", headers={"Accept-Language": language})
    assert missing.status_code == 404
    assert missing.json()["detail"].startswith({"es": "no hay un equipo", "en": "there is no device"}[language])
