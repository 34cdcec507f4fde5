"""What work on a ticket costs and leaves behind: time, parts, attachments."""

from __future__ import annotations

import math

import sqlalchemy as sa

from nms.access import Actor, Permission, require
from nms.model import Message
from nms.store.tables.tickets import ticket_attachments, ticket_parts, ticket_work
from nms.text import clean
from nms.tickets import persistence
from nms.tickets.attachments import StoredFile, file_name
from nms.tickets.case import Case
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import NoSuchTicket, Unusable
from nms.tickets.life import Moved

_LONGEST_MINUTES = 7 * 24 * 60.0
_MOST_ATTACHMENTS = 100


def spend(
    connection: sa.Connection,
    desk: TicketDesk,
    actor: Actor,
    folio: str,
    minutes: float,
    now: float,
    *,
    person: str = "",
    cost: float = 0.0,
    note: str = "",
) -> None:
    """Notes time that somebody has worked, with its cost where it is paid for (a vendor's visit)."""
    case = desk.checkout(connection, actor, folio, Permission.WORK_TICKET)
    if not 0 < minutes <= _LONGEST_MINUTES:
        raise Unusable("time spent runs from one minute to a week")
    worker, text = clean(person or actor.name, limit=120), clean(note, limit=1000)
    row = {"person": worker, "minutes": minutes, "cost": _cost(cost), "note": text}
    connection.execute(ticket_work.insert().values(ticket=case.id, at=now, **row))
    message = Message("{minutes} minutes by {person}", {"minutes": minutes, "person": worker})
    desk.commit(connection, actor, case, Moved(case, "spend", message), now, text)


def use_part(
    connection: sa.Connection,
    desk: TicketDesk,
    actor: Actor,
    folio: str,
    name: str,
    now: float,
    *,
    quantity: float = 1.0,
    unit_cost: float = 0.0,
    serial: str = "",
) -> None:
    """Notes a part that was used."""
    case = desk.checkout(connection, actor, folio, Permission.WORK_TICKET)
    part = clean(name, limit=200)
    if not part or not 0 < quantity <= 1e6:
        raise Unusable("a part needs a name and a quantity above 0")
    row = {"name": part, "serial": clean(serial, limit=100), "quantity": quantity, "unit_cost": _cost(unit_cost)}
    connection.execute(ticket_parts.insert().values(ticket=case.id, at=now, actor=actor.name, **row))
    message = Message("{quantity} × {part}", {"quantity": quantity, "part": part})
    desk.commit(connection, actor, case, Moved(case, "part", message), now)


def may_attach(connection: sa.Connection, actor: Actor, folio: str) -> None:
    """Looks before a file is written, so that nobody fills the disk who may not. Raises: Forbidden, Unusable."""
    case = persistence.read(connection, folio)
    require(actor, Permission.NOTE_TICKET, case.department)
    query = sa.select(sa.func.count()).where(ticket_attachments.c.ticket == case.id)
    if connection.execute(query).scalar_one() >= _MOST_ATTACHMENTS:
        raise Unusable("{folio} has {count} attachments already", folio=folio, count=_MOST_ATTACHMENTS)


def attach(
    connection: sa.Connection, desk: TicketDesk, actor: Actor, folio: str, name: str, kept: StoredFile, now: float
) -> int:
    """Attaches a file that is kept already (`AttachmentStore.put`); returns its number."""
    case = desk.checkout(connection, actor, folio, Permission.NOTE_TICKET)
    may_attach(connection, actor, folio)
    named = file_name(name, kept.media_type)
    row = {"name": named, "media_type": kept.media_type, "size": kept.size, "sha256": kept.sha256}
    who = clean(actor.name, limit=120)
    done = connection.execute(ticket_attachments.insert().values(ticket=case.id, at=now, actor=who, **row))
    message = Message("attached {name}", {"name": named})
    desk.commit(connection, actor, case, Moved(case, "attach", message), now)
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def attachment_of(connection: sa.Connection, case: Case, number: int) -> sa.RowMapping:
    """The row of one file of a ticket. Raises: NoSuchTicket where the ticket has none of this number."""
    at = (ticket_attachments.c.ticket == case.id) & (ticket_attachments.c.id == number)
    row = connection.execute(sa.select(ticket_attachments).where(at)).mappings().first()
    if row is None:
        raise NoSuchTicket("{folio} has no attachment {number}", folio=case.folio, number=number)
    return row


def _cost(cost: float) -> float:
    if not (math.isfinite(cost) and 0 <= cost <= 1e9):
        raise Unusable("a cost is a number from 0 up")
    return cost
