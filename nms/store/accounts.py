"""Accounts: people choose their own password by an invitation, and log in with it.

Passwords are kept as Argon2id (RFC 9106, the library's present parameters; older ones are renewed at log-in) and must
resist guessing: at least twelve characters, and not what zxcvbn finds among common words, names and patterns. There is
no rule about kinds of characters and no expiry (NIST SP 800-63B, OWASP ASVS 5.0 chapter 6). No password exists before
its owner has chosen it.

What an account may do stands in a token that nobody knows: sessions hang on it, so that ending the account ends them
all at the next request.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from nms.access import Actor, Permission, UserRole, require
from nms.model import Message
from nms.refusals import Refusal, Unfit
from nms.store.audit import AuditLog
from nms.store.records import Records
from nms.store.sessions import digest_of
from nms.store.tables.accounts import accounts, identities, second_factors
from nms.store.tables.tokens import api_tokens
from nms.store.tables.web import web_sessions

SHORTEST, LONGEST = 12, 128
INVITED_SECONDS = 3 * 86_400.0
_LEAST_SCORE = 3
"""zxcvbn's estimate from 0 to 4; 3 takes more than 10^8 guesses."""
_OBVIOUS = ("contraseña", "contrasena", "municipio", "ayuntamiento", "presidencia", "bienvenido", "sistemas", "monitor")
"""What comes to mind first in a city hall, and is not in zxcvbn's lists, which are English."""
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
"""Checked where there is no such account, so that it takes as long to say no."""


