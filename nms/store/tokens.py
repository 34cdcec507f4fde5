"""API tokens: made once, shown once, kept as a digest, ended by date or by hand.

A token is 256 bits from the system's generator, so a plain SHA-256 of it cannot be searched; the slow digests that
passwords need would only slow each request. Revocation is seen at once: nothing is cached longer than a second.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from nms.access import MONITOR, Actor, UserRole
from nms.access import actor as actor_of
from nms.store.audit import AuditLog
from nms.store.records import Records
from nms.store.tables.tokens import api_tokens
from nms.text import clean

PREFIX = "nms_"
CACHE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class TokenRow:
    """What may be shown of a token: never the token."""

    id: int
    name: str
    roles: tuple[str, ...]
    departments: tuple[str, ...]
    created_at: float
    created_by: str
    expires_at: float | None
    revoked_at: float | None


class TokenBook:
    """Makes, verifies and revokes tokens."""

    def __init__(self, records: Records, clock: Callable[[], float] = time.time) -> None:
        self._records = records
        self._clock = clock
        self._audit = AuditLog()
        self._cache: dict[str, tuple[float, Actor]] = {}

    def create(
        self,
        name: str,
        roles: Sequence[UserRole],
        *,
        by: str,
        departments: Sequence[str] = (),
        expires_at: float | None = None,
        single_use: bool = False,
        actor: Actor | None = None,
    ) -> str:
        """A new token. This is the only time that it can be read. `actor` makes it, and the audit says so."""
        token = PREFIX + secrets.token_urlsafe(32)
        row = {
            "name": clean(name, limit=120),
            "digest": _digest(token),
            "roles": sorted(roles),
            "departments": sorted(departments),
            "created_at": self._clock(),
            "created_by": by,
            "expires_at": expires_at,
            "revoked_at": None,
            "single_use": single_use,
        }
        with self._records.begin() as connection:
            connection.execute(api_tokens.insert().values(row))
            detail = {"roles": " ".join(sorted(roles)), "departments": " ".join(sorted(departments))}
            self._audit.append(connection, actor or MONITOR, "create", "token", name, self._clock(), detail)
        return token

    def verify(self, token: str, origin: str) -> Actor | None:
        """The actor behind a token, or None when it is unknown, expired or revoked. A single-use one ends here."""
        now = self._clock()
        cached = self._cache.get(token)
        if cached and now < cached[0]:
            return Actor(cached[1].name, cached[1].roles, cached[1].departments, origin)
        row = self._find(_digest(token), now)
        if row is None:
            self._cache.pop(token, None)
            return None
        found = actor_of(row.name, row.roles, row.departments, origin)
        if row.single_use:
            self.revoke(row.id)
        else:
            self._cache = {key: kept for key, kept in self._cache.items() if kept[0] > now}
            self._cache[token] = (now + CACHE_SECONDS, found)
        return found

    def revoke(self, token_id: int, actor: Actor | None = None) -> bool:
        """Ends a token; false when there is none, or it had ended."""
        statement = (
            api_tokens.update()
            .where(api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None))
            .values(revoked_at=self._clock())
        )
        with self._records.begin() as connection:
            changed = connection.execute(statement).rowcount
            if changed:
                self._audit.append(connection, actor or MONITOR, "revoke", "token", str(token_id), self._clock())
        self._cache.clear()
        return changed > 0

    def rows(self) -> list[TokenRow]:
        """All tokens, the newest first."""
        shown = [column for column in api_tokens.c if column.name not in ("digest", "single_use")]
        with self._records.read() as connection:
            found = connection.execute(sa.select(*shown).order_by(api_tokens.c.id.desc())).mappings()
            return [
                TokenRow(**{**row, "roles": tuple(row["roles"]), "departments": tuple(row["departments"])})
                for row in found
            ]

    def _find(self, digest: str, now: float) -> sa.Row[tuple[object, ...]] | None:
        wanted = sa.select(api_tokens).where(
            api_tokens.c.digest == digest,
            api_tokens.c.revoked_at.is_(None),
            sa.or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > now),
        )
        with self._records.read() as connection:
            return connection.execute(wanted).one_or_none()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
