"""Browser sessions: opened with a token, ended by logging out, by idleness, by age, and with their token."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from nms.access import Actor
from nms.access import actor as actor_of
from nms.store.records import Records
from nms.store.tables.tokens import api_tokens
from nms.store.tables.web import web_sessions

LONGEST_SECONDS = 12 * 3600.0
"""However busy, a session ends with the working day."""
SEEN_EVERY_SECONDS = 60.0
"""A request writes that the session is in use no more often than this."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is at the browser. `form_key` goes into every form and proves that the form was ours (CSRF)."""

    actor: Actor
    form_key: str


class SessionBook:
    """Opens, verifies and ends sessions. Nothing is cached: what is revoked is over with the next request."""

    def __init__(self, records: Records, idle_seconds: float, clock: Callable[[], float] = time.time) -> None:
        self._records = records
        self._idle_seconds = idle_seconds
        self._clock = clock

    def open(self, token: str, replacing: str = "") -> str | None:
        """The cookie of a new session, or None for a token that does not count. A former session ends with it.

        A single-use token opens no session: it is for making the first real one.
        """
        return self._open(api_tokens.c.digest == digest_of(token), replacing)

    def open_for(self, number: int, replacing: str = "") -> str | None:
        """The same for the number of a token, which a password stood for (see `nms.store.accounts`)."""
        return self._open(api_tokens.c.id == number, replacing)

    def _open(self, this: sa.ColumnElement[bool], replacing: str) -> str | None:
        now, cookie = self._clock(), secrets.token_urlsafe(32)
        with self._records.begin() as connection:
            row = connection.execute(sa.select(api_tokens.c.id).where(this, _valid(now))).one_or_none()
            if row is None:
                return None
            self._end(connection, replacing, now)
            self._sweep(connection, now)
            values = {"digest": digest_of(cookie), "token": row.id, "created_at": now, "seen_at": now}
            connection.execute(web_sessions.insert().values(values))
        return cookie

    def verify(self, cookie: str, origin: str) -> Session | None:
        """Who the cookie stands for at this instant."""
        if not cookie:
            return None
        now, digest = self._clock(), digest_of(cookie)
        columns, token = web_sessions.c, api_tokens.c
        alive = sa.and_(
            columns.digest == digest,
            columns.ended_at.is_(None),
            columns.seen_at > now - self._idle_seconds,
            columns.created_at > now - LONGEST_SECONDS,
            _valid(now),
        )
        query = sa.select(columns.seen_at, token.name, token.roles, token.departments)
        with self._records.read() as connection:
            row = connection.execute(query.join(api_tokens, token.id == columns.token).where(alive)).one_or_none()
        if row is None:
            return None
        if row.seen_at < now - SEEN_EVERY_SECONDS:
            with self._records.begin() as connection:
                connection.execute(web_sessions.update().where(columns.digest == digest).values(seen_at=now))
        return Session(actor_of(row.name, row.roles, row.departments, origin), form_key(cookie))

    def end(self, cookie: str) -> None:
        with self._records.begin() as connection:
            self._end(connection, cookie, self._clock())

    def _end(self, connection: sa.Connection, cookie: str, now: float) -> None:
        if cookie:
            this = web_sessions.c.digest == digest_of(cookie)
            connection.execute(web_sessions.update().where(this).values(ended_at=now))

    def _sweep(self, connection: sa.Connection, now: float) -> None:
        connection.execute(web_sessions.delete().where(web_sessions.c.created_at < now - LONGEST_SECONDS))


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def form_key(cookie: str) -> str:
    """The key of the forms of a session: it follows from the cookie, and the cookie cannot be told from it."""
    return hashlib.sha256(b"form\0" + cookie.encode()).hexdigest()[:32]


def _valid(now: float) -> sa.ColumnElement[bool]:
    token = api_tokens.c
    ends = sa.or_(token.expires_at.is_(None), token.expires_at > now)
    return sa.and_(token.revoked_at.is_(None), token.single_use.is_(False), ends)
