"""Tickets as rows: checkout, commit, and what is written beside them. SQLAlchemy Core, one transaction an act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

import sqlalchemy as sa

from nms.access import Actor
from nms.messages import as_data, from_data
from nms.model import Message, TicketKind, TicketStatus
from nms.store.records import serialise
from nms.store.tables.tickets import (
    ticket_folios,
    ticket_log,
    ticket_pauses,
    ticket_symptoms,
    ticket_watchers,
    ticket_words,
    tickets,
)
from nms.text import clean
from nms.tickets.case import Case, Pause
from nms.tickets.errors import Changed, NoSuchTicket

_COLUMNS = tuple(one.name for one in fields(Case) if one.name not in ("id", "pauses"))


def next_folio(connection: sa.Connection, kind: TicketKind, prefix: str, year: int) -> str:
    """The next folio of a kind and year: `MC-2026-000123`.

    The number is raised in the caller's transaction: two writers wait for each other, and one that fails leaves
    no gap.
    """
    serialise(connection, "tickets")
    at = (ticket_folios.c.kind == kind.value) & (ticket_folios.c.year == year)
    last = connection.execute(sa.select(ticket_folios.c.last).where(at)).scalar()
    if last is None:
        connection.execute(ticket_folios.insert().values(kind=kind.value, year=year, last=1))
        return f"{prefix}-{year:04}-{1:06}"
    connection.execute(ticket_folios.update().where(at).values(last=last + 1))
    return f"{prefix}-{year:04}-{last + 1:06}"


def insert(connection: sa.Connection, case: Case) -> Case:
    """Writes a new ticket; returns it with its id."""
    done = connection.execute(tickets.insert().values(**_values(case)))
    assert done.inserted_primary_key is not None
    return replace(case, id=done.inserted_primary_key[0])


def checkout(connection: sa.Connection, folio: str) -> Case:
    """The ticket of a folio, locked until the transaction ends. Raises: NoSuchTicket."""
    row = connection.execute(sa.select(tickets).where(tickets.c.folio == folio).with_for_update()).mappings().first()
    if row is None:
        raise NoSuchTicket("there is no ticket {folio}", folio=clean(folio, limit=40))
    return _with_pauses(connection, case_from(row))


def read(connection: sa.Connection, folio: str) -> Case:
    """The ticket of a folio, to be looked at. Raises: NoSuchTicket."""
    row = connection.execute(sa.select(tickets).where(tickets.c.folio == folio)).mappings().first()
    if row is None:
        raise NoSuchTicket("there is no ticket {folio}", folio=clean(folio, limit=40))
    return _with_pauses(connection, case_from(row))


def by_id(connection: sa.Connection, number: int) -> Case:
    """A ticket by its row, to be looked at."""
    row = connection.execute(sa.select(tickets).where(tickets.c.id == number)).mappings().one()
    return _with_pauses(connection, case_from(row))


def active_for_cause(connection: sa.Connection, cause_key: str) -> Case | None:
    """The open ticket of a cause, if there is one."""
    return _one(connection, tickets.c.open_cause == cause_key)


def latest_for_cause(connection: sa.Connection, cause_key: str) -> Case | None:
    """The newest ticket of a cause, open or not."""
    return _one(connection, tickets.c.cause_key == cause_key)


def of_incident(connection: sa.Connection, incident: int) -> Case | None:
    """The newest ticket of an incident."""
    return _one(connection, tickets.c.incident == incident)


def ids_of_incidents(connection: sa.Connection, incidents: Iterable[int]) -> dict[int, int]:
    """The id of the newest ticket of each incident that has one."""
    wanted = list(incidents)
    found: dict[int, int] = {}
    for start in range(0, len(wanted), 500):
        query = (
            sa.select(tickets.c.incident, tickets.c.id)
            .where(tickets.c.incident.in_(wanted[start : start + 500]))
            .order_by(tickets.c.id)
        )
        found.update({row.incident: row.id for row in connection.execute(query)})
    return found


def _one(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Case | None:
    query = sa.select(tickets).where(condition).order_by(tickets.c.id.desc()).limit(1).with_for_update()
    row = connection.execute(query).mappings().first()
    return _with_pauses(connection, case_from(row)) if row is not None else None


def commit(connection: sa.Connection, before: Case, after: Case, now: float) -> Case:
    """Writes what has changed. Raises: Changed when somebody else has written the ticket meanwhile."""
    after = replace(after, updated_at=now, revision=before.revision + 1)
    done = connection.execute(
        tickets.update()
        .where((tickets.c.id == before.id) & (tickets.c.revision == before.revision))
        .values(**_values(after))
    )
    if done.rowcount != 1:
        raise Changed("{folio} was changed by somebody else just now: read it again", folio=before.folio)
    if after.pauses != before.pauses:
        _write_pauses(connection, after)
    return after


def write_log(
    connection: sa.Connection, case: Case, actor: Actor, action: str, message: Message, now: float, note: str = ""
) -> None:
    """Adds a line to the log of a ticket."""
    connection.execute(
        ticket_log.insert().values(
            ticket=case.id,
            at=now,
            actor=clean(actor.name, limit=120),
            origin=clean(actor.origin, limit=200),
            action=action,
            status=case.status.value,
            message=as_data(message),
            note=note,
        )
    )


def index_words(connection: sa.Connection, ticket: int, found: set[str]) -> None:
    """Makes a ticket findable by words, besides those it has."""
    if not found:
        return
    query = sa.select(ticket_words.c.word).where((ticket_words.c.ticket == ticket) & ticket_words.c.word.in_(found))
    known = set(connection.execute(query).scalars())
    rows = [{"word": word, "ticket": ticket} for word in sorted(found - known)]
    if rows:
        connection.execute(ticket_words.insert(), rows)


def forget_words(connection: sa.Connection, ticket: int) -> None:
    connection.execute(ticket_words.delete().where(ticket_words.c.ticket == ticket))


def watch(connection: sa.Connection, ticket: int, people: Iterable[str]) -> None:
    """Adds watchers; who watches already is left."""
    query = sa.select(ticket_watchers.c.person).where(ticket_watchers.c.ticket == ticket)
    known = set(connection.execute(query).scalars())
    harmless = {clean(one, limit=120) for one in people} - {""}
    rows = [{"ticket": ticket, "person": person} for person in sorted(harmless - known)]
    if rows:
        connection.execute(ticket_watchers.insert(), rows)


def unwatch(connection: sa.Connection, ticket: int, person: str) -> None:
    matching = (ticket_watchers.c.ticket == ticket) & (ticket_watchers.c.person == clean(person, limit=120))
    connection.execute(ticket_watchers.delete().where(matching))


def join_symptoms(connection: sa.Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Adds symptoms (ticket, key, device, department, joined_at); returns those that are new or came back."""
    new: list[dict[str, Any]] = []
    for row in rows:
        at = (ticket_symptoms.c.ticket == row["ticket"]) & (ticket_symptoms.c.key == row["key"])
        known = connection.execute(sa.select(ticket_symptoms.c.recovered_at).where(at)).first()
        if known is None:
            connection.execute(ticket_symptoms.insert().values(**row))
            new.append(row)
        elif known.recovered_at is not None:
            connection.execute(ticket_symptoms.update().where(at).values(recovered_at=None))
            new.append(row)
    return new


