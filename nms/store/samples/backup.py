"""Copies of a running store, putting one back, and finding and repairing damage.

check    reads everything and names what does not fit its checksum
backup   one consistent copy of a store that is being written to, checked, named only when it is whole
restore  puts a copy in the place of a store that nobody writes to; the old file is kept aside
repair   moves what can still be read of a damaged file to a new one; the old file is kept aside
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from nms.store.samples import chunks
from nms.store.samples.ballast import WriterLock
from nms.store.samples.blocks import DamagedBlock
from nms.store.samples.chunks import Damage, Place
from nms.store.samples.database import APPLICATION, LAYOUT, SCHEMA, Database
from nms.store.samples.errors import SamplesBusy, SamplesDamaged, SamplesError, sentence
from nms.store.samples.hot import Link, checked_row

_TABLES = ("device", "metric", "grp", "component", "member", "head", "dirty", "size", "meta")


@dataclass(frozen=True, slots=True)
class Repair:
    """Rows and blocks saved, the places that were lost, and where the damaged file went."""

    saved: int
    lost: tuple[Damage, ...]
    aside: Path


def check(database: Database) -> Iterator[Damage]:
    """Everything that is damaged, block by block. Slow: it reads all of the file."""
    with database.reading() as connection:
        try:
            for (text,) in connection.execute("PRAGMA quick_check(100)"):
                if text != "ok":
                    yield Damage("the database", text)
            yield from _check_hot(connection)
            yield from _check_chunks(connection)
        except sqlite3.DatabaseError as error:
            yield Damage("the database", str(error))


def _check_hot(connection: sqlite3.Connection) -> Iterator[Damage]:
    for row, device, prev, newest, data in connection.execute("SELECT id, device, prev, newest, data FROM hot"):
        try:
            checked_row(data, Link(row, device, prev, newest))
        except DamagedBlock as error:
            yield Damage(f"hot row {row} of device {device}", str(error))


def _check_chunks(connection: sqlite3.Connection) -> Iterator[Damage]:
    rows = connection.execute("SELECT tier, grp, metric, t0, span, data FROM chunk")
    for tier, group, metric, t0, span, data in rows:
        place = Place(tier, group, t0, span)
        try:
            if metric == chunks.FRAME:
                chunks.open_frame(data, place)
            else:
                chunks.open_block(data, place, metric)
        except DamagedBlock as error:
            yield Damage(f"chunk {place}, metric {metric}", str(error))


def backup(database: Database, target: Path) -> None:
    """A consistent copy while others write. Raises: SamplesError, and leaves no half copy under the name."""
    half = target.with_name(target.name + ".part")
    half.unlink(missing_ok=True)
    try:
        with database.errors(), closing(sqlite3.connect(half)) as copy:
            with closing(sqlite3.connect(f"{database.path.absolute().as_uri()}?mode=ro", uri=True)) as source:
                source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        _require_store(half)
        _synced(half)
        half.replace(target)
        _synced(target.parent)
    except OSError as error:
        raise SamplesError(f"the copy {target} cannot be written: {error.strerror}") from error
    finally:
        half.unlink(missing_ok=True)


def restore(copy: Path, store: Path) -> Path | None:
    """Puts a backup in the place of a store; returns where the old one went.

    Raises: SamplesError where the copy is no sound backup; SamplesBusy while a program writes to the store.
    """
    _require_store(copy)
    lock = WriterLock(store)
    if not lock.take():
        raise sentence(SamplesBusy, store)
    try:
        half = store.with_name(store.name + ".part")
        shutil.copyfile(copy, half)
        _synced(half)
        aside = _put_aside(store, "before-restore")
        half.replace(store)
        _synced(store.parent)
    except OSError as error:
        raise SamplesError(f"{copy} cannot be restored to {store}: {error.strerror}") from error
    finally:
        lock.drop()
    return aside


def _require_store(path: Path) -> None:
    """Raises: SamplesDamaged where the file is not a sound store of samples."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            kind = connection.execute("PRAGMA application_id").fetchone()[0]
            sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
    except sqlite3.Error as error:
        raise sentence(SamplesDamaged, path) from error
    if kind != APPLICATION or not sound:
        raise sentence(SamplesDamaged, path)


