"""What the public sees: its services and nothing internal, for people and for programs; and faults that it reports."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa

from nms.access import Actor, UserRole
from nms.model import DeviceId, Message, Severity, State, Verdict
from nms.queries.ports import TicketAct
from nms.store.audit import entries
from nms.store.records import metadata
from nms.store.tables.web import fault_reports
from nms.tickets.faults import FaultBook, FaultFile, Service
from nms.views.public.export import export
from nms.views.public.formats import atom, instant
from nms.views.public.open_data import catalogue
from tests.views.browser import Browser
from tests.views.city import DAY, NOW, City
from tests.views.web.test_pages import check

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
BOSS = Actor("boss", frozenset({UserRole.ADMINISTRATOR}), origin="test")
INTERNAL = (
    *("192.0.2.7", "sw-tesoreria", "rt-seguridad", "pbx-central", "srv-catastro", "Ana Ruiz"),
    *("MC-2026", "device-down", "Enlace Tesorería", "router nuevo", "<script>"),
)
PUBLIC = (
    "/status",
    "/status/report",
    "/status/open-data",
    "/status/api/v2/summary.json",
    "/status/feed.atom",
    "/status/open-data/months.csv",
    "/status/open-data/months.json",
    "/status/open-data/catalog.jsonld",
    "/status/open-data/months.csv-metadata.json",
)


def lived(city: City) -> City:
    """Seguridad (around the clock) was down for two hours five days ago, and Tesorería is down now, at noon."""
    for name in ("tesoreria", "catastro", "seguridad"):
        city.observe(f"department/{name}", State.UP, NOW - 39 * DAY)
        city.live.department_states[name] = State.UP
    city.observe("department/seguridad", State.DOWN, NOW - 5 * DAY)
    city.observe("department/seguridad", State.UP, NOW - 5 * DAY + 7200)
    city.observe("department/tesoreria", State.DOWN, NOW - 600)
    city.live.department_states["tesoreria"] = State.DOWN
    city.states.heartbeat(NOW)
    city.judge("sw-tesoreria")
    city.book.plan_maintenance(
        BOSS, "Cambio de router", {"department": ["catastro"]}, "router nuevo", NOW + DAY, 7200.0, NOW
    )
    return city


def visitor(city: City, **more: str) -> Browser:
    return Browser(city.application(), {"Accept": "text/html", "Accept-Language": "en"}, **more)


@pytest.mark.parametrize("path", PUBLIC)
def test_nothing_internal_is_in_anything_public(city: City, path: str) -> None:
    response = visitor(lived(city)).get(path)
    assert response.status_code == 200
    for word in INTERNAL:
        assert word not in response.text
    assert "set-cookie" not in response.headers
    if path in PUBLIC[:3]:
        check(response.text)


def test_the_page_says_what_is_interrupted_what_is_planned_and_how_the_days_were(city: City) -> None:
    status = lived(city).public().status()
    assert status.worst is State.DOWN
    seguridad = next(one for one in status.services if one.id == "seguridad")
    assert len(seguridad.days) == 90
    (bad,) = [day for day in seguridad.days if day.down_seconds]
    assert (bad.down_seconds, bad.state) == (7200, State.DEGRADED)
    assert bad.up == pytest.approx(1 - 7200 / 86_400)
    assert seguridad.days[0].state is State.UNKNOWN
    assert [(one.service, one.end) for one in status.incidents] == [
        ("tesoreria", None),
        ("seguridad", NOW - 5 * DAY + 7200),
    ]
    (work,) = status.work
    assert (work.services, work.start, work.end) == (("Catastro",), NOW + DAY, NOW + DAY + 7200)
    page = visitor(city).get("/status").text
    assert "Some services are interrupted" in page
    assert "Interruption of the services of Tesorería Municipal" in page


def test_summary_json_is_what_readers_of_statuspage_expect(city: City) -> None:
    found = visitor(lived(city)).get("/status/api/v2/summary.json").json()
    assert found["status"]["indicator"] == "major"
    states = {one["id"]: one["status"] for one in found["components"]}
    assert states == {"tesoreria": "major_outage", "catastro": "operational", "seguridad": "operational"}
    (incident,) = found["incidents"]
    assert (incident["status"], incident["impact"]) == ("investigating", "major")
    assert incident["started_at"].endswith("Z")
    (work,) = found["scheduled_maintenances"]
    assert work["components"] == [{"id": "catastro", "name": "Catastro"}]
    assert [one["status"] for one in work["incident_updates"]] == ["scheduled"]
    assert found["page"]["url"] == "https://estado.example/status"
    since = {one["id"]: one["updated_at"] for one in found["components"]}
    assert since["tesoreria"] == instant(NOW - 600)
    city.now += 60
    city.states.heartbeat(city.now)
    again = visitor(city).get("/status/api/v2/summary.json").json()
    assert {**again, "page": found["page"]} == found, "what did not change says so a minute later"


def test_the_feed_is_atom_with_stable_identities(city: City) -> None:
    text = visitor(lived(city)).get("/status/feed.atom").content
    again = visitor(city).get("/status/feed.atom").content
    assert text == again
    feed = ElementTree.fromstring(text)
    space = {"a": "http://www.w3.org/2005/Atom"}
    links = {one.get("rel"): one.get("href") for one in feed.findall("a:link", space)}
    assert links == {"self": "https://estado.example/status/feed.atom", "alternate": "https://estado.example/status"}
    entries = feed.findall("a:entry", space)
    copy = ElementTree.fromstring(atom(city.public().status(), "https://copia.example"))
    ids = [one.findtext("a:id", "", space) for one in (feed, *entries)]
    assert ids == [one.findtext("a:id", "", space) for one in (copy, *copy.findall("a:entry", space))]
    assert len(set(ids)) == 3
    assert all(one.startswith("urn:uuid:") for one in ids)
    assert len(entries) == 2
    for entry in (feed, *entries):
        for name in ("id", "title", "updated"):
            assert entry.findtext(f"a:{name}", None, space)


def test_open_data_agree_with_each_other_and_are_catalogued(city: City) -> None:
    browser = visitor(lived(city))
    rows = list(csv.DictReader(io.StringIO(browser.get("/status/open-data/months.csv").text)))
    data = browser.get("/status/open-data/months.json").json()
    assert len(rows) == len(data) == 36
    assert {row["month"] for row in rows} == {one["month"] for one in data}
    assert rows[0]["month"] == "2026-08"
    catalogue = browser.get("/status/open-data/catalog.jsonld").json()
    (dataset,) = catalogue["dcat:dataset"]
    assert rows[0].keys() == data[0].keys()
    described = browser.get("/status/open-data/months.csv-metadata.json").json()
    assert [one["name"] for one in described["tableSchema"]["columns"]] == list(rows[0])
    assert dataset["dct:modified"]["@value"] == "2026-09-01"
    assert dataset["dct:temporal"]["dcat:startDate"]["@value"] == "2025-09-01"
    assert dataset["dct:temporal"]["dcat:endDate"]["@value"] == "2026-08-31"
    urls = [one["dcat:downloadURL"]["@id"] for one in dataset["dcat:distribution"]]
    urls += [described["url"], catalogue["@id"], catalogue["foaf:homepage"]["@id"].rstrip("/")]
    for url in urls:
        assert browser.get(url.removeprefix("https://estado.example")).status_code == 200


CLASSES = {
    "dct:publisher": "foaf:Agent",
    "dct:license": "dct:LicenseDocument",
    "dct:language": "dct:LinguisticSystem",
    "dct:format": "dct:MediaTypeOrExtent",
    "dct:temporal": "dct:PeriodOfTime",
    "dct:accrualPeriodicity": "dct:Frequency",
    "dct:accessRights": "dct:RightsStatement",
    "dcat:mediaType": "dct:MediaType",
    "dcat:theme": "skos:Concept",
    "dcat:contactPoint": "vcard:Kind",
    "dcat:dataset": "dcat:Dataset",
    "dcat:distribution": "dcat:Distribution",
}
"""The ranges of DCAT-AP 3.0."""

MANDATORY = {
    "dcat:Catalog": {"dct:title", "dct:description", "dct:publisher", "dcat:dataset", "dct:license"},
    "dcat:Dataset": {
        "dct:title",
        "dct:description",
        "dct:publisher",
        "dcat:distribution",
        "dcat:keyword",
        "dcat:theme",
    },
    "dcat:Distribution": {"dcat:accessURL", "dct:license", "dct:format"},
    "foaf:Agent": {"foaf:name"},
}
"""What DCAT-AP 3.0 demands, and what it recommends that portals ask for."""


@pytest.mark.parametrize("months", [True, False])
def test_the_catalogue_has_what_dcat_ap_demands_of_the_classes_that_it_demands(city: City, months: bool) -> None:
    reads = lived(city).public()
    found = catalogue(reads.status(), reads.months() if months else (), "https://estado.example/status")
    seen = []

    def look(node: object) -> None:
        for one in node if isinstance(node, list) else [node]:
            if not isinstance(one, dict):
                continue
            kind = one.get("@type", "")
            seen.append(kind)
            assert one.keys() >= MANDATORY.get(kind, set())
            assert all(str(one.get("@id", "https://")).startswith(("http", "mailto:")) for _ in (one,))
            for name, value in one.items():
                if name in CLASSES:
                    several = value if isinstance(value, list) else [value]
                    assert {child["@type"] for child in several} == {CLASSES[name]}
                look(value)

    look(found)
    assert {*MANDATORY, "vcard:Kind"} <= set(seen)


def test_tickets_of_a_department_of_few_people_are_not_published(city: City) -> None:
    """Who reported what would be known to everybody there."""
    small = replace(city.inventory.departments["catastro"], staff=9)
    city.inventory = replace(city.inventory, departments={**city.inventory.departments, "catastro": small})
    rows = list(csv.DictReader(io.StringIO(visitor(lived(city)).get("/status/open-data/months.csv").text)))
    told = {row["department"]: {row[name] for name in row if name.startswith("tickets_")} for row in rows}
    assert told == {"tesoreria": {"0"}, "seguridad": {"0"}, "catastro": {""}}


def test_the_static_copy_is_whole_in_itself(city: City, tmp_path: Path) -> None:
    files = export(lived(city).public(), tmp_path / "public", "https://estado.example", "es")
    page = (tmp_path / "public" / "index.html").read_text(encoding="utf-8")
    plain = page.replace('<script src="age.js" defer></script>', "")
    check(plain.replace("<style>", "<title>").replace("</style>", "</title>"))
    assert re.findall(r'src="([^"]*)"', page) == ["age.js"]
    data = (tmp_path / "public" / "open-data" / "index.html").read_text(encoding="utf-8")
    for text, folder in ((page, tmp_path / "public"), (data, tmp_path / "public" / "open-data")):
        near = [one for one in re.findall(r'(?:href|src)="([^"#]+)"', text) if not one.startswith("https://")]
        assert near
        assert all((folder / one).is_file() for one in near), "every link works from a file or another host"
    assert "/static/" not in page
    summary = json.loads((tmp_path / "public/api/v2/summary.json").read_text())
    assert summary["components"]
    assert summary["page"]["url"] == "https://estado.example"
    assert "https://estado.example/open-data/months.csv" in (tmp_path / "public/open-data/catalog.jsonld").read_text()
    assert not list((tmp_path / "public").rglob("*.partial"))
    for file in files:
        for word in INTERNAL:
            assert word not in file.read_text(encoding="utf-8")


FAULT = {"department": "tesoreria", "service": "network", "what": "No hay Internet", "contact": "lucia@example.org"}


def send(browser: Browser, **changes: str) -> str:
    response = browser.post("/status/report", data={**FAULT, **changes})
    assert response.status_code == 303, response.text
    return response.headers["location"]


def test_a_report_of_something_unknown_becomes_a_ticket_that_can_be_followed(city: City) -> None:
    browser = visitor(city)
    where = send(browser, department="catastro", what="La impresora <b>humea</b>", service="printer")
    (ticket,) = city.reads.tickets("en")
    assert (ticket.department, ticket.title) == ("catastro", "Reported: La impresora <b>humea</b>")
    page = browser.get(where)
    check(page.text)
    assert "waiting for somebody to take it" in page.text
    city.acts.act_on_ticket(BOSS, ticket.folio, TicketAct("start"))
    assert "being worked on" in browser.get(where).text


def test_a_report_of_something_known_is_attached_to_it_and_the_reporter_told(city: City) -> None:
    city.judge("sw-tesoreria")
    (known,) = city.reads.tickets("en")
    browser = visitor(city)
    page = browser.get(send(browser)).text
    assert "This was known already" in page
    assert known.folio in page
    assert len(city.reads.tickets("en")) == 1
    assert "No hay Internet" in city.reads.ticket(known.folio, "en").log[-1].text


def test_a_report_of_what_the_trouble_of_another_department_takes_down_is_attached_to_it(city: City) -> None:
    """The server of Catastro stands behind the switch of Tesorería."""
    city.judge("sw-tesoreria")
    behind = Verdict(
        "device-down/srv-catastro", "device-down", DeviceId("srv-catastro"), NOW, Severity.CRITICAL, Message("down")
    )
    city.book.apply([replace(behind, because_of="device-down/sw-tesoreria")], NOW)
    (known,) = city.reads.tickets("en")
    browser = visitor(city)
    page = browser.get(send(browser, department="catastro")).text
    assert "This was known already" in page
    assert known.folio in page
    send(browser, department="seguridad")
    assert len(city.reads.tickets("en")) == 2


def test_a_report_that_the_known_trouble_does_not_explain_is_looked_at_by_a_person(city: City) -> None:
    city.judge("sw-tesoreria")
    send(visitor(city), service="other", what="Huele a quemado")
    send(visitor(city), department="catastro")
    assert len(city.reads.tickets("en")) == 3


def test_who_reported_is_nowhere_but_in_the_report_and_is_forgotten_in_time(city: City) -> None:
    send(visitor(city))
    (ticket,) = city.reads.tickets("en")
    assert "lucia" not in str(city.reads.ticket(ticket.folio, "en"))
    book = FaultBook(city.records, city.desk, city.files)
    (reporter,) = book.reporters(BOSS, ticket.folio, NOW)
    assert (reporter.contact, reporter.channel) == ("lucia@example.org", "form")
    act = TicketAct("resolve", cause="cabling", solution="repaired", note="x")
    city.acts.act_on_ticket(BOSS, ticket.folio, act)
    city.acts.act_on_ticket(BOSS, ticket.folio, TicketAct("close"))
    assert book.forget(NOW + 179 * DAY, 180 * DAY) == 0
    assert book.forget(NOW + 181 * DAY, 180 * DAY) == 1
    with city.records.read() as connection:
        assert "lucia" not in str(connection.execute(sa.select(fault_reports)).all())


def test_a_photo_of_a_form_is_kept_with_the_ticket_and_what_is_none_is_refused(city: City) -> None:
    browser = visitor(city)
    photo = {"file": ("../foto.png", PNG, "image/png")}
    assert browser.post("/status/report", data=FAULT, files=photo).status_code == 303
    (ticket,) = city.reads.tickets("en")
    (kept,) = city.reads.ticket(ticket.folio, "en").dossier.attachments
    assert (kept.name, kept.media_type) == ("foto.png", "image/png")
    page = {"file": ("foto.png", b"<html><script>alert(1)</script>", "image/png")}
    assert browser.post("/status/report", data=FAULT, files=page).status_code == 422
    large = {"file": ("foto.png", bytes(9_000_000), "image/png")}
    assert browser.post("/status/report", data=FAULT, files=large).status_code == 413
    assert len(city.reads.tickets("en")) == 1


def test_what_a_reporter_wrote_leaves_the_ticket_as_well_when_its_time_is_over(city: City) -> None:
    """Of a ticket of its own and of one that it was added to; what the office wrote stays, and nothing was audited."""
    city.judge("sw-tesoreria")
    browser = visitor(city)
    said = {"what": "Soy Lucía Paz, 443-555-0101", "place": "Ventanilla de Lucía"}
    known, own = send(browser, **said), send(browser, **said, department="catastro", service="printer")
    folios = {one.folio for one in city.reads.tickets("en")}
    book = FaultBook(city.records, city.desk, city.files)
    assert book.add(own.rpartition("/")[2], "Lucía otra vez", NOW, FaultFile("Lucía.png", PNG))
    for folio in folios:
        act = TicketAct("resolve", cause="cabling", solution="repaired", note="cable nuevo", although_down=True)
        city.acts.act_on_ticket(BOSS, folio, act)
        city.acts.act_on_ticket(BOSS, folio, TicketAct("close"))
    assert [one.folio for one in city.reads.tickets("en", text="lucia")]
    assert book.forget(NOW + 181 * DAY, 180 * DAY) == 2
    with city.records.read() as connection:
        everything = [
            str(row) for table in metadata.sorted_tables for row in connection.execute(sa.select(table)).all()
        ]
    for word in ("Lucía", "lucia", "443-555-0101", "443", "192.0.2.50"):
        assert [row for row in everything if word in row] == []
    assert any("cable nuevo" in row for row in everything)
    assert not list(city.files.folder.glob("??/*"))
    assert known.rpartition("/")[2] in browser.get(known).text
    assert [one.folio for one in city.reads.tickets("en", text="cable")]


def test_who_looks_at_who_reported_is_in_the_audit(city: City) -> None:
    send(visitor(city))
    (ticket,) = city.reads.tickets("en")
    page = city.browser(UserRole.TECHNICIAN).get(f"/tickets/{ticket.folio}/reporters")
    check(page.text)
    assert "lucia@example.org" in page.text
    assert city.browser(UserRole.VIEWER).get(f"/tickets/{ticket.folio}/reporters").status_code == 403
    with city.records.read() as connection:
        looked = [one for one in entries(connection) if one.action == "read-reporters"]
    assert [one.subject for one in looked] == [ticket.folio]


def test_reports_from_one_address_are_counted_and_robots_refused(city: City) -> None:
    browser = visitor(city)
    for _ in range(3):
        send(browser)
    assert browser.post("/status/report", data=FAULT).status_code == 429
    elsewhere = Browser(browser.app, address="192.0.2.99")
    assert elsewhere.post("/status/report", data={**FAULT, "website": "http://spam"}).status_code == 422
    assert elsewhere.post("/status/report", data=FAULT).status_code == 303


@pytest.mark.parametrize(
    "changes", [{"department": "none"}, {"department": ""}, {"service": "x"}, {"what": " \x00 "}, {"what": "x" * 5000}]
)
def test_a_form_that_is_not_filled_in_is_shown_again_with_the_reason(city: City, changes: dict[str, str]) -> None:
    response = visitor(city).post("/status/report", data={**FAULT, **changes})
    assert response.status_code == 422
    check(response.text)
    assert city.reads.tickets("en") == []


def test_numbers_of_reports_cannot_be_guessed_and_guessing_is_slowed(city: City) -> None:
    browser = visitor(city)
    number = send(browser).rsplit("/", 1)[1]
    assert len(number) == len("RF-2026-XXXXXXXX")
    statuses = {browser.get(f"/status/report/RF-2026-{guess:08}").status_code for guess in range(40)}
    assert statuses == {404}
    assert browser.get(f"/status/report/{number}").status_code == 404
    assert Browser(browser.app, address="192.0.2.98").get(f"/status/report/{number}").status_code == 200


def test_every_service_of_the_form_has_words(city: City) -> None:
    page = visitor(city).get("/status/report").text
    assert all(f'value="{one}"' in page for one in Service)
