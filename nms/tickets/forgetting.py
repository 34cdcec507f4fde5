"""What people wrote of themselves in fault reports goes when its time is over: from the reports, and from the tickets
that were made of them. What stays is what the office did: times, states, causes, work, and the number of the report.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from nms.messages import as_data
from nms.model import Message, TicketStatus
from nms.store.records import Records
from nms.store.tables.tickets import ticket_attachments, ticket_log, tickets
from nms.store.tables.web import fault_reports
from nms.tickets import persistence
from nms.tickets.codes import Source
from nms.tickets.desk import TicketDesk

REPORTER = "report"
"""The name under which reporters stand in tickets."""
_GONE = Message("a file of the report, removed since its time is over")


def forget(records: Records, desk: TicketDesk, now: float, keep_seconds: float) -> int:
    """Removes what reporters wrote, so long after their ticket closed; returns of how many reports."""
    column = fault_reports.c
    ended = sa.select(tickets.c.folio).where(
        tickets.c.status == TicketStatus.CLOSED.value, tickets.c.closed_at < now - keep_seconds
    )
    due = column.forgotten_at.is_(None) & column.folio.in_(ended)
    with records.begin() as connection:
        folios = connection.execute(sa.select(column.folio).where(due).distinct()).scalars().all()
        for folio in folios:
            _redact(connection, desk, folio)
        statement = fault_reports.update().where(due).values(contact="", what="", place="", forgotten_at=now)
        return connection.execute(statement).rowcount


def _redact(connection: sa.Connection, desk: TicketDesk, folio: str) -> None:
    """A ticket without the reporters' words and files; those of the office's own people stay."""
    case = persistence.read(connection, folio)
    theirs = (ticket_log.c.ticket == case.id) & (ticket_log.c.actor == REPORTER)
    connection.execute(ticket_log.update().where(theirs).values(note="", origin=""))
    attached = theirs & (ticket_log.c.action == "attach")
    connection.execute(ticket_log.update().where(attached).values(message=as_data(_GONE)))
    files = (ticket_attachments.c.ticket == case.id) & (ticket_attachments.c.actor == REPORTER)
    connection.execute(ticket_attachments.delete().where(files))
    if case.source == Source.REPORT:
        title = Message("Reported: {what}", {"what": case.reporter})
        values = {"title": as_data(title), "description": ""}
        connection.execute(tickets.update().where(tickets.c.id == case.id).values(values))
    desk.index_anew(connection, persistence.read(connection, folio), _notes(connection, case.id))


def _notes(connection: sa.Connection, ticket: int) -> Sequence[str]:
    return connection.execute(sa.select(ticket_log.c.note).where(ticket_log.c.ticket == ticket)).scalars().all()
