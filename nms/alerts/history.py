"""Reading what alerts and incidents were: for lists, the ticker and `nms why`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nms.alerts import writing
from nms.alerts.changes import ChangeKind
from nms.alerts.held import Case, Held
from nms.messages import from_data
from nms.model import Alert, Incident, Message, Severity
from nms.store.records import Records
from nms.store.tables.alerts import alert_events, alerts, incidents


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One thing that happened to an alert or an incident; `kind` is a `ChangeKind` word."""

    id: int
    at: float
    kind: str
    key: str
    alert: int | None
    incident: int | None
    device: str
    severity: Severity | None
    status: str
    actor: str
    detail: Message
    about: Message | None = None
    """The present summary of what it happened to, for kinds whose detail does not say that."""


def events(
    records: Records,
    *,
    key: str | None = None,
    incident: int | None = None,
    since: float | None = None,
    after: int | None = None,
    before: int | None = None,
    limit: int = 200,
) -> list[AlertEvent]:
    """The newest events, oldest first: of one key, of one incident, since an instant, after or before an event's id."""
    columns = alert_events.c
    wanted = [
        columns.key == key if key is not None else None,
        columns.incident == incident if incident is not None else None,
        columns.at >= since if since is not None else None,
        columns.id > after if after is not None else None,
        columns.id < before if before is not None else None,
    ]
    query = _told().where(*(one for one in wanted if one is not None))
    with records.read() as connection:
        rows = connection.execute(query.order_by(columns.id.desc()).limit(limit)).mappings().all()
    return [_event(row) for row in reversed(rows)]


def _told() -> sa.Select[Any]:
    """Events with the present summary of what they happened to."""
    columns = alert_events.c
    about = sa.func.coalesce(alerts.c.summary, incidents.c.summary, type_=sa.JSON).label("about")
    return (
        sa.select(alert_events, about)
        .outerjoin(alerts, alerts.c.id == columns.alert)
        .outerjoin(incidents, incidents.c.id == columns.incident)
    )


def next_events(records: Records, after: int, limit: int) -> list[AlertEvent]:
    """What followed an event, the oldest first."""
    column = alert_events.c.id
    query = _told().where(column > after).order_by(column).limit(limit)
    with records.read() as connection:
        return [_event(row) for row in connection.execute(query).mappings()]


def past_alerts(
    records: Records,
    *,
    key: str | None = None,
    device: str | None = None,
    incident: int | None = None,
    include_resolved: bool = True,
    before: int | None = None,
    limit: int = 2000,
) -> list[Alert]:
    """Alerts, newest first; `before`: of smaller numbers. Open ones carry the value last written: ask the book for
    the newest."""
    return [held.as_alert() for held in past_held(records, key, device, incident, include_resolved, before, limit)]


def past_held(
    records: Records,
    key: str | None = None,
    device: str | None = None,
    incident: int | None = None,
    include_resolved: bool = True,
    before: int | None = None,
    limit: int = 2000,
) -> list[Held]:
    """The same, with all that their life was judged by."""
    columns = alerts.c
    wanted = [
        columns.key == key if key is not None else None,
        columns.device == device if device is not None else None,
        columns.incident == incident if incident is not None else None,
        None if include_resolved else columns.resolved_at.is_(None),
        columns.id < before if before is not None else None,
    ]
    query = sa.select(alerts).where(*(one for one in wanted if one is not None))
    with records.read() as connection:
        rows = connection.execute(query.order_by(columns.id.desc()).limit(limit)).mappings()
        return [writing.held_from(row) for row in rows]


def past_incidents(
    records: Records,
    *,
    include_resolved: bool = True,
    since: float | None = None,
    before: int | None = None,
    limit: int = 500,
) -> list[Incident]:
    """Incidents, newest first; `since`: those that were open at that instant or later; `before`: of smaller numbers."""
    columns = incidents.c
    query = sa.select(incidents)
    if not include_resolved:
        query = query.where(columns.resolved_at.is_(None))
    if since is not None:
        query = query.where(sa.or_(columns.resolved_at.is_(None), columns.resolved_at >= since))
    if before is not None:
        query = query.where(columns.id < before)
    with records.read() as connection:
        rows = connection.execute(query.order_by(columns.id.desc()).limit(limit)).mappings()
        return [writing.case_from(row).as_incident() for row in rows]


def case(records: Records, number: int) -> Case | None:
    """One incident with all that is known of it."""
    with records.read() as connection:
        row = connection.execute(sa.select(incidents).where(incidents.c.id == number)).mappings().first()
    return writing.case_from(row) if row else None


def _event(row: sa.RowMapping) -> AlertEvent:
    kept = dict(row)
    kept["severity"] = Severity(kept["severity"]) if kept["severity"] is not None else None
    kept["detail"] = from_data(kept["detail"])
    is_told = kept["about"] is None or ChangeKind(kept["kind"]).tells_its_subject
    kept["about"] = None if is_told else from_data(kept["about"])
    return AlertEvent(**kept)
