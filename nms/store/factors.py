"""Second factors of accounts: codes that change every half minute (TOTP, RFC 6238), and recovery codes on paper.

A secret is kept sealed (AES and HMAC of `cryptography`'s Fernet) with a key that stands in a file beside the records,
not in them. It counts once its owner has shown a code of it. No code is taken twice, not within its half minute either.
Recovery codes have 120 bits, so that a plain SHA-256 of them cannot be searched; each works once.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyotp
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from nms.access import Actor, Permission, require
from nms.store.accounts import NoSuchAccount, end_sessions, require_within
from nms.store.audit import AuditLog
from nms.store.records import Records
from nms.store.sessions import digest_of
from nms.store.tables.accounts import accounts, recovery_codes, second_factors
from nms.store.tables.tokens import api_tokens

STEP_SECONDS = 30
TOLERANCE = 1
"""Steps before and after this one whose codes count: clocks of telephones are not exact."""
RECOVERY_CODES = 8
_RECOVERY_BYTES = 15


class AlreadyEnrolled(Exception):
    """There is a second factor already; whoever wants another takes the first away."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an application on a telephone reads; it does not count before `FactorBook.confirm`."""

    name: str
    secret: str = field(repr=False)
    uri: str = field(repr=False)


def sealing_key(secret: bytes) -> bytes:
    """The key of the seal, from the secret of this installation: it tells nothing about it."""
    derived = HKDF(hashes.SHA256(), 32, None, b"nms second factors").derive(secret)
    return base64.urlsafe_b64encode(derived)


