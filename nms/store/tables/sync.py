"""Tickets elsewhere: which ticket is which in another system, and how far both sides have heard of each other."""

from __future__ import annotations

import sqlalchemy as sa

from nms.store.records import Instant, metadata

ticket_remotes = sa.Table(
    "ticket_remotes",
    metadata,
    sa.Column("system", sa.String, primary_key=True),
    sa.Column("ticket", sa.BigInteger, sa.ForeignKey("tickets.id"), primary_key=True, autoincrement=False),
    sa.Column("remote", sa.String),
    sa.Column("pushed_log", sa.BigInteger, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("last_error", sa.String, nullable=False),
    sa.UniqueConstraint("system", "remote"),
)
"""`pushed_log`: the last line of the ticket's log that the other side has; `seen`: its last change that we have.

The log of tickets is itself the outbox: what stands after `pushed_log` is still to be sent.
"""

sa.Index("ix_ticket_remotes_due", ticket_remotes.c.system, ticket_remotes.c.due_at)

ticket_cursors = sa.Table(
    "ticket_cursors",
    metadata,
    sa.Column("system", sa.String, primary_key=True),
    sa.Column("log", sa.BigInteger, nullable=False),
    sa.Column("pulled_at", Instant, nullable=False),
)
"""How far each system has looked through the log of all tickets, and when, by its clock, it was last asked."""
