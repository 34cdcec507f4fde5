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

second_factors = sa.Table(
    "second_factors",
    metadata,
    sa.Column("account", sa.BigInteger, sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("secret", sa.String, nullable=False),
    sa.Column("since", Instant),
    sa.Column("step", sa.BigInteger, nullable=False),
)
"""`secret`: of TOTP (RFC 6238), sealed with a key that is not in the records; it counts from `since`, when its owner
has shown a code of it. `step`: the last step of time whose code was used, so that none is used twice."""

recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("account", sa.BigInteger, sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("digest", sa.String, primary_key=True),
)
"""What lets somebody in whose telephone is lost; a used one is removed."""

identities = sa.Table(
    "identities",
    metadata,
    sa.Column("account", sa.BigInteger, sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("issuer", sa.String, nullable=False),
    sa.Column("subject", sa.String, nullable=False),
    sa.UniqueConstraint("issuer", "subject"),
)
"""Who comes through an OpenID provider: the account is found by what never changes there, not by a name."""
