"""The HTTP client against servers that behave, and against those that do not."""

import asyncio
import gzip
import ipaddress
import resource
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.transports import http
from nms.transports.cookies import Cookies
from nms.transports.errors import LocalFault, Malformed, OverBudget, TransportError, Unreachable
from nms.transports.http import HttpClient, HttpRequest, Limits, RedirectRefused, _wire, plain
from nms.transports.reach import Reach
from nms.transports.sockets import CertificateRefused
from tests.peers import free_port
from tests.transports.servers import make_certificate, page, tcp_server, web

LOOPBACK = Reach((ipaddress.ip_network("127.0.0.0/8"),))


@pytest.fixture
def client() -> HttpClient:
    return HttpClient()


async def fetch(client: HttpClient, url: str, seconds: float = 5.0, **more: Any):
    request: dict[str, Any] = {key: more.pop(key) for key in ("method", "headers", "body") if key in more}
    return await client.fetch(HttpRequest(url, **request), Limits(seconds, **more))


async def test_an_answer_brings_status_headers_body_and_the_time_of_each_phase(client: HttpClient, tmp_path: Path):
    made = make_certificate(tmp_path)
    async with web(lambda target, headers: page(f"hola {target}", "200 OK", "X-Who: á"), made.context()) as port:
        response = await fetch(client, f"https://127.0.0.1:{port}/a?b=c", verify=False)
    assert (response.status, response.text, response.cut) == (200, "hola /a?b=c", False)
    assert response.header("x-who")
    phases = (response.phases.resolve, response.phases.connect, response.phases.tls, response.first_byte)
    assert all(phase is not None and phase >= 0 for phase in phases)
    assert response.first_byte >= (response.phases.connect or 0) + (response.phases.tls or 0)


async def test_a_certificate_that_nobody_vouches_for_is_refused_with_its_reason(client: HttpClient, tmp_path: Path):
    made = make_certificate(tmp_path)
    async with web(lambda *_: page("x"), made.context()) as port:
        with pytest.raises(CertificateRefused, match="is not valid: unable to get local issuer certificate"):
            await fetch(client, f"https://127.0.0.1:{port}/")


async def test_an_empty_port_and_plain_http_on_a_tls_port_are_told_apart(client: HttpClient):
    with pytest.raises(Unreachable, match="refuses the connection"):
        await fetch(client, f"http://127.0.0.1:{free_port()}/")

    async def plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with tcp_server(plainly) as port:
        with pytest.raises(Malformed, match="no TLS with"):
            await fetch(client, f"https://127.0.0.1:{port}/")
    with pytest.raises(Unreachable, match="has no address"):
        await fetch(client, "http://nowhere.invalid/")


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"a" * 65536)
        await writer.drain()


