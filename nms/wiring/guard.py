"""The parts of the monitor that watch each other, how a hung one is started again, and who is told of it.

The guard is a thread beside the event loop, so that it also notices when the loop itself hangs. What lives on the loop
is replaced there; a thread that hangs cannot be ended, so the whole process is then replaced by a new one in its place:
everything that matters is in the records before it is believed, and a new process goes on from there.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from nms.alerts.book import AlertBook
from nms.config import Config
from nms.i18n import render
from nms.model import Message, Severity, Verdict
from nms.notify.watchdog import STARTED_ANEW, Watchdog, WatchEvent
from nms.rules.policies import MONITOR
from nms.store.records import Records

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
PAUSE_SECONDS = 10.0
"""A guard that was itself away for longer than this (a suspended machine, a clock that was set) blames nobody."""

PATIENCE = {"scheduler": 30.0, "pollers": 300.0, "pipeline": 120.0, "store": 180.0, "notifier": 300.0}
"""Seconds that each part may be silent before it counts as hung."""

SETTLED_SECONDS = 60.0
GENTLE_TRIES = 2
RULE = "watchdog"
MARKER = "restarted.json"
RESTARTED = f"restarted/{MONITOR}"
PROVED_SECONDS = 900.0
"""A start that was forced is over as an alert after so long."""

Replace = Callable[[str], None]
"""Puts a new process in the place of this one, because of a part."""

Tell = Callable[[Verdict], None]


class Spokesman:
    """Makes alerts about the monitor of what the watchdog sees; one ends when its part has worked for a while.

    Events come from several threads; `settle` is the guard's.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._well_since: dict[str, tuple[float, Message]] = {}

    def __call__(self, event: WatchEvent) -> None:
        log.warning("%s", render(event.message, "en"))
        if event.kind in ("hung", "unheard"):
            self._well_since.pop(event.part, None)
            self._say(event.part, event.at, Severity.WARNING, event.message)
        elif event.kind == "recovered":
            self._well_since[event.part] = (event.at, event.message)

    def settle(self, now: float) -> None:
        for part, (since, message) in list(self._well_since.items()):
            if not 0 <= now - since < SETTLED_SECONDS:
                self._well_since.pop(part, None)
                self._say(part, now, None, message)

    def _say(self, part: str, at: float, severity: Severity | None, message: Message) -> None:
        self._tell(Verdict(f"part-hung/{MONITOR}/{part}", RULE, MONITOR, at, severity, message))


def watchdog_of(config: Config, records: Records, spokesman: Spokesman) -> Watchdog:
    """A dead-man URL of the settings hears of it only while all parts are well."""
    return Watchdog(tell=spokesman, dead_man=config.watchdog.url, records=records)


def patience_of(config: Config) -> dict[str, float]:
    """The patience with each part: pollers that are asked rarely are heard of rarely, a notifier may be off."""
    patience = {**PATIENCE, "pollers": PATIENCE["pollers"] + 3 * config.polling.interval}
    if not config.notify.enabled:
        del patience["notifier"]
    return patience


class Guard:
    """Checks the parts while the context lasts. `gentle` restarts a part on the event loop; it is tried twice."""

    def __init__(
        self,
        watchdog: Watchdog,
        spokesman: Spokesman,
        gentle: Mapping[str, Callable[[], None]],
        replace: Replace | None = None,
        patience: Mapping[str, float] = PATIENCE,
        every: float = EVERY_SECONDS,
    ) -> None:
        self._watchdog = watchdog
        self._spokesman = spokesman
        self._gentle = gentle
        self._replace = replace
        self._patience = patience
        self._every = every
        self._loop = asyncio.get_running_loop()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="guard", daemon=True)

    def __enter__(self) -> Guard:
        now = time.time()
        for part, patience in self._patience.items():
            self._watchdog.watch(part, patience, now, self._restart_of(part))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(self._every + 1)

    def _restart_of(self, part: str) -> Callable[[], None] | None:
        act = self._gentle.get(part)
        if act is None:
            return None if self._replace is None else lambda: self._replaced(part)
        tries: list[float] = []

        def restart() -> None:
            now = time.monotonic()
            tries[:] = [at for at in tries if now - at < 10 * self._patience[part]]
            tries.append(now)
            if len(tries) > GENTLE_TRIES and self._replace is not None:
                self._replaced(part)
            else:
                self._loop.call_soon_threadsafe(act)

        return restart

    def _replaced(self, part: str) -> None:
        assert self._replace is not None
        log.error("%s hangs and cannot be restarted by itself: the monitor starts anew", part)
        self._replace(part)

    def _run(self) -> None:
        last = time.time()
        while not self._stopping.wait(self._every):
            now = time.time()
            if 0 <= now - last <= self._every + PAUSE_SECONDS:
                self._watchdog.check(now)
                self._spokesman.settle(now)
            else:
                self._watchdog.excuse(now)
            last = now


def replacing(data_dir: Path) -> Replace:
    """A new process with the same arguments in the place of this one; it finds a note of why."""

    def replace(part: str) -> None:
        try:
            (data_dir / MARKER).write_text(json.dumps({"part": part, "at": time.time()}))
        except OSError as error:
            log.error("the restart leaves no note: %s", error)
        for handler in logging.getLogger().handlers:
            handler.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 (the same command again)

    return replace


def tell_restart(data_dir: Path, book: AlertBook, tell: Tell, now: float) -> None:
    """At a start: what hung before does so no more; a start of the guard's own making is said once."""
    for alert in book.open_alerts():
        if alert.key.startswith("part-hung/"):
            tell(Verdict(alert.key, RULE, MONITOR, now, None, Message("The monitor was started anew")))
    marker = data_dir / MARKER
    try:
        noted = json.loads(marker.read_text())
        part, at = str(noted["part"]), float(noted["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    finally:
        marker.unlink(missing_ok=True)
    message = STARTED_ANEW.get(part, Message("The monitor started itself anew, since a part of it hung"))
    log.warning("%s", render(message, "en"))
    tell(Verdict(RESTARTED, RULE, MONITOR, max(at, now - 3600), Severity.WARNING, message))


def restart_is_over(tell: Tell, now: float) -> None:
    """Some time after a start it has proved itself: the alert about it ends."""
    tell(Verdict(RESTARTED, RULE, MONITOR, now, None, Message("The monitor has worked since its last start")))
