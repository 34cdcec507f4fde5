"""Why things were down: each outage with the incident that explains it, its ticket, and what was done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from nms.i18n import render
from nms.messages import from_data
from nms.model import Message
from nms.queries.reports import wording
from nms.queries.rows import AvailabilityRow, OutageRow
from nms.store.records import Records
from nms.store.tables.alerts import alerts, incidents
from nms.store.tables.tickets import tickets

SLACK_SECONDS = 300.0
"""An alert opens some polls after the first silence, and ends some polls after the first answer."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One incident as far as reports tell of it."""

    start: float
    end: float | None
    summary: Message
    folio: str
    cause: str
    solution: str

    def overlaps(self, outage: OutageRow) -> bool:
        ends = outage.end if outage.end is not None else float("inf")
        mine = self.end if self.end is not None else float("inf")
        return self.start <= ends + SLACK_SECONDS and mine >= outage.start - SLACK_SECONDS


Troubles = dict[str, list[Trouble]]


def troubles(records: Records, start: float, end: float) -> Troubles:
    """Incidents of [start, end) by the subjects that they took down (`device/…`, `link/…`, `department/…`)."""
    i, a, t = incidents.c, alerts.c, tickets.c
    columns = (a.key, a.device, a.department, a.rule, a.opened_at, a.resolved_at)
    told = (i.summary, t.folio, t.cause_code, t.solution_code)
    joined = alerts.join(incidents, i.id == a.incident).outerjoin(tickets, t.incident == i.id)
    inside = (a.opened_at < end + SLACK_SECONDS) & (a.resolved_at.is_(None) | (a.resolved_at >= start - SLACK_SECONDS))
    query = sa.select(*columns, *told).select_from(joined).where(inside).order_by(a.opened_at, a.id)
    found: Troubles = defaultdict(list)
    with records.read() as connection:
        for row in connection.execute(query):
            one = Trouble(
                row.opened_at,
                row.resolved_at,
                from_data(row.summary),
                row.folio or "",
                row.cause_code or "",
                row.solution_code or "",
            )
            for subject in _subjects(row.key, row.device, row.department):
                found[subject].append(one)
    return found


def _subjects(key: str, device: str, department: str) -> Iterable[str]:
    """Only what takes things down explains an outage: a printer without toner at the same hour does not."""
    kind, _, rest = key.partition("/")
    if kind.startswith("link"):
        yield f"link/{rest.split('/')[0]}"
    elif kind in ("device-down", "service-down"):
        yield f"device/{device}"
    else:
        return
    if department:
        yield f"department/{department}"


def explained(row: AvailabilityRow, known: Troubles, language: str) -> AvailabilityRow:
    """The row with a cause and a folio at each outage for which there is one."""
    candidates = known.get(row.subject, [])
    return replace(row, outages=tuple(_explained(outage, candidates, language) for outage in row.outages))


def _explained(outage: OutageRow, candidates: Iterable[Trouble], language: str) -> OutageRow:
    fitting = [one for one in candidates if one.overlaps(outage)]
    if not fitting:
        return outage
    best = min(fitting, key=lambda one: (abs(one.start - outage.start), one.folio))
    parts = [render(best.summary, language)]
    if best.cause:
        parts.append(wording.cause(best.cause, language))
    if best.solution:
        parts.append(wording.solution(best.solution, language))
    return replace(outage, cause=" · ".join(parts), ticket=best.folio)
