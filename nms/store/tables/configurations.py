"""What is known of each device's configuration, and every text of it that was kept."""

from __future__ import annotations

import sqlalchemy as sa

from nms.store.records import Identity, Instant, metadata

configurations = sa.Table(
    "configurations",
    metadata,
    sa.Column("device", sa.String, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("attempted_at", Instant, nullable=False),
    sa.Column("succeeded_at", Instant),
    sa.Column("problem", sa.String, nullable=False),
    sa.Column("failing_since", Instant),
    sa.Column("running", sa.String, nullable=False),
    sa.Column("startup", sa.String, nullable=False),
    sa.Column("with_secrets", sa.Boolean, nullable=False),
    sa.Column("secrets", sa.Integer, nullable=False),
    sa.Column("changed_at", Instant),
    sa.Column("changed_by", sa.String, nullable=False),
    sa.Column("changed_ticket", sa.String, nullable=False),
    sa.Column("changed_during", sa.String, nullable=False, server_default=""),
    sa.Column("device_says", sa.String, nullable=False),
    sa.Column("unsaved_since", Instant),
    sa.Column("baseline", sa.String, nullable=False),
    sa.Column("baseline_at", Instant),
    sa.Column("baseline_by", sa.String, nullable=False),
    sa.Column("drift", sa.Integer, nullable=False),
)
"""One row a device. `running`, `startup`, `baseline` name texts of the repository; empty: there is none.

`changed_at` is when the last change was noticed (the first text is none); `changed_ticket` the ticket that was open for
the device then, `changed_during` the title of the planned work on it. `drift`: lines that differ from the accepted
baseline.
"""

configuration_versions = sa.Table(
    "configuration_versions",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("device", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("revision", sa.String, nullable=False),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("note", sa.String, nullable=False),
    sa.Column("ticket", sa.String, nullable=False),
    sa.Column("during", sa.String, nullable=False, server_default=""),
    sa.Column("added", sa.Integer, nullable=False),
    sa.Column("removed", sa.Integer, nullable=False),
)
"""Every text that was kept: `kind` is running, startup or baseline, `text` its name in the repository."""

sa.Index("ix_configuration_versions_device", configuration_versions.c.device, configuration_versions.c.id)
