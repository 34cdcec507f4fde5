"""Preventive work as it is lived: planned ahead, opened in time, done, missed, and planned again.

Calendar work is planned into jobs (one occurrence of one cause each), which open their tickets a lead time before
their day. Work that something else calls for (`Due`s) opens its ticket at once. No cause ever has two open
tickets: an occurrence that comes while the one before is still open raises the priority of that one instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from nms.access import MONITOR
from nms.calendars import DAY_SECONDS
from nms.model import DeviceId, Message, Severity, TicketKind, TicketStatus
from nms.store.records import serialise
from nms.store.tables.tickets import preventive_jobs, preventive_marks, tickets
from nms.tickets import life, persistence
from nms.tickets.case import Case, Draft
from nms.tickets.codes import Source
from nms.tickets.desk import TicketDesk
from nms.tickets.office import Office
from nms.tickets.preventive.causes import Due, MeterReading, calendar_dues, marks_to_set
from nms.tickets.preventive.planning import Job, Plan, Planned, Technician, plan_work

PLANNED, OPENED, DONE, SKIPPED = "planned", "opened", "done", "skipped"

_QUIET: Mapping[Source, float] = {
    Source.FORECAST: 3 * DAY_SECONDS,
    Source.CONFIGURATION: DAY_SECONDS,
    Source.METER: 7 * DAY_SECONDS,
}
"""How long after its work was done a cause may not call again; those not named are done with for good."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """What one run of the schedule has done."""

    planned: int = 0
    unplaced: tuple[Planned, ...] = ()
    opened: list[Case] = field(default_factory=list)
    escalated: list[Case] = field(default_factory=list)
    skipped: int = 0
    done: int = 0


def jobs_of(office: Office, dues: Iterable[Due]) -> list[Job]:
    """Calendar work as jobs to be placed."""
    jobs: list[Job] = []
    for due in dues:
        playbook = office.playbooks.playbooks[due.playbook]
        params = due.title.params
        jobs.append(
            Job(
                key=due.cause_key,
                earliest=due.earliest,
                latest=due.latest,
                minutes=float(playbook.estimated_minutes),
                skill=playbook.skill,
                department=due.department,
                site=due.site,
                title=": ".join(str(params[name]) for name in ("playbook", "subject") if params.get(name)),
                playbook=due.playbook,
                device=due.device or "",
            )
        )
    return jobs


def calendar_jobs(office: Office, start: float, end: float) -> list[Job]:
    """All calendar work of all playbooks within [start, end): what `plan_year` spreads."""
    dues = (due for one in office.playbooks.playbooks.values() for due in calendar_dues(one, office, start, end))
    return jobs_of(office, dues)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Plans and opens preventive work. Call `plan` daily and after the inventory changed, `run` every few minutes."""

    desk: TicketDesk
    horizon_days: int = 400

    def plan(self, connection: sa.Connection, technicians: Sequence[Technician], now: float) -> Scheduled:
        """Plans the calendar work of the horizon; what is planned keeps its place, what found none before is tried
        again (somebody learned, came or has time), what fell away is taken out."""
        serialise(connection, "preventive")
        office = self.desk.office
        jobs = calendar_jobs(office, now, now + self.horizon_days * DAY_SECONDS)
        known = self._known(connection, now)
        wanted = {(job.key, job.earliest) for job in jobs}
        gone = {key: row for key, row in known.items() if key not in wanted and row["due_from"] >= now}
        self._withdraw(connection, gone)
        fixed = [planned_of(row) for key, row in known.items() if key not in gone]
        waiting = {key: row["id"] for key, row in known.items() if _waits(row)}
        new = [job for job in jobs if (job.key, job.earliest) not in known or (job.key, job.earliest) in waiting]
        plan = plan_work(new, technicians, fixed=fixed, zone=office.zone)
        written = self._write(connection, [one for one in (*plan.placed, *plan.unplaced) if _key(one) not in known])
        found = self._place(connection, {waiting[_key(one)]: one for one in plan.placed if _key(one) in waiting})
        return Scheduled(planned=written + found, unplaced=plan.unplaced)

    def _write(self, connection: sa.Connection, planned: Sequence[Planned]) -> int:
        rows = [_row(one) for one in planned]
        for start in range(0, len(rows), 500):
            connection.execute(preventive_jobs.insert(), rows[start : start + 500])
        return len(rows)

    def _place(self, connection: sa.Connection, found: Mapping[int, Planned]) -> int:
        """Work that has waited for a place, by its number."""
        for number, one in found.items():
            place = {"planned_start": one.start, "planned_end": one.end, "technician": one.technician}
            connection.execute(preventive_jobs.update().where(preventive_jobs.c.id == number).values(**place))
        return len(found)

    def run(
        self,
        connection: sa.Connection,
        now: float,
        dues: Iterable[Due] = (),
        readings: Sequence[MeterReading] = (),
    ) -> Scheduled:
        """Settles what was done, and opens what is due by the calendar and by what `dues` say."""
        serialise(connection, "preventive")
        scheduled = Scheduled(done=self._settle(connection, now))
        self._mark_meters(connection, readings, now)
        skipped = sum(not self._open_job(connection, row, now, scheduled) for row in self._due_jobs(connection, now))
        for due in dues:
            self._open_due(connection, due, now, scheduled)
        return replace(scheduled, skipped=skipped)

    def marks(self, connection: sa.Connection) -> dict[str, float]:
        """The meter readings that the next work is judged from, by cause key (for `meter_dues`)."""
        query = sa.select(preventive_marks.c.cause_key, preventive_marks.c.meter)
        rows = connection.execute(query.where(preventive_marks.c.meter.is_not(None)))
        return {row.cause_key: row.meter for row in rows}

    def planned(self, connection: sa.Connection, start: float, end: float) -> Plan:
        """What is planned or opened for [start, end), by start."""
        column = preventive_jobs.c
        inside = (column.due_until > start) & (column.due_from < end) & column.state.in_([PLANNED, OPENED, DONE])
        rows = connection.execute(sa.select(preventive_jobs).where(inside).order_by(column.planned_start)).mappings()
        found = [planned_of(row) for row in rows]
        return Plan(tuple(one for one in found if one.placed), tuple(one for one in found if not one.placed))

    def _known(self, connection: sa.Connection, now: float) -> dict[tuple[str, float], sa.RowMapping]:
        """Occurrences to come, and earlier ones whose day is still to come."""
        column = preventive_jobs.c
        query = sa.select(preventive_jobs).where((column.due_from >= now) | (column.due_until >= now))
        return {(row["cause_key"], row["due_from"]): row for row in connection.execute(query).mappings()}

    def _withdraw(self, connection: sa.Connection, gone: Mapping[tuple[str, float], sa.RowMapping]) -> None:
        """Work for equipment that has left, or by a rule that has changed, is planned no more."""
        numbers = [row["id"] for row in gone.values() if row["state"] == PLANNED]
        for start in range(0, len(numbers), 500):
            chosen = preventive_jobs.c.id.in_(numbers[start : start + 500])
            connection.execute(preventive_jobs.delete().where(chosen))

    def _due_jobs(self, connection: sa.Connection, now: float) -> Sequence[sa.RowMapping]:
        """Planned jobs whose lead time has begun, by playbook because each has its own."""
        column, found = preventive_jobs.c, list[sa.RowMapping]()
        for playbook in self.desk.office.playbooks.playbooks.values():
            lead = playbook.lead_days * DAY_SECONDS
            day = sa.func.coalesce(column.planned_start, column.due_from)
            ready = (column.state == PLANNED) & (column.playbook == playbook.id) & (day <= now + lead)
            early = column.due_from <= now + lead + 366 * DAY_SECONDS
            query = sa.select(preventive_jobs).where(ready & early).order_by(column.due_from, column.id)
            found.extend(connection.execute(query).mappings())
        return found

    def _open_job(self, connection: sa.Connection, row: sa.RowMapping, now: float, scheduled: Scheduled) -> bool:
        before = persistence.active_for_cause(connection, row["cause_key"])
        if before is not None:
            scheduled.escalated.append(self._escalate(connection, before, now))
        gone = bool(row["device"]) and self.desk.office.device(row["device"]) is None
        if before is not None or gone or self._done_just_now(connection, row):
            self._set(connection, row["id"], state=SKIPPED)
            return False
        playbook = self.desk.office.playbooks.playbooks[row["playbook"]]
        subject = self.desk.office.device(row["device"])
        named = subject.name if subject else row["site"] or row["department"]
        title = Message(
            "{playbook}: {subject}" if named else "{playbook}", {"playbook": playbook.title, "subject": named}
        )
        draft = Draft(
            kind=TicketKind.PREVENTIVE,
            title=title,
            source=Source.CALENDAR,
            department=row["department"],
            site=row["site"],
            device=DeviceId(row["device"]) if row["device"] else None,
            severity=Severity.INFO,
            cause_key=row["cause_key"],
            playbook=playbook.id,
            assignee=row["technician"],
            scheduled_at=row["planned_start"],
            due_at=max(row["due_until"], now),
        )
        case = self.desk.open(connection, MONITOR, draft, now)
        self._set(connection, row["id"], state=OPENED, folio=case.folio)
        scheduled.opened.append(case)
        return True

    def _done_just_now(self, connection: sa.Connection, row: sa.RowMapping) -> bool:
        """Whether the work was last done so late that this occurrence would follow within half its period."""
        column = preventive_jobs.c
        earlier = (column.cause_key == row["cause_key"]) & (column.due_from < row["due_from"])
        previous = connection.execute(sa.select(sa.func.max(column.due_from)).where(earlier)).scalar()
        at = preventive_marks.c.cause_key == row["cause_key"]
        done = connection.execute(sa.select(preventive_marks.c.done_at).where(at)).scalar()
        if previous is None or done is None:
            return False
        return bool(row["due_from"] - done < (row["due_from"] - previous) / 2)

    def _open_due(self, connection: sa.Connection, due: Due, now: float, scheduled: Scheduled) -> None:
        former = persistence.latest_for_cause(connection, due.cause_key)
        if former is not None and (former.is_active or not self._may_call_again(due, former, now)):
            return
        draft = Draft(
            kind=TicketKind.PREVENTIVE,
            title=due.title,
            source=due.source,
            department=due.department,
            site=due.site,
            device=due.device,
            severity=Severity.INFO,
            cause_key=due.cause_key,
            playbook=due.playbook,
            due_at=due.latest,
        )
        scheduled.opened.append(self.desk.open(connection, MONITOR, draft, now))

    def _may_call_again(self, due: Due, former: Case, now: float) -> bool:
        quiet, ended = _QUIET.get(due.source), former.resolved_at or former.closed_at
        return quiet is not None and ended is not None and now - ended >= max(quiet, due.quiet_days * DAY_SECONDS)

    def _escalate(self, connection: sa.Connection, case: Case, now: float) -> Case:
        raised = life.prioritise(case, case.impact, case.urgency, max(1, case.priority - 1))
        missed = Message("the next occurrence has come and this one is not done: priority {new}", raised.message.params)
        return self.desk.commit(connection, MONITOR, case, replace(raised, message=missed), now)

    def _settle(self, connection: sa.Connection, now: float) -> int:
        """Notes what was done since the last run: jobs by their tickets."""
        ended = tickets.c.status.in_([TicketStatus.RESOLVED.value, TicketStatus.CLOSED.value])
        query = (
            sa.select(preventive_jobs.c.id, preventive_jobs.c.cause_key, tickets.c.resolved_at)
            .join(tickets, tickets.c.folio == preventive_jobs.c.folio)
            .where((preventive_jobs.c.state == OPENED) & ended)
        )
        rows = connection.execute(query).all()
        for row in rows:
            self._set(connection, row.id, state=DONE)
            self._mark(connection, row.cause_key, now, done_at=row.resolved_at or now)
        return len(rows)

    def _mark_meters(self, connection: sa.Connection, readings: Sequence[MeterReading], now: float) -> None:
        """Where meters are first seen, were reset, or had their work done since, the count starts anew."""
        marks = self.marks(connection)
        for key, value in marks_to_set(self.desk.office, readings, marks).items():
            self._mark(connection, key, now, meter=value)
        absolute = [one for one in readings if not one.window_days]
        by_place = {(one.metric, str(one.device), one.component.key): one.value for one in absolute}
        for key in self.marks(connection):
            place = _meter_place(key)
            case = persistence.latest_for_cause(connection, key) if place in by_place else None
            if case is None or case.is_active or case.resolved_at is None:
                continue
            at = preventive_marks.c.cause_key == key
            done = connection.execute(sa.select(preventive_marks.c.done_at).where(at)).scalar()
            if done is None or done < case.resolved_at:
                self._mark(connection, key, now, meter=by_place[place], done_at=case.resolved_at)

    def _mark(self, connection: sa.Connection, cause_key: str, now: float, **values: float) -> None:
        at = preventive_marks.c.cause_key == cause_key
        if connection.execute(preventive_marks.update().where(at).values(**values)).rowcount == 0:
            connection.execute(preventive_marks.insert().values(cause_key=cause_key, first_seen_at=now, **values))

    def _set(self, connection: sa.Connection, number: int, **values: str) -> None:
        connection.execute(preventive_jobs.update().where(preventive_jobs.c.id == number).values(**values))


