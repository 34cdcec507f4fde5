"""Second factors: enrolled by their owner or beside an administrator, asked for at each log-in, used once."""

from __future__ import annotations

import pyotp
import sqlalchemy as sa

from nms.access import MONITOR, UserRole
from nms.store.factors import FactorBook, sealing_key
from tests.views.browser import Browser
from tests.views.city import City
from tests.views.web.test_accounts import GOOD, log_in, owner, visitor
from tests.views.web.test_pages import check


def key_of(page: str) -> str:
    return page.partition('name="form_key" value="')[2].partition('"')[0]


def secret_of(page: str) -> str:
    return page.partition('class="key">')[2].partition("</code>")[0].replace(" ", "")


def code_of(city: City, secret: str) -> str:
    return pyotp.TOTP(secret).at(int(city.now))


def show(browser: Browser, code: str) -> int:
    return browser.post("/login/code", data={"code": code}).status_code


def codes_of(page: str) -> list[str]:
    return [part.partition("</code>")[0] for part in page.split("<li><code>")[1:]]


def enrolled(city: City, browser: Browser) -> tuple[str, list[str]]:
    """The secret and the recovery codes of ana.ruiz, who enrolled on her own page and is logged in."""
    log_in(browser)
    form = {"form_key": key_of(browser.get("/account").text), "present": GOOD}
    assert browser.post("/account/factor", data=form).headers["location"] == "/login/code"
    page = browser.get("/login/code").text
    check(page)
    secret = secret_of(page)
    done = browser.post("/login/code", data={"code": code_of(city, secret)})
    assert done.status_code == 200
    check(done.text)
    city.now += 30
    return secret, codes_of(done.text)


def test_an_owner_adds_a_second_factor_and_logs_in_with_both(city: City) -> None:
    browser, elsewhere = owner(city), visitor(city)
    log_in(elsewhere)
    secret, codes = enrolled(city, browser)
    assert (browser.get("/").status_code, elsewhere.get("/").status_code) == (200, 303)
    assert len(set(codes)) == 8
    again = visitor(city)
    assert again.get("/login/code").headers["location"] == "/login"
    assert log_in(again) == 303
    assert again.get("/").status_code == 303, "the password alone opens nothing"
    assert show(again, "000000") == 401
    assert show(again, code_of(city, secret)) == 303
    assert again.get("/").status_code == 200


def test_a_code_counts_once_and_for_a_minute_and_a_half(city: City) -> None:
    browser = owner(city)
    secret, _ = enrolled(city, browser)
    code = code_of(city, secret)
    first, second, late = visitor(city), visitor(city), visitor(city)
    for one in (first, second, late):
        log_in(one)
    assert (show(first, code), show(second, code)) == (303, 401)
    early = pyotp.TOTP(secret).at(int(city.now) + 30)
    city.now += 30
    old = code_of(city, secret)
    assert early == old
    city.now += 60
    assert show(late, old) == 401
    assert show(late, f" {code_of(city, secret)[:3]} {code_of(city, secret)[3:]} ") == 303


def test_a_recovery_code_lets_in_once_however_it_is_typed(city: City) -> None:
    browser = owner(city)
    _, codes = enrolled(city, browser)
    first, second = visitor(city), visitor(city)
    log_in(first)
    log_in(second)
    assert show(first, codes[0].lower().replace("-", " ")) == 303
    assert (show(second, codes[0]), show(second, codes[1])) == (401, 303)
    assert "left: 6" in first.get("/account").text


def test_neither_the_records_nor_the_audit_hold_what_a_code_could_be_made_of(city: City) -> None:
    secret, codes = enrolled(city, owner(city))
    with city.records.read() as connection:
        tables = ("audit", "accounts", "second_factors", "recovery_codes")
        kept = str([connection.execute(sa.text(f"SELECT * FROM {table}")).all() for table in tables])
    assert not any(one in kept or one.replace("-", "") in kept for one in (secret, *codes))
    assert "enrol" in kept
    foreign = FactorBook(city.records, sealing_key(b"another installation"), "x", lambda: city.now)
    assert not foreign.check("ana.ruiz", code_of(city, secret), "test")


def test_a_role_that_needs_a_second_factor_meets_its_enrolment_at_the_door(city: City) -> None:
    city.need_factor = frozenset({UserRole.MANAGER})
    browser = owner(city, UserRole.MANAGER)
    assert log_in(browser) == 303
    assert browser.get("/").status_code == 303
    page = browser.get("/login/code").text
    secret = secret_of(page)
    assert secret == secret_of(browser.post("/login/code", data={"code": "123456"}).text), (
        "a wrong code begins nothing anew"
    )
    assert show(browser, code_of(city, secret)) == 200
    assert browser.get("/").status_code == 200


def test_a_role_that_needs_a_second_factor_does_not_log_in_with_a_token(city: City) -> None:
    city.need_factor = frozenset({UserRole.MANAGER})
    for role, status in ((UserRole.MANAGER, 401), (UserRole.VIEWER, 303)):
        token = city.token(UserRole.ON_CALL, role)
        assert visitor(city).post("/login", data={"token": token}).status_code == status


