"""Asks a real snmpd for its neighbour table; run by `test_real_agent` in a network namespace of its own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from nms.collect.catalogue import Catalogue
from nms.collect.snmp import SnmpAsker
from nms.model import Device, DeviceId, Endpoint, Role
from nms.transports.snmp.client import SnmpClient
from nms.transports.snmp.targets import Community, SnmpTarget, Version
from tests.collect.support import SHIPPED
from tests.peers import start_snmpd


async def main(folder: Path) -> None:
    with start_snmpd(folder) as snmpd:
        async with SnmpClient() as client:
            target = SnmpTarget("127.0.0.1", snmpd.port, Community(Version.V2C, "public"))
            asker = SnmpAsker(client, Catalogue.load(SHIPPED), lambda *_: target)
            endpoint = Endpoint("snmp", "127.0.0.1", snmpd.port)
            device = Device(DeviceId("rt"), "rt", Role.ROUTER, "127.0.0.1", "s", "d", (endpoint,))
            answer = await asker.ask(device, endpoint, 1.0)
    for one in answer.sightings:
        sys.stdout.write(f"{one.sight} {one.mac} {one.interface} {one.address}\n")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
