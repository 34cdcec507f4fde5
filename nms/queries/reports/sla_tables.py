"""The tables of the service levels: by department and priority, causes, backlog, what was late, what was down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nms.messages import from_data
from nms.model import Message, TicketKind
from nms.queries.availability import mean_time_between_failures, mean_time_to_restore
from nms.queries.reports import wording
from nms.queries.reports.document import Bar, Cell, Chart, Column, Section, Table, Unit
from nms.queries.reports.sources import Task
from nms.queries.rows import AvailabilityRow
from nms.store.tables.tickets import tickets
from nms.tickets.codes import Solution
from nms.tickets.statistics import AGES, DAY, PeriodStatistics

TARGET = 0.9
"""Share of tickets that service levels usually ask to be in time."""

MOST_OLD, MOST_LATE = 50, 100
REASONS: Mapping[str, Message] = {
    "vendor": Message("the vendor"),
    "part": Message("a part"),
    "user": Message("the user"),
}

Paused = dict[tuple[str, str], float]
"""Seconds of the period in which clocks stood still, by department and reason."""


def mine(task: Task) -> sa.ColumnElement[bool]:
    kind = tickets.c.kind == TicketKind.CORRECTIVE.value
    return kind & tickets.c.department.in_(task.departments) if task.departments else kind


def waiting(task: Task, at: float) -> sa.ColumnElement[bool]:
    """Tickets that were still to be resolved at an instant."""
    column = tickets.c
    return (column.opened_at < at) & (column.resolved_at.is_(None) | (column.resolved_at >= at)) & mine(task)


def _real() -> sa.ColumnElement[bool]:
    return tickets.c.solution_code.not_in([Solution.MERGED.value, Solution.WITHDRAWN.value])


def levels(
    task: Task,
    now: PeriodStatistics,
    paused: Paused,
    by: Mapping[str, PeriodStatistics],
    connection: sa.Connection,
    end: float,
) -> Section:
    ratios = [(one.level_ratio, task.name_of(name)) for name, one in by.items() if one.level_ratio is not None]
    bars = tuple(Bar(name, ratio, TARGET, ratio < TARGET) for ratio, name in sorted(ratios)[:20])
    chart = Chart(task.say("Tickets within the service level, the lowest first"), Unit.SHARE, bars, 0.0, 1.0)
    tables = (_by_department(task, now, paused, by), _by_priority(task, connection, end), _waits(task, paused))
    return Section(task.say("Service levels"), (), (chart,) if bars else (), tables)


def _by_department(task: Task, now: PeriodStatistics, paused: Paused, by: Mapping[str, PeriodStatistics]) -> Table:
    columns = (
        task.column(Message("Department")),
        task.column(Message("Opened"), Unit.COUNT),
        task.column(Message("Resolved"), Unit.COUNT),
        task.column(Message("Met"), Unit.COUNT),
        task.column(Message("Breached"), Unit.COUNT),
        task.column(Message("Within the level"), Unit.SHARE),
        task.column(Message("Paused"), Unit.SECONDS),
        task.column(Message("First response"), Unit.SECONDS),
        task.column(Message("Resolution, mean"), Unit.SECONDS),
        task.column(Message("Resolution, median"), Unit.SECONDS),
        task.column(Message("Opened again"), Unit.COUNT),
    )

    def row(name: str, one: PeriodStatistics, stood: float) -> tuple[Cell, ...]:
        counts = (one.opened, one.resolved, one.within_level, one.breached, one.level_ratio)
        times = (one.response_mean, one.resolution_mean, one.resolution_median)
        return (name, *counts, stood, *times, one.reopened)

    stood = {name: sum(seconds for (owner, _), seconds in paused.items() if owner == name) for name in by}
    rows = sorted((row(task.name_of(name), one, stood[name]) for name, one in by.items()), key=lambda one: str(one[0]))
    total = row(task.say("Together"), now, sum(paused.values()))
    empty = task.say("No tickets were opened or resolved in the period.")
    return Table(task.say("By department"), columns, tuple(rows), empty, total=total)


def _by_priority(task: Task, connection: sa.Connection, end: float) -> Table:
    column = tickets.c
    inside = (column.resolved_at >= task.start) & (column.resolved_at < end) & _real() & mine(task)
    promised = column.due_at.is_not(None) | column.breached_at.is_not(None)
    late = sa.func.sum(sa.case((column.breached_at.is_not(None), 1), else_=0))
    query = (
        sa.select(column.priority, sa.func.count(), late)
        .where(inside & promised)
        .group_by(column.priority)
        .order_by(column.priority)
    )
    rows = tuple(
        (f"P{one}", count - missed, missed, (count - missed) / count)
        for one, count, missed in connection.execute(query)
    )
    columns = (
        task.column(Message("Priority")),
        task.column(Message("Met"), Unit.COUNT),
        task.column(Message("Breached"), Unit.COUNT),
        task.column(Message("Within the level"), Unit.SHARE),
    )
    return Table(task.say("By priority"), columns, rows, task.say("No tickets were resolved in the period."))


def _waits(task: Task, paused: Paused) -> Table:
    reasons: dict[str, float] = {}
    for (_, reason), seconds in paused.items():
        reasons[reason] = reasons.get(reason, 0.0) + seconds
    rows = tuple(
        (task.said(REASONS[reason]) if reason in REASONS else task.say("resolved, then opened again"), seconds)
        for reason, seconds in sorted(reasons.items())
    )
    columns = (task.column(Message("Waiting for")), task.column(Message("Time, all tickets"), Unit.SECONDS))
    return Table(task.say("Clocks that stood still"), columns, rows, task.say("No ticket was paused."))


def causes(task: Task, now: PeriodStatistics) -> Section:
    named = [
        (wording.cause(code, task.language) or task.say("not said"), count) for code, count in now.by_cause.items()
    ]
    chart = Chart(task.say("What was wrong"), Unit.COUNT, tuple(Bar(name, count) for name, count in named[:12]))
    columns = (
        task.column(Message("Cause")),
        task.column(Message("Tickets resolved"), Unit.COUNT),
        task.column(Message("Share"), Unit.SHARE),
    )
    rows = tuple((name, count, count / now.resolved if now.resolved else None) for name, count in named)
    table = Table(
        task.say("Causes of what was resolved"), columns, rows, task.say("No tickets were resolved in the period.")
    )
    return Section(task.say("Causes"), (), (chart,) if named else (), (table,))


def backlog(task: Task, opened: Sequence[float], connection: sa.Connection, end: float) -> Section:
    counts = [0] * (len(AGES) + 1)
    for at in opened:
        days = (end - at) / DAY
        counts[next((place for place, edge in enumerate(AGES) if days <= edge), len(AGES))] += 1
    labels = [task.say("up to 1 day"), *(task.say("up to {days} days", days=edge) for edge in AGES[1:])]
    labels.append(task.say("more than {days} days", days=AGES[-1]))
    pairs = tuple(zip(labels, counts, strict=True))
    chart = Chart(task.say("Age of what is still open"), Unit.COUNT, tuple(Bar(*pair) for pair in pairs))
    columns = (task.column(Message("Age")), task.column(Message("Tickets open"), Unit.COUNT))
    table = Table(task.say("Open tickets by age"), columns, pairs, total=(task.say("Together"), len(opened)))
    tables = (table, _oldest(task, connection, end)) if opened else (table,)
    return Section(task.say("Backlog at the end of the period"), (), (chart,) if opened else (), tables)


def _oldest(task: Task, connection: sa.Connection, end: float) -> Table:
    column = tickets.c
    wanted = (column.folio, column.title, column.department, column.priority, column.opened_at)
    query = sa.select(*wanted).where(waiting(task, end)).order_by(column.opened_at, column.id).limit(MOST_OLD)
    rows = tuple(
        (
            *_ticket(task, row),
            row.opened_at,
            end - row.opened_at,
        )
        for row in connection.execute(query)
    )
    columns = (
        *_ticket_columns(task),
        task.column(Message("Opened on"), Unit.INSTANT),
        task.column(Message("Age"), Unit.SECONDS),
    )
    return Table(task.say("Open the longest"), columns, rows)


def _ticket(task: Task, row: Any) -> tuple[str, ...]:
    return row.folio, task.said(from_data(row.title)), task.name_of(row.department), f"P{row.priority}"


def _ticket_columns(task: Task) -> tuple[Column, ...]:
    heads = (Message("Folio"), Message("What"), Message("Department"), Message("Priority"))
    return tuple(task.column(head) for head in heads)


def late(connection: sa.Connection, task: Task, end: float) -> Section:
    column = tickets.c
    inside = (column.breached_at >= task.start) & (column.breached_at < end)
    query = (
        sa.select(column.folio, column.title, column.department, column.priority, column.due_at, column.resolved_at)
        .where(inside & _real() & mine(task))
        .order_by(column.priority, column.breached_at, column.id)
    )
    rows = tuple(
        (
            *_ticket(task, row),
            row.due_at,
            row.resolved_at if row.resolved_at is not None and row.resolved_at < end else None,
        )
        for row in connection.execute(query)
    )
    columns = (
        *_ticket_columns(task),
        task.column(Message("Due by"), Unit.INSTANT),
        task.column(Message("Resolved on"), Unit.INSTANT),
    )
    note = task.say("Here are {count} of {all}.", count=MOST_LATE, all=len(rows)) if len(rows) > MOST_LATE else ""
    table = Table(task.say("Tickets that were late"), columns, rows[:MOST_LATE], task.say("None."), note)
    return Section(task.say("Breached service levels"), (), (), (table,))


def services(task: Task, rows: Sequence[AvailabilityRow]) -> Section:
    """MTTR and MTBF by department, of those that failed."""
    failed = sorted((row for row in rows if row.outages), key=lambda row: (-row.down_seconds, row.subject))
    columns = (
        task.column(Message("Department")),
        task.column(Message("Outages"), Unit.COUNT),
        task.column(Message("Down"), Unit.SECONDS),
        task.column(Message("MTTR"), Unit.SECONDS),
        task.column(Message("MTBF"), Unit.SECONDS),
    )
    cells = tuple((row.name, len(row.outages), row.down_seconds, row.mttr_seconds, row.mtbf_seconds) for row in failed)
    outages, down = sum(len(row.outages) for row in failed), sum(row.down_seconds for row in failed)
    means = mean_time_to_restore(rows), mean_time_between_failures(rows)
    empty = task.say("No outages in the period.")
    title = task.say("Departments that were without service")
    table = Table(title, columns, cells, empty, total=(task.say("Together"), outages, down, *means))
    return Section(task.say("Restoring and failing"), (), (), (table,))
