"""State history: in which state every thing was, from when to when, and what people corrected afterwards.

A subject is a name such as `device/rt-tesoreria`, `link/tesoreria-a` or `department/tesoreria`. Its observed states
are half-open intervals that follow each other; one is written only when the state changes. Time that no interval
covers is unknown: before the first observation, after the last sign of life of the monitor, after the thing left
the inventory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from nms.calendars import IntervalSet
from nms.model import State
from nms.refusals import Unfit
from nms.store.records import Records
from nms.store.tables.states import heartbeats, state_corrections, states
from nms.text import clean

BRIDGED_SECONDS = 120.0
"""A monitor that was away no longer than two ordinary polls has missed nothing that it would have seen."""


@dataclass(frozen=True, slots=True)
class StateInterval:
    """A subject was in `state` from `start` up to, not including, `end`; `correction` is who says so, if a person."""

    state: State
    start: float
    end: float
    correction: int | None = None


@dataclass(frozen=True, slots=True)
class StateCorrection:
    """A person's word on a past time; it lies over what was observed, which stays."""

    id: int
    subject: str
    state: State
    start: float
    end: float
    author: str
    reason: str
    at: float
    withdrawn_at: float | None = None
    withdrawn_by: str = ""


Witnessed = Callable[[sa.Connection, StateCorrection], None]
"""Called inside the transaction of a correction, to audit it."""