class BadPassword(ValueError):
    """A password that is too short, too long or too easy to guess; `message` says what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.template)
        self.message = message


class NoSuchAccount(Refusal, LookupError):
    """There is no account of this name."""


@dataclass(frozen=True, slots=True)
class Account:
    """What may be shown of an account.

    `chosen_at` None: its owner has not chosen a password yet; `disabled_at` None: it may log in; `issuer`: the OpenID
    provider through which its owner comes, empty for a password.
    """

    name: str
    roles: tuple[str, ...]
    departments: tuple[str, ...]
    created_at: float
    created_by: str
    chosen_at: float | None
    invited_until: float | None
    disabled_at: float | None = None
    second_factor: bool = False
    issuer: str = ""


class _Row(NamedTuple):
    id: int
    token: int
    departments: list[str]


class AccountBook:
    """Makes, invites, verifies and ends accounts."""

    def __init__(self, records: Records, clock: Callable[[], float] = time.time) -> None:
        self._records = records
        self._clock = clock
        self._audit = AuditLog()

    def add(self, actor: Actor, name: str, roles: Sequence[UserRole], departments: Sequence[str] = ()) -> str:
        """Makes an account and returns the invitation with which its owner chooses a password.

        Raises: Forbidden; ValueError for a name that is taken or is none.
        """
        require(actor, Permission.ADMINISTER)
        if not NAME.fullmatch(name):
            raise Unfit("an account's name has 2 to 40 small letters, digits, dots, hyphens: ana.ruiz")
        require_within(actor, departments)
        now, invitation = self._clock(), secrets.token_urlsafe(24)
        with self._records.begin() as connection:
            if connection.execute(sa.select(accounts.c.id).where(accounts.c.name == name)).first() is not None:
                raise Unfit("there is an account {name} already", name=name)
            number = insert_token(connection, name, roles, departments, actor.name, now)
            row = {"name": name, "token": number, "password": "", **_invited(invitation, now)}
            connection.execute(accounts.insert().values(row))
            self._audit.append(connection, actor, "create", "account", name, now, scope_of(roles, departments))
        return invitation

    def allow(self, actor: Actor, name: str, roles: Sequence[UserRole], departments: Sequence[str] = ()) -> None:
        """Other roles and departments for an account; they count at the next request of each session.

        Raises: Forbidden, NoSuchAccount; ValueError for one's own account.
        """
        with self._administering(actor, name) as (connection, row, now):
            require_within(actor, departments)
            values = {"roles": sorted(roles), "departments": sorted(departments)}
            connection.execute(api_tokens.update().where(api_tokens.c.id == row.token).values(values))
            self._audit.append(connection, actor, "allow", "account", name, now, scope_of(roles, departments))

    def disable(self, actor: Actor, name: str) -> None:
        """Nobody logs in with it, and every session ends, until it is enabled. Raises: as `allow`."""
        with self._administering(actor, name) as (connection, row, now):
            this = (api_tokens.c.id == row.token) & api_tokens.c.revoked_at.is_(None)
            connection.execute(api_tokens.update().where(this).values(revoked_at=now))
            end_sessions(connection, row.token, now)
            self._audit.append(connection, actor, "disable", "account", name, now)

    def enable(self, actor: Actor, name: str) -> None:
        """Raises: as `allow`."""
        with self._administering(actor, name) as (connection, row, now):
            connection.execute(api_tokens.update().where(api_tokens.c.id == row.token).values(revoked_at=None))
            self._audit.append(connection, actor, "enable", "account", name, now)

    @contextmanager
    def _administering(self, actor: Actor, name: str) -> Iterator[tuple[sa.Connection, _Row, float]]:
        require(actor, Permission.ADMINISTER)
        if actor.name == name:
            raise Unfit("nobody changes the rights of the own account: ask another administrator")
        with self._records.begin() as connection:
            row = self._row(connection, name)
            require_within(actor, row.departments)
            yield connection, row, self._clock()

    def invite(self, actor: Actor, name: str) -> str:
        """A new invitation, for a password that was forgotten: the old one, and all sessions, end now.

        Raises: Forbidden, NoSuchAccount; ValueError for who comes through a provider.
        """
        require(actor, Permission.ADMINISTER)
        now, invitation = self._clock(), secrets.token_urlsafe(24)
        with self._records.begin() as connection:
            row = self._row(connection, name)
            require_within(actor, row.departments)
            if connection.execute(sa.select(identities).where(identities.c.account == row.id)).first() is not None:
                raise Unfit("its owner logs in through the OpenID provider, and has no password here")
            end_sessions(connection, row.token, now)
            this = accounts.update().where(accounts.c.id == row.id)
            connection.execute(this.values(password="", changed_at=None, **_invited(invitation, now)))
            self._audit.append(connection, actor, "invite", "account", name, now)
        return invitation

    def remove(self, actor: Actor, name: str) -> None:
        """Ends an account with its sessions; what it did stays under its name. Raises: Forbidden, NoSuchAccount."""
        require(actor, Permission.ADMINISTER)
        now = self._clock()
        with self._records.begin() as connection:
            row = self._row(connection, name)
            require_within(actor, row.departments)
            connection.execute(accounts.delete().where(accounts.c.id == row.id))
            connection.execute(api_tokens.update().where(api_tokens.c.id == row.token).values(revoked_at=now))
            self._audit.append(connection, actor, "remove", "account", name, now)

    def invited(self, invitation: str) -> str | None:
        """Whose invitation this is, while it counts."""
        query = sa.select(accounts.c.name).where(self._counts(invitation))
        with self._records.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def choose(self, invitation: str, password: str, origin: str) -> bool:
        """The owner's first password; false for an invitation that does not count. Raises: BadPassword."""
        name = self.invited(invitation)
        if name is None:
            return False
        hashed = _hashed(name, password)
        now = self._clock()
        with self._records.begin() as connection:
            values = {"password": hashed, "changed_at": now, "invitation": "", "invited_until": None}
            done = connection.execute(accounts.update().where(self._counts(invitation)).values(values)).rowcount
            if done:
                owner = Actor(name, frozenset(), origin=origin)
                self._audit.append(connection, owner, "choose-password", "account", name, now)
        return done > 0

    def change(self, actor: Actor, old: str, new: str) -> bool:
        """The owner's next password; every session ends, this one too. False where the old one is wrong.

        Raises: BadPassword.
        """
        token = self.verify(actor.name, old)
        if token is None:
            return False
        hashed = _hashed(actor.name, new)
        now = self._clock()
        with self._records.begin() as connection:
            end_sessions(connection, token, now)
            this = accounts.update().where(accounts.c.name == actor.name)
            connection.execute(this.values(password=hashed, changed_at=now))
            self._audit.append(connection, actor, "change-password", "account", actor.name, now)
        return True

    def verify(self, name: str, password: str) -> int | None:
        """The number of the token that an account stands for, None for a wrong name or password, alike."""
        query = sa.select(accounts.c.id, accounts.c.token, accounts.c.password).where(accounts.c.name == name)
        with self._records.read() as connection:
            row = connection.execute(query).one_or_none()
        kept = row.password if row is not None else ""
        try:
            _HASHER.verify(kept or _NOBODY, password[: 4 * LONGEST])
        except (VerificationError, InvalidHashError):
            return None
        if row is None or not kept:
            return None
        if _HASHER.check_needs_rehash(kept):
            with self._records.begin() as connection:
                this = accounts.update().where(accounts.c.id == row.id, accounts.c.password == kept)
                connection.execute(this.values(password=_HASHER.hash(password)))
        return int(row.token)

    def roles(self, token: int) -> frozenset[UserRole]:
        """The roles of an account, by the number of the token that it stands for."""
        with self._records.read() as connection:
            found = connection.execute(sa.select(api_tokens.c.roles).where(api_tokens.c.id == token)).scalar_one()
        return frozenset(UserRole(one) for one in found)

    def of(self, token: int) -> Account | None:
        """The account that stands for a token; None for a token of its own."""
        with self._records.read() as connection:
            row = connection.execute(_shown().where(api_tokens.c.id == token)).one_or_none()
        return None if row is None else _account(row)

    def rows(self, actor: Actor) -> list[Account]:
        """All accounts by name; an administrator of some departments sees those of them. Raises: Forbidden."""
        require(actor, Permission.ADMINISTER)
        with self._records.read() as connection:
            found = [_account(row) for row in connection.execute(_shown().order_by(accounts.c.name))]
        return [one for one in found if not actor.departments or _is_within(actor, one.departments)]

    def _counts(self, invitation: str) -> sa.ColumnElement[bool]:
        return sa.and_(
            accounts.c.invitation == digest_of(invitation),
            accounts.c.invitation != "",
            accounts.c.invited_until > self._clock(),
        )

    def _row(self, connection: sa.Connection, name: str) -> _Row:
        query = sa.select(accounts.c.id, accounts.c.token, api_tokens.c.departments)
        query = query.join(api_tokens, api_tokens.c.id == accounts.c.token).where(accounts.c.name == name)
        row = connection.execute(query).one_or_none()
        if row is None:
            raise NoSuchAccount("there is no account of this name; “nms account list” shows them")
        return _Row(*row)


