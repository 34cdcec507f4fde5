"""The outbox: messages that are intended, being sent, sent or given up, across kills.

A message is claimed (`sending`) in one transaction, sent outside of any, and marked in another. Killed in between,
nobody knows whether it went out: it is sent again after the restart, with the same Message-ID. Hence every message
goes out at least once, and a crash doubles at most the one that was on its way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from nms.notify.composing import Told
from nms.notify.receivers import Way
from nms.notify.stories import stories
from nms.store.records import Records, serialise
from nms.store.tables.notify import batches, deliveries

FIRST_PAUSE = 30.0
LONGEST_PAUSE = 3600.0
_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process is to send now, by the way whose turn it is."""

    number: int
    receiver: str
    thread: str
    opens_thread: bool
    created_at: float
    attempts: int
    ways: tuple[Way, ...]
    told: tuple[Told, ...]

    @property
    def way(self) -> Way:
        return self.ways[(self.attempts - 1) % len(self.ways)]


@dataclass(frozen=True)
class Outbox:
    """Claims and marks messages. `retries`: how often all ways of a receiver are tried again before giving up."""

    records: Records
    retries: int = 8

    def recover(self) -> int:
        """After a start: what was on its way when the last process died is to be sent again."""
        with self.records.begin() as connection:
            serialise(connection, "notify")
            lost = batches.update().where(batches.c.state == "sending").values(state="intended")
            return connection.execute(lost).rowcount

    def claim(self, now: float, limit: int = 50) -> list[Claimed]:
        """Messages that are due, oldest first, one of each receiver; nobody else gets them."""
        due = (batches.c.state == "intended") & (batches.c.due_at <= now)
        with self.records.read() as connection:
            if connection.execute(sa.select(batches.c.id).where(due).limit(1)).first() is None:
                return []
        with self.records.begin() as connection:
            serialise(connection, "notify")
            busy = set(connection.execute(sa.select(batches.c.person).where(batches.c.state == "sending")).scalars())
            claimed: list[Claimed] = []
            for row in connection.execute(sa.select(batches).where(due).order_by(batches.c.id)).mappings().all():
                if row["person"] not in busy and len(claimed) < limit:
                    busy.add(row["person"])
                    claimed.append(self._claim_one(connection, row, now))
            return claimed

    def mark_sent(self, claimed: Claimed, now: float) -> None:
        values = {"state": "sent", "sent_at": now, "channel": claimed.way.channel, "last_error": ""}
        self._mark(claimed, values)

    def mark_failed(self, claimed: Claimed, now: float, error: str) -> bool:
        """Notes a failure; True when it was the last one. The next way is tried at once, a new round after a pause."""
        rounds, rest = divmod(claimed.attempts, len(claimed.ways))
        given_up = rest == 0 and rounds > self.retries
        pause = 0.0 if rest else min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(rounds - 1, 20))
        values = {
            "state": "failed" if given_up else "intended",
            "due_at": now + pause,
            "channel": claimed.way.channel,
            "last_error": error[:_LONGEST_ERROR],
        }
        self._mark(claimed, values)
        return given_up

    def _mark(self, claimed: Claimed, values: Mapping[str, object]) -> None:
        with self.records.begin() as connection:
            connection.execute(batches.update().where(batches.c.id == claimed.number).values(**values))

    def _claim_one(self, connection: sa.Connection, row: sa.RowMapping, now: float) -> Claimed:
        values = {"state": "sending", "claimed_at": now, "attempts": row["attempts"] + 1}
        connection.execute(batches.update().where(batches.c.id == row["id"]).values(**values))
        mine = (batches.c.person == row["person"]) & (batches.c.thread == row["thread"])
        first = connection.execute(sa.select(sa.func.min(batches.c.id)).where(mine)).scalar()
        return Claimed(
            number=row["id"],
            receiver=row["person"],
            thread=row["thread"],
            opens_thread=first == row["id"],
            created_at=row["created_at"],
            attempts=row["attempts"] + 1,
            ways=tuple(Way(*way) for way in row["channels"]),
            told=self._told(connection, row["id"]),
        )

    def _told(self, connection: sa.Connection, number: int) -> tuple[Told, ...]:
        query = sa.select(deliveries.c.incident, deliveries.c.kind).where(deliveries.c.batch == number)
        kinds: dict[int, list[str]] = {}
        for row in connection.execute(query.order_by(deliveries.c.id)):
            kinds.setdefault(row.incident, []).append(row.kind)
        known = stories(connection, kinds)
        return tuple(Told(known[incident], tuple(words)) for incident, words in kinds.items() if incident in known)


def failed(records: Records, since: float) -> Sequence[sa.RowMapping]:
    """Messages that were given up since an instant, for the watchdog and the screens."""
    query = sa.select(batches).where(batches.c.state == "failed", batches.c.created_at >= since)
    with records.read() as connection:
        return connection.execute(query.order_by(batches.c.id)).mappings().all()
