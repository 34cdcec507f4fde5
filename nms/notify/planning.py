"""From intents to deliveries: who hears of which incident, when, and what happens if nobody answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from nms.alerts.changes import IntentKind
from nms.alerts.matchers import labels_of
from nms.calendars import OFFICE_ZONE, wall_time
from nms.config.policies import EscalationStep
from nms.messages import as_data
from nms.model import Message, Severity
from nms.notify.quiet import quiet_until
from nms.notify.receivers import Directory
from nms.notify.stories import Story, stories
from nms.store.records import Records, serialise
from nms.store.tables.alerts import intents
from nms.store.tables.notify import deliveries, pages

ESCALATED, REMINDER = "escalated", "reminder"
ENDINGS = frozenset({IntentKind.RESOLVED.value, IntentKind.MERGED.value})
_MOST_AT_ONCE = 2000
_ASKED_AGAIN = 30.0


@dataclass(frozen=True)
class Planner:
    """Turns what happened into deliveries, in transactions of its own: each intent once, across kills."""

    records: Records
    directory: Directory
    zone: ZoneInfo = OFFICE_ZONE

    def plan(self, now: float) -> int:
        """Plans the intents that wait; returns how many."""
        waiting = sa.select(intents).where(intents.c.planned_at.is_(None)).order_by(intents.c.id)
        with self.records.read() as connection:
            if connection.execute(waiting.limit(1)).first() is None:
                return 0
        with self.records.begin() as connection:
            serialise(connection, "notify")
            rows = connection.execute(waiting.limit(_MOST_AT_ONCE)).mappings().all()
            if not rows:
                return 0
            known = stories(connection, (row["incident"] for row in rows))
            for row in rows:
                self._plan_one(connection, row, known[row["incident"]], now)
            planned = intents.update().where(intents.c.id.in_([row["id"] for row in rows]))
            connection.execute(planned.values(planned_at=now))
        return len(rows)

    def escalate(self, now: float) -> int:
        """Climbs a step, or repeats, for what goes on unattended; returns how many incidents were told again."""
        with self.records.read() as connection:
            if connection.execute(sa.select(pages.c.incident).where(pages.c.due_at <= now).limit(1)).first() is None:
                return 0
        with self.records.begin() as connection:
            serialise(connection, "notify")
            due = sa.select(pages).where(pages.c.due_at <= now).order_by(pages.c.incident).limit(_MOST_AT_ONCE)
            rows = connection.execute(due).mappings().all()
            known = stories(connection, (row["incident"] for row in rows))
            return sum(self._escalate_one(connection, row, known[row["incident"]], now) for row in rows)

    def _plan_one(self, connection: sa.Connection, intent: sa.RowMapping, story: Story, now: float) -> None:
        kind = intent["kind"]
        if kind in ENDINGS:
            receivers, decided = self._already_told(connection, story), Message("whoever heard of it hears its end")
            self._stop_page(connection, story)
        else:
            receivers, decided = self._routed(story, now)
            self._start_page(connection, story, now)
        hushed = self._hushed(story) if kind not in ENDINGS else None
        rows = [
            self._row(intent["id"], story, kind, receiver, 0, intent["at"], now, decided, hushed)
            for receiver in receivers
        ]
        for row in rows if kind in ENDINGS else ():
            row["due_at"] = self._untold_until(connection, row) or row["due_at"]
        if rows:
            connection.execute(deliveries.insert(), rows)

    def _untold_until(self, connection: sa.Connection, row: Mapping[str, object]) -> float | None:
        """When the beginning goes out, if it has not yet: its end is told with it."""
        columns = deliveries.c
        mine = (columns.incident == row["incident"]) & (columns.person == row["person"]) & (columns.state == "waiting")
        due_at: float | None = connection.execute(sa.select(sa.func.min(columns.due_at)).where(mine)).scalar()
        return due_at

    def _routed(self, story: Story, now: float) -> tuple[list[str], Message]:
        labels: Mapping[str, Iterable[str]] = {}
        if story.root is not None:
            labels = labels_of(story.root, self.directory.people.devices.get(story.root.device))
        return self.directory.routed(story.case.severity.word, labels, story.case.department, now)

    def _already_told(self, connection: sa.Connection, story: Story) -> list[str]:
        told = sa.select(deliveries.c.person).where(
            deliveries.c.incident == story.case.id, deliveries.c.state != "dropped", deliveries.c.kind.not_in(ENDINGS)
        )
        return list(connection.execute(told.distinct().order_by(deliveries.c.person)).scalars())

    def _hushed(self, story: Story) -> Message | None:
        """Why nobody is told after all: it went quiet between the change and now, or messages are switched off."""
        if not self.directory.notify.enabled:
            return Message("messages are switched off")
        if story.root is not None and story.root.is_open and story.root.suppressed_by:
            return Message("suppressed by {what}", {"what": story.root.suppressed_by})
        return None

    def _row(
        self,
        intent: int | None,
        story: Story,
        kind: str,
        receiver: str,
        step: int,
        at: float,
        now: float,
        decided: Message,
        hushed: Message | None,
    ) -> dict[str, object]:
        due_at = min(at, now) + self.directory.notify.grouping.wait if intent is not None else now
        quiet = quiet_until(self.directory.notify.quiet, story.case.severity.word, max(now, due_at), self.zone)
        if quiet is not None and not hushed:
            until = f"{wall_time(quiet, self.zone):%H:%M}"
            decided = Message("told when the quiet hours end, at {until}", {"until": until})
        return {
            "dedup": f"{intent if intent is not None else f'{kind}{int(at)}'}/{story.case.id}/{receiver}",
            "intent": intent,
            "incident": story.case.id,
            "kind": kind,
            "person": receiver,
            "step": step,
            "severity": int(story.case.severity),
            "created_at": now,
            "due_at": max(due_at, quiet or 0.0),
            "state": "dropped" if hushed else "waiting",
            "reason": as_data(hushed or decided),
        }

    def _steps(self, severity: Severity) -> list[EscalationStep]:
        steps = self.directory.notify.escalation
        return sorted((one for one in steps if severity.word in one.severities), key=lambda one: one.after)

    def _start_page(self, connection: sa.Connection, story: Story, now: float) -> None:
        """Begins the escalation of an incident, or wakes it up where it had stopped."""
        here = connection.execute(sa.select(pages).where(pages.c.incident == story.case.id)).first()
        if here is None:
            row = {"incident": story.case.id, "started_at": now, "step": 0, "repeats": 0}
            connection.execute(pages.insert().values(**row, due_at=self._next_due(story, now, 0, now)))
        elif here.due_at is None:
            values = {"started_at": now, "step": 0, "repeats": 0, "due_at": self._next_due(story, now, 0, now)}
            connection.execute(pages.update().where(pages.c.incident == story.case.id).values(**values))

    def _stop_page(self, connection: sa.Connection, story: Story) -> None:
        connection.execute(pages.update().where(pages.c.incident == story.case.id).values(due_at=None))

    def _next_due(self, story: Story, started_at: float, step: int, now: float) -> float | None:
        steps, repeat = self._steps(story.case.severity), self.directory.notify.grouping.repeat
        if step < len(steps):
            return started_at + steps[step].after
        return now + repeat if repeat > 0 and story.case.severity is Severity.CRITICAL else None

    def _escalate_one(self, connection: sa.Connection, page: sa.RowMapping, story: Story, now: float) -> int:
        here = pages.update().where(pages.c.incident == page["incident"])
        if story.is_over:
            connection.execute(here.values(due_at=None))
            return 0
        if not story.is_unattended:
            connection.execute(here.values(due_at=now + _ASKED_AGAIN))
            return 0
        steps, step = self._steps(story.case.severity), page["step"]
        climbs = step < len(steps)
        if climbs:
            named = self.directory.named(steps[step].to, story.case.department, now)
            receivers = [*named, *(f"#{name}" for name in steps[step].channels)]
            decided = Message("nobody has acknowledged: step {step}", {"step": step + 1})
        else:
            receivers, decided = self._already_told(connection, story), Message("nobody has acknowledged: told again")
        kind, repeats = (ESCALATED, page["repeats"]) if climbs else (REMINDER, page["repeats"] + 1)
        rows = [
            self._row(None, story, kind, receiver, step + climbs, now, now, decided, None)
            for receiver in dict.fromkeys(receivers)
            if self.directory.receiver(receiver) is not None
        ]
        if rows:
            connection.execute(deliveries.insert(), rows)
        due_at = self._next_due(story, page["started_at"], step + climbs, now)
        connection.execute(here.values(step=step + climbs, repeats=repeats, due_at=due_at))
        return 1
