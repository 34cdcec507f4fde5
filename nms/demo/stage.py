"""The demo's own process: the simulated equipment, the monitor that watches it, and the day's faults.

What it has to tell goes to its standard output, one JSON object a line: `ready` once the monitor answers, a `step` for
each fault and recovery, `told` for each notification that arrived, `end`. It stops when its standard input is closed,
so that it never outlives whoever started it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

from nms.config import Config
from nms.demo.child import SimulatorProcess
from nms.demo.letterbox import Letterbox
from nms.demo.scenario import Step, day_at_city_hall
from nms.demo.settings import quick_config, quick_inventory
from nms.i18n import render
from nms.inventory import load_inventory
from nms.model import DeviceId, Inventory
from nms.transports.errors import LocalFault
from nms.views.cli.common import TOKEN_FILE

PAUSE_BETWEEN_DAYS = 120.0


class Stageable(Protocol):
    """What `nms.app.Monitor` offers."""

    async def run(self) -> None: ...
    def stop(self) -> None: ...
    def watched(self) -> bool:
        """Whether every polled device has been seen once."""
        ...

    def noticed(self, devices: Collection[DeviceId]) -> bool:
        """Whether there is an open alert of each of these that are polled."""
        ...


async def perform(directory: Path, make: Callable[[Config, Callable[[Inventory], Inventory]], Stageable]) -> int:
    """Runs until its standard input ends. Exit codes: 0, or 2 when this machine does not allow it."""
    try:
        async with AsyncExitStack() as stack:
            letterbox = await stack.enter_async_context(Letterbox(_told))
            config = quick_config(directory, letterbox.url)
            inventory = quick_inventory(load_inventory(config.paths.inventories, config))
            simulator = await stack.enter_async_context(SimulatorProcess(directory / "config.yaml"))
            monitor = make(config, quick_inventory)
            running = asyncio.create_task(monitor.run())
            story = asyncio.create_task(_story(config, monitor, simulator, inventory))
            ending = asyncio.create_task(_until_abandoned())
            await asyncio.wait([running, ending], return_when=asyncio.FIRST_COMPLETED)
            monitor.stop()
            story.cancel()
            await running
            await asyncio.gather(story, return_exceptions=True)
    except LocalFault as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    return 0


async def _story(config: Config, monitor: Stageable, simulator: SimulatorProcess, inventory: Inventory) -> None:
    while not (config.data_dir / TOKEN_FILE).exists():  # noqa: ASYNC110 (written once the stores are open)
        await asyncio.sleep(0.1)
    _say("listening", agents=simulator.agents, port=config.api.port, socket=str(config.api.socket))
    while not monitor.watched():  # noqa: ASYNC110 (asked a few times a second, for a few seconds, once)
        await asyncio.sleep(0.2)
    _say("ready", at=time.time())
    scenario = day_at_city_hall(inventory)
    while True:
        await scenario.play(simulator.command, _step, monitor.noticed)
        _say("end")
        await asyncio.sleep(PAUSE_BETWEEN_DAYS)


def _step(step: Step) -> None:
    _say(
        "step",
        template=step.says.template,
        params=dict(step.says.params),
        text=render(step.says),
        recovers=step.recovers,
        at=time.time(),
    )


def _told(title: str, body: str) -> None:
    _say("told", title=title, body=body, at=time.time())


def _say(kind: str, **more: Any) -> None:
    sys.stdout.write(json.dumps({"kind": kind, **more}, ensure_ascii=False) + "\n")
    sys.stdout.flush()


async def _until_abandoned() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(4096):
        pass
