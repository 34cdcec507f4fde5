"""Presence out of real SNMP: the simulated city hall is polled, and its stations are found at their ports."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

from nms.collect.catalogue import Catalogue
from nms.collect.runner import visit
from nms.collect.snmp import SnmpAsker
from nms.demo.simulator import Fleet
from nms.demo.simulator.equipment import mac_address
from nms.model import Device, DeviceId, Endpoint, Inventory, Poll, Role
from nms.presence.book import Policy, PresenceBook
from nms.presence.who import Who
from nms.store.records import Records
from nms.transports.snmp.client import SnmpClient
from nms.transports.snmp.targets import Community, SnmpTarget, Version
from tests.collect.support import SHIPPED
from tests.demo.city import CORE, FAR, city
from tests.peers import free_port

AT = 1_790_000_000.0


def with_computers() -> Inventory:
    found = city()
    computers = {
        DeviceId(f"pc-{n}"): Device(
            DeviceId(f"pc-{n}"), f"PC {n}", Role.COMPUTER, f"{FAR}.{100 + n}", "site", "department",
            parents=(DeviceId("sw-far"),), simulated=True,
        )
        for n in (1, 2)
    }  # fmt: skip
    return replace(found, devices={**found.devices, **computers})


def target(_: Device, endpoint: Endpoint) -> SnmpTarget:
    assert endpoint.port is not None
    return SnmpTarget(endpoint.address, endpoint.port, Community(Version.V2C, "public"), timeout=2.0, retries=1)


async def poll(name: str, inventory: Inventory, askers: dict[str, SnmpAsker], port: int) -> Poll:
    device = inventory.devices[DeviceId(name)]
    endpoint = Endpoint("snmp", device.address, port, "lectura")
    return await visit(replace(device, endpoints=(endpoint,)), askers, lambda: AT, 20.0)


async def test_computers_and_telephones_of_a_building_are_at_the_ports_of_its_switch(tmp_path: Path) -> None:
    inventory, port = with_computers(), free_port(socket.SOCK_DGRAM, f"{CORE}.1")
    records = Records.open(tmp_path / "records.db")
    book = PresenceBook.open(inventory, records, Policy(), AT)
    async with Fleet(inventory, port) as fleet, SnmpClient() as client:
        askers = {"snmp": SnmpAsker(client, Catalogue.load(SHIPPED), target)}
        for name in ("rt-core-1", "rt-far", "sw-far"):
            seen = await poll(name, inventory, askers, port)
            assert seen.problems == ()
            book.take(seen)
        switch = fleet.world.equipment[DeviceId("sw-far")]
    wired = {port.peer: port.name for port in switch.ports if port.peer}
    owners = {device.id: mac for mac, device in Who.of(book, inventory).owner.items()}
    for name in ("pc-1", "pc-2", "phone", "printer"):
        mac = owners[DeviceId(name)]
        assert mac == mac_address(name).hex()
        assert (book.stays[mac].device, book.stays[mac].port) == ("sw-far", wired[DeviceId(name)])
    uplink = next(port.name for port in switch.ports if port.peer == "rt-far")
    assert uplink not in {stay.port for stay in book.stays.values()}
    records.close()
