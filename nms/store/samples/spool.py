"""What waits on disk for a server that is away: one compressed file for each write, sent oldest first."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from nms.store.samples.errors import SamplesFull, SamplesReadOnly, SamplesUnwell, sentence

WAITING = ".lp.z"
REFUSED = ".rejected"
"""How names of batches end."""


class SpoiledBatch(Exception):
    """What is in the file is not what was written."""


class Spool:
    """A folder of batches. Appending is durable; a half-written batch is never seen, since it gets its name last."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self.dropped = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise sentence(SamplesReadOnly, folder) from error
        for half in folder.glob("*.part"):
            half.unlink()
        self._sizes = {path.name: path.stat().st_size for path in sorted(folder.glob(f"*{WAITING}"))}
        self._next = max((int(name.split(".")[0]) for name in self._sizes), default=0) + 1

    def append(self, text: bytes) -> None:
        """Keeps a batch. Raises: SamplesError where the disk refuses it."""
        name = f"{self._next:012}{WAITING}"
        half = self._folder / f"{name}.part"
        packed = zlib.compress(text, 1)
        try:
            with half.open("wb") as file:
                file.write(packed)
                file.flush()
                os.fsync(file.fileno())
            half.rename(self._folder / name)
            self._sync_folder()
        except OSError as error:
            half.unlink(missing_ok=True)
            kind = SamplesFull if error.errno in (28, 122) else SamplesUnwell
            raise sentence(kind, self._folder) from error
        self._sizes[name] = len(packed)
        self._next += 1
        self._make_room()

    def _sync_folder(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _make_room(self) -> None:
        """Past the limit the oldest batches go; `dropped` counts them."""
        while self.waiting_bytes > self._limit and len(self._sizes) > 1:
            self.done(next(iter(self._sizes)))
            self.dropped += 1

    @property
    def waiting_bytes(self) -> int:
        return sum(self._sizes.values())

    def __len__(self) -> int:
        return len(self._sizes)

    def oldest(self) -> Iterator[str]:
        """Names of batches, oldest first, as they are now."""
        return iter(list(self._sizes))

    def read(self, name: str) -> bytes:
        """A batch. Raises: SpoiledBatch where the disk altered it; SamplesUnwell where it does not give it now."""
        try:
            return zlib.decompress((self._folder / name).read_bytes())
        except zlib.error as error:
            raise SpoiledBatch(name) from error
        except OSError as error:
            raise sentence(SamplesUnwell, self._folder) from error

    def done(self, name: str) -> None:
        self._sizes.pop(name, None)
        (self._folder / name).unlink(missing_ok=True)

    def reject(self, name: str) -> None:
        """Puts aside what the server will never take, or what is spoiled."""
        self._sizes.pop(name, None)
        with suppress(FileNotFoundError):
            (self._folder / name).rename(self._folder / f"{name}{REFUSED}")
