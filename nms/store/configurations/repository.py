"""The Git repository of the configurations: bare, written by this process alone, read by any Git program.

dulwich writes it, without a program beside the monitor and without a working tree: a commit is its texts, its trees,
itself, and last the branch, which moves by rename. Killed in between, the branch still names the commit before; what
was written for the new one is found again when it is made anew. A full disk leaves the branch where it was.

Layout: `DEVICE/running.cfg`, `DEVICE/startup.cfg`, `DEVICE/baseline.cfg`. The folder is for its owner alone (0700).
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dulwich.errors import FileFormatException, NotGitRepository
from dulwich.file import FileLocked
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from nms.text import clean

log = logging.getLogger(__name__)

BRANCH = Ref(b"refs/heads/main")
RUNNING, STARTUP, BASELINE = "running", "startup", "baseline"
COMMITTER = "nms <nms@localhost>"
PACK_FROM = 5000
"""Loose objects from which they are packed."""

_FILE, _FOLDER = 0o100644, 0o040000
_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
_DAMAGE = (KeyError, FileFormatException, AssertionError, ValueError)


class ConfigurationsError(Exception):
    """The repository cannot be read or written; the text is for people."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A commit, and the blobs (by kind of text) that it holds for its device."""

    commit: str
    blobs: Mapping[str, str]