def _shown() -> sa.Select[Any]:
    """What may be shown of accounts, in the order of `Account`."""
    token = api_tokens.c
    return (
        sa.select(
            accounts.c.name, token.roles, token.departments, token.created_at, token.created_by,
            accounts.c.changed_at, accounts.c.invited_until, token.revoked_at,
            second_factors.c.since.is_not(None), sa.func.coalesce(identities.c.issuer, ""),
        )
        .select_from(accounts)
        .join(api_tokens, token.id == accounts.c.token)
        .outerjoin(second_factors, second_factors.c.account == accounts.c.id)
        .outerjoin(identities, identities.c.account == accounts.c.id)
    )  # fmt: skip


def _account(row: Any) -> Account:
    name, roles, departments, *rest = row
    return Account(name, tuple(roles), tuple(departments), *rest)


def end_sessions(connection: sa.Connection, token: int, now: float) -> None:
    """Ends every session that hangs on a token, in the caller's transaction."""
    of_account = (web_sessions.c.token == token) & web_sessions.c.ended_at.is_(None)
    connection.execute(web_sessions.update().where(of_account).values(ended_at=now))


def scope_of(roles: Sequence[str], departments: Sequence[str]) -> dict[str, str]:
    return {"roles": " ".join(sorted(roles)), "departments": " ".join(sorted(departments))}


def insert_token(
    connection: sa.Connection, name: str, roles: Sequence[str], departments: Sequence[str], by: str, now: float
) -> int:
    """The token that an account stands for: nobody knows it, since only the digest of something random is kept."""
    token = {
        "name": name,
        "digest": digest_of(secrets.token_urlsafe(32)),
        "roles": sorted(roles),
        "departments": sorted(departments),
        "created_at": now,
        "created_by": by,
        "single_use": False,
    }
    return int(connection.execute(api_tokens.insert().values(token).returning(api_tokens.c.id)).scalar_one())


def _invited(invitation: str, now: float) -> dict[str, object]:
    return {"invitation": digest_of(invitation), "invited_until": now + INVITED_SECONDS}


def _hashed(name: str, password: str) -> str:
    """Raises: BadPassword."""
    if not SHORTEST <= len(password) <= LONGEST:
        text = "a password has {least} to {most} characters: take four words without a bond between them"
        raise BadPassword(Message(text, {"least": SHORTEST, "most": LONGEST}))
    if _is_easy(name, password):
        raise BadPassword(Message("this password is easy to guess: take four words without a bond between them"))
    return _HASHER.hash(password)


def _is_easy(name: str, password: str) -> bool:
    from zxcvbn import zxcvbn  # reads its lists of words: only where a password is chosen

    rest = password.casefold()
    for part in (name, *name.split("."), *_OBVIOUS):
        rest = rest.replace(part, "")
    if len(rest) < SHORTEST // 2:
        return True
    score: int = zxcvbn(password[:72], user_inputs=[name, *_OBVIOUS])["score"]
    return score < _LEAST_SCORE


def _is_within(actor: Actor, departments: Sequence[str]) -> bool:
    return bool(departments) and set(departments) <= actor.departments


def require_within(actor: Actor, departments: Sequence[str]) -> None:
    """An administrator of some departments rules over accounts of those alone. Raises: Forbidden."""
    if actor.departments and not _is_within(actor, departments):
        outside = sorted(set(departments) - actor.departments)
        require(actor, Permission.ADMINISTER, outside[0] if outside else "*")
