"""Silences, planned maintenance and corrections through the API: who may, what it does, and what the audit says."""

from __future__ import annotations

from nms.access import UserRole
from nms.model import DeviceId, State
from nms.store.audit import AuditLog, entries
from tests.views.city import NOW, City

HOUR = 3600.0
WORK = {
    "title": "Cambio de fibra",
    "matchers": {"device": ["sw-tesoreria"]},
    "reason": "oficio 12",
    "starts_at": NOW + HOUR,
    "duration": 2 * HOUR,
}


def audited(city: City, kind: str) -> list[tuple[str, str, str]]:
    with city.records.read() as connection:
        assert AuditLog().verify(connection).intact
        return [(one.actor, one.action, one.subject) for one in reversed(entries(connection, kind=kind))]


def statuses(city: City) -> dict[str, str]:
    return {alert.key: alert.status.value for alert in city.book.open_alerts()}


def at(city: City, later: float) -> None:
    """The clock at so many seconds from the start, the switch still down."""
    city.now = NOW + later
    city.judge("sw-tesoreria")


def test_planned_work_is_listed_extended_and_what_is_still_down_at_its_end_alerts(city: City) -> None:
    boss = city.client(UserRole.MANAGER, name="jefa")
    made = boss.post("/api/v1/maintenance", json=WORK)
    assert made.status_code == 201
    number = made.json()["id"]
    (row,) = boss.get("/api/v1/maintenance").json()
    assert (row["about"], row["author"], row["active"]) == ("device=sw-tesoreria", "jefa", False)
    at(city, 2 * HOUR)
    assert statuses(city) == {"device-down/sw-tesoreria": "suppressed"}
    assert boss.get("/api/v1/maintenance").json()[0]["active"] is True
    longer = boss.post(f"/api/v1/maintenance/{number}/extend", json={"until": NOW + 4 * HOUR})
    assert longer.json() == {"changed": 1}
    at(city, 3.5 * HOUR)
    assert statuses(city) == {"device-down/sw-tesoreria": "suppressed"}
    at(city, 4 * HOUR)
    assert statuses(city) == {"device-down/sw-tesoreria": "firing"}
    assert boss.get("/api/v1/maintenance").json() == []
    assert boss.delete(f"/api/v1/maintenance/{number}").status_code == 404
    assert audited(city, "maintenance") == [("jefa", "plan", str(number)), ("jefa", "extend", str(number))]


def test_work_that_recurs_shows_its_next_window_and_is_ended_but_not_extended(city: City) -> None:
    boss = city.client(UserRole.MANAGER)
    weekly = {**WORK, "rule": "FREQ=WEEKLY", "starts_at": NOW - 10 * 86_400}
    number = boss.post("/api/v1/maintenance", json=weekly).json()["id"]
    (row,) = boss.get("/api/v1/maintenance").json()
    assert row["rule"] == "FREQ=WEEKLY"
    assert row["starts_at"] == NOW + 4 * 86_400
    assert boss.post(f"/api/v1/maintenance/{number}/extend", json={"until": NOW + 9 * HOUR}).status_code == 409
    assert boss.delete(f"/api/v1/maintenance/{number}").json() == {"changed": 1}
    assert boss.get("/api/v1/maintenance").json() == []


def test_planning_refuses_what_would_do_nothing_or_everything(city: City) -> None:
    boss = city.client(UserRole.MANAGER)
    for change, status in (
        ({"matchers": {}}, 422),
        ({"matchers": {"device": ["*"]}}, 409),
        ({"matchers": {"device": ["sw-tesorería"]}}, 409),
        ({"matchers": {"colour": ["red"]}}, 422),
        ({"rule": "EVERY DAY"}, 409),
        ({"rule": "FREQ=SECONDLY"}, 409),
        ({"starts_at": NOW - 9 * HOUR}, 409),
        ({"duration": 0}, 422),
        ({"title": "two\nlines"}, 422),
    ):
        refused = boss.post("/api/v1/maintenance", json={**WORK, **change})
        assert refused.status_code == status, (change, refused.text)
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["detail"]
    assert boss.get("/api/v1/maintenance").json() == []


def test_who_may_plan_and_silence_and_in_which_departments(city: City) -> None:
    assert city.client(UserRole.ON_CALL).post("/api/v1/maintenance", json=WORK).status_code == 403
    assert city.client(UserRole.VIEWER).get("/api/v1/maintenance").status_code == 200
    own = city.client(UserRole.MANAGER, departments=("catastro",))
    made = own.post("/api/v1/maintenance", json={**WORK, "matchers": {"role": ["server"]}}).json()["id"]
    (row,) = own.get("/api/v1/maintenance").json()
    assert row["departments"] == ["catastro"]
    other = city.client(UserRole.MANAGER, departments=("tesoreria",))
    assert other.get("/api/v1/maintenance").json() == []
    assert other.delete(f"/api/v1/maintenance/{made}").status_code == 403
    assert other.post(f"/api/v1/maintenance/{made}/extend", json={"until": NOW + 9 * HOUR}).status_code == 403


