"""Alerts, the incidents they form, their history, what silences them, and the intent to notify."""

from __future__ import annotations

import sqlalchemy as sa

from nms.store.records import Identity, Instant, metadata

alert_book = sa.Table(
    "alert_book",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("next_alert", sa.BigInteger, nullable=False),
    sa.Column("next_incident", sa.BigInteger, nullable=False),
    sa.CheckConstraint("id = 1", name="single"),
)
"""One row, locked by whoever writes alerts: `revision` tells the others that what they remember is old."""

incidents = sa.Table(
    "incidents",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("root_key", sa.String, nullable=False),
    sa.Column("summary", sa.JSON, nullable=False),
    sa.Column("severity", sa.SmallInteger, nullable=False),
    sa.Column("device", sa.String, nullable=False),
    sa.Column("department", sa.String, nullable=False),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("resolved_at", Instant),
    sa.Column("symptoms", sa.Integer, nullable=False),
    sa.Column("reopened", sa.Integer, nullable=False),
    sa.Column("merged_into", sa.BigInteger),
    sa.Column("ticket", sa.String, nullable=False, default=""),
    sa.Column("simulated", sa.Boolean, nullable=False),
)
sa.Index(
    "uq_incidents_open",
    incidents.c.root_key,
    unique=True,
    sqlite_where=incidents.c.resolved_at.is_(None),
    postgresql_where=incidents.c.resolved_at.is_(None),
)
sa.Index("ix_incidents_opened", incidents.c.opened_at)
sa.Index("ix_incidents_resolved", incidents.c.resolved_at)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("rule", sa.String, nullable=False),
    sa.Column("device", sa.String, nullable=False),
    sa.Column("department", sa.String, nullable=False),
    sa.Column("site", sa.String, nullable=False),
    sa.Column("component", sa.JSON, nullable=False),
    sa.Column("severity", sa.SmallInteger, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("summary", sa.JSON, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("fired_at", Instant),
    sa.Column("resolved_at", Instant),
    sa.Column("said", sa.String, nullable=False),
    sa.Column("said_since", Instant, nullable=False),
    sa.Column("because_of", sa.String, nullable=False),
    sa.Column("alone_since", Instant),
    sa.Column("suppressed_by", sa.String, nullable=False),
    sa.Column("flapping", sa.Boolean, nullable=False),
    sa.Column("acknowledged_by", sa.String, nullable=False),
    sa.Column("acknowledged_note", sa.String, nullable=False),
    sa.Column("acknowledged_until", Instant),
    sa.Column("incident", sa.BigInteger, sa.ForeignKey("incidents.id")),
    sa.Column("value", sa.Double),
    sa.Column("limit_value", sa.Double),
    sa.Column("simulated", sa.Boolean, nullable=False),
)
sa.Index(
    "uq_alerts_open",
    alerts.c.key,
    unique=True,
    sqlite_where=alerts.c.resolved_at.is_(None),
    postgresql_where=alerts.c.resolved_at.is_(None),
)
sa.Index("ix_alerts_key_opened", alerts.c.key, alerts.c.opened_at)
sa.Index("ix_alerts_opened", alerts.c.opened_at)
sa.Index("ix_alerts_device_opened", alerts.c.device, alerts.c.opened_at)
sa.Index("ix_alerts_incident", alerts.c.incident)

alert_events = sa.Table(
    "alert_events",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("alert", sa.BigInteger, sa.ForeignKey("alerts.id")),
    sa.Column("incident", sa.BigInteger, sa.ForeignKey("incidents.id")),
    sa.Column("device", sa.String, nullable=False),
    sa.Column("severity", sa.SmallInteger),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("actor", sa.String, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
)
"""What happened to alerts and incidents, in order: the ticker, and `nms why`."""

sa.Index("ix_alert_events_key", alert_events.c.key, alert_events.c.id)
sa.Index("ix_alert_events_incident", alert_events.c.incident, alert_events.c.id)
sa.Index("ix_alert_events_at", alert_events.c.at)

silences = sa.Table(
    "silences",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("matchers", sa.JSON, nullable=False),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("ended_by", sa.String, nullable=False, default=""),
    sa.CheckConstraint("ends_at >= starts_at", name="order"),
)
sa.Index("ix_silences_ends", silences.c.ends_at)

maintenance = sa.Table(
    "maintenance",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("title", sa.String, nullable=False),
    sa.Column("matchers", sa.JSON, nullable=False),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("ends_at", Instant),
    sa.Column("rule", sa.String, nullable=False),
    sa.Column("duration", sa.Double, nullable=False),
    sa.Column("cancelled_at", Instant),
    sa.Column("cancelled_by", sa.String, nullable=False, default=""),
)
"""Planned work. Without `rule` it is one window of `duration` seconds; with it (RFC 5545) each occurrence is."""

sa.Index("ix_maintenance_starts", maintenance.c.starts_at)

intents = sa.Table(
    "intents",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("incident", sa.BigInteger, sa.ForeignKey("incidents.id"), nullable=False),
    sa.Column("severity", sa.SmallInteger, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("planned_at", Instant),
)
"""That people should hear of an incident: written with the change itself, planned into deliveries later."""

sa.Index("ix_intents_incident", intents.c.incident)
sa.Index(
    "ix_intents_unplanned",
    intents.c.id,
    sqlite_where=intents.c.planned_at.is_(None),
    postgresql_where=intents.c.planned_at.is_(None),
)
