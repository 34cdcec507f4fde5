"""Finding tickets: filters, text, pages, and one ticket with all that belongs to it.

Pages go by keys, never by offsets: the next page is asked for with the cursor of the last, and costs the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nms.messages import from_data
from nms.model import Message, TicketKind, TicketStatus
from nms.store.tables.tickets import (
    CLOCK_RUNS,
    IS_ACTIVE,
    ticket_attachments,
    ticket_log,
    ticket_parts,
    ticket_symptoms,
    ticket_watchers,
    ticket_words,
    ticket_work,
    tickets,
)
from nms.tickets import clock, persistence
from nms.tickets.case import Case
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import NoSuchTicket, Unusable
from nms.tickets.evidence import StepState, evidence_of, states
from nms.tickets.playbooks import Playbook
from nms.tickets.words import terms

_RARE = 2000
"""A word of fewer tickets than this is looked up by itself; others are checked ticket by ticket, newest first."""

_WINDOW = 50_000
"""How many tickets one page looks through for common words that may never meet."""


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """What a list shows. Empty fields do not narrow; `active` leaves out what is resolved or closed.

    `departments` limits to what an actor may see. `text`: words that must all be there, `prin*` for beginnings.
    """

    statuses: tuple[TicketStatus, ...] = ()
    kind: TicketKind | None = None
    department: str = ""
    departments: tuple[str, ...] = ()
    device: str = ""
    assignee: str = ""
    unassigned: bool = False
    priority: int | None = None
    playbook: str = ""
    watcher: str = ""
    text: str = ""
    active: bool = False
    breached: bool = False


@dataclass(frozen=True, slots=True)
class TicketList:
    """One page, newest first. `next` is the cursor of the page after it; empty on the last.

    A search for common words looks through a stretch of tickets at a time: such a page may be short, even empty,
    and still have a next one.
    """

    cases: tuple[Case, ...]
    next: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One thing that happened to a ticket."""

    at: float
    actor: str
    origin: str
    action: str
    status: str
    message: Message
    note: str


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """One ticket with all that belongs to it. Rows are plain mappings of their table's columns."""

    case: Case
    clock: clock.ClockFace
    log: tuple[LogLine, ...]
    playbook: Playbook | None
    steps: tuple[StepState, ...]
    watchers: tuple[str, ...]
    symptoms: tuple[dict[str, Any], ...]
    attachments: tuple[dict[str, Any], ...]
    work: tuple[dict[str, Any], ...]
    parts: tuple[dict[str, Any], ...]

    @property
    def minutes(self) -> float:
        return float(sum(row["minutes"] for row in self.work))

    @property
    def cost(self) -> float:
        parts = sum(row["quantity"] * row["unit_cost"] for row in self.parts)
        return float(parts + sum(row["cost"] for row in self.work))


def list_tickets(connection: sa.Connection, wanted: TicketFilter, *, after: str = "", limit: int = 100) -> TicketList:
    """One page of tickets, newest first. Raises: Unusable for a cursor that is none."""
    most = max(1, min(limit, 1000))
    query = sa.select(tickets).order_by(tickets.c.id.desc()).limit(most + 1)
    if after:
        query = query.where(tickets.c.id < _cursor(after))
    asked = terms(wanted.text)
    conditions, are_rare = _text_conditions(connection, asked)
    bottom = 0 if are_rare else _bottom(connection, after)
    if bottom:
        query = query.where(tickets.c.id >= bottom)
    if wanted.active:
        query = query.where(_active(connection))
    for condition in (*_conditions(wanted), *conditions):
        query = query.where(condition)
    rows = connection.execute(query).mappings().all()
    cases = tuple(persistence.case_from(row) for row in rows[:most])
    if len(rows) > most:
        return TicketList(cases, str(cases[-1].id))
    return TicketList(cases, str(bottom) if bottom else "")


def _active(connection: sa.Connection) -> sa.ColumnElement[bool]:
    """That something is still to be done. The few that are so are named one by one: by its statistics a database takes
    the index of a department for the shorter one, and walks through all its years."""
    condition = sa.literal_column(f"({IS_ACTIVE.text})", sa.Boolean)
    few = connection.execute(sa.select(tickets.c.id).where(IS_ACTIVE).limit(_RARE)).scalars().all()
    return tickets.c.id.in_(few) if len(few) < _RARE else condition


def _bottom(connection: sa.Connection, after: str) -> int:
    """The oldest ticket that one page of common words looks at; 0 where that is the first of all."""
    top = _cursor(after) if after else connection.execute(sa.select(sa.func.max(tickets.c.id))).scalar() or 0
    return max(0, top - _WINDOW)


