"""The audit of every change: who, when, what, from where. Rows are only added, and bound into a chain by hashes.

Each row's hash covers the row and the hash before it, so that

- an edited row no longer matches its own hash;
- a removed or inserted row breaks the numbers or the link to the next;
- a cut tail no longer matches the head, which holds the number and hash of the last row.

Whoever can write to the database could recompute the whole chain and the head with it. Two things stop that:
a key kept outside the database (hashes are then HMAC-SHA256, RFC 2104), and checkpoints (`Checkpoint`) noted
elsewhere, in a mail, on paper, in a backup: `verify` compares them too, and a chain that was rewritten or cut
before one of them shows. Without either, a rewrite of all that follows a row cannot be told from the truth.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import sqlalchemy as sa

from nms.access import Actor
from nms.model import Message, Number
from nms.store.records import serialise
from nms.store.tables.audit import audit, audit_head
from nms.text import clean

FIRST_HASH = "0" * 64
_CHUNK = 20_000
_LOCK = "audit"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change. `detail` is what changed, in plain values; secrets do not belong there."""

    id: int
    at: float
    actor: str
    origin: str
    action: str
    kind: str
    subject: str
    detail: Mapping[str, object]
    hash: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The end of the chain at some time, noted outside the database: `1234:9f2c...` in text."""

    id: int
    hash: str

    def __str__(self) -> str:
        return f"{self.id}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Raises: ValueError, with what a checkpoint looks like."""
        number, _, digest = text.strip().partition(":")
        if not number.isdecimal() or len(digest) != 64:
            raise ValueError(f"{clean(text, limit=80)!r} is not a checkpoint: it looks like 1234:9f2c... (64 digits)")
        return cls(int(number), digest)


