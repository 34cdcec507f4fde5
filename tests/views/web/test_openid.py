"""Logging in through an OpenID provider: only what is signed, for us, now and once counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pyotp
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from nms.access import MONITOR, UserRole
from nms.transports.openid import OpenIdProvider, Registration
from nms.views.web.entrance import OpenIdDoor
from tests.openid_provider import CLIENT, SECRET, Provider, new_key, serving
from tests.views.browser import Browser
from tests.views.city import City
from tests.views.web.test_pages import check, key_of

ROLES = {"soporte": UserRole.TECHNICIAN, "jefes": UserRole.ADMINISTRATOR}


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with serving() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider, city: City) -> Provider:
    running.forget()
    city.openid = door(running.issuer)
    return running


def door(issuer: str, **departments: str) -> OpenIdDoor:
    registration = Registration(issuer, CLIENT, lambda: SECRET, claims=("preferred_username", "groups"))
    return OpenIdDoor(OpenIdProvider(registration), "Ciudad", "preferred_username", "groups", ROLES, departments)


def visitor(city: City) -> Browser:
    return Browser(city.application(), {"Accept": "text/html", "Accept-Language": "en"})


def leave(browser: Browser, back: str = "/") -> str:
    """To the provider and back: the address with which the browser returns."""
    answer = browser.get("/login/openid", params={"back": back})
    assert answer.status_code == 303, answer.text
    returned = httpx.get(answer.headers["location"]).headers["location"]
    parts = urlsplit(returned)
    return f"{parts.path}?{parts.query}"


def enter(browser: Browser, back: str = "/") -> httpx.Response:
    return browser.get(leave(browser, back))


def is_in(browser: Browser) -> bool:
    return browser.get("/").status_code == 200


def test_whom_the_provider_vouches_for_is_in_with_the_roles_of_the_groups(city: City, provider: Provider) -> None:
    browser = visitor(city)
    assert "Ciudad" in browser.get("/login").text
    page = enter(browser, "/alerts")
    check(page.text)
    assert (page.status_code, page.headers["refresh"]) == (200, "0;url=/alerts")
    assert "eva.luna" in browser.get("/").text
    (account,) = city.accounts.rows(MONITOR)
    assert (account.name, account.roles, account.departments) == ("eva.luna", ("technician",), ())
    assert account.issuer == provider.issuer


def test_roles_and_departments_follow_the_groups_at_each_log_in(city: City, provider: Provider) -> None:
    city.openid = door(provider.issuer, **{"ti-catastro": "catastro", "ti": "*"})
    provider.person["groups"] = ["soporte", "ti-catastro"]
    browser = visitor(city)
    enter(browser)
    assert browser.get("/departments/tesoreria").status_code == 403
    provider.person |= {"groups": ["jefes", "ti"], "preferred_username": "otra"}
    enter(browser)
    (account,) = city.accounts.rows(MONITOR)
    assert (account.name, account.roles, account.departments) == ("eva.luna", ("administrator",), ())
    assert browser.get("/departments/tesoreria").status_code == 200


def test_who_has_no_role_or_no_department_here_does_not_get_in(city: City, provider: Provider) -> None:
    city.openid = door(provider.issuer, ti="*")
    browser = visitor(city)
    for groups in ([], ["otros"], "soportes", None, 7, [["soporte"]], ["soporte"], ["ti"]):
        provider.person["groups"] = groups
        assert (enter(browser).status_code, is_in(browser)) == (403, False), groups
    assert city.accounts.rows(MONITOR) == []


def shared_secret(claims: dict[str, object]) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))


def unsigned(claims: dict[str, object]) -> str:
    _head, body, _signature = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET)).split(".")
    return f"eyJhbGciOiJub25lIn0.{body}."


def somebody_else(claims: dict[str, object]) -> str:
    key = new_key()
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


LIES: dict[str, dict[str, object] | Callable[[dict[str, object]], str]] = {
    "another issuer": {"iss": "https://otro.example"},
    "another audience": {"aud": "otro"},
    "many audiences, not for us": {"aud": ["otro", "nms2"]},
    "for us and issued to another": {"aud": [CLIENT, "otro"], "azp": "otro"},
    "many audiences and nobody named": {"aud": [CLIENT, "otro"]},
    "another nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "over": {"exp": int(time.time()) - 120},
    "no end": {"exp": None},
    "not yet": {"nbf": int(time.time()) + 600},
    "nobody": {"sub": None},
    "nobody in particular": {"sub": ""},
    "the hash of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "signed with the secret that both know": shared_secret,
    "signed by nobody": unsigned,
    "signed by somebody else": somebody_else,
    "no token": lambda claims: "",
    "no JWT": lambda claims: "a.b.c",
}


def test_a_token_that_does_not_hold_opens_nothing(city: City, provider: Provider) -> None:
    app, opened = visitor(city).app, {}
    for lie, how in LIES.items():
        provider.changes, provider.sign = ({}, how) if callable(how) else (how, None)
        browser = Browser(app, {"Accept": "text/html"})
        page = enter(browser)
        check(page.text)
        opened[lie] = (page.status_code, is_in(browser))
    assert opened == dict.fromkeys(LIES, (403, False))
    assert city.accounts.rows(MONITOR) == []


def test_an_answer_counts_once_and_in_the_browser_that_left(city: City, provider: Provider) -> None:
    browser = visitor(city)
    returned = leave(browser)
    thief = Browser(browser.app, browser.headers)
    assert (thief.get(returned).status_code, is_in(thief)) == (400, False)
    cookies = httpx.Cookies(browser.cookies)
    assert browser.get(returned).status_code == 200
    again = Browser(browser.app, browser.headers, cookies=cookies)
    assert (again.get(returned).status_code, is_in(again)) == (400, False)


def test_an_answer_to_another_log_in_counts_for_nobody(city: City, provider: Provider) -> None:
    """Its state is wrong; with the right state its code is bound to another verifier."""
    mine, theirs = visitor(city), visitor(city)
    mine.app = theirs.app
    foreign, wanted = leave(theirs), leave(mine)
    assert mine.get(foreign).status_code == 403
    wanted = leave(mine)
    state = dict(httpx.QueryParams(urlsplit(wanted).query))["state"]
    code = dict(httpx.QueryParams(urlsplit(foreign).query))["code"]
    mixed = mine.get("/login/openid/answer", params={"code": code, "state": state})
    assert (mixed.status_code, is_in(mine)) == (403, False)
    wanted = leave(mine)
    assert mine.get(wanted.replace("iss=http", "iss=https")).status_code == 403


def test_a_token_that_counted_once_does_not_count_for_the_next_log_in(city: City, provider: Provider) -> None:
    browser = visitor(city)
    assert enter(browser).status_code == 200
    old = provider.issued[-1]
    provider.sign = lambda claims: old
    again = visitor(city)
    assert (enter(again).status_code, is_in(again)) == (403, False)


def test_new_keys_of_the_provider_are_learnt(city: City, provider: Provider) -> None:
    browser = visitor(city)
    enter(browser)
    provider.key = new_key()
    assert enter(browser).status_code == 200


def test_groups_that_only_userinfo_tells_count_and_never_change_what_was_signed(city: City, provider: Provider) -> None:
    provider.userinfo = {"groups": ["soporte"], "preferred_username": "administrador"}
    provider.person["groups"] = None
    browser = visitor(city)
    assert (enter(browser).status_code, is_in(browser)) == (200, True)
    assert [one.name for one in city.accounts.rows(MONITOR)] == ["eva.luna"]
    provider.userinfo = {"groups": ["jefes"], "sub": "1"}
    assert enter(browser).status_code == 403


def test_a_name_of_the_provider_never_takes_over_an_account_with_a_password(city: City, provider: Provider) -> None:
    city.accounts.add(MONITOR, "eva.luna", [UserRole.ADMINISTRATOR])
    browser = visitor(city)
    page = enter(browser)
    assert (page.status_code, is_in(browser)) == (403, False)
    assert "another account" in page.text


def test_a_disabled_account_stays_out_and_an_enabled_one_is_back(city: City, provider: Provider) -> None:
    browser = visitor(city)
    enter(browser)
    city.accounts.disable(MONITOR, "eva.luna")
    assert not is_in(browser)
    assert enter(browser).status_code == 403
    city.accounts.enable(MONITOR, "eva.luna")
    assert (enter(browser).status_code, is_in(browser)) == (200, True)
    with pytest.raises(ValueError, match="provider"):
        city.accounts.invite(MONITOR, "eva.luna")


def test_a_role_that_needs_two_factors_takes_the_providers_second_one_or_ours(city: City, provider: Provider) -> None:
    city.need_factor = frozenset({UserRole.TECHNICIAN})
    browser = visitor(city)
    provider.person["amr"] = ["pwd", "otp"]
    assert (enter(browser).headers["refresh"], is_in(browser)) == ("0;url=/", True)
    provider.person["amr"] = ["pwd"]
    again = visitor(city)
    assert (enter(again).headers["refresh"], is_in(again)) == ("0;url=/login/code", False)
    secret = again.get("/login/code").text.partition('class="key">')[2].partition("</code>")[0].replace(" ", "")
    assert again.post("/login/code", data={"code": pyotp.TOTP(secret).at(int(city.now))}).status_code == 200
    assert is_in(again)


def test_a_provider_that_does_not_answer_or_is_another_is_told(city: City, provider: Provider) -> None:
    for issuer in ("http://127.0.0.1:9", provider.issuer + "/"):
        city.openid = door(issuer)
        page = visitor(city).get("/login/openid")
        assert page.status_code == 502
        check(page.text)
    city.openid = None
    assert visitor(city).get("/login/openid").status_code == 404


def test_the_document_of_a_provider_does_not_lead_to_inner_hosts(city: City, provider: Provider) -> None:
    provider.moved = {"jwks_uri": provider.issuer.replace("127.0.0.1", "127.0.0.2")}
    page = visitor(city).get("/login/openid")
    assert page.status_code == 502
    assert "the inner address 127.0.0.2, which the configuration does not name" in page.text


def log_out(browser: Browser) -> httpx.Response:
    return browser.post("/logout", data={"form_key": key_of(browser.get("/alerts").text)})


def test_who_logs_out_here_logs_out_at_the_provider_and_comes_back(city: City, provider: Provider) -> None:
    browser = visitor(city)
    enter(browser)
    page = log_out(browser)
    check(page.text)
    assert (page.status_code, is_in(browser)) == (200, False)
    there = httpx.URL(page.headers["refresh"].removeprefix("0;url="))
    assert str(there).startswith(provider.document()["end_session_endpoint"])
    asked = dict(there.params)
    assert asked == {
        "client_id": CLIENT,
        "post_logout_redirect_uri": "http://monitor.example/login",
        "id_token_hint": provider.issued[-1],
    }


def test_logging_out_here_is_whole_when_there_is_nothing_to_end_or_nobody_answers(
    city: City, provider: Provider
) -> None:
    browser = visitor(city)
    assert city.openid is not None
    for before, openid in (
        ({"end_session_endpoint": None}, city.openid),
        ({"end_session_endpoint": "ftp://x"}, door(provider.issuer)),
        ({}, replace(city.openid, logout=False)),
    ):
        provider.moved, city.openid = before, openid
        browser = visitor(city)
        enter(browser)
        assert (log_out(browser).headers["location"], is_in(browser)) == ("/login", False)
    with_token = city.browser(UserRole.VIEWER)
    assert log_out(with_token).headers["location"] == "/login"


LOGOUT_LIES: dict[str, dict[str, object]] = {
    "another issuer": {"iss": "https://otro.example"},
    "another audience": {"aud": "otro"},
    "of yesterday": {"iat": int(time.time()) - 86_400},
    "over": {"exp": int(time.time()) - 120},
    "no event": {"events": {}},
    "events that are none": {"events": "x"},
    "with a nonce, as an ID token has one": {"nonce": "x"},
    "about nobody": {"sub": None},
}


def test_the_provider_ends_sessions_here_by_a_token_that_holds_and_by_no_other(city: City, provider: Provider) -> None:
    provider.person["sid"] = "one"
    first, program = visitor(city), Browser(visitor(city).app)
    program.app = first.app
    enter(first)
    provider.person["sid"] = "two"
    second = Browser(first.app, first.headers)
    enter(second)

    def told(token: str) -> int:
        return program.post("/login/openid/logout", data={"logout_token": token}).status_code

    lies = {lie: told(provider.logout_token(**changes)) for lie, changes in LOGOUT_LIES.items()}
    for how in (shared_secret, unsigned, somebody_else):
        provider.sign = how
        lies[how.__name__] = told(provider.logout_token())
    provider.sign = None
    lies["an ID token"] = told(provider.issued[-1])
    lies["nothing"] = program.post("/login/openid/logout", data={"logout": "x"}).status_code
    assert lies == dict.fromkeys(lies, 400)
    assert is_in(first)
    assert told(provider.logout_token(sid="two")) == 200
    assert (is_in(first), is_in(second)) == (True, False)
    enter(second)
    assert told(provider.logout_token()) == 200
    assert (is_in(first), is_in(second)) == (False, False)


def test_where_to_go_afterwards_is_a_path_of_this_site(city: City, provider: Provider) -> None:
    browser = visitor(city)
    for back in ("//evil.example", "https://evil.example", "/\\evil"):
        assert enter(browser, back).headers["refresh"] == "0;url=/"
