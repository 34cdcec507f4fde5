"""Carrying all records from one database to another, SQLite or PostgreSQL: all of them or nothing.

What is read is one snapshot, what is written one transaction: a failure half-way leaves the target as empty as it
was, and the same command begins anew. Before it counts, every table is counted and the chain of the audit verified.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

import nms.store.tables
from nms.store.audit import AuditLog, Checkpoint
from nms.store.errors import RecordsError
from nms.store.records import Records, metadata, serialise

_CHUNK = 5000

Told = Callable[[str, int], None]
"""Is told the name of each table that is over, and its rows."""


class NotCarried(RecordsError):
    """The records are where they were; the text says why."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What was carried: rows by table, and the end of the audit, to be noted."""

    rows: Mapping[str, int]
    audit_end: Checkpoint


def carry(source: Records, target: Records, told: Told = lambda table, rows: None) -> Carried:
    """Copies everything into an empty database at the same schema. Raises: NotCarried, RecordsError."""
    tables = all_tables()
    with source.read() as here, target.begin() as there:
        serialise(there, "carrying")
        _require_empty(there, tables, target.where)
        counts: dict[str, int] = {}
        for table in tables:
            counts[table.name] = _copy(here, there, table)
            told(table.name, counts[table.name])
        _count_on(there, tables)
        _verify(here, there, tables, counts)
        end = AuditLog().verify(there).end
    return Carried(counts, end)


def all_tables() -> list[sa.Table]:
    """Every table of the schema, those that others refer to first."""
    for module in pkgutil.iter_modules(nms.store.tables.__path__):
        importlib.import_module(f"{nms.store.tables.__name__}.{module.name}")
    return list(metadata.sorted_tables)


def _require_empty(there: sa.Connection, tables: list[sa.Table], where: str) -> None:
    for table in tables:
        if there.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
            raise NotCarried(f"{where} is not empty ({table.name} has rows): name an empty database")


def _copy(here: sa.Connection, there: sa.Connection, table: sa.Table) -> int:
    count = 0
    found = here.execute(sa.select(table), execution_options={"yield_per": _CHUNK})
    for chunk in found.mappings().partitions():
        there.execute(table.insert(), [dict(row) for row in chunk])
        count += len(chunk)
    return count


def _count_on(there: sa.Connection, tables: list[sa.Table]) -> None:
    """PostgreSQL numbers new rows by sequences of its own, which know nothing of rows that brought their numbers."""
    if there.dialect.name != "postgresql":
        return
    for table in tables:
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
        if there.execute(sa.select(sequence)).scalar() is None:
            continue
        top = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
        there.execute(sa.select(sa.func.setval(sequence, top, False)))


def _verify(here: sa.Connection, there: sa.Connection, tables: list[sa.Table], counts: Mapping[str, int]) -> None:
    for table in tables:
        arrived = there.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        if arrived != counts[table.name]:
            raise NotCarried(f"of {counts[table.name]} rows of {table.name} {arrived} arrived: nothing was carried")
    ours, theirs = AuditLog().verify(here), AuditLog().verify(there)
    if (ours.rows, ours.end, len(ours.findings)) != (theirs.rows, theirs.end, len(theirs.findings)):
        raise NotCarried("the chain of the audit is not the same over there: nothing was carried")
