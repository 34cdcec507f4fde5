"""Requests that may come twice: the first answer is kept for a day and given again, so that nothing is done twice."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from nms.refusals import Refusal
from nms.store.records import Records, serialise
from nms.store.tables.web import api_replies

KEPT_SECONDS = 86_400.0


class Conflict(Refusal):
    """The key stands for another request, or for one of which nobody knows how it ended."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered: the HTTP status and the body as text."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class ReplyBook:
    """Replies by actor and key."""

    records: Records

    def begin(self, actor: str, key: str, fingerprint: str, now: float) -> Reply | None:
        """The reply that was given before, or None: then the request is to be done, and `end` or `drop` called.

        Raises: Conflict.
        """
        column = api_replies.c
        with self.records.begin() as connection:
            serialise(connection, "api-replies")
            connection.execute(api_replies.delete().where(column.at < now - KEPT_SECONDS))
            row = connection.execute(sa.select(api_replies).where(_is(actor, key))).one_or_none()
            if row is None:
                values = {"actor": actor, "key": key, "fingerprint": fingerprint, "at": now, "status": None, "body": ""}
                connection.execute(api_replies.insert().values(values))
                return None
        if row.fingerprint != fingerprint:
            raise Conflict("this Idempotency-Key was used for another request; make a new one for each act")
        if row.status is None:
            raise Conflict("the first request with this key has not ended; look whether it was done before repeating")
        return Reply(row.status, row.body)

    def end(self, actor: str, key: str, reply: Reply) -> None:
        with self.records.begin() as connection:
            statement = api_replies.update().where(_is(actor, key))
            connection.execute(statement.values(status=reply.status, body=reply.body))

    def drop(self, actor: str, key: str) -> None:
        """The request was refused and did nothing: it may be sent again."""
        with self.records.begin() as connection:
            connection.execute(api_replies.delete().where(_is(actor, key)))


def _is(actor: str, key: str) -> sa.ColumnElement[bool]:
    return sa.and_(api_replies.c.actor == actor, api_replies.c.key == key)
