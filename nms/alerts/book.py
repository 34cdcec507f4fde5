"""The book of alerts: one door through which they open, change and end.

Each call is one transaction that writes the alerts, the incidents, their history and the intents to notify, lets
the followers (tickets) do their part, and only then is anything true. The book remembers what is open, so that
ten thousand verdicts that change nothing cost no write; the records say by their revision when somebody else has
written, and the book then reads again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from nms.access import Actor, Permission, require
from nms.alerts import life, writing
from nms.alerts.blankets import Blankets, Maintenance, Silence, WindowClock
from nms.alerts.changes import AlertChange, AlertContext, AlertPolicy, ChangeKind, Follower, PlannedWindow
from nms.alerts.draft import Draft, Memory
from nms.alerts.held import Case, Held, Said
from nms.alerts.matchers import checked
from nms.alerts.outcome import Outcome, conclude
from nms.calendars import Recurring, wall_time
from nms.model import Alert, DeviceId, Incident, Message, Verdict
from nms.store.records import Records
from nms.store.tables.alerts import maintenance, silences
from nms.text import clean

_LONGEST_NOTE = 1000
_LONGEST_SILENCE = 366 * 86_400.0


class NotOpen(LookupError):
    """There is no open alert, incident, silence or maintenance of that name."""


class AlertBook:
    """The alerts of one monitor. Safe to share between threads, and with other processes on the same records."""

    def __init__(self, records: Records, policy: AlertPolicy | None = None, followers: Sequence[Follower] = ()) -> None:
        self._records = records
        self._policy = policy or AlertPolicy()
        self._followers = tuple(followers)
        self._lock = threading.RLock()
        self._memory: Memory | None = None
        self._has_loaded = False
        self._silences: list[Silence] = []
        self._planned: list[PlannedWindow] = []
        self._clock = WindowClock()
        self._context = AlertContext()

    def apply(self, verdicts: Iterable[Verdict], now: float, context: AlertContext | None = None) -> list[AlertChange]:
        """Takes what the rules say at one instant and returns what has changed by it, already written.

        No verdict about a key means that nothing new is known of it. Without verdicts this is the tick that lets
        time do its part (pending, recovery, ends of silences): call it every few seconds.
        Raises: RecordsError, and what a follower raises; then nothing has changed.
        """

        def hear(draft: Draft) -> None:
            for verdict in verdicts if isinstance(verdicts, list | tuple) else heard:
                draft.hear(verdict)

        heard = verdicts if isinstance(verdicts, list | tuple) else list(verdicts)
        if context is not None:
            self._context = context
        return self._run(now, hear)

    def acknowledge(
        self, actor: Actor, keys: Sequence[str], now: float, note: str = "", until: float | None = None
    ) -> list[AlertChange]:
        """Somebody takes care of these alerts, for ever or until an instant.

        Raises: NotOpen, Forbidden; ValueError for an end in the past.
        """
        if until is not None and until <= now:
            raise ValueError("an acknowledgement cannot end in the past")
        note = clean(note, limit=_LONGEST_NOTE)

        def edit(draft: Draft) -> None:
            for held in self._named(draft, keys, actor):
                draft.put(life.acknowledged(held, actor.name, note, until))

        return self._run(now, edit, actor.name)

    def acknowledge_incident(
        self, actor: Actor, incident: int, now: float, note: str = "", until: float | None = None
    ) -> list[AlertChange]:
        """Somebody takes care of an incident: of its root. Raises: NotOpen, Forbidden, ValueError."""
        case = self._known().cases.get(incident)
        if case is None or case.resolved_at is not None:
            raise NotOpen(f"the incident {incident} is over, or there never was one")
        return self.acknowledge(actor, [case.root_key], now, note, until)

    def unacknowledge(self, actor: Actor, keys: Sequence[str], now: float) -> list[AlertChange]:
        """Takes acknowledgements back. Raises: NotOpen, Forbidden."""

        def edit(draft: Draft) -> None:
            for held in self._named(draft, keys, actor):
                draft.put(life.unacknowledged(held))

        return self._run(now, edit, actor.name)

    def annotate(self, actor: Actor, key: str, note: str, now: float) -> list[AlertChange]:
        """Adds a note to the history of an open alert. Raises: NotOpen, Forbidden; ValueError without a note."""
        note = clean(note, limit=_LONGEST_NOTE)
        if not note:
            raise ValueError("a note needs a text")

        def edit(draft: Draft) -> None:
            (held,) = self._named(draft, [key], actor)
            case = draft.case(held.incident) if held.incident is not None else None
            said = Message("{note}", {"note": note})
            incident = case.as_incident() if case else None
            draft.notes.append(AlertChange(ChangeKind.ANNOTATED, now, said, held.as_alert(), incident, actor.name))

        return self._run(now, edit, actor.name)

    def retire(self, keys: Iterable[str], now: float, reason: Message, actor: str = "monitor") -> list[AlertChange]:
        """Ends alerts whose condition nobody judges any more (a rule was removed); unknown keys are skipped."""
        leaving = list(keys)

        def edit(draft: Draft) -> None:
            for key in leaving:
                if (held := draft.alert(key)) is not None:
                    draft.put(replace(held, said=Said.CLEAR, said_since=now, resolved_at=now))
                    draft.reasons[key] = reason

        return self._run(now, edit, actor)

    def retire_departed(self, devices: Iterable[DeviceId], now: float) -> list[AlertChange]:
        """Ends the alerts of devices that are not in the inventory any more."""
        present = set(devices)
        keys = [held.key for held in self._known().held.values() if held.device not in present]
        return self.retire(keys, now, Message("the device has left the inventory")) if keys else []

    def silence(
        self,
        actor: Actor,
        matchers: Mapping[str, Iterable[str]],
        reason: str,
        until: float,
        now: float,
        starts_at: float | None = None,
    ) -> Silence:
        """Keeps matching alerts quiet until an instant. Raises: Forbidden, ValueError."""
        require(actor, Permission.SILENCE)
        reason, starts_at = clean(reason, limit=_LONGEST_NOTE), now if starts_at is None else starts_at
        if not reason:
            raise ValueError("a silence needs a reason")
        if not now < until <= now + _LONGEST_SILENCE or starts_at >= until:
            raise ValueError("a silence ends in the future, within a year, and after it starts")
        row = {
            "matchers": _within(checked(matchers), actor),
            "author": actor.name,
            "reason": reason,
            "created_at": now,
            "starts_at": starts_at,
            "ends_at": until,
        }
        number = self._insert(silences, row, now)
        return Silence(number, row["matchers"], actor.name, reason, starts_at, until, now)  # type: ignore[arg-type]

    def end_silence(self, actor: Actor, number: int, now: float) -> list[AlertChange]:
        """Ends a silence before its time. Raises: NotOpen, Forbidden."""
        require(actor, Permission.SILENCE)
        active = sa.and_(silences.c.id == number, silences.c.ends_at > now)
        starts = sa.case((silences.c.starts_at > now, now), else_=silences.c.starts_at)
        ended = silences.update().where(active).values(ends_at=now, starts_at=starts, ended_by=actor.name)
        return self._update(ended, f"there is no silence {number} that could be ended", now)

    def plan_maintenance(
        self,
        actor: Actor,
        title: str,
        matchers: Mapping[str, Iterable[str]],
        reason: str,
        starts_at: float,
        duration: float,
        now: float,
        rule: str = "",
    ) -> Maintenance:
        """Plans work: once, or again and again by a recurrence rule. Raises: Forbidden, ValueError."""
        require(actor, Permission.PLAN)
        title, reason = clean(title, limit=300), clean(reason, limit=_LONGEST_NOTE)
        if not title or not duration > 0 or (starts_at + duration <= now and not rule):
            raise ValueError("planned maintenance needs a title, and ends in the future")
        if rule:
            Recurring(rule, wall_time(starts_at).replace(microsecond=0), duration)
        made = Maintenance(
            0, title, _within(checked(matchers), actor), actor.name, reason, starts_at, duration, now, rule
        )
        row = {name: getattr(made, name) for name in ("title", "matchers", "author", "reason", "created_at")}
        row |= {"starts_at": starts_at, "duration": duration, "rule": rule}
        row["ends_at"] = None if rule else starts_at + duration
        return replace(made, id=self._insert(maintenance, row, now))

    def cancel_maintenance(self, actor: Actor, number: int, now: float) -> list[AlertChange]:
        """Cancels planned work, or ends it early. Raises: NotOpen, Forbidden."""
        require(actor, Permission.PLAN)
        standing = sa.and_(maintenance.c.id == number, maintenance.c.cancelled_at.is_(None))
        cancelled = maintenance.update().where(standing).values(cancelled_at=now, cancelled_by=actor.name)
        return self._update(cancelled, f"there is no planned maintenance {number}", now)

    def open_alerts(self) -> list[Alert]:
        """All open alerts with their newest values, oldest first."""
        return [held.as_alert() for held in sorted(self._known().held.values(), key=lambda one: one.id)]

    def alert(self, key: str) -> Alert | None:
        """The open alert of a key."""
        held = self._known().held.get(key)
        return held.as_alert() if held else None

    def held(self, key: str) -> Held | None:
        """The open alert of a key with all that its life is judged by."""
        return self._known().held.get(key)

    def open_incidents(self) -> list[Incident]:
        cases = sorted(self._known().cases.values(), key=lambda case: case.id)
        return [case.as_incident() for case in cases if case.resolved_at is None]

    def silences(self, now: float) -> list[Silence]:
        """Silences that are active or to come."""
        with self._records.read() as connection:
            return writing.load_silences(connection, now)

    def planned(self, now: float) -> list[Maintenance]:
        """Planned work that is not over."""
        with self._records.read() as connection:
            return writing.load_maintenance(connection, now)

    def _named(self, draft: Draft, keys: Sequence[str], actor: Actor) -> list[Held]:
        found = []
        for key in keys:
            held = draft.alert(key)
            if held is None:
                raise NotOpen(f"there is no open alert {clean(key, limit=300)!r}")
            require(actor, Permission.ACKNOWLEDGE, held.department)
            found.append(held)
        return found

    def _known(self) -> Memory:
        """What is open, as of now in the records."""
        with self._lock, self._records.read() as connection:
            if self._memory is not None and writing.revision_of(connection) == self._memory.revision:
                return self._memory
            return writing.load(connection, self._policy.reopen_seconds)

    def _run(
        self,
        now: float,
        edit: Callable[[Draft], None],
        actor: str = "monitor",
        write: Callable[[sa.Connection], None] | None = None,
    ) -> list[AlertChange]:
        with self._lock:
            ready = None if write else self._prepared(now, edit, actor)
            if ready is not None and ready.is_nothing:
                self._absorb(ready, now)
                return []
            try:
                with self._records.begin() as connection:
                    outcome = self._written(connection, now, edit, actor, write, ready)
            except BaseException:
                self._memory = None
                raise
            self._absorb(outcome, now)
            return outcome.changes

    def _prepared(self, now: float, edit: Callable[[Draft], None], actor: str) -> Outcome | None:
        """The outcome by what is remembered, if that is still what the records hold."""
        if self._memory is None:
            return None
        with self._records.read() as connection:
            if writing.revision_of(connection) != self._memory.revision:
                return None
        return self._worked_out(self._memory, now, edit, actor)

    def _written(
        self,
        connection: sa.Connection,
        now: float,
        edit: Callable[[Draft], None],
        actor: str,
        write: Callable[[sa.Connection], None] | None,
        ready: Outcome | None,
    ) -> Outcome:
        revision = writing.lock(connection)
        if self._memory is None or revision != self._memory.revision:
            self._load(connection, now)
            ready = None
        if write:
            write(connection)
            self._load_blankets(connection, now)
        memory = self._memory or Memory()
        outcome = ready or self._worked_out(memory, now, edit, actor)
        writing.write_draft(connection, outcome.draft, outcome.held, revision + 1)
        writing.write_events(connection, outcome.changes)
        writing.write_intents(connection, outcome.intents)
        for follower in self._followers:
            follower(connection, outcome.changes, now)
        self._note_tickets(connection, outcome.draft)
        memory.revision = revision + 1
        return outcome

    def _worked_out(self, memory: Memory, now: float, edit: Callable[[Draft], None], actor: str) -> Outcome:
        draft = Draft(memory, now, self._policy, self._context)
        edit(draft)
        windows = self._clock.open_windows([*self._context.windows, *self._planned], now)
        active = [silence for silence in self._silences if silence.is_active(now)]
        blankets = Blankets(windows, active, self._context.devices)
        draft.settle(blankets)
        return conclude(draft, blankets.told, actor)

    def _note_tickets(self, connection: sa.Connection, draft: Draft) -> None:
        if self._followers and draft.cases:
            for number, folio in writing.tickets_of(connection, list(draft.cases)).items():
                draft.cases[number] = replace(draft.cases[number], ticket=folio)

    def _load(self, connection: sa.Connection, now: float) -> None:
        self._memory = writing.load(connection, 2 * self._policy.reopen_seconds)
        if not self._has_loaded:
            held = self._memory.held
            self._memory.held = {key: replace(one, said=Said.UNKNOWN) for key, one in held.items()}
            self._has_loaded = True
        self._load_blankets(connection, now)

    def _load_blankets(self, connection: sa.Connection, now: float) -> None:
        self._silences = writing.load_silences(connection, now)
        self._planned = [one.planned() for one in writing.load_maintenance(connection, now)]

    def _absorb(self, outcome: Outcome, now: float) -> None:
        """Remembers what is now in the records."""
        memory, draft = outcome.draft.memory, outcome.draft
        memory.next_alert, memory.next_incident = draft.next_alert, draft.next_incident
        for key, held in draft.held.items():
            if held.is_open:
                memory.held[key] = held
            else:
                memory.held.pop(key, None)
        for number, case in draft.cases.items():
            memory.cases[number] = case
            memory.case_of_root[case.root_key] = number
        for case in [case for case in memory.cases.values() if self._is_past(case, now)]:
            del memory.cases[case.id]
            if memory.case_of_root.get(case.root_key) == case.id:
                del memory.case_of_root[case.root_key]

    def _is_past(self, case: Case, now: float) -> bool:
        return case.resolved_at is not None and now - case.resolved_at > 2 * self._policy.reopen_seconds

    def _insert(self, table: sa.Table, row: Mapping[str, object], now: float) -> int:
        numbers: list[int] = []

        def write(connection: sa.Connection) -> None:
            made = connection.execute(table.insert().values(**row))
            numbers.append(made.inserted_primary_key[0])  # type: ignore[index]

        self._run(now, lambda _draft: None, write=write)
        return numbers[0]

    def _update(self, statement: sa.Update, otherwise: str, now: float) -> list[AlertChange]:
        def write(connection: sa.Connection) -> None:
            if not connection.execute(statement).rowcount:
                raise NotOpen(otherwise)

        return self._run(now, lambda _draft: None, write=write)


def _within(matchers: dict[str, list[str]], actor: Actor) -> dict[str, list[str]]:
    """Somebody who looks after some departments silences in those only."""
    if not actor.departments:
        return matchers
    asked = set(matchers.get("department", actor.departments))
    for department in asked:
        require(actor, Permission.READ, department)
    return {**matchers, "department": sorted(asked)}
