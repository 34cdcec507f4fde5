from __future__ import annotations

import asyncio
import json
import re
import socket
from pathlib import Path

import pytest

from nms.config import load_config
from nms.demo.child import SimulatorProcess
from nms.demo.scenario import Scenario, Step, day_at_city_hall
from nms.demo.simulated import judged_by_their_agents
from nms.demo.simulator import FaultError, Fleet
from nms.demo.simulator.control import COMMANDS, obey
from nms.inventory import load_inventory
from nms.model import DeviceId, Inventory, Message
from nms.transports.errors import LocalFault
from tests.demo.city import city
from tests.peers import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A municipality of three devices, on a port of its own."""
    port = free_port(socket.SOCK_DGRAM, "127.77.9.1")
    (tmp_path / "config.yaml").write_text(
        "credentials:\n  lectura: {kind: snmp-community, community: 'env:CHILD_TEST_COMMUNITY'}\n"
    )
    inventories = tmp_path / "inventories"
    (inventories / "devices").mkdir(parents=True)
    (inventories / "inventory.yaml").write_text(
        f"sample: true\ndefaults:\n  simulated: true\n  endpoints:\n    snmp: {{port: {port}, credential: lectura}}\n"
    )
    (inventories / "departments.yaml").write_text("departments:\n  tes: {name: Tesorería, staff: 3, sites: [casa]}\n")
    (inventories / "sites.yaml").write_text("sites:\n  casa: {name: Casa}\n")
    (inventories / "links.yaml").write_text(
        "links:\n  wan-1: {name: Enlace, a: rt-b ether1, b: rt-a ether1, capacity: 20Mbps}\n"
    )
    (inventories / "devices" / "all.yaml").write_text(
        "devices:\n"
        "  rt-a: {role: router, address: 127.77.9.1, site: casa, department: tes}\n"
        "  rt-b: {role: router, address: 127.77.9.2, site: casa, department: tes, parents: [rt-a]}\n"
        "  imp-1: {role: printer, address: 127.77.9.3, site: casa, department: tes, parents: [rt-b]}\n"
    )
    return tmp_path / "config.yaml"


def test_the_small_municipality_is_valid(config: Path):
    assert len(load_inventory(config.parent / "inventories", load_config(config)).devices) == 3


async def test_a_child_starts_obeys_and_ends(config: Path):
    async with SimulatorProcess(config) as simulator:
        assert simulator.agents == 3
        await simulator.command("cut_link", "wan-1")
        assert await simulator.command("state") == {"ok": True, "agents": 3, "silent": 2, "cut_links": ["wan-1"]}
        await simulator.command("heal")
        assert (await simulator.command("state"))["silent"] == 0
        process = simulator._process
    assert process is not None
    assert process.returncode == 0
    with pytest.raises(LocalFault, match="does not run"):
        await simulator.command("state")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("cut_link wan-fra", "did you mean “wan-far”?"),
        ("cut_link", "cut_link is written: cut_link link_id"),
        ("toner_level printer black much", "ratio must be a number, not “much”"),
        ("explode", "no command “explode”; known are cut_link"),
        ("__init__ x", "no command “__init__”"),
        ("cut_link 'wan", "No closing quotation"),
        ("", "an empty command"),
    ],
)
def test_a_command_that_cannot_be_done_is_explained(line: str, sentence: str):
    answer = json.loads(obey(Fleet(city()), line))
    assert sentence in answer["error"]


def test_words_are_separated_as_in_a_shell():
    fleet = Fleet(city())
    assert json.loads(obey(fleet, 'toner_level printer "Black Toner" 0.05')) == {"ok": True}
    assert fleet.world.equipment[DeviceId("printer")].supplies[0].level_fault == 0.05


async def test_a_refused_command_is_a_fault_error_and_the_child_lives_on(config: Path):
    async with SimulatorProcess(config) as simulator:
        with pytest.raises(FaultError, match=re.escape("did you mean “wan-1”?")):
            await simulator.command("cut_link", "wan-2")
        assert (await simulator.command("state"))["ok"] is True


async def test_a_second_simulator_says_that_the_port_is_taken(config: Path):
    async with SimulatorProcess(config):
        with pytest.raises(LocalFault, match=r"^127\.77\.9\.1 UDP port \d+ is in use"):
            async with SimulatorProcess(config):
                pass


async def test_a_broken_configuration_is_told_without_a_traceback(tmp_path: Path):
    with pytest.raises(LocalFault, match=r"config\.yaml") as raised:
        async with SimulatorProcess(tmp_path / "config.yaml"):
            pass
    assert "Traceback" not in str(raised.value)


async def test_a_child_that_dies_is_noticed(config: Path):
    async with SimulatorProcess(config) as simulator:
        assert simulator._process is not None
        simulator._process.kill()
        await simulator._process.wait()
        with pytest.raises(LocalFault):
            await simulator.command("state")


@pytest.fixture(scope="module")
def sample() -> Inventory:
    return load_inventory(ROOT / "inventories", load_config(ROOT / "config.yaml"))


def test_the_demo_day_breaks_and_mends_everything_within_a_minute(sample: Inventory):
    scenario = day_at_city_hall(judged_by_their_agents(sample), seed=4)
    commands = [step.command[0] for step in scenario.steps]
    assert commands[:5] == ["cut_link", "ups_on_battery", "toner_empty", "trunk_down", "disk_fill"]
    assert commands[5:] == ["heal"] * 5
    assert scenario.duration <= 60
    assert set(commands) <= set(COMMANDS)
    assert scenario == day_at_city_hall(judged_by_their_agents(sample), seed=4)


@pytest.mark.parametrize("seed", range(5))
def test_the_cut_link_of_the_demo_is_the_only_way_to_a_whole_building(sample: Inventory, seed: int):
    from nms.demo.simulator.faults import Faults
    from nms.demo.simulator.world import World

    faults = Faults(World(sample, 1.77e9))
    step = day_at_city_hall(sample, seed).steps[0]
    faults.cut_link(step.command[1])
    silent = {id_ for id_, equipment in faults.world.equipment.items() if not equipment.reachable}
    sites = {sample.devices[id_].site for id_ in silent}
    assert len(sites) == 1
    assert len(silent) > 10
    assert step.hurt <= silent
    others = frozenset[DeviceId]().union(*(one.hurt for one in day_at_city_hall(sample, seed).steps[1:5]))
    assert len(others) == 4
    assert not others & silent


def test_a_city_hall_without_telephones_has_a_shorter_day():
    inventory = city()
    commands = [step.command[0] for step in day_at_city_hall(inventory).steps]
    assert "cut_link" in commands
    bare = Inventory("x", {}, {}, {}, {})
    assert day_at_city_hall(bare).steps == ()


async def test_steps_are_done_in_time_and_told_in_order():
    told: list[float] = []
    done: list[tuple[str, ...]] = []
    start = asyncio.get_running_loop().time()

    async def command(*words: str) -> None:
        done.append(words)

    def tell(step: Step) -> None:
        told.append(asyncio.get_running_loop().time() - start)

    steps = (Step(0.0, ("a",), Message("a")), Step(1.0, ("b", "c"), Message("b")), Step(2.0, ("d",), Message("d")))
    await Scenario(steps).play(command, tell, speed=20)
    assert done == [("a",), ("b", "c"), ("d",)]
    assert told[1] >= 0.05
    assert told[2] >= 0.1


async def test_what_was_broken_is_mended_once_the_monitor_has_noticed_it() -> None:
    done: list[str] = []
    looks: list[object] = []

    async def command(*words: str) -> None:
        done.append(words[0])

    def noticed(devices: object) -> bool:
        looks.append(devices)
        assert done == ["break"]
        return len(looks) == 3

    hurt = frozenset({DeviceId("ups")})
    steps = (Step(0.0, ("break",), Message("a"), hurt), Step(0.1, ("heal",), Message("b"), hurt, recovers=True))
    await Scenario(steps).play(command, lambda step: None, noticed, speed=20)
    assert done == ["break", "heal"]
    assert looks == [hurt] * 3


def test_what_a_cut_can_reach_is_asked_by_its_agent_alone(sample: Inventory):
    judged = judged_by_their_agents(sample)

    def transports(name: str) -> set[str]:
        return {endpoint.transport for endpoint in judged.devices[DeviceId(name)].endpoints}

    far = next(d for d in sample.devices.values() if d.role == "phone")
    assert {e.transport for e in far.endpoints} == {"icmp"}
    assert transports(far.id) == {"snmp"}
    assert transports("rt-sindicatura") == {"snmp"}
    assert "icmp" in transports("sw-core-1")
    computers = [d for d in judged.devices.values() if d.role == "computer"]
    assert not any(d.endpoints for d in computers)