async def huge_header(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in range(1024):
        writer.write(b"a" * 65536)
        await writer.drain()


async def endless_informational(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0)


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def test_a_body_without_end_is_cut_at_the_limit(client: HttpClient):
    async with tcp_server(endless) as port:
        response = await fetch(client, f"http://127.0.0.1:{port}/")
    assert (len(response.body), response.cut) == (1_048_576, True)


@pytest.mark.parametrize(
    ("talk", "kind", "words"),
    [
        (drip, OverBudget, "did not finish its answer within 0.3 s"),
        (endless_informational, Unreachable, "did not answer within 0.3 s"),
        (mute, Unreachable, "did not answer within 0.3 s"),
    ],
)
async def test_a_server_that_takes_its_time_costs_no_more_than_ours(client: HttpClient, talk, kind, words):
    async with tcp_server(talk) as port:
        with pytest.raises(kind, match=words):
            await fetch(client, f"http://127.0.0.1:{port}/", 0.3)


async def test_a_header_of_64_megabytes_is_not_kept_in_memory(client: HttpClient):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with tcp_server(huge_header) as port:
        with pytest.raises(Malformed, match="does not answer in HTTP"):
            await fetch(client, f"http://127.0.0.1:{port}/")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


@pytest.mark.parametrize(
    "garbage", [b"\x00\xff\x16\x03", b"SSH-2.0-x\r\n", b"HTTP/1.1 999999 \r\n\r\n", b"\r\n\r\n\r\n"]
)
async def test_garbage_is_one_clear_sentence(client: HttpClient, garbage: bytes):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(garbage)

    async with tcp_server(talk) as port:
        with pytest.raises(TransportError, match=r"does not answer in HTTP|broke off") as told:
            await fetch(client, f"http://127.0.0.1:{port}/")
    assert "\x00" not in str(told.value)


async def test_redirects_are_followed_up_to_five_and_a_loop_ends(client: HttpClient):
    def answer(target: str, headers: dict[str, str]) -> bytes:
        step = int(target.strip("/") or 0)
        return page("there") if step == 5 else page("", "302 Found", f"Location: /{step + 1}")

    async with web(answer) as port:
        response = await fetch(client, f"http://127.0.0.1:{port}/0")
        assert (response.text, response.redirects, response.url) == ("there", 5, f"http://127.0.0.1:{port}/5")
        unfollowed = await fetch(client, f"http://127.0.0.1:{port}/0", redirects=0)
        assert unfollowed.status == 302
    async with web(lambda *_: page("", "301 Moved", "Location: /")) as port:
        with pytest.raises(RedirectRefused, match="more than 5 redirects"):
            await fetch(client, f"http://127.0.0.1:{port}/")


@asynccontextmanager
async def redirecting_to(url: str):
    async with web(lambda *_: page("", "302 Found", f"Location: {url}")) as port:
        yield f"http://127.0.0.1:{port}/"


async def test_a_redirect_to_an_inner_address_is_refused_unless_the_configuration_allows_it(client: HttpClient):
    reached = []

    def inner(target: str, headers: dict[str, str]) -> bytes:
        reached.append(headers)
        return page("secret")

    async with web(inner) as port:
        for host in ("localhost", "127.0.0.2"):
            async with redirecting_to(f"http://{host}:{port}/") as url:
                with pytest.raises(RedirectRefused, match=r"inner address .*polling.redirect_networks"):
                    await fetch(client, url)
        assert reached == []
        async with redirecting_to(f"http://localhost:{port}/") as url:
            allowed = await HttpClient(LOOPBACK).fetch(HttpRequest(url), Limits(5.0))
            assert allowed.text == "secret"
            named = await client.fetch(HttpRequest(url), Limits(5.0, hosts=frozenset({"127.0.0.1", "localhost"})))
            assert named.text == "secret"


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/",
        "http://[::ffff:10.0.0.1]/",
        "http://[fe80::1]/",
        "http://0.0.0.0/",
        "http://0/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://LOCALHOST/",
        "http://public.example@127.0.0.2/",
    ],
)
async def test_inner_addresses_in_all_their_spellings_are_refused(client: HttpClient, target: str):
    async with redirecting_to(target) as url:
        with pytest.raises(RedirectRefused):
            await fetch(client, url)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("64:ff9b::808:808", True),
        ("2002:808:808::1", True),
        ("10.20.0.1", True),  # of the networks that the configuration allows
        ("64:ff9b::a14:1", True),
        ("10.21.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::1", False),
        ("::127.0.0.1", False),
        ("::ffff:0:127.0.0.1", False),
        ("64:ff9b:1::a00:1", False),
        ("fec0::1", False),
        ("fd00:ec2::254", False),
        ("fe80::1%eth0", False),
        ("100.64.0.1", False),
        ("192.0.0.192", False),
        ("168.63.129.16", False),
        ("224.0.0.1", False),
        ("ff0e::1", False),
        ("255.255.255.255", False),
        ("::", False),
    ],
)
def test_only_public_addresses_may_be_led_to_however_they_are_wrapped(address: str, allowed: bool):
    assert Reach((ipaddress.ip_network("10.20.0.0/16"),)).allows(address) is allowed


async def test_a_name_is_resolved_once_for_all_redirects(client: HttpClient, monkeypatch: pytest.MonkeyPatch):
    """A name server that gives another address the second time leads nowhere."""
    asked = []

    async def rebinding(host: str, port: int) -> tuple[str, ...]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("127.0.0.2",)

    monkeypatch.setattr(http, "resolve", rebinding)
    async with web(
        lambda target, _: page("there") if target == "/2" else page("", "302 Found", "Location: /2")
    ) as port:
        response = await fetch(client, f"http://changing.example:{port}/")
    assert (response.text, response.redirects, asked) == ("there", 1, ["changing.example"])


