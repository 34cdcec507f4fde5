"""Telling people: the directory of who hears of what, and the notifier over it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from nms.calendars import ServiceHours
from nms.config import Config
from nms.i18n import render
from nms.model import Inventory
from nms.notify.composing import Composer
from nms.notify.links import link_secret, linker
from nms.notify.notifier import Notifier
from nms.notify.receivers import Directory
from nms.notify.rota import Rota
from nms.notify.rota_file import load_rota
from nms.notify.why import why
from nms.queries.rows import WhyStep
from nms.store.errors import RecordsError
from nms.store.records import Records
from nms.wiring.calendars import holidays

log = logging.getLogger(__name__)

ROUND_SECONDS = 5.0


def directory_of(config: Config, inventory: Inventory, calendars: dict[str, ServiceHours]) -> Directory:
    """Raises: DocumentError for a rota with mistakes."""
    rota = rota_of(config, inventory, time.time())
    return Directory(config.notify, config.mail, inventory, rota, calendars, config.office.language)


def rota_of(config: Config, inventory: Inventory, now: float) -> Rota:
    """Raises: DocumentError for a rota with mistakes."""
    return load_rota(
        config.notify.rota,
        inventory.people,
        holidays=holidays(config.office.holidays),
        zone=ZoneInfo(config.office.timezone),
        now=now,
    )


@dataclass(slots=True)
class Telling:
    """Runs the notifier's rounds beside the loop, sooner when something has happened."""

    records: Records
    directory: Directory
    composer: Composer
    link_secret: bytes = field(repr=False)
    enabled: bool = True
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Something happened that people should hear of; call it from the loop."""
        self._woken.set()

    async def run(self, stopping: asyncio.Event, alive: Callable[[], None]) -> None:
        """Until stopped; `alive` is called after each round."""
        if not self.enabled:
            await stopping.wait()
            return
        notifier = await asyncio.to_thread(Notifier, self.records, self.directory, self.composer)
        while not stopping.is_set():
            try:
                await asyncio.to_thread(notifier.run, time.time())
            except RecordsError as error:
                log.error("notifications wait: %s", error)
            alive()
            try:
                await asyncio.wait_for(self._woken.wait(), ROUND_SECONDS)
            except TimeoutError:
                continue
            finally:
                self._woken.clear()

    def why(self, key: str, language: str) -> Sequence[WhyStep]:
        reasons = why(self.records, key, time.time(), self.directory)
        return [WhyStep(reason.at, reason.stage, render(reason.message, language)) for reason in reasons]


def telling(config: Config, inventory: Inventory, calendars: dict[str, ServiceHours], records: Records) -> Telling:
    """Messages carry a link to acknowledge by where `api.public_url` says how people reach the pages."""
    secret = link_secret(config.data_dir / "link-secret")
    composer = Composer(
        municipality=config.office.municipality,
        zone=ZoneInfo(config.office.timezone),
        departments={name: department.name for name, department in inventory.departments.items()},
        link=linker(config.api.public_url, secret, time.time),
    )
    directory = directory_of(config, inventory, calendars)
    return Telling(records, directory, composer, secret, enabled=config.notify.enabled)
