"""What moving planned preventive work, or leaving it out, would do; told before anybody does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from nms.access import Actor, Permission
from nms.calendars import DAY_SECONDS, Interval, IntervalSet, ServiceHours, day_instant, wall_time
from nms.model import Inventory
from nms.queries.dossier import PlanPreview, PlanRow, TechnicianRow
from nms.queries.plan import row_of
from nms.queries.ports import NotFound, Rejected
from nms.store.records import Records
from nms.store.tables.tickets import preventive_jobs, preventive_marks
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import NoSuchWork, TicketError
from nms.tickets.preventive import TECHNICIAN, PlanDesk, knows
from nms.tickets.preventive.moving import Job
from nms.tickets.preventive.planning import monday
from nms.tickets.preventive.schedule import OPENED, PLANNED, planned_of


@dataclass(frozen=True, slots=True)
class Replanning:
    """`hours` are those in which technicians work."""

    desk: TicketDesk
    records: Records
    inventory: Inventory
    hours: ServiceHours

    def technicians(self) -> list[TechnicianRow]:
        """Who may get preventive work, by name."""
        people = [one for one in self.inventory.people.values() if TECHNICIAN in one.roles]
        return sorted((TechnicianRow(one.id, one.name) for one in people), key=lambda row: (row.name, row.id))

    def move(
        self, actor: Actor, number: int, now: float, *, technician: str = "", start: float | None = None
    ) -> PlanPreview:
        """Raises: Forbidden, NotFound, Rejected, as the act itself does."""
        with self._reading() as here:
            row, detail = self._plan_desk().moved(here, actor, number, now, technician=technician, start=start)
            person, begins, ends = str(detail["technician"]), detail["planned_start"], detail["planned_end"]
            assert isinstance(begins, float)
            assert isinstance(ends, float)
            others = self._of_week(here, row, person, begins)
            that_day = [one for one in others if self._day(one.planned_start) == self._day(begins)]
            return PlanPreview(
                work=self._row(row),
                technician=person,
                start=begins,
                end=ends,
                opens_at=max(now, begins - self._lead_seconds(row)),
                outside_hours=self._is_outside(begins, ends),
                lacks_skill=self._lacking(row, person),
                beyond=self._is_beyond(row, person),
                same_day=tuple(self._row(one) for one in that_day if actor.may(Permission.READ, one.department)),
                week_minutes=row.minutes + sum(one.minutes for one in others),
            )

    def skip(self, actor: Actor, number: int) -> PlanPreview:
        """Raises: Forbidden, NotFound, Rejected, as the act itself does."""
        column = preventive_jobs.c
        with self._reading() as here:
            row = self._plan_desk().job(here, actor, number)
            later = (column.cause_key == row.cause_key) & (column.due_from > row.due_from) & (column.state == PLANNED)
            following = here.execute(sa.select(preventive_jobs).where(later).order_by(column.due_from).limit(1)).first()
            at = preventive_marks.c.cause_key == row.cause_key
            done_at = here.execute(sa.select(preventive_marks.c.done_at).where(at)).scalar()
            return PlanPreview(self._row(row), following=self._row(following) if following else None, done_at=done_at)

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        try:
            with self.records.read() as connection:
                yield connection
        except NoSuchWork as error:
            raise NotFound(error.message) from None
        except TicketError as error:
            raise Rejected(error.message) from None

    def _plan_desk(self) -> PlanDesk:
        return PlanDesk(self.desk, {one.id for one in self.technicians()})

    def _row(self, row: Job) -> PlanRow:
        return row_of(self.desk, planned_of(row._mapping))

    def _of_week(self, here: sa.Connection, row: Job, person: str, begins: float) -> list[Job]:
        """What else the person has in the week of an instant."""
        column, zone = preventive_jobs.c, self.desk.office.zone
        first = monday(begins, zone)
        start, end = day_instant(first, 0, zone), day_instant(first + timedelta(days=7), 0, zone)
        inside = (column.planned_start >= start) & (column.planned_start < end) & (column.id != row.id)
        theirs = (column.technician == person) & column.state.in_([PLANNED, OPENED])
        query = sa.select(preventive_jobs).where(inside & theirs).order_by(column.planned_start)
        return list(here.execute(query))

    def _day(self, at: float) -> object:
        return wall_time(at, self.desk.office.zone).date()

    def _is_outside(self, begins: float, ends: float) -> bool:
        return bool(IntervalSet([Interval(begins, ends)]) - self.hours.intervals(begins, ends))

    def _lead_seconds(self, row: Job) -> float:
        playbook = self.desk.office.playbooks.get(row.playbook)
        return playbook.lead_days * DAY_SECONDS if playbook else 0.0

    def _lacking(self, row: Job, person: str) -> str:
        playbook, known = self.desk.office.playbooks.get(row.playbook), self.inventory.people.get(person)
        skill = playbook.skill if playbook else ""
        return "" if known is None or knows(known.skills, skill) else skill

    def _is_beyond(self, row: Job, person: str) -> bool:
        known = self.inventory.people.get(person)
        return bool(known and known.departments and row.department and row.department not in known.departments)
