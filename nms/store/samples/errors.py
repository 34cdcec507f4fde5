"""What can go wrong with the samples, told in one sentence.

    SamplesError
    ├── SamplesFull         no space left on the disk, or the store's own size budget is used up
    ├── SamplesReadOnly     the file or its folder refuses to be written
    ├── SamplesBusy         another program holds the write lock for too long
    ├── SamplesUnwell       the disk answered with an I/O error; what was acknowledged stays
    ├── SamplesDamaged      the file is no sound database: repair it or restore a backup
    ├── SamplesNewer        the file was written by a newer version of the monitor
    └── SamplesAway         the time-series server does not answer, or refuses

After each of them the store goes on by itself with the next call, once the cause is gone.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path


class SamplesError(Exception):
    """The samples cannot be read or written; the text is for people."""


class SamplesFull(SamplesError):
    """No space is left."""


class SamplesReadOnly(SamplesError):
    """They can be read, not written."""


class SamplesBusy(SamplesError):
    """Another program is writing; the next attempt may work."""


class SamplesUnwell(SamplesError):
    """The disk answered with an error."""


class SamplesDamaged(SamplesError):
    """What is in the file is not a sound database."""


class SamplesNewer(SamplesError):
    """The layout is newer than this program."""


class SamplesAway(SamplesError):
    """The server cannot be reached, or refuses what it was asked."""


_SENTENCES: dict[type[SamplesError], str] = {
    SamplesFull: "no space is left for the samples in {where}: free some, nothing that was acknowledged is lost",
    SamplesReadOnly: "the samples in {where} are read-only: give the monitor's user the right to write there",
    SamplesBusy: "the samples in {where} are busy: another program is writing to them",
    SamplesUnwell: "the disk under the samples in {where} answers with errors: check the disk and its cables",
    SamplesDamaged: "the samples in {where} are damaged: run nms doctor, or restore a backup with nms restore",
    SamplesNewer: "the samples in {where} were written by a newer version of the monitor: install that version",
}

_CODES: dict[int, type[SamplesError]] = {
    5: SamplesBusy,  # SQLITE_BUSY
    6: SamplesBusy,  # SQLITE_LOCKED
    8: SamplesReadOnly,  # SQLITE_READONLY
    10: SamplesUnwell,  # SQLITE_IOERR
    11: SamplesDamaged,  # SQLITE_CORRUPT
    13: SamplesFull,  # SQLITE_FULL
    14: SamplesUnwell,  # SQLITE_CANTOPEN
    26: SamplesDamaged,  # SQLITE_NOTADB
}
"""Primary result codes (https://www.sqlite.org/rescode.html)."""


def sentence(kind: type[SamplesError], where: Path | str) -> SamplesError:
    """The error of this kind about the store at `where`."""
    return kind(_SENTENCES[kind].format(where=where))


def translated(error: sqlite3.Error, where: Path | str) -> SamplesError:
    """An error of SQLite as one of ours.

    A short write that the file system refuses arrives as an I/O error; `EmbeddedSamples` looks at the free
    space to tell a full disk from a sick one.
    """
    code = getattr(error, "sqlite_errorcode", None)
    kind = _CODES.get(code & 0xFF) if code is not None else None
    if kind is None:
        return SamplesError(f"the samples in {where} cannot be used: {error}")
    return sentence(kind, where)
