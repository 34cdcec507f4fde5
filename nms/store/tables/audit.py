"""The audit: one row a change, each bound to the one before it, and the head that says where the chain ends."""

from __future__ import annotations

import sqlalchemy as sa

from nms.store.records import Instant, metadata

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.String, nullable=False),
    sa.Column("origin", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("detail", sa.String, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
)
"""`id` counts from 1 without gaps; `kind` and `subject` name what was changed; `detail` is canonical JSON."""

sa.Index("ix_audit_at", audit.c.at)
sa.Index("ix_audit_actor", audit.c.actor, audit.c.id)
sa.Index("ix_audit_subject", audit.c.kind, audit.c.subject, audit.c.id)
sa.Index("ix_audit_action", audit.c.action, audit.c.id)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
    sa.CheckConstraint("id = 1", name="single"),
)
"""One row: the number and hash of the last audit row. Whoever appends locks it."""
