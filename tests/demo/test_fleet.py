from __future__ import annotations

import asyncio
import re
import socket
import time
from dataclasses import replace

import pytest

from nms.demo.simulator import Fleet
from nms.demo.simulator.faults import Faults
from nms.model import DeviceId, Endpoint, Inventory, Role
from nms.transports.errors import LocalFault
from tests.demo.city import CORE, FAR, city, device
from tests.peers import free_port, require_peer


def udp_port() -> int:
    return free_port(socket.SOCK_DGRAM, f"{CORE}.1")


@pytest.fixture(scope="module")
def port() -> int:
    return udp_port()


@pytest.fixture
async def fleet(port: int):
    async with Fleet(city(), port) as running:
        yield running


async def tool(name: str, *arguments: str) -> tuple[int, str]:
    """A net-snmp program: its exit status and all it said, OIDs in numbers."""
    process = await asyncio.create_subprocess_exec(
        require_peer(name),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"MIBS": "", "PATH": "/usr/bin:/bin"},
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode("utf-8", "replace")


def variables(told: str) -> dict[str, str]:
    """What a walk printed, by OID; fails on any line that is no variable (nor goes on with one)."""
    lines = [line for line in told.splitlines() if "No more variables left" not in line and line != "End of MIB"]
    found = re.findall(r"^\.([\d.]+) = (.*)$", "\n".join(lines), re.MULTILINE)
    for line in lines:
        assert re.match(r"^(\.[\d.]+ = |[0-9A-F ]+$)", line), line
    assert len({oid for oid, _ in found}) == len(found)
    return dict(found)


ROLES = ["rt-core-1", "rt-far", "sw-far", "sw-near", "fw", "ap", "srv", "esxi", "nas", "pbx", "gw", "phone",
         "ups-core", "ups-far", "pdu", "probe", "cooling", "generator", "printer"]  # fmt: skip


@pytest.mark.parametrize("name", ROLES)
async def test_net_snmp_walks_all_of_it_in_bulk_and_the_old_way(fleet: Fleet, port: int, name: str):
    where = f"{city().devices[DeviceId(name)].address}:{port}"
    status, told = await tool("snmpbulkwalk", "-v2c", "-c", "public", "-On", "-Cr40", where, ".1")
    bulk = variables(told)
    assert status == 0
    status, told = await tool("snmpwalk", "-v1", "-c", "public", "-On", where, ".1")
    old = variables(told)
    assert status == 0
    assert len(old) > 60
    assert set(bulk) - set(old) == {oid for oid, value in bulk.items() if value.startswith("Counter64")}
    assert "simulated" in bulk["1.3.6.1.2.1.1.1.0"]
    assert not [oid for oid, value in bulk.items() if value.startswith(("Wrong Type", "No Such", "NULL"))]


async def test_counters_advance_with_the_clock(fleet: Fleet, port: int):
    oid = f"1.3.6.1.2.1.31.1.1.1.6.{fleet.world.equipment['rt-far'].port('ether1').index}"

    async def octets() -> int:
        status, told = await tool("snmpget", "-v2c", "-c", "public", "-On", f"{FAR}.1:{port}", oid)
        assert status == 0, told
        return int(told.rsplit(" ", 1)[1])

    before, start = await octets(), time.monotonic()
    while (now := await octets()) == before:
        assert time.monotonic() - start < 10
        await asyncio.sleep(0.1)
    assert now > before


async def test_a_cut_link_is_silence_on_the_wire(fleet: Fleet, port: int):
    question = ("-v2c", "-c", "public", f"{FAR}.2:{port}", "1.3.6.1.2.1.1.5.0")
    patiently, once = ("-t", "2", "-r", "5"), ("-t", "0.3", "-r", "0")
    assert (await tool("snmpget", *patiently, *question))[0] == 0
    fleet.cut_link("wan-far")
    status, told = await tool("snmpget", *once, *question)
    assert status == 1
    assert "Timeout" in told
    fleet.heal("wan-far")
    assert (await tool("snmpget", *patiently, *question))[0] == 0


