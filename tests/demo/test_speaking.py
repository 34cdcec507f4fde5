"""Every protocol of the simulated city hall, asked by the monitor's own askers."""

from __future__ import annotations

import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest

from nms.collect.answer import Answer, Asker
from nms.collect.catalogue import Catalogue
from nms.collect.configuration.definitions import load_definitions
from nms.collect.configuration.fetching import Fetcher
from nms.collect.credentials import Targets
from nms.collect.offices.dhcp import DhcpAsker
from nms.collect.remote_shell import SshAsker
from nms.collect.shell import LinuxAsker
from nms.collect.spoken import SpokenAsker
from nms.collect.telephony.desk import Desk
from nms.config import Config, load_config
from nms.demo.settings import SECRETS
from nms.demo.simulator import Fleet
from nms.demo.simulator.__main__ import passwords
from nms.demo.simulator.speaking.exchange import REGISTRATION_SECONDS
from nms.i18n import in_english
from nms.inventory import load_inventory
from nms.model import Device, DeviceId, Endpoint, Inventory, Outcome, Severity
from nms.transports.http import HttpClient
from nms.transports.ssh import HostKeys, SshClient
from nms.wiring.checks import check_askers
from nms.wiring.equipment import equipment_askers
from tests.demo.city import FakeClock
from tests.peers import free_port, require_peer

ROOT = Path(__file__).parents[2]
DATAGRAMS = frozenset({"sip", "dns", "ntp", "udp", "ipmi"})
NOT_HERE = frozenset({"icmp", "snmp"})


def elsewhere(device: Device, endpoint: Endpoint, ports: dict[tuple[str, int], int]) -> Endpoint:
    """The endpoint at a free port; checks that share a port in the sample share the new one."""
    port, options = endpoint.port or 0, dict(endpoint.options)
    kind = socket.SOCK_DGRAM if endpoint.transport in DATAGRAMS else socket.SOCK_STREAM
    for step in (options, *options.get("steps", ())):
        url = str(step.get("url") or "")
        port = urlsplit(url.replace("{address}", "127.0.0.1")).port or port if url else port
    free = ports.setdefault((device.address, port), free_port(kind, device.address))
    moved = [{**step, "url": step["url"].replace(f":{port}", f":{free}")} for step in options.get("steps", ())]
    if options.get("url"):
        options["url"] = str(options["url"]).replace(f":{port}", f":{free}")
    return replace(endpoint, port=free, options=options | ({"steps": tuple(moved)} if moved else {}))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Config, Inventory]]:
    """The sample city hall without its agents, every other endpoint at a port of its own."""
    patch = pytest.MonkeyPatch()
    for name, secret in SECRETS.items():
        patch.setenv(name, secret)
    config, ports = load_config(ROOT / "config.yaml"), dict[tuple[str, int], int]()
    config = config.model_copy(update={"data_dir": tmp_path_factory.mktemp("data")})
    inventory = load_inventory(ROOT / config.paths.inventories, config)
    devices = {
        device.id: replace(
            device,
            endpoints=tuple(elsewhere(device, e, ports) for e in device.endpoints if e.transport not in NOT_HERE),
        )
        for device in inventory.devices.values()
    }
    yield config, replace(inventory, devices=devices)
    patch.undo()


@cache
def catalogue() -> Catalogue:
    return Catalogue.load(ROOT / "collectors")


@asynccontextmanager
async def asking(
    sample: tuple[Config, Inventory], clock: Callable[[], float] = time.time
) -> AsyncIterator[tuple[Fleet, Mapping[str, Asker]]]:
    config, inventory = sample
    devices = tuple(inventory.devices.values())
    targets = Targets(config, devices)
    with ExitStack() as closing:
        ssh = SshClient(HostKeys(Path(closing.enter_context(TemporaryDirectory())) / "known_hosts"))
        closing.callback(ssh.close)
        askers = {
            "ssh": SshAsker(LinuxAsker(ssh, targets.ssh), SpokenAsker(ssh, catalogue(), targets.ssh)),
            "dhcp": DhcpAsker(HttpClient(), ssh, targets.http_headers, targets.ssh),
            **check_askers(config, targets, closing),
            **equipment_askers(config, targets, ssh, closing, Desk.of(devices)),
        }
        async with Fleet(inventory, 0, secrets=passwords(config), folder=config.data_dir, clock=clock) as fleet:
            yield fleet, askers


