"""Room kept for the day the disk is full: a file of zeros that can be given back.

A database needs space even to delete. When the disk runs out the ballast is released, new samples are refused,
and maintenance has room to work; once there is space again the ballast is laid down and writing resumes.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO

from nms.store.samples.errors import SamplesFull, SamplesUnwell, sentence

DEFAULT_BYTES = 64 * 2**20


class Ballast:
    """The file beside the store, `NAME.ballast`."""

    def __init__(self, store: Path, size: int = DEFAULT_BYTES) -> None:
        self.path = store.with_name(store.name + ".ballast")
        self._store = store
        self._size = size
        self._reserve = size // 4
        self._is_full = False

    def lay(self) -> None:
        """Lays the ballast down where there is room for it; a disk without is not an error yet."""
        if self._size == 0 or self._laid() or self._free() < self._size + self._reserve:
            return
        try:
            with self.path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError:
            self.path.unlink(missing_ok=True)

    def release(self) -> None:
        """Gives the room back and refuses new samples until there is more."""
        self._is_full = True
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def require_room(self) -> None:
        """Before each write. Raises: SamplesFull, until the disk has room for the ballast and some more."""
        if self._size == 0:
            return
        free = self._free()
        if self._is_full:
            if free < self._size + 2 * self._reserve:
                raise sentence(SamplesFull, self._store)
            self._is_full = False
            self.lay()
        elif free < self._reserve and self._laid():
            self.release()
            raise sentence(SamplesFull, self._store)

    def _laid(self) -> bool:
        try:
            return self.path.stat().st_size == self._size
        except OSError:
            return False

    def _free(self) -> int:
        try:
            status = os.statvfs(self._store.parent)
        except OSError as error:
            raise sentence(SamplesUnwell, self._store) from error
        return status.f_bavail * status.f_frsize


class WriterLock:
    """One writing program at a time; the system releases it with the process, however that ends."""

    def __init__(self, store: Path) -> None:
        self._path = store.with_name(store.name + ".lock")
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """False where another program holds it."""
        self._file = self._path.open("a")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.drop()
            return False
        return True

    def drop(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
