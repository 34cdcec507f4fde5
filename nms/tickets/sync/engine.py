"""Two-way synchronisation of tickets with another system: nothing is lost, nothing is done twice.

The log of tickets is the outbox. For each ticket it is kept how far the other side has heard (`pushed_log`) and how far
we have (`seen`). Each line is sent with a mark by which the other side can tell that it has it, and is noted as
sent in a transaction of its own afterwards. A remote change is written together with the note that we have it.
The other side is never asked inside a transaction: it may be slow, or gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from nms.access import Actor, UserRole
from nms.i18n import render
from nms.messages import from_data
from nms.model import Message, TicketStatus
from nms.store.records import Records, serialise
from nms.store.tables.sync import ticket_cursors, ticket_remotes
from nms.store.tables.tickets import ticket_log, tickets
from nms.text import clean
from nms.tickets import persistence
from nms.tickets.codes import word
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import TicketError
from nms.tickets.sync.remote import RemoteChange, RemoteLine, RemoteRefused, RemoteTickets, RemoteUnavailable

_SLACK = 5000
"""Lines of the log that are looked at again: two writers may commit out of the order of their numbers."""

_AT_ONCE = 200
_OVERLAP_SECONDS = 600.0
_FIRST_LOOK_SECONDS = 86_400.0
_LONGEST_WAIT = 3600.0
NEVER = 1e15
"""When the next turn of a ticket is of which the other side has heard everything."""

_UNSENT = ticket_log.c.id > ticket_remotes.c.pushed_log


@dataclass(frozen=True, slots=True)
class Synchronised:
    """What one pass has done; `problems` are sentences for the operator."""

    created: int = 0
    sent: int = 0
    received: int = 0
    problems: tuple[str, ...] = ()


@dataclass(slots=True)
class _Pass:
    created: int = 0
    sent: int = 0
    received: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Synchroniser:
    """Keeps the tickets of one desk and of one other system alike. Call `run` every minute, from one thread."""

    records: Records
    desk: Callable[[], TicketDesk]
    remote: RemoteTickets
    language: str = "es"

    def run(self, now: float) -> Synchronised:
        """Sends what is new here, takes over what is new there. An outage ends the pass; the next goes on."""
        work = _Pass()
        try:
            self._notice(now)
            for ticket in self._waiting(now):
                self._push(ticket, now, work)
            self._pull(now, work)
        except RemoteRefused as refused:
            work.problems.append(str(refused))
        except RemoteUnavailable as outage:
            work.problems.append(str(outage))
        return Synchronised(work.created, work.sent, work.received, tuple(work.problems))

    def _notice(self, now: float) -> None:
        """Wakes the row of each ticket that has something new in its log, or makes it one. The first time, only
        open tickets go."""
        name = self.remote.name
        with self.records.begin() as connection:
            serialise(connection, f"sync/{name}")
            newest = connection.execute(sa.select(sa.func.max(ticket_log.c.id))).scalar() or 0
            known = connection.execute(sa.select(ticket_cursors).where(ticket_cursors.c.system == name)).first()
            changed = sa.select(ticket_log.c.ticket).distinct()
            if known is None:
                connection.execute(ticket_cursors.insert().values(system=name, log=newest, pulled_at=0.0))
                ended = [TicketStatus.CLOSED.value, TicketStatus.RESOLVED.value]
                changed = sa.select(tickets.c.id).where(tickets.c.status.not_in(ended))
            else:
                changed = changed.where(ticket_log.c.id > known.log - _SLACK)
                at = ticket_cursors.c.system == name
                connection.execute(ticket_cursors.update().where(at).values(log=newest))
            mine = ticket_remotes.c.system == name
            more = sa.exists().where((ticket_log.c.ticket == ticket_remotes.c.ticket) & _UNSENT)
            asleep = mine & (ticket_remotes.c.due_at >= NEVER) & ticket_remotes.c.ticket.in_(changed) & more
            connection.execute(ticket_remotes.update().where(asleep).values(due_at=now))
            real = sa.select(tickets.c.id).where(~tickets.c.simulated & tickets.c.id.in_(changed))
            unknown = ~sa.exists().where(mine & (ticket_remotes.c.ticket == tickets.c.id))
            new = connection.execute(real.where(unknown)).scalars().all()
            empty = {"system": name, "remote": None, "pushed_log": 0, "seen": 0, "attempts": 0, "last_error": ""}
            rows = [{**empty, "ticket": ticket, "due_at": now} for ticket in new]
            if rows:
                connection.execute(ticket_remotes.insert(), rows)

    def _waiting(self, now: float) -> list[int]:
        """Tickets with something to be sent, whose turn has come."""
        column = ticket_remotes.c
        due = (column.system == self.remote.name) & (column.due_at <= now)
        with self.records.read() as connection:
            query = sa.select(column.ticket).where(due).order_by(column.due_at, column.ticket).limit(_AT_ONCE)
            return list(connection.execute(query).scalars())

    def _push(self, ticket: int, now: float, work: _Pass) -> None:
        try:
            self._send(ticket, now, work)
        except RemoteRefused as refused:
            self._postpone(ticket, now, str(refused))
            work.problems.append(str(refused))
        except RemoteUnavailable as outage:
            self._postpone(ticket, now, str(outage))
            raise

    def _send(self, ticket: int, now: float, work: _Pass) -> None:
        with self.records.read() as connection:
            row = connection.execute(sa.select(ticket_remotes).where(self._at(ticket))).one()
            case = persistence.by_id(connection, ticket)
            after = (ticket_log.c.ticket == ticket) & (ticket_log.c.id > row.pushed_log)
            lines = connection.execute(sa.select(ticket_log).where(after).order_by(ticket_log.c.id)).all()
        remote = row.remote
        if remote is None:
            remote = self.remote.create(case, render(case.title, self.language), case.description or case.folio)
            self._note(ticket, remote=remote)
            work.created += 1
        for line in lines:
            if not line.origin.startswith(f"{self.remote.name}:") and line.action != "open":
                said = render(from_data(line.message), self.language)
                text = f"{line.actor}: {said}" + (f"\n{line.note}" if line.note else "")
                mark = f"nms-{case.folio}-{line.id}"
                told = RemoteLine(mark, line.at, line.actor, line.action, line.status, text)
                self.remote.comment(remote, case, told)
                work.sent += 1
            self._note(ticket, pushed_log=line.id)
        self.remote.set_status(remote, case.status.value)
        self._note(ticket, attempts=0, last_error="", due_at=NEVER)

    def _pull(self, now: float, work: _Pass) -> None:
        name = self.remote.name
        with self.records.read() as connection:
            at = ticket_cursors.c.system == name
            pulled_at = connection.execute(sa.select(ticket_cursors.c.pulled_at).where(at)).scalar_one()
        their_now = self.remote.time()
        since = pulled_at or their_now - _FIRST_LOOK_SECONDS
        for remote in self.remote.changed_since(since - _OVERLAP_SECONDS):
            ours = self._mapped(remote)
            for change in self.remote.changes(remote, ours.seen) if ours else ():
                assert ours is not None
                self._take(ours.ticket, change, now)
                work.received += 1
        with self.records.begin() as connection:
            connection.execute(ticket_cursors.update().where(at).values(pulled_at=their_now))

    def _mapped(self, remote: str) -> sa.Row[Any] | None:
        """Which of our tickets it is, and how far we have heard of it; None for one that is not ours."""
        at = (ticket_remotes.c.system == self.remote.name) & (ticket_remotes.c.remote == remote)
        with self.records.read() as connection:
            return connection.execute(sa.select(ticket_remotes).where(at)).first()

    def _take(self, ticket: int, change: RemoteChange, now: float) -> None:
        """Does here what was done there, and notes that we have it, in one transaction."""
        origin = f"{self.remote.name}:{change.number}"
        who = Actor(change.who, frozenset({UserRole.TECHNICIAN, UserRole.MANAGER}), origin=origin)
        with self.records.begin() as connection:
            serialise(connection, f"sync/{self.remote.name}")
            seen = connection.execute(sa.select(ticket_remotes.c.seen).where(self._at(ticket))).scalar_one()
            if change.number <= seen:
                return
            case = persistence.by_id(connection, ticket)
            if clean(change.text):
                self.desk().note(connection, who, case.folio, change.text, now)
            elif change.status:
                self._follow(connection, who, case.folio, change.status, now)
            connection.execute(ticket_remotes.update().where(self._at(ticket)).values(seen=change.number))

    def _follow(self, connection: sa.Connection, who: Actor, folio: str, status: str, now: float) -> None:
        """The status over there becomes ours, where our rules let it; where not, the reason is noted and sent back."""
        desk = self.desk()
        case = persistence.read(connection, folio)
        try:
            with connection.begin_nested():
                if status == "resolved" and case.is_active:
                    desk.resolve(connection, who, folio, now, cause="unknown", solution="completed")
                elif status == "on-hold" and case.status is not TicketStatus.ON_HOLD and case.is_active:
                    desk.hold(connection, who, folio, "vendor", now)
                elif status == "in-progress" and not case.is_active:
                    desk.reopen(connection, who, folio, now, f"opened again in {self.remote.name}")
                elif status == "in-progress" and case.status is TicketStatus.ON_HOLD:
                    desk.resume(connection, who, folio, now)
                elif status == "in-progress" and case.status is not TicketStatus.IN_PROGRESS:
                    desk.start(connection, who, folio, now)
        except TicketError as refused:
            here = Actor(f"{who.name}", who.roles, origin="sync")
            why, meant = render(refused.message, self.language), render(Message(word("status", status)), self.language)
            desk.note(connection, here, folio, f"{self.remote.name}, {meant}: {why}", now)

    def _postpone(self, ticket: int, now: float, why: str) -> None:
        with self.records.begin() as connection:
            attempts = connection.execute(sa.select(ticket_remotes.c.attempts).where(self._at(ticket))).scalar_one()
            wait = min(_LONGEST_WAIT, 30.0 * 2 ** min(attempts, 10))
            values = {"attempts": attempts + 1, "due_at": now + wait, "last_error": clean(why, limit=300)}
            connection.execute(ticket_remotes.update().where(self._at(ticket)).values(**values))

    def _note(self, ticket: int, **values: object) -> None:
        with self.records.begin() as connection:
            connection.execute(ticket_remotes.update().where(self._at(ticket)).values(**values))

    def _at(self, ticket: int) -> sa.ColumnElement[bool]:
        return (ticket_remotes.c.system == self.remote.name) & (ticket_remotes.c.ticket == ticket)


@dataclass(frozen=True, slots=True)
class Lag:
    """What the other side has not heard of: how many tickets, since when, and what was last in the way."""

    system: str
    tickets: int
    since: float
    error: str


def lag(connection: sa.Connection, system: str) -> Lag | None:
    """None where everything was told."""
    column = ticket_remotes.c
    mine = (column.system == system) & (column.due_at < NEVER)
    joined = sa.join(ticket_remotes, ticket_log, (ticket_log.c.ticket == column.ticket) & _UNSENT)
    query = sa.select(sa.func.count(column.ticket.distinct()), sa.func.min(ticket_log.c.at)).select_from(joined)
    count, since = connection.execute(query.where(mine)).one()
    if not count or since is None:
        return None
    failed = mine & (column.last_error != "")
    error = connection.execute(sa.select(column.last_error).where(failed).order_by(column.due_at).limit(1)).scalar()
    return Lag(system, count, since, error or "")
