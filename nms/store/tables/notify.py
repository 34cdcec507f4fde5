"""Deliveries: one message to one person over one channel, and where each stands."""

from __future__ import annotations

import sqlalchemy as sa

from nms.store.records import Identity, Instant, metadata

pages = sa.Table(
    "pages",
    metadata,
    sa.Column("incident", sa.BigInteger, sa.ForeignKey("incidents.id"), primary_key=True, autoincrement=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("repeats", sa.Integer, nullable=False),
    sa.Column("due_at", Instant),
)
"""How far each incident has climbed its escalation, and when it climbs again (no `due_at`: never)."""

sa.Index("ix_pages_due", pages.c.due_at)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("dedup", sa.String, nullable=False, unique=True),
    sa.Column("intent", sa.BigInteger, sa.ForeignKey("intents.id")),
    sa.Column("incident", sa.BigInteger, sa.ForeignKey("incidents.id"), nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("person", sa.String, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("severity", sa.SmallInteger, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("reason", sa.JSON),
    sa.Column("batch", sa.BigInteger, sa.ForeignKey("batches.id")),
)
"""That one person hears of one step of one incident. States: waiting, batched, dropped (with a reason)."""

sa.Index("ix_deliveries_incident", deliveries.c.incident, deliveries.c.id)
sa.Index("ix_deliveries_state_due", deliveries.c.state, deliveries.c.due_at)
sa.Index("ix_deliveries_person", deliveries.c.person, deliveries.c.created_at)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("person", sa.String, nullable=False),
    sa.Column("thread", sa.String, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("channels", sa.JSON, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("claimed_at", Instant),
    sa.Column("sent_at", Instant),
    sa.Column("last_error", sa.String, nullable=False, default=""),
)
"""One message to one person: one delivery or many together. States: intended, sending, sent, failed.

`channels` are the ways of reaching the person, in order; `channel` the one being tried or that worked.
"""

sa.Index("ix_batches_state_due", batches.c.state, batches.c.due_at)
sa.Index("ix_batches_person", batches.c.person, batches.c.created_at)
