"""Reads that leave a trace: what goes out of the house as a file, and the audit itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nms.access import Actor, Forbidden, Permission, require
from nms.store.audit import AuditEntry, AuditLog, entries
from nms.store.records import Records

MOST_ROWS = 1000
SAME_LOOK_SECONDS = 900.0
"""A page that refreshes itself is one look in so long."""
MOST_LOOKS = 10_000


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which rows; `before` the number of one, for the next page. Times in Unix seconds."""

    who: str = ""
    action: str = ""
    kind: str = ""
    subject: str = ""
    since: float | None = None
    until: float | None = None
    before: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class AuditReads:
    """Notes who read what; lets those read the audit who may, and notes that too."""

    records: Records
    clock: Callable[[], float] = time.time
    audit: AuditLog = field(default_factory=AuditLog)
    _looks: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def look(self, actor: Actor, kind: str) -> None:
        """Somebody sees where people are, how to reach them, or who may get in."""
        now, look = self.clock(), (actor.name, actor.origin, kind)
        if now - self._looks.get(look, -SAME_LOOK_SECONDS) < SAME_LOOK_SECONDS:
            return
        self.note(actor, "read", kind, "", {})
        if len(self._looks) >= MOST_LOOKS:
            self._looks.clear()
        self._looks[look] = now

    def note(self, actor: Actor, action: str, kind: str, subject: str, detail: Mapping[str, str]) -> None:
        with self.records.begin() as connection:
            self.audit.append(connection, actor, action, kind, subject, self.clock(), detail)

    def entries(self, actor: Actor, asked: AuditQuery) -> list[AuditEntry]:
        """Rows, the newest first. Raises: Forbidden, also for an actor of some departments: the audit is of all."""
        require(actor, Permission.READ_AUDIT)
        if actor.departments:
            raise Forbidden("the audit is of all departments; this account is of some")
        limit = min(asked.limit, MOST_ROWS)
        with self.records.read() as connection:
            found = entries(
                connection,
                before=asked.before,
                actor=asked.who,
                action=asked.action,
                kind=asked.kind,
                subject=asked.subject,
                since=asked.since,
                until=asked.until,
                limit=limit,
            )
        words = {"who": asked.who, "action": asked.action, "kind": asked.kind, "subject": asked.subject}
        given = {name: value for name, value in words.items() if value}
        self.note(actor, "read", "audit", "", given)
        return found
