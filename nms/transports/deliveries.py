"""Files that somebody delivers into a folder of this machine (by SFTP, say): those that are new, read once."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nms.text import clean
from nms.transports.errors import LocalFault

MOST_FILES, LARGEST = 2000, 20_000_000
SETTLED_SECONDS = 2.0
"""A file that was written to just now may still be on its way: the next visit takes it."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One file: its name, its content, and when it was last written to."""

    name: str
    content: bytes
    at: float


@dataclass(slots=True)
class Folder:
    """Remembers what it has given; a file that changed since is given again. Reading blocks: call it in a thread."""

    path: Path
    newest: float = 0.0
    """When the youngest file was written to; 0 where there is none."""
    _given: dict[str, tuple[int, int]] = field(default_factory=dict)

    def new(self, prefixes: Sequence[str], since: float, now: float) -> Iterator[Delivered]:
        """Regular files whose names begin so, written to after `since`, the oldest first; at most `MOST_FILES`.

        Raises: LocalFault where the folder is not there or cannot be read.
        """
        listed = self._listed(tuple(prefixes))
        self.newest = max((entry.st_mtime for _, entry in listed), default=0.0)
        recent = sorted(((e.st_mtime, name, e) for name, e in listed if e.st_mtime > since), key=lambda one: one[:2])
        recent = recent[-MOST_FILES:]
        self._given = {name: self._given[name] for _, name, _ in recent if name in self._given}
        for at, name, entry in recent:
            mark = (entry.st_size, entry.st_mtime_ns)
            if self._given.get(name) == mark or now - at < SETTLED_SECONDS or entry.st_size > LARGEST:
                continue
            self._given[name] = mark
            yield Delivered(clean(name, limit=200), self._read(name), at)

    def _listed(self, prefixes: tuple[str, ...]) -> list[tuple[str, os.stat_result]]:
        try:
            with os.scandir(self.path) as entries:
                found = [
                    (one.name, one.stat(follow_symlinks=False)) for one in entries if one.name.startswith(prefixes)
                ]
        except OSError as error:
            raise LocalFault(f"the folder {self.path} cannot be read: {error.strerror}") from None
        return [(name, entry) for name, entry in found if stat.S_ISREG(entry.st_mode)]

    def _read(self, name: str) -> bytes:
        try:
            with (self.path / name).open("rb") as file:
                return file.read(LARGEST)
        except OSError as error:
            raise LocalFault(f"the file {self.path / name} cannot be read: {error.strerror}") from None
