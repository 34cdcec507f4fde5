"""What people ask of the book besides alerts: silences and planned maintenance, each with an author, and audited."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from nms.access import Actor, Permission, require
from nms.alerts import writing
from nms.alerts.blankets import Maintenance, Silence
from nms.alerts.changes import AlertChange
from nms.alerts.matchers import checked
from nms.calendars import Recurring, wall_time
from nms.i18n import N_
from nms.model import Number
from nms.refusals import Refusal, Unfit
from nms.store.audit import AuditLog
from nms.store.records import Records
from nms.store.tables.alerts import maintenance, silences
from nms.text import clean

LONGEST_NOTE = 1000
_LONGEST_SILENCE = 366 * 86_400.0

Write = Callable[[sa.Connection], None]
Detail = Mapping[str, str | Number | bool | None]


_NO_WORK = N_("there is no planned maintenance {number} that is not over")


class NotOpen(Refusal, LookupError):
    """There is no open alert, incident, silence or maintenance of that name."""


class QuietBook:
    """The part of the alert book that keeps alerts quiet. Every change is one transaction with what follows from it."""

    _records: Records
    _audit: AuditLog
    _zone: ZoneInfo

    @abstractmethod
    def _write(self, write: Write, now: float) -> list[AlertChange]:
        """One transaction: `write`, and then what time and the new quiet make of the alerts."""

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
        reason, starts_at = clean(reason, limit=LONGEST_NOTE), now if starts_at is None else starts_at
        if not reason:
            raise Unfit("a silence needs a reason")
        if not now < until <= now + _LONGEST_SILENCE or starts_at >= until:
            raise Unfit("a silence ends in the future, within a year, and after it starts")
        row = {
            "matchers": within(checked(matchers), actor),
            "author": actor.name,
            "reason": reason,
            "created_at": now,
            "starts_at": starts_at,
            "ends_at": until,
        }
        about = written(row["matchers"])
        detail: Detail = {"about": about, "reason": reason, "starts_at": starts_at, "ends_at": until}
        number = self._insert(silences, row, actor, "start", "silence", detail, now)
        return Silence(number, row["matchers"], actor.name, reason, starts_at, until, now)  # type: ignore[arg-type]

    def end_silence(self, actor: Actor, number: int, now: float) -> list[AlertChange]:
        """Ends a silence before its time. Raises: NotOpen, Forbidden."""
        require(actor, Permission.SILENCE)
        self._require_own(actor, Permission.SILENCE, {one.id: one.matchers for one in self.silences(now)}, number)
        active = sa.and_(silences.c.id == number, silences.c.ends_at > now)
        starts = sa.case((silences.c.starts_at > now, now), else_=silences.c.starts_at)
        ended = silences.update().where(active).values(ends_at=now, starts_at=starts, ended_by=actor.name)
        otherwise = NotOpen("there is no silence {number} that could be ended", number=number)
        return self._update(ended, otherwise, actor, "end", "silence", number, {}, now)

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
        """Plans work: once, or again and again by a recurrence rule. What is still down when it ends alerts then.

        Raises: Forbidden, ValueError.
        """
        require(actor, Permission.PLAN)
        title, reason = clean(title, limit=300), clean(reason, limit=LONGEST_NOTE)
        if not title or not duration > 0 or (starts_at + duration <= now and not rule):
            raise Unfit("planned maintenance needs a title, and ends in the future")
        if rule:
            Recurring(rule, wall_time(starts_at, self._zone).replace(microsecond=0), duration, self._zone)
        made = Maintenance(
            0, title, within(checked(matchers), actor), actor.name, reason, starts_at, duration, now, rule
        )
        row = {name: getattr(made, name) for name in ("title", "matchers", "author", "reason", "created_at")}
        row |= {"starts_at": starts_at, "duration": duration, "rule": rule}
        row["ends_at"] = None if rule else starts_at + duration
        detail: Detail = {
            "title": title,
            "about": written(made.matchers),
            "reason": reason,
            "starts_at": starts_at,
            "duration": duration,
            "rule": rule,
        }
        return replace(made, id=self._insert(maintenance, row, actor, "plan", "maintenance", detail, now))

    def extend_maintenance(self, actor: Actor, number: int, until: float, now: float) -> list[AlertChange]:
        """Lets work planned once end at another time, since it takes longer (or less). Raises: NotOpen, Forbidden,
        ValueError."""
        require(actor, Permission.PLAN)
        standing = {one.id: one for one in self.planned(now)}
        self._require_own(actor, Permission.PLAN, {name: one.matchers for name, one in standing.items()}, number)
        found = standing.get(number)
        if found is None:
            raise NotOpen(_NO_WORK, number=number)
        if found.rule:
            raise Unfit("work that recurs is not extended: end it and plan it anew")
        if until <= max(now, found.starts_at):
            raise Unfit("planned maintenance ends in the future, and after it starts")
        columns = maintenance.c
        same = sa.and_(columns.id == number, columns.cancelled_at.is_(None), columns.ends_at > now)
        longer = maintenance.update().where(same).values(duration=until - found.starts_at, ends_at=until)
        detail = {"ended_at": found.starts_at + found.duration, "ends_at": until}
        otherwise = NotOpen(_NO_WORK, number=number)
        return self._update(longer, otherwise, actor, "extend", "maintenance", number, detail, now)

    def cancel_maintenance(self, actor: Actor, number: int, now: float) -> list[AlertChange]:
        """Cancels planned work, or ends it early. Raises: NotOpen, Forbidden."""
        require(actor, Permission.PLAN)
        self._require_own(actor, Permission.PLAN, {one.id: one.matchers for one in self.planned(now)}, number)
        standing = sa.and_(
            maintenance.c.id == number,
            maintenance.c.cancelled_at.is_(None),
            sa.or_(maintenance.c.ends_at.is_(None), maintenance.c.ends_at > now),
        )
        cancelled = maintenance.update().where(standing).values(cancelled_at=now, cancelled_by=actor.name)
        otherwise = NotOpen(_NO_WORK, number=number)
        return self._update(cancelled, otherwise, actor, "end", "maintenance", number, {}, now)

    def silences(self, now: float) -> list[Silence]:
        """Silences that are active or to come."""
        with self._records.read() as connection:
            return writing.load_silences(connection, now)

    def planned(self, now: float) -> list[Maintenance]:
        """Planned work that is not over."""
        with self._records.read() as connection:
            return writing.load_maintenance(connection, now)

    def _require_own(
        self, actor: Actor, permission: Permission, matchers: Mapping[int, Mapping[str, object]], number: int
    ) -> None:
        """Somebody who looks after some departments touches what is about those only. Raises: Forbidden."""
        if actor.departments and number in matchers:
            for department in matchers[number].get("department", ("*",)):  # type: ignore[attr-defined]
                require(actor, permission, department)

    def _insert(
        self,
        table: sa.Table,
        row: Mapping[str, object],
        actor: Actor,
        action: str,
        kind: str,
        detail: Detail,
        now: float,
    ) -> int:
        numbers: list[int] = []

        def write(connection: sa.Connection) -> None:
            made = connection.execute(table.insert().values(**row))
            numbers.append(made.inserted_primary_key[0])  # type: ignore[index]
            self._audit.append(connection, actor, action, kind, str(numbers[0]), now, detail)

        self._write(write, now)
        return numbers[0]

    def _update(
        self,
        statement: sa.Update,
        otherwise: NotOpen,
        actor: Actor,
        action: str,
        kind: str,
        number: int,
        detail: Detail,
        now: float,
    ) -> list[AlertChange]:
        def write(connection: sa.Connection) -> None:
            if not connection.execute(statement).rowcount:
                raise otherwise
            self._audit.append(connection, actor, action, kind, str(number), now, detail)

        return self._write(write, now)


def written(matchers: object) -> str:
    """Matchers as people write them: `device=rt-a,rt-b department=obras`."""
    assert isinstance(matchers, Mapping)
    return " ".join(f"{label}={','.join(patterns)}" for label, patterns in matchers.items())


def within(matchers: dict[str, list[str]], actor: Actor) -> dict[str, list[str]]:
    """Somebody who looks after some departments silences in those only."""
    if not actor.departments:
        return matchers
    asked = set(matchers.get("department", actor.departments))
    for department in asked:
        require(actor, Permission.READ, department)
    return {**matchers, "department": sorted(asked)}
