"""Alerts, incidents, their history and the intents to notify, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nms.alerts.blankets import Maintenance, Silence
from nms.alerts.changes import AlertChange, ChangeKind, IntentKind
from nms.alerts.draft import Draft, Memory
from nms.alerts.held import Case, Held, Said
from nms.messages import as_data, from_data
from nms.model import Component, DeviceId, Severity
from nms.store.records import serialise
from nms.store.tables.alerts import alert_book, alert_events, alerts, incidents, intents, maintenance, silences

Row = Mapping[str, Any] | sa.RowMapping


def lock(connection: sa.Connection) -> int:
    """Waits until nobody else writes alerts; returns the revision of the book (0: an empty one, made now)."""
    serialise(connection, "alerts")
    revision = connection.execute(sa.select(alert_book.c.revision)).scalar()
    if revision is None:
        connection.execute(alert_book.insert().values(id=1, revision=0, next_alert=1, next_incident=1))
    return revision or 0


def revision_of(connection: sa.Connection) -> int:
    return connection.execute(sa.select(alert_book.c.revision)).scalar() or 0


def load(connection: sa.Connection, reopen_seconds: float) -> Memory:
    """All that is open, and the incidents that ended in the last so many seconds in which any did."""
    memory = Memory()
    book = connection.execute(sa.select(alert_book)).first()
    if book is not None:
        memory.revision, memory.next_alert, memory.next_incident = book.revision, book.next_alert, book.next_incident
    for row in connection.execute(sa.select(alerts).where(alerts.c.resolved_at.is_(None))).mappings():
        memory.held[row["key"]] = held_from(row)
    ended = incidents.c.resolved_at
    last_end = connection.execute(sa.select(sa.func.max(ended))).scalar() or 0.0
    recent = sa.or_(ended.is_(None), ended >= last_end - reopen_seconds)
    for row in connection.execute(sa.select(incidents).where(recent).order_by(incidents.c.id)).mappings():
        case = case_from(row)
        memory.cases[case.id] = case
        memory.case_of_root[case.root_key] = case.id
    return memory


def load_silences(connection: sa.Connection, now: float) -> list[Silence]:
    query = sa.select(silences).where(silences.c.ends_at > now).order_by(silences.c.id)
    return [Silence(**row) for row in connection.execute(query).mappings()]


def load_maintenance(connection: sa.Connection, since: float, *, also_cancelled: bool = False) -> list[Maintenance]:
    """Planned work that may have something open after an instant; what was cancelled after it only where asked for."""
    columns = maintenance.c
    standing = sa.or_(columns.cancelled_at.is_(None), sa.and_(sa.literal(also_cancelled), columns.cancelled_at > since))
    query = sa.select(maintenance).where(standing, sa.or_(columns.ends_at.is_(None), columns.ends_at > since))
    return [maintenance_from(row) for row in connection.execute(query.order_by(columns.id)).mappings()]


def maintenance_from(row: Row) -> Maintenance:
    return Maintenance(**{name: value for name, value in row.items() if name != "ends_at"})


def write_draft(connection: sa.Connection, draft: Draft, held: Sequence[Held], revision: int) -> None:
    """The alerts and incidents that differ, and the new revision of the book. Ended alerts come first."""
    _write(connection, incidents, {case.id: case_row(case) for case in draft.cases.values()}, draft.memory.cases)
    known = {one.id for one in draft.memory.held.values()}
    for wanted in (False, True):
        _write(connection, alerts, {one.id: held_row(one) for one in held if one.is_open is wanted}, known)
    values = {"revision": revision, "next_alert": draft.next_alert, "next_incident": draft.next_incident}
    connection.execute(alert_book.update().values(**values))


def _write(
    connection: sa.Connection, table: sa.Table, rows: Mapping[int, dict[str, Any]], known: Iterable[int]
) -> None:
    known = set(known)
    new = [row for number, row in rows.items() if number not in known]
    changed = [{"_id": row.pop("id"), **row} for number, row in rows.items() if number in known]
    if changed:
        connection.execute(table.update().where(table.c.id == sa.bindparam("_id")), changed)
    if new:
        connection.execute(table.insert(), new)


def write_events(connection: sa.Connection, changes: Sequence[AlertChange]) -> None:
    if changes:
        connection.execute(alert_events.insert(), [_event_row(change) for change in changes])


def write_intents(connection: sa.Connection, wanted: Sequence[tuple[IntentKind, AlertChange]]) -> None:
    rows = [
        {
            "at": change.at,
            "kind": kind.value,
            "incident": change.incident.id,
            "severity": int(change.incident.severity),
            "detail": as_data(change.reason),
        }
        for kind, change in wanted
        if change.incident is not None
    ]
    if rows:
        connection.execute(intents.insert(), rows)


def tickets_of(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, str]:
    """The ticket of each incident, as a follower may just have written it."""
    query = sa.select(incidents.c.id, incidents.c.ticket).where(incidents.c.id.in_(numbers))
    return {row.id: row.ticket for row in connection.execute(query)}


def attach_ticket(connection: sa.Connection, incident: int, folio: str) -> None:
    """Notes the ticket of an incident; a follower calls it inside the transaction that opened the incident."""
    connection.execute(incidents.update().where(incidents.c.id == incident).values(ticket=folio))


def _event_row(change: AlertChange) -> dict[str, Any]:
    alert, incident = change.alert, change.incident
    about = alert or incident
    return {
        "at": change.at,
        "kind": change.kind.value,
        "key": change.key,
        "alert": alert.id if alert else None,
        "incident": incident.id if incident else alert.incident if alert else None,
        "device": about.device if about else "",
        "severity": int(about.severity) if about else None,
        "status": alert.status.value if alert else "",
        "actor": change.actor,
        "detail": as_data(change.reason),
    }


def _said(component: Component) -> list[dict[str, Any]]:
    return [as_data(component.said)] if component.said else []


def _component(kept: list[Any]) -> Component:
    kind, key, label, index, *said = kept
    return Component(kind, key, label, index, from_data(said[0]) if said else None)


def held_row(held: Held) -> dict[str, Any]:
    component = held.component
    return {
        "id": held.id,
        "key": held.key,
        "rule": held.rule,
        "device": held.device,
        "department": held.department,
        "site": held.site,
        "component": [component.kind, component.key, component.label, component.index, *_said(component)],
        "severity": int(held.severity),
        "status": held.status.value,
        "summary": as_data(held.summary),
        "evidence": [as_data(one) for one in held.evidence],
        "opened_at": held.opened_at,
        "updated_at": held.updated_at,
        "fired_at": held.fired_at,
        "resolved_at": held.resolved_at,
        "said": held.said.value,
        "said_since": held.said_since,
        "because_of": held.because_of,
        "alone_since": held.alone_since,
        "suppressed_by": held.suppressed_by,
        "flapping": held.flapping,
        "acknowledged_by": held.acknowledged_by,
        "acknowledged_note": held.acknowledged_note,
        "acknowledged_until": held.acknowledged_until,
        "incident": held.incident,
        "value": held.value,
        "limit_value": held.limit,
        "simulated": held.simulated,
    }


def held_from(row: Row) -> Held:
    kept = dict(row)
    del kept["status"]
    kept["device"] = DeviceId(kept["device"])
    kept["component"] = _component(kept["component"])
    kept["severity"] = Severity(kept["severity"])
    kept["summary"] = from_data(kept["summary"])
    kept["evidence"] = tuple(from_data(one) for one in kept["evidence"])
    kept["said"] = Said(kept["said"])
    kept["limit"] = kept.pop("limit_value")
    return Held(**kept)


def case_row(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "root_key": case.root_key,
        "summary": as_data(case.summary),
        "severity": int(case.severity),
        "device": case.device,
        "department": case.department,
        "site": case.site,
        "opened_at": case.opened_at,
        "resolved_at": case.resolved_at,
        "symptoms": case.symptoms,
        "reopened": case.reopened,
        "merged_into": case.merged_into,
        "simulated": case.simulated,
    }


def case_from(row: Row) -> Case:
    kept = dict(row)
    kept["summary"] = from_data(kept["summary"])
    kept["severity"] = Severity(kept["severity"])
    kept["device"] = DeviceId(kept["device"])
    return Case(**kept)


KINDS_OF_INTENT: Mapping[ChangeKind, IntentKind] = {
    ChangeKind.INCIDENT_OPENED: IntentKind.OPENED,
    ChangeKind.INCIDENT_REOPENED: IntentKind.REOPENED,
    ChangeKind.INCIDENT_MERGED: IntentKind.MERGED,
    ChangeKind.INCIDENT_RESOLVED: IntentKind.RESOLVED,
    ChangeKind.WORSENED: IntentKind.WORSENED,
    ChangeKind.RELEASED: IntentKind.RELEASED,
    ChangeKind.UNACKNOWLEDGED: IntentKind.UNACKNOWLEDGED,
}
