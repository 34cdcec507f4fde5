"""Where hardware addresses are and were, and what they were called: one row for each stay and each name."""

from __future__ import annotations

import sqlalchemy as sa

from nms.store.records import Identity, Instant, metadata

stays = sa.Table(
    "stays",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("mac", sa.String, nullable=False),
    sa.Column("device", sa.String, nullable=False),
    sa.Column("port", sa.String, nullable=False),
    sa.Column("vlan", sa.Integer),
    sa.Column("nearness", sa.Integer, nullable=False),
    sa.Column("sight", sa.String, nullable=False),
    sa.Column("first_seen", Instant, nullable=False),
    sa.Column("last_seen", Instant, nullable=False),
    sa.CheckConstraint("last_seen >= first_seen", name="order"),
)
"""From when to when an address was behind one interface of one device."""

sa.Index("ix_stays_mac", stays.c.mac, stays.c.last_seen)
sa.Index("ix_stays_last_seen", stays.c.last_seen)

bindings = sa.Table(
    "bindings",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("mac", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("value", sa.String, nullable=False),
    sa.Column("sight", sa.String, nullable=False),
    sa.Column("device", sa.String, nullable=False),
    sa.Column("first_seen", Instant, nullable=False),
    sa.Column("last_seen", Instant, nullable=False),
    sa.CheckConstraint("last_seen >= first_seen", name="order"),
)
"""From when to when an address had an IP address (kind `address`) or a host name (kind `name`)."""

sa.Index("ix_bindings_mac", bindings.c.mac, bindings.c.last_seen)
sa.Index("ix_bindings_value", bindings.c.value)
sa.Index("ix_bindings_last_seen", bindings.c.last_seen)