async def ask(fleet: Fleet, askers: Mapping[str, Asker], name: str, transport: str) -> Answer:
    device = fleet.world.inventory.devices[DeviceId(name)]
    endpoint = next(one for one in device.endpoints if one.transport == transport)
    return await askers[transport].ask(device, endpoint, fleet.clock())


async def test_every_endpoint_of_the_sample_is_answered(sample: tuple[Config, Inventory]) -> None:
    require_peer("ipmitool")
    seen = set()
    async with asking(sample) as (fleet, askers):
        for device in sample[1].devices.values():
            for endpoint in device.endpoints:
                answer = await askers[endpoint.transport].ask(device, endpoint, fleet.clock())
                assert answer.witness.outcome is Outcome.ANSWERED, (device.id, endpoint.transport, answer.problems)
                assert answer.readings, (device.id, endpoint.transport)
                seen.add(endpoint.transport)
    assert seen == set(askers), "a collector that the sample does not name"


async def test_a_fault_is_seen_in_all_the_ways_that_a_device_is_asked(sample: tuple[Config, Inventory]) -> None:
    async with asking(sample) as (fleet, askers):
        fleet.trunk_down("pbx-1")
        fleet.overheat("esxi-1", 20.0)
        exchange = await ask(fleet, askers, "pbx-1", "ami")
        server = await ask(fleet, askers, "esxi-1", "redfish")
        fleet.service_down("pve-1")
        hypervisor = await ask(fleet, askers, "pve-1", "hypervisor")
    spans = {state.component.label: state.severity for state in exchange.states if state.name == "span"}
    assert spans == {"PRI span 1": Severity.CRITICAL, "PRI span 2": None}
    inlet = next(state for state in server.states if state.component.label == "Inlet")
    assert inlet.severity is not None
    assert hypervisor.witness.outcome is not Outcome.ANSWERED


async def test_a_registration_outlives_its_telephone_for_a_while(sample: tuple[Config, Inventory]) -> None:
    clock = FakeClock()

    async def told() -> str:
        answer = await ask(fleet, askers, "pbx-1", "ami")
        return next(in_english(state.text) for state in answer.states if state.name == "registered")

    async with asking(sample, clock) as (fleet, askers):
        assert await told() == "46 of 46 telephones of the inventory"
        fleet.power_off("tel-presidencia-1")
        assert await told() == "46 of 46 telephones of the inventory"
        clock.move(REGISTRATION_SECONDS)
        assert (await told()).startswith("45 of 46 telephones of the inventory, missing ")


async def test_a_changed_configuration_is_told_by_the_agent_and_by_the_console(
    sample: tuple[Config, Inventory], tmp_path: Path
) -> None:
    config, inventory = sample
    client = SshClient(HostKeys(tmp_path / "known_hosts"))
    fetcher = Fetcher(client, Targets(config).ssh, 20.0)
    definitions = load_definitions(ROOT / "collectors")
    async with Fleet(inventory, 0, secrets=passwords(config)) as fleet:
        for name, line in (("sw-core-1", "ip route 192.0.2.9"), ("fw-1", "regla nueva")):
            device = inventory.devices[DeviceId(name)]
            place = definitions.endpoint(device)
            assert place is not None
            before = await fetcher.fetch(device, *place)
            assert (await fetcher.fetch(device, *place)).startup == before.startup
            fleet.change_configuration(name, "ana", line)
            after = await fetcher.fetch(device, *place)
            assert line not in before.running
            assert line in after.running
            assert after.startup == before.startup
        core = fleet.world.equipment[DeviceId("sw-core-1")]
        assert core.uptime(fleet.clock()) - core.configured(fleet.clock()) < 60
    client.close()
