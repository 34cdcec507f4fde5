"""The pages: behind a session, without script, safe from what devices and other sites say, and whole as HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from nms.access import UserRole
from nms.model import Component
from nms.notify.links import AcknowledgeLink, sign
from nms.store.audit import entries
from tests.views.browser import Browser
from tests.views.city import LINK_SECRET, NOW, City

PAGES = (
    "/",
    "/?refresh=1",
    "/departments/tesoreria",
    "/devices/sw-tesoreria",
    "/devices/sw-tesoreria?days=7",
    "/alerts",
    "/tickets",
    "/tickets?status=&text=falla",
    "/tickets/{folio}",
    "/telephony",
    "/configurations",
    "/configurations?pattern=description",
    "/devices/sw-tesoreria/configuration",
    "/devices/sw-tesoreria/configuration?which=running",
    "/devices/sw-tesoreria/configuration?old=baseline&new=running",
    "/devices/sw-tesoreria/configuration?restoring=true",
    "/oncall",
    "/maintenance",
    "/quiet",
    "/quiet/silences",
    "/quiet/corrections?days=366",
    "/reports",
    "/reports/uptime",
    "/reports/sla?first=2026-09-01&last=2026-09-21",
)


class Checked(HTMLParser):
    """What WCAG 2.2 and our policy ask of a page, as far as a parser sees it."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.needs_label: list[str] = []
        self.headings: list[int] = []
        self.language = ""
        self.main = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        assert tag not in ("script", "iframe", "object", "embed", "base", "marquee"), tag
        assert not any(name.startswith("on") or name == "style" for name in values), (tag, values)
        assert not any(value.strip().lower().startswith("javascript:") for value in values.values())
        if tag not in self.VOID:
            self.open.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "label":
            self.labelled.add(values.get("for", ""))
        if tag in ("select", "textarea") or (tag == "input" and values.get("type") != "hidden"):
            self.needs_label.append(values.get("id", f"{tag} without id"))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "html":
            self.language = values.get("lang", "")
        self.main += tag == "main"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "iframe")

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def verdict(self) -> None:
        assert self.open == []
        assert self.language in ("es", "en")
        assert self.main == 1
        assert len(set(self.ids)) == len(self.ids)
        assert set(self.needs_label) <= self.labelled
        assert self.headings[0] == 1
        assert self.headings.count(1) == 1
        assert all(after - before <= 1 for before, after in zip(self.headings, self.headings[1:], strict=False))


def check(page: str) -> None:
    parser = Checked()
    parser.feed(page)
    parser.close()
    parser.verdict()


def lived(city: City) -> str:
    city.judge("sw-tesoreria")
    city.judge("rt-seguridad")
    city.read("sw-tesoreria", "temperature", "temperature_celsius", 41.5, Component("sensor", "t1", "<b>t1</b>"))
    return city.folio()


