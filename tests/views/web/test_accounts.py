"""Accounts: chosen by invitation, kept as Argon2id, slow to guess, and over at once when they are ended."""

from __future__ import annotations

from typing import Literal

import argon2
import pytest
import sqlalchemy as sa

from nms.access import MONITOR, Actor, Forbidden, UserRole
from nms.store.accounts import AccountBook, BadPassword
from nms.store.tables.accounts import accounts
from tests.views.browser import Browser
from tests.views.city import DAY, City
from tests.views.web.test_pages import check

GOOD = "caballo grapa batería correcta"
BETTER = "nube tornillo siete girasoles"


def invited(city: City, name: str = "ana.ruiz", *roles: UserRole, departments: tuple[str, ...] = ()) -> str:
    made = city.client(UserRole.ADMINISTRATOR).post(
        "/api/v1/accounts",
        json={"name": name, "roles": list(roles or (UserRole.TECHNICIAN,)), "departments": list(departments)},
    )
    assert made.status_code == 201, made.text
    return str(made.json()["url"])


def visitor(city: City, **more: str) -> Browser:
    return Browser(city.application(), {"Accept": "text/html", "Accept-Language": "en"}, **more)


def owner(city: City, *roles: UserRole) -> Browser:
    browser = visitor(city)
    assert browser.post(invited(city, "ana.ruiz", *roles), data={"password": GOOD}).status_code == 303
    return browser


def log_in(browser: Browser, password: str = GOOD, name: str = "ana.ruiz") -> int:
    return browser.post("/login", data={"name": name, "password": password}).status_code


def test_an_owner_chooses_a_password_by_invitation_and_logs_in_with_it(city: City) -> None:
    browser, link = visitor(city), invited(city)
    check(browser.get(link).text)
    assert log_in(browser, GOOD) == 401
    assert browser.post(link, data={"password": GOOD}).headers["location"] == "/login"
    assert log_in(browser) == 303
    assert "ana.ruiz" in browser.get("/").text
    assert browser.get(link).status_code == browser.post(link, data={"password": BETTER}).status_code == 404


def test_a_password_is_kept_as_argon2id_and_nowhere_else(city: City) -> None:
    owner(city)
    with city.records.read() as connection:
        (kept,) = connection.execute(sa.select(accounts.c.password)).scalars()
        assert kept.startswith("$argon2id$v=19$")
        for table in ("audit", "accounts", "api_tokens"):
            assert GOOD not in str(connection.execute(sa.text(f"SELECT * FROM {table}")).all())


@pytest.mark.parametrize(
    "password", ["", "corta", "contraseña123", "ana.ruiz.ana.ruiz", "qwertyuiop12", "x" * 129, "aaaaaaaaaaaaaa"]
)
def test_a_password_that_is_easy_to_guess_is_refused_with_advice(city: City, password: str) -> None:
    browser, link = visitor(city), invited(city)
    answer = browser.post(link, data={"password": password})
    assert answer.status_code == 422
    check(answer.text)
    assert browser.post(link, data={"password": GOOD}).status_code == 303


def test_an_invitation_ends_after_three_days(city: City) -> None:
    link = invited(city)
    city.now += 3 * DAY
    assert visitor(city).get(link).status_code == 404


def test_a_removed_account_is_out_at_the_next_request(city: City) -> None:
    browser = owner(city)
    log_in(browser)
    assert city.client(UserRole.ADMINISTRATOR).delete("/api/v1/accounts/ana.ruiz").json() == {"changed": 1}
    assert browser.get("/").headers["location"].startswith("/login")
    assert log_in(browser) == 401
    assert city.client(UserRole.ADMINISTRATOR).delete("/api/v1/accounts/ana.ruiz").status_code == 404


def test_a_forgotten_password_ends_with_its_sessions_when_a_new_invitation_is_made(city: City) -> None:
    browser = owner(city)
    log_in(browser)
    link = city.client(UserRole.ADMINISTRATOR).post("/api/v1/accounts/ana.ruiz/invitation").json()["url"]
    assert browser.get("/").status_code == 303
    assert log_in(browser) == 401
    browser.post(link, data={"password": BETTER})
    assert log_in(browser, BETTER) == 303


