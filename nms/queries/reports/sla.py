"""Service levels of tickets: met, breached, paused; times to acknowledge, restore and repair; backlog and its age."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from nms.model import Message, TicketKind
from nms.queries.availability import mean_time_between_failures, mean_time_to_restore, measured
from nms.queries.reports import sla_tables, wording
from nms.queries.reports.compared import told
from nms.queries.reports.document import Figure, Kind, Report, Unit
from nms.queries.reports.sla_tables import TARGET, Paused
from nms.queries.reports.sources import Task
from nms.queries.rows import AvailabilityRow
from nms.rules.availability import DEFINITIONS, mean_time_to_acknowledge
from nms.store.tables.alerts import alert_events, alerts
from nms.store.tables.tickets import ticket_pauses, tickets
from nms.tickets.codes import Cause
from nms.tickets.statistics import DAY, PeriodStatistics, statistics

RESOLUTION = Message("Resolution: from the opening of a ticket to its resolution, by the clock on the wall.")
LEVEL = Message("Within the level: resolved before its due time, counted in service hours without pauses.")
PAUSED = Message("Paused: time on hold for a vendor, a part or the user; the clock of the level stands still.")
OF_TICKETS = Message(
    "MTTR and MTBF are of the services of departments, as the monitor saw them; resolution is of the tickets."
)


def sla_report(task: Task) -> Report:
    end = min(task.end, task.now)
    with task.sources.records.read() as connection:
        now = _statistics(connection, task, task.start, end)
        before = _statistics(connection, task, *task.before)
        open_now, open_before = _backlog(connection, task, end), _backlog(connection, task, task.start)
        mtta = _mtta(connection, task, task.start, end)
        mtta_before = _mtta(connection, task, *task.before)
        paused = _paused(connection, task, end)
        by_department = {
            name: statistics(connection, task.start, end, kind=TicketKind.CORRECTIVE, departments=[name])
            for name in _concerned(connection, task, end) | {department for department, _ in paused}
        }
        sections = (
            sla_tables.levels(task, now, paused, by_department, connection, end),
            sla_tables.causes(task, now),
            sla_tables.backlog(task, [row.opened_at for row in open_now], connection, end),
            sla_tables.late(connection, task, end),
        )
    services, services_before = _services(task, task.start, end), _services(task, *task.before)
    restore = mean_time_to_restore(services), mean_time_to_restore(services_before)
    between = mean_time_between_failures(services), mean_time_between_failures(services_before)
    figures = (
        Figure(task.say("Within the service level"), now.level_ratio, Unit.SHARE, before.level_ratio, "good"),
        Figure(task.say("Time to acknowledge (MTTA)"), mtta, Unit.SECONDS, mtta_before, "bad"),
        Figure(task.say("Time to resolve (mean)"), now.resolution_mean, Unit.SECONDS, before.resolution_mean, "bad"),
        Figure(task.say("Time to restore service (MTTR)"), restore[0], Unit.SECONDS, restore[1], "bad"),
        Figure(task.say("Time between failures (MTBF)"), between[0], Unit.SECONDS, between[1], "good"),
        Figure(task.say("Tickets opened"), now.opened, Unit.COUNT, before.opened),
        Figure(task.say("Tickets resolved"), now.resolved, Unit.COUNT, before.resolved),
        Figure(task.say("Still open at the end"), len(open_now), Unit.COUNT, len(open_before), "bad"),
    )
    said = told(task, figures)
    return task.report(
        Kind.SLA,
        Message("Service levels of corrective maintenance"),
        figures=figures,
        better=said.better,
        worse=said.worse,
        decisions=_decisions(task, now, [row.opened_at for row in open_now], len(open_before), end),
        sections=(*sections, sla_tables.services(task, services)),
        definitions=(
            *(task.said(one) for one in (LEVEL, PAUSED, RESOLUTION)),
            *(task.said(DEFINITIONS[name]) for name in ("mtta", "mttr", "mtbf")),
            task.said(OF_TICKETS),
        ),
    )


def _statistics(connection: sa.Connection, task: Task, start: float, end: float) -> PeriodStatistics:
    return statistics(connection, start, end, kind=TicketKind.CORRECTIVE, departments=task.departments)


def _services(task: Task, start: float, end: float) -> tuple[AvailabilityRow, ...]:
    sources = task.sources
    known = sources.inventory.departments
    wanted = task.departments or tuple(known)
    subjects = {f"department/{one}": (known[one].name, "department", known[one].service_hours) for one in wanted}
    return measured(sources.past, sources.service, subjects, start, end, task.now)


def _concerned(connection: sa.Connection, task: Task, end: float) -> set[str]:
    """The departments of which a ticket was opened or resolved in the period."""
    column = tickets.c
    opened = (column.opened_at >= task.start) & (column.opened_at < end)
    resolved = (column.resolved_at >= task.start) & (column.resolved_at < end)
    query = sa.select(column.department).distinct().where((opened | resolved) & sla_tables.mine(task))
    return set(connection.execute(query).scalars())


def _backlog(connection: sa.Connection, task: Task, at: float) -> Sequence[sa.Row[Any]]:
    """When each ticket was opened that was still to be resolved at an instant."""
    return connection.execute(sa.select(tickets.c.opened_at).where(sla_tables.waiting(task, at))).all()


def _mtta(connection: sa.Connection, task: Task, start: float, end: float) -> float | None:
    first = sa.func.min(alert_events.c.at)
    query = (
        sa.select(alerts.c.opened_at, first)
        .join(alert_events, (alert_events.c.alert == alerts.c.id) & (alert_events.c.kind == "acknowledged"))
        .where(alerts.c.opened_at >= start, alerts.c.opened_at < end, alert_events.c.at < end)
        .group_by(alerts.c.id, alerts.c.opened_at)
    )
    if task.departments:
        query = query.where(alerts.c.department.in_(task.departments))
    return mean_time_to_acknowledge((row[0], row[1]) for row in connection.execute(query))


def _paused(connection: sa.Connection, task: Task, end: float) -> Paused:
    column = ticket_pauses.c
    inside = (column.from_at < end) & (column.to_at.is_(None) | (column.to_at > task.start))
    query = sa.select(tickets.c.department, column.reason, column.from_at, column.to_at).join(
        tickets, tickets.c.id == column.ticket
    )
    found: Paused = {}
    for department, reason, began, ended in connection.execute(query.where(inside & sla_tables.mine(task))):
        length = min(end, ended if ended is not None else end) - max(task.start, began)
        found[department, reason] = found.get((department, reason), 0.0) + length
    return found


def _decisions(task: Task, now: PeriodStatistics, waiting: list[float], before: int, end: float) -> tuple[str, ...]:
    found = []
    if now.level_ratio is not None and now.level_ratio < TARGET:
        text = "{count} of {all} tickets were late: more hands, other service levels, or fewer causes."
        found.append(task.say(text, count=now.breached, all=now.breached + now.within_level))
    if len(waiting) > max(5, 1.2 * before):
        text = "The backlog grew from {before} to {now}: more comes in than is mended."
        found.append(task.say(text, before=before, now=len(waiting)))
    old = sum((end - opened) > 30 * DAY for opened in waiting)
    if old:
        found.append(
            task.say("Tickets that have waited for more than 30 days: {count}. Close, fund or plan them.", count=old)
        )
    if now.by_cause:
        cause, count = next(iter(now.by_cause.items()))
        is_told = cause and cause not in (Cause.UNKNOWN, Cause.NO_FAULT)
        if is_told and count >= 3 and count >= 0.4 * now.resolved:
            text = "{count} of {all} repairs had one cause: {cause}. Removing it would save the most work."
            found.append(task.say(text, count=count, all=now.resolved, cause=wording.cause(cause, task.language)))
    return tuple(found)
