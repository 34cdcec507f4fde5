"""Network equipment over SSH: families told by NAPALM's getters and by commands, on simulated devices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.collect.answer import Answer
from nms.collect.catalogue import Catalogue
from nms.collect.compiled import Told
from nms.collect.napalm_rows import SHEETS
from nms.collect.remote_shell import SshAsker
from nms.collect.shell import LinuxAsker
from nms.collect.spoken import SpokenAsker
from nms.collect.textual import rows_of
from nms.i18n import render
from nms.model import DEVICE_ITSELF, Device, DeviceId, Endpoint, Outcome, Role, Severity
from nms.text import clean
from nms.transports.errors import AccessDenied, Malformed
from nms.transports.getters import get
from nms.transports.ssh import HostKeyChanged, HostKeys, SshClient, SshTarget
from tests.netconf_device import netconf_device
from tests.ssh_devices import PASSWORD, USER, network_device
from tests.ssh_outputs import eos, huawei, ios, iosxr, junos, mikrotik, nxos, procurve
from tests.xml_agent import xml_agent

SHIPPED = Path(__file__).parents[2] / "collectors"
WRONG_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIDLdnBVB4QYNyGtAVTBSLwM2BZQmIVI4tqMzBlvWv6xa"
VRP = {"prompt": "<sw-test>", "refusal": "Error: Unrecognized command found at '^' position."}

READING = ("show ", "display ", "terminal ", "screen-", "no page", "quit", "exit", "logout", "get-", "command",
           "file-show", "close-session")  # fmt: skip
"""How everything begins that a device may be sent."""

Peer = AbstractAsyncContextManager[tuple[int, list[str]]]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(SHIPPED)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[SshClient]:
    client = SshClient(HostKeys(tmp_path / "known_hosts"), threads=2, connect_timeout=10, command_timeout=20)
    yield client
    client.close()


def target(port: int, platform: str, password: str = PASSWORD) -> SshTarget:
    return SshTarget("127.0.0.1", port, platform, USER, password=password)


def device(port: int, platform: str, *others: str) -> Device:
    ssh = Endpoint("ssh", "127.0.0.1", port, options={"platform": platform})
    more = tuple(Endpoint(one, "127.0.0.1", 1) for one in others)
    return Device(DeviceId("sw"), "sw", Role.SWITCH, "127.0.0.1", "s", "d", (ssh, *more))


def asker(client: SshClient, catalogue: Catalogue, port: int, platform: str) -> SpokenAsker:
    return SpokenAsker(client, catalogue, lambda device, endpoint: target(port, platform))


async def told(client: SshClient, catalogue: Catalogue, peer: Peer, platform: str, *others: str) -> Answer:
    async with peer as (port, heard):
        one = device(port, platform, *others)
        answer = await asker(client, catalogue, port, platform).ask(one, one.endpoints[0], 1000.0)
    assert [line for line in heard if line and not line.startswith(READING)] == []
    return answer


def values(answer: Answer, metric: str) -> dict[str, object]:
    """Label -> value of one metric."""
    return {
        component.label: value
        for reading in answer.readings
        for component, value in zip(reading.components, reading.columns.get(metric, ()), strict=False)
        if value is not None
    }


def severities(answer: Answer) -> dict[str, Severity | None]:
    return {state.component.label: state.severity for state in answer.states}


async def test_ios_gives_all_that_its_driver_has(client: SshClient, catalogue: Catalogue) -> None:
    answer = await told(client, catalogue, network_device(ios.OUTPUTS), "cisco_ios")
    assert answer.witness.outcome is Outcome.ANSWERED, answer.problems
    assert (answer.facts["serial"], answer.facts["sys_name"]) == ("FOC0000TEST", "sw-test")
    assert answer.facts["hardware"].startswith("WS-C2960X-48TS-L")
    (uptime,) = [one for one in answer.readings if "device_uptime_seconds" in one.columns]
    assert uptime.components == (DEVICE_ITSELF,)
    assert uptime.columns["device_uptime_seconds"] == [2 * 604800 + 86400 + 3 * 3600 + 300]
    assert values(answer, "interface_oper_status") == {"GigabitEthernet1/0/1": 1, "GigabitEthernet1/0/2": 2}
    assert values(answer, "processor_used_ratio") == {"Processor 0": 0.09}
    assert values(answer, "memory_used_ratio") == {"Memory": pytest.approx(38100500 / 99148228)}
    assert values(answer, "optical_power_dbm") == {"GigabitEthernet1/0/1 rx": -17.9, "GigabitEthernet1/0/1 tx": -5.2}
    assert values(answer, "clock_offset_seconds") == {"NTP 192.0.2.1": pytest.approx(0.00035)}
    assert [(one.local_interface, one.remote_name) for one in answer.neighbours] == [
        ("GigabitEthernet1/0/1", "rt-core")
    ]
    assert {one.mac for one in answer.sightings} >= {"001122334499"}
    assert severities(answer)["system"] is Severity.WARNING


async def test_eos_gives_its_own_and_names_what_its_driver_stumbled_over(
    client: SshClient, catalogue: Catalogue
) -> None:
    answer = await told(client, catalogue, network_device(eos.OUTPUTS), "arista_eos")
    assert answer.witness.outcome is Outcome.PARTIAL
    assert len(answer.problems) == 2
    assert answer.problems[1].startswith("ssh: ssh-napalm.bgp: bgp_neighbors: the driver stumbled (KeyError: 'vrfs'")
    assert values(answer, "interface_out_discards_total") == {"Ethernet1": 7}
    assert values(answer, "temperature_celsius") == {"TempSensor1": 38.5}
    assert values(answer, "power_watts") == {"1": 93.5}
    assert values(answer, "memory_used_ratio") == {"Memory": 0.25}
    critical = [(one.component.kind, one.component.key) for one in answer.states if one.severity is Severity.CRITICAL]
    assert critical == [("fan", "2"), ("power-supply", "2")]


async def test_nx_os_gives_its_own_and_invents_no_light(client: SshClient, catalogue: Catalogue) -> None:
    """The driver calls the light of an interface that is shut -100 dBm."""
    answer = await told(client, catalogue, network_device(nxos.OUTPUTS, prompt="sw-test# "), "cisco_nxos")
    assert answer.witness.outcome is Outcome.ANSWERED, answer.problems
    assert (answer.facts["serial"], answer.facts["version"]) == ("FDO0000TEST", "9.3(8)")
    assert values(answer, "interface_admin_status") == {"Ethernet1/1": 1, "Ethernet1/2": 2}
    assert values(answer, "interface_out_discards_total") == {"Ethernet1/1": 7}
    assert values(answer, "processor_used_ratio") == {"Processor 0": pytest.approx(0.15)}
    assert values(answer, "memory_used_ratio") == {"Memory": pytest.approx(4798280 / 16401224)}
    assert values(answer, "optical_power_dbm") == {"Ethernet1/1 rx": -5.17, "Ethernet1/1 tx": -2.33}
    assert severities(answer) == {"FRONT-1": None, "BACK-1": Severity.WARNING}
    assert [(one.local_interface, one.remote_name) for one in answer.neighbours] == [("Ethernet1/1", "rt-core")]
    assert {one.mac for one in answer.sightings} == {"001122334499"}


async def test_ios_xr_answers_through_its_xml_agent_and_tells_light_on_its_console(
    client: SshClient, catalogue: Catalogue
) -> None:
    async with xml_agent(iosxr.REPLIES, {"show controllers all phy": iosxr.PHY}) as (port, heard):
        one = device(port, "cisco_xr")
        answer = await asker(client, catalogue, port, "cisco_xr").ask(one, one.endpoints[0], 1000.0)
    assert set(heard) <= {
        "", "exit", "terminal width 511", "terminal length 0", "xml", "xml request", "show controllers all phy"
    }  # fmt: skip
    assert answer.problems == ()
    assert (answer.facts["serial"], answer.facts["version"]) == ("FOX0000TEST", "6.4.2")
    assert values(answer, "interface_admin_status") == {"TenGigE0/0/0/0": 1, "TenGigE0/0/0/1": 2}
    assert values(answer, "interface_out_discards_total") == {"TenGigE0/0/0/0": 7, "TenGigE0/0/0/1": 7}
    assert {one.mac for one in answer.sightings} == {"001122334499"}
    assert values(answer, "processor_used_ratio") == {"Processor 0/RSP0/CPU0": 0.12}
    assert values(answer, "memory_used_ratio") == {"Memory": 0.25}
    assert values(answer, "temperature_celsius") == {"RSP0": 31.0}
    assert values(answer, "power_watts") == {"PM0": 540.0}
    assert severities(answer) | {"RSP0": None} == {"FT0": Severity.CRITICAL, "PM0": None, "RSP0": None}
    assert values(answer, "bgp_peer_state") == {"192.0.2.6 AS65002": 6}
    assert values(answer, "count") == {"192.0.2.6 prefixes received": 8}
    assert values(answer, "clock_offset_seconds") == {"NTP 192.0.2.1": pytest.approx(0.00035)}
    assert values(answer, "optical_power_dbm") == {
        "HundredGigE0/0/0/0 1 tx": 0.4, "HundredGigE0/0/0/0 1 rx": -1.5,
        "HundredGigE0/0/0/0 2 tx": 0.5, "HundredGigE0/0/0/0 2 rx": -21.3,
        "TenGigE0/0/0/1 tx": -2.33, "TenGigE0/0/0/1 rx": -5.17,
    }  # fmt: skip
    assert [(one.local_interface, one.remote_name, one.remote_interface) for one in answer.neighbours] == [
        ("Te0/0/0/0", "rt-core", "Gi0/0/0/1"), ("Te0/0/0/1", "a-name-longer-than-its-column.example", "Gi1/0/24")
    ]  # fmt: skip


async def test_what_fails_of_ios_xr_is_named_and_the_rest_is_kept(client: SshClient, catalogue: Catalogue) -> None:
    kept = {what: xml for what, xml in iosxr.REPLIES.items() if what not in ("<slot>PM0<", "<BGP>")}
    async with xml_agent(kept) as (port, _heard):
        one = device(port, "cisco_xr", "snmp")
        answer = await asker(client, catalogue, port, "cisco_xr").ask(one, one.endpoints[0], 1000.0)
    assert answer.witness.outcome is Outcome.PARTIAL
    assert any(problem.startswith("ssh: ssh-napalm.bgp: bgp_neighbors") for problem in answer.problems)
    assert any("environment: the driver stumbled" in problem for problem in answer.problems)
    assert values(answer, "clock_stratum") == {"NTP 192.0.2.1": 2}


async def test_junos_answers_over_netconf(client: SshClient, catalogue: Catalogue) -> None:
    answer = await told(client, catalogue, netconf_device(junos.OUTPUTS), "juniper_junos")
    assert answer.facts["version"] == "21.4R3-S5.4"
    assert values(answer, "interface_in_errors_total") == {"ge-0/0/0": 3}
    assert values(answer, "interface_admin_status") == {"ge-0/0/0": 1, "ge-0/0/1": 2}
    assert [(one.local_interface, one.remote_name) for one in answer.neighbours] == [("ge-0/0/0", "sw-core")]
    assert any("optics: the driver stumbled (RpcError" in problem for problem in answer.problems)


async def test_huawei_is_read_through_templates_and_what_it_lacks_is_no_problem(
    client: SshClient, catalogue: Catalogue
) -> None:
    answer = await told(client, catalogue, network_device(huawei.OUTPUTS, **VRP), "huawei")
    assert (answer.facts["vendor"], answer.facts["version"]) == ("Huawei", "5.170")
    assert values(answer, "interface_oper_status") == {
        "GigabitEthernet0/0/1": 1, "GigabitEthernet0/0/2": 2, "NULL0": 1,
    }  # fmt: skip
    assert values(answer, "interface_in_errors_total")["GigabitEthernet0/0/1"] == 7
    assert values(answer, "memory_used_ratio") == {"Memory": 0.5}
    assert severities(answer) == {"Slot 0 S5720-28X-LI": Severity.CRITICAL}
    assert values(answer, "optical_power_dbm") == {
        "GigabitEthernet0/0/1 rx": -9.78, "GigabitEthernet0/0/1 tx": -5.43, "GigabitEthernet0/0/2 tx": -5.1,
    }  # fmt: skip
    assert values(answer, "clock_offset_seconds") == {"NTP 192.0.2.1": pytest.approx(0.0015)}
    assert len(answer.problems) == 1
    assert "“display temperature all” answers what its template does not know" in answer.problems[0]
    assert [one.remote_mac for one in answer.neighbours] == ["001122334499"]


async def test_mikrotik_and_procurve_are_read_through_templates(client: SshClient, catalogue: Catalogue) -> None:
    peer = network_device(procurve.OUTPUTS, prompt="sw-aruba# ", refusal="Invalid input: x")
    answer = await told(client, catalogue, peer, "hp_procurve")
    assert answer.facts["serial"] == "CN00TEST01"
    assert values(answer, "interface_oper_status") == {"1": 1, "2": 2}
    assert values(answer, "processor_used_ratio") == {"Processor 1": 0.12}
    assert answer.problems == ()
    rows = rows_of(Told("/x", textfsm=_template(catalogue, "ssh-mikrotik.resource")), mikrotik.RESOURCE)
    assert rows[0]["SIZE"] == b"1024.0"
    assert rows[0]["WEEKS"] == b"3"


def _template(catalogue: Catalogue, table: str) -> str:
    family, _, name = table.partition(".")
    known = catalogue.families[family].tables[name].told
    assert known is not None
    return known.textfsm


async def test_what_snmp_tells_better_is_not_asked_twice(client: SshClient, catalogue: Catalogue) -> None:
    answer = await told(client, catalogue, network_device(ios.OUTPUTS), "cisco_ios", "snmp")
    assert values(answer, "interface_oper_status") == {}
    assert values(answer, "processor_used_ratio") == {"Processor 0": 0.09}


async def test_commands_are_sent_as_often_as_their_tables_say_and_counters_are_followed(
    client: SshClient, catalogue: Catalogue
) -> None:
    outputs = dict(huawei.OUTPUTS)
    async with network_device(outputs, **VRP) as (port, heard):
        one = device(port, "huawei")
        huawei_asker = asker(client, catalogue, port, "huawei")
        await huawei_asker.ask(one, one.endpoints[0], 1000.0)
        first, heard[:] = list(heard), []
        outputs["display interface brief"] = outputs["display interface brief"].replace("  7  ", " 67  ")
        answer = await huawei_asker.ask(one, one.endpoints[0], 1060.0)
    assert "display lldp neighbor" in first
    assert "display version" in first
    assert {line for line in heard if line.startswith("display")} == {
        "display interface brief", "display device", "display temperature all", "display cpu-usage",
        "display memory-usage", "display ntp-service status",
    }  # fmt: skip
    assert values(answer, "interface_in_errors_total")["GigabitEthernet0/0/1"] == 67
    (errors,) = [one for one in answer.readings if "interface_in_errors_total" in one.columns]
    assert set(errors.rates) == {"interface_in_errors_total", "interface_out_errors_total"}


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_xr", "juniper_junos", "huawei"])
async def test_a_wrong_password_and_a_changed_key_are_refusals(
    client: SshClient, catalogue: Catalogue, platform: str
) -> None:
    peers: Mapping[str, Peer] = {
        "cisco_ios": network_device(ios.OUTPUTS),
        "cisco_xr": xml_agent(iosxr.REPLIES),
        "juniper_junos": netconf_device(junos.OUTPUTS),
        "huawei": network_device(huawei.OUTPUTS, **VRP),
    }

    async def visit(port: int, password: str) -> None:
        if platform == "huawei":
            await client.run(target(port, platform, password), ["display version"])
        else:
            await get(client, target(port, platform, password), ["facts"])

    async with peers[platform] as (port, heard):
        with pytest.raises(AccessDenied, match="refuses the log-in"):
            await visit(port, "wrong")
        assert heard == []
        path = client.host_keys.path
        host, kind, _key = path.read_text().split()
        path.write_text(f"{host} {kind} {WRONG_KEY}\n")
        with pytest.raises(HostKeyChanged, match="nothing was sent"):
            await visit(port, PASSWORD)
        assert heard == []


async def test_a_platform_without_a_reader_is_said_with_those_that_have_one(
    client: SshClient, catalogue: Catalogue
) -> None:
    both = SshAsker(LinuxAsker(client, lambda d, e: target(1, "linux")), asker(client, catalogue, 1, "toaster_os"))
    one = device(22, "toaster_os")
    answer = await both.ask(one, one.endpoints[0], 1.0)
    assert answer.witness.outcome is Outcome.FAILED
    assert "netmiko has no platform “toaster_os”; read here are: linux, " in answer.witness.reason


async def test_equipment_of_which_nothing_is_read_is_only_greeted(client: SshClient, catalogue: Catalogue) -> None:
    async with network_device({}) as (port, heard):
        both = SshAsker(
            LinuxAsker(client, lambda d, e: target(port, "linux")), asker(client, catalogue, port, "cisco_asa")
        )
        one = device(port, "cisco_asa")
        answer = await both.ask(one, one.endpoints[0], 1.0)
        assert answer.witness.outcome is Outcome.ANSWERED
        assert (answer.witness.round_trip or 0.0) > 0
        assert heard == []
    gone = await both.ask(one, one.endpoints[0], 2.0)
    assert gone.witness.outcome is Outcome.SILENT


def test_what_napalm_does_not_know_is_absent() -> None:
    environment = {
        "cpu": {0: {"%usage": -1.0}},
        "memory": {"used_ram": -1, "available_ram": -1},
        "temperature": {"invalid": {"temperature": -1.0, "is_alert": False, "is_critical": False}},
        "fans": {"invalid": {"status": True}, "Fan\x1b[2J 2": {"status": False}},
        "power": {"invalid": {"status": True, "output": -1.0, "capacity": -1.0}},
    }
    rows = {name: list(make(environment)) for name, (getter, make) in SHEETS.items() if getter == "environment"}
    assert rows["environment.cpu"] == [{"name": b"0"}]
    assert rows["environment.memory"] == [{}]
    assert rows["environment.temperature"] == rows["environment.power"] == []
    assert rows["environment.fans"] == [{"status": 0, "name": b"Fan [2J 2"}]


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=10), st.dictionaries(st.text(max_size=10), _json, max_size=4), max_size=4))
def test_rows_of_flat_getters_hold_only_numbers_and_harmless_text(result: dict[str, dict[str, object]]) -> None:
    for row in SHEETS["interfaces"][1](result):
        for value in row.values():
            assert isinstance(value, int | float | bytes)
            assert not isinstance(value, bytes) or clean(value) == value.decode()


@given(st.text(max_size=400))
def test_any_answer_is_rows_or_a_clear_refusal(text: str) -> None:
    told, refusal = Told("display version", "huawei_vrp_display_version"), ""
    try:
        rows = rows_of(told, text)
    except Malformed as error:
        refusal, rows = str(error), []
    assert refusal == "" or "“display version” answers what its template does not know" in refusal
    assert all(isinstance(value, bytes) for row in rows for value in row.values())


FAMILY = """\
title: Try
ssh: {platforms: [try_os]}
tables:
  one:
    command: show one
    %s
    columns: {NAME: text}
    records:
      inventory: {index: index, name: NAME}
"""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("template: cisco_ios_show_nothing", "ntc-templates has no template “cisco_ios_show_nothing”"),
        ("template: cisco_ios_show_version", "“NAME” is not a column here"),
        ('textfsm: "Start"', "the TextFSM template cannot be read"),
        ("every: 5m", "a command needs either “template” (of ntc-templates) or “textfsm”"),
        ('textfsm: "Value NAME (.*)\\n\\nStart\\n  ^${NAME} -> Record"', ""),
    ],
)
def test_mistakes_in_a_family_told_over_ssh_are_found(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "collectors" / "ssh").mkdir(parents=True)
    (tmp_path / "collectors" / "ssh" / "try.yaml").write_text(FAMILY % line)
    problems = Catalogue.load(tmp_path / "collectors").problems
    assert bool(problems) == bool(told), problems
    assert not told or told in "".join(render(problem.message, "en") for problem in problems)
