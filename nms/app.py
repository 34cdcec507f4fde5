"""The composition root: it knows everybody and wires them. Read `Monitor.run` to see the whole product.

inventories/ ─► devices ─► askers ─► polls ─► pipeline: numbers kept, judged, states, alerts, tickets ─► notify
                                                  └─► live board, stores ─► queries ─► API, TUI, reports, /metrics
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop
from fastapi import FastAPI

from nms.actions import MonitorActs
from nms.alerts.changes import AlertChange
from nms.collect.confirming import Confirming
from nms.collect.runner import PollRunner
from nms.config import Config, load_config
from nms.model import DeviceId, Poll
from nms.queries.audited import AuditReads
from nms.store.accounts import AccountBook
from nms.store.replies import ReplyBook
from nms.store.samples import SamplesError
from nms.store.sessions import SessionBook
from nms.transports.errors import LocalFault
from nms.views.api.application import Parts, create
from nms.views.api.stream import EventHub
from nms.views.metrics import Exposition, own_exposition, own_metrics
from nms.wiring.askers import Asking, open_askers
from nms.wiring.calendar import Calendar
from nms.wiring.configuration_rounds import TICK_SECONDS, NoRounds, open_rounds
from nms.wiring.elsewhere import jobs_of
from nms.wiring.engine import Adapt, Engine, open_engine
from nms.wiring.entrance import entrance_of, factors_of, greet
from nms.wiring.events import Listening, Outlets, open_syslog
from nms.wiring.guard import Guard, Replace, patience_of, replacing
from nms.wiring.metrics import figures
from nms.wiring.publishing import Publishing, fault_book
from nms.wiring.reads import presence_reads_of, public_reads_of, reads_of
from nms.wiring.rota import rota_jobs
from nms.wiring.server import open_sockets, serve
from nms.wiring.traps import open_traps

log = logging.getLogger("nms")

BATCH_SECONDS = 1.0
BATCH_POLLS = 2000
QUIET_SECONDS = 5.0
"""Without a poll for so long, time alone is judged."""


class Monitor:
    """One running monitor."""

    def __init__(self, config: Config, adapt: Adapt | None = None, replace: Replace | None = None) -> None:
        """`replace` puts a new process in the place of this one, for a part that hangs and cannot be restarted."""
        self.config = config
        self._adapt = adapt
        self._replace = replace
        self._renewed = asyncio.Event()
        self.hub = EventHub()
        self._polls: asyncio.Queue[Poll] = asyncio.Queue(maxsize=10_000)
        self._stopping = asyncio.Event()
        self._engine: Engine | None = None

    async def run(self) -> None:
        """Runs until `stop`. Raises: LocalFault, StoreError, RecordsError, DocumentError when it cannot start."""
        async with AsyncExitStack() as stack:
            engine = stack.enter_context(open_engine(self.config, self._adapt))
            self._engine = engine
            asking = await stack.enter_async_context(
                open_askers(self.config, engine.catalogue, engine.learn, engine.inventory.devices.values())
            )
            pipeline = engine.pipeline
            copies = await stack.enter_async_context(
                open_rounds(engine.configurations, asking.configurations, pipeline)
            )
            outlets = Outlets(
                pipeline.tell,
                pipeline.trouble,
                pipeline.well,
                copies.heard,
                lambda keys: pipeline.learn(lambda judge: judge.ledger.leave(keys)),
            )
            syslog = open_syslog(self.config, engine.inventory, outlets, engine.book.open_alerts())
            listening = await stack.enter_async_context(syslog)
            runner = self._runner(engine, asking, copies)
            traps = open_traps(self.config, engine.inventory, runner.poll_now, copies.trapped)
            await stack.enter_async_context(traps)
            sockets = open_sockets(self.config.api) if self.config.api.enabled else []
            faults = fault_book(engine)
            publishing = Publishing(self.config, reads_of(engine, asking, runner), public_reads_of(engine), faults)
            app = self._api(engine, asking, runner, publishing, copies, listening)
            server = serve(app, self.config.api)
            calendar = stack.enter_context(Calendar(engine, runner))
            greet(self.config, engine.tokens, len(engine.inventory.devices))
            runner.start(self.config.polling.startup_spread or None)
            calendar.add(publishing.jobs())
            calendar.add(jobs_of(self.config, engine.elsewhere))
            calendar.add(copies.jobs())
            calendar.add(rota_jobs(engine))
            calendar.on_loop(copies.tick, seconds=TICK_SECONDS)
            calendar.start()
            tasks = [
                asyncio.create_task(self._pipeline(engine), name="pipeline"),
                asyncio.create_task(self._notifier(engine), name="notifier"),
            ]
            if sockets:
                tasks.append(asyncio.create_task(server.serve(sockets=sockets), name="http"))
            gentle, patience = self._gentle(runner, calendar), patience_of(self.config)
            with Guard(engine.watchdog, engine.spokesman, gentle, self._replace, patience):
                await self._until_stopped(tasks)
            server.should_exit = True
            engine.telling.wake()
            await runner.stop()
            await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self) -> None:
        self._stopping.set()

    def watched(self) -> bool:
        """Whether every polled device has been seen once."""
        if self._engine is None:
            return False
        polled = (device.id for device in self._engine.inventory.devices.values() if device.endpoints)
        return all(device in self._engine.live.devices for device in polled)

    def noticed(self, devices: Collection[DeviceId]) -> bool:
        """Whether there is an open alert of each of these that are polled."""
        if self._engine is None:
            return False
        told = {alert.device for alert in self._engine.book.open_alerts()}
        known = self._engine.inventory.devices
        return all(device in told for device in devices if device in known and known[device].endpoints)

    def _gentle(self, runner: PollRunner, calendar: Calendar) -> dict[str, Callable[[], None]]:
        """How parts that live on the event loop are started again."""
        return {"pollers": runner.renew, "scheduler": calendar.renew, "notifier": self._renewed.set}

    async def _notifier(self, engine: Engine) -> None:
        """The notifier, and another in its place when it hangs: its thread is left behind. Two at once send once."""
        while not self._stopping.is_set():
            self._renewed.clear()
            work = engine.telling.run(self._stopping, lambda: engine.watchdog.beat("notifier", time.time()))
            notifier = asyncio.create_task(work, name="notifier")
            renewed = asyncio.create_task(self._renewed.wait())
            await asyncio.wait([notifier, renewed], return_when=asyncio.FIRST_COMPLETED)
            renewed.cancel()
            if notifier.done():
                notifier.result()
            else:
                notifier.cancel()

    def _runner(self, engine: Engine, asking: Asking, copies: NoRounds) -> PollRunner:
        async def sink(poll: Poll) -> None:
            engine.watchdog.beat("pollers", time.time())
            copies.polled(poll)
            await self._polls.put(poll)

        reachability = self.config.reachability
        return PollRunner(
            devices={**engine.inventory.devices, **engine.probes},
            askers=asking.askers,
            sink=sink,
            budget_seconds=self.config.polling.visit_seconds,
            confirming=Confirming(reachability.confirmation_interval, reachability.confirmations, engine.judge.beside),
        )

    def _api(
        self,
        engine: Engine,
        asking: Asking,
        runner: PollRunner,
        publishing: Publishing,
        copies: NoRounds,
        listening: Listening,
    ) -> FastAPI:
        loop = asyncio.get_running_loop()

        def poll_now(device: DeviceId) -> bool:
            return runner.poll_now(device) is not None

        def changed(changes: Sequence[AlertChange]) -> None:
            loop.call_soon_threadsafe(self._publish)

        acts = MonitorActs(
            engine.inventory,
            engine.records,
            engine.book,
            engine.desk,
            asking.commands,
            engine.states,
            poll_now,
            changed,
            engine.files,
        )
        registry = own_metrics(lambda: figures(engine, runner, asking.snmp, listening.statistics))
        exposition = Exposition()
        config = self.config
        factors = factors_of(config, engine.records, engine.telling.link_secret)
        parts = Parts(
            reads=publishing.reads,
            acts=acts,
            tokens=engine.tokens,
            announcements=engine.announcements,
            accounts=AccountBook(engine.records),
            replies=ReplyBook(engine.records),
            hub=self.hub,
            own_metrics=lambda: own_exposition(registry),
            device_metrics=lambda: exposition.render(engine.samples.latest_readings()),
            metrics_allow=config.metrics.allow if config.metrics.enabled else None,
            requests_per_minute=config.api.requests_per_minute,
            presence=presence_reads_of(engine),
            faults=publishing.faults if config.fault_reports.enabled else None,
            public_url=config.api.public_url,
            largest_upload=config.tickets.largest_attachment,
            largest_fault=config.fault_reports.largest_attachment,
            configurations=copies.door(self._publish),
            factors=factors,
            audited=AuditReads(engine.records),
        )
        app = create(parts)
        sessions = SessionBook(engine.records, config.api.session_idle)
        entrance = entrance_of(config, engine.records, parts.accounts, factors)
        publishing.open_doors(app, sessions, engine.telling.link_secret, entrance)
        return app

    async def _pipeline(self, engine: Engine) -> None:
        """Batches of polls, about one a second, each through all stages in a worker thread."""
        while not self._stopping.is_set():
            batch = await self._batch()
            changes = await asyncio.to_thread(engine.pipeline.digest, batch)
            engine.watchdog.beat("pipeline", time.time())
            if batch or changes:
                self._publish()
            if changes:
                engine.telling.wake()

    async def _batch(self) -> list[Poll]:
        try:
            batch = [await asyncio.wait_for(self._polls.get(), QUIET_SECONDS)]
        except TimeoutError:
            return []
        ends = time.monotonic() + BATCH_SECONDS
        while len(batch) < BATCH_POLLS and (left := ends - time.monotonic()) > 0:
            try:
                batch.append(await asyncio.wait_for(self._polls.get(), left))
            except TimeoutError:
                break
        return batch

    def _publish(self) -> None:
        self.hub.publish()

    async def _until_stopped(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Waits for `stop`, or for a part that ends by itself, which is a fault and is raised."""
        stopping = asyncio.create_task(self._stopping.wait())
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
        self._stopping.set()
        for task in tasks:
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise error


async def _run(config: Config) -> None:
    monitor = Monitor(config, replace=replacing(config.data_dir))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, monitor.stop)
    await monitor.run()


def run_daemon(config_path: Path) -> int:
    """`nms run`, until it is told to stop. What it writes is for its own user alone."""
    os.umask(0o077)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    for noisy in ("apscheduler", "alembic", "ncclient", "paramiko"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("napalm").setLevel(logging.CRITICAL)  # of what its drivers stumble over we tell ourselves
    try:
        uvloop.run(_run(load_config(config_path)))
    except SamplesError as error:
        raise LocalFault(str(error)) from None
    return 0


def run_stage(directory: Path) -> int:
    """The demo's own process: simulated equipment, and the monitor that watches it (see `nms.demo.stage`)."""
    from nms.demo.stage import perform

    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    return uvloop.run(perform(directory, Monitor))