def recover_symptoms(connection: sa.Connection, key: str, at: float) -> None:
    """Notes that one alert behind any open ticket is over."""
    matching = (ticket_symptoms.c.key == key) & ticket_symptoms.c.recovered_at.is_(None)
    connection.execute(ticket_symptoms.update().where(matching).values(recovered_at=at))


def case_from(row: sa.RowMapping) -> Case:
    """A ticket from its row, without its pauses."""
    values = {name: row[name] for name in _COLUMNS}
    values["kind"], values["status"] = TicketKind(row["kind"]), TicketStatus(row["status"])
    values["title"] = from_data(row["title"])
    return Case(id=row["id"], **values)


def _values(case: Case) -> dict[str, Any]:
    values = {name: getattr(case, name) for name in _COLUMNS}
    values["kind"], values["status"] = case.kind.value, case.status.value
    values["title"] = as_data(case.title)
    values["open_cause"] = case.cause_key if case.is_active and case.cause_key else None
    return values


def _with_pauses(connection: sa.Connection, case: Case) -> Case:
    query = sa.select(ticket_pauses).where(ticket_pauses.c.ticket == case.id).order_by(ticket_pauses.c.id)
    pauses = tuple(Pause(row.reason, row.from_at, row.to_at) for row in connection.execute(query))
    return replace(case, pauses=pauses) if pauses else case


def _write_pauses(connection: sa.Connection, case: Case) -> None:
    connection.execute(ticket_pauses.delete().where(ticket_pauses.c.ticket == case.id))
    rows = [
        {"ticket": case.id, "reason": pause.reason, "from_at": pause.from_at, "to_at": pause.to_at}
        for pause in case.pauses
    ]
    if rows:
        connection.execute(ticket_pauses.insert(), rows)
