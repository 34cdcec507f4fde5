"""Attachments on disk: each content once, in a file named by its SHA-256, of few types and limited size.

The type is read from the content, not believed from the name: what is neither an image, a PDF nor plain text is
refused (no HTML, SVG or scripts, which a browser would run).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from nms.model import Message
from nms.store.tables.tickets import ticket_attachments, tickets
from nms.text import clean
from nms.tickets.errors import Unusable

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"%PDF-", "application/pdf"),
)
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|script|svg|iframe|\?xml)", re.IGNORECASE)
_STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SHA256 = re.compile(r"[0-9a-f]{64}")

SWEPT_SECONDS = 86_400.0

ATTACHMENTS = "attachments"
"""The folder below the data directory."""

EXTENSIONS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "application/pdf": ".pdf",
    "image/webp": ".webp",
    "text/plain": ".txt",
}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A content that is kept."""

    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class AttachmentStore:
    """The folder of attachments."""

    folder: Path
    largest: int = 20_000_000

    def put(self, content: bytes) -> StoredFile:
        """Keeps a content; written whole or not at all, also through a power cut. Raises: Unusable."""
        if not content:
            raise Unusable("the file is empty")
        if len(content) > self.largest:
            raise Unusable("the file is larger than {megabytes} MB", megabytes=self.largest / 1e6)
        media_type = media_type_of(content)
        digest = hashlib.sha256(content).hexdigest()
        target = self.path(digest)
        try:
            if _holds(target, content):
                os.utime(target)  # `swept` leaves what was wanted lately
            else:
                _write(target, content)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Unusable("the file cannot be kept now: {why}", why=why) from error
        return StoredFile(digest, len(content), media_type)

    def get(self, sha256: str) -> bytes:
        """A content, checked against its hash. Raises: Unusable where it is gone or not what was kept."""
        try:
            content = self.path(sha256).read_bytes()
        except OSError as gone:
            raise Unusable("the file {sha256} is not there any more", sha256=sha256[:12]) from gone
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Unusable("the file {sha256} is not what was attached", sha256=sha256[:12])
        return content

    def path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise Unusable("there is no such file")
        return self.folder / sha256[:2] / sha256


def copied(folder: Path, target: Path) -> int:
    """Copies the files that the target lacks: they never change, so that a second copy takes only the new ones."""
    count = 0
    for path in _kept(folder):
        copy = target / path.parent.name / path.name
        if not copy.is_file() or copy.stat().st_size != path.stat().st_size:
            copy.parent.mkdir(parents=True, exist_ok=True)
            partial = copy.with_name(f"{copy.name}.partial")
            shutil.copyfile(path, partial)
            partial.replace(copy)
            count += 1
    return count


def doubtful(connection: sa.Connection, store: AttachmentStore) -> list[Message]:
    """Files of tickets that are gone, or are not what was attached; each is read whole."""
    query = sa.select(ticket_attachments.c.sha256, tickets.c.folio, ticket_attachments.c.name)
    rows = connection.execute(query.join(tickets, tickets.c.id == ticket_attachments.c.ticket))
    found: list[Message] = []
    for row in rows:
        try:
            store.get(row.sha256)
        except Unusable as wrong:
            params = {"folio": row.folio, "name": row.name, "reason": str(wrong)}
            found.append(Message("the attachment “{name}” of {folio}: {reason}", params))
    return found


def swept(connection: sa.Connection, folder: Path, now: float) -> int:
    """Removes the files that no ticket holds any more, a day after anybody wanted them; returns how many."""
    held = set(connection.execute(sa.select(ticket_attachments.c.sha256).distinct()).scalars())
    count = 0
    for path in _kept(folder):
        if path.name not in held and now - path.stat().st_mtime > SWEPT_SECONDS:
            path.unlink()
            count += 1
    return count


def _kept(folder: Path) -> Iterator[Path]:
    found = sorted(folder.glob("??/*")) if folder.is_dir() else []
    return (path for path in found if _SHA256.fullmatch(path.name))


def media_type_of(content: bytes) -> str:
    """The type of a content by its first bytes. Raises: Unusable for a type that is not kept."""
    for signature, media_type in _SIGNATURES:
        if content.startswith(signature):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if _is_text(content):
        return "text/plain"
    raise Unusable("files of this type are not kept: attach PNG, JPEG, WebP, PDF or plain text")


def file_name(raw: str, media_type: str) -> str:
    """A harmless name: the last part of what was given, with the extension of what the content is."""
    last = re.split(r"[/\\]", clean(raw, limit=400))[-1]
    stem = re.sub(r"[^\w .()-]", "_", last.rpartition(".")[0] or last).strip(" .")[:100]
    return (stem or "adjunto") + EXTENSIONS[media_type]


def _is_text(content: bytes) -> bool:
    """UTF-8 (with the mark that Windows writes, or without), nothing that steers a terminal, no markup."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not _MARKUP.search(content) and not _STEERING.search(text)


def _holds(target: Path, content: bytes) -> bool:
    """Whether the file is there already, whole: a damaged one is written anew."""
    return target.is_file() and target.stat().st_size == len(content) and target.read_bytes() == content


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{uuid.uuid4().hex}.partial")
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        _sync(target.parent)
    finally:
        partial.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """A new name survives a power cut once its folder is on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
