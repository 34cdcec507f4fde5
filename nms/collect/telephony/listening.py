"""Keeps an ear on an Asterisk manager between polls, for events that nobody can ask for afterwards."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from nms.collect.telephony.calls import CallBook
from nms.transports import ami
from nms.transports.ami import AmiTarget
from nms.transports.errors import TransportError

log = logging.getLogger(__name__)

BACKOFF_SECONDS = (2.0, 5.0, 15.0, 60.0)


@dataclass(slots=True)
class Listener:
    """One manager's events, for as long as its task runs. `trouble` says why nothing is heard at present."""

    target: AmiTarget
    book: CallBook
    clock: Callable[[], float] = time.time
    trouble: str = ""
    heard: int = 0
    _task: asyncio.Task[None] | None = field(default=None)

    def start(self) -> None:
        """Begins to listen, or begins again when the task has ended."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen(), name=f"ami events {self.target.host}")

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _listen(self) -> None:
        failures = 0
        while True:
            before = self.heard
            try:
                async for event in ami.events(self.target):
                    self.trouble = ""
                    self.heard += 1
                    self.book.take(event, self.clock())
            except TransportError as error:
                if not self.trouble:
                    log.info("no call events from %s: %s", self.target.host, error)
                self.trouble = str(error)
            failures = 0 if self.heard > before else failures + 1
            await asyncio.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
