"""What time alone does to tickets: warnings before a breach, breaches, and the end of those long resolved."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from nms.access import MONITOR
from nms.model import Message, TicketKind, TicketStatus
from nms.store.tables.tickets import CLOCK_RUNS, tickets
from nms.tickets import clock, life, persistence
from nms.tickets.case import Case
from nms.tickets.desk import TicketDesk
from nms.tickets.life import Moved

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """The tickets that time has touched, for those who notify."""

    warned: list[Case] = field(default_factory=list)
    breached: list[Case] = field(default_factory=list)
    unanswered: list[Case] = field(default_factory=list)
    closed: list[Case] = field(default_factory=list)


def sweep(connection: sa.Connection, desk: TicketDesk, now: float) -> Swept:
    """Warns of, and records, the breaches that have come about; closes what has been resolved long enough.

    Call it every minute; what is found is told once. Few tickets are looked at, however many there are.
    """
    swept = Swept()
    for folio in _due(connection, now):
        _touch(connection, desk, folio, now, swept)
    for folio in _long_resolved(connection, desk, now):
        before = persistence.checkout(connection, folio)
        swept.closed.append(desk.commit(connection, MONITOR, before, life.close(before, now), now))
    return swept


def _due(connection: sa.Connection, now: float) -> list[str]:
    column = tickets.c
    late = (column.breached_at.is_(None) & (column.due_at < now)) | (
        column.respond_breached_at.is_(None) & column.responded_at.is_(None) & (column.respond_due_at < now)
    )
    warned = column.warned_at.is_(None) & column.breached_at.is_(None) & (column.warn_at <= now)
    query = sa.select(column.folio).where(CLOCK_RUNS).where(late | warned).order_by(column.due_at).limit(_AT_ONCE)
    return list(connection.execute(query).scalars())


def _touch(connection: sa.Connection, desk: TicketDesk, folio: str, now: float, swept: Swept) -> None:
    before = persistence.checkout(connection, folio)
    after = clock.breached(before, now)
    if after.respond_breached_at != before.respond_breached_at:
        swept.unanswered.append(after)
    if after.breached_at != before.breached_at:
        after, message, found = _missed(after), Message("the promised time has passed"), swept.breached
    elif after.warned_at is None and after.warn_at is not None and after.warn_at <= now:
        after = replace(after, warned_at=now)
        message, found = Message("the promised time has nearly passed"), swept.warned
    else:
        message, found = Message("nobody has answered in the promised time"), []
    found.append(desk.commit(connection, MONITOR, before, Moved(after, "clock", message), now))


def _missed(case: Case) -> Case:
    """Preventive work that was missed escalates: one priority up. Corrective work has its service level."""
    if case.kind is not TicketKind.PREVENTIVE:
        return case
    return replace(case, priority=max(1, case.priority - 1))


def _long_resolved(connection: sa.Connection, desk: TicketDesk, now: float) -> list[str]:
    column, patience = tickets.c, desk.office.policy.close_after
    ended = (column.status == TicketStatus.RESOLVED.value) & (column.resolved_at <= now - patience)
    query = sa.select(column.folio).where(ended).order_by(column.id).limit(_AT_ONCE)
    return list(connection.execute(query).scalars())
