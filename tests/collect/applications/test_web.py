"""Web checks and certificates, against servers that the tests run themselves."""

import asyncio
import json
import ssl
import time
import warnings
from pathlib import Path

import pytest

from nms.collect.applications.scenario import ScenarioProbe
from nms.collect.applications.web import HttpProbe, TlsProbe
from nms.i18n import in_english
from nms.model import Outcome, Severity
from nms.transports import tls_offers
from nms.transports.errors import LocalFault
from nms.transports.http import HttpClient
from tests.collect.applications.asking import AT, ask, no_login, state, values
from tests.peers import free_port
from tests.transports.servers import make_certificate, page, tcp_server, web

OPEN = HttpProbe(HttpClient(), lambda device, endpoint: {})
DAY = 86_400.0


async def test_a_page_that_is_as_it_should_be_passes_with_its_timings():
    async with web(lambda *_: page("Portal ciudadano")) as port:
        answer = await ask(OPEN, "http", url=f"http://{{address}}:{port}/", contains="Portal")
    found = values(answer)
    assert answer.witness.outcome is Outcome.ANSWERED
    assert found["check_up"] == 1
    assert found["check_size_bytes"] == 16
    assert 0 < (found["check_connect_seconds"] or 0) < (found["check_duration_seconds"] or 0) < 5
    assert answer.readings[0].components[0].key == "http"


@pytest.mark.parametrize(
    ("body", "status", "options", "reason"),
    [
        ("", "503 Service Unavailable", {}, "answered 503 Service Unavailable, expected 200"),
        ("Adiós", "200 OK", {"contains": "Portal"}, "answered without “Portal” in its answer"),
        ("no", "200 OK", {"json_path": "estado"}, "did not answer in JSON"),
        ("[" * 100_000, "200 OK", {"json_path": "estado"}, "did not answer in JSON"),
        ('{"a":' + "9" * 5000 + "}", "200 OK", {"json_path": "a.b"}, "did not answer in JSON"),
        ('[{"a": 1}]', "200 OK", {"json_path": "$[1].a"}, "answered without “$[1].a”"),
        ('{"estado": {}}', "200 OK", {"json_path": "estado.base"}, "answered without “estado.base”"),
        ('{"estado": "mal\\u001b[2J"}', "200 OK", {"json_path": "estado", "json_value": "ok"},
         "says “mal [2J” at “estado”, expected “ok”"),
    ],
)  # fmt: skip
async def test_an_answer_that_falls_short_is_heard_and_yet_fails(body, status, options, reason):
    async with web(lambda *_: page(body, status)) as port:
        answer = await ask(OPEN, "http", url=f"http://127.0.0.1:{port}/", **options)
    assert answer.witness.outcome is Outcome.PARTIAL
    assert answer.witness.reason.endswith(reason)
    assert values(answer)["check_up"] == 0
    assert answer.problems == (f"http: {answer.witness.reason}",)


@pytest.mark.parametrize(
    ("document", "path", "value"),
    [
        ({"estado": "ok"}, "estado", "ok"),
        ({"estado": "ok"}, "$.estado", "ok"),
        ({"a": [{"b": True}]}, "a.0.b", "true"),
        ({"a": None}, "a", "null"),
        ({"a": 3}, "a", "3"),
        ({"a": [1, 2]}, "a", ""),
        ({"a": [{"b.c": "x"}]}, "$.a[0]['b.c']", "x"),
        ([[7]], '$[0]["0"]', "7"),
    ],
)
async def test_a_json_path_leads_through_objects_and_lists(document, path, value):
    async with web(lambda *_: page(json.dumps(document))) as port:
        answer = await ask(OPEN, "http", url=f"http://127.0.0.1:{port}/", json_path=path, json_value=value)
    assert values(answer)["check_up"] == 1, answer.witness.reason


