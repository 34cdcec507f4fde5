"""Every protocol of the simulated city hall, asked by the monitor's own askers."""

from __future__ import annotations

import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from nms.collect.answer import Answer, Asker
from nms.collect.credentials import Targets
from nms.config import Config, load_config
from nms.demo.settings import SECRETS
from nms.demo.simulator import Fleet
from nms.demo.simulator.__main__ import passwords
from nms.demo.simulator.speaking.exchange import REGISTRATION_SECONDS
from nms.inventory import load_inventory
from nms.model import Device, DeviceId, Endpoint, Inventory, Outcome, Severity
from nms.wiring.checks import check_askers
from nms.wiring.equipment import equipment_askers
from tests.demo.city import FakeClock
from tests.peers import free_port, require_peer

ROOT = Path(__file__).parents[2]
DATAGRAMS = frozenset({"sip", "dns", "ntp", "udp", "ipmi"})
NOT_HERE = frozenset({"icmp", "snmp", "ssh", "dhcp"})


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
def sample() -> Iterator[tuple[Config, Inventory]]:
    """The sample city hall without its agents, every other endpoint at a port of its own."""
    patch = pytest.MonkeyPatch()
    for name, secret in SECRETS.items():
        patch.setenv(name, secret)
    config, ports = load_config(ROOT / "config.yaml"), dict[tuple[str, int], int]()
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


@asynccontextmanager
async def asking(
    sample: tuple[Config, Inventory], clock: Callable[[], float] = time.time
) -> AsyncIterator[tuple[Fleet, Mapping[str, Asker]]]:
    config, inventory = sample
    devices = tuple(inventory.devices.values())
    targets = Targets(config, devices)
    with ExitStack() as closing:
        askers = {**check_askers(config, targets, closing), **equipment_askers(config, targets, closing, devices)}
        async with Fleet(inventory, 0, secrets=passwords(config), clock=clock) as fleet:
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
        return next(state.text for state in answer.states if state.name == "registered")

    async with asking(sample, clock) as (fleet, askers):
        assert await told() == "46 of 46 telephones of the inventory"
        fleet.power_off("tel-presidencia-1")
        assert await told() == "46 of 46 telephones of the inventory"
        clock.move(REGISTRATION_SECONDS)
        assert (await told()).startswith("45 of 46 telephones of the inventory, missing ")
