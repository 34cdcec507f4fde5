"""Attachments on disk: each content once, in a file named by its SHA-256, of few types and limited size.

The type is read from the content, not believed from the name: what is neither an image, a PDF nor plain text is
refused (no HTML, SVG or scripts, which a browser would run).
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from nms.text import clean
from nms.tickets.errors import Unusable

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"%PDF-", "application/pdf"),
)
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|script|svg|iframe|\?xml)", re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-f]{64}")

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
    largest: int = 20 * 1024 * 1024

    def put(self, content: bytes) -> StoredFile:
        """Keeps a content; written whole or not at all, also through a power cut. Raises: Unusable, OSError."""
        if not content:
            raise Unusable("the file is empty")
        if len(content) > self.largest:
            raise Unusable("the file is larger than {megabytes} MB", megabytes=self.largest // 2**20)
        media_type = media_type_of(content)
        digest = hashlib.sha256(content).hexdigest()
        target = self.path(digest)
        if not target.exists():
            _write(target, content)
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
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    allowed = "\n\r\t"
    return not _MARKUP.search(content) and all(c.isprintable() or c in allowed for c in text)


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
