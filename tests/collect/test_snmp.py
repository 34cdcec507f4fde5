"""SNMP as an asker, against a real net-snmp agent."""

from pathlib import Path

import pytest

from nms.collect.catalogue import Catalogue
from nms.collect.snmp import SnmpAsker
from nms.model import Device, DeviceId, Endpoint, Outcome, Role
from nms.transports.snmp.client import SnmpClient
from nms.transports.snmp.targets import Community, SnmpTarget, Version
from tests.peers import start_snmpd

COLLECTORS = Path(__file__).parents[2] / "collectors"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(COLLECTORS)


def device(port: int) -> tuple[Device, Endpoint]:
    endpoint = Endpoint("snmp", "127.0.0.1", port)
    return Device(DeviceId("srv"), "srv", Role.SERVER, "127.0.0.1", "s", "d", (endpoint,)), endpoint


def target(device: Device, endpoint: Endpoint) -> SnmpTarget:
    assert endpoint.port is not None
    return SnmpTarget(endpoint.address, endpoint.port, Community(Version.V2C, "public"), timeout=0.5, retries=1)


async def test_a_real_agent_gives_interfaces_and_on_the_second_visit_rates(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    with start_snmpd(tmp_path) as snmpd:
        learned: list[tuple[str, ...]] = []
        async with SnmpClient() as client:
            asker = SnmpAsker(client, catalogue, target, lambda _, families, limits: learned.append(tuple(families)))
            asker.rated.tracker._closest = 0.0
            first = await asker.ask(*device(snmpd.port), 1000.0)
            second = await asker.ask(*device(snmpd.port), 1060.0)
    assert first.witness.outcome is Outcome.ANSWERED, first.witness.reason
    assert first.witness.round_trip is not None
    assert first.facts["sys_name"] == "test-agent"
    assert learned
    interfaces = next(r for r in second.readings if "interface_oper_status" in r.columns)
    loopback = [component.key for component in interfaces.components].index("lo")
    assert interfaces.columns["interface_oper_status"][loopback] == 1
    octets = interfaces.columns["interface_in_octets_total"][loopback]
    assert octets is not None
    assert octets > 0
    rate = interfaces.rates["interface_in_octets_total"][loopback]
    assert rate is None or rate >= 0


async def test_an_agent_that_stopped_is_silent_and_comes_back(tmp_path: Path, catalogue: Catalogue) -> None:
    async with SnmpClient() as client:
        asker = SnmpAsker(client, catalogue, target)
        with start_snmpd(tmp_path) as snmpd:
            assert (await asker.ask(*device(snmpd.port), 0.0)).witness.outcome is Outcome.ANSWERED
        silent = await asker.ask(*device(snmpd.port), 60.0)
        assert silent.witness.outcome is Outcome.SILENT
        assert "127.0.0.1" in silent.witness.reason
        with start_snmpd(tmp_path / "again", port=snmpd.port):
            assert (await asker.ask(*device(snmpd.port), 120.0)).witness.outcome is Outcome.ANSWERED


async def test_a_wrong_community_is_silence_with_a_reason(tmp_path: Path, catalogue: Catalogue) -> None:
    with start_snmpd(tmp_path, community="other") as snmpd:
        async with SnmpClient() as client:
            answer = await SnmpAsker(client, catalogue, target).ask(*device(snmpd.port), 0.0)
    assert answer.witness.outcome is Outcome.SILENT
    assert answer.readings == ()
