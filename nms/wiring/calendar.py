"""What the monitor does by the clock, through APScheduler: poll ticks, heartbeats, upkeep of the stores."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from nms.collect.runner import PollRunner
from nms.i18n import render
from nms.presence.attached import attached
from nms.store.errors import RecordsError
from nms.store.samples import EmbeddedSamples, SamplesError
from nms.tickets.sweep import sweep
from nms.wiring.engine import Engine
from nms.wiring.guard import PROVED_SECONDS, restart_is_over
from nms.wiring.keeping import health

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 10
FIRST_LEARNING_SECONDS = 180.0
"""What is usual is learned anew after a start, once the first polls are over."""

FIRST_FORESIGHT_SECONDS = 900.0
"""After a start: what the history says is not known until it is read, and the next night may be far."""


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


class Calendar:
    """Starts with `start` inside a running loop; leaving the context ends it."""

    def __init__(self, engine: Engine, runner: PollRunner) -> None:
        self._engine = engine
        self._runner = runner
        self._more: list[tuple[Callable[[], None], dict[str, Any]]] = []
        self._scheduler = self._new()

    def _new(self) -> AsyncIOScheduler:
        return AsyncIOScheduler(
            timezone=self._engine.config.office.timezone,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def __enter__(self) -> Calendar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def add(self, jobs: Iterable[tuple[Callable[[], None], dict[str, Any]]]) -> None:
        """More work by the clock: each with its trigger, as APScheduler takes it."""
        self._more += jobs

    def renew(self) -> None:
        """A new scheduler in the place of one that hangs. Call it on the event loop."""
        old, self._scheduler = self._scheduler, self._new()
        old.shutdown(wait=False)
        self.start()

    def on_loop(self, work: Callable[[], None], seconds: float) -> None:
        """Work that belongs on the event loop and is quick, every so many seconds."""

        async def run() -> None:
            work()

        self._scheduler.add_job(run, "interval", seconds=seconds)

    def start(self) -> None:
        every = self._scheduler.add_job
        for work, trigger in self._more:
            every(self._in_thread, args=[work], **trigger)
        every(self._tick, "interval", seconds=1)
        every(self._in_thread, "interval", [self._heartbeat], seconds=HEARTBEAT_SECONDS)
        every(self._in_thread, "interval", [self._sweep], minutes=1)
        every(self._in_thread, "interval", [self._preventive], minutes=5)
        every(self._in_thread, "cron", [self._plan], hour=4, minute=30)
        every(self._in_thread, args=[self._first_plan])
        every(self._in_thread, "cron", [self._compact], minute=7)
        every(self._in_thread, "cron", [self._roll_up], minute=17)
        every(self._in_thread, "cron", [self._expire], hour=2, minute=40)
        every(self._in_thread, "interval", [self._examine_samples], minutes=5)
        every(self._in_thread, "cron", [self._forget_presence], hour=2, minute=50)
        every(self._in_thread, "interval", [self._learn_places], minutes=15)
        every(self._in_thread, "cron", [self._foresee], hour=3, minute=10)
        every(self._in_thread, "date", [self._foresee], run_date=soon(FIRST_FORESIGHT_SECONDS))
        every(self._in_thread, "cron", [self._learn_usual], hour=3, minute=40)
        every(self._in_thread, "date", [self._learn_usual], run_date=soon(FIRST_LEARNING_SECONDS))
        every(self._in_thread, "interval", [self._watch], seconds=self._engine.config.watchdog.interval)
        every(self._in_thread, "date", [self._proved], run_date=soon(PROVED_SECONDS))
        every(self._in_thread, "date", [self._spare_collector], run_date=soon(PROVED_SECONDS))
        self._scheduler.start()

    async def _tick(self) -> None:
        self._runner.tick()
        self._engine.watchdog.beat("scheduler", time.time())

    async def _in_thread(self, work: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(work)
        except (RecordsError, SamplesError) as error:
            log.error("%s: %s", work.__name__.strip("_"), error)

    def _heartbeat(self) -> None:
        try:
            self._engine.states.heartbeat(time.time())
        finally:  # a store that refuses has answered; one that hangs has not
            self._engine.watchdog.beat("store", time.time())

    def _sweep(self) -> None:
        with self._engine.records.begin() as connection:
            sweep(connection, self._engine.desk, time.time())

    def _preventive(self) -> None:
        self._engine.preventive.run(time.time(), self._engine.foresight.forecasts)

    def _foresee(self) -> None:
        now, foresight = time.time(), self._engine.foresight
        histories = foresight.histories(now)
        self._engine.pipeline.learn(lambda judge: foresight.foresee(judge, histories, now))
        self._engine.preventive.meters.measure(self._engine.desk.office, now)

    def _learn_usual(self) -> None:
        baselines = self._engine.usual.learn(time.time())
        self._engine.pipeline.learn(lambda judge: judge.learn_baselines(baselines))

    def _watch(self) -> None:
        self._engine.watchdog.keep()
        self._engine.watchdog.ping(time.time())

    def _proved(self) -> None:
        restart_is_over(self._engine.pipeline.tell, time.time())

    def _spare_collector(self) -> None:
        """What lives by now lives on: looking for garbage among it, several times a minute, is vain."""
        gc.collect()
        gc.freeze()

    def _expire(self) -> None:
        if isinstance(self._engine.samples, EmbeddedSamples):
            for warning in self._engine.samples.expire(time.time()).warnings:
                log.warning("%s", render(warning, "en"))

    def _examine_samples(self) -> None:
        for verdict in health(self._engine.samples, time.time()):
            self._engine.pipeline.tell(verdict)

    def _forget_presence(self) -> None:
        if self._engine.presence is not None:
            self._engine.presence.expire(time.time())

    def _learn_places(self) -> None:
        """Where printers, servers and telephones are plugged in completes what is reached through what."""
        engine = self._engine
        if engine.presence is not None:
            places = attached(engine.presence, engine.inventory, time.time())
            engine.pipeline.learn(lambda judge: judge.learn_places(places))

    def _plan(self) -> None:
        scheduled = self._engine.preventive.plan(time.time())
        log.info("preventive work: %d jobs planned, %d without a place", scheduled.planned, len(scheduled.unplaced))

    def _first_plan(self) -> None:
        self._plan()
        self._preventive()

    def _compact(self) -> None:
        if isinstance(self._engine.samples, EmbeddedSamples):
            self._engine.samples.compact(time.time())

    def _roll_up(self) -> None:
        if isinstance(self._engine.samples, EmbeddedSamples):
            self._engine.samples.roll_up(time.time())
