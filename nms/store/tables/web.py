"""What the HTTP side keeps: browser sessions, answers to requests that may come twice, and reported faults."""

from __future__ import annotations

import sqlalchemy as sa

from nms.store.records import Identity, Instant, metadata

web_sessions = sa.Table(
    "web_sessions",
    metadata,
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("token", sa.BigInteger, sa.ForeignKey("api_tokens.id"), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
)
"""A session lives no longer than the token that opened it; only a digest of its cookie is kept."""

api_replies = sa.Table(
    "api_replies",
    metadata,
    sa.Column("actor", sa.String, primary_key=True),
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("fingerprint", sa.String, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("body", sa.String, nullable=False),
)
"""`status` None: the request that came first is under way, or the monitor stopped in the middle of it."""

sa.Index("ix_api_replies_at", api_replies.c.at)

fault_reports = sa.Table(
    "fault_reports",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("number", sa.String, nullable=False, unique=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("department", sa.String, nullable=False),
    sa.Column("place", sa.String, nullable=False),
    sa.Column("what", sa.String, nullable=False),
    sa.Column("contact", sa.String, nullable=False),
    sa.Column("folio", sa.String, nullable=False),
    sa.Column("known", sa.Boolean, nullable=False),
    sa.Column("forgotten_at", Instant),
    sa.Column("letter", sa.String),
)
"""`known`: it was attached to what was known already. Text of the reporter goes when its time is over.
`letter`: a digest of the mail's Message-ID, where it came by mail."""

sa.Index("ix_fault_reports_folio", fault_reports.c.folio)
sa.Index("ix_fault_reports_at", fault_reports.c.at)
sa.Index("uq_fault_reports_letter", fault_reports.c.letter, unique=True)