class ConfigurationRepository:
    """One repository. Safe to share between threads; a second process that writes waits for its turn."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "repository.git"
        self._folder = folder
        self._one_writer = threading.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            with self._alone():
                self._clear_locks()
                self._repo = self._opened()
        except OSError as error:
            raise self._told(error) from error

    def close(self) -> None:
        self._repo.close()

    def keep(self, device: str, texts: Mapping[str, str], *, author: str, message: str, at: float) -> Kept:
        """Makes a commit of texts (by kind) of one device; the commit that is there already when nothing differs.

        Raises: ConfigurationsError; what was kept before is untouched then.
        """
        if not _DEVICE.fullmatch(device):
            raise ConfigurationsError(f"“{clean(device, limit=80)}” cannot name a file of the repository")
        try:
            with self._alone():
                return self._keep(device, texts, author, message, at)
        except FileLocked as error:
            raise ConfigurationsError(f"the repository {self.path} is locked: {error}") from error
        except OSError as error:
            raise self._told(error) from error
        except _DAMAGE as error:
            raise self._damaged(error) from error

    def text(self, blob: str) -> str:
        """The text of a blob. Raises: ConfigurationsError."""
        try:
            found = self._repo.object_store[ObjectID(blob.encode())]
        except _DAMAGE as error:
            raise self._damaged(error) from error
        except OSError as error:
            raise self._told(error) from error
        return found.as_raw_string().decode("utf-8", "replace")

    def head(self) -> str:
        """The newest commit; empty where there is none."""
        found: bytes | None = self._repo.refs.read_ref(BRANCH)
        return found.decode() if found else ""

    def check(self) -> str:
        """What is wrong with the newest commit and all its texts; empty when it is sound."""
        try:
            for blob in self._newest():
                self._repo.object_store[blob].as_raw_string()
        except (*_DAMAGE, OSError) as error:
            return str(self._damaged(error))
        return ""

    def tidy(self) -> None:
        """Packs loose objects when there are many. Raises: ConfigurationsError."""
        try:
            with self._alone():
                if sum(1 for _ in self.path.glob("objects/??/*")) >= PACK_FROM:
                    self._repo.object_store.pack_loose_objects()
        except OSError as error:
            raise self._told(error) from error

    @contextmanager
    def alone(self) -> Iterator[Path]:
        """Nobody writes meanwhile: for a copy of the folder, whose path it gives."""
        with self._alone():
            yield self.path

    def _opened(self) -> Repo:
        try:
            repo = Repo(str(self.path))
        except NotGitRepository:
            self.path.mkdir(mode=0o700, exist_ok=True)
            repo = Repo.init_bare(str(self.path), default_branch=b"main")
            config = repo.get_config()
            config.set((b"core",), b"fsyncObjectFiles", b"true")
            config.write_to_path()
            repo.close()
            repo = Repo(str(self.path))
        return repo

    def _keep(self, device: str, texts: Mapping[str, str], author: str, message: str, at: float) -> Kept:
        store, before = self._repo.object_store, self._repo.refs.read_ref(BRANCH)
        root = self._tree(before)
        folder = self._folder_of(root, device)
        blobs: dict[str, str] = {}
        for kind, text in texts.items():
            blob = Blob.from_string(text.encode())
            blobs[kind] = blob.id.decode()
            if blob.id not in store:
                store.add_object(blob)
            folder.add(f"{kind}.cfg".encode(), _FILE, blob.id)
        was = root.id
        root.add(device.encode(), _FOLDER, folder.id)
        if before is not None and root.id == was:
            return Kept(before.decode(), blobs)
        store.add_object(folder)
        store.add_object(root)
        commit = _commit(root, before, author, message, at)
        store.add_object(commit)
        if not self._repo.refs.set_if_equals(BRANCH, ObjectID(before) if before else None, commit.id):
            raise ConfigurationsError(
                "another program wrote to the repository of configurations; it is done again later"
            )
        return Kept(commit.id.decode(), blobs)

    def _tree(self, commit: bytes | None) -> Tree:
        if commit is None:
            return Tree()
        found = self._repo.object_store[self._repo.object_store[ObjectID(commit)].tree]  # type: ignore[attr-defined]
        assert isinstance(found, Tree)
        return found

    def _folder_of(self, root: Tree, device: str) -> Tree:
        if device.encode() not in root:
            return Tree()
        found = self._repo.object_store[root[device.encode()][1]]
        assert isinstance(found, Tree)
        return found

    def _newest(self) -> Iterator[ObjectID]:
        for entry in self._tree(self._repo.refs.read_ref(BRANCH)).items():
            folder = self._repo.object_store[entry.sha]
            assert isinstance(folder, Tree)
            yield from (one.sha for one in folder.items())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._one_writer, (self._folder / "lock").open("a") as file, _flocked(file):
            try:
                yield
            except (OSError, FileLocked) as error:
                # What the library left open must not take back, when it is forgotten, the lock of a later writer.
                traceback.clear_frames(error.__traceback__)
                self._clear_locks()
                raise

    def _clear_locks(self) -> None:
        """Lock files of a writer that was killed, or whose disk was full. Whoever holds the flock is alone."""
        for left in self.path.rglob("*.lock"):
            left.unlink(missing_ok=True)
            log.info("removed %s, left by a write that did not end", left)

    def _told(self, error: OSError) -> ConfigurationsError:
        reason = error.strerror or type(error).__name__
        return ConfigurationsError(f"the configurations in {self._folder} cannot be kept or read: {reason}")

    def _damaged(self, error: BaseException) -> ConfigurationsError:
        detail = clean(f"{type(error).__name__} {error}", limit=120)
        what = f"the repository {self.path} is damaged ({detail})"
        return ConfigurationsError(f"{what}: restore it from a backup, or move it away and let it begin anew")


def _commit(tree: Tree, before: bytes | None, author: str, message: str, at: float) -> Commit:
    made = Commit()
    made.tree = tree.id
    made.parents = [ObjectID(before)] if before is not None else []
    made.author = _person(author)
    made.committer = COMMITTER.encode()
    made.author_time = made.commit_time = int(at)
    made.author_timezone = made.commit_timezone = 0
    made.encoding = b"UTF-8"
    made.message = message.encode()
    return made


def _person(name: str) -> bytes:
    """`ana@sw-1` as Git writes people. What a device calls somebody is hostile."""
    harmless = re.sub(r"[<>\n\x00]", "", clean(name, limit=120)) or "nms"
    return f"{harmless.partition('@')[0] or 'nms'} <{harmless}>".encode()


@contextmanager
def _flocked(file: IO[str]) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def masking_key(folder: Path) -> bytes:
    """The key of the marks that stand for secrets, made once, for its owner alone. Raises: ConfigurationsError."""
    path = folder / "masking-key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            half = path.with_suffix(".part")
            half.unlink(missing_ok=True)
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(os.urandom(32).hex().encode())
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
        found = path.read_bytes().strip()
    except OSError as error:
        raise ConfigurationsError(f"{path} cannot be read or made: {error.strerror}") from error
    if len(found) < 32:
        raise ConfigurationsError(f"{path} does not hold a key: restore it from a backup, or remove it to make another")
    return found
