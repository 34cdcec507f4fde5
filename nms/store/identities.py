"""Who comes through an OpenID provider: accounts that follow what the provider says of their owners."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from nms.access import Actor, UserRole
from nms.model import Message
from nms.store.accounts import NAME, insert_token, scope_of
from nms.store.audit import AuditLog
from nms.store.records import Records
from nms.store.tables.accounts import accounts, identities
from nms.store.tables.tokens import api_tokens


class NotLinked(PermissionError):
    """Who comes through a provider gets no account; `message` says why."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.template)
        self.message = message


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody for whom a provider speaks: `subject` never changes there, `name` may."""

    issuer: str
    subject: str
    name: str


class Entered(NamedTuple):
    """An account, and the number of the token that it stands for."""

    name: str
    token: int


class IdentityBook:
    """Opens the door to whom a provider vouches for."""

    def __init__(self, records: Records, clock: Callable[[], float] = time.time) -> None:
        self._records = records
        self._clock = clock
        self._audit = AuditLog()

    def token_of(self, issuer: str, subject: str) -> int | None:
        """The token on which the sessions of somebody hang; None for a stranger."""
        known = (identities.c.issuer == issuer) & (identities.c.subject == subject)
        query = sa.select(accounts.c.token).join(identities, identities.c.account == accounts.c.id).where(known)
        with self._records.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def enter(self, identity: Identity, roles: Sequence[UserRole], departments: Sequence[str], origin: str) -> Entered:
        """Somebody for whom an OpenID provider speaks, with what it says they may do.

        The account is found by issuer and subject, and made at the first time. Raises: NotLinked.
        """
        with self._records.begin() as connection:
            known = (identities.c.issuer == identity.issuer) & (identities.c.subject == identity.subject)
            query = sa.select(accounts.c.name).join(identities, identities.c.account == accounts.c.id)
            name = connection.execute(query.where(known)).scalar_one_or_none()
            if name is None:
                return self._first_entry(connection, identity, roles, departments, origin)
            return self._entry(connection, name, roles, departments, origin)

    def _first_entry(
        self,
        connection: sa.Connection,
        identity: Identity,
        roles: Sequence[UserRole],
        departments: Sequence[str],
        origin: str,
    ) -> Entered:
        """Never takes over an account that somebody with a password has: names are not proof."""
        if not NAME.fullmatch(identity.name):
            raise NotLinked(Message("“{name}” cannot be the name of an account", {"name": identity.name}))
        if connection.execute(sa.select(accounts.c.id).where(accounts.c.name == identity.name)).first() is not None:
            text = "another account has the name {name}: an administrator removes it, or the provider names you anew"
            raise NotLinked(Message(text, {"name": identity.name}))
        now, owner = self._clock(), Actor(identity.name, frozenset(), origin=origin)
        number = insert_token(connection, identity.name, roles, departments, identity.issuer, now)
        row = {"name": identity.name, "token": number, "password": "", "invitation": ""}
        account = connection.execute(accounts.insert().values(row).returning(accounts.c.id)).scalar_one()
        values = {"account": account, "issuer": identity.issuer, "subject": identity.subject}
        connection.execute(identities.insert().values(values))
        detail = {**scope_of(roles, departments), "issuer": identity.issuer}
        self._audit.append(connection, owner, "create", "account", identity.name, now, detail)
        return Entered(identity.name, number)

    def _entry(
        self, connection: sa.Connection, name: str, roles: Sequence[UserRole], departments: Sequence[str], origin: str
    ) -> Entered:
        wanted = (sorted(roles), sorted(departments))
        query = sa.select(api_tokens).join(accounts, accounts.c.token == api_tokens.c.id)
        token = connection.execute(query.where(accounts.c.name == name)).one()
        if token.revoked_at is not None:
            raise NotLinked(Message("the account {name} is disabled: ask an administrator", {"name": name}))
        if (token.roles, token.departments) != wanted:
            values = {"roles": wanted[0], "departments": wanted[1]}
            connection.execute(api_tokens.update().where(api_tokens.c.id == token.id).values(values))
            owner = Actor(name, frozenset(), origin=origin)
            self._audit.append(connection, owner, "allow", "account", name, self._clock(), scope_of(roles, departments))
        return Entered(name, int(token.id))
