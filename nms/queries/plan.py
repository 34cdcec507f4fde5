"""The plan of preventive work: what is to be done when and by whom, as rows and for other programs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from nms.queries.dossier import PlanRow
from nms.store.records import Records
from nms.tickets.desk import TicketDesk
from nms.tickets.preventive import Plan, Planned, Schedule, to_csv, to_icalendar


def plan(desk: TicketDesk, records: Records, start: float, end: float, departments: Sequence[str] = ()) -> Plan:
    """What is planned, opened or done in [start, end); with departments, of those alone."""
    with records.read() as connection:
        found = Schedule(desk).planned(connection, start, end)
    mine = [
        [_titled(desk, one) for one in part if _concerns(one, departments)] for part in (found.placed, found.unplaced)
    ]
    return Plan(tuple(mine[0]), tuple(mine[1]))


def rows(found: Plan) -> list[PlanRow]:
    """By start; what found no place stands last."""
    return [_row(one) for one in (*found.placed, *found.unplaced)]


def row_of(desk: TicketDesk, planned: Planned) -> PlanRow:
    """One piece of work with its title."""
    return _row(_titled(desk, planned))


def _row(one: Planned) -> PlanRow:
    return PlanRow(
        title=one.job.title,
        playbook=one.job.playbook,
        department=one.job.department,
        site=one.job.site,
        device=one.job.device,
        technician=one.technician,
        start=one.start,
        end=one.end,
        due_from=one.job.earliest,
        due_until=one.job.latest,
        minutes=one.job.minutes,
        number=one.number,
        state=one.state,
        folio=one.folio,
    )


def as_file(desk: TicketDesk, found: Plan, form: str, name: str) -> bytes:
    """`ics` (RFC 5545) or `csv` (RFC 4180)."""
    return (
        to_icalendar(found, name, time.time()) if form == "ics" else to_csv(found, desk.office.zone).encode("utf-8-sig")
    )


def _concerns(planned: Planned, departments: Sequence[str]) -> bool:
    return not departments or planned.job.department in departments


def _titled(desk: TicketDesk, planned: Planned) -> Planned:
    """With the title of its playbook and what it is done on, which the schedule does not keep."""
    job, office = planned.job, desk.office
    playbook = office.playbooks.get(job.playbook)
    device, department = office.device(job.device), office.departments.get(job.department)
    subject = device.name if device else job.site or (department.short_name if department else job.department)
    title = ": ".join(part for part in (playbook.title if playbook else job.playbook, subject) if part)
    return replace(planned, job=replace(job, title=title))
