"""Messages that equipment sends by itself: syslog, received and turned into verdicts for the pipeline."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from nms.collect.messages import Messages, load_messages
from nms.collect.syslog import SyslogEvents, by_address, compiled
from nms.config import Config
from nms.i18n import render
from nms.model import Device, Inventory, Verdict
from nms.transports.errors import LocalFault
from nms.transports.syslog import RateLimit, SyslogReceiver

log = logging.getLogger(__name__)

_EXPIRE_SECONDS = 30.0


@asynccontextmanager
async def open_syslog(
    config: Config,
    inventory: Inventory,
    tell: Callable[[Verdict], None],
    trouble: Callable[[str, str], None],
    heard: Callable[[Device, str], None] = lambda _device, _text: None,
) -> AsyncIterator[int | None]:
    """Listens while the block lasts, where the configuration says so; gives the port.

    `heard` gets every message of a known device besides, whether it is a known event or not.

    A port that is taken, or a pattern that cannot be used, is a trouble that is told, not an end of the monitor.
    """
    settings = config.polling.syslog
    if not settings.listen:
        yield None
        return
    written = load_messages(config.paths.collectors) if settings.known_events else Messages()
    known, problems = compiled((*settings.events, *written.events))
    for problem in (*problems, *(render(one.message, "en") for one in written.problems)):
        trouble("syslog", problem)
    events = SyslogEvents(by_address(inventory.devices.values()), known, tell, heard)
    receiver = SyslogReceiver(events.take, RateLimit(settings.per_second, settings.burst))
    address, _, port = settings.listen.rpartition(":")
    try:
        opened = await receiver.open(address.strip("[]"), int(port))
    except LocalFault as fault:
        trouble("syslog", str(fault))
        yield None
        return
    log.info("receiving syslog on %s", settings.listen)
    expiring = asyncio.create_task(_expire(events), name="syslog events")
    try:
        yield opened
    finally:
        expiring.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await expiring
        await receiver.close()


async def _expire(events: SyslogEvents) -> None:
    while True:
        await asyncio.sleep(_EXPIRE_SECONDS)
        events.expire(time.time())
