"""Messages that equipment sends by itself: syslog, received and turned into verdicts for the pipeline."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from nms.collect.messages import Messages, load_messages
from nms.collect.syslog import SyslogEvents, by_address, compiled
from nms.config import Config
from nms.i18n import render
from nms.model import Alert, Device, Inventory, Verdict
from nms.transports.errors import LocalFault, Unreachable
from nms.transports.sockets import resolve
from nms.transports.syslog import RateLimit, SyslogReceiver, SyslogStatistics, Watch, plain_address

log = logging.getLogger(__name__)

_EXPIRE_SECONDS = 30
_NAMES_SECONDS = 600
"""How often the addresses of devices are asked for that the inventory knows by name."""


@dataclass(slots=True)
class Listening:
    """The receiver of messages while it listens. `port` is None where it does not."""

    port: int | None = None
    statistics: SyslogStatistics = field(default_factory=SyslogStatistics)


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where messages lead: to verdicts, to sentences about what does not work, to the copies of configurations.

    `heard` gets every message of a known device, whether it is a known event or not.
    """

    tell: Callable[[Verdict], None]
    trouble: Callable[[str, str], None]
    well: Callable[[str], None] = lambda _part: None
    heard: Callable[[Device, str], None] = lambda _device, _text: None
    mine: Callable[[Iterable[str]], None] = lambda _keys: None
    """Gets the keys of the open alerts that messages or time will end."""


@asynccontextmanager
async def open_syslog(
    config: Config, inventory: Inventory, outlets: Outlets, open_alerts: Iterable[Alert] = ()
) -> AsyncIterator[Listening]:
    """Listens while the block lasts, where the configuration says so; goes on from the alerts that are open.

    A port that is taken, or a pattern that cannot be used, is a trouble that is told, not an end of the monitor.
    """
    settings = config.polling.syslog
    if not settings.listen:
        yield Listening()
        return
    events = _events(config, inventory, outlets)
    per_second, of_all = settings.per_second, settings.per_second_of_all
    receiver = SyslogReceiver(
        events.take,
        RateLimit(per_second, settings.burst),
        total=RateLimit(of_all, 5 * of_all),
        watch=Watch(events.knows, events.flooding),
    )
    address, _, port = settings.listen.rpartition(":")
    try:
        opened = await receiver.open(address.strip("[]"), int(port))
    except LocalFault as fault:
        outlets.trouble("syslog", str(fault))
        yield Listening()
        return
    outlets.mine(events.resume(open_alerts))
    log.info("receiving syslog on %s", settings.listen)
    keeping = asyncio.create_task(_keep(events, inventory, receiver.statistics, outlets), name="syslog events")
    try:
        yield Listening(opened, receiver.statistics)
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        await receiver.close()


def _events(config: Config, inventory: Inventory, outlets: Outlets) -> SyslogEvents:
    settings = config.polling.syslog
    written = load_messages(config.paths.collectors) if settings.known_events else Messages()
    known, problems = compiled((*settings.events, *written.events))
    for problem in (*problems, *(render(one.message, "en") for one in written.problems)):
        outlets.trouble("syslog", problem)
    return SyslogEvents(by_address(inventory.devices.values()), known, outlets.tell, outlets.heard)


async def _keep(events: SyslogEvents, inventory: Inventory, counted: SyslogStatistics, outlets: Outlets) -> None:
    """What time brings: conditions end, names of devices get other addresses, and what is dropped is told."""
    dropped, told = 0, set[str]()
    while True:
        events.devices = await _with_names(inventory)
        for _ in range(_NAMES_SECONDS // _EXPIRE_SECONDS):
            await asyncio.sleep(_EXPIRE_SECONDS)
            events.expire(time.time())
            if counted.over_total > dropped:
                sentence = "more messages arrive than polling.syslog.per_second_of_all lets in: {} were dropped"
                outlets.trouble("syslog flood", sentence.format(counted.over_total))
            else:
                outlets.well("syslog flood")
            dropped = counted.over_total
            for sender in counted.strangers.keys() - told:
                log.info("syslog: nothing is read from %s, which is no address of a device of the inventory", sender)
                told.add(sender)


async def _with_names(inventory: Inventory) -> dict[str, Device]:
    """Devices by their addresses, those of names included that the inventory writes."""
    found = by_address(inventory.devices.values())
    for name, device in list(found.items()):
        with contextlib.suppress(Unreachable):
            for address in await resolve(name, 514):
                found.setdefault(plain_address(address), device)
    return found