async def test_a_slow_answer_passes_and_is_degraded():
    async with web(lambda *_: time.sleep(0.06) or page("x")) as port:
        url = f"http://127.0.0.1:{port}/"
        slow = await ask(OPEN, "http", url=url, slow_after=0.05)
        quick = await ask(OPEN, "http", url=url, slow_after=60.0)
    assert (values(slow)["check_up"], state(slow, "speed").severity) == (1, Severity.WARNING)
    assert state(quick, "speed").severity is None


async def test_nobody_there_is_silence_and_our_own_fault_says_nothing_of_the_service():
    silent = await ask(OPEN, "http", url=f"http://127.0.0.1:{free_port()}/")
    assert (silent.witness.outcome, values(silent)["check_up"]) == (Outcome.SILENT, 0)

    def unreadable(*_: object) -> dict[str, str]:
        raise LocalFault("the environment variable X is not set")

    ours = await ask(HttpProbe(HttpClient(), unreadable), "http", url="http://127.0.0.1:1/")
    assert (ours.witness.outcome, ours.readings) == (Outcome.FAILED, ())


async def test_the_credential_goes_out_as_a_header_and_the_endpoint_s_name_is_the_component():
    seen = []
    probe = HttpProbe(HttpClient(), lambda device, endpoint: {"Authorization": "Bearer t"})
    async with web(lambda target, headers: seen.append(headers) or page("x")) as port:
        url = f"http://127.0.0.1:{port}/"
        answer = await ask(probe, "http", url=url, label="caja", method="POST", body="á", headers={"X-A": "1"})
    assert (seen[0]["authorization"], seen[0]["x-a"], seen[0][":method"]) == ("Bearer t", "1", "POST")
    assert answer.readings[0].components[0].key == "caja"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("Atención", "text/html"),
        ("Atención".encode("cp1252"), "text/html"),
        ("Atención".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("Atención", "text/html; charset=nonsense"),
    ],
)
async def test_text_is_found_in_the_charset_of_the_page(body, kind):
    async with web(lambda *_: page(body, "200 OK", f"Content-Type: {kind}")) as port:
        answer = await ask(OPEN, "http", url=f"http://127.0.0.1:{port}/", contains="Atención")
    assert values(answer)["check_up"] == 1, answer.witness.reason


async def test_a_certificate_tells_when_it_ends(tmp_path: Path):
    now = time.time()
    made = make_certificate(tmp_path, ends=15)
    async with web(lambda *_: page("x"), made.context()) as port:
        answer = await ask(TlsProbe(), "tls", port, at=now, server_name="portal.example", verify=False)
    found = values(answer)
    assert found["check_up"] == 1, answer.witness.reason
    assert abs((found["certificate_not_after_seconds"] or 0) - (now + 15 * DAY)) < 60
    assert (state(answer, "certificate").value, state(answer, "certificate").severity) == (14, Severity.WARNING)
    assert "issued by Test CA" in in_english(state(answer, "certificate").text)
    assert state(answer, "strength").severity is None


@pytest.mark.parametrize(
    ("certificate", "options", "reason"),
    [
        ({"begins": -30, "ends": -2}, {"server_name": "portal.example", "verify": False}, "expired 2 days ago"),
        ({"begins": 2}, {"server_name": "portal.example", "verify": False}, "is not valid yet"),
        ({}, {"server_name": "otro.example", "verify": False}, "made out to portal.example"),
        ({}, {"server_name": "portal.example"}, "cannot be trusted: unable to get local issuer certificate"),
        ({}, {}, "shown for 127.0.0.1 is made out to portal.example"),
    ],
)
async def test_what_is_wrong_with_a_certificate_is_said(tmp_path: Path, certificate, options, reason):
    made = make_certificate(tmp_path, **certificate)
    async with web(lambda *_: page("x"), made.context()) as port:
        answer = await ask(TlsProbe(), "tls", port, at=time.time(), **options)
    assert values(answer)["check_up"] == 0
    assert reason in answer.witness.reason
    assert "certificate_not_after_seconds" in values(answer)


@pytest.mark.parametrize(("names", "asked"), [(("*.ejemplo.mx",), "portal.ejemplo.mx"), (("127.0.0.1",), ""),
                                               (("xn--peamiller-m6a.example",), "Peñamiller.example")])  # fmt: skip
