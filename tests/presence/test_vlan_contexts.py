"""A switch that keeps a forwarding table for each VLAN, over real UDP: each community with a view of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from nms.collect.catalogue import Catalogue
from nms.collect.snmp import SnmpAsker
from nms.demo.simulator.agent import Agent
from nms.demo.simulator.mib import Builder, Mib, integer, oid, text, ticks
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Sight
from nms.transports.snmp.client import SnmpClient
from nms.transports.snmp.targets import Community, SnmpTarget, Version
from tests.collect.support import SHIPPED
from tests.peers import free_port

BRIDGE, VTP, INTERFACES = "1.3.6.1.2.1.17", "1.3.6.1.4.1.9.9.46.1.3.1.1", "1.3.6.1.2.1.2.2.1"
VLANS = {1: "default", 10: "oficinas", 20: "telefonia", 30: "nadie", 1002: "fddi-default"}
PC, PHONE = bytes.fromhex("001b54000001"), bytes.fromhex("805ec0000001")


def system() -> Builder:
    builder = Builder()
    descr = "Cisco IOS Software, C2960 Software, Version 15.0(2)SE11"
    builder.scalars("1.3.6.1.2.1.1", {1: text(descr), 2: oid("1.3.6.1.4.1.9.1.716"), 3: ticks(86_400), 5: text("sw-1")})
    for index, name in ((10101, "Gi0/1"), (10102, "Gi0/2")):
        cells = {1: integer(index), 2: text(name), 3: integer(6), 7: integer(1), 8: integer(1)}
        builder.row(INTERFACES, index, cells)
    for vlan, name in VLANS.items():
        builder.row(VTP, (1, vlan), {2: integer(1), 4: text(name)})
    return builder


def of_vlan(stations: Mapping[bytes, int]) -> Mib:
    builder = system()
    for number, index in ((1, 10101), (2, 10102)):
        builder.row(f"{BRIDGE}.1.4.1", number, {1: integer(number), 2: integer(index)})
    for mac, port in stations.items():
        builder.row(f"{BRIDGE}.4.3.1", tuple(mac), {1: text(mac), 2: integer(port), 3: integer(3)})
    return builder.build()


class Switch(asyncio.DatagramProtocol):
    """Answers to `public` and to `public@VLAN`; to `public@30` nobody does."""

    def __init__(self) -> None:
        views = {"public": {}, "public@1": {}, "public@10": {PC: 1}, "public@20": {PHONE: 1, PC: 2}}
        self.agents = [Agent(of_vlan(stations), community) for community, stations in views.items()]
        self.transport: asyncio.DatagramTransport | None = None
        self.asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += b"public@" in data
        for agent in self.agents:
            if (answer := agent.answer(data, 0.0)) is not None and self.transport is not None:
                self.transport.sendto(answer, addr)


@asynccontextmanager
async def switch() -> AsyncIterator[tuple[Switch, int]]:
    port = free_port(socket.SOCK_DGRAM)
    transport, made = await asyncio.get_running_loop().create_datagram_endpoint(Switch, local_addr=("127.0.0.1", port))
    yield made, port
    transport.close()


async def test_stations_of_every_vlan_are_seen_and_a_vlan_without_a_context_costs_only_its_time() -> None:
    device = Device(DeviceId("sw-1"), "sw-1", Role.SWITCH, "127.0.0.1", "s", "d")
    community = Community(Version.V2C, "public")
    async with switch() as (played, port), SnmpClient() as client:
        target = SnmpTarget("127.0.0.1", port, community, timeout=0.3, retries=0)
        asker = SnmpAsker(client, Catalogue.load(SHIPPED), lambda *_: target)
        endpoint = Endpoint("snmp", "127.0.0.1", port)
        first = await asker.ask(device, endpoint, 1000.0)
        asked = played.asked
        second = await asker.ask(device, endpoint, 1060.0)
        assert played.asked == asked
        third = await asker.ask(device, endpoint, 1300.0)
    assert first.witness.outcome is Outcome.ANSWERED, first.witness.reason
    seen = {(one.mac, one.interface, one.vlan) for one in first.sightings if one.sight is Sight.FORWARDING}
    assert seen == {
        (PC.hex(), "Gi0/1", 10), (PHONE.hex(), "Gi0/1", 20), (PC.hex(), "Gi0/2", 20),
    }  # fmt: skip
    assert second.sightings == ()
    assert len(third.sightings) == 3