def due_soonest(connection: sa.Connection, *, departments: Sequence[str] = (), limit: int = 50) -> list[Case]:
    """Tickets whose clock runs, the first to be breached first."""
    query = sa.select(tickets).where(CLOCK_RUNS).where(tickets.c.due_at.is_not(None))
    if departments:
        query = query.where(tickets.c.department.in_(departments))
    query = query.order_by(tickets.c.due_at).limit(limit)
    return [persistence.case_from(row) for row in connection.execute(query).mappings()]


def show_ticket(connection: sa.Connection, desk: TicketDesk, folio: str, now: float) -> TicketDetail:
    """One ticket with its log, steps, costs and clock. Raises: NoSuchTicket."""
    case = find(connection, folio)
    playbook = desk.playbook_of(connection, case)
    steps = states(playbook, evidence_of(connection, case.id)) if playbook else ()
    return TicketDetail(
        case=case,
        clock=clock.face(case, desk.office.hours(case.calendar), now),
        log=tuple(log_of(connection, case.id)),
        playbook=playbook,
        steps=tuple(steps),
        watchers=tuple(row["person"] for row in _rows(connection, ticket_watchers, case.id)),
        symptoms=_rows(connection, ticket_symptoms, case.id),
        attachments=_rows(connection, ticket_attachments, case.id),
        work=_rows(connection, ticket_work, case.id),
        parts=_rows(connection, ticket_parts, case.id),
    )


def find(connection: sa.Connection, folio: str) -> Case:
    """A ticket as it is, to be looked at. Raises: NoSuchTicket."""
    return persistence.read(connection, folio)


def log_of(connection: sa.Connection, ticket: int, limit: int = 1000) -> list[LogLine]:
    """The log of a ticket, oldest first; of a very long one the newest lines."""
    query = sa.select(ticket_log).where(ticket_log.c.ticket == ticket).order_by(ticket_log.c.id.desc()).limit(limit)
    found = [
        LogLine(row.at, row.actor, row.origin, row.action, row.status, from_data(row.message), row.note)
        for row in connection.execute(query)
    ]
    return found[::-1]


def _rows(connection: sa.Connection, table: sa.Table, ticket: int) -> tuple[dict[str, Any], ...]:
    query = sa.select(table).where(table.c.ticket == ticket).order_by(*table.primary_key.columns).limit(2000)
    return tuple(dict(row) for row in connection.execute(query).mappings())


def _conditions(wanted: TicketFilter) -> Iterable[sa.ColumnElement[bool]]:
    column = tickets.c
    if wanted.statuses:
        yield column.status.in_(sorted(one.value for one in wanted.statuses))
    exact = (
        (column.kind, wanted.kind.value if wanted.kind else ""),
        (column.department, wanted.department),
        (column.device, wanted.device),
        (column.assignee, wanted.assignee),
        (column.playbook, wanted.playbook),
    )
    yield from (one == value for one, value in exact if value)
    if wanted.departments:
        yield column.department.in_(wanted.departments)
    if wanted.unassigned:
        yield column.assignee == ""
    if wanted.priority is not None:
        yield column.priority == wanted.priority
    if wanted.breached:
        yield column.breached_at.is_not(None)
    if wanted.watcher:
        yield column.id.in_(sa.select(ticket_watchers.c.ticket).where(ticket_watchers.c.person == wanted.watcher))


def _text_conditions(connection: sa.Connection, asked: Sequence[str]) -> tuple[list[sa.ColumnElement[bool]], bool]:
    """What a text asks for, and whether it narrows by itself (or nothing is asked).

    Rare words make a short list of tickets; common ones are checked against each ticket in turn.
    """
    found: list[sa.ColumnElement[bool]] = []
    are_rare = not asked
    for term in asked:
        matching = _matching(term)
        few = connection.execute(sa.select(ticket_words.c.ticket).where(matching).limit(_RARE)).scalars().all()
        if len(few) < _RARE:
            found.append(tickets.c.id.in_(sorted(set(few))))
            are_rare = True
        else:
            found.append(sa.exists().where((ticket_words.c.ticket == tickets.c.id) & matching))
    return found, are_rare


def _matching(term: str) -> sa.ColumnElement[bool]:
    word = ticket_words.c.word
    if not term.endswith("*"):
        return word == term
    return (word >= term[:-1]) & (word < term[:-1] + "\U0010ffff")


def _cursor(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise Unusable("this is not the cursor of a page")
    return int(text)


__all__ = [
    "LogLine",
    "NoSuchTicket",
    "TicketDetail",
    "TicketFilter",
    "TicketList",
    "due_soonest",
    "find",
    "list_tickets",
    "log_of",
    "show_ticket",
]
