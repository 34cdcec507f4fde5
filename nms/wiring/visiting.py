"""One visit of one device by all the ways that the inventory names, without a daemon: what a poll would bring."""

from __future__ import annotations

import time
from dataclasses import replace

import uvloop

from nms.collect.catalogue import Catalogue
from nms.collect.runner import visit
from nms.config import Config
from nms.inventory import load_inventory
from nms.model import DeviceId, Poll
from nms.transports.errors import LocalFault
from nms.wiring.askers import open_askers


def visit_once(config: Config, name: str) -> Poll:
    """Nothing is written or judged. Raises: LocalFault when the inventory has no such device, or no way to ask it."""
    inventory = load_inventory(config.paths.inventories, config)
    device = inventory.devices.get(DeviceId(name))
    if device is None:
        raise LocalFault(f"there is no device “{name}” in the inventory")
    if not device.endpoints:
        raise LocalFault(f"{name} has no endpoints: it is known by presence only (nms where {name})")

    async def ask() -> Poll:
        catalogue = Catalogue.load(config.paths.collectors)
        devices = inventory.devices.values()
        async with open_askers(config, catalogue, lambda *_: None, devices) as asking:
            poll = await visit(device, asking.askers, time.time, config.polling.visit_seconds)
        return replace(poll, problems=(*asking.problems, *poll.problems))

    return uvloop.run(ask())