async def test_wildcards_and_addresses_count_as_names(tmp_path: Path, names, asked):
    made = make_certificate(tmp_path, names)
    async with web(lambda *_: page("x"), made.context()) as port:
        answer = await ask(TlsProbe(), "tls", port, at=time.time(), server_name=asked, verify=False)
    assert values(answer)["check_up"] == 1, answer.witness.reason


async def test_the_chain_of_a_server_that_speaks_old_tls_alone_is_looked_at_all_the_same(tmp_path: Path):
    made = make_certificate(tmp_path, ends=-3, begins=-9)
    context = made.context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that this version is old is the point
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with web(lambda *_: page("x"), context) as port:
        answer = await ask(TlsProbe(), "tls", port, at=time.time(), server_name="portal.example")
        plainly = await ask(OPEN, "http", url=f"https://127.0.0.1:{port}/")
    assert "expired 3 days ago" in answer.witness.reason
    assert in_english(state(answer, "certificate").text).endswith("expired 3 days ago")
    assert "the protocol TLSv1.1, accepts TLS 1.1" in in_english(state(answer, "strength").text)
    assert "no TLS with" in plainly.witness.reason
    assert "_" not in plainly.witness.reason


async def test_a_small_key_is_weak(tmp_path: Path):
    made = make_certificate(tmp_path, bits=1024)
    async with web(lambda *_: page("x"), made.context()) as port:
        answer = await ask(TlsProbe(), "tls", port, at=time.time(), server_name="portal.example", verify=False)
    assert in_english(state(answer, "strength").text) == "weak: an RSA key of 1024 bits"
    assert state(answer, "strength").severity is Severity.WARNING


@pytest.mark.parametrize(
    ("oldest", "newest", "ciphers", "told"),
    [
        ("TLSv1_2", "TLSv1_3", "DEFAULT", ""),
        ("TLSv1", "TLSv1_3", "DEFAULT:@SECLEVEL=0", "weak: accepts TLS 1.0, accepts TLS 1.1"),
        ("TLSv1_1", "TLSv1_2", "DEFAULT:@SECLEVEL=0", "weak: accepts TLS 1.1"),
        ("TLSv1_2", "TLSv1_2", "ECDHE-RSA-AES128-GCM-SHA256:NULL-SHA256:@SECLEVEL=0", "weak: accepts NULL ciphers"),
        (
            "TLSv1_2",
            "TLSv1_2",
            "ECDHE-RSA-AES128-GCM-SHA256:AECDH-AES128-SHA:@SECLEVEL=0",
            "weak: accepts anonymous ciphers",
        ),
    ],
)
async def test_a_server_that_would_accept_old_things_is_told_so(tmp_path: Path, oldest, newest, ciphers, told) -> None:
    """A real TLS server that also speaks well: an ordinary handshake shows nothing of it."""
    context = make_certificate(tmp_path).context()
    context.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that these versions are old is the point
        context.minimum_version, context.maximum_version = ssl.TLSVersion[oldest], ssl.TLSVersion[newest]
    probe = TlsProbe()
    async with web(lambda *_: page("x"), context) as port:
        answer = await ask(probe, "tls", port, at=time.time(), server_name="portal.example", verify=False)
        again = await ask(probe, "tls", port, at=time.time(), server_name="portal.example", verify=False)
        unasked = await ask(TlsProbe(), "tls", port, server_name="portal.example", verify=False, old_versions=False)
    assert in_english(state(answer, "strength").text) == (told or f"sound ({newest.replace('_', '.')})")
    assert in_english(state(again, "strength").text) == in_english(state(answer, "strength").text)
    assert state(unasked, "strength").severity is None
    assert list(probe.accepts) == [("127.0.0.1", port, "portal.example")]


