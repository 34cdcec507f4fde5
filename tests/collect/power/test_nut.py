"""A UPS through a real upsd with the dummy driver, and what hostile servers may say."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nms.collect.power.nut import NutAsker, understand
from nms.i18n import in_english
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Severity
from nms.transports.nut import NutTarget
from tests.peers import Peer, free_port, require_peer
from tests.transports.daemons import start_nut
from tests.transports.servers import tcp_server

UPS = Device(DeviceId("ups"), "ups", Role.UPS, "127.0.0.1", "s", "d")


def asker(user: str = "", password: str = "", ups: str = "ups1") -> NutAsker:
    return NutAsker(lambda device, endpoint: NutTarget("127.0.0.1", endpoint.port or 0, ups, user, password), 5.0)


async def ask(port: int, **more: str):
    return await asker(**more).ask(UPS, Endpoint("nut", "127.0.0.1", port), 1000.0)


def cells(answer) -> dict[tuple[str, str], float]:
    return {
        (component.label, metric): value
        for reading in answer.readings
        for metric, column in reading.columns.items()
        for component, value in zip(reading.components, column, strict=True)
        if value is not None
    }


@pytest.fixture
def nut(tmp_path: Path) -> Iterator[tuple[Peer, Peer]]:
    server, driver = start_nut(tmp_path)
    with server, driver:
        yield server, driver


async def test_a_real_upsd_gives_charge_runtime_load_and_state(nut: tuple[Peer, Peer]):
    answer = await ask(nut[0].port)
    assert answer.witness.outcome is Outcome.ANSWERED, answer.witness.reason
    found = cells(answer)
    assert found["Battery", "charge_ratio"] == pytest.approx(0.97)
    assert found["Battery", "runtime_seconds"] == 2520
    assert found["Output", "load_ratio"] == pytest.approx(0.41)
    assert found["Output", "power_watts"] == 3210
    assert found["Input", "voltage_volts"] == pytest.approx(127.1)
    assert found["UPS", "temperature_celsius"] == 31
    states = {state.name: state for state in answer.states}
    assert (in_english(states["upsOutputSource"].text), states["upsOutputSource"].severity) == ("normal", None)
    assert answer.facts == {"vendor": "EATON", "hardware": "9PX 11 kVA"}


async def test_a_change_at_the_ups_is_seen_at_the_next_poll(nut: tuple[Peer, Peer]):
    server, _ = nut
    change = [
        require_peer("upsrw"),
        "-s",
        "ups.status=OB LB",
        "-u",
        "nms",
        "-p",
        "nmspass",
        f"ups1@127.0.0.1:{server.port}",
    ]
    subprocess.run(change, check=True, capture_output=True, timeout=10)
    async with asyncio.timeout(10):
        while True:
            answer = await ask(server.port, user="nms", password="nmspass")
            states = {state.name: state for state in answer.states}
            if in_english(states["upsOutputSource"].text) == "battery":
                break
            await asyncio.sleep(0.1)
    assert states["upsOutputSource"].severity is Severity.CRITICAL
    assert in_english(states["upsBatteryStatus"].text) == "batteryLow"


async def test_a_dead_driver_a_wrong_name_and_a_wrong_password_are_told_apart(nut: tuple[Peer, Peer]):
    server, driver = nut
    assert "does not know a UPS" in (await ask(server.port, ups="nada")).witness.reason
    denied = await ask(server.port, user="nms", password="x")
    assert denied.witness.outcome in (Outcome.REFUSED, Outcome.ANSWERED)  # upsd checks only with LOGIN
    driver.stop()
    async with asyncio.timeout(20):
        while (answer := await ask(server.port)).witness.outcome is Outcome.ANSWERED:
            await asyncio.sleep(0.2)
    assert answer.witness.outcome is Outcome.PARTIAL
    (state,) = answer.states
    assert (state.name, in_english(state.text), state.severity) == ("communication", "lost", Severity.CRITICAL)


async def test_an_empty_port_is_silent():
    assert (await ask(free_port())).witness.outcome is Outcome.SILENT


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400\r\n",
        b"a" * 100_000,
        b'BEGIN LIST VAR ups1\nVAR ups1 a "x\n',
        b"BEGIN LIST VAR u\n" + b'VAR u a "1"\n' * 5000,
    ],
)
async def test_what_is_no_upsd_is_told_in_a_sentence(said: bytes):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(said)

    async with tcp_server(talk) as port:
        answer = await ask(port)
    assert answer.witness.outcome in (Outcome.FAILED, Outcome.SILENT)
    assert len(answer.witness.reason) < 200


def test_phases_outlets_and_every_status_word_are_understood():
    values = {
        "input.L1-N.voltage": "127", "output.L2.current": "3.5", "outlet.3.realpower": "55", "outlet.3.status": "off",
        "ambient.humidity": "40", "battery.charge": "nan", "ups.load": "", "ups.power.nominal": "11000",
        "ups.status": "ALARM OB RB OVER",
    }  # fmt: skip
    answer = understand(DeviceId("u"), 1.0, values)
    assert cells(answer) == {
        ("Input L1-N", "voltage_volts"): 127,
        ("Output L2", "current_amperes"): 3.5,
        ("Outlet 3", "power_watts"): 55,
        ("Ambient", "humidity_ratio"): pytest.approx(0.4),
    }
    told = {(state.component.label, state.name): state.severity for state in answer.states}
    assert told["Battery", "replacement"] is Severity.CRITICAL
    assert told["Output", "overload"] is Severity.CRITICAL
    assert told["UPS", "alarm"] is Severity.WARNING
    assert told["Outlet 3", "outlet"] is Severity.INFO
    assert told["Output source", "upsOutputSource"] is Severity.CRITICAL


def test_a_status_word_that_nobody_knows_is_unknown_and_no_status_says_nothing():
    states = understand(DeviceId("u"), 1.0, {"ups.status": "WAIT"}).states
    assert [s.unknown for s in states if s.name == "upsOutputSource"] == [True]
    assert not any(s.name == "upsBatteryStatus" for s in states)
    assert next(s.name for s in understand(DeviceId("u"), 1.0, {}).states) == "communication"
    assert not any(s.name == "upsOutputSource" for s in understand(DeviceId("u"), 1.0, {}).states)