def key_of(page: str) -> str:
    found = re.search(r'name="form_key" value="(\w+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole_accessible_and_free_of_script_and_hostile_text(city: City, path: str) -> None:
    folio = lived(city)
    browser = city.browser(UserRole.ADMINISTRATOR)
    for language in ("es", "en"):
        response = browser.get(path.format(folio=folio), headers={"Accept-Language": language})
        assert response.status_code == 200, response.text[:500]
        assert "<script" not in response.text
        check(response.text)
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_every_page_leads_to_the_login_and_back(city: City, path: str) -> None:
    response = Browser(city.application()).get(path.format(folio="x"))
    assert response.status_code == 303
    assert response.headers["location"].startswith("/login?back=/")


def test_the_token_is_not_in_the_cookie_and_the_cookie_is_out_of_reach(city: City) -> None:
    token = city.token(UserRole.VIEWER)
    browser = Browser(city.application(), base_url="https://monitor.example")
    response = browser.post("/login", data={"token": token, "back": "/alerts"})
    assert response.headers["location"] == "/alerts"
    cookie = response.headers["set-cookie"]
    assert token not in cookie
    assert cookie.startswith("__Host-nms-session=")
    for flag in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert flag in cookie


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_logging_in_never_leads_to_another_site(city: City, back: str) -> None:
    browser = Browser(city.application())
    response = browser.post("/login", data={"token": city.token(UserRole.VIEWER), "back": back})
    assert response.headers["location"] == "/"


def test_a_wrong_expired_or_single_use_token_opens_no_session(city: City) -> None:
    once = city.tokens.create("setup", [UserRole.ADMINISTRATOR], by="x", single_use=True)
    old = city.tokens.create("old", [UserRole.VIEWER], by="x", expires_at=NOW - 1)
    for token in ("nms_guess", "", once, old):
        response = Browser(city.application()).post("/login", data={"token": token})
        assert response.status_code == 401
        assert "set-cookie" not in response.headers


def test_a_session_ends_with_its_token_by_idleness_by_age_and_by_logging_out(city: City) -> None:
    browser = city.browser(UserRole.VIEWER)
    assert browser.get("/alerts").status_code == 200
    city.tokens.revoke(city.tokens.rows()[0].id)
    assert browser.get("/alerts").status_code == 303
    idle = city.browser(UserRole.VIEWER)
    city.now += 3601
    assert idle.get("/alerts").status_code == 303
    busy = city.browser(UserRole.TECHNICIAN)
    for _ in range(13):
        city.now += 3500
        last = busy.get("/alerts").status_code
    assert last == 303
    leaving = city.browser(UserRole.VIEWER)
    cookies = dict(leaving.cookies)
    leaving.post("/logout", data={"form_key": key_of(leaving.get("/alerts").text)})
    leaving.cookies.update(cookies)
    assert leaving.get("/alerts").status_code == 303


def test_logging_in_again_ends_the_session_before(city: City) -> None:
    browser = city.browser(UserRole.VIEWER)
    before = dict(browser.cookies)
    browser.post("/login", data={"token": city.token(UserRole.VIEWER)})
    assert dict(browser.cookies) != before
    stolen = Browser(browser.app)
    stolen.cookies.update(before)
    assert stolen.get("/alerts").status_code == 303


def test_a_form_of_another_site_or_without_its_key_does_nothing(city: City) -> None:
    lived(city)
    browser = city.browser(UserRole.ADMINISTRATOR)
    fields = {"key": "device-down/sw-tesoreria", "form_key": key_of(browser.get("/alerts").text)}
    assert browser.post("/alerts/acknowledge", data={**fields, "form_key": "0" * 32}).status_code == 403
    assert browser.post("/alerts/acknowledge", data={"key": fields["key"]}).status_code == 403
    elsewhere = browser.post("/alerts/acknowledge", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    assert browser.post("/alerts/acknowledge", json=fields).status_code == 422
    assert all(not row.acknowledged_by for row in city.reads.alerts("en"))


def test_somebody_on_call_acknowledges_and_works_on_a_ticket_from_a_phone(city: City) -> None:
    folio = lived(city)
    browser = city.browser(UserRole.ON_CALL)
    key = key_of(browser.get("/alerts").text)
    chosen = {"key": ["device-down/sw-tesoreria", "device-down/rt-seguridad"], "note": "voy", "form_key": key}
    assert browser.post("/alerts/acknowledge", data=chosen).status_code == 303
    assert {row.acknowledged_by for row in city.reads.alerts("en")} == {"somebody"}
    for action in ({"action": "assign"}, {"action": "start"}, {"action": "note", "note": "visto"}):
        response = browser.post(f"/tickets/{folio}/act", data={**action, "form_key": key})
        assert response.headers["location"] == f"/tickets/{folio}"
    assert city.reads.ticket(folio, "en").ticket.assignee == "somebody"
    page = browser.get(f"/tickets/{folio}").text
    assert "visto" in page


def test_what_cannot_be_done_is_a_page_that_says_why(city: City) -> None:
    browser = city.browser(UserRole.VIEWER)
    key = key_of(browser.get("/alerts").text)
    refused = browser.post(f"/tickets/{city.folio()}/act", data={"action": "start", "form_key": key})
    assert refused.status_code == 403
    check(refused.text)
    missing = browser.get("/tickets/MC-2026-999999")
    assert missing.status_code == 404
    check(missing.text)
    assert browser.get("/reports/nothing").status_code == 422
    assert browser.get("/reports/uptime").status_code == 403


def test_pages_of_a_department_session_hold_nothing_of_another(city: City) -> None:
    folio = lived(city)
    browser = city.browser(UserRole.ADMINISTRATOR, departments=("catastro",))
    for path in ("/", "/alerts", "/tickets", "/maintenance", "/reports"):
        page = browser.get(path).text
        assert "sw-tesoreria" not in page
        assert "Seguridad" not in page
        assert folio not in page
    for path in ("/departments/tesoreria", "/devices/sw-tesoreria", f"/tickets/{folio}", "/reports/uptime"):
        assert browser.get(path).status_code == 403


def test_a_report_comes_as_a_file_in_the_wanted_format(city: City) -> None:
    browser = city.browser(UserRole.MANAGER)
    for form, start in (("csv", "\ufeff".encode()), ("xlsx", b"PK")):
        response = browser.get(f"/reports/renewal?format={form}&first=2026-08-01&last=2026-08-31")
        assert response.content.startswith(start)
        assert response.headers["content-disposition"] == f'attachment; filename="renewal-2026-08-01.{form}"'
    assert browser.get("/reports/uptime?first=2026-13-01").status_code == 422
    assert browser.get("/reports/uptime?first=2026-09-20&last=2026-09-01").status_code == 422


def incident_link(city: City, person: str = "ana", expires: float = 4e9) -> str:
    (incident,) = city.reads.incidents("en")
    return "/ack/" + sign(LINK_SECRET, AcknowledgeLink(incident.id, person, int(expires)))


def test_a_link_in_a_message_acknowledges_only_after_the_button_was_pressed(city: City) -> None:
    city.judge("sw-tesoreria")
    browser = Browser(city.application(), {"Accept-Language": "en"})
    link = incident_link(city)
    page = browser.get(link)
    assert page.status_code == 200
    check(page.text)
    assert city.reads.alerts("en")[0].acknowledged_by == ""
    done = browser.post(link, data={"note": "voy en camino"})
    assert "Acknowledged by ana" in done.text
    (alert,) = city.reads.alerts("en")
    assert (alert.acknowledged_by, alert.acknowledged_note) == ("ana", "voy en camino")


def test_a_forged_or_old_link_does_nothing(city: City) -> None:
    city.judge("sw-tesoreria")
    browser = Browser(city.application())
    good = incident_link(city)
    for link in (good[:-4] + "AAAA", "/ack/x", incident_link(city, expires=5)):
        assert browser.get(link).status_code == 404
        assert browser.post(link, data={"note": "x"}).status_code == 404
    assert city.reads.alerts("en")[0].acknowledged_by == ""


def test_the_language_is_chosen_once_and_kept(city: City) -> None:
    browser = city.browser(UserRole.VIEWER)
    browser.get("/alerts?lang=es")
    assert '<html lang="es">' in browser.get("/alerts").text


def test_a_configuration_is_read_compared_searched_fetched_and_accepted_on_its_pages(city: City) -> None:
    lived(city)
    browser = city.browser(UserRole.ON_CALL)
    where = "/devices/sw-tesoreria/configuration"
    assert f'href="{where}"' in browser.get("/devices/sw-tesoreria").text
    page = browser.get(where, headers={"Accept-Language": "en"}).text
    assert '<span class="removed">-interface Gi0/1\n</span>' in page
    assert "TheSecret" not in page
    text = browser.get(f"{where}?which=running").text
    assert "&lt;script&gt;alert(1)" in text
    assert "enable secret 5 &lt;secret:" in text
    found = browser.get("/configurations?pattern=^interface").text
    assert f'href="{where}?which=running#l4"' in found
    assert "TheSecret" not in browser.get("/configurations?pattern=TheSecret").text.replace('value="TheSecret"', "")
    assert browser.get("/configurations?pattern=(").status_code == 409
    key = key_of(page)
    assert browser.post(f"{where}/fetch", data={"form_key": key}).headers["location"] == where
    assert browser.post(f"{where}/accept", data={"form_key": key, "note": " "}).status_code == 409
    assert browser.post(f"{where}/accept", data={"form_key": key, "note": "norma"}).status_code == 303
    assert "norma" in browser.get(where).text
    with city.records.read() as connection:
        done = [(row.action, row.subject) for row in entries(connection, kind="configuration")]
    assert {("read", "sw-tesoreria"), ("read", "all"), ("fetch", "sw-tesoreria"), ("accept", "sw-tesoreria")} <= set(
        done
    )


def test_who_may_not_read_configurations_finds_no_way_to_them(city: City) -> None:
    lived(city)
    for browser in (city.browser(UserRole.MANAGER), city.browser(UserRole.VIEWER)):
        page = browser.get("/devices/sw-tesoreria").text
        assert "/configuration" not in page
        for path in ("/configurations", "/devices/sw-tesoreria/configuration", "/configurations?pattern=x"):
            assert browser.get(path, headers={"Accept": "text/html"}).status_code == 403
        data = {"form_key": key_of(page), "note": "norma"}
        for act in ("fetch", "accept"):
            assert browser.post(f"/devices/sw-tesoreria/configuration/{act}", data=data).status_code == 403
