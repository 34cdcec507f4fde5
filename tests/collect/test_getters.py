"""Network equipment through NAPALM, against an IOS-like device over real SSH."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nms.collect.getters import GettersAsker, understand
from nms.collect.remote_shell import SshAsker
from nms.collect.shell import LinuxAsker
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Severity
from nms.transports.errors import AccessDenied
from nms.transports.getters import Got, get
from nms.transports.ssh import HostKeyChanged, HostKeys, SshClient, SshTarget
from tests.ssh_devices import PASSWORD, USER, network_device

VERSION = """\
Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(4)E8, RELEASE SOFTWARE (fc3)
sw-test uptime is 2 weeks, 1 day, 3 hours, 5 minutes
cisco WS-C2960X-48TS-L (APM86XXX) processor (revision A0) with 524288K bytes of memory.
Processor board ID FOC0000TEST
"""
OUTPUTS = {
    "show version": VERSION,
    "show hosts": "Default domain is example.invalid",
    "show ip interface brief": "Interface              IP-Address      OK? Method Status                Protocol\n"
    "Vlan1                  192.0.2.10      YES NVRAM  up                    up",
    "show proc cpu": "CPU utilization for five seconds: 11%/0%; one minute: 9%; five minutes: 8%",
    "show memory statistics": "                Head    Total(b)     Used(b)     Free(b)   Lowest(b)  Largest(b)\n"
    "Processor    24D6A3C    86573508    28967264    57606244    54895812    54512032\n"
    "      I/O    2C00000    12574720     9133236     3441484     3402752     3403420",
    "show env temperature status": "SYSTEM Temperature Value: 48 Degree Celsius\nTemperature State: YELLOW\n"
    "Yellow Threshold : 46 Degree Celsius\nRed Threshold    : 60 Degree Celsius",
}
SWITCH = Device(DeviceId("sw"), "sw", Role.SWITCH, "127.0.0.1", "s", "d")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[SshClient]:
    client = SshClient(HostKeys(tmp_path / "known_hosts"), threads=2, connect_timeout=10, command_timeout=20)
    yield client
    client.close()


def target(port: int, password: str = PASSWORD) -> SshTarget:
    return SshTarget("127.0.0.1", port, "cisco_ios", USER, password=password)


async def test_a_switch_gives_facts_processor_memory_and_temperature(client: SshClient) -> None:
    async with network_device(OUTPUTS) as (port, heard):
        asker = GettersAsker(client, lambda device, endpoint: target(port))
        answer = await asker.ask(SWITCH, Endpoint("ssh", "127.0.0.1", port), 1000.0)
    assert answer.witness.outcome in (Outcome.ANSWERED, Outcome.PARTIAL), answer.witness.reason
    assert answer.facts["serial"] == "FOC0000TEST"
    assert answer.facts["hardware"].startswith("WS-C2960X-48TS-L")
    tables = {reading.table: reading for reading in answer.readings}
    assert tables["system"].columns["device_uptime_seconds"] == [2 * 604800 + 86400 + 3 * 3600 + 300]
    assert tables["system"].columns["memory_size_bytes"] == [86573508 + 12574720]
    assert tables["processor"].columns["processor_used_ratio"] == [0.09]
    assert tables["temperature"].columns["temperature_celsius"] == [48.0]
    (hot,) = [state for state in answer.states if state.component.kind == "sensor"]
    assert (hot.text, hot.severity) == ("alert", Severity.WARNING)
    assert all(command.startswith(("show ", "terminal ", "exit", "")) for command in heard)


async def test_a_wrong_password_and_a_changed_key_are_refusals(client: SshClient) -> None:
    async with network_device(OUTPUTS) as (port, heard):
        with pytest.raises(AccessDenied, match="refuses the log-in"):
            await get(client, target(port, "wrong"), ["facts"])
        assert heard == []
        path = client.host_keys.path
        host, kind, _key = path.read_text().split()
        other = "AAAAC3NzaC1lZDI1NTE5AAAAIDLdnBVB4QYNyGtAVTBSLwM2BZQmIVI4tqMzBlvWv6xa"
        path.write_text(f"{host} {kind} {other}\n")
        with pytest.raises(HostKeyChanged, match="nothing was sent"):
            await get(client, target(port), ["facts"])
        assert heard == []


def test_what_napalm_does_not_know_is_absent() -> None:
    environment = {
        "cpu": {0: {"%usage": -1.0}},
        "memory": {"used_ram": -1, "available_ram": -1},
        "temperature": {"invalid": {"temperature": -1.0, "is_alert": False, "is_critical": False}},
        "fans": {"invalid": {"status": True}, "Fan 2": {"status": False}},
        "power": {"invalid": {"status": True, "output": -1.0, "capacity": -1.0}},
    }
    facts = {"uptime": -1.0, "vendor": "Cisco", "serial_number": "Unknown", "model": "Unknown", "os_version": "Unknown"}
    answer = understand(DeviceId("a"), 1.0, Got({"facts": facts, "environment": environment}))
    assert answer.readings == ()
    assert dict(answer.facts) == {"vendor": "Cisco"}
    assert [(state.component.key, state.severity) for state in answer.states] == [("Fan 2", Severity.CRITICAL)]


async def test_a_platform_without_a_reader_is_said_with_those_that_have_one(client: SshClient) -> None:
    asker = SshAsker(LinuxAsker(client, lambda d, e: target(1)), GettersAsker(client, lambda d, e: target(1)))
    endpoint = Endpoint("ssh", "127.0.0.1", 22, options={"platform": "toaster_os"})
    answer = await asker.ask(SWITCH, endpoint, 1.0)
    assert answer.witness.outcome is Outcome.FAILED
    assert "no reader for the platform “toaster_os”; known: linux, cisco_ios" in answer.witness.reason
