"""One visit of one device by the ways that are wanted, without a daemon: what a poll would bring."""

from __future__ import annotations

import time
from dataclasses import replace

import uvloop

from nms.collect.catalogue import Catalogue
from nms.collect.runner import visit
from nms.config import Config
from nms.inventory import load_inventory
from nms.inventory.strangers import Wanted, device_for
from nms.model import Poll
from nms.wiring.askers import open_askers


def visit_once(config: Config, name: str, wanted: Wanted) -> Poll:
    """Nothing is written or judged. Raises: LocalFault when there is no way to ask it; DocumentError."""
    inventory = load_inventory(config.paths.inventories, config)
    device = device_for(inventory, name, wanted)

    async def ask() -> Poll:
        catalogue = Catalogue.load(config.paths.collectors)
        devices = inventory.devices.values()
        async with open_askers(config, catalogue, lambda *_: None, devices) as asking:
            poll = await visit(device, asking.askers, time.time, config.polling.visit_seconds)
        return replace(poll, problems=(*asking.problems, *poll.problems))

    return uvloop.run(ask())
