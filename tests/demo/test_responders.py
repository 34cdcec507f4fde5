from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from nms.demo.simulator import Fleet
from nms.demo.simulator.responders import answer_dns, answer_smtp
from nms.model import Endpoint, Inventory, Role
from tests.demo.city import CORE, city, device
from tests.peers import free_port

NAME = "portal.ejemplo.invalid"


class Ports:
    """One free port for each service, all on addresses of the core."""

    def __init__(self) -> None:
        self.tls, self.smtp, self.nut = (free_port(address=f"{CORE}.50") for _ in range(3))
        self.dns, self.snmp = free_port(socket.SOCK_DGRAM, f"{CORE}.50"), free_port(socket.SOCK_DGRAM, f"{CORE}.1")


def town(ports: Ports) -> Inventory:
    address = f"{CORE}.50"
    app = device(
        "app", Role.APPLICATION, address, "esxi",
        also=(
            Endpoint("tls", address, ports.tls, options={"server_name": NAME}),
            Endpoint("smtp", address, ports.smtp),
            Endpoint("dns", address, ports.dns, options={"name": NAME, "type": "A", "expect": (f"{CORE}.40",)}),
        ),
    )  # fmt: skip
    nut = Endpoint("nut", address, ports.nut, options={"ups": "ups-nut"})
    ups = device("ups-nut", Role.UPS, f"{CORE}.51", "rt-core-1", also=(nut,))
    whole = city()
    return replace(whole, devices={**whole.devices, app.id: app, ups.id: ups})


@pytest.fixture
def ports() -> Ports:
    return Ports()


@pytest.fixture
async def fleet(ports: Ports):
    async with Fleet(town(ports), ports.snmp) as running:
        yield running


async def test_a_certificate_carries_its_name_and_some_months(fleet: Fleet, ports: Ports):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.open_connection(f"{CORE}.50", ports.tls, ssl=context, server_hostname=NAME)
    certificate = x509.load_der_x509_certificate(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
    writer.close()
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [NAME]
    assert 44 < (certificate.not_valid_after_utc - datetime.now(UTC)).days < 301


async def test_a_mail_server_greets_and_says_goodbye(fleet: Fleet, ports: Ports):
    reader, writer = await asyncio.open_connection(f"{CORE}.50", ports.smtp)
    assert (await reader.readline()).startswith(b"220 ")
    writer.write(b"EHLO monitor\r\n")
    assert b"250 SIZE" in await reader.readuntil(b"250 SIZE 10485760\r\n")
    writer.write(b"MAIL FROM:<a@b.invalid>\r\nQUIT\r\n")
    assert (await reader.readline()).startswith(b"550 ")
    assert (await reader.read()).startswith(b"221 ")
    writer.close()


async def test_upsd_tells_of_the_same_battery_as_snmp(fleet: Fleet, ports: Ports):
    async def status() -> str:
        writer.write(b"GET VAR ups-nut ups.status\n")
        return (await reader.readline()).decode().strip()

    reader, writer = await asyncio.open_connection(f"{CORE}.50", ports.nut)
    assert await status() == 'VAR ups-nut ups.status "OL"'
    fleet.ups_on_battery("ups-nut", 0.1)
    assert await status() == 'VAR ups-nut ups.status "OB DISCHRG LB"'
    writer.write(b"LIST VAR ups-nut\nLIST VAR other\nNONSENSE\nLOGOUT\n")
    told = (await reader.read()).decode()
    assert 'VAR ups-nut battery.charge "10"' in told
    assert told.endswith("END LIST VAR ups-nut\nERR UNKNOWN-UPS\nERR UNKNOWN-COMMAND\nOK Goodbye\n")
    writer.close()


def question(name: str, kind: int = 1) -> bytes:
    labels = b"".join(bytes((len(part),)) + part.encode() for part in name.split("."))
    return struct.pack("!HHHHHH", 4711, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


async def test_a_name_server_knows_its_name(fleet: Fleet, ports: Ports):
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.setblocking(False)
        await loop.sock_sendto(asker, question(NAME.upper()), (f"{CORE}.50", ports.dns))
        async with asyncio.timeout(5):
            answer = await loop.sock_recv(asker, 512)
    assert struct.unpack_from("!HHHH", answer) == (4711, 0x8580, 1, 1)
    assert answer[-4:] == socket.inet_aton(f"{CORE}.40")


def test_a_name_server_tells_what_it_does_not_know_and_when_it_fails():
    def code(name: str, kind: int = 1, *, fails: bool = False) -> tuple[int, int]:
        answer = answer_dns(question(name, kind), NAME, ["192.0.2.7"], fails=fails)
        assert answer is not None
        return answer[3] & 15, struct.unpack_from("!H", answer, 6)[0]

    assert code(NAME) == (0, 1)
    assert code(NAME, 28) == (0, 0)
    assert code("otro.invalid") == (3, 0)
    assert code(NAME, fails=True) == (2, 0)


@given(st.binary(max_size=80))
def test_noise_is_no_question(noise: bytes):
    answer = answer_dns(noise, NAME, ["192.0.2.7"])
    assert answer is None or answer[:2] == noise[:2]


@given(st.text(max_size=40))
def test_a_mail_server_survives_any_line(line: str):
    assert answer_smtp(line)[:3].isdigit()
