"""How the maintenance of a period went: opened, resolved, backlog, age, service levels, time to repair.

Counted in the database over indexed ranges; intervals of service time were settled when each ticket ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, TypeVar

import sqlalchemy as sa

from nms.model import TicketKind
from nms.store.tables.tickets import IS_ACTIVE, ticket_work, tickets
from nms.tickets.codes import Solution

Key = TypeVar("Key", str, int)

DAY = 86_400.0
AGES = (1, 3, 7, 30, 90)
"""Edges, in days, of the ages that the backlog is counted in."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is still to be done at an instant. `ages`: how many up to 1, 3, 7, 30, 90 days old, and older."""

    total: int
    by_status: dict[str, int]
    by_priority: dict[int, int]
    ages: tuple[int, ...]
    oldest_at: float | None


@dataclass(frozen=True, slots=True)
class PeriodStatistics:
    """A period [start, end). Ratios run from 0 to 1 and are None where there is nothing to divide.

    `resolution_median`, `resolution_mean`: seconds from opening to resolution, by the clock on the wall.
    """

    start: float
    end: float
    opened: int
    resolved: int
    reopened: int
    within_level: int
    breached: int
    level_ratio: float | None
    resolution_mean: float | None
    resolution_median: float | None
    response_mean: float | None
    minutes_worked: float
    by_cause: dict[str, int]
    by_department: dict[str, int]
    by_priority: dict[int, int]

    @property
    def net(self) -> int:
        """By how many the backlog has grown."""
        return self.opened - self.resolved


def backlog(
    connection: sa.Connection, now: float, *, kind: TicketKind | None = None, departments: Sequence[str] = ()
) -> Backlog:
    """What is still to be done, with its age."""
    query = sa.select(tickets.c.status, tickets.c.priority, tickets.c.opened_at).where(IS_ACTIVE)
    rows = connection.execute(_narrowed(query, kind, departments)).all()
    ages = [0] * (len(AGES) + 1)
    by_status: dict[str, int] = {}
    by_priority: dict[int, int] = {}
    for row in rows:
        by_status[row.status] = by_status.get(row.status, 0) + 1
        by_priority[row.priority] = by_priority.get(row.priority, 0) + 1
        days = (now - row.opened_at) / DAY
        ages[next((place for place, edge in enumerate(AGES) if days <= edge), len(AGES))] += 1
    oldest = min((row.opened_at for row in rows), default=None)
    return Backlog(len(rows), by_status, dict(sorted(by_priority.items())), tuple(ages), oldest)


def statistics(
    connection: sa.Connection,
    start: float,
    end: float,
    *,
    kind: TicketKind | None = None,
    departments: Sequence[str] = (),
) -> PeriodStatistics:
    """How a period went: what was opened in it, and what was resolved in it, whenever opened.

    A ticket merged into another or withdrawn counts neither as resolved nor for service levels.
    """
    column = tickets.c
    began = (column.opened_at >= start) & (column.opened_at < end)
    opened = connection.execute(_narrowed(sa.select(sa.func.count()).where(began), kind, departments)).scalar_one()
    rows = _resolved(connection, start, end, kind, departments)
    times = [row.resolved_at - row.opened_at for row in rows]
    answers = [row.responded_at - row.opened_at for row in rows if row.responded_at is not None]
    promised = [row for row in rows if row.due_at is not None or row.breached_at is not None]
    late = sum(1 for row in promised if row.breached_at is not None)
    return PeriodStatistics(
        start=start,
        end=end,
        opened=opened,
        resolved=len(rows),
        reopened=sum(1 for row in rows if row.reopened),
        within_level=len(promised) - late,
        breached=late,
        level_ratio=(len(promised) - late) / len(promised) if promised else None,
        resolution_mean=sum(times) / len(times) if times else None,
        resolution_median=median(times) if times else None,
        response_mean=sum(answers) / len(answers) if answers else None,
        minutes_worked=_minutes(connection, start, end),
        by_cause=_counted(row.cause_code for row in rows),
        by_department=_counted(row.department for row in rows),
        by_priority=_counted(row.priority for row in rows),
    )


def _resolved(
    connection: sa.Connection, start: float, end: float, kind: TicketKind | None, departments: Sequence[str]
) -> Sequence[sa.Row[Any]]:
    column = tickets.c
    ended = (column.resolved_at >= start) & (column.resolved_at < end)
    real = column.solution_code.not_in([Solution.MERGED.value, Solution.WITHDRAWN.value])
    wanted = sa.select(
        column.id,
        column.opened_at,
        column.resolved_at,
        column.responded_at,
        column.breached_at,
        column.due_at,
        column.reopened,
        column.cause_code,
        column.department,
        column.priority,
    ).where(ended & real)
    return connection.execute(_narrowed(wanted, kind, departments)).all()


def _minutes(connection: sa.Connection, start: float, end: float) -> float:
    inside = (ticket_work.c.at >= start) & (ticket_work.c.at < end)
    query = sa.select(sa.func.coalesce(sa.func.sum(ticket_work.c.minutes), 0.0)).where(inside)
    return float(connection.execute(query).scalar_one())


def _counted(values: Iterable[Key]) -> dict[Key, int]:
    return dict(Counter(values).most_common())


def _narrowed(query: sa.Select[Any], kind: TicketKind | None, departments: Sequence[str]) -> sa.Select[Any]:
    if kind is not None:
        query = query.where(tickets.c.kind == kind.value)
    return query.where(tickets.c.department.in_(departments)) if departments else query
