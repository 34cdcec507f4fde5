"""Why somebody was told of an alert, or was not: everything that decided, in the order in which it did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from nms.alerts.blankets import Blankets, Maintenance, Silence
from nms.alerts.changes import PlannedWindow
from nms.alerts.held import CAUSE, MAINTENANCE, SILENCE, Held, Said
from nms.alerts.history import case, events, past_held
from nms.alerts.writing import maintenance_from
from nms.i18n import N_
from nms.messages import from_data
from nms.model import Message, Parameter
from nms.notify.receivers import Directory
from nms.store.records import Records
from nms.store.tables.alerts import intents, maintenance, silences
from nms.store.tables.notify import batches, deliveries

_MOST_EVENTS = 50

_DONE = {
    "acknowledged": N_("acknowledged"),
    "unacknowledged": N_("acknowledgement taken back"),
    "annotated": N_("noted"),
    "resolved": N_("ended"),
    "suppressed": N_("kept quiet"),
    "released": N_("quiet ended"),
}
"""What people do to alerts."""

_NEWS = {
    "opened": N_("that it began"),
    "reopened": N_("that it began again"),
    "worsened": N_("that it got worse"),
    "released": N_("that its quiet ended"),
    "unacknowledged": N_("that nobody takes care of it any more"),
    "merged": N_("that another incident explains it"),
    "resolved": N_("that it is over"),
    "escalated": N_("that nobody has answered"),
    "reminder": N_("that it still lasts"),
}
"""What a message is about."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One decision. `stage`: verdict, cause, maintenance, silence, alert, incident, rota, delivery; `at` None: now."""

    at: float | None
    stage: str
    message: Message


def why(records: Records, key: str, now: float, directory: Directory | None = None) -> list[Reason]:
    """What decided about the latest alert of a key; a single reason says so where there never was one."""
    found = past_held(records, key=key, limit=1)
    if not found:
        return [Reason(None, "verdict", Message("there has never been an alert {key}", {"key": key}))]
    held = found[0]
    reasons = [*_verdict(held), *_quiet(records, held), *_history(records, held), *_incident(records, held)]
    if held.incident is not None:
        reasons += _deliveries(records, held.incident)
    if directory is not None:
        reasons += _rota(directory, held, now)
    return reasons


def _verdict(held: Held) -> Iterator[Reason]:
    yield Reason(held.opened_at, "verdict", held.summary)
    for evidence in held.evidence:
        yield Reason(held.said_since, "verdict", evidence)
    if held.value is not None and held.limit is not None:
        numbers: dict[str, Parameter] = {"value": held.value, "limit": held.limit}
        yield Reason(held.updated_at, "verdict", Message("value {value}, limit {limit}", numbers))
    said = {
        Said.HOLDS: Message("the condition holds"),
        Said.CLEAR: Message("the condition is gone"),
        Said.UNKNOWN: Message("nothing is known of the condition now"),
    }
    yield Reason(held.said_since, "verdict", said[held.said])
    if held.because_of:
        yield Reason(None, "cause", Message("the rules explain it by {key}", {"key": held.because_of}))


def _quiet(records: Records, held: Held) -> Iterator[Reason]:
    """What keeps it quiet now, with who asked for it."""
    by = held.suppressed_by
    number = by.partition(":")[2]
    if by.startswith(CAUSE):
        yield Reason(None, "cause", Message("suppressed as a symptom of {key}", {"key": number}))
    elif by.startswith(SILENCE) and (silence := _silence(records, int(number))):
        yield Reason(silence.created_at, "silence", Blankets(silences=[silence]).told(by))
    elif by.startswith(MAINTENANCE):
        planned = _maintenance(records, int(number)) if number.isdigit() else None
        at = planned.created_at if planned else None
        windows: list[PlannedWindow] = [planned.planned()] if planned else []
        yield Reason(at, "maintenance", Blankets(windows=windows).told(by))
    elif not by and held.is_open:
        yield Reason(None, "silence", Message("no maintenance, silence or cause keeps it quiet"))