class StateHistory:
    """The states of everything, observed by one running monitor and read by anybody."""

    def __init__(self, records: Records, *, bridged_seconds: float = BRIDGED_SECONDS) -> None:
        self._records = records
        self._bridged_seconds = bridged_seconds
        self._present: dict[str, tuple[State, float]] = {}
        self._alive_at: float | None = None
        self.reload()

    def reload(self) -> None:
        """Reads the present states and the last sign of life again."""
        query = sa.select(states.c.subject, states.c.state, states.c.from_at).where(states.c.to_at.is_(None))
        with self._records.read() as connection:
            self._present = {row.subject: (State(row.state), row.from_at) for row in connection.execute(query)}
            alive = sa.select(heartbeats.c.at).where(heartbeats.c.name == "monitor")
            self._alive_at = connection.execute(alive).scalar()

    def start(self, now: float) -> float:
        """Says that a monitor begins to observe; returns the seconds it had been away.

        What was open when the last one stopped became unknown at its last sign of life, unless that is less
        than the bridged seconds ago.
        """
        away = 0.0 if self._alive_at is None else max(0.0, now - self._alive_at)
        if self._alive_at is not None and away > self._bridged_seconds:
            self._write(dict.fromkeys(self._present, State.UNKNOWN), self._alive_at)
        self.heartbeat(now)
        return away

    def heartbeat(self, now: float) -> None:
        """The monitor is at work; call every ten seconds or so."""
        with self._records.begin() as connection:
            beat(connection, "monitor", now)
        self._alive_at = now

    def observe(self, observed: Mapping[str, State], at: float) -> int:
        """Keeps the states that changed; returns how many. Repeating an observation changes nothing."""
        changed = {
            subject: state for subject, state in observed.items() if self._present.get(subject, (None, 0.0))[0] != state
        }
        if changed:
            self._write(changed, at)
        self._alive_at = max(at, self._alive_at or at)
        return len(changed)

    def forget(self, subjects: Iterable[str], at: float) -> None:
        """Ends the history of what left the inventory; the past stays."""
        leaving = [subject for subject in subjects if subject in self._present]
        if leaving:
            with self._records.begin() as connection:
                self._close(connection, {subject: max(at, self._present[subject][1]) for subject in leaving})
            for subject in leaving:
                del self._present[subject]

    def present(self) -> Mapping[str, tuple[State, float]]:
        """The present state of each subject, and since when."""
        return dict(self._present)

    def intervals(self, subject: str, start: float, end: float, *, corrected: bool = True) -> list[StateInterval]:
        """The states of one subject within [start, end), in order; the present one ends at the last sign of life."""
        return self.bulk(start, end, [subject], corrected=corrected).get(subject, [])

    def bulk(
        self,
        start: float,
        end: float,
        subjects: Sequence[str] | None = None,
        *,
        corrected: bool = True,
        as_of: float | None = None,
    ) -> dict[str, list[StateInterval]]:
        """The same for many subjects (all of them by default) in one reading.

        `as_of`: with the corrections that counted at that instant; all that count now by default.
        """
        with self._records.read() as connection:
            found = self._observed(connection, start, end, subjects)
            over = _corrections(connection, start, end, subjects, as_of=as_of) if corrected else {}
        for subject, corrections in over.items():
            found[subject] = laid_over(found.get(subject, []), corrections, start, end)
        return {subject: _joined(intervals) for subject, intervals in found.items()}

    def in_effect(self, start: float, end: float, *, as_of: float | None = None) -> dict[str, list[StateCorrection]]:
        """The corrections of [start, end) that count (or counted at an instant), by subject, in the order made."""
        with self._records.read() as connection:
            return _corrections(connection, start, end, None, as_of=as_of)

    def set_of(self, subject: str, start: float, end: float, *wanted: State) -> IntervalSet:
        """When a subject was in any of the wanted states, as a set of instants."""
        found = self.intervals(subject, start, end)
        return IntervalSet((one.start, one.end) for one in found if one.state in wanted)

    def correct(
        self,
        subject: str,
        start: float,
        end: float,
        author: str,
        reason: str,
        now: float,
        *,
        state: State = State.MAINTENANCE,
        also: Witnessed | None = None,
    ) -> StateCorrection:
        """Says that a subject was in another state in a past time. Saying the same again changes nothing.

        Raises: ValueError without author or reason, or for a time that is empty or to come.
        """
        author, reason = clean(author, limit=100), clean(reason, limit=1000)
        if not author or not reason:
            raise Unfit("a correction needs an author and a reason")
        if not start < end <= now:
            raise Unfit("a correction is about a past time: it starts before it ends, and has ended")
        wanted = StateCorrection(0, subject, state, start, end, author, reason, now)
        with self._records.begin() as connection:
            same = [
                kept
                for kept in _corrections(connection, start, end, [subject]).get(subject, [])
                if replace(kept, id=0, at=now) == wanted
            ]
            if same:
                return same[0]
            made = connection.execute(state_corrections.insert().values(**_correction_row(wanted)))
            correction = replace(wanted, id=made.inserted_primary_key[0])  # type: ignore[index]
            if also:
                also(connection, correction)
        return correction

    def withdraw(self, correction: int, by: str, now: float, *, also: Witnessed | None = None) -> StateCorrection:
        """Takes a correction back; it stays on record. Raises: LookupError when there is no such correction."""
        columns = state_corrections.c
        with self._records.begin() as connection:
            open_one = (columns.id == correction) & columns.withdrawn_at.is_(None)
            values = {"withdrawn_at": now, "withdrawn_by": clean(by, limit=100)}
            changed = connection.execute(state_corrections.update().where(open_one).values(**values)).rowcount
            row = connection.execute(sa.select(state_corrections).where(columns.id == correction)).first()
            if row is None:
                raise LookupError(f"there is no correction {correction}")
            found = _correction(row)
            if also and changed:
                also(connection, found)
        return found

    def corrections(self, start: float, end: float, subjects: Sequence[str] | None = None) -> list[StateCorrection]:
        """All corrections that touch [start, end), withdrawn ones too, in the order they were made."""
        with self._records.read() as connection:
            found = _corrections(connection, start, end, subjects, withdrawn=True)
        return sorted((one for several in found.values() for one in several), key=lambda one: one.id)

    def _write(self, changed: Mapping[str, State], at: float) -> None:
        """Ends the present intervals and begins the next; one that would have no length is rewritten instead."""
        since = {subject: max(at, self._present[subject][1]) for subject in changed if subject in self._present}
        rewritten = [subject for subject, start in since.items() if start == self._present[subject][1]]
        ended = {subject: start for subject, start in since.items() if start != self._present[subject][1]}
        begun = [subject for subject in changed if subject not in since or subject in ended]
        with self._records.begin() as connection:
            if rewritten:
                rows = [{"s": subject, "new": changed[subject].value} for subject in rewritten]
                connection.execute(_open_one().values(state=sa.bindparam("new")), rows)
            self._close(connection, ended)
            if begun:
                connection.execute(
                    states.insert(),
                    [
                        {"subject": subject, "state": changed[subject].value, "from_at": since.get(subject, at)}
                        for subject in begun
                    ],
                )
            beat(connection, "monitor", max(at, self._alive_at or at))
        self._present |= {subject: (state, since.get(subject, at)) for subject, state in changed.items()}

    def _close(self, connection: sa.Connection, ends: Mapping[str, float]) -> None:
        if ends:
            rows = [{"s": subject, "end": end} for subject, end in ends.items()]
            connection.execute(_open_one().values(to_at=sa.bindparam("end")), rows)

    def _observed(
        self, connection: sa.Connection, start: float, end: float, subjects: Sequence[str] | None
    ) -> dict[str, list[StateInterval]]:
        columns = states.c
        query = sa.select(columns.subject, columns.state, columns.from_at, columns.to_at).where(
            columns.from_at < end, sa.or_(columns.to_at.is_(None), columns.to_at > start)
        )
        if subjects is not None:
            query = query.where(columns.subject.in_(subjects))
        alive_at = self._alive_at if self._alive_at is not None else end
        found: dict[str, list[StateInterval]] = defaultdict(list)
        for subject, state, from_at, to_at in connection.execute(query.order_by(columns.subject, columns.from_at)):
            first, last = max(start, from_at), min(end, alive_at if to_at is None else to_at)
            if first < last:
                found[subject].append(StateInterval(State(state), first, last))
        return dict(found)


