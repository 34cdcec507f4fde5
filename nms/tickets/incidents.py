"""Corrective tickets follow incidents: one for each root cause, in the transaction that writes the incident.

Symptoms join the open ticket. Recovery resolves it, with the time of the recovery; the same fault again within
`tickets.reopen_within` opens it again. A fault that is only kept quiet (by maintenance or a silence) has not
recovered: its ticket stays open, and says so when the maintenance is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from nms.access import MONITOR
from nms.alerts.changes import AlertChange, ChangeKind
from nms.alerts.writing import attach_ticket
from nms.model import Alert, Incident, Message, Severity, TicketKind, TicketStatus
from nms.store.records import serialise
from nms.store.tables.alerts import incidents
from nms.tickets import life, persistence
from nms.tickets.case import Case, Draft
from nms.tickets.codes import Cause, Solution, Source
from nms.tickets.desk import TicketDesk
from nms.tickets.life import Moved
from nms.tickets.priority import priority_of, urgency_of

_SEVERITIES = {"info": Severity.INFO, "warning": Severity.WARNING, "critical": Severity.CRITICAL}
_JOINS = frozenset({ChangeKind.FIRED, ChangeKind.SUPPRESSED, ChangeKind.RELEASED})


@dataclass(frozen=True, slots=True)
class IncidentTickets:
    """A follower of the book of alerts: `AlertBook(records, policy, followers=[IncidentTickets(desk)])`."""

    desk: TicketDesk

    def __call__(self, connection: sa.Connection, changes: Sequence[AlertChange], now: float) -> None:
        of_incidents = [one for one in changes if one.incident is not None and one.kind.is_of_incident]
        of_alerts = [one for one in changes if one.alert is not None and one.alert.incident is not None]
        if not of_incidents and not of_alerts:
            return
        serialise(connection, "tickets")
        for change in of_incidents:
            self._opened(connection, change, now)
        self._symptoms(connection, of_alerts, now)
        for change in of_incidents:
            self._ended(connection, change, now)

    def _opened(self, connection: sa.Connection, change: AlertChange, now: float) -> None:
        incident = change.incident
        kinds = (ChangeKind.INCIDENT_OPENED, ChangeKind.INCIDENT_REOPENED, ChangeKind.INCIDENT_UPDATED)
        if incident is None or change.kind not in kinds:
            return
        case = persistence.of_incident(connection, incident.id)
        if case is not None and case.is_active:
            self._updated(connection, case, incident, now)
        elif self._deserves_one(incident) and (case is None or change.kind is not ChangeKind.INCIDENT_UPDATED):
            self._open_or_reopen(connection, incident, now)

    def _deserves_one(self, incident: Incident) -> bool:
        least = _SEVERITIES[self.desk.office.policy.minimum_severity]
        return incident.resolved_at is None and incident.severity >= least

    def _open_or_reopen(self, connection: sa.Connection, incident: Incident, now: float) -> None:
        cause = f"incident/{incident.root_key}"
        former = persistence.latest_for_cause(connection, cause)
        if former is not None and former.is_active:
            case = self._adopt(connection, former, incident, now)
        elif former is not None and self._recent(former, now):
            moved = life.reopen(former, now, Message("the fault has come back: {fault}", {"fault": incident.root_key}))
            moved = replace(moved, case=replace(moved.case, incident=incident.id))
            case = self.desk.commit(connection, MONITOR, former, moved, now)
        else:
            case = self.desk.open(connection, MONITOR, self._draft(incident, cause), now)
        attach_ticket(connection, incident.id, case.folio)

    def _recent(self, former: Case, now: float) -> bool:
        ended = former.resolved_at
        return ended is not None and now - ended <= self.desk.office.policy.reopen_within

    def _adopt(self, connection: sa.Connection, case: Case, incident: Incident, now: float) -> Case:
        moved = Moved(replace(case, incident=incident.id), "join", Message("the fault goes on as a new incident"))
        return self.desk.commit(connection, MONITOR, case, moved, now)

    def _draft(self, incident: Incident, cause: str) -> Draft:
        office = self.desk.office
        device = office.device(incident.device)
        playbook = office.playbooks.for_incident(incident.root_key, device)
        return Draft(
            kind=TicketKind.CORRECTIVE,
            title=incident.summary,
            source=Source.INCIDENT,
            department=incident.department,
            device=incident.device,
            site=incident.site,
            severity=incident.severity,
            cause_key=cause,
            incident=incident.id,
            playbook=playbook.id if playbook else "",
        )

    def _updated(self, connection: sa.Connection, case: Case, incident: Incident, now: float) -> None:
        """A worse condition raises the urgency; an easier one does not lower what people have planned by."""
        urgency = min(case.urgency, urgency_of(incident.severity))
        if urgency == case.urgency and case.title == incident.summary:
            return
        moved = Moved(replace(case, title=incident.summary), "update", Message("the fault has changed"))
        if urgency < case.urgency:
            priority = min(case.priority, priority_of(case.impact, urgency))
            raised = life.prioritise(moved.case, case.impact, urgency, priority)
            moved = self.desk.promised(raised) if priority != case.priority else raised
        self.desk.commit(connection, MONITOR, case, moved, now)

    def _symptoms(self, connection: sa.Connection, changes: list[AlertChange], now: float) -> None:
        joining: dict[int, list[Alert]] = {}
        for change in changes:
            alert = change.alert
            if alert is None or alert.incident is None:
                continue
            if change.kind is ChangeKind.RESOLVED:
                persistence.recover_symptoms(connection, alert.key, alert.resolved_at or now)
            elif change.kind in _JOINS:
                joining.setdefault(alert.incident, []).append(alert)
                self._after_maintenance(connection, change, alert.incident, now)
        owners = persistence.ids_of_incidents(connection, joining)
        for incident, ticket in owners.items():
            self._join(connection, incident, ticket, joining[incident], now)

    def _after_maintenance(self, connection: sa.Connection, change: AlertChange, incident: int, now: float) -> None:
        if change.kind is not ChangeKind.RELEASED:
            return
        case = persistence.of_incident(connection, incident)
        if case is not None and case.is_active:
            self.desk.commit(connection, MONITOR, case, Moved(case, "note", change.reason), now)

    def _join(self, connection: sa.Connection, incident: int, ticket: int, joining: list[Alert], now: float) -> None:
        rows: list[dict[str, Any]] = [
            {"ticket": ticket, "key": one.key, "device": one.device, "department": one.department, "joined_at": now}
            for one in {alert.key: alert for alert in joining}.values()
        ]
        new = persistence.join_symptoms(connection, rows)
        case = persistence.of_incident(connection, incident) if new else None
        if case is None or not case.is_active:
            return
        departments = {case.department, *(str(row["department"]) for row in rows)}
        joined = replace(case, symptoms=case.symptoms + len(new))
        message = Message(
            "alerts that belong to it: {count} ({first})", {"count": len(new), "first": str(new[0]["key"])}
        )
        moved = self.desk.hit_by(joined, departments, Moved(joined, "join", message))
        self.desk.commit(connection, MONITOR, case, moved, now)

    def _ended(self, connection: sa.Connection, change: AlertChange, now: float) -> None:
        incident = change.incident
        if incident is None or change.kind not in (ChangeKind.INCIDENT_RESOLVED, ChangeKind.INCIDENT_MERGED):
            return
        case = persistence.of_incident(connection, incident.id)
        if case is None or not case.is_active:
            return
        if change.kind is ChangeKind.INCIDENT_MERGED and self._merged(connection, case, incident, now):
            return
        at = incident.resolved_at
        moved = life.resolve(case, now, cause=Cause.UNKNOWN, solution=Solution.RECOVERED, at=at)
        self.desk.commit(connection, MONITOR, case, replace(moved, message=Message("the fault is gone")), now)

    def _merged(self, connection: sa.Connection, case: Case, incident: Incident, now: float) -> bool:
        """The incident turned out to be a symptom of another: its ticket ends, and says which one goes on."""
        query = sa.select(incidents.c.merged_into).where(incidents.c.id == incident.id)
        into = connection.execute(query).scalar()
        other = persistence.of_incident(connection, into) if into is not None else None
        if other is None or other.id == case.id:
            return False
        moved = life.resolve(case, now, cause=Cause.UNKNOWN, solution=Solution.MERGED)
        goes_on = Message("it is a symptom of {folio}, where the work goes on", {"folio": other.folio})
        self.desk.commit(connection, MONITOR, case, replace(moved, message=goes_on), now)
        if other.status is not TicketStatus.CLOSED:
            joined = replace(other, symptoms=other.symptoms + 1)
            message = Message("{folio} turned out to be a symptom of it", {"folio": case.folio})
            moved = self.desk.hit_by(joined, {other.department, case.department}, Moved(joined, "join", message))
            self.desk.commit(connection, MONITOR, other, moved, now)
        return True