def test_the_same_plan_sent_twice_is_made_once(city: City) -> None:
    boss = city.client(UserRole.MANAGER)
    key = {"Idempotency-Key": "plan-1"}
    first, again = (boss.post("/api/v1/maintenance", json=WORK, headers=key) for _ in range(2))
    assert first.json() == again.json()
    assert len(boss.get("/api/v1/maintenance").json()) == 1


def test_silences_are_listed_ended_and_audited(city: City) -> None:
    ana = city.client(UserRole.ON_CALL, name="ana")
    body = {"matchers": {"department": ["tesoreria"]}, "reason": "obra", "until": NOW + HOUR}
    number = ana.post("/api/v1/silences", json=body).json()["id"]
    at(city, 60)
    assert statuses(city) == {"device-down/sw-tesoreria": "suppressed"}
    (row,) = ana.get("/api/v1/silences").json()
    assert (row["about"], row["author"], row["reason"], row["active"]) == ("department=tesoreria", "ana", "obra", True)
    assert ana.delete(f"/api/v1/silences/{number}").json() == {"changed": 1}
    assert statuses(city) == {"device-down/sw-tesoreria": "firing"}
    assert ana.delete(f"/api/v1/silences/{number}").status_code == 404
    assert audited(city, "silence") == [("ana", "start", str(number)), ("ana", "end", str(number))]
    ana.post("/api/v1/alerts/acknowledge", json={"keys": ["device-down/sw-tesoreria"]})
    assert audited(city, "alert") == [("ana", "acknowledge", "device-down/sw-tesoreria")]


def test_a_corrected_outage_changes_the_report_and_both_words_are_kept(city: City) -> None:
    begin = NOW - 24 * HOUR
    city.observe("device/sw-tesoreria", State.UP, begin)
    city.observe("device/sw-tesoreria", State.DOWN, begin + 2 * HOUR)
    city.observe("device/sw-tesoreria", State.UP, begin + 5 * HOUR)
    city.states.heartbeat(NOW)
    boss = city.client(UserRole.MANAGER, name="jefa")

    def row() -> dict[str, float]:
        query = {"start": begin, "end": begin + 8 * HOUR, "department": "tesoreria"}
        found = boss.get("/api/v1/reports/uptime", params=query).json()
        return next(one for one in found["devices"] if one["subject"] == "device/sw-tesoreria")

    before = row()
    body = {
        "subject": "device/sw-tesoreria",
        "start": begin + 2 * HOUR,
        "end": begin + 5 * HOUR,
        "reason": "corte de CFE avisado",
    }
    number = boss.post("/api/v1/corrections", json=body).json()["id"]
    after = row()
    assert before["down_seconds"] > 0
    assert (after["down_seconds"], after["outages"]) == (0, [])
    assert after["maintenance_seconds"] == before["down_seconds"]
    assert after["service_seconds"] == before["service_seconds"] - before["down_seconds"]
    (kept,) = boss.get("/api/v1/corrections", params={"start": begin, "end": NOW}).json()
    assert (kept["author"], kept["state"], kept["observed"]) == ("jefa", "maintenance", [["down", 3 * HOUR]])
    assert boss.delete(f"/api/v1/corrections/{number}").json() == {"changed": 1}
    assert row() == before
    assert audited(city, "availability") == [
        ("jefa", "correct", "device/sw-tesoreria"),
        ("jefa", "withdraw", "device/sw-tesoreria"),
    ]


def test_corrections_are_for_managers_about_what_there_is_and_the_past(city: City) -> None:
    body = {"subject": "device/sw-tesoreria", "start": NOW - HOUR, "end": NOW, "reason": "obra"}
    assert city.client(UserRole.ON_CALL).post("/api/v1/corrections", json=body).status_code == 403
    boss = city.client(UserRole.MANAGER)
    assert boss.post("/api/v1/corrections", json={**body, "subject": "device/nadie"}).status_code == 404
    assert boss.post("/api/v1/corrections", json={**body, "subject": "sw-tesoreria"}).status_code == 404
    assert boss.post("/api/v1/corrections", json={**body, "end": NOW + HOUR}).status_code == 409
    assert boss.post("/api/v1/corrections", json={**body, "end": NOW - 2 * HOUR}).status_code == 422
    assert boss.post("/api/v1/corrections", json={**body, "reason": ""}).status_code == 422
    assert boss.delete("/api/v1/corrections/99").status_code == 404
    other = city.client(UserRole.MANAGER, departments=("catastro",))
    assert other.post("/api/v1/corrections", json=body).status_code == 403
    assert city.client(UserRole.VIEWER).get(f"/api/v1/corrections?start=0&end={NOW}").status_code == 403


