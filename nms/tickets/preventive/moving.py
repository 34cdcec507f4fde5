"""What people change in the plan of preventive work: another person, another time, or not this time.

Only work whose ticket is not open yet; what is open is assigned and put on hold as any ticket.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from nms.access import Actor, Permission, require
from nms.store.records import serialise
from nms.store.tables.tickets import preventive_jobs
from nms.text import clean
from nms.tickets.desk import Detail, TicketDesk
from nms.tickets.errors import NoSuchWork, NotNow, Unusable
from nms.tickets.preventive.schedule import OPENED, PLANNED, SKIPPED

Job = sa.Row[tuple[object]]
"""A row of `preventive_jobs`."""


@dataclass(frozen=True, slots=True)
class PlanDesk:
    """Changes to one occurrence of planned work, named by its number in the plan. `technicians`: who may get work."""

    desk: TicketDesk
    technicians: Collection[str]

    def move(
        self,
        connection: sa.Connection,
        actor: Actor,
        number: int,
        now: float,
        *,
        technician: str = "",
        start: float | None = None,
    ) -> None:
        """Gives the work another person, another time within its room, or both; what is left out stays as it is.

        Raises: Forbidden, NoSuchWork, NotNow, Unusable.
        """
        serialise(connection, "preventive")
        row, detail = self.moved(connection, actor, number, now, technician=technician, start=start)
        self._change(connection, row, detail)
        self._audit(connection, actor, "move", row, now, detail)

    def moved(
        self,
        connection: sa.Connection,
        actor: Actor,
        number: int,
        now: float,
        *,
        technician: str = "",
        start: float | None = None,
    ) -> tuple[Job, Detail]:
        """The work as it is, and what `move` would make of it; refuses what that would refuse."""
        row = self.job(connection, actor, number)
        person = clean(technician, limit=120) or row.technician
        begins = row.planned_start if start is None else start
        if not person or begins is None:
            raise Unusable("this work has found no place yet: say both who does it and when")
        if technician and person not in self.technicians:
            raise Unusable("“{person}” is no technician of the inventory", person=person)
        ends = begins + row.minutes * 60
        self._require_room(row, begins, ends, now)
        self._require_free(connection, row, person, begins, ends)
        return row, {"technician": person, "planned_start": begins, "planned_end": ends}

    def skip(self, connection: sa.Connection, actor: Actor, number: int, reason: str, now: float) -> None:
        """Leaves this occurrence out, with a reason. Raises: Forbidden, NoSuchWork, NotNow, Unusable."""
        serialise(connection, "preventive")
        row = self.job(connection, actor, number)
        said = clean(reason, limit=1000)
        if not said:
            raise Unusable("say why this work is left out")
        self._change(connection, row, {"state": SKIPPED})
        self._audit(connection, actor, "skip", row, now, {"due_from": row.due_from, "reason": said})

    def job(self, connection: sa.Connection, actor: Actor, number: int) -> Job:
        """The work, while its ticket is not open. Raises: Forbidden, NoSuchWork, NotNow."""
        require(actor, Permission.PLAN)
        row = connection.execute(sa.select(preventive_jobs).where(preventive_jobs.c.id == number)).first()
        if row is None:
            raise NoSuchWork("there is no planned work {number}: “nms ticket plan” shows what there is", number=number)
        require(actor, Permission.PLAN, row.department or None)
        if row.state == OPENED:
            raise NotNow(
                "the ticket {folio} of this work is open already: assign that, or put it on hold", folio=row.folio
            )
        if row.state != PLANNED:
            raise NotNow("this work is not planned any more")
        return row

    def _require_room(self, row: Job, begins: float, ends: float, now: float) -> None:
        if begins < now:
            raise Unusable("planned work begins in the future")
        if begins < row.due_from or ends > row.due_until:
            room = {"start": self._clock(row.due_from), "end": self._clock(row.due_until)}
            raise Unusable("this work has to be done between {start} and {end}", **room)

    def _require_free(self, connection: sa.Connection, row: Job, person: str, begins: float, ends: float) -> None:
        """Nobody does two things at one time."""
        column = preventive_jobs.c
        meanwhile = (column.planned_start < ends) & (column.planned_end > begins) & (column.id != row.id)
        theirs = (column.technician == person) & column.state.in_([PLANNED, OPENED])
        other = connection.execute(sa.select(preventive_jobs).where(theirs & meanwhile).limit(1)).first()
        if other is not None:
            named = {"person": person, "number": other.id, "start": self._clock(other.planned_start)}
            raise Unusable("“{person}” has other work then: number {number}, from {start}", **named)

    def _clock(self, at: float) -> str:
        return f"{datetime.fromtimestamp(at, self.desk.office.zone):%Y-%m-%d %H:%M}"

    def _change(self, connection: sa.Connection, row: Job, values: Detail) -> None:
        connection.execute(preventive_jobs.update().where(preventive_jobs.c.id == row.id).values(**values))

    def _audit(
        self,
        connection: sa.Connection,
        actor: Actor,
        action: str,
        row: Job,
        now: float,
        detail: Detail,
    ) -> None:
        self.desk.audit.append(connection, actor, action, "preventive", row.cause_key, now, detail)