async def test_a_wrong_community_is_silence_too(fleet: Fleet, port: int):
    question = ("-v2c", "-t", "0.3", "-r", "0", "-c", "private", f"{CORE}.1:{port}", "1.3.6.1.2.1.1.5.0")
    assert "Timeout" in (await tool("snmpget", *question))[1]


async def test_communities_follow_the_credential():
    port = udp_port()
    async with Fleet(city(), port, communities={"lectura": "s3creta"}):
        question = ("-v2c", "-t", "1", "-r", "0", f"{CORE}.1:{port}", "1.3.6.1.2.1.1.5.0")
        assert "Timeout" in (await tool("snmpget", "-c", "public", *question))[1]
        assert "rt-core-1" in (await tool("snmpget", "-c", "s3creta", *question))[1]


async def test_hostile_datagrams_do_no_harm(fleet: Fleet, port: int):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for noise in (b"", b"\x30\x84\xff\xff\xff\xff", b"\x30" * 1000, bytes(range(256)) * 200):
            sender.sendto(noise, (f"{CORE}.1", port))
    status, _ = await tool("snmpget", "-v2c", "-c", "public", f"{CORE}.1:{port}", "1.3.6.1.2.1.1.5.0")
    assert status == 0


async def test_an_occupied_port_is_one_clear_sentence():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((f"{CORE}.5", 0))
        port = taken.getsockname()[1]
        with pytest.raises(LocalFault, match=rf"^{CORE}.5 UDP port {port} is in use: .* choose another port$"):
            async with Fleet(city(), port):
                pass
    async with Fleet(city(), port):
        pass


async def test_equipment_off_loopback_is_left_alone():
    inventory = city()
    elsewhere = device("real", Role.ROUTER, "192.0.2.1")
    async with Fleet(replace(inventory, devices={**inventory.devices, elsewhere.id: elsewhere}), udp_port()) as fleet:
        assert "real" not in {one.id for one, _ in fleet.endpoints}


def crowd(size: int) -> Inventory:
    """One switch in ten devices, printers otherwise."""
    inventory = city()
    devices = {}
    for n in range(size):
        role, hardware = (Role.SWITCH, "48") if n % 10 == 0 else (Role.PRINTER, "")
        made = device(f"d{n}", role, f"127.78.{n >> 8}.{n & 255}", hardware=hardware)
        devices[made.id] = made
    return replace(inventory, devices=devices, links={})


async def test_four_hundred_agents_start_at_once():
    port = udp_port()
    async with Fleet(crowd(400), port) as fleet:
        assert len(fleet.endpoints) == 400
        status, told = await tool("snmpget", "-v2c", "-c", "public", f"127.78.1.143:{port}", "1.3.6.1.2.1.1.5.0")
        assert status == 0
        assert "d399" in told


async def test_a_time_driven_consequence_needs_nobody_to_ask():
    inventory = city()
    async with Fleet(inventory, udp_port()) as fleet:
        fleet.reboot("rt-far", 0.3)
        assert not fleet.world.equipment[DeviceId("printer")].reachable
        async with asyncio.timeout(5):
            while not fleet.world.equipment[DeviceId("printer")].reachable:
                await asyncio.sleep(0.05)


async def test_an_endpoint_with_a_port_of_its_own_is_served_there():
    inventory, own = city(), udp_port()
    moved = replace(inventory.devices[DeviceId("fw")], endpoints=(Endpoint("snmp", f"{CORE}.3", own, "lectura"),))
    async with Fleet(replace(inventory, devices={**inventory.devices, moved.id: moved}), udp_port()):
        assert (await tool("snmpget", "-v2c", "-c", "public", f"{CORE}.3:{own}", "1.3.6.1.2.1.1.5.0"))[0] == 0


def test_every_fault_can_be_commanded():
    from nms.demo.simulator.control import COMMANDS

    faults = {name for name in vars(Faults) if not name.startswith("_")} - {"tick", "changed"}
    assert faults == set(COMMANDS)