def test_what_came_back_within_the_work_leaves_nothing_behind(city: City) -> None:
    boss = city.client(UserRole.MANAGER)
    boss.post("/api/v1/maintenance", json=WORK)
    at(city, 2 * HOUR)
    city.now += 60
    city.judge("sw-tesoreria", None)
    city.now = NOW + 5 * HOUR
    city.book.apply([], city.now)
    assert statuses(city) == {}
    assert city.reads.incidents("es", include_resolved=True) == []


def names(listed: list[dict[str, object]]) -> list[object]:
    return [one["id"] for one in listed]


def test_planned_work_is_looked_at_before_it_is_planned(city: City) -> None:
    """What it is about, what is reached only through it, and which departments may be without service."""
    boss = city.client(UserRole.MANAGER)
    at(city, 0)
    plan = {"matchers": {"device": ["sw-*"]}, "starts_at": NOW + HOUR, "duration": HOUR, "rule": "FREQ=WEEKLY"}
    city.reads.parents = lambda: {DeviceId("srv-catastro"): (DeviceId("sw-tesoreria"),)}
    found = boss.post("/api/v1/maintenance/preview", json=plan).json()
    assert (found["about"], names(found["devices"]), found["devices"][0]["whole"]) == (
        "device=sw-*",
        ["sw-tesoreria"],
        True,
    )
    assert (names(found["behind"]), names(found["links"])) == (["srv-catastro"], ["tesoreria-a"])
    assert {one["id"]: one["state"] for one in found["departments"]} == {
        "tesoreria": "maintenance",
        "catastro": "maintenance",
    }
    assert names(found["alerts"]) == ["device-down/sw-tesoreria"]
    week = 7 * 86_400.0
    assert found["windows"][:2] == [[NOW + HOUR, NOW + 2 * HOUR], [NOW + HOUR + week, NOW + 2 * HOUR + week]]
    assert boss.get("/api/v1/maintenance").json() == [], "looking changes nothing"
    part = {**plan, "matchers": {"key": ["threshold/sw-tesoreria/*"]}, "rule": ""}
    silent = city.client(UserRole.ON_CALL).post("/api/v1/silences/preview", json=part).json()
    assert (names(silent["devices"]), silent["devices"][0]["whole"], silent["alerts"]) == (["sw-tesoreria"], False, [])
    for wrong in ({"matchers": {"device": ["nadie"]}}, {"matchers": {"device": ["*"]}}, {"rule": "EVERY DAY"}):
        assert boss.post("/api/v1/maintenance/preview", json={**plan, **wrong}).status_code == 409
    assert city.client(UserRole.ON_CALL).post("/api/v1/maintenance/preview", json=plan).status_code == 403
    own = city.client(UserRole.MANAGER, departments=("catastro",))
    assert names(own.post("/api/v1/maintenance/preview", json=plan).json()["devices"]) == []


def test_a_correction_is_looked_at_before_it_is_made(city: City) -> None:
    begin = NOW - 24 * HOUR
    for subject in ("device/rt-seguridad", "department/seguridad"):
        city.observe(subject, State.UP, begin)
        city.observe(subject, State.DOWN, begin + 2 * HOUR)
        city.observe(subject, State.UP, begin + 5 * HOUR)
    city.states.heartbeat(NOW)
    body = {"subject": "device/rt-seguridad", "start": begin + 2 * HOUR, "end": begin + 6 * HOUR, "reason": "aviso"}
    boss = city.client(UserRole.MANAGER)
    found = boss.post("/api/v1/corrections/preview", json=body).json()
    assert [(one["subject"], one["counted"], one["corrected"]) for one in found["restated"]] == [
        ("device/rt-seguridad", [["down", 3 * HOUR], ["up", HOUR]], [["maintenance", 4 * HOUR]]),
        ("department/seguridad", [["down", 3 * HOUR], ["up", HOUR]], [["maintenance", 3 * HOUR], ["up", HOUR]]),
    ]
    assert boss.get("/api/v1/corrections", params={"start": begin, "end": NOW}).json() == []
    assert boss.post("/api/v1/corrections/preview", json={**body, "end": NOW + HOUR}).status_code == 409
    assert boss.post("/api/v1/corrections/preview", json={**body, "subject": "device/nadie"}).status_code == 404
    assert city.client(UserRole.ON_CALL).post("/api/v1/corrections/preview", json=body).status_code == 403