def test_changing_the_password_takes_the_present_one_and_ends_every_session(city: City) -> None:
    browser, elsewhere = owner(city), visitor(city)
    log_in(browser)
    log_in(elsewhere)
    page = browser.get("/password").text
    check(page)
    key = page.partition('name="form_key" value="')[2].partition('"')[0]
    wrong = browser.post("/password", data={"form_key": key, "present": "no", "password": BETTER})
    assert (wrong.status_code, "The present password is not this one" in wrong.text) == (422, True)
    assert browser.post("/password", data={"form_key": key, "present": GOOD, "password": "corta"}).status_code == 422
    assert browser.post("/password", data={"form_key": key, "present": GOOD, "password": BETTER}).status_code == 303
    assert browser.get("/").status_code == elsewhere.get("/").status_code == 303
    assert (log_in(browser, GOOD), log_in(browser, BETTER)) == (401, 303)


def test_spaces_at_the_ends_of_a_password_belong_to_it(city: City) -> None:
    browser = owner(city)
    log_in(browser)
    key = browser.get("/password").text.partition('name="form_key" value="')[2].partition('"')[0]
    browser.post("/password", data={"form_key": key, "present": GOOD, "password": f" {BETTER} "})
    assert (log_in(browser, BETTER), log_in(browser, f" {BETTER} ")) == (401, 303)


def test_guessing_one_account_is_slowed_from_wherever_it_comes(city: City) -> None:
    app = owner(city).app
    for number in range(10):
        assert log_in(Browser(app, address=f"192.0.2.{number}"), "falsa falsa falsa") == 401
    assert log_in(Browser(app, address="192.0.2.99")) == 401


def test_a_wrong_name_takes_as_long_as_a_wrong_password(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    owner(city)
    book = AccountBook(city.records)
    checked: list[str] = []

    class Watched(argon2.PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2's name
            checked.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr("nms.store.accounts._HASHER", Watched())
    for name in ("nadie", "ana.ruiz"):
        assert book.verify(name, "falsa") is None
    unknown, known = (argon2.extract_parameters(one) for one in checked)
    assert known == unknown


def test_what_an_account_may_do_are_its_roles_in_its_departments(city: City) -> None:
    browser, link = visitor(city), invited(city, "eva", UserRole.VIEWER, departments=("catastro",))
    browser.post(link, data={"password": GOOD})
    log_in(browser, GOOD, "eva")
    assert browser.get("/departments/catastro").status_code == 200
    assert browser.get("/departments/tesoreria").status_code == 403


def test_an_administrator_of_a_department_makes_accounts_of_that_one_alone(city: City) -> None:
    mine = Actor("jefa", frozenset({UserRole.ADMINISTRATOR}), frozenset({"catastro"}), origin="test")
    city.accounts.add(MONITOR, "todo", [UserRole.VIEWER])
    city.accounts.add(mine, "eva", [UserRole.VIEWER], ["catastro"])
    assert [one.name for one in city.accounts.rows(mine)] == ["eva"]
    for departments in ([], ["tesoreria"]):
        with pytest.raises(Forbidden):
            city.accounts.add(mine, "otra", [UserRole.VIEWER], departments)
    with pytest.raises(Forbidden):
        city.accounts.invite(mine, "todo")


@pytest.mark.parametrize("name", ["", "A", "Ana", "a b", "-a", "a/b", "a" * 41, "ana\n"])
def test_names_are_plain(city: City, name: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        city.accounts.add(MONITOR, name, [UserRole.VIEWER])


def test_a_name_is_given_once(city: City) -> None:
    city.accounts.add(MONITOR, "ana", [UserRole.VIEWER])
    with pytest.raises(ValueError, match="already"):
        city.accounts.add(MONITOR, "ana", [UserRole.VIEWER])
    with pytest.raises(BadPassword):
        city.accounts.choose(city.accounts.invite(MONITOR, "ana"), "ana", "test")
