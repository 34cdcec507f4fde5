"""Pages of the office: the wall, announcements, accounts, and the audit with those who read it."""

from __future__ import annotations

from nms.access import MONITOR, UserRole
from nms.store.sessions import LONGEST_SECONDS, SessionBook
from tests.views.browser import Browser
from tests.views.city import DAY, HOSTILE, City
from tests.views.web.test_accounts import GOOD, log_in, owner
from tests.views.web.test_factors import key_of
from tests.views.web.test_pages import check

ACCOUNT = "/accounts/ana.ruiz"


def post(browser: Browser, path: str, page: str = "/announcements", **fields: object) -> int:
    data = {"form_key": key_of(browser.get(page).text), **fields}
    return browser.post(path, data=data).status_code


def test_the_wall_turns_between_the_city_and_the_work_while_there_is_some(city: City) -> None:
    browser = city.browser(UserRole.VIEWER)
    quiet = browser.get("/wall")
    check(quiet.text)
    assert quiet.headers["refresh"] == "30;url=/wall?view=city"
    assert quiet.headers["content-security-policy"].startswith("default-src 'none'")
    city.judge("sw-tesoreria")
    assert browser.get("/wall").headers["refresh"] == "30;url=/wall?view=work"
    work = browser.get("/wall", params={"view": "work"})
    check(work.text)
    assert work.headers["refresh"] == "20;url=/wall?view=city"
    assert "sw-tesoreria" in work.text
    assert "<script" not in work.text
    assert browser.get("/static/wall.css").status_code == 200
    assert browser.get("/static/other.css").status_code == 404


def test_the_wall_of_some_departments_shows_nothing_of_the_others(city: City) -> None:
    city.judge("sw-tesoreria")
    browser = city.browser(UserRole.VIEWER, departments=("catastro",))
    for view in ("city", "work"):
        page = browser.get("/wall", params={"view": view}).text
        assert "sw-tesoreria" not in page
        assert "Seguridad" not in page


def test_a_screen_stays_on_beyond_the_working_day_and_no_person_does(city: City) -> None:
    book = SessionBook(city.records, DAY, lambda: city.now)
    wall, person = city.token(UserRole.VIEWER), city.token(UserRole.VIEWER, UserRole.TECHNICIAN)
    cookies = [book.open(token) or "" for token in (wall, person)]
    account = city.accounts.add(MONITOR, "ana", [UserRole.VIEWER])
    assert city.accounts.choose(account, GOOD, "test")
    cookies.append(book.open_for(city.accounts.verify("ana", GOOD) or 0) or "")
    for _ in range(3):
        city.now += LONGEST_SECONDS / 2
        alive = [book.verify(cookie, "test") is not None for cookie in cookies]
    assert alive == [True, False, False]
    city.now += DAY
    assert book.verify(cookies[0], "test") is None, "idle"


def test_announcements_are_made_and_taken_off_on_a_page(city: City) -> None:
    browser = city.browser(UserRole.MANAGER)
    check(browser.get("/announcements").text)
    given = {"title": f"Mañana {HOSTILE}", "text": "De 8 a 10", "end": "2026-09-30 10:00", "department": "tesoreria"}
    assert post(browser, "/announcements", **given) == 303
    page = browser.get("/announcements").text
    check(page)
    assert "&lt;script&gt;" in page
    (made,) = city.announcements.rows()
    assert (made.departments, made.author) == (("tesoreria",), "somebody")
    assert post(browser, "/announcements/1/withdraw") == 303
    assert city.announcements.rows()[0].withdrawn_at == city.now
    for wrong in ({"end": "mañana"}, {"end": "2020-01-01 10:00"}, {"title": " "}):
        assert post(browser, "/announcements", **given | wrong) == 409
    assert post(browser, "/announcements", **given | {"department": "marte"}) == 404
    viewer = city.browser(UserRole.VIEWER)
    assert '<form method="post" action="/announcements"' not in viewer.get("/announcements").text
    assert post(viewer, "/announcements", "/account", **given) == 403


def test_an_account_is_made_changed_and_ended_on_pages(city: City) -> None:
    browser = city.browser(UserRole.ADMINISTRATOR)
    check(browser.get("/accounts").text)
    data = {"form_key": key_of(browser.get("/accounts").text), "name": "eva", "role": ["viewer", "on-call"]}
    made = browser.post("/accounts", data=data)
    check(made.text)
    link = made.text.partition('<code class="said">')[2].partition("</code>")[0]
    visitor = Browser(browser.app, {"Accept": "text/html", "Accept-Language": "en"})
    assert visitor.post(link.removeprefix("http://monitor.example"), data={"password": GOOD}).status_code == 303
    assert log_in(visitor, GOOD, "eva") == 303
    again = browser.post("/accounts", data=data, headers={"Accept-Language": "es"})
    assert (again.status_code, "ya hay una cuenta eva" in again.text) == (409, True), "in the reader's language"
    check(browser.get("/accounts/eva").text)
    where = "/accounts/eva"
    assert post(browser, f"{where}/rights", where, role="manager", department=["catastro"]) == 303
    assert visitor.get("/departments/tesoreria").status_code == 403
    assert post(browser, f"{where}/rights", where) == 409, "no role"
    assert post(browser, f"{where}/disable", where) == 303
    assert visitor.get("/").status_code == 303
    assert post(browser, f"{where}/enable", where) == 303
    assert browser.post(f"{where}/invitation", data={"form_key": key_of(browser.get(where).text)}).status_code == 200
    assert post(browser, f"{where}/second-factor/end", where) == 303
    assert post(browser, f"{where}/remove", where, confirm="otra") == 409
    assert post(browser, f"{where}/remove", where, confirm="eva") == 303
    assert browser.get(where).status_code == 404


def test_nobody_changes_the_own_account_and_only_administrators_see_accounts(city: City) -> None:
    browser = owner(city, UserRole.ADMINISTRATOR)
    log_in(browser)
    assert 'action="/accounts/ana.ruiz/rights"' not in browser.get(ACCOUNT).text
    assert post(browser, f"{ACCOUNT}/disable", "/accounts") == 409
    for role in (UserRole.MANAGER, UserRole.AUDITOR):
        other = city.browser(role)
        assert [other.get(path).status_code for path in ("/accounts", ACCOUNT)] == [403, 403]
        assert post(other, f"{ACCOUNT}/disable", "/account") == 403


def test_the_audit_is_read_by_auditors_and_tells_who_read_it_and_who_took_reports(city: City) -> None:
    taker, auditor = city.browser(UserRole.MANAGER), city.browser(UserRole.AUDITOR)
    assert taker.get("/reports/sla", params={"format": "csv"}).status_code == 200
    city.client(UserRole.MANAGER).get("/api/v1/reports/sla/document", params={"start": city.now - 9, "end": city.now})
    page = auditor.get("/audit", params={"action": "export"})
    check(page.text)
    assert page.text.count("export · report sla") == 2
    assert "format: csv" in page.text
    again = city.client(UserRole.AUDITOR).get("/api/v1/audit", params={"kind": "audit"}).json()
    assert [(one["action"], one["detail"]) for one in again] == [("read", {"action": "export"})]
    assert taker.get("/audit").status_code == 403
    assert city.browser(UserRole.AUDITOR, departments=("catastro",)).get("/audit").status_code == 403