def test_guessing_codes_is_slowed_however_often_one_begins_again(city: City) -> None:
    app = owner(city).app
    secret, _ = enrolled(city, Browser(app, {"Accept": "text/html"}))
    for number in range(10):
        browser = Browser(app, {"Accept": "text/html"}, address=f"192.0.2.{number}")
        log_in(browser)
        assert show(browser, "000000") == 401
    assert show(browser, code_of(city, secret)) == 429


def test_an_owner_takes_it_away_with_a_code_of_it_and_is_out(city: City) -> None:
    browser = owner(city)
    secret, _ = enrolled(city, browser)
    key = key_of(browser.get("/account").text)
    wrong = browser.post("/account/factor/end", data={"form_key": key, "code": "000000"})
    assert wrong.headers["location"] == "/account?wrong=code"
    browser.post("/account/factor/end", data={"form_key": key, "code": code_of(city, secret)})
    assert browser.get("/").status_code == 303
    assert log_in(browser) == 303
    assert browser.get("/").status_code == 200


def test_adding_one_takes_the_present_password(city: City) -> None:
    browser = owner(city)
    log_in(browser)
    form = {"form_key": key_of(browser.get("/account").text), "present": "otra cosa"}
    assert browser.post("/account/factor", data=form).headers["location"] == "/account?wrong=password"
    assert browser.get("/login/code").headers["location"] == "/login"


def test_a_token_that_bears_the_name_of_an_account_is_not_that_account(city: City) -> None:
    secret, _ = enrolled(city, owner(city))
    impostor = city.browser(UserRole.VIEWER)
    token = city.token(UserRole.VIEWER, name="ana.ruiz")
    impostor.post("/login", data={"token": token})
    page = impostor.get("/account").text
    assert "Second factor" not in page
    data = {"form_key": key_of(page), "code": code_of(city, secret)}
    assert impostor.post("/account/factor/end", data=data).headers["location"] == "/account?wrong=code"
    client = city.client(UserRole.VIEWER, name="ana.ruiz")
    assert client.delete("/api/v1/accounts/ana.ruiz/second-factor").status_code == 403


def test_an_administrator_enrols_whoever_stands_beside_and_takes_it_away(city: City) -> None:
    browser, boss = owner(city), city.client(UserRole.ADMINISTRATOR)
    where = "/api/v1/accounts/ana.ruiz/second-factor"
    made = boss.post(where).json()
    assert "Villa%20de%20Prueba" in made["uri"]
    assert boss.post(f"{where}/confirm", json={"code": "000000"}).status_code == 409
    log_in(browser)
    assert browser.get("/").status_code == 200, "what nobody confirmed asks nobody"
    answer = boss.post(f"{where}/confirm", json={"code": code_of(city, made["secret"])})
    assert len(answer.json()["recovery_codes"]) == 8
    assert boss.post(where).status_code == 409
    assert boss.get("/api/v1/accounts").json()[0]["second_factor"] is True
    assert boss.delete(where).json() == {"changed": 1}
    assert (log_in(browser), browser.get("/").status_code) == (303, 200)
    assert boss.post(where.replace("ana.ruiz", "nadie")).status_code == 404


def test_sessions_of_an_account_are_seen_and_the_others_ended(city: City) -> None:
    here, there = owner(city), visitor(city)
    log_in(here)
    log_in(there)
    page = here.get("/account").text
    check(page)
    assert (page.count("another browser"), page.count("this one")) == (1, 1)
    here.post("/account/sessions/end", data={"form_key": key_of(page)})
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 303)


def test_rights_change_at_the_next_request_and_a_disabled_account_is_out(city: City) -> None:
    browser, boss = owner(city, UserRole.VIEWER), city.client(UserRole.ADMINISTRATOR)
    log_in(browser)
    body = {"roles": ["technician"], "departments": ["catastro"]}
    assert boss.post("/api/v1/accounts/ana.ruiz/rights", json=body).json() == {"changed": 1}
    assert browser.get("/departments/tesoreria").status_code == 403
    assert boss.post("/api/v1/accounts/ana.ruiz/disable").json() == {"changed": 1}
    assert (browser.get("/").status_code, log_in(browser)) == (303, 401)
    boss.post("/api/v1/accounts/ana.ruiz/enable")
    assert (log_in(browser), browser.get("/").status_code) == (303, 200)
    mine = city.client(UserRole.ADMINISTRATOR, name="ana.ruiz")
    assert mine.post("/api/v1/accounts/ana.ruiz/rights", json=body).status_code == 409


def test_an_administrator_of_a_department_gives_no_rights_beyond_it(city: City) -> None:
    city.accounts.add(MONITOR, "eva", [UserRole.VIEWER], ["catastro"])
    boss = city.client(UserRole.ADMINISTRATOR, departments=("catastro",))
    for departments, status in ((["catastro"], 200), ([], 403), (["catastro", "tesoreria"], 403)):
        body = {"roles": ["viewer"], "departments": departments}
        assert boss.post("/api/v1/accounts/eva/rights", json=body).status_code == status


def test_what_is_no_code_is_refused(city: City) -> None:
    browser = owner(city)
    enrolled(city, browser)
    log_in(browser)
    codes = ("", "12345", "٠٠٠٠٠٠", "' OR 1=1", "0" * 5000)
    assert [show(browser, code) for code in codes] == [401, 401, 401, 401, 422]