@pytest.mark.parametrize(
    "answer", [b"", b"\x15\x03\x01\x00\x02\x02\x28", b"\x16\x03\x01\xff\xff" + bytes(99), b"HTTP/1.1 400\r\n"]
)
async def test_an_answer_that_is_no_server_hello_accepts_nothing(answer: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(answer)
        await writer.drain()

    async with tcp_server(talk) as port:
        assert await tls_offers.accepted("127.0.0.1", port, "portal.example", 5.0) == ()


def application(target: str, headers: dict[str, str]) -> bytes:
    """A log-in with a token in its form, a page that needs the session, and a log-out."""
    if target == "/entrar" and headers[":method"] == "GET":
        return page('<input name="csrf" value="t0&k">', "200 OK", "Set-Cookie: pre=1")
    if target == "/entrar":
        right = "csrf=t0%26k" in headers[":body"] and "clave=s%26ecreta" in headers[":body"]
        return (
            page("", "302 Found", "Location: /inicio", "Set-Cookie: sid=42") if right else page("no", "403 Forbidden")
        )
    if target == "/inicio" and "sid=42" in headers.get("cookie", ""):
        return page("Bienvenida")
    if target.startswith("/buscar"):
        return page('{"clave": "A-7"}' if "sid=42" in headers.get("cookie", "") else "{}")
    return page("adiós") if target == "/salir" else page("?", "404 Not Found")


def journey(port: int) -> list[dict[str, object]]:
    base = f"http://{{address}}:{port}"
    return [
        {"url": f"{base}/entrar", "keep": {"token": {"after": 'value="', "before": '"'}}},
        {"url": f"{base}/entrar", "name": "log in", "form": {"csrf": "{token}", "clave": "{password}"},
         "contains": "Bienvenida"},
        {"url": f"{base}/buscar?q={{user}}", "json_path": "clave", "keep": {"clave": {"json_path": "clave"}}},
        {"url": f"{base}/salir", "contains": "adiós"},
    ]  # fmt: skip


async def test_a_scenario_logs_in_looks_up_and_logs_out():
    asked = []
    probe = ScenarioProbe(HttpClient(), lambda device, endpoint: ("ana&co", "s&ecreta"))
    async with web(lambda target, headers: asked.append(target) or application(target, headers)) as port:
        answer = await ask(probe, "scenario", steps=journey(port))
    assert values(answer)["check_up"] == 1, answer.witness.reason
    assert asked == ["/entrar", "/entrar", "/inicio", "/buscar?q=ana%26co", "/salir"]


async def test_a_scenario_says_which_step_failed_and_still_logs_out():
    asked = []
    probe = ScenarioProbe(HttpClient(), lambda device, endpoint: ("ana", "wrong"))
    async with web(lambda target, headers: asked.append(target) or application(target, headers)) as port:
        answer = await ask(probe, "scenario", steps=journey(port))
    assert answer.witness.reason.startswith("step 2 of 4 (log in): http://127.0.0.1")
    assert answer.witness.reason.endswith("answered 403 Forbidden, expected 200")
    assert "wrong" not in answer.witness.reason
    assert asked == ["/entrar", "/entrar", "/salir"]


async def test_an_answer_cannot_lead_a_scenario_to_an_inner_host():
    reached = []
    async with (
        web(lambda target, headers: reached.append(headers) or page("x")) as inner,
        web(lambda *_: page("127.0.0.2")) as port,
    ):
        steps = [
            {"url": f"http://{{address}}:{port}/", "keep": {"next": {"after": ""}}},
            {"url": f"http://{{next}}:{inner}/", "form": {"clave": "{password}"}},
        ]
        answer = await ask(ScenarioProbe(HttpClient(), lambda *_: ("ana", "secreta")), "scenario", steps=steps)
    assert "step 2 of 2" in answer.witness.reason
    assert "inner address 127.0.0.2, which the configuration does not name" in answer.witness.reason
    assert reached == []


async def test_a_scenario_whose_server_is_gone_is_silent():
    probe = ScenarioProbe(HttpClient(), no_login)
    answer = await ask(probe, "scenario", steps=journey(free_port()), at=AT)
    assert answer.witness.outcome is Outcome.SILENT
