"""People who log in with a password. What an account may do is its token's: to end the token is to end the account."""

from __future__ import annotations

import sqlalchemy as sa

from nms.store.records import Identity, Instant, metadata

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", Identity, primary_key=True),
    sa.Column("name", sa.String, nullable=False, unique=True),
    sa.Column("token", sa.BigInteger, sa.ForeignKey("api_tokens.id"), nullable=False),
    sa.Column("password", sa.String, nullable=False),
    sa.Column("changed_at", Instant),
    sa.Column("invitation", sa.String, nullable=False),
    sa.Column("invited_until", Instant),
)
"""`password`: Argon2id in PHC form, empty until it is chosen; `invitation`: digest of the word with which it is."""