def _history(records: Records, held: Held) -> Iterator[Reason]:
    for event in events(records, key=held.key, since=held.opened_at, limit=_MOST_EVENTS):
        params: dict[str, Parameter] = {"kind_msgid": _DONE.get(event.kind, ""), "actor": event.actor}
        yield Reason(event.at, "incident" if event.kind.startswith("incident-") else "alert", event.detail)
        if event.actor != "monitor":
            yield Reason(event.at, "alert", Message("{kind_msgid} by {actor}", params))


def _incident(records: Records, held: Held) -> Iterator[Reason]:
    found = case(records, held.incident) if held.incident is not None else None
    if found is None:
        yield Reason(None, "incident", Message("it belongs to no incident, so nobody is told"))
        return
    facts: dict[str, Parameter] = {"number": found.id, "key": found.root_key, "n": found.symptoms}
    root = Message("it is the root of incident {number}", facts)
    symptom = Message("it is a symptom in incident {number}, whose root {key} is what people are told of", facts)
    yield Reason(found.opened_at, "incident", root if found.root_key == held.key else symptom)
    if found.ticket:
        yield Reason(None, "incident", Message("its ticket is {folio}", {"folio": found.ticket}))
    yield from _untold(records, found.id)


def _untold(records: Records, incident: int) -> Iterator[Reason]:
    query = sa.select(intents).where(intents.c.incident == incident, intents.c.planned_at.is_(None))
    with records.read() as connection:
        waiting = connection.execute(query.order_by(intents.c.id)).mappings().all()
    for row in waiting:
        yield Reason(
            row["at"],
            "delivery",
            Message("the notifier has not yet planned this: {kind_msgid}", {"kind_msgid": _NEWS.get(row["kind"], "")}),
        )


def _deliveries(records: Records, incident: int) -> Iterator[Reason]:
    """Who was to be told, by what rule, and what became of it."""
    with records.read() as connection:
        query = sa.select(deliveries).where(deliveries.c.incident == incident).order_by(deliveries.c.id)
        rows = connection.execute(query).mappings().all()
        numbers = {row["batch"] for row in rows if row["batch"] is not None}
        sent = {
            row["id"]: row for row in connection.execute(sa.select(batches).where(batches.c.id.in_(numbers))).mappings()
        }
    if not rows:
        yield Reason(None, "delivery", Message("nobody was to be told: no route is about it"))
    for row in rows:
        if row["reason"]:
            yield Reason(row["created_at"], "rota", from_data(row["reason"]))
        yield _fate(row, sent.get(row["batch"]))


def _fate(row: sa.RowMapping, batch: sa.RowMapping | None) -> Reason:
    facts: dict[str, Parameter] = {"kind_msgid": _NEWS.get(row["kind"], ""), "person": row["person"]}
    if row["state"] == "dropped":
        return Reason(row["created_at"], "delivery", Message("{person} is not told ({kind_msgid})", facts))
    if batch is None:
        return Reason(row["due_at"], "delivery", Message("{person} is told soon ({kind_msgid})", facts))
    facts |= {"channel": batch["channel"], "attempts": batch["attempts"], "error": batch["last_error"]}
    fate = {
        "sent": Message("{person} was told by {channel} ({kind_msgid})", facts),
        "sending": Message("{person} is being told by {channel} ({kind_msgid})", facts),
        "failed": Message(
            "{person} could not be told ({kind_msgid}): {error}; given up after {attempts} attempts", facts
        ),
        "intended": Message("{person} is told soon ({kind_msgid}); attempts so far: {attempts} {error}", facts),
    }
    return Reason(batch["sent_at"] or batch["due_at"], "delivery", fate[batch["state"]])


def _rota(directory: Directory, held: Held, now: float) -> Iterator[Reason]:
    on = directory.rota.on_at(now, department=held.department)
    names = ", ".join(duty.person for duty in on)
    nobody = Message("the rota has nobody on call now")
    yield Reason(None, "rota", Message("on call now: {people}", {"people": names}) if on else nobody)


def _silence(records: Records, number: int) -> Silence | None:
    with records.read() as connection:
        row = connection.execute(sa.select(silences).where(silences.c.id == number)).mappings().first()
    return Silence(**row) if row else None


def _maintenance(records: Records, number: int) -> Maintenance | None:
    with records.read() as connection:
        row = connection.execute(sa.select(maintenance).where(maintenance.c.id == number)).mappings().first()
    return maintenance_from(row) if row else None
