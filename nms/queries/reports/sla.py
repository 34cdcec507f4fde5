"""Service levels of tickets: met, breached, paused; times to acknowledge and repair; backlog and its age."""

from __future__ import annotations

import sqlalchemy as sa

from nms.model import Message, TicketKind
from nms.queries.reports import wording
from nms.queries.reports.document import Bar, Chart, Figure, Kind, Report, Section, Table, Unit
from nms.queries.reports.sources import Task
from nms.rules.availability import DEFINITIONS, mean_time_to_acknowledge
from nms.store.tables.alerts import alert_events, alerts
from nms.store.tables.tickets import ticket_pauses, tickets
from nms.tickets.codes import Cause, Solution
from nms.tickets.persistence import message_from
from nms.tickets.statistics import AGES, DAY, PeriodStatistics, statistics

TARGET = 0.9
"""Share of tickets that service levels usually ask to be in time."""

RESOLUTION = Message("Resolution: from the opening of a ticket to its resolution, by the clock on the wall.")
LEVEL = Message("Within the level: resolved before its due time, counted in service hours without pauses.")
PAUSED = Message("Paused: time on hold for a vendor, a part or the user; the clock of the level stands still.")


def sla_report(task: Task) -> Report:
    end = min(task.end, task.now)
    with task.sources.records.read() as connection:
        now = _statistics(connection, task, task.start, end)
        before = _statistics(connection, task, *task.before)
        open_now, open_before = _backlog(connection, task, end), _backlog(connection, task, task.start)
        mtta = _mtta(connection, task, task.start, end)
        mtta_before = _mtta(connection, task, *task.before)
        paused = _paused(connection, task, end)
        late = _late(connection, task, end)
        by_department = {
            name: statistics(connection, task.start, end, kind=TicketKind.CORRECTIVE, departments=[name])
            for name in now.by_department
        }
    figures = (
        Figure(task.say("Within the service level"), now.level_ratio, Unit.RATIO, before.level_ratio, "good"),
        Figure(task.say("Time to acknowledge (MTTA)"), mtta, Unit.SECONDS, mtta_before, "bad"),
        Figure(task.say("Time to resolve (mean)"), now.resolution_mean, Unit.SECONDS, before.resolution_mean, "bad"),
        Figure(task.say("Tickets opened"), now.opened, Unit.COUNT, before.opened),
        Figure(task.say("Tickets resolved"), now.resolved, Unit.COUNT, before.resolved),
        Figure(task.say("Still open at the end"), len(open_now), Unit.COUNT, len(open_before), "bad"),
    )
    better, worse = _told(task, figures)
    sections = (
        _levels(task, now, paused, by_department),
        _causes(task, now),
        _ages(task, open_now, end),
        late,
    )
    return task.report(
        Kind.SLA,
        Message("Service levels of corrective maintenance"),
        figures=figures,
        better=better,
        worse=worse,
        decisions=_decisions(task, now, open_now, open_before, end),
        sections=sections,
        definitions=(
            task.said(LEVEL),
            task.said(PAUSED),
            task.said(RESOLUTION),
            *(task.said(DEFINITIONS[name]) for name in ("mtta", "mttr", "mtbf")),
        ),
    )


def _statistics(connection: sa.Connection, task: Task, start: float, end: float) -> PeriodStatistics:
    return statistics(connection, start, end, kind=TicketKind.CORRECTIVE, departments=task.departments)


def _mine(task: Task) -> sa.ColumnElement[bool]:
    kind = tickets.c.kind == TicketKind.CORRECTIVE.value
    return kind & tickets.c.department.in_(task.departments) if task.departments else kind


def _backlog(connection: sa.Connection, task: Task, at: float) -> list[float]:
    """When each ticket was opened that was still to be resolved at an instant."""
    column = tickets.c
    waiting = (column.opened_at < at) & (column.resolved_at.is_(None) | (column.resolved_at >= at))
    return list(connection.execute(sa.select(column.opened_at).where(waiting & _mine(task))).scalars())


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


def _paused(connection: sa.Connection, task: Task, end: float) -> dict[str, float]:
    """Seconds of the period in which clocks stood still, by reason."""
    column = ticket_pauses.c
    inside = (column.from_at < end) & (column.to_at.is_(None) | (column.to_at > task.start))
    query = sa.select(column.reason, column.from_at, column.to_at).join(tickets, tickets.c.id == column.ticket)
    found: dict[str, float] = {}
    for reason, began, ended in connection.execute(query.where(inside & _mine(task))):
        length = min(end, ended if ended is not None else end) - max(task.start, began)
        found[reason] = found.get(reason, 0.0) + length
    return found