def beat(connection: sa.Connection, name: str, now: float) -> None:
    """Writes that a part of the monitor was at work at an instant."""
    changed = connection.execute(heartbeats.update().where(heartbeats.c.name == name).values(at=now)).rowcount
    if not changed:
        connection.execute(heartbeats.insert().values(name=name, at=now))


def beaten_at(connection: sa.Connection, name: str) -> float | None:
    """The instant that was last written of a part; None: never."""
    found: float | None = connection.execute(sa.select(heartbeats.c.at).where(heartbeats.c.name == name)).scalar()
    return found


def _open_one() -> sa.Update:
    return states.update().where(states.c.subject == sa.bindparam("s"), states.c.to_at.is_(None))


def _corrections(
    connection: sa.Connection,
    start: float,
    end: float,
    subjects: Sequence[str] | None,
    *,
    withdrawn: bool = False,
    as_of: float | None = None,
) -> dict[str, list[StateCorrection]]:
    columns = state_corrections.c
    query = sa.select(state_corrections).where(columns.from_at < end, columns.to_at > start).order_by(columns.id)
    if as_of is not None:
        query = query.where(columns.at <= as_of, columns.withdrawn_at.is_(None) | (columns.withdrawn_at > as_of))
    elif not withdrawn:
        query = query.where(columns.withdrawn_at.is_(None))
    if subjects is not None:
        query = query.where(columns.subject.in_(subjects))
    found: dict[str, list[StateCorrection]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.subject].append(_correction(row))
    return dict(found)


def _correction(row: sa.Row[tuple[object, ...]]) -> StateCorrection:
    kept = row._mapping
    return StateCorrection(
        kept["id"],
        kept["subject"],
        State(kept["state"]),
        kept["from_at"],
        kept["to_at"],
        kept["author"],
        kept["reason"],
        kept["at"],
        kept["withdrawn_at"],
        kept["withdrawn_by"],
    )


def _correction_row(correction: StateCorrection) -> dict[str, object]:
    return {
        "subject": correction.subject,
        "state": correction.state.value,
        "from_at": correction.start,
        "to_at": correction.end,
        "author": correction.author,
        "reason": correction.reason,
        "at": correction.at,
    }


def laid_over(
    under: Iterable[StateInterval], corrections: Iterable[StateCorrection], start: float, end: float
) -> list[StateInterval]:
    """Intervals of [start, end) with corrections put over them, the last one on top."""
    found = list(under)
    for correction in corrections:
        found = _covered(found, correction, start, end)
    return _joined(found)


def _covered(under: list[StateInterval], correction: StateCorrection, start: float, end: float) -> list[StateInterval]:
    """Intervals with a correction put over them: it may also cover time in which nothing was observed."""
    first, last = max(start, correction.start), min(end, correction.end)
    before = [replace(one, end=min(one.end, first)) for one in under if one.start < first]
    after = [replace(one, start=max(one.start, last)) for one in under if one.end > last]
    return [*before, StateInterval(correction.state, first, last, correction.id), *after]


def _joined(intervals: Iterable[StateInterval]) -> list[StateInterval]:
    """Neighbours in the same state, by the same word, made one."""
    joined: list[StateInterval] = []
    for one in intervals:
        last = joined[-1] if joined else None
        if last and last.end == one.start and (last.state, last.correction) == (one.state, one.correction):
            joined[-1] = replace(last, end=one.end)
        else:
            joined.append(one)
    return joined
