"""The parts of the monitor that watch each other, and who outside is told that all is well."""

from __future__ import annotations

import logging

from nms.config import Config
from nms.i18n import render
from nms.notify.watchdog import Watchdog, WatchEvent
from nms.store.records import Records

log = logging.getLogger(__name__)

PATIENCE = {"scheduler": 30.0, "pipeline": 120.0, "notifier": 300.0}
"""Seconds that each part may be silent before it counts as hung."""


def watchdog_of(config: Config, records: Records, now: float) -> Watchdog:
    """Watches every part from now on; a dead-man URL of the settings hears of it only while all of them are well."""
    watchdog = Watchdog(tell=_tell, dead_man=config.watchdog.url, records=records)
    for part, patience in PATIENCE.items():
        watchdog.watch(part, patience, now)
    return watchdog


def _tell(event: WatchEvent) -> None:
    log.warning("%s", render(event.message, "en"))
