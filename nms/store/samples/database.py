"""The file under the embedded store: one SQLite database in WAL mode, and how it is opened and written.

Every commit is synchronised to the disk before it is acknowledged (synchronous=FULL). Readers, also in other
processes, see one snapshot for as long as their transaction lasts and never stop the writer.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nms.store.samples.errors import SamplesFull, SamplesNewer, SamplesUnwell, sentence, translated

LAYOUT = 1
APPLICATION = 0x4E4D5353  # "NMSS", so that `file` and `nms doctor` know what they look at
PAGE = 4096
BUSY_SECONDS = 10.0
CHECKPOINT_PAGES = 4000
"""The writer copies the log into the file only when maintenance, which does so more often, does not run."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS device (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS metric (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS grp (
    id INTEGER PRIMARY KEY, device INTEGER NOT NULL, tbl TEXT NOT NULL, UNIQUE (device, tbl));
CREATE TABLE IF NOT EXISTS component (
    id INTEGER PRIMARY KEY, device INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
    label TEXT NOT NULL, idx TEXT NOT NULL, UNIQUE (device, kind, key));
CREATE TABLE IF NOT EXISTS member (
    grp INTEGER NOT NULL, metric INTEGER NOT NULL, components BLOB NOT NULL,
    PRIMARY KEY (grp, metric)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS head (
    device INTEGER PRIMARY KEY, row INTEGER NOT NULL, newest INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS hot (
    id INTEGER PRIMARY KEY, device INTEGER NOT NULL, prev INTEGER NOT NULL, newest INTEGER NOT NULL,
    data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS chunk (
    tier INTEGER NOT NULL, grp INTEGER NOT NULL, metric INTEGER NOT NULL, t0 INTEGER NOT NULL,
    span INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (tier, grp, metric, t0, span)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dirty (
    grp INTEGER NOT NULL, day INTEGER NOT NULL, PRIMARY KEY (grp, day)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS size (
    tier INTEGER NOT NULL, day INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (tier, day)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""
"""hot: a chain per device; `head` holds its newest row, each row names the one before (`prev`) and the newest
instant found in the rows before it (`newest`, milliseconds). chunk: tier 0 is raw, 300 and 3600 are roll-ups;
metric 0 is the frame (times and components) that the other blocks of (tier, grp, t0, span) share; t0 and span in
seconds. dirty: days of a group that were written to and are not rolled up yet. size: bytes of chunks by day."""


class Database:
    """Connections to one file: one per reading thread, one for each writing role."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self.write_lock = threading.Lock()
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._mover: sqlite3.Connection | None = None

    def connect(self) -> sqlite3.Connection:
        """A new connection with the pragmas of this store. Raises: SamplesError."""
        mode = "ro" if self.read_only else "rwc"
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        with self.errors():
            connection = sqlite3.connect(
                uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                connection.execute(f"PRAGMA cache_size = -{8 * 1024}")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA temp_store = MEMORY")
            except sqlite3.Error:
                connection.close()
                raise
        with self._guard:
            self._all.append(connection)
        return connection

    def prepare(self) -> None:
        """Lays the tables out in a new file and refuses one that a newer program wrote."""
        connection = self.writer()
        with self.errors():
            layout = connection.execute("PRAGMA user_version").fetchone()[0]
            if layout > LAYOUT:
                raise sentence(SamplesNewer, self.path)
            if layout == 0 and not self.read_only:
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
            if not self.read_only:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {LAYOUT}; COMMIT;")

    def writer(self) -> sqlite3.Connection:
        """The connection of whoever holds `write_lock`."""
        if self._writer is None:
            self._writer = self.connect()
            self._writer.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        return self._writer

    def mover(self) -> sqlite3.Connection:
        """The connection of maintenance, which also holds `write_lock`."""
        if self._mover is None:
            self._mover = self.connect()
            self._mover.execute("PRAGMA synchronous = NORMAL")
        return self._mover

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection inside one snapshot."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self.connect()
        if connection.in_transaction:
            yield connection
            return
        with self.errors():
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")

    @contextmanager
    def writing(self, moving: bool = False) -> Iterator[sqlite3.Connection]:
        """One transaction: durable when the block ends, undone when it raises.

        `moving` is for transactions that only change the form of what is durable already: a power cut may undo
        the newest of them, never half of one, and they need not wait for the disk.
        """
        with self.write_lock, self.errors():
            connection = self.mover() if moving else self.writer()
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._give_up(connection, error)
                raise
            except BaseException:
                self._undo(connection)
                raise

    def checkpoint(self) -> None:
        """Carries the log over into the file, as far as no reader still needs it: only then does a file that gave
        pages back become shorter."""
        with self.write_lock, self.errors():
            self.mover().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _give_up(self, connection: sqlite3.Connection, error: sqlite3.Error) -> None:
        """After an I/O error nothing that the connection has cached is trusted: the next call gets a new one."""
        self._undo(connection)
        if (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF in (10, 11, 14):
            self._writer = None if connection is self._writer else self._writer
            self._mover = None if connection is self._mover else self._mover
            with self._guard:
                self._all.remove(connection)
            with suppress(sqlite3.Error):
                connection.close()

    @staticmethod
    def _undo(connection: sqlite3.Connection) -> None:
        if connection.in_transaction:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")

    @contextmanager
    def errors(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.Error as error:
            known = translated(error, self.path)
            if isinstance(known, SamplesUnwell) and self.free_bytes() < 16 * PAGE:
                known = sentence(SamplesFull, self.path)
            raise known from error

    def free_bytes(self) -> int:
        """What the file system still gives to this user."""
        try:
            status = os.statvfs(self.path.parent)
        except OSError:
            return 0
        return status.f_bavail * status.f_frsize

    def close(self) -> None:
        with self._guard:
            connections, self._all = self._all, []
        self._writer = self._mover = None
        self._local = threading.local()
        for connection in connections:
            with suppress(sqlite3.Error):
                connection.close()
