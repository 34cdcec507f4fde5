"""What every request passes: who it is, its size, its share; and that errors are problem documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nms.access import UserRole
from nms.store.errors import RecordsFull
from nms.views.api.auth import FAILURES_PER_MINUTE
from nms.views.api.guard import MAX_BODY_BYTES
from nms.views.api.limits import MOST_CLIENTS, RateLimit
from tests.views.browser import Browser
from tests.views.city import City, open_city


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_client_gets_its_share_and_not_more() -> None:
    clock = Clock()
    limit = RateLimit(60, clock=clock)
    assert [limit.wait("a") for _ in range(60)] == [0.0] * 60
    assert limit.wait("a") == pytest.approx(1.0)
    assert limit.wait("b") == 0.0
    clock.now += 1.0
    assert limit.wait("a") == 0.0
    assert limit.wait("a") > 0


def test_an_idle_client_saves_up_no_more_than_one_minute() -> None:
    clock = Clock()
    limit = RateLimit(60, clock=clock)
    limit.wait("a")
    clock.now += 86_400
    assert sum(limit.wait("a") == 0.0 for _ in range(200)) == 60


def test_a_flood_of_clients_does_not_fill_the_memory() -> None:
    limit = RateLimit(60, clock=Clock())
    for number in range(MOST_CLIENTS + 500):
        limit.wait(str(number))
    assert len(limit._buckets) == MOST_CLIENTS


def problem(response: object) -> dict[str, object]:
    assert response.headers["content-type"] == "application/problem+json"  # type: ignore[attr-defined]
    body = json.loads(response.text)  # type: ignore[attr-defined]
    assert body["status"] == response.status_code  # type: ignore[attr-defined]
    assert body["detail"]
    return dict(body)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("DELETE", "/overview", None, 405),
        ("PUT", "/tickets", b"{}", 405),
        ("GET", "/devices/none", None, 404),
        ("GET", "/tickets/MC-2026-999999", None, 404),
        ("GET", "/devices?limit=0", None, 422),
        ("GET", "/devices?offset=99999999999999999999", None, 422),
        ("GET", "/tickets?status=finished", None, 409),
        ("GET", "/tickets?before=abc", None, 409),
        ("GET", "/tickets?text=%00", None, 422),
        ("GET", "/reports/uptime?start=5&end=5", None, 422),
        ("GET", "/reports/uptime?start=nan&end=5", None, 422),
        ("GET", "/reports/uptime?start=0&end=1e11", None, 422),
        ("GET", "/devices/sw-tesoreria/history?metric=x&start=0&end=1e9&step=0.001", None, 422),
        ("POST", "/tickets", b"{", 422),
        ("POST", "/tickets", b"\xff\xfe", 422),
        ("POST", "/tickets", b'{"title": "\\ud800", "department": "tesoreria"}', 422),
        ("POST", "/tickets", b'{"title": "a\\u0000b", "department": "tesoreria"}', 422),
        ("POST", "/tickets", b'{"title": "x", "department": "nowhere"}', 404),
        ("POST", "/tickets", b'{"title": "x", "department": "tesoreria", "sudo": true}', 422),
        ("POST", "/tickets/MC-2026-000001/steps/99999999999999999999", b"{}", 422),
        ("POST", "/silences", b'{"key": "k", "reason": "r", "until": NaN}', 422),
        ("POST", "/silences", b'{"reason": "r", "until": 1800000000}', 409),
        ("POST", "/alerts/acknowledge", b'{"keys": ["none"]}', 404),
        ("POST", "/alerts/acknowledge", b'{"keys": []}', 422),
        ("POST", "/alerts/acknowledge", b"[" * 5000, 400),
    ],
)
def test_every_refusal_is_a_problem_document(
    city: City, method: str, path: str, body: bytes | None, status: int
) -> None:
    client = city.client(UserRole.ADMINISTRATOR)
    headers = {"Content-Type": "application/json"}
    response = client.request(method, f"/api/v1{path}", content=body, headers=headers)
    assert problem(response)["status"] == status


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_that_is_not_said_to_be_json_is_told_so(city: City, kind: str) -> None:
    client = city.client(UserRole.ADMINISTRATOR)
    body = b'{"title": "x", "department": "tesoreria"}'
    response = client.post("/api/v1/tickets", content=body, headers={"Content-Type": kind} if kind else {})
    assert problem(response)["status"] == 415
    assert response.headers["accept"] == "application/json"


def test_what_an_address_takes_is_told_whole_and_in_the_language_of_who_asks(city: City) -> None:
    client = city.client(UserRole.ADMINISTRATOR)
    refused = client.request("PATCH", "/api/v1/tickets", headers={"Accept-Language": "es"})
    assert refused.headers["allow"] == "GET, HEAD, POST"
    assert problem(refused)["detail"] == "esta dirección solo acepta GET, HEAD, POST"
    ended = client.request("PATCH", "/api/v1/silences/1")
    assert ended.headers["allow"] == "DELETE"
    page = client.get("/nada", headers={"Accept": "text/html", "Accept-Language": "es"})
    assert page.status_code == 404
    assert "no hay nada en esta dirección" in page.text


def test_a_head_is_answered_as_its_get_without_the_body(city: City) -> None:
    client = city.client(UserRole.VIEWER)
    whole, head = (client.request(method, "/api/v1/devices") for method in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    assert client.request("HEAD", "/api/v1/stream").status_code == 405


def test_a_token_that_does_not_count_is_refused_and_told_how(city: City) -> None:
    client = city.client()
    response = client.get("/api/v1/overview")
    assert problem(response)["status"] == 401
    assert response.headers["www-authenticate"] == "Bearer"
    wrong = client.get("/api/v1/overview", headers={"Authorization": "Bearer nms_guess"})
    assert "invalid_token" in wrong.headers["www-authenticate"]
    assert client.get("/api/v1/overview", headers={"Authorization": "Basic YTpi"}).status_code == 401


def test_many_wrong_tokens_from_one_address_are_not_even_looked_at(city: City) -> None:
    client = city.client()
    statuses = [
        client.get("/api/v1/me", headers={"Authorization": f"Bearer nms_{number}"}).status_code
        for number in range(FAILURES_PER_MINUTE + 1)
    ]
    assert statuses == [401] * FAILURES_PER_MINUTE + [429]


def test_a_client_beyond_its_share_is_told_when_to_come_back(tmp_path: Path) -> None:
    with open_city(tmp_path, requests_per_minute=5) as city:
        client = city.client(UserRole.VIEWER)
        assert [client.get("/api/v1/me").status_code for _ in range(6)] == [200] * 5 + [429]
        refused = client.get("/api/v1/me")
        assert problem(refused)["status"] == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 12


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_beyond_the_limit_is_refused_whether_it_says_so_or_not(city: City, declared: bool) -> None:
    client = city.client(UserRole.ADMINISTRATOR)
    body = b'"' + b"x" * (MAX_BODY_BYTES + 10) + b'"'
    chunks = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    response = client.post("/api/v1/tickets", content=body if declared else chunks)
    assert problem(response)["status"] == 413


def test_answers_carry_headers_that_keep_browsers_from_guessing(city: City) -> None:
    headers = city.client(UserRole.VIEWER).get("/api/v1/overview").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers
    secure = Browser(city.application(), base_url="https://monitor.example").get("/healthz")
    assert "max-age" in secure.headers["strict-transport-security"]


def test_a_full_disk_is_a_503_and_a_fault_of_the_monitor_tells_no_secrets(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = city.client(UserRole.ADMINISTRATOR)

    def fail(error: Exception) -> None:
        def raising(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(type(city.reads), "links", raising)

    fail(RecordsFull("the disk is full"))
    full = client.get("/api/v1/links")
    assert problem(full)["status"] == 503
    fail(RuntimeError("password=hunter2"))
    crash = client.get("/api/v1/links")
    assert problem(crash)["status"] == 500
    assert "hunter2" not in crash.text


def metrics(city: City, address: str, **headers: str) -> int:
    client = Browser(city.application(), address=address)
    return client.get("/metrics/devices", headers=headers).status_code


def test_metrics_open_to_the_allowed_networks_and_to_tokens(city: City) -> None:
    assert metrics(city, "127.0.0.1") == 200
    assert metrics(city, "::ffff:127.0.0.1") == 200
    assert metrics(city, "192.0.2.9") == 401
    token = city.token(UserRole.VIEWER)
    assert metrics(city, "192.0.2.9", Authorization=f"Bearer {token}") == 200
    narrow = city.token(UserRole.VIEWER, departments=("catastro",))
    assert metrics(city, "192.0.2.9", Authorization=f"Bearer {narrow}") == 403
