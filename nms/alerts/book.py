"""The book of alerts: one door through which they open, change and end.

Each call is one transaction that writes the alerts, the incidents, their history and the intents to notify, lets
the followers (tickets) do their part, and only then is anything true. The book remembers what is open, so that
ten thousand verdicts that change nothing cost no write; the records say by their revision when somebody else has
written, and the book then reads again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from nms.access import Actor, Permission, require
from nms.alerts import life, writing
from nms.alerts.agreed import is_about
from nms.alerts.blankets import Blankets, Silence, WindowClock
from nms.alerts.changes import AlertChange, AlertContext, AlertPolicy, ChangeKind, Follower, PlannedWindow
from nms.alerts.draft import Draft, Memory
from nms.alerts.held import Case, Held, Said
from nms.alerts.outcome import Outcome, conclude
from nms.alerts.quiet import LONGEST_NOTE, NotOpen, QuietBook, Write
from nms.calendars import OFFICE_ZONE
from nms.model import Alert, Device, DeviceId, Incident, Message, Verdict
from nms.refusals import Unfit
from nms.store.audit import AuditLog
from nms.store.records import Records
from nms.text import clean

__all__ = ["AlertBook", "NotOpen"]


class AlertBook(QuietBook):
    """The alerts of one monitor. Safe to share between threads, and with other processes on the same records.

    `zone` is the office's clock, by which planned maintenance recurs.
    """

    def __init__(
        self,
        records: Records,
        policy: AlertPolicy | None = None,
        followers: Sequence[Follower] = (),
        zone: ZoneInfo = OFFICE_ZONE,
        audit: AuditLog | None = None,
    ) -> None:
        self._records = records
        self._zone = zone
        self._audit = audit or AuditLog()
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
            raise Unfit("an acknowledgement cannot end in the past")
        note = clean(note, limit=LONGEST_NOTE)

        def edit(draft: Draft) -> None:
            for held in self._named(draft, keys, actor):
                draft.put(life.acknowledged(held, actor.name, note, until))

        return self._run(now, edit, actor.name, self._audited(actor, "acknowledge", keys, now, note))

    def acknowledge_incident(
        self, actor: Actor, incident: int, now: float, note: str = "", until: float | None = None
    ) -> list[AlertChange]:
        """Somebody takes care of an incident: of its root. Raises: NotOpen, Forbidden, ValueError."""
        case = self._known().cases.get(incident)
        if case is None or case.resolved_at is not None:
            raise NotOpen("the incident {incident} is over, or there never was one", incident=incident)
        return self.acknowledge(actor, [case.root_key], now, note, until)

    def unacknowledge(self, actor: Actor, keys: Sequence[str], now: float) -> list[AlertChange]:
        """Takes acknowledgements back. Raises: NotOpen, Forbidden."""

        def edit(draft: Draft) -> None:
            for held in self._named(draft, keys, actor):
                draft.put(life.unacknowledged(held))

        return self._run(now, edit, actor.name, self._audited(actor, "unacknowledge", keys, now))

    def annotate(self, actor: Actor, key: str, note: str, now: float) -> list[AlertChange]:
        """Adds a note to the history of an open alert. Raises: NotOpen, Forbidden; ValueError without a note."""
        note = clean(note, limit=LONGEST_NOTE)
        if not note:
            raise Unfit("a note needs a text")

        def edit(draft: Draft) -> None:
            (held,) = self._named(draft, [key], actor)
            case = draft.case(held.incident) if held.incident is not None else None
            said = Message("{note}", {"note": note})
            incident = case.as_incident() if case else None
            draft.notes.append(AlertChange(ChangeKind.ANNOTATED, now, said, held.as_alert(), incident, actor.name))

        return self._run(now, edit, actor.name, self._audited(actor, "annotate", [key], now, note))

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

    def windows(self, now: float) -> list[PlannedWindow]:
        """All planned work that is not over: of the configuration, and planned through the monitor."""
        return [*self._context.windows, *(one.planned(self._zone) for one in self.planned(now))]

    def open_windows(self, now: float) -> list[PlannedWindow]:
        """The maintenance that is under way: of the configuration, and planned through the monitor."""
        with self._lock:
            return self._clock.open_windows([*self._context.windows, *self._planned], now)

    def agreed_between(self, device: Device, start: float, end: float) -> str:
        """The title of planned work on a device that went on at some time between two instants; empty: none did."""
        with self._records.read() as connection:
            by_hand = writing.load_maintenance(connection, start, also_cancelled=True)
        windows = [*self._context.windows, *(one.planned(self._zone) for one in by_hand)]
        ended = {str(one.id): one.cancelled_at for one in by_hand if one.cancelled_at is not None}
        for window in windows:
            until = min(end, ended.get(window.id, end)) if window.by_hand else end
            if start <= until and is_about(window.matchers, device) and window.window.intervals(start, until + 1):
                return window.title
        return ""

    def _named(self, draft: Draft, keys: Sequence[str], actor: Actor) -> list[Held]:
        found = []
        for key in keys:
            held = draft.alert(key)
            if held is None:
                raise NotOpen("there is no open alert “{key}”", key=clean(key, limit=300))
            require(actor, Permission.ACKNOWLEDGE, held.department)
            found.append(held)
        return found

    def _audited(self, actor: Actor, action: str, keys: Sequence[str], now: float, note: str = "") -> Write:
        def write(connection: sa.Connection) -> None:
            for key in keys:
                self._audit.append(connection, actor, action, "alert", key, now, {"note": note} if note else None)

        return write

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
        self._planned = [one.planned(self._zone) for one in writing.load_maintenance(connection, now)]

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

    def _write(self, write: Write, now: float) -> list[AlertChange]:
        return self._run(now, lambda _draft: None, write=write)