class Damage(StrEnum):
    """How the chain is broken."""

    EDITED = "edited"
    REMOVED = "removed"
    TRUNCATED = "truncated"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where the audit is not what was written."""

    damage: Damage
    id: int
    message: Message


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found. `end` is the present end of the chain, to be noted as the next checkpoint."""

    rows: int
    end: Checkpoint
    findings: tuple[Finding, ...] = ()

    @property
    def intact(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The chain. `key` (kept outside the database) makes its hashes unforgeable without it."""

    key: bytes = field(default=b"", repr=False)

    def append(
        self,
        connection: sa.Connection,
        actor: Actor,
        action: str,
        kind: str,
        subject: str,
        at: float,
        detail: Mapping[str, str | Number | bool | None] | None = None,
    ) -> int:
        """Adds one row inside the caller's transaction; returns its number.

        The head is locked until that transaction ends: two writers follow each other, and a change that is
        undone leaves no row. Text is made harmless on the way in.
        """
        serialise(connection, _LOCK)
        last, previous = _head(connection)
        row = _Row(
            last + 1,
            _instant(at),
            clean(actor.name, limit=120),
            clean(actor.origin, limit=200),
            clean(action, limit=60),
            clean(kind, limit=60),
            clean(subject, limit=400),
            _canonical(detail or {}),
        )
        digest = self._digest(previous, row)
        connection.execute(audit.insert().values(**row.columns(), hash=digest))
        connection.execute(audit_head.update().values(last=row.id, hash=digest))
        return row.id

    def end(self, connection: sa.Connection) -> Checkpoint:
        """The present end of the chain, to be noted outside."""
        return Checkpoint(*_head(connection, create=False))

    def verify(
        self, connection: sa.Connection, checkpoints: Iterable[Checkpoint] = (), *, since: Checkpoint | None = None
    ) -> Verification:
        """Walks the chain from its start, or from a checkpoint that is trusted, and tells every break in it."""
        noted = {one.id: one.hash for one in checkpoints}
        at, previous = (since.id, since.hash) if since else (0, FIRST_HASH)
        findings: list[Finding] = []
        if since is not None:
            findings += _at_checkpoint(connection, since)
        rows = 0
        for row, digest in _rows(connection, at):
            rows += 1
            findings += self._judge(row, digest, at, previous)
            if noted.pop(row.id, digest) != digest:
                findings.append(_rewritten(row.id))
            at, previous = row.id, digest
        findings += _judge_end(_head(connection, create=False), at, previous)
        findings += [_truncated(number, at) for number in sorted(noted) if number > at]
        return Verification(rows, Checkpoint(at, previous), tuple(findings))

    def _judge(self, row: _Row, digest: str, before: int, previous: str) -> list[Finding]:
        if row.id != before + 1:
            message = Message("the audit rows {first} to {last} are missing", {"first": before + 1, "last": row.id - 1})
            return [Finding(Damage.REMOVED, before + 1, message)]
        if not hmac.compare_digest(self._digest(previous, row), digest):
            template = "the audit row {id} is not what was written: it, or the row before it, was changed"
            return [Finding(Damage.EDITED, row.id, Message(template, {"id": row.id}))]
        return []

    def _digest(self, previous: str, row: _Row) -> str:
        text = json.dumps([previous, *row.columns().values()], ensure_ascii=False, separators=(",", ":")).encode()
        if self.key:
            return hmac.new(self.key, text, hashlib.sha256).hexdigest()
        return hashlib.sha256(text).hexdigest()


@dataclass(frozen=True, slots=True)
class _Row:
    """What a hash covers, in this order."""

    id: int
    at: float
    actor: str
    origin: str
    action: str
    kind: str
    subject: str
    detail: str

    def columns(self) -> dict[str, str | float | int]:
        return {
            "id": self.id,
            "at": self.at,
            "actor": self.actor,
            "origin": self.origin,
            "action": self.action,
            "kind": self.kind,
            "subject": self.subject,
            "detail": self.detail,
        }


def entries(
    connection: sa.Connection,
    *,
    before: int | None = None,
    actor: str = "",
    kind: str = "",
    subject: str = "",
    action: str = "",
    since: float | None = None,
    until: float | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """Rows, newest first; the next page is `before` the last one's number."""
    columns = audit.c
    query = sa.select(audit).order_by(columns.id.desc()).limit(limit)
    if before is not None:
        query = query.where(columns.id < before)
    for column, value in ((columns.actor, actor), (columns.kind, kind), (columns.action, action)):
        query = query.where(column == value) if value else query
    if subject:
        query = query.where(columns.subject == subject)
    if since is not None:
        query = query.where(columns.id >= _first_at(connection, since))
    if until is not None:
        query = query.where(columns.id < _first_at(connection, until))
    return [
        AuditEntry(
            row.id, row.at, row.actor, row.origin, row.action, row.kind, row.subject, json.loads(row.detail), row.hash
        )
        for row in connection.execute(query)
    ]


def _first_at(connection: sa.Connection, at: float) -> int:
    """The number of the first row at or after an instant: a range of numbers is what the indexes can page through."""
    first = sa.select(audit.c.id).where(audit.c.at >= at).order_by(audit.c.at, audit.c.id).limit(1)
    found = connection.execute(first).scalar()
    return found if found is not None else 2**62


def _head(connection: sa.Connection, *, create: bool = True) -> tuple[int, str]:
    row = connection.execute(sa.select(audit_head.c.last, audit_head.c.hash)).first()
    if row is not None:
        return row.last, row.hash
    if create:
        connection.execute(audit_head.insert().values(id=1, last=0, hash=FIRST_HASH))
    return 0, FIRST_HASH


def _rows(connection: sa.Connection, after: int) -> Iterator[tuple[_Row, str]]:
    while True:
        query = sa.select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(_CHUNK)
        chunk = connection.execute(query).all()
        for row in chunk:
            values = tuple(row)
            yield _Row(*values[:-1]), values[-1]
        if len(chunk) < _CHUNK:
            return
        after = chunk[-1].id


def _canonical(detail: Mapping[str, str | Number | bool | None]) -> str:
    harmless = {
        clean(name, limit=60): clean(value, limit=4000, keep_newlines=True) if isinstance(value, str) else value
        for name, value in detail.items()
    }
    return json.dumps(harmless, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _instant(at: float) -> float:
    if not math.isfinite(at):
        raise ValueError("an audit row needs an instant")
    return float(at)


def _at_checkpoint(connection: sa.Connection, noted: Checkpoint) -> list[Finding]:
    if noted.id == 0:
        return []
    found = connection.execute(sa.select(audit.c.hash).where(audit.c.id == noted.id)).scalar()
    if found is None:
        return [_truncated(noted.id, connection.execute(sa.select(sa.func.max(audit.c.id))).scalar() or 0)]
    return [] if found == noted.hash else [_rewritten(noted.id)]


def _judge_end(head: tuple[int, str], at: int, digest: str) -> list[Finding]:
    if head[0] > at:
        return [_truncated(head[0], at)]
    if head != (at, digest):
        message = Message("the head of the audit does not belong to its last row {id}", {"id": at})
        return [Finding(Damage.EDITED, at, message)]
    return []


def _truncated(expected: int, at: int) -> Finding:
    template = "the audit ends at row {at}, and row {expected} was written: its tail was cut off"
    return Finding(Damage.TRUNCATED, at + 1, Message(template, {"at": at, "expected": expected}))


def _rewritten(number: int) -> Finding:
    template = "the audit row {id} differs from its noted checkpoint: the chain was written anew"
    return Finding(Damage.REWRITTEN, number, Message(template, {"id": number}))
