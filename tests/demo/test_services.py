from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import replace

import httpx
import pytest

from nms.demo.simulator import Fleet
from nms.demo.simulator.sip import answer_sip
from nms.model import Endpoint, Inventory, Role
from tests.demo.city import CORE, city, device
from tests.peers import free_port

OPTIONS = (
    "OPTIONS sip:{host} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\n"
    "From: <sip:nms@127.0.0.1>;tag=a\r\nTo: <sip:{host}>\r\nCall-ID: 1@nms\r\nCSeq: 7 OPTIONS\r\n"
    "Content-Length: 0\r\n\r\n"
)


class Town:
    """The small city with an application and telephony that can be asked."""

    def __init__(self) -> None:
        self.http, self.tcp = free_port(address=f"{CORE}.40"), free_port(address=f"{CORE}.40")
        self.sip = free_port(socket.SOCK_DGRAM, f"{CORE}.41")
        self.snmp = free_port(socket.SOCK_DGRAM, f"{CORE}.1")

    def url(self, path: str) -> str:
        return f"http://{CORE}.40:{self.http}{path}"

    def inventory(self) -> Inventory:
        def web(path: str, **options: object) -> Endpoint:
            return Endpoint("http", f"{CORE}.40", self.http, options={"url": self.url(path), **options})

        app = device(
            "app", Role.APPLICATION, f"{CORE}.40", "esxi",
            also=(
                web("/", status=(200,), contains="Portal"),
                web("/salud", status=(200,), json_path="estado.base", json_value="ok"),
                Endpoint("tcp", f"{CORE}.40", self.tcp, options={"send": "", "expect": "220 listo"}),
            ),
        )  # fmt: skip
        pbx = device("pbx-2", Role.PBX, f"{CORE}.41", "rt-core-1", also=(Endpoint("sip", f"{CORE}.41", self.sip),))
        whole = city()
        return replace(whole, devices={**whole.devices, app.id: app, pbx.id: pbx})


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
async def fleet(town: Town):
    async with Fleet(town.inventory(), town.snmp) as running:
        yield running


async def status_of(url: str) -> int | None:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(url)).status_code
        except httpx.TransportError:
            return None


async def until(url: str, wanted: int | None) -> None:
    async with asyncio.timeout(5):
        while await status_of(url) != wanted:
            await asyncio.sleep(0.05)


async def test_a_web_page_holds_what_its_check_hopes_for(fleet: Fleet, town: Town):
    async with httpx.AsyncClient(trust_env=False) as client:
        page = await client.get(town.url("/"))
        health = await client.get(town.url("/salud"))
        missing = await client.get(town.url("/nada"))
        head = await client.head(town.url("/"))
    assert (page.status_code, head.status_code, missing.status_code) == (200, 200, 404)
    assert "Portal" in page.text
    assert "simulated" in page.text
    assert health.json() == {"estado": {"base": "ok"}}


async def test_a_failing_application_says_so_and_recovers(fleet: Fleet, town: Town):
    fleet.service_down("app")
    assert await status_of(town.url("/")) == 503
    fleet.heal("app")
    assert await status_of(town.url("/")) == 200


async def test_a_slow_application_takes_its_time(fleet: Fleet, town: Town):
    fleet.service_slow("app", 0.2)
    start = asyncio.get_running_loop().time()
    assert await status_of(town.url("/")) == 200
    assert asyncio.get_running_loop().time() - start >= 0.2


async def test_an_application_whose_machine_is_gone_refuses_connections(fleet: Fleet, town: Town):
    fleet.power_off("esxi")
    await until(town.url("/"), None)
    fleet.heal("esxi")
    await until(town.url("/"), 200)


async def test_a_port_greets_as_expected(fleet: Fleet, town: Town):
    reader, writer = await asyncio.open_connection(f"{CORE}.40", town.tcp)
    assert await reader.readline() == b"220 listo\r\n"
    writer.close()


async def test_nonsense_ends_the_conversation_and_nothing_else(fleet: Fleet, town: Town):
    for noise in (b"\r\n\r\n", b"\0\xff" * 50_000 + b"\r\n\r\n", b"GET\r\n\r\n"):
        reader, writer = await asyncio.open_connection(f"{CORE}.40", town.http)
        writer.write(noise)
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
        writer.close()
    assert await status_of(town.url("/")) == 200


async def ask_sip(port: int) -> bytes:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
        caller.setblocking(False)
        caller.bind(("127.0.0.1", 0))
        await loop.sock_sendto(caller, OPTIONS.format(host=f"{CORE}.41").encode(), (f"{CORE}.41", port))
        async with asyncio.timeout(5):
            return await loop.sock_recv(caller, 4096)


async def test_a_telephone_exchange_answers_options(fleet: Fleet, town: Town):
    answer = (await ask_sip(town.sip)).decode()
    assert answer.startswith("SIP/2.0 200 OK\r\n")
    for header in ("Via: SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bK1;rport", "Call-ID: 1@nms", "CSeq: 7 OPTIONS"):
        assert f"\r\n{header}\r\n" in answer
    assert ";tag=" in next(line for line in answer.split("\r\n") if line.startswith("To:"))
    fleet.service_down("pbx-2")
    assert (await ask_sip(town.sip)).startswith(b"SIP/2.0 503 ")


@pytest.mark.parametrize("noise", [b"", b"hello", b"SIP/2.0 200 OK\r\n\r\n", b"ACK sip:a SIP/2.0\r\n\r\n", bytes(300)])
def test_what_is_no_sip_request_gets_no_answer(noise: bytes):
    assert answer_sip(noise) is None


def test_a_request_without_its_headers_is_bad_and_other_methods_are_not_allowed():
    bad = answer_sip(b"OPTIONS sip:a SIP/2.0\r\nVia: x\r\n\r\n")
    assert bad is not None
    assert bad.startswith(b"SIP/2.0 400 ")
    other = answer_sip(OPTIONS.format(host="a").replace("OPTIONS sip", "INVITE sip").encode())
    assert other is not None
    assert other.startswith(b"SIP/2.0 405 ")
