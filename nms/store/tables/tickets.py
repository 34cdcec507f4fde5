"""Tickets and all that hangs on them: log, clocks, evidence, costs, playbook texts, the plan of preventive work."""

from __future__ import annotations

import sqlalchemy as sa

from nms.store.records import Identity, Instant, metadata


def _ticket() -> sa.Column[int]:
    return sa.Column("ticket", sa.BigInteger, sa.ForeignKey("tickets.id"), nullable=False)


tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("folio", sa.String, nullable=False, unique=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("priority", sa.SmallInteger, nullable=False),
    sa.Column("impact", sa.SmallInteger, nullable=False),
    sa.Column("urgency", sa.SmallInteger, nullable=False),
    sa.Column("title", sa.JSON, nullable=False),
    sa.Column("description", sa.String, nullable=False),
    sa.Column("department", sa.String, nullable=False),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("device", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("reporter", sa.String, nullable=False),
    sa.Column("assignee", sa.String, nullable=False),
    sa.Column("incident", sa.BigInteger),
    sa.Column("cause_key", sa.String, nullable=False),
    sa.Column("open_cause", sa.String, unique=True),
    sa.Column("playbook", sa.String, nullable=False),
    sa.Column("playbook_version", sa.String, nullable=False),
    sa.Column("playbook_digest", sa.String, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("scheduled_at", Instant),
    sa.Column("hold_reason", sa.String, nullable=False),
    sa.Column("calendar", sa.String, nullable=False),
    sa.Column("respond_seconds", sa.Double),
    sa.Column("resolve_seconds", sa.Double),
    sa.Column("responded_at", Instant),
    sa.Column("respond_due_at", Instant),
    sa.Column("respond_breached_at", Instant),
    sa.Column("warn_at", Instant),
    sa.Column("warned_at", Instant),
    sa.Column("due_at", Instant),
    sa.Column("breached_at", Instant),
    sa.Column("resolved_at", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("cause_code", sa.String, nullable=False),
    sa.Column("solution_code", sa.String, nullable=False),
    sa.Column("solution", sa.String, nullable=False),
    sa.Column("reopened", sa.Integer, nullable=False),
    sa.Column("symptoms", sa.Integer, nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
)
"""`open_cause` is `cause_key` while the ticket is neither resolved nor closed: never two open for one cause."""

for _column in ("status", "kind", "department", "device", "assignee", "priority", "playbook"):
    sa.Index(f"ix_tickets_{_column}", tickets.c[_column], tickets.c.id)
sa.Index("ix_tickets_cause", tickets.c.cause_key, tickets.c.id)
sa.Index("ix_tickets_incident", tickets.c.incident)
sa.Index("ix_tickets_opened", tickets.c.opened_at)
sa.Index("ix_tickets_resolved", tickets.c.resolved_at)
CLOCK_RUNS = sa.text("status IN ('open', 'assigned', 'in-progress')")
"""Tickets whose clock runs. Written out, because a partial index serves only queries that say the same words."""

IS_ACTIVE = sa.text("status IN ('open', 'assigned', 'in-progress', 'on-hold')")
"""Tickets in which something is still to be done: a few hundred, whatever the statistics say of each status."""

sa.Index("ix_tickets_active", tickets.c.id, sqlite_where=IS_ACTIVE, postgresql_where=IS_ACTIVE)
sa.Index("ix_tickets_due", tickets.c.due_at, sqlite_where=CLOCK_RUNS, postgresql_where=CLOCK_RUNS)

ticket_folios = sa.Table(
    "ticket_folios",
    metadata,
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("last", sa.BigInteger, nullable=False),
)
"""The last number given out, by kind and office year; raised in the transaction that opens the ticket."""

ticket_words = sa.Table(
    "ticket_words",
    metadata,
    sa.Column("word", sa.String, primary_key=True),
    sa.Column("ticket", sa.BigInteger, sa.ForeignKey("tickets.id"), primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""What tickets can be found by: words without case and accents."""

sa.Index("ix_ticket_words_ticket", ticket_words.c.ticket, ticket_words.c.word)

ticket_log = sa.Table(
    "ticket_log",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    _ticket(),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.String, nullable=False),
    sa.Column("origin", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("message", sa.JSON, nullable=False),
    sa.Column("note", sa.String, nullable=False),
)
"""What happened to a ticket, never changed: `status` is the one after it."""

ticket_pauses = sa.Table(
    "ticket_pauses",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    _ticket(),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("from_at", Instant, nullable=False),
    sa.Column("to_at", Instant),
)
"""When the clock of a ticket stood still: on hold, or resolved until it was reopened."""

ticket_watchers = sa.Table(
    "ticket_watchers",
    metadata,
    sa.Column("ticket", sa.BigInteger, sa.ForeignKey("tickets.id"), primary_key=True, autoincrement=False),
    sa.Column("person", sa.String, primary_key=True),
)

ticket_symptoms = sa.Table(
    "ticket_symptoms",
    metadata,
    sa.Column("ticket", sa.BigInteger, sa.ForeignKey("tickets.id"), primary_key=True, autoincrement=False),
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("device", sa.String, nullable=False),
    sa.Column("department", sa.String, nullable=False),
    sa.Column("joined_at", Instant, nullable=False),
    sa.Column("recovered_at", Instant),
)
"""The alerts and fault reports that one ticket stands for."""

ticket_attachments = sa.Table(
    "ticket_attachments",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    _ticket(),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("media_type", sa.String, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
)
"""The content is in a file named by its hash (see `nms.tickets.attachments`)."""

ticket_work = sa.Table(
    "ticket_work",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    _ticket(),
    sa.Column("at", Instant, nullable=False),
    sa.Column("person", sa.String, nullable=False),
    sa.Column("minutes", sa.Double, nullable=False),
    sa.Column("cost", sa.Double, nullable=False),
    sa.Column("note", sa.String, nullable=False),
)

ticket_parts = sa.Table(
    "ticket_parts",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    _ticket(),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("serial", sa.String, nullable=False),
    sa.Column("quantity", sa.Double, nullable=False),
    sa.Column("unit_cost", sa.Double, nullable=False),
)

ticket_evidence = sa.Table(
    "ticket_evidence",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    _ticket(),
    sa.Column("step", sa.String, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("value", sa.Double),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("command", sa.String, nullable=False),
    sa.Column("attachment", sa.BigInteger),
    sa.Column("verdict", sa.String, nullable=False),
    sa.Column("remark", sa.String, nullable=False),
)
"""What was entered for a step. Nothing is replaced: the last row of a step counts, all of them stay."""

for _table in (
    ticket_log,
    ticket_pauses,
    ticket_attachments,
    ticket_work,
    ticket_parts,
    ticket_evidence,
):
    sa.Index(f"ix_{_table.name}_ticket", _table.c.ticket, _table.c.id)
sa.Index("ix_ticket_symptoms_key", ticket_symptoms.c.key)
sa.Index("ix_ticket_watchers_person", ticket_watchers.c.person)

playbook_texts = sa.Table(
    "playbook_texts",
    metadata,
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("playbook", sa.String, nullable=False),
    sa.Column("version", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("first_used_at", Instant, nullable=False),
)
"""The playbooks as they were when tickets took them up, so that a ticket keeps its own steps."""

preventive_jobs = sa.Table(
    "preventive_jobs",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("cause_key", sa.String, nullable=False),
    sa.Column("due_from", Instant, nullable=False),
    sa.Column("due_until", Instant, nullable=False),
    sa.Column("playbook", sa.String, nullable=False),
    sa.Column("department", sa.String, nullable=False),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("device", sa.String, nullable=False),
    sa.Column("minutes", sa.Double, nullable=False),
    sa.Column("planned_start", Instant),
    sa.Column("planned_end", Instant),
    sa.Column("technician", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("folio", sa.String, nullable=False),
    sa.Column("escalated_at", Instant),
    sa.UniqueConstraint("cause_key", "due_from"),
)
"""One occurrence of calendar work: planned, opened, done, missed or skipped."""

sa.Index("ix_preventive_jobs_state_due", preventive_jobs.c.state, preventive_jobs.c.due_from)
sa.Index("ix_preventive_jobs_folio", preventive_jobs.c.folio)

preventive_marks = sa.Table(
    "preventive_marks",
    metadata,
    sa.Column("cause_key", sa.String, primary_key=True),
    sa.Column("first_seen_at", Instant, nullable=False),
    sa.Column("done_at", Instant),
    sa.Column("meter", sa.Double),
)
"""Where a cause of preventive work was last left: since when it is known, when done, at which meter reading."""
