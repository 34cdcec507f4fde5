"""Fetching configurations by the clock and after a change was noticed, and what people do about them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from nms.access import Actor, Permission, require
from nms.collect.configuration.fetching import Fetched, Fetcher
from nms.collect.configuration.schedule import FetchSchedule, Visit
from nms.model import DEVICE_ITSELF, Device, DeviceId, Poll
from nms.queries.configurations import ConfigurationReads
from nms.queries.ports import NotFound, Rejected
from nms.store.audit import AuditLog
from nms.store.configurations.book import ConfigurationState
from nms.store.configurations.repository import ConfigurationsError
from nms.store.errors import RecordsError
from nms.text import clean
from nms.transports.errors import AccessDenied, TransportError
from nms.views.api.configurations import Door
from nms.wiring.configurations import PART, Configurations
from nms.wiring.pipeline import Pipeline

log = logging.getLogger(__name__)

TICK_SECONDS = 5.0
NOTICE_TEXT = 500
AGE = "configuration_age_seconds"
SAME_CHANGE_SECONDS = 10.0
"""So far apart, at most, do two polls place one change: the device tells its uptime and the instant one by one."""

Job = tuple[Callable[[], None], dict[str, Any]]


class NoRounds:
    """Where no configurations are kept."""

    def heard(self, device: Device, text: str) -> None: ...

    def trapped(self, device: DeviceId, oid: str) -> None: ...

    def polled(self, poll: Poll) -> None: ...

    def tick(self) -> None: ...

    def jobs(self) -> Iterable[Job]:
        return ()

    def door(self, changed: Callable[[], None]) -> Door | None:
        return None


@dataclass(slots=True)
class Rounds(NoRounds):
    """Fetches what is due, so many at one time, one visit of a device at a time. Lives on the event loop."""

    here: Configurations
    fetcher: Fetcher
    trouble: Callable[[str, str], None]
    well: Callable[[str], None]
    schedule: FetchSchedule = field(init=False)
    _looked_at: dict[DeviceId, float] = field(default_factory=dict)
    """Until when each device's changes are known: they were fetched, or their visit is ahead."""
    _running: dict[DeviceId, asyncio.Task[ConfigurationState]] = field(default_factory=dict)
    _gate: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        settings = self.here.config.configuration_backup
        self._gate = asyncio.Semaphore(settings.concurrency)
        self.schedule = FetchSchedule(list(self.here.places), settings, ZoneInfo(self.here.config.office.timezone))

    def begin(self) -> None:
        """Raises: RecordsError."""
        states = self.here.archive.states()
        succeeded = {device: one.succeeded_at for device, one in states.items()}
        self._looked_at = {DeviceId(device): at for device, at in succeeded.items() if at is not None}
        self.schedule.begin(self.here.clock(), succeeded)

    def tick(self) -> None:
        """Starts what is due; call it every few seconds."""
        for device, visit in self.schedule.due(self.here.clock()):
            self._start(device, visit)

    async def fetch(self, device: DeviceId, by: str) -> ConfigurationState:
        """Fetches one now, or joins the visit under way. Raises: ConfigurationsError, RecordsError."""
        task = self._running.get(device) or self._start(device, self.schedule.asked(device, by, self.here.clock()))
        return await asyncio.shield(task)

    def heard(self, device: Device, text: str) -> None:
        """A syslog message of a device: one that tells of a change brings a visit."""
        place = self.here.places.get(device.id)
        for notice in place[2].notices if place else ():
            if found := notice.search(text[:NOTICE_TEXT]):
                by = clean(found.groupdict().get("by") or "", limit=80)
                self.schedule.noticed(device.id, by, self.here.clock())
                return

    def trapped(self, device: DeviceId, oid: str) -> None:
        """A notification of a device."""
        place = self.here.places.get(device)
        if place is not None and oid in place[2].definition.traps:
            self.schedule.noticed(device, "", self.here.clock())

    def polled(self, poll: Poll) -> None:
        """What a poll says of the age of a configuration: one that changed since it was looked at brings a visit.

        It goes over restarts of the monitor: what is younger than the copy kept last was changed meanwhile. A change
        is noticed once, so that a device that refuses the log-in is not asked at every poll.
        """
        looked = self._looked_at.get(poll.device)
        age = _age(poll) if looked is not None else None
        if looked is None or age is None:
            return
        changed_at = age[0] - age[1]
        if changed_at > looked + SAME_CHANGE_SECONDS:
            self._looked_at[poll.device] = changed_at
            self.schedule.noticed(poll.device, "", self.here.clock())

    async def stop(self) -> None:
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, device: DeviceId, visit: Visit) -> asyncio.Task[ConfigurationState]:
        if device in self._running:
            return self._running[device]
        task = asyncio.create_task(self._visit(device, visit), name=f"configuration {device}")
        self._running[device] = task
        task.add_done_callback(lambda done: self._over(device, done))
        return task

    def _over(self, device: DeviceId, task: asyncio.Task[ConfigurationState]) -> None:
        self._running.pop(device, None)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, ConfigurationsError | RecordsError):
            self.trouble(PART, str(error))
        elif error is not None:
            log.error("fetching the configuration of %s failed inside the monitor", device, exc_info=error)

    async def _visit(self, device: DeviceId, visit: Visit) -> ConfigurationState:
        known, endpoint, kind = self.here.places[device]
        archive = self.here.archive
        async with self._gate:
            try:
                before = await asyncio.to_thread(archive.former, device)
                began = self.here.clock()
                fetched = await self.fetcher.fetch(known, endpoint, kind, before)
                state = await asyncio.to_thread(self._keep, device, fetched, visit)
            except TransportError as error:
                now = self.here.clock()
                self.schedule.failed(device, visit, now, is_refused=isinstance(error, AccessDenied))
                return await asyncio.to_thread(archive.failed, device, kind.name, str(error), now)
            except (ConfigurationsError, RecordsError):
                self.schedule.failed(device, visit, self.here.clock(), is_refused=False)
                raise
        self.well(PART)
        self._looked_at[device] = max(self._looked_at.get(device, 0.0), began - SAME_CHANGE_SECONDS)
        if state.unsaved_since is not None:
            self.schedule.unsaved(device, state.unsaved_since, self.here.clock())
        return state

    def _keep(self, device: DeviceId, fetched: Fetched, visit: Visit) -> ConfigurationState:
        now = self.here.clock()
        taken = self.here.archive.take(device, fetched, now, reason=visit.reason, noticed_by=visit.by)
        version = taken.version
        if version is not None and taken.state.changed_at == now:
            who = version.author or "nobody knows whom"
            log.info("%s: configuration changed (+%d -%d) by %s", device, version.added, version.removed, who)
        return taken.state

    def jobs(self) -> Iterable[Job]:
        yield self._tidy, {"trigger": "cron", "day_of_week": "sun", "hour": 4, "minute": 50}

    def door(self, changed: Callable[[], None]) -> Door:
        here = self.here
        reads = ConfigurationReads(here.inventory, here.archive, here.kinds, here.findings, clock=here.clock)
        return Door(reads, ConfigurationActs(here, self, changed))

    def _tidy(self) -> None:
        try:
            self.here.archive.repository.tidy()
        except ConfigurationsError as error:
            self.trouble(PART, str(error))