def _put_aside(store: Path, reason: str) -> Path | None:
    """Renames the database and its log, so that nothing is overwritten."""
    if not store.exists():
        return None
    number = 1
    while (aside := store.with_name(f"{store.name}.{reason}-{number}")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            store.with_name(store.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


def _synced(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def repair(store: Path) -> Repair:
    """Moves what can be read of a damaged store to a new file in its place.

    The caller holds the writer's lock or knows that nobody writes.
    """
    half = store.with_name(store.name + ".part")
    half.unlink(missing_ok=True)
    lost: list[Damage] = []
    with closing(sqlite3.connect(half, isolation_level=None)) as new:
        new.execute("PRAGMA auto_vacuum = INCREMENTAL")
        new.execute(f"PRAGMA application_id = {APPLICATION}")
        new.executescript(f"{SCHEMA} PRAGMA user_version = {LAYOUT};")
        with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True)) as old:
            new.execute("BEGIN")
            saved = sum(_saved(old, new, table, "", (), lost) for table in _TABLES)
            saved += _save_hot(old, new, lost) + _save_chunks(old, new, lost)
            new.execute("COMMIT")
    _synced(half)
    aside = _put_aside(store, "damaged")
    half.replace(store)
    _synced(store.parent)
    return Repair(saved, tuple(lost), aside or store)


def _saved(
    old: sqlite3.Connection,
    new: sqlite3.Connection,
    table: str,
    where: str,
    values: tuple[int, ...],
    lost: list[Damage],
) -> int:
    """Copies rows until one cannot be read; returns how many."""
    count = 0
    try:
        for row in old.execute(f"SELECT * FROM {table} {where}", values):  # noqa: S608
            marks = ", ".join("?" * len(row))
            new.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)  # noqa: S608
            count += 1
    except sqlite3.DatabaseError as error:
        lost.append(Damage(f"{table} {where} {values or ''}".strip(), str(error)))
    return count


def _save_hot(old: sqlite3.Connection, new: sqlite3.Connection, lost: list[Damage]) -> int:
    """Row by row from both ends of each damaged stretch."""
    top = new.execute("SELECT max(row) FROM head").fetchone()[0] or 0
    mark = len(lost)
    saved = _saved(old, new, "hot", "ORDER BY id", (), lost)
    if len(lost) == mark:
        return saved
    known = new.execute("SELECT max(id) FROM hot").fetchone()[0] or 0
    saved += _saved(old, new, "hot", "WHERE id > ? AND id <= ? ORDER BY id DESC", (known, top), lost)
    return saved


def _save_chunks(old: sqlite3.Connection, new: sqlite3.Connection, lost: list[Damage]) -> int:
    """Group by group, and metric by metric where a group cannot be read in one go."""
    members = new.execute("SELECT grp, metric FROM member").fetchall()
    groups = [group for (group,) in new.execute("SELECT id FROM grp")]
    saved = 0
    for tier in (chunks.RAW, 300, 3600):
        for group in groups:
            found: list[Damage] = []
            saved += _saved(old, new, "chunk", "WHERE tier = ? AND grp = ?", (tier, group), found)
            if found:
                for metric in _numbers(tier, [m for g, m in members if g == group]):
                    where = "WHERE tier = ? AND grp = ? AND metric = ?"
                    saved += _saved(old, new, "chunk", where, (tier, group, metric), lost)
    return saved


def _numbers(tier: int, metrics: list[int]) -> list[int]:
    if tier == chunks.RAW:
        return [chunks.FRAME, *metrics]
    return [chunks.FRAME, *(metric << 2 | which for metric in metrics for which in range(4))]
