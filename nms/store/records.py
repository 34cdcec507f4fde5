"""Records: states, alerts, tickets and audit as rows, in SQLite or in PostgreSQL.

Everything that is a row goes through one `Records`: `begin()` is a write transaction, `read()` a snapshot that
cannot write. SQLite is embedded (WAL, synchronous=FULL: what was committed survives a power cut), PostgreSQL is
for a municipality that has outgrown one machine; the code above sees no difference.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from nms.store.errors import (
    RecordsDamaged,
    RecordsError,
    RecordsNewer,
    RecordsOccupied,
    RecordsUnavailable,
    translated,
)

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a later migration can drop it on either database."""

metadata = sa.MetaData(naming_convention=NAMING)

Identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""The type of a generated primary key: 64 bits on both (SQLite generates only for plain INTEGER)."""

Instant: sa.types.TypeEngine[float] = sa.Double()
"""Unix seconds in UTC."""

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 15.0


class Records:
    """One database of records, migrated to the present schema. Safe to share between threads."""

    def __init__(self, url: URL, *, busy_seconds: float = BUSY_SECONDS) -> None:
        self._url = url
        self._busy_seconds = busy_seconds
        self._one_writer = threading.Lock()
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._engine = _sqlite_engine(url, busy_seconds) if self.is_sqlite else _postgresql_engine(url, busy_seconds)
        self._writing = self._engine.execution_options(records_write=True)
        self._reading = self._engine.execution_options(**({} if self.is_sqlite else _POSTGRESQL_READS))

    @classmethod
    def open(cls, url: str | Path, *, busy_seconds: float = BUSY_SECONDS) -> Records:
        """Opens `sqlite:///FILE`, `postgresql://...` or a plain file name, and migrates it to the present schema.

        Raises: RecordsUnavailable, RecordsReadOnly, RecordsFull, RecordsOccupied, RecordsDamaged, RecordsNewer.
        """
        records = cls(_read_url(url), busy_seconds=busy_seconds)
        try:
            records.migrate()
        except BaseException:
            records.close()
            raise
        return records

    @property
    def where(self) -> str:
        """The database for people, without its password."""
        return (self._url.database or "") if self.is_sqlite else self._url.render_as_string(hide_password=True)

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A write transaction: all of it is kept, or (on any exception) nothing.

        SQLite has one writer at a time (BEGIN IMMEDIATE); PostgreSQL has many: use `serialise` where one must
        wait for the other. Not re-entrant. Raises: RecordsError and what the caller's own statements raise.
        """
        with self._turn(), self._told(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A read-only snapshot: all queries inside see the same instant, and no writer waits for it."""
        with self._told(), self._reading.begin() as connection:
            yield connection

    def migrate(self, revision: str = "head") -> None:
        """Brings the schema up (or down, to an earlier revision or to "base") in one transaction."""
        with self.begin() as connection:
            serialise(connection, "migrations")
            if self.is_sqlite:
                connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            settings = _alembic(connection)
            here = _revision(connection)
            steps = ScriptDirectory.from_config(settings)
            self._refuse_newer(steps, here)
            wanted = steps.get_current_head() if revision == "head" else revision
            if wanted is None or here == wanted:
                return
            below = {one.revision for one in steps.iterate_revisions(here or "base", "base")}
            (command.downgrade if wanted == "base" or wanted in below else command.upgrade)(settings, wanted)

    def revision(self) -> str | None:
        """The revision of the schema; None for an empty database."""
        with self.read() as connection:
            return _revision(connection)

    def backup(self, path: Path) -> None:
        """Copies an SQLite database while it is in use, checks the copy, and only then puts it at `path`.

        Raises: RecordsError on PostgreSQL (whose own `pg_dump` does this), or when the copy fails.
        """
        if not self.is_sqlite:
            raise RecordsError(f"the records are in PostgreSQL ({self.where}): back them up with pg_dump")
        partial = path.with_name(path.name + ".partial")
        try:
            partial.unlink(missing_ok=True)
            _copy_sqlite(Path(str(self._url.database)), partial)
            partial.replace(path)
        except (OSError, sqlite3.Error) as error:
            if partial.is_file():
                partial.unlink()
            raise RecordsError(f"the backup to {path} failed: {error}") from error

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Threads of one process take turns at SQLite's single writer instead of polling its lock."""
        if not self.is_sqlite:
            yield
            return
        if not self._one_writer.acquire(timeout=self._busy_seconds):
            raise RecordsOccupied(f"the records in {self.where} are busy: another write has not ended")
        try:
            yield
        finally:
            self._one_writer.release()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            told = translated(error, self.where)
            if told is None:
                raise
            raise told from error

    def _refuse_newer(self, steps: ScriptDirectory, here: str | None) -> None:
        if here is None:
            return
        try:
            steps.get_revision(here)
        except CommandError:
            raise RecordsNewer(
                f"the records in {self.where} were written by a newer version (schema {here}): "
                "install that version, or restore a backup made before the upgrade"
            ) from None


def serialise(connection: sa.Connection, name: str) -> None:
    """Until this transaction ends, no other transaction passes the same name.

    On SQLite a write transaction is alone already; on PostgreSQL this is an advisory lock.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(0x6E6D73, crc32(name.encode()) - 2**31)))


def _read_url(url: str | Path) -> URL:
    text = str(url)
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        parsed = make_url(text)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        raise RecordsUnavailable("the address of the records cannot be read: write sqlite:///FILE") from None
    if backend == "sqlite" and parsed.database:
        return parsed.set(drivername="sqlite")
    if backend in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    raise RecordsUnavailable(
        f"records cannot be kept in {parsed.drivername!r}: write sqlite:///FILE or postgresql://USER@HOST/DATABASE"
    )


def _sqlite_engine(url: URL, busy_seconds: float) -> sa.Engine:
    folder = Path(str(url.database)).parent
    if not folder.is_dir():
        raise RecordsUnavailable(f"the records cannot be opened: the folder {folder} does not exist")
    engine = sa.create_engine(url, connect_args={"check_same_thread": False, "timeout": busy_seconds})

    @sa.event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours, so that it can be IMMEDIATE and cover schema changes
        with closing(connection.cursor()) as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA foreign_keys=ON")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = bool(connection.get_execution_options().get("records_write"))
        connection.exec_driver_sql(f"PRAGMA query_only={int(not writes)}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


_POSTGRESQL_READS: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _postgresql_engine(url: URL, busy_seconds: float) -> sa.Engine:
    milliseconds = int(busy_seconds * 1000)
    try:
        return sa.create_engine(
            url,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 10, "options": f"-c lock_timeout={milliseconds} -c timezone=UTC"},
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise RecordsUnavailable("PostgreSQL needs the psycopg package: install it") from error


def _alembic(connection: sa.Connection) -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _copy_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as present, closing(sqlite3.connect(target)) as copy:
        present.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        verdict = copy.execute("PRAGMA quick_check").fetchone()[0]
        if verdict != "ok":
            raise RecordsDamaged(f"the copy is damaged: {verdict}")
    with target.open("rb") as written:
        os.fsync(written.fileno())