class FactorBook:
    """Begins, confirms, checks and ends second factors. `issuer` is what the telephone shows beside the name."""

    def __init__(self, records: Records, key: bytes, issuer: str, clock: Callable[[], float] = time.time) -> None:
        self._records = records
        self._seal = Fernet(key)
        self._issuer = issuer
        self._clock = clock
        self._audit = AuditLog()

    def is_enrolled(self, name: str) -> bool:
        query = sa.select(second_factors.c.account).join(accounts, accounts.c.id == second_factors.c.account)
        with self._records.read() as connection:
            return connection.execute(query.where(accounts.c.name == name, _counts())).first() is not None

    def begin_for(self, actor: Actor, name: str) -> Enrolment:
        """An administrator enrols somebody who stands beside. Raises: Forbidden, NoSuchAccount, AlreadyEnrolled."""
        require(actor, Permission.ADMINISTER)
        with self._records.read() as connection:
            require_within(actor, _token(connection, name).departments)
        return self.begin(name)

    def begin(self, name: str) -> Enrolment:
        """A new secret for an account; a former one that nobody confirmed is forgotten.

        Raises: NoSuchAccount, AlreadyEnrolled.
        """
        secret = pyotp.random_base32()
        with self._records.begin() as connection:
            account = _account(connection, name)
            this = second_factors.c.account == account
            if connection.execute(sa.select(second_factors.c.account).where(this, _counts())).first() is not None:
                raise AlreadyEnrolled(name)
            connection.execute(second_factors.delete().where(this))
            sealed = self._seal.encrypt(secret.encode()).decode()
            connection.execute(second_factors.insert().values(account=account, secret=sealed, since=None, step=0))
        return self._enrolment(name, secret)

    def confirm_for(self, actor: Actor, name: str, code: str) -> list[str] | None:
        """As `confirm`, by the administrator who began it. Raises: Forbidden, NoSuchAccount."""
        require(actor, Permission.ADMINISTER)
        with self._records.read() as connection:
            require_within(actor, _token(connection, name).departments)
        return self.confirm(actor, name, code)

    def offered(self, name: str) -> Enrolment | None:
        """The secret that was begun and not confirmed, to show it again after a wrong code."""
        with self._records.read() as connection:
            row = self._row(connection, name)
        secret = self._opened(row.secret) if row is not None and row.since is None else None
        return None if secret is None else self._enrolment(name, secret)

    def confirm(self, actor: Actor, name: str, code: str) -> list[str] | None:
        """The recovery codes, to be shown once; None for a wrong code. Other sessions of the account end."""
        now = self._clock()
        with self._records.begin() as connection:
            row = self._row(connection, name)
            step = self._step(row.secret, code, 0, now) if row is not None and row.since is None else None
            if row is None or step is None:
                return None
            this = second_factors.c.account == row.account
            connection.execute(second_factors.update().where(this).values(since=now, step=step))
            codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
            connection.execute(recovery_codes.delete().where(recovery_codes.c.account == row.account))
            rows = [{"account": row.account, "digest": digest_of(_bare(one))} for one in codes]
            connection.execute(recovery_codes.insert(), rows)
            end_sessions(connection, row.token, now)
            self._audit.append(connection, actor, "enrol", "second-factor", name, now)
        return codes

    def check(self, name: str, code: str, origin: str) -> bool:
        """Whether a code of the telephone, or a recovery code, lets this account in; it is used up with that."""
        now, bare = self._clock(), _bare(code)
        with self._records.begin() as connection:
            row = self._row(connection, name)
            if row is None or row.since is None:
                return False
            step = self._step(row.secret, bare, row.step, now)
            if step is not None:
                this = (second_factors.c.account == row.account) & (second_factors.c.step < step)
                return connection.execute(second_factors.update().where(this).values(step=step)).rowcount > 0
            one = (recovery_codes.c.account == row.account) & (recovery_codes.c.digest == digest_of(bare))
            if not connection.execute(recovery_codes.delete().where(one)).rowcount:
                return False
            self._audit.append(
                connection, Actor(name, frozenset(), origin=origin), "use-recovery-code", "second-factor", name, now
            )
        return True

    def codes_left(self, name: str) -> int:
        query = sa.select(sa.func.count()).select_from(recovery_codes).join(accounts)
        with self._records.read() as connection:
            return int(connection.execute(query.where(accounts.c.name == name)).scalar_one())

    def end(self, actor: Actor, name: str) -> None:
        """An administrator takes it away from somebody whose telephone is lost; every session ends.

        Raises: Forbidden, NoSuchAccount.
        """
        require(actor, Permission.ADMINISTER)
        with self._records.begin() as connection:
            require_within(actor, _token(connection, name).departments)
            self._remove(connection, actor, name)

    def end_own(self, actor: Actor, name: str) -> None:
        """Its owner, who has shown a code of it, takes it away; every session ends."""
        with self._records.begin() as connection:
            self._remove(connection, actor, name)

    def _remove(self, connection: sa.Connection, actor: Actor, name: str) -> None:
        account, now = _account(connection, name), self._clock()
        for table in (second_factors, recovery_codes):
            connection.execute(table.delete().where(table.c.account == account))
        end_sessions(connection, _token(connection, name).id, now)
        self._audit.append(connection, actor, "remove", "second-factor", name, now)

    def _enrolment(self, name: str, secret: str) -> Enrolment:
        return Enrolment(name, secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=self._issuer))

    def _row(self, connection: sa.Connection, name: str) -> Any:
        found = second_factors.c
        query = sa.select(found.account, found.secret, found.since, found.step, accounts.c.token)
        query = query.join(accounts, accounts.c.id == found.account).where(accounts.c.name == name)
        return connection.execute(query).one_or_none()

    def _step(self, sealed: str, code: str, after: int, now: float) -> int | None:
        """The step of time whose code this is, later than `after`; every candidate is compared, whatever matches."""
        secret, shown = self._opened(sealed), _bare(code)
        if secret is None or not (shown.isascii() and shown.isdigit()):
            return None
        generator, present, found = pyotp.TOTP(secret), int(now // STEP_SECONDS), None
        for step in range(present - TOLERANCE, present + TOLERANCE + 1):
            if hmac.compare_digest(generator.generate_otp(step), shown) and step > after:
                found = step
        return found

    def _opened(self, sealed: str) -> str | None:
        """None where the key is another: records that were carried to an installation without its secret."""
        try:
            return self._seal.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


def _counts() -> sa.ColumnElement[bool]:
    return second_factors.c.since.is_not(None)


def _account(connection: sa.Connection, name: str) -> int:
    found = connection.execute(sa.select(accounts.c.id).where(accounts.c.name == name)).scalar_one_or_none()
    if found is None:
        raise NoSuchAccount("there is no account of this name; “nms account list” shows them")
    return int(found)


def _token(connection: sa.Connection, name: str) -> Any:
    """Raises: NoSuchAccount."""
    query = sa.select(api_tokens.c.id, api_tokens.c.departments).join(accounts, accounts.c.token == api_tokens.c.id)
    return connection.execute(query.where(accounts.c.id == _account(connection, name))).one()


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _bare(code: str) -> str:
    """A code as people type it: with spaces and hyphens, in small letters, with 0 for O."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())[:60]
    return plain if plain.isdigit() else plain.replace("0", "O").replace("1", "I").replace("8", "B")
