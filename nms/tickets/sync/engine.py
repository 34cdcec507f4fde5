"""Two-way synchronisation of tickets with another system: nothing is lost, nothing is done twice.

The log of tickets is the outbox. For each ticket it is kept how far the other side has heard (`pushed_log`) and how far
we have (`seen`). Each line is sent with a mark by which the other side can tell that it has it, and is noted as
sent in a transaction of its own afterwards. A remote change is written together with the note that we have it.
The other side is never asked inside a transaction: it may be slow, or gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from nms.access import Actor, UserRole
from nms.i18n import render
from nms.model import TicketStatus
from nms.store.records import Records, serialise
from nms.store.tables.sync import ticket_cursors, ticket_remotes
from nms.store.tables.tickets import ticket_log, tickets
from nms.text import clean
from nms.tickets import persistence
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import TicketError
from nms.tickets.sync.remote import RemoteChange, RemoteRefused, RemoteTickets, RemoteUnavailable

_SLACK = 5000
"""Lines of the log that are looked at again: two writers may commit out of the order of their numbers."""

_AT_ONCE = 200
_OVERLAP_SECONDS = 600.0
_FIRST_LOOK_SECONDS = 86_400.0
_LONGEST_WAIT = 3600.0


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
        """Makes a row for each ticket that has something new in its log. The first time, only open tickets go."""
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
            mapped = sa.select(ticket_remotes.c.ticket).where(ticket_remotes.c.system == name)
            real = sa.select(tickets.c.id).where(~tickets.c.simulated & tickets.c.id.in_(changed))
            new = connection.execute(real.where(tickets.c.id.not_in(mapped))).scalars().all()
            empty = {"system": name, "remote": None, "pushed_log": 0, "seen": 0, "attempts": 0, "last_error": ""}
            rows = [{**empty, "ticket": ticket, "due_at": now} for ticket in new]
            if rows:
                connection.execute(ticket_remotes.insert(), rows)

    def _waiting(self, now: float) -> list[int]:
        """Tickets whose log has lines that the other side has not, and whose turn has come."""
        column = ticket_remotes.c
        more = sa.exists().where((ticket_log.c.ticket == column.ticket) & (ticket_log.c.id > column.pushed_log))
        due = (column.system == self.remote.name) & (column.due_at <= now) & more
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
                said = render(persistence.message_from(line.message), self.language)
                text = f"{line.actor}: {said}" + (f"\n{line.note}" if line.note else "")
                self.remote.comment(remote, f"nms-{case.folio}-{line.id}", text)
                work.sent += 1
            self._note(ticket, pushed_log=line.id)
        self.remote.set_status(remote, case.status.value)
        self._note(ticket, attempts=0, last_error="", due_at=now)

    def _pull(self, now: float, work: _Pass) -> None:
        name = self.remote.name
        with self.records.read() as connection:
            at = ticket_cursors.c.system == name
            pulled_at = connection.execute(sa.select(ticket_cursors.c.pulled_at).where(at)).scalar_one()
            query = sa.select(ticket_remotes).where(ticket_remotes.c.system == name)
            mapped = {row.remote: row for row in connection.execute(query) if row.remote is not None}
        their_now = self.remote.time()
        since = pulled_at or their_now - _FIRST_LOOK_SECONDS
        for remote in self.remote.changed_since(since - _OVERLAP_SECONDS):
            if remote not in mapped:
                continue
            for change in self.remote.changes(remote, mapped[remote].seen):
                self._take(mapped[remote].ticket, change, now)
                work.received += 1
        with self.records.begin() as connection:
            connection.execute(ticket_cursors.update().where(at).values(pulled_at=their_now))

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
            if change.text:
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
            desk.note(connection, here, folio, f"{self.remote.name}: {status}: {refused}", now)

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
