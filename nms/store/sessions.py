"""Browser sessions: opened with a token, ended by logging out, by idleness, by age, and with their token."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from nms.access import Actor, UserRole
from nms.access import actor as actor_of
from nms.store.records import Records
from nms.store.tables.accounts import accounts
from nms.store.tables.tokens import api_tokens
from nms.store.tables.web import web_sessions

LONGEST_SECONDS = 12 * 3600.0
"""However busy, a session ends with the working day, unless it hangs on a token that may only read: a wall's."""
SEEN_EVERY_SECONDS = 60.0
"""A request writes that the session is in use no more often than this."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is at the browser. `form_key` goes into every form and proves that the form was ours (CSRF). `token`: the
    number of the token on which it hangs."""

    actor: Actor
    form_key: str
    token: int = 0


class Seen(NamedTuple):
    """One session of somebody, as its owner may see it."""

    began_at: float
    seen_at: float
    this_one: bool


class SessionBook:
    """Opens, verifies and ends sessions. Nothing is cached: what is revoked is over with the next request."""

    def __init__(self, records: Records, idle_seconds: float, clock: Callable[[], float] = time.time) -> None:
        self._records = records
        self._idle_seconds = idle_seconds
        self._clock = clock

    def open(self, token: str, replacing: str = "", never: Collection[UserRole] = ()) -> str | None:
        """The cookie of a new session, or None for a token that does not count. A former session ends with it.

        A single-use token opens no session: it is for making the first real one. `never`: roles whose tokens open none.
        """
        return self._open(api_tokens.c.digest == digest_of(token), replacing, never)

    def open_for(self, number: int, replacing: str = "") -> str | None:
        """The same for the number of a token, which a password stood for (see `nms.store.accounts`)."""
        return self._open(api_tokens.c.id == number, replacing)

    def _open(self, this: sa.ColumnElement[bool], replacing: str, never: Collection[UserRole] = ()) -> str | None:
        now, cookie = self._clock(), secrets.token_urlsafe(32)
        with self._records.begin() as connection:
            query = sa.select(api_tokens.c.id, api_tokens.c.roles).where(this, _valid(now))
            row = connection.execute(query).one_or_none()
            if row is None or set(row.roles) & set(never):
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
        alive = sa.and_(columns.digest == digest, *self._alive(now), _valid(now))
        query = (
            sa.select(
                columns.seen_at, columns.created_at, token.id, token.name, token.roles, token.departments,
                accounts.c.id.label("account"),
            )
            .join(api_tokens, token.id == columns.token)
            .outerjoin(accounts, accounts.c.token == token.id)
        )  # fmt: skip
        with self._records.read() as connection:
            row = connection.execute(query.where(alive)).one_or_none()
        if row is None or (row.created_at <= now - LONGEST_SECONDS and not _is_wall(row)):
            return None
        if row.seen_at < now - SEEN_EVERY_SECONDS:
            with self._records.begin() as connection:
                connection.execute(web_sessions.update().where(columns.digest == digest).values(seen_at=now))
        return Session(actor_of(row.name, row.roles, row.departments, origin), form_key(cookie), row.id)

    def beside(self, cookie: str, token: int) -> list[Seen]:
        """The sessions that hang on a token, the latest used first."""
        now, columns = self._clock(), web_sessions.c
        query = sa.select(columns.created_at, columns.seen_at, columns.digest == digest_of(cookie))
        query = query.where(columns.token == token, *self._alive(now)).order_by(columns.seen_at.desc())
        with self._records.read() as connection:
            return [Seen(row[0], row[1], bool(row[2])) for row in connection.execute(query)]

    def end_others(self, cookie: str, token: int) -> None:
        """Ends every session of a token but this one."""
        others = (web_sessions.c.token == token) & (web_sessions.c.digest != digest_of(cookie))
        with self._records.begin() as connection:
            this = others & web_sessions.c.ended_at.is_(None)
            connection.execute(web_sessions.update().where(this).values(ended_at=self._clock()))

    def _alive(self, now: float) -> tuple[sa.ColumnElement[bool], ...]:
        return web_sessions.c.ended_at.is_(None), web_sessions.c.seen_at > now - self._idle_seconds

    def end(self, cookie: str) -> None:
        with self._records.begin() as connection:
            self._end(connection, cookie, self._clock())

    def _end(self, connection: sa.Connection, cookie: str, now: float) -> None:
        if cookie:
            this = web_sessions.c.digest == digest_of(cookie)
            connection.execute(web_sessions.update().where(this).values(ended_at=now))

    def _sweep(self, connection: sa.Connection, now: float) -> None:
        connection.execute(web_sessions.delete().where(web_sessions.c.seen_at < now - LONGEST_SECONDS))


def _is_wall(row: Any) -> bool:
    """Whether a session is of a token that may only read, and of no person's account."""
    return row.account is None and row.roles == [UserRole.VIEWER]


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def form_key(cookie: str) -> str:
    """The key of the forms of a session: it follows from the cookie, and the cookie cannot be told from it."""
    return hashlib.sha256(b"form\0" + cookie.encode()).hexdigest()[:32]


def _valid(now: float) -> sa.ColumnElement[bool]:
    token = api_tokens.c
    ends = sa.or_(token.expires_at.is_(None), token.expires_at > now)
    return sa.and_(token.revoked_at.is_(None), token.single_use.is_(False), ends)
