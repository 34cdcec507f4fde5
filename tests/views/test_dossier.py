"""Files, time, parts and watchers of a ticket, from every door: the API, its client, the pages."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from nms.access import GRANTS, Permission, UserRole
from nms.model import Message, TicketKind
from nms.store.tables.audit import audit
from nms.store.tables.tickets import preventive_jobs
from nms.tickets.case import Draft
from nms.tickets.desk import TicketDesk
from nms.tickets.playbooks import PlaybookBook
from tests.tickets.conftest import ADMINISTRATOR, CATALOGUE, playbook
from tests.views.city import NOW, City

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


def preventive(city: City) -> str:
    """A ticket with the playbook of the tests: 1 visual, 2 a float voltage, 3 a photo, 4 a command."""
    office = replace(city.desk.office, playbooks=PlaybookBook({"ups-prueba": playbook()}, CATALOGUE))
    city.desk = TicketDesk(office)
    city.acts = replace(city.acts, desk=city.desk)
    city.reads.desk = city.desk
    draft = Draft(TicketKind.PREVENTIVE, Message("Prueba"), "hand", "tesoreria", playbook="ups-prueba")
    with city.records.begin() as connection:
        return city.desk.open(connection, ADMINISTRATOR, draft, NOW).folio


def test_a_file_comes_back_as_it_was_sent_with_headers_that_let_nothing_run(city: City) -> None:
    client, folio = city.client(UserRole.TECHNICIAN, name="ana"), city.folio()
    path = f"/api/v1/tickets/{folio}/attachments"
    sent = client.post(path, params={"name": "../../banco <b>ñ\u202egpj.exe"}, content=PNG)
    assert sent.status_code == 201
    back = client.get(f"{path}/{sent.json()['number']}")
    assert (back.status_code, back.content, back.headers["content-type"]) == (200, PNG, "image/png")
    assert back.headers["x-content-type-options"] == "nosniff"
    assert back.headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    said = back.headers["content-disposition"]
    assert said.startswith("inline; filename=")
    assert not re.search(r"[<>/\\\u202e]|\.exe", said.partition("filename*")[0])
    row = client.get(f"/api/v1/tickets/{folio}").json()["dossier"]["attachments"][0]
    assert (row["size"], row["actor"], row["media_type"]) == (len(PNG), "ana", "image/png")
    assert row["name"].endswith(".png")


def test_text_is_offered_for_saving_and_what_could_run_is_refused(city: City) -> None:
    client, folio = city.client(UserRole.TECHNICIAN), city.folio()
    path = f"/api/v1/tickets/{folio}/attachments"
    number = client.post(path, params={"name": "lectura"}, content=b"13.6 V\n").json()["number"]
    assert client.get(f"{path}/{number}").headers["content-disposition"].startswith("attachment; ")
    for content in (b"", b"<svg onload=alert(1)>", b"MZ\x90\0", b"PK\x03\x04"):
        refused = client.post(path, params={"name": "foto.png"}, content=content)
        assert refused.status_code == 409, refused.text
        assert "Traceback" not in refused.text
    assert len(client.get(f"/api/v1/tickets/{folio}").json()["dossier"]["attachments"]) == 1


def test_a_file_may_be_larger_than_other_requests_and_not_larger_than_the_setting(city: City) -> None:
    client, folio = city.client(UserRole.TECHNICIAN), city.folio()
    path = f"/api/v1/tickets/{folio}/attachments"
    assert client.post(path, content=b"a" * 1_900_000).status_code == 201
    assert client.post(path, content=b"a" * 2_050_000).status_code == 409
    assert client.post(path, content=b"a" * 3_000_000).status_code == 413
    assert client.post(f"/api/v1/tickets/{folio}/time", content=b"a" * 1_900_000).status_code == 413


def test_who_may_not_write_leaves_no_file_on_the_disk(city: City) -> None:
    folio = city.folio()
    for client in (city.client(UserRole.VIEWER), city.client(UserRole.TECHNICIAN, departments=("catastro",))):
        assert client.post(f"/api/v1/tickets/{folio}/attachments", content=PNG).status_code == 403
    assert not city.files.folder.exists()


def test_the_file_of_another_ticket_is_not_given_out_under_this_one(city: City) -> None:
    client, mine, other = city.client(UserRole.TECHNICIAN), city.folio("catastro"), city.folio()
    number = client.post(f"/api/v1/tickets/{other}/attachments", content=PNG).json()["number"]
    assert client.get(f"/api/v1/tickets/{mine}/attachments/{number}").status_code == 404
    stranger = city.client(UserRole.TECHNICIAN, departments=("catastro",))
    assert stranger.get(f"/api/v1/tickets/{other}/attachments/{number}").status_code == 403


def test_a_file_that_was_changed_on_the_disk_is_not_given_out(city: City) -> None:
    client, folio = city.client(UserRole.TECHNICIAN), city.folio()
    number = client.post(f"/api/v1/tickets/{folio}/attachments", content=PNG).json()["number"]
    (kept,) = (path for path in city.files.folder.rglob("*") if path.is_file())
    kept.write_bytes(b"otra cosa")
    answer = client.get(f"/api/v1/tickets/{folio}/attachments/{number}", headers={"Accept-Language": "es"})
    assert answer.status_code == 409
    assert "adjunt" in answer.json()["detail"]


def test_time_parts_and_watchers_add_up_and_are_audited(city: City) -> None:
    client, folio = city.client(UserRole.ON_CALL, name="ana"), city.folio()
    home = f"/api/v1/tickets/{folio}"
    assert client.post(f"{home}/time", json={"minutes": 45, "note": "revisión"}).status_code == 201
    visit = {"minutes": 60, "person": "proveedor", "cost": 1500.5}
    assert client.post(f"{home}/time", json=visit).status_code == 201
    part = {"name": "SFP LX", "quantity": 2, "unit_cost": 850, "serial": "X1"}
    assert client.post(f"{home}/parts", json=part).status_code == 201
    assert client.post(f"{home}/watchers", json={}).status_code == 200
    assert client.post(f"{home}/watchers", json={"person": "marta"}).status_code == 200
    assert client.post(f"{home}/watchers", json={"watching": False}).status_code == 200
    more = client.get(home).json()["dossier"]
    assert (more["minutes"], more["cost"], more["currency"]) == (105.0, 3200.5, "MXN")
    assert [one["person"] for one in more["work"]] == ["ana", "proveedor"]
    assert more["parts"][0]["serial"] == "X1"
    assert "marta" in more["watchers"]
    assert "ana" not in more["watchers"]
    with city.records.read() as connection:
        done = connection.execute(sa.select(audit.c.action).order_by(audit.c.id)).scalars().all()
    assert done[-6:] == ["spend", "spend", "part", "watch", "watch", "unwatch"]


@pytest.mark.parametrize("body", [{"minutes": 0}, {"minutes": -1}, {"minutes": 1e9}, {"minutes": 5, "cost": -1}])
def test_time_that_is_none_is_refused(city: City, body: dict[str, float]) -> None:
    client, folio = city.client(UserRole.TECHNICIAN), city.folio()
    assert client.post(f"/api/v1/tickets/{folio}/time", json=body).status_code == 422


def test_the_same_photo_sent_twice_with_one_key_is_attached_once(city: City) -> None:
    client, folio = city.client(UserRole.TECHNICIAN), city.folio()
    path, key = f"/api/v1/tickets/{folio}/attachments", {"Idempotency-Key": "foto-1"}
    answers = {client.post(path, content=PNG, headers=key).text for _ in range(2)}
    assert len(answers) == 1
    assert len(client.get(f"/api/v1/tickets/{folio}").json()["dossier"]["attachments"]) == 1


def test_a_photo_step_is_done_by_its_photo_and_refuses_anything_else(city: City) -> None:
    folio = preventive(city)
    client = city.client(UserRole.TECHNICIAN, name="ana")
    path = f"/api/v1/tickets/{folio}/attachments"
    wrong = client.post(path, params={"step": 3}, content=b"texto\n", headers={"Accept-Language": "en"})
    assert (wrong.status_code, "wants a photo" in wrong.json()["detail"]) == (409, True)
    assert client.post(path, params={"step": 1}, content=PNG).status_code == 409
    assert client.post(path, params={"step": 9}, content=PNG).status_code == 404
    assert client.get(f"/api/v1/tickets/{folio}").json()["dossier"]["attachments"] == []
    number = client.post(path, params={"step": 3, "name": "banco.png", "remark": "sin fugas"}, content=PNG)
    step = client.get(f"/api/v1/tickets/{folio}").json()["steps"][2]
    assert (step["done"], step["attachment"]) == (True, number.json()["number"])
    assert step["evidence"] == "banco.png · sin fugas"


def test_a_value_outside_its_limits_is_settled_by_a_remark_and_a_step_left_out_by_a_manager(city: City) -> None:
    folio = preventive(city)
    client = city.client(UserRole.TECHNICIAN)
    home = f"/api/v1/tickets/{folio}/steps"
    client.post(f"{home}/2", json={"value": "12,9"})
    step = client.get(f"/api/v1/tickets/{folio}").json()["steps"][1]
    assert (step["done"], step["settled"]) == (False, False)
    client.post(f"{home}/2", json={"value": "12.9", "remark": "bloque 3: se pide cambio"})
    assert client.get(f"/api/v1/tickets/{folio}").json()["steps"][1]["done"]
    assert client.post(f"{home}/1/waive", json={"reason": "sellado"}).status_code == 403
    assert city.client(UserRole.MANAGER).post(f"{home}/1/waive", json={"reason": "sellado"}).status_code == 200
    assert client.get(f"/api/v1/tickets/{folio}").json()["steps"][0]["done"]


def test_refusals_are_said_in_the_language_of_who_asks(city: City) -> None:
    client, folio = city.client(UserRole.ADMINISTRATOR), city.folio()
    said = {}
    for language in ("es", "en"):
        answer = client.post(
            f"/api/v1/tickets/{folio}/actions", json={"action": "close"}, headers={"Accept-Language": language}
        )
        said[language] = answer.json()["detail"]
    assert said["en"] == f"{folio} is open: “close” is not possible now"
    assert "abierto" in said["es"]
    assert "open" not in said["es"]


def form_key(page: str) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_telephone_sends_photos_from_the_page_of_a_step_and_of_the_ticket(city: City) -> None:
    folio = preventive(city)
    browser = city.browser(UserRole.TECHNICIAN)
    home = f"/tickets/{folio}"
    page = browser.get(home).text
    assert 'enctype="multipart/form-data"' in page
    key = {"form_key": form_key(page)}
    sent = browser.post(f"{home}/steps/3/attachment", data={**key, "remark": "ok"}, files={"file": ("a.png", PNG)})
    assert (sent.status_code, sent.headers["location"]) == (303, f"{home}#step-3")
    files = [("file", ("b.png", PNG + b"1")), ("file", ("c.txt", b"nota\n"))]
    assert browser.post(f"{home}/attachments", data=key, files=files).status_code == 303
    page = browser.get(home).text
    kept = re.findall(rf'href="{home}/attachments/(\d+)"', page)
    assert len(set(kept)) == 3
    shown = browser.get(f"{home}/attachments/{kept[0]}")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert browser.post(f"{home}/attachments", data=key, files={"file": ("", b"")}).status_code == 409


def test_a_form_with_files_from_elsewhere_is_refused(city: City) -> None:
    folio, browser = city.folio(), city.browser(UserRole.TECHNICIAN)
    path, key = f"/tickets/{folio}/attachments", {"form_key": form_key(browser.get(f"/tickets/{folio}").text)}
    file = {"file": ("a.png", PNG)}
    assert browser.post(path, data={"form_key": "guess"}, files=file).status_code == 403
    assert browser.post(path, data=key, files=file, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.post(path, data=key).status_code == 422
    browser.cookies.clear()
    assert browser.post(path, data=key, files=file).headers["location"].startswith("/login")
    assert not city.files.folder.exists()


def test_time_parts_and_watching_go_through_the_pages_as_people_type_numbers(city: City) -> None:
    folio, browser = city.folio(), city.browser(UserRole.TECHNICIAN)
    home = f"/tickets/{folio}"
    key = {"form_key": form_key(browser.get(home).text)}
    assert browser.post(f"{home}/time", data={**key, "minutes": "12,5", "cost": "1,200.50"}).status_code == 303
    assert browser.post(f"{home}/parts", data={**key, "name": "fusible", "unit_cost": "15"}).status_code == 303
    assert browser.post(f"{home}/watchers", data=key).status_code == 303
    assert browser.post(f"{home}/time", data={**key, "minutes": "doce"}).status_code == 409
    page = browser.get(home).text
    assert "12.50 minutes" in page
    assert "1,215.50 MXN" in page
    assert "Stop watching" in page


def test_pages_show_words_and_not_codes(city: City) -> None:
    folio = city.folio()
    browser = city.browser(UserRole.ADMINISTRATOR)
    home = f"/tickets/{folio}"
    key = {"form_key": form_key(browser.get(home).text)}
    browser.post(f"{home}/act", data={**key, "action": "hold", "reason": "part"})
    page = browser.get(f"{home}?lang=es").text
    assert "una refacción" in page
    assert ">provider-fixed<" not in page


@pytest.mark.parametrize("role", list(UserRole))
def test_the_pages_permit_and_refuse_each_role_as_the_api_does(city: City, role: UserRole) -> None:
    folio, browser = city.folio(), city.browser(role)
    home = f"/tickets/{folio}"
    key = {"form_key": form_key(browser.get(home).text)}
    for path, data, permission in (
        ("act", {"action": "assign", "assignee": "luis"}, Permission.ASSIGN_TICKET),
        ("act", {"action": "start"}, Permission.WORK_TICKET),
        ("act", {"action": "note", "note": "visto"}, Permission.NOTE_TICKET),
        ("act", {"action": "prioritise", "priority": "1"}, Permission.PRIORITISE_TICKET),
        ("time", {"minutes": "5"}, Permission.WORK_TICKET),
        ("parts", {"name": "fusible"}, Permission.WORK_TICKET),
        ("watchers", {"person": "otra"}, Permission.ASSIGN_TICKET),
        ("watchers", {}, Permission.READ),
    ):
        status = browser.post(f"{home}/{path}", data={**key, **data}).status_code
        assert status == (303 if permission in GRANTS[role] else 403), (path, data, status)
    sent = browser.post(f"{home}/attachments", data=key, files={"file": ("a.png", PNG)}).status_code
    assert sent == (303 if Permission.NOTE_TICKET in GRANTS[role] else 403)


def test_the_plan_of_preventive_work_is_shown_and_exported_of_ones_own_departments(city: City) -> None:
    now = time.time()
    jobs = [("tesoreria", "sw-tesoreria", now + 86_400), ("catastro", "srv-catastro", None)]
    with city.records.begin() as connection:
        for department, name, start in jobs:
            common = {"cause_key": f"calendar/x/0/device/{name}", "playbook": "ups-prueba", "site": "palacio"}
            span = {"due_from": now, "due_until": now + 20 * 86_400, "minutes": 60.0, "state": "planned", "folio": ""}
            place = {
                "planned_start": start,
                "planned_end": start and start + 3600,
                "technician": "ana" if start else "",
            }
            row = {**common, **span, **place, "department": department, "device": name}
            connection.execute(preventive_jobs.insert().values(**row))
    client = city.client(UserRole.VIEWER)
    found = client.get("/api/v1/preventive/plan?days=30").json()
    assert [row["device"] for row in found] == ["sw-tesoreria", "srv-catastro"]
    assert found[0]["title"].startswith("ups-prueba: sw-tesoreria")
    calendar = client.get("/api/v1/preventive/plan/ics")
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert calendar.text.count("BEGIN:VEVENT") == 1
    table = client.get("/api/v1/preventive/plan/csv").content.decode("utf-8-sig")
    assert len(table.splitlines()) == 3
    own = city.client(UserRole.VIEWER, departments=("catastro",)).get("/api/v1/preventive/plan").json()
    assert [row["device"] for row in own] == ["srv-catastro"]
    assert client.get("/api/v1/preventive/plan/exe").status_code == 422
