"""Stays and bindings in the records: written in batches by one monitor, read by anybody.

Shapes: a `Stay` is a row of `stays`, a `Binding` one of `bindings`; `id` 0 is not written yet. Instants are Unix
seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import sqlalchemy as sa

from nms.store.records import Records
from nms.store.tables.presence import bindings, stays

CHUNK = 500
"""Names in one question: SQLite takes 32,766 at most, PostgreSQL 65,535."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One address behind one interface. `nearness` orders how exact that is (see `nms.presence.places`)."""

    mac: str
    device: str
    port: str
    vlan: int | None
    nearness: int
    sight: str
    first_seen: float
    last_seen: float
    id: int = 0


@dataclass(frozen=True, slots=True)
class Binding:
    """One address under one IP address (`address`) or host name (`name`)."""

    mac: str
    kind: str
    value: str
    sight: str
    device: str
    first_seen: float
    last_seen: float
    id: int = 0


Row = TypeVar("Row", Stay, Binding)


class StayStore:
    """The only door to both tables."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def present(self, since: float) -> tuple[list[Stay], list[Binding]]:
        """The last stay of each address, and all bindings, that were seen since an instant."""
        with self._records.read() as connection:
            newest = (
                sa.select(sa.func.max(stays.c.id)).where(stays.c.last_seen >= since).group_by(stays.c.mac).subquery()
            )
            here = connection.execute(sa.select(stays).where(stays.c.id.in_(sa.select(newest)))).all()
            bound = connection.execute(sa.select(bindings).where(bindings.c.last_seen >= since)).all()
        return [_made(Stay, row) for row in here], [_made(Binding, row) for row in bound]

    def write(self, wanted_stays: Sequence[Stay], wanted_bindings: Sequence[Binding]) -> list[Stay | Binding]:
        """Adds what has no number yet, and moves the last sight of the others. Returns all of them, numbered."""
        with self._records.begin() as connection:
            written: list[Stay | Binding] = [*_write(connection, stays, wanted_stays)]
            written += _write(connection, bindings, wanted_bindings)
        return written

    def stays_of(self, macs: Collection[str], limit: int) -> list[Stay]:
        """The latest stays of some addresses, newest first."""
        return [_made(Stay, row) for row in self._of(stays, stays.c.mac, macs, limit)]

    def bindings_of(self, macs: Collection[str], limit: int) -> list[Binding]:
        return [_made(Binding, row) for row in self._of(bindings, bindings.c.mac, macs, limit)]

    def bearers(self, values: Collection[str], limit: int) -> list[Binding]:
        """Who had an IP address or a name, newest first. Names are compared without case."""
        wanted = [value.casefold() for value in values]
        return [_made(Binding, row) for row in self._of(bindings, sa.func.lower(bindings.c.value), wanted, limit)]

    def expire(self, before: float, passing: Collection[str], passing_before: float, most_of_one: int) -> int:
        """Forgets what was last seen before an instant, of `passing` addresses before another one.

        Of each address the newest `most_of_one` stays are kept. Returns how many rows went.
        """
        gone = 0
        with self._records.begin() as connection:
            for table in (stays, bindings):
                gone += connection.execute(table.delete().where(table.c.last_seen < before)).rowcount
                for some in _chunks(passing):
                    old = (table.c.last_seen < passing_before) & table.c.mac.in_(some)
                    gone += connection.execute(table.delete().where(old)).rowcount
                rank = sa.func.row_number().over(partition_by=table.c.mac, order_by=table.c.id.desc()).label("rank")
                ranked = sa.select(table.c.id, rank).subquery()
                many = sa.select(ranked.c.id).where(ranked.c.rank > most_of_one)
                gone += connection.execute(table.delete().where(table.c.id.in_(many))).rowcount
        return gone

    def _of(self, table: sa.Table, column: sa.ColumnElement[str], values: Collection[str], limit: int) -> list[sa.Row]:  # type: ignore[type-arg]
        found: list[sa.Row] = []  # type: ignore[type-arg]
        with self._records.read() as connection:
            for some in _chunks(values):
                query = sa.select(table).where(column.in_(some)).order_by(table.c.last_seen.desc(), table.c.id.desc())
                found += connection.execute(query.limit(limit)).all()
        return sorted(found, key=lambda row: (-row.last_seen, -row.id))[:limit]


def _write(connection: sa.Connection, table: sa.Table, wanted: Iterable[Row]) -> list[Row]:
    done: list[Row] = []
    moved: list[dict[str, object]] = []
    for one in wanted:
        if one.id:
            moved.append({"row": one.id, "seen": one.last_seen})
            done.append(one)
            continue
        values = {field.name: getattr(one, field.name) for field in fields(one) if field.name != "id"}
        made = connection.execute(table.insert().values(**values))
        done.append(replace(one, id=made.inserted_primary_key[0]))  # type: ignore[index]
    if moved:
        later = table.update().where(table.c.id == sa.bindparam("row")).values(last_seen=sa.bindparam("seen"))
        connection.execute(later, moved)
    return done


def _made(kind: type[Row], row: sa.Row) -> Row:  # type: ignore[type-arg]
    return kind(**dict(row._mapping))


def _chunks(values: Collection[str]) -> Iterable[list[str]]:
    ordered = list(values)
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))
