"""What holds of every way of asking, whoever adds one: a table over all askers that are wired."""

from __future__ import annotations

import asyncio
import math
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from nms.collect.answer import Asker
from nms.collect.catalogue import Catalogue
from nms.collect.runner import visit
from nms.config import Config, load_config
from nms.demo.settings import SECRETS
from nms.demo.simulator.services import Services
from nms.demo.simulator.world import World
from nms.i18n import in_english
from nms.inventory import load_inventory
from nms.inventory.endpoints import TRANSPORTS
from nms.inventory.strangers import Wanted, device_for
from nms.metrics import METRICS
from nms.model import Device, DeviceId, Endpoint, Inventory, Outcome, Poll
from nms.wiring.askers import open_askers
from tests.peers import free_port

ROOT = Path(__file__).parents[2]
SECONDS = 4.0
"""What a visit may take here; what an asker allows itself by default is more."""
EVERY = tuple(TRANSPORTS)
"""Every way that the inventory knows."""


@pytest.fixture(scope="module")
def config() -> Iterator[Config]:
    with pytest.MonkeyPatch.context() as patch:
        for name, secret in SECRETS.items():
            patch.setenv(name, secret)
        yield load_config(ROOT / "config.yaml")


@pytest.fixture(scope="module")
def sample(config: Config) -> Inventory:
    return load_inventory(config.paths.inventories, config)


@pytest.fixture
async def askers(config: Config, sample: Inventory, tmp_path: Path) -> AsyncIterator[dict[str, Asker]]:
    elsewhere = config.model_copy(update={"data_dir": tmp_path})
    catalogue = Catalogue({})
    async with open_askers(elsewhere, catalogue, lambda *_: None, sample.devices.values()) as asking:
        yield asking.askers


def asked(sample: Inventory, transport: str) -> tuple[Device, Endpoint]:
    """The first device of the sample that is asked so, and nothing else of it."""
    return next(
        (replace(device, endpoints=(endpoint,), interval=60.0), endpoint)
        for device in sample.devices.values()
        for endpoint in device.endpoints
        if endpoint.transport == transport
    )


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port on which connections and datagrams are taken and never answered."""
    with ExitStack() as stack:
        port = free_port()
        stream = stack.enter_context(socket.create_server(("127.0.0.1", port), backlog=64))
        datagrams = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        datagrams.bind(stream.getsockname())
        yield port


async def test_the_table_names_every_asker_and_the_sample_has_one_of_each(
    askers: dict[str, Asker], sample: Inventory
) -> None:
    in_sample = {one.transport for device in sample.devices.values() for one in device.endpoints}
    assert in_sample == set(EVERY)
    assert set(askers) | {"icmp"} == set(EVERY), "icmp is asked where the machine lets it"


def moved(endpoint: Endpoint, port: int) -> Endpoint:
    url = f"http://127.0.0.1:{port}/"
    options = {**endpoint.options, **({"url": url} if "url" in endpoint.options else {})}
    if endpoint.transport == "tcp":
        options["expect"] = "a greeting that never comes"
    if "steps" in options:
        options["steps"] = [{**step, "url": url} for step in options["steps"]]  # type: ignore[attr-defined]
    return replace(endpoint, address="127.0.0.1", port=port, options=options)


async def test_what_never_answers_costs_its_own_time_and_is_told_by_every_asker(
    askers: dict[str, Asker], sample: Inventory, deaf: int
) -> None:
    told = [one for one in EVERY if one not in ("icmp", "cdr")]
    endpoints = [moved(asked(sample, transport)[1], deaf) for transport in told]
    device = replace(asked(sample, "http")[0], address="127.0.0.1", endpoints=tuple(endpoints))
    poll = await visit(device, askers, time.time, SECONDS)
    assert sorted(one.transport for one in poll.witnesses) == sorted(told)
    for witness in poll.witnesses:
        assert witness.outcome in (Outcome.SILENT, Outcome.FAILED), witness
        assert witness.reason, witness
        assert "\n" not in witness.reason, witness
        assert witness.round_trip is None, witness
        assert any(witness.reason in problem for problem in poll.problems) or witness.transport == "snmp", witness
    assert (poll.heard or False, poll.states) == (False, ())
    assert poll.duration < SECONDS * len(told), "one budget for the visit, not one after the other"


def lawful(device: Device, poll: Poll) -> Iterator[str]:
    """How the readings of a poll break what every store, rule and screen counts on."""
    for reading in poll.readings:
        where = f"{device.id} {reading.table}"
        if reading.device != device.id or len(set(reading.components)) != len(reading.components):
            yield f"{where}: {reading.device}, {reading.components}"
        for metric, values in reading.columns.items():
            if metric not in METRICS or len(values) != len(reading.components):
                yield f"{where}: {metric} has {len(values)} values for {len(reading.components)} parts"
            if not all(value is None or math.isfinite(value) for value in values):
                yield f"{where}: {metric} is {values}"
    for state in poll.states:
        if not (state.name and in_english(state.text)):
            yield f"{device.id}: {state}"


async def test_every_asker_writes_the_same_readings_of_what_the_demo_simulates(
    askers: dict[str, Asker], sample: Inventory
) -> None:
    quick = [one for one in EVERY if one not in ("icmp", "snmp", "ssh", "dhcp", "ipmi", "cdr", "scenario")]
    chosen: dict[DeviceId, tuple[Endpoint, ...]] = {}
    for device, endpoint in (asked(sample, transport) for transport in quick):
        chosen[device.id] = (*chosen.get(device.id, ()), relocated(endpoint, free_port()))
    devices = {one.id: replace(one, endpoints=chosen.get(one.id, ())) for one in sample.devices.values()}
    world = World(replace(sample, devices=devices), time.time(), 1)
    services = Services(world)
    await services.settle()
    try:
        polls = await asyncio.gather(*(visit(devices[name], askers, time.time, 60.0) for name in chosen))
    finally:
        await services.stop()
    witnesses = {witness.transport: witness for poll in polls for witness in poll.witnesses}
    assert set(witnesses) == set(quick)
    for poll in polls:
        assert poll.problems == ()
        assert list(lawful(devices[poll.device], poll)) == []
    for witness in witnesses.values():
        assert witness.outcome is Outcome.ANSWERED, witness
        assert witness.round_trip is not None, witness


def relocated(endpoint: Endpoint, port: int) -> Endpoint:
    url = str(endpoint.options.get("url", "")).replace(f":{endpoint.port}/", f":{port}/")
    return replace(endpoint, port=port, options={**endpoint.options, **({"url": url} if url else {})})


def test_a_device_can_be_probed_in_each_of_its_ways_alone(sample: Inventory) -> None:
    for transport in EVERY:
        device, endpoint = asked(sample, transport)
        alone = device_for(sample, device.id, Wanted(transport))
        assert {one.transport for one in alone.endpoints} == {transport}
        assert endpoint in alone.endpoints
