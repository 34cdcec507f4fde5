"""From deliveries to messages: what one person is told at one time, in how many messages.

The first message goes out as soon as it is due. Each further one within the window waits twice as long as the one
before, and the last one allowed holds the rest, until the window has moved on: thirty-nine sites that lose power one
after the other are a few messages that grow, not thirty-nine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from nms.config.policies import Grouping
from nms.notify.receivers import Directory, Receiver
from nms.store.records import Records, serialise
from nms.store.tables.notify import batches, deliveries

_MOST_DUE = 20_000
_CHUNK = 500


@dataclass(frozen=True)
class Batcher:
    """Gathers deliveries that are due into messages, each once."""

    records: Records
    directory: Directory

    def gather(self, now: float) -> int:
        """Makes the messages that may go out now; returns how many."""
        due = (deliveries.c.state == "waiting") & (deliveries.c.due_at <= now)
        with self.records.read() as connection:
            if connection.execute(sa.select(deliveries.c.id).where(due).limit(1)).first() is None:
                return 0
        with self.records.begin() as connection:
            serialise(connection, "notify")
            rows = connection.execute(sa.select(deliveries).where(due).order_by(deliveries.c.id).limit(_MOST_DUE))
            of_person: dict[str, list[sa.RowMapping]] = defaultdict(list)
            for row in rows.mappings():
                of_person[row["person"]].append(row)
            return sum(self._for_one(connection, person, waiting, now) for person, waiting in of_person.items())

    def _for_one(self, connection: sa.Connection, person: str, waiting: Sequence[sa.RowMapping], now: float) -> int:
        receiver = self.directory.receiver(person)
        if receiver is None:
            gone = {
                "state": "dropped",
                "reason": {"template": "there is no way of reaching them any more", "params": {}},
            }
            _update(connection, [row["id"] for row in waiting], gone)
            return 0
        if receiver.is_machine:
            for row in waiting:
                self._send(connection, receiver, f"incident-{row['incident']}", [row], now)
            return len(waiting)
        grouping = self.directory.notify.grouping
        sent = _recent(connection, person, now - grouping.within, now)
        if not may_send(sent, now, grouping):
            return 0
        groups = self._threads(connection, person, waiting)
        if len(groups) > max(1, (grouping.most - len(sent)) // 2):
            gravest = max(groups, key=lambda thread: max(row["severity"] for row in groups[thread]))
            groups = {gravest: list(waiting)}
        for thread, rows in groups.items():
            self._send(connection, receiver, thread, rows, now)
        return len(groups)

    def _threads(
        self, connection: sa.Connection, person: str, waiting: Sequence[sa.RowMapping]
    ) -> dict[str, list[sa.RowMapping]]:
        """Deliveries by the thread that they belong to; all that are new begin one together."""
        numbers = sorted({row["incident"] for row in waiting})
        known: dict[int, str] = {}
        for start in range(0, len(numbers), _CHUNK):
            told = (
                sa.select(deliveries.c.incident, batches.c.thread)
                .join_from(deliveries, batches, deliveries.c.batch == batches.c.id)
                .where(deliveries.c.person == person, deliveries.c.incident.in_(numbers[start : start + _CHUNK]))
                .order_by(deliveries.c.id.desc())
            )
            known |= {row.incident: row.thread for row in connection.execute(told)}
        fresh = next((row["incident"] for row in waiting if row["incident"] not in known), None)
        groups: dict[str, list[sa.RowMapping]] = defaultdict(list)
        for row in waiting:
            groups[known.get(row["incident"], f"incident-{fresh}")].append(row)
        return dict(groups)

    def _send(
        self, connection: sa.Connection, receiver: Receiver, thread: str, rows: Sequence[sa.RowMapping], now: float
    ) -> None:
        ways = [[way.channel, way.address] for way in receiver.ways]
        made = connection.execute(
            batches.insert().values(
                person=receiver.id,
                thread=thread,
                created_at=now,
                state="intended",
                channel=ways[0][0],
                channels=ways,
                attempts=0,
                due_at=now,
            )
        )
        values = {"state": "batched", "batch": made.inserted_primary_key[0]}  # type: ignore[index]
        _update(connection, [row["id"] for row in rows], values)


def may_send(sent: Sequence[float], now: float, grouping: Grouping) -> bool:
    """Whether another message may go to somebody who got those of these instants within the window."""
    if len(sent) >= grouping.most:
        return False
    return not sent or now - max(sent) >= grouping.wait * 2 ** (len(sent) - 1)


def _recent(connection: sa.Connection, person: str, since: float, now: float) -> list[float]:
    """What was sent before a clock was set back lies ahead of it: it must not keep the next message for so long."""
    column = batches.c
    mine = (column.person == person) & (column.created_at > since) & (column.created_at <= now)
    return list(connection.execute(sa.select(column.created_at).where(mine)).scalars())


def _update(connection: sa.Connection, numbers: Sequence[int], values: Mapping[str, object]) -> None:
    for start in range(0, len(numbers), _CHUNK):
        chunk = numbers[start : start + _CHUNK]
        connection.execute(deliveries.update().where(deliveries.c.id.in_(chunk)).values(**values))
