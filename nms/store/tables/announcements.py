"""What the office tells the public, beside what the monitor finds out by itself."""

from __future__ import annotations

import sqlalchemy as sa

from nms.store.records import Identity, Instant, metadata

announcements = sa.Table(
    "announcements",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("title", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("departments", sa.JSON, nullable=False),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("withdrawn_at", Instant),
)
"""`departments` whose services it is about; none: all of them."""

sa.Index("ix_announcements_ends_at", announcements.c.ends_at)
