"""What can go wrong with the records, told in one sentence.

RecordsError
├── RecordsUnavailable   cannot be opened, or the server cannot be reached
├── RecordsReadOnly      the file, its folder or the server refuses to write
├── RecordsFull          no space left where they are kept
├── RecordsOccupied      another writer did not end in time: try again
├── RecordsDamaged       not a database, or a damaged one: restore a backup
└── RecordsNewer         written by a newer version of the monitor
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # commands that only tell an error must not wait for SQLAlchemy
    from sqlalchemy.exc import DBAPIError


class RecordsError(Exception):
    """The records cannot be read or written; the text is for people."""


class RecordsUnavailable(RecordsError):
    """They cannot be opened."""


class RecordsReadOnly(RecordsError):
    """They can be read, not written."""


class RecordsFull(RecordsError):
    """No space is left."""


class RecordsOccupied(RecordsError):
    """Somebody else is writing; trying again later may work."""


class RecordsDamaged(RecordsError):
    """What is in the file is not a sound database."""


class RecordsNewer(RecordsError):
    """The schema is newer than this program."""


_SENTENCES: dict[type[RecordsError], str] = {
    RecordsUnavailable: "the records in {where} cannot be opened: check that the place exists and may be used",
    RecordsReadOnly: "the records in {where} are read-only: give the monitor's user the right to write there",
    RecordsFull: "no space is left for the records in {where}: free some, nothing that was kept is lost",
    RecordsOccupied: "the records in {where} are busy: another program is writing to them",
    RecordsDamaged: "the records in {where} are damaged or no database at all: restore a backup with nms restore",
}

_SQLITE: dict[int, type[RecordsError]] = {
    5: RecordsOccupied,  # SQLITE_BUSY
    6: RecordsOccupied,  # SQLITE_LOCKED
    8: RecordsReadOnly,  # SQLITE_READONLY
    10: RecordsUnavailable,  # SQLITE_IOERR
    11: RecordsDamaged,  # SQLITE_CORRUPT
    13: RecordsFull,  # SQLITE_FULL
    14: RecordsUnavailable,  # SQLITE_CANTOPEN
    26: RecordsDamaged,  # SQLITE_NOTADB
}
"""Primary result codes (https://www.sqlite.org/rescode.html)."""

_POSTGRESQL: dict[str, type[RecordsError]] = {
    "25006": RecordsReadOnly,  # read_only_sql_transaction
    "53100": RecordsFull,  # disk_full
    "53300": RecordsOccupied,  # too_many_connections
    "55P03": RecordsOccupied,  # lock_not_available
    "40P01": RecordsOccupied,  # deadlock_detected
    "40001": RecordsOccupied,  # serialization_failure
    "XX001": RecordsDamaged,  # data_corrupted
    "XX002": RecordsDamaged,  # index_corrupted
    "3D000": RecordsUnavailable,  # invalid_catalog_name
    "28000": RecordsUnavailable,  # invalid_authorization_specification
    "28P01": RecordsUnavailable,  # invalid_password
}
"""SQLSTATE codes (PostgreSQL manual, appendix A)."""


def translated(error: DBAPIError, where: str) -> RecordsError | None:
    """The error of a database as one of ours; None for a mistake in a statement, which is the program's fault."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    state = getattr(error.orig, "sqlstate", None)
    kind = _SQLITE.get(code & 0xFF) if code is not None else _POSTGRESQL.get(state or "")
    if kind is None and (error.connection_invalidated or (code is None and _lost(error, state))):
        kind = RecordsUnavailable
    return kind(_SENTENCES[kind].format(where=where)) if kind else None


def _lost(error: DBAPIError, state: str | None) -> bool:
    """Class 08 and 57P: the connection or the server went away; psycopg gives no state when it never came."""
    if state:
        return state.startswith(("08", "57P"))
    return type(error.orig).__module__.startswith("psycopg") and type(error.orig).__name__ == "OperationalError"
