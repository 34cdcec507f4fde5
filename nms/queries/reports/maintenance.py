"""Preventive maintenance: what was planned for the period against what was done, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from nms.model import Message, TicketKind
from nms.queries.reports.compared import told
from nms.queries.reports.document import Bar, Chart, Figure, Kind, Report, Section, Table, Unit
from nms.queries.reports.sources import Task
from nms.store.tables.tickets import preventive_jobs, ticket_work, tickets

Job = sa.Row[Any]
DAY = 86_400.0
MOST_ROWS = 200
TARGET = 0.9
"""Share of planned work that maintenance is usually held to."""

DONE_IN_TIME = Message("Done in time: the ticket of the job was resolved before its due date ended.")
SKIPPED = Message("Skipped: somebody decided that the work was not needed that time; it counts neither way.")
DUE = Message("Due in the period: the last day on which the work may be done lies in it.")


def maintenance_report(task: Task) -> Report:
    end = min(task.end, task.now)
    with task.sources.records.read() as connection:
        jobs = _jobs(connection, task, task.start, end)
        before = _jobs(connection, task, *task.before)
        skipped = _skipped(connection, task, end)
        coming = _coming(connection, task, end)
        hours = _hours(connection, task, task.start, end)
        hours_before = _hours(connection, task, *task.before)
    ratio, ratio_before = _ratio(jobs), _ratio(before)
    share, share_before = _share(hours), _share(hours_before)
    figures = (
        Figure(task.say("Preventive work done in time"), ratio, Unit.SHARE, ratio_before, "good"),
        Figure(task.say("Jobs due"), len(jobs), Unit.COUNT, len(before)),
        Figure(task.say("Not done in time"), len(_missed(jobs)), Unit.COUNT, len(_missed(before)), "bad"),
        Figure(task.say("Skipped by decision"), len(skipped), Unit.COUNT),
        _worked(task.say("Hours worked on prevention"), TicketKind.PREVENTIVE, hours, hours_before),
        _worked(task.say("Hours worked on repairs"), TicketKind.CORRECTIVE, hours, hours_before),
        Figure(task.say("Prevention in all hours worked"), share, Unit.SHARE, share_before, "good"),
    )
    missed, said = _missed(jobs), told(task, figures)
    return task.report(
        Kind.MAINTENANCE,
        Message("Preventive maintenance"),
        figures=figures,
        better=said.better,
        worse=said.worse,
        decisions=_decisions(task, ratio, missed, coming),
        sections=(_by_playbook(task, jobs), _left(task, missed, skipped), _next(task, coming)),
        definitions=(task.said(DUE), task.said(DONE_IN_TIME), task.said(SKIPPED)),
    )


def _worked(label: str, kind: TicketKind, now: dict[str, float], before: dict[str, float]) -> Figure:
    hours = now.get(kind.value, 0.0) / 60, before.get(kind.value, 0.0) / 60
    return Figure(label, hours[0], Unit.NUMBER, hours[1])


def _missed(jobs: Sequence[Job]) -> list[Job]:
    return [job for job in jobs if not _done(job)]


def _skipped(connection: sa.Connection, task: Task, end: float) -> Sequence[Job]:
    job = preventive_jobs.c
    inside = (job.due_until >= task.start) & (job.due_until < end) & (job.state == "skipped")
    return _read(connection, task, inside, tickets.c.resolved_at)


def _jobs(connection: sa.Connection, task: Task, start: float, end: float) -> Sequence[Job]:
    job, ticket = preventive_jobs.c, tickets.c
    inside = (job.due_until >= start) & (job.due_until < end) & (job.state != "skipped")
    return _read(connection, task, inside, ticket.resolved_at, ticket.priority)


def _coming(connection: sa.Connection, task: Task, end: float) -> Sequence[Job]:
    """Work of the thirty days after the period."""
    job = preventive_jobs.c
    begins = sa.func.coalesce(job.planned_start, job.due_from)
    inside = (begins >= end) & (begins < end + 30 * DAY) & job.state.in_(["planned", "opened"])
    return _read(connection, task, inside, tickets.c.resolved_at)


def _read(
    connection: sa.Connection, task: Task, inside: sa.ColumnElement[bool], *more: sa.Column[Any]
) -> Sequence[Job]:
    job = preventive_jobs.c
    query = sa.select(preventive_jobs, *more).outerjoin(tickets, (tickets.c.folio == job.folio) & (job.folio != ""))
    if task.departments:
        inside = inside & job.department.in_(task.departments)
    order = (sa.func.coalesce(job.planned_start, job.due_until), job.id)
    return connection.execute(query.where(inside).order_by(*order)).all()


def _hours(connection: sa.Connection, task: Task, start: float, end: float) -> dict[str, float]:
    """Minutes worked in the period by kind of ticket."""
    inside = (ticket_work.c.at >= start) & (ticket_work.c.at < end)
    query = sa.select(tickets.c.kind, sa.func.sum(ticket_work.c.minutes)).join(
        tickets, tickets.c.id == ticket_work.c.ticket
    )
    if task.departments:
        inside = inside & tickets.c.department.in_(task.departments)
    return {kind: float(minutes) for kind, minutes in connection.execute(query.where(inside).group_by(tickets.c.kind))}


def _share(minutes: dict[str, float]) -> float | None:
    total = sum(minutes.values())
    return minutes.get(TicketKind.PREVENTIVE.value, 0.0) / total if total else None


def _done(job: Job) -> bool:
    """In time."""
    if job.resolved_at is not None:
        return bool(job.resolved_at <= job.due_until)
    return bool(job.state == "done")


def _ratio(jobs: Sequence[Job]) -> float | None:
    return sum(map(_done, jobs)) / len(jobs) if jobs else None


def _decisions(task: Task, ratio: float | None, missed: Sequence[Job], coming: Sequence[Job]) -> tuple[str, ...]:
    found = []
    if ratio is not None and ratio < TARGET:
        text = "{count} preventive jobs were not done in time: give them hours, or change how often they are due."
        found.append(task.say(text, count=len(missed)))
    unplaced = sum(job.planned_start is None for job in coming)
    if unplaced:
        text = "{count} jobs of the next 30 days have no place in anybody's week: hire, contract out, or postpone."
        found.append(task.say(text, count=unplaced))
    return tuple(found)


def _title(task: Task, job: Job) -> str:
    book = task.sources.desk.office.playbooks
    playbook = book.get(job.playbook)
    return playbook.title if playbook else job.playbook


def _by_playbook(task: Task, jobs: Sequence[Job]) -> Section:
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        groups.setdefault(_title(task, job), []).append(job)
    columns = (
        task.column(Message("Playbook")),
        task.column(Message("Due"), Unit.COUNT),
        task.column(Message("Done in time"), Unit.COUNT),
        task.column(Message("Done late"), Unit.COUNT),
        task.column(Message("Not done"), Unit.COUNT),
        task.column(Message("Share"), Unit.SHARE),
    )
    rows = tuple(_row(name, found) for name, found in sorted(groups.items()))
    ratios = sorted((_ratio(found) or 0.0, name) for name, found in groups.items())
    bars = tuple(Bar(name, ratio, TARGET, ratio < TARGET) for ratio, name in ratios)
    chart = Chart(task.say("Done in time, the lowest first"), Unit.SHARE, bars[:20], 0.0, 1.0)
    empty = task.say("No preventive work was due in the period.")
    total = _row(task.say("Together"), list(jobs))
    table = Table(task.say("Planned against done"), columns, rows, empty, total=total)
    return Section(task.say("By playbook"), (), (chart,) if bars else (), (table,))


def _row(name: str, jobs: Sequence[Job]) -> tuple[str | int | float | None, ...]:
    in_time = sum(map(_done, jobs))
    ended = sum(job.resolved_at is not None or job.state == "done" for job in jobs)
    return name, len(jobs), in_time, ended - in_time, len(jobs) - ended, _ratio(jobs)


def _left(task: Task, missed: Sequence[Job], skipped: Sequence[Job]) -> Section:
    tables = [_table(task, task.say("Not done in time"), missed, task.say("Everything was done in time."))]
    if skipped:
        tables.append(_table(task, task.say("Skipped by decision"), skipped, ""))
    return Section(task.say("What was left"), (), (), tuple(tables))


def _next(task: Task, coming: Sequence[Job]) -> Section:
    table = _table(task, task.say("Next 30 days"), coming, task.say("Nothing is planned."))
    return Section(task.say("What comes next"), (), (), (table,))


def _table(task: Task, title: str, jobs: Sequence[Job], empty: str) -> Table:
    note = task.say("Here are {count} of {all}.", count=MOST_ROWS, all=len(jobs)) if len(jobs) > MOST_ROWS else ""
    return Table(title, _columns(task), tuple(_rows(task, jobs[:MOST_ROWS])), empty, note)


def _columns(task: Task) -> tuple[Any, ...]:
    return (
        task.column(Message("Work")),
        task.column(Message("Where")),
        task.column(Message("Department")),
        task.column(Message("Planned"), Unit.INSTANT),
        task.column(Message("Last day"), Unit.DAY),
        task.column(Message("Who")),
        task.column(Message("Folio")),
    )


def _rows(task: Task, jobs: Sequence[Job]) -> Iterable[tuple[str | float | None, ...]]:
    people = task.sources.inventory.people
    for job in jobs:
        who = people[job.technician].name if job.technician in people else job.technician
        where = task.device_name(job.device) if job.device else job.site
        yield (
            _title(task, job),
            where,
            task.name_of(job.department),
            job.planned_start,
            job.due_until - 1,
            who,
            job.folio,
        )