def _key(planned: Planned) -> tuple[str, float]:
    return planned.job.key, planned.job.earliest


def _waits(row: sa.RowMapping) -> bool:
    """Whether work is still to be done and has nobody and no time."""
    return row["state"] == PLANNED and row["planned_start"] is None


def _meter_place(cause_key: str) -> tuple[str, str, str]:
    """The metric, device and component of a meter's cause key."""
    _, _, metric, device, component = [*cause_key.split("/", 4), "", "", "", ""][:5]
    return metric, device, component


def planned_of(row: sa.RowMapping) -> Planned:
    names = ("department", "site", "playbook", "device", "minutes")
    fields = {name: row[name] for name in names}
    job = Job(key=row["cause_key"], earliest=row["due_from"], latest=row["due_until"], **fields)
    place = (row["technician"], row["planned_start"], row["planned_end"])
    return Planned(job, *place, number=row["id"], state=row["state"], folio=row["folio"])


def _row(planned: Planned) -> dict[str, object]:
    job = planned.job
    return {
        "cause_key": job.key,
        "due_from": job.earliest,
        "due_until": job.latest,
        "playbook": job.playbook,
        "department": job.department,
        "site": job.site,
        "device": job.device,
        "minutes": job.minutes,
        "planned_start": planned.start,
        "planned_end": planned.end,
        "technician": planned.technician,
        "state": PLANNED,
        "folio": "",
    }
