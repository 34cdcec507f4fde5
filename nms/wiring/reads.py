"""The reads of the daemon over its open parts."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

from nms.alerts.blankets import configured_windows
from nms.calendars import EMPTY, IntervalSet
from nms.collect.runner import PollRunner
from nms.queries import rows
from nms.queries.ports import Reads
from nms.queries.presence import PresenceReads
from nms.queries.public import PublicReads
from nms.queries.roster import Roster
from nms.queries.service import MonitorReads
from nms.wiring.askers import Asking
from nms.wiring.engine import Engine


def reads_of(engine: Engine, asking: Asking, runner: PollRunner) -> Reads:
    def pollers() -> rows.Pollers:
        return poller_row(engine, asking, runner)

    return MonitorReads(
        inventory=engine.inventory,
        timezone=engine.config.office.timezone,
        calendars=engine.calendars,
        live=engine.live,
        samples=engine.samples,
        records=engine.records,
        states=engine.states,
        book=engine.book,
        desk=engine.desk,
        pollers=pollers,
        why_of=engine.telling.why,
        roster=Roster(engine.telling.directory),
        started_at=engine.started_at,
        files=engine.files,
        currency=engine.config.office.currency,
        targets=engine.config.reports.targets.model_dump(),
        parents=lambda: engine.judge.topology.parents,
    )


def presence_reads_of(engine: Engine) -> PresenceReads | None:
    if engine.presence is None:
        return None
    return PresenceReads(engine.inventory, engine.presence, engine.records)


def public_reads_of(engine: Engine) -> PublicReads:
    """What the public page is made from."""
    page, zone = engine.config.status_page, ZoneInfo(engine.config.office.timezone)
    configured = configured_windows(engine.config.maintenance, zone)

    def service(calendar: str, start: float, end: float) -> IntervalSet:
        hours = engine.calendars.get(calendar)
        return hours.intervals(start, end) if hours else EMPTY

    return PublicReads(
        inventory=engine.inventory,
        states=engine.states,
        records=engine.records,
        service=service,
        timezone=engine.config.office.timezone,
        title=page.title,
        contact=page.contact,
        departments=page.departments,
        planned=lambda now: [*configured, *(one.planned(zone) for one in engine.book.planned(now))],
        clock=time.time,
        present=lambda: engine.live.department_states,
        announced=engine.announcements.since,
    )


def poller_row(engine: Engine, asking: Asking, runner: PollRunner) -> rows.Pollers:
    """How the monitor itself is doing, over its time since the start."""
    stats, pipeline = runner.stats, engine.pipeline.stats
    up_for = max(1.0, time.time() - engine.started_at)
    waiting = [sentence for one in engine.elsewhere if (sentence := one.trouble(time.time()))]
    problems = (*asking.problems, *pipeline.troubles.values(), *waiting)
    return rows.Pollers(
        devices=sum(bool(device.endpoints) for device in engine.inventory.devices.values()),
        polls_per_minute=stats.finished / up_for * 60,
        variables_per_second=pipeline.values / up_for,
        in_flight=stats.in_flight,
        late_polls=stats.late_polls,
        worst_lateness=stats.worst_lateness_seconds,
        last_poll_at=engine.live.last_poll_at,
        last_commit_seconds=pipeline.last_commit_seconds,
        healthy=not problems,
        problems=problems,
    )
