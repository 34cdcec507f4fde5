"""Every check of the sample city hall, asked by the wired askers of the simulated city hall."""

import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from nms.collect.answer import Asker
from nms.collect.credentials import Targets
from nms.collect.runner import visit
from nms.collect.telephony.desk import Desk
from nms.config import Config, load_config
from nms.demo.simulator.services import Services
from nms.demo.simulator.world import World
from nms.inventory import load_inventory
from nms.model import Device, DeviceId, Endpoint, Inventory, Outcome, Poll, Role, State
from nms.rules.judge import Judge
from nms.transports.ssh import HostKeys, SshClient
from nms.wiring.checks import check_askers
from nms.wiring.equipment import equipment_askers
from tests.peers import free_port

ROOT = Path(__file__).parents[2]
ASKED = {"http", "tls", "dns", "tcp", "udp", "smtp", "sip", "nut"}


def moved(inventory: Inventory) -> Inventory:
    """The sample with nothing but its checks, each port replaced by one that is free."""
    ports: dict[int, int] = {}

    def elsewhere(endpoint: Endpoint) -> Endpoint:
        port = ports.setdefault(endpoint.port or 0, free_port())
        url = str(endpoint.options.get("url", "")).replace(f":{endpoint.port}/", f":{port}/")
        return replace(endpoint, port=port, options={**endpoint.options, **({"url": url} if url else {})})

    devices = {
        device.id: replace(device, endpoints=tuple(elsewhere(e) for e in device.endpoints if e.transport in ASKED))
        for device in inventory.devices.values()
    }
    return replace(inventory, devices=devices)


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("NMS_NUT_PASSWORD", "simulated")
    return load_config(ROOT / "config.yaml")


@pytest.fixture
def askers(config: Config, tmp_path: Path):
    with ExitStack() as stack:
        targets = Targets(config)
        ssh = SshClient(HostKeys(tmp_path / "hosts"), threads=1, connect_timeout=1, command_timeout=1)
        stack.callback(ssh.close)
        yield {**check_askers(config, targets, stack), **equipment_askers(config, targets, ssh, stack, Desk())}


@pytest.fixture
async def town(config: Config) -> AsyncIterator[tuple[Inventory, World, Services]]:
    inventory = moved(load_inventory(config.paths.inventories, config))
    world = World(inventory, time.time(), 1)
    services = Services(world)
    await services.settle()
    yield inventory, world, services
    await services.stop()


def checked(inventory: Inventory, *roles: Role) -> list[Device]:
    return [d for d in inventory.devices.values() if d.endpoints and d.role in (roles or tuple(Role))]


async def poll(device: Device, askers: dict[str, Asker]) -> Poll:
    return await visit(device, askers, time.time, 20.0)


def checks(poll: Poll) -> dict[str, object]:
    (reading,) = [reading for reading in poll.readings if reading.table == "check"]
    return dict(zip((c.key for c in reading.components), reading.columns["check_up"], strict=True))


async def test_every_application_exchange_and_ups_of_the_sample_passes(town, askers):
    inventory, _, _ = town
    assert len(checked(inventory, Role.APPLICATION)) == 18
    for device in checked(inventory):
        answered = await poll(device, askers)
        told = {w.transport: (w.outcome, w.reason) for w in answered.witnesses}
        assert {outcome for outcome, _ in told.values()} == {Outcome.ANSWERED}, (device.id, told)
        assert answered.problems == ()
        if device.role is not Role.UPS:
            assert set(checks(answered).values()) == {1}


async def test_a_failing_application_is_down_and_one_whose_server_is_gone_is_silent(town, askers):
    inventory, world, services = town
    world.failing_services.add(DeviceId("app-predial"))
    device = inventory.devices[DeviceId("app-predial")]
    judge, now = Judge(inventory), time.time()
    for step in range(3):
        failing = await poll(device, askers)
        judge.judge([replace(failing, at=now + step * 60)], now + step * 60)
    assert checks(failing)["http"] == 0
    assert "answered 503 Service Unavailable, expected 200" in " ".join(failing.problems)
    assert judge.state(device.id) in (State.DEGRADED, State.DOWN)
    await services.stop()
    gone = await poll(device, askers)
    assert {witness.outcome for witness in gone.witnesses} == {Outcome.SILENT}


async def test_a_slow_application_is_degraded_and_says_so(town, askers):
    inventory, world, _ = town
    device = inventory.devices[DeviceId("app-catastro")]
    (check,) = device.endpoints
    device = replace(device, endpoints=(replace(check, options={**check.options, "slow_after": 0.05}),))
    judge, now = Judge(replace(inventory, devices={**inventory.devices, device.id: device})), time.time()
    seen = []
    for delay in (0.0, 0.1, 0.1, 0.0):
        world.slow_services[device.id] = delay
        now += 60
        judgement = judge.judge([replace(await poll(device, askers), at=now)], now)
        seen.append(judgement.device_states[device.id])
    assert seen == [State.UP, State.UP, State.DEGRADED, State.UP]