def _told(task: Task, figures: tuple[Figure, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    better, worse = list[str](), list[str]()
    for one in figures:
        if not one.more_is or one.value is None or one.before is None or one.value == one.before:
            continue
        text = task.say(
            "{label}: {now}; {before} in the period before.",
            label=one.label,
            now=wording.shown(one.value, one.unit, task.zone, ""),
            before=wording.shown(one.before, one.unit, task.zone, ""),
        )
        (better if (one.value > one.before) == (one.more_is == "good") else worse).append(text)
    return tuple(better), tuple(worse)


def _decisions(
    task: Task, now: PeriodStatistics, waiting: list[float], before: list[float], end: float
) -> tuple[str, ...]:
    found = []
    if now.level_ratio is not None and now.level_ratio < TARGET:
        text = "{count} of {all} tickets were late: more hands, other service levels, or fewer causes."
        found.append(task.say(text, count=now.breached, all=now.breached + now.within_level))
    if len(waiting) > max(5, 1.2 * len(before)):
        text = "The backlog grew from {before} to {now}: more comes in than is mended."
        found.append(task.say(text, before=len(before), now=len(waiting)))
    old = sum((end - opened) > 30 * DAY for opened in waiting)
    if old:
        found.append(
            task.say("{count} tickets have waited for more than 30 days: close, fund or plan them.", count=old)
        )
    if now.by_cause:
        cause, count = next(iter(now.by_cause.items()))
        told = cause and cause not in (Cause.UNKNOWN, Cause.NO_FAULT)
        if told and count >= 3 and count >= 0.4 * now.resolved:
            text = "{count} of {all} repairs had one cause: {cause}. Removing it would save the most work."
            found.append(task.say(text, count=count, all=now.resolved, cause=wording.cause(cause, task.language)))
    return tuple(found)


def _levels(task: Task, now: PeriodStatistics, paused: dict[str, float], by: dict[str, PeriodStatistics]) -> Section:
    columns = (
        task.column(Message("Department")),
        task.column(Message("Opened"), Unit.COUNT),
        task.column(Message("Resolved"), Unit.COUNT),
        task.column(Message("Met"), Unit.COUNT),
        task.column(Message("Breached"), Unit.COUNT),
        task.column(Message("Within the level"), Unit.RATIO),
        task.column(Message("First response"), Unit.SECONDS),
        task.column(Message("Resolution, mean"), Unit.SECONDS),
        task.column(Message("Resolution, median"), Unit.SECONDS),
        task.column(Message("Opened again"), Unit.COUNT),
    )
    rows = [
        (
            name,
            one.opened,
            one.resolved,
            one.within_level,
            one.breached,
            one.level_ratio,
            one.response_mean,
            one.resolution_mean,
            one.resolution_median,
            one.reopened,
        )
        for name, one in ((task.name_of(department), one) for department, one in by.items())
    ]
    rows.sort(key=lambda row: str(row[0]))
    reasons = {"vendor": Message("the vendor"), "part": Message("a part"), "user": Message("the user")}
    waits = Table(
        task.say("Clocks that stood still"),
        (task.column(Message("Waiting for")), task.column(Message("Time, all tickets"), Unit.SECONDS)),
        tuple(
            (task.said(reasons[reason]) if reason in reasons else task.say("resolved, then opened again"), seconds)
            for reason, seconds in sorted(paused.items())
        ),
        task.say("No ticket was paused."),
    )
    ratios = sorted((task.name_of(name), one.level_ratio) for name, one in by.items() if one.level_ratio is not None)
    bars = tuple(Bar(name, ratio, TARGET, ratio < TARGET) for name, ratio in ratios)
    chart = Chart(task.say("Tickets within the service level"), Unit.RATIO, bars[:20], 0.0, 1.0)
    table = Table(task.say("By department"), columns, tuple(rows), task.say("No tickets were resolved in the period."))
    return Section(task.say("Service levels"), (), (chart,) if bars else (), (table, waits))


def _causes(task: Task, now: PeriodStatistics) -> Section:
    named = [
        (wording.cause(code, task.language) or task.say("not said"), count) for code, count in now.by_cause.items()
    ]
    chart = Chart(task.say("What was wrong"), Unit.COUNT, tuple(Bar(name, count) for name, count in named[:12]))
    return Section(task.say("Causes"), (), (chart,) if named else (), ())


def _ages(task: Task, waiting: list[float], end: float) -> Section:
    counts = [0] * (len(AGES) + 1)
    for opened in waiting:
        days = (end - opened) / DAY
        counts[next((place for place, edge in enumerate(AGES) if days <= edge), len(AGES))] += 1
    labels = [task.say("up to {days} days", days=edge) for edge in AGES]
    labels.append(task.say("more than {days} days", days=AGES[-1]))
    bars = tuple(Bar(label, count) for label, count in zip(labels, counts, strict=True))
    chart = Chart(task.say("Age of what is still open"), Unit.COUNT, bars)
    return Section(task.say("Backlog at the end of the period"), (), (chart,), ())


def _late(connection: sa.Connection, task: Task, end: float) -> Section:
    column = tickets.c
    inside = (column.breached_at >= task.start) & (column.breached_at < end)
    real = column.solution_code.not_in([Solution.MERGED.value, Solution.WITHDRAWN.value])
    query = (
        sa.select(column.folio, column.title, column.department, column.priority, column.due_at, column.resolved_at)
        .where(inside & real & _mine(task))
        .order_by(column.priority, column.breached_at, column.id)
        .limit(100)
    )
    rows = tuple(
        (
            row.folio,
            task.said(message_from(row.title)),
            task.name_of(row.department),
            row.priority,
            row.due_at,
            row.resolved_at,
        )
        for row in connection.execute(query)
    )
    columns = (
        task.column(Message("Folio")),
        task.column(Message("What")),
        task.column(Message("Department")),
        task.column(Message("Priority"), Unit.COUNT),
        task.column(Message("Due"), Unit.INSTANT),
        task.column(Message("Resolved"), Unit.INSTANT),
    )
    table = Table(task.say("Tickets that were late"), columns, rows, task.say("None."))
    return Section(task.say("Breached service levels"), (), (), (table,))