def _age(poll: Poll) -> tuple[float, float] | None:
    """When the age of the device's configuration was read, and the age."""
    for reading in poll.readings:
        for component, age in zip(reading.components, reading.columns.get(AGE, ()), strict=False):
            if age is not None and component == DEVICE_ITSELF:
                return reading.at, float(age)
    return None


@asynccontextmanager
async def open_rounds(here: Configurations | None, fetcher: Fetcher, pipeline: Pipeline) -> AsyncIterator[NoRounds]:
    """Ready to tick while the block lasts. Raises: RecordsError."""
    if here is None:
        yield NoRounds()
        return
    rounds = Rounds(here, fetcher, pipeline.trouble, pipeline.well)
    rounds.begin()
    log.info("keeping the configurations of %d devices", len(here.places))
    try:
        yield rounds
    finally:
        await rounds.stop()


@dataclass(frozen=True, slots=True)
class ConfigurationActs:
    """What people do about configurations: fetch one now, accept one as the baseline. Each is audited."""

    here: Configurations
    rounds: Rounds
    changed: Callable[[], None]
    audit: AuditLog = field(default_factory=AuditLog)

    async def fetch(self, actor: Actor, device_id: str) -> ConfigurationState:
        """Raises: NotFound, Forbidden, ConfigurationsError, RecordsError."""
        device = self._device(actor, device_id, Permission.RUN_COMMAND)
        state = await self.rounds.fetch(device.id, actor.name)
        await asyncio.to_thread(self._note, actor, "fetch", device.id, state.problem or "kept")
        self.changed()
        return state

    def accept(self, actor: Actor, device_id: str, note: str) -> ConfigurationState:
        """Raises: NotFound, Forbidden, Rejected, ConfigurationsError, RecordsError."""
        device = self._device(actor, device_id, Permission.ACCEPT_CONFIGURATION)
        if not clean(note):
            raise Rejected("say why this configuration is the one to keep to")
        try:
            state = self.here.archive.accept(device.id, actor.name, self.here.clock(), note)
        except LookupError:
            raise Rejected(
                "there is no copy of the configuration of “{device}” yet: fetch it first", device=device.id
            ) from None
        self._note(actor, "accept", device.id, clean(note, limit=400))
        self.changed()
        return state

    def _device(self, actor: Actor, device_id: str, permission: Permission) -> Device:
        place = self.here.places.get(DeviceId(device_id))
        if place is None:
            raise NotFound("the configuration of “{device}” is not kept", device=clean(device_id, limit=100))
        require(actor, permission, place[0].department)
        return place[0]

    def _note(self, actor: Actor, action: str, device: DeviceId, what: str) -> None:
        with self.here.archive.records.begin() as connection:
            self.audit.append(connection, actor, action, "configuration", device, self.here.clock(), {"what": what})
