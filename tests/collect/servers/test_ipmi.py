"""Servers through IPMI: OpenIPMI's simulator asked by the real ipmitool, and outputs of other controllers."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvloop

from nms.collect.answer import Answer
from nms.collect.servers.ipmi import IpmiAsker, understand
from nms.i18n import in_english
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Severity
from nms.transports.ipmi import IpmiClient, IpmiTarget
from tests.peers import Peer, free_port, require_peer
from tests.transports.daemons import start_ipmi_sim
from tests.transports.servers import udp_server

SERVER = Device(DeviceId("srv"), "srv", Role.SERVER, "127.0.0.1", "s", "d")


@pytest.fixture(scope="module")
def bmc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    require_peer("ipmitool")
    with start_ipmi_sim(tmp_path_factory.mktemp("bmc")) as peer:
        yield peer


async def ask(port: int, password: str = "nmspass", user: str = "nms", seconds: float = 20.0) -> Answer:
    asker = IpmiAsker(IpmiClient(), lambda d, e: IpmiTarget("127.0.0.1", port, user, password, 3), seconds)
    return await asker.ask(SERVER, Endpoint("ipmi", "127.0.0.1", port), 1000.0)


def cells(answer: Answer) -> dict[tuple[str, str], float]:
    return {
        (component.key, metric): value
        for reading in answer.readings
        for metric, column in reading.columns.items()
        for component, value in zip(reading.components, column, strict=True)
        if value is not None
    }


def severities(answer: Answer) -> dict[tuple[str, str], Severity | None]:
    return {(state.component.key, state.name): state.severity for state in answer.states}


async def test_a_real_controller_gives_its_sensors(bmc: Peer):
    answer = await ask(bmc.port)
    assert answer.witness.outcome is Outcome.ANSWERED, answer.witness.reason
    assert cells(answer) == {
        ("Inlet Temp", "temperature_celsius"): 23,
        ("CPU0 Temp", "temperature_celsius"): 56,
        ("FAN1", "fan_speed_rpm"): 8400,
        ("PSU1 Input V", "voltage_volts"): 230,
        ("PSU1 Power W", "power_watts"): 248,
    }
    assert severities(answer)["Inlet Temp", "threshold"] is None
    assert answer.facts == {"firmware": "9.08"}


def test_it_is_asked_under_the_loop_of_the_daemon_too(bmc: Peer):
    """uvloop gives a child sockets for its standard streams, which cannot be opened by name."""
    answer = uvloop.run(ask(bmc.port))
    assert answer.witness.outcome is Outcome.ANSWERED, answer.witness.reason


async def test_a_sensor_beyond_its_threshold_is_critical_and_in_the_event_log(bmc: Peer):
    value = bmc.log.parent / "s1.val"
    value.write_text("47")
    try:
        async with asyncio.timeout(15):
            while severities(answer := await ask(bmc.port))["Inlet Temp", "threshold"] is None:
                await asyncio.sleep(0.1)
    finally:
        value.write_text("23")
    assert severities(answer)["Inlet Temp", "threshold"] is Severity.CRITICAL
    log = next(state for state in answer.states if state.component.key == "event log")
    assert in_english(log.text) == "1, the newest: Temperature Inlet Temp: Upper Critical going high"


async def test_a_wrong_password_an_unknown_user_and_nobody_there_are_told_apart(bmc: Peer):
    for refused in (await ask(bmc.port, "wrong"), await ask(bmc.port, user="nadie")):
        assert refused.witness.outcome is Outcome.REFUSED, refused.witness
        assert "wrong" not in refused.witness.reason
    silent = await ask(free_port(socket.SOCK_DGRAM))
    assert silent.witness.outcome is Outcome.SILENT, silent.witness


async def test_the_password_is_not_on_the_command_line_and_a_program_that_hangs_is_ended(tmp_path: Path):
    program = tmp_path / "ipmitool"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/argv\necho $$ > {tmp_path}/pid\nexec sleep 60\n')
    program.chmod(0o755)
    client = IpmiClient(program=str(program))
    async with udp_server(lambda data: data) as port:
        asker = IpmiAsker(client, lambda d, e: IpmiTarget("127.0.0.1", port, "nms", "hunter2"), 0.5)
        answer = await asker.ask(SERVER, Endpoint("ipmi", "127.0.0.1", port), 1.0)
    assert "was not done within 0.5 s" in answer.witness.reason
    assert "hunter2" not in (tmp_path / "argv").read_text()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_without_the_program_it_is_our_own_fault():
    client = IpmiClient(program="ipmitool-that-is-not-there")
    async with udp_server(lambda data: data) as port:
        asker = IpmiAsker(client, lambda d, e: IpmiTarget("127.0.0.1", port, "u"), 5.0)
        answer = await asker.ask(SERVER, Endpoint("ipmi", "127.0.0.1", port), 1.0)
    assert answer.witness.outcome is Outcome.FAILED
    assert "apt install ipmitool" in answer.witness.reason


def test_discrete_sensors_absent_ones_and_names_that_repeat():
    lines = (
        "Chassis Power is off",
        "Status           | 10h | ok  | 10.1 | Presence detected",
        "Status           | 11h | ok  | 10.2 | Presence detected, Failure detected",
        "Drive 3          | 12h | ok  |  4.3 | Drive Present, Predictive Failure",
        "Temp             | 13h | ns  |  3.1 | No Reading",
        "Temp             | 14h | ok  |  3.2 | 104 degrees F",
        "Odd | name       | 15h | unr |  3.3 | 99 degrees C",
        "Fan Redundancy   | 16h | ok  |  7.1 | Redundancy Lost",
        "garbage | x",
    )
    answer = understand(DeviceId("s"), 1.0, lines)
    assert cells(answer) == {
        ("Temp 14h", "temperature_celsius"): 40,
        ("Odd | name", "temperature_celsius"): 99,
    }
    assert severities(answer) == {
        ("1", "power"): Severity.CRITICAL,
        ("Status", "state"): None,
        ("Status 11h", "state"): Severity.CRITICAL,
        ("Drive 3", "state"): Severity.WARNING,
        ("Temp 14h", "threshold"): None,
        ("Odd | name", "threshold"): Severity.CRITICAL,
        ("Fan Redundancy", "state"): Severity.WARNING,
        ("event log", "serious entries"): None,
    }


def test_a_log_entry_that_was_taken_back_does_not_count():
    entry = "   1 | 11/22/2026 | 10:00:00 UTC | Temperature CPU | Upper Critical going high | {}"
    raised, ended = entry.format("Asserted"), entry.format("Deasserted").replace("   1", "   2")
    assert understand(DeviceId("s"), 1.0, (raised,)).states[-1].value == 1
    assert understand(DeviceId("s"), 1.0, (raised, ended)).states[-1].value == 0


@pytest.mark.parametrize("lines", [(), ("",), ("|" * 300,)])
def test_an_output_that_says_nothing_is_named(lines: tuple[str, ...]):
    answer = understand(DeviceId("s"), 1.0, lines)
    assert answer.problems == ("ipmi: the controller lists no sensors",)