async def test_the_next_address_of_a_name_is_tried_where_the_first_refuses(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
):
    async def several(host: str, port: int) -> tuple[str, ...]:
        return ("127.0.0.2", "127.0.0.1")

    monkeypatch.setattr(http, "resolve", several)
    async with web(lambda _, headers: page(headers["host"])) as port:
        assert (await fetch(client, f"http://two.example:{port}/")).text == f"two.example:{port}"
        one, all_of_them = Reach((ipaddress.ip_network("127.0.0.1/32"),)), LOOPBACK
        url = f"http://two.example:{port}/"
        with pytest.raises(RedirectRefused, match=r"inner address 127\.0\.0\.2"):
            await HttpClient(one).fetch(HttpRequest(url), Limits(5.0, hosts=frozenset()))
        assert (await HttpClient(all_of_them).fetch(HttpRequest(url), Limits(5.0, hosts=frozenset()))).status == 200


async def test_an_international_name_goes_out_in_ascii(client: HttpClient, monkeypatch: pytest.MonkeyPatch):
    async def here(host: str, port: int) -> tuple[str, ...]:
        assert host == "xn--peamiller-m6a.example"
        return ("127.0.0.1",)

    monkeypatch.setattr(http, "resolve", here)
    async with web(lambda target, headers: page(f"{headers['host']} {target}")) as port:
        response = await fetch(client, f"http://Peñamiller.example:{port}/ñ")
    assert response.text == f"xn--peamiller-m6a.example:{port} /%C3%B1"


async def test_a_body_that_is_packed_is_unpacked_up_to_the_limit(client: HttpClient):
    bodies = {
        "/small": gzip.compress(b"Bienvenida"),
        "/bomb": gzip.compress(b"a" * 50_000_000),
        "/broken": b"Bienvenida",
    }
    packed = "Content-Encoding: gzip"
    async with web(lambda target, _: page(bodies[target], "200 OK", packed)) as port:
        small = await fetch(client, f"http://127.0.0.1:{port}/small")
        bomb = await fetch(client, f"http://127.0.0.1:{port}/bomb")
        with pytest.raises(Malformed, match="not packed as it says"):
            await fetch(client, f"http://127.0.0.1:{port}/broken")
    assert (small.text, small.cut) == ("Bienvenida", False)
    assert (len(bomb.body), bomb.cut) == (1_048_576, True)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://[", "http://x:99999/"])
async def test_a_redirect_to_what_is_no_web_address_is_refused(client: HttpClient, target: str):
    async with redirecting_to(target) as url:
        with pytest.raises(Malformed, match="is not a web address"):
            await fetch(client, url)


async def test_credentials_stay_with_their_origin():
    seen = []

    def elsewhere(target: str, headers: dict[str, str]) -> bytes:
        seen.append(headers.get("authorization"))
        return page("x")

    async with web(elsewhere) as port, redirecting_to(f"http://127.0.0.1:{port}/") as url:
        request = HttpRequest(url, headers={"Authorization": "Basic hunter2"})
        assert "hunter2" not in repr(request)
        await HttpClient(LOOPBACK).fetch(request, Limits(5.0))
    assert seen == [None]


async def test_a_header_with_a_line_break_never_leaves(client: HttpClient):
    with pytest.raises(LocalFault, match="control character"):
        await fetch(client, "http://127.0.0.1:1/", headers={"X-A": "b\r\nX-Evil: 1"})


def test_cookies_go_back_only_where_they_came_from():
    cookies = Cookies()
    cookies.keep("http://a:1/x", [("set-cookie", "sid=1; Path=/; HttpOnly"), ("set-cookie", "old=2")])
    assert cookies.header("http://a:1/y") == "sid=1; old=2"
    assert cookies.header("http://a:2/y") == cookies.header("https://a:1/y") == ""
    cookies.keep("http://a:1/x", [("set-cookie", "old=; Max-Age=0")])
    assert cookies.header("http://a:1/y") == "sid=1"
    cookies.keep("http://a:1/x", [("set-cookie", f"c{n}=x") for n in range(500)])
    assert len(cookies.header("http://a:1/").split("; ")) == 50


def test_a_url_for_people_holds_no_secret():
    assert plain("https://user:pw@host:8443/path?token=1#x") == "https://host:8443/path"


@given(st.text(max_size=60))
def test_whatever_stands_in_a_url_the_request_line_stays_one_line(text: str):
    try:
        wire = _wire(f"http://host/{text}")
    except ValueError:
        return
    assert not any(
        ord(character) <= 32 or ord(character) > 126 for character in wire.partition("//")[2].partition("/")[2]
    )
