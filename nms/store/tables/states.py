"""State history: who was in which state from when to when, and what people corrected afterwards."""

from __future__ import annotations

import sqlalchemy as sa

from nms.store.records import Identity, Instant, metadata

states = sa.Table(
    "states",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("from_at", Instant, nullable=False),
    sa.Column("to_at", Instant),
    sa.CheckConstraint("to_at IS NULL OR to_at >= from_at", name="order"),
)
"""Intervals that are half-open and follow each other; the present one of a subject has no end."""

sa.Index("ix_states_subject_from", states.c.subject, states.c.from_at)
sa.Index("ix_states_to", states.c.to_at)
sa.Index(
    "uq_states_present",
    states.c.subject,
    unique=True,
    sqlite_where=states.c.to_at.is_(None),
    postgresql_where=states.c.to_at.is_(None),
)

state_corrections = sa.Table(
    "state_corrections",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("from_at", Instant, nullable=False),
    sa.Column("to_at", Instant, nullable=False),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("withdrawn_at", Instant),
    sa.Column("withdrawn_by", sa.String, nullable=False, default=""),
    sa.CheckConstraint("to_at > from_at", name="order"),
)
"""What people said of a past time; it lies over the observed states and never replaces them."""

sa.Index("ix_state_corrections_subject_from", state_corrections.c.subject, state_corrections.c.from_at)

heartbeats = sa.Table(
    "heartbeats",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("at", Instant, nullable=False),
)
"""When each part of the monitor was last known to be at work."""
