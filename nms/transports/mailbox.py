"""A mailbox read over IMAP (RFC 9051), by the standard library's client: what is unseen, bounded, and marked when done.

Blocking: for a worker thread.
"""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from nms.text import clean
from nms.transports.errors import AccessDenied, Malformed, Unreachable
from nms.transports.sockets import tls_context

TIMEOUT_SECONDS = 30.0
MOST_LETTERS = 50
"""Letters of one round; the rest comes with the next."""


@dataclass(frozen=True, slots=True)
class MailboxTarget:
    """`security` as the server wants it; `folder` is the mailbox's name there."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    security: Literal["tls", "starttls", "none"] = "tls"
    folder: str = "INBOX"


class Mailbox:
    """One selected folder."""

    def __init__(self, connection: imaplib.IMAP4) -> None:
        self._connection = connection

    def unseen(self) -> list[str]:
        """The identities (UID) of letters nobody has seen, the oldest first; at most `MOST_LETTERS`."""
        found = self._do("SEARCH", "UNSEEN")[0]
        return found.decode("ascii", "replace").split()[:MOST_LETTERS] if isinstance(found, bytes) else []

    def octets(self, uid: str, most: int) -> bytes:
        """A letter as it came, cut after `most` octets; looking does not mark it as seen."""
        for part in self._do("FETCH", uid, f"(BODY.PEEK[]<0.{most}>)"):
            if isinstance(part, tuple):
                return bytes(part[1])
        raise Malformed(f"the mail server does not give letter {uid}")

    def mark_seen(self, uid: str) -> None:
        self._do("STORE", uid, "+FLAGS.SILENT", "(\\Seen)")

    def _do(self, command: str, *words: str) -> list[bytes | tuple[bytes, bytes] | None]:
        status, data = self._connection.uid(command, *words)
        if status != "OK":
            raise Malformed(f"the mail server refuses {command}")
        return list(data)


@contextmanager
def open_mailbox(target: MailboxTarget) -> Iterator[Mailbox]:
    """Raises: Unreachable, AccessDenied, Malformed."""
    try:
        connection = _connected(target)
        try:
            with _logged_in(connection, target):
                yield Mailbox(connection)
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                connection.logout()
    except imaplib.IMAP4.error as error:
        raise Malformed(clean(f"the mail server at {target.host} says {error}", limit=300)) from None
    except OSError as error:
        what = error.strerror or str(error) or type(error).__name__
        raise Unreachable(clean(f"the mail server at {target.host}:{target.port}: {what}", limit=300)) from None


def _connected(target: MailboxTarget) -> imaplib.IMAP4:
    context = tls_context()
    if target.security == "tls":
        return imaplib.IMAP4_SSL(target.host, target.port, ssl_context=context, timeout=TIMEOUT_SECONDS)
    connection = imaplib.IMAP4(target.host, target.port, timeout=TIMEOUT_SECONDS)
    if target.security == "starttls":
        connection.starttls(context)
    return connection


@contextmanager
def _logged_in(connection: imaplib.IMAP4, target: MailboxTarget) -> Iterator[None]:
    try:
        connection.login(target.user, target.password)
    except imaplib.IMAP4.error:
        raise AccessDenied(f"the mail server at {target.host} refuses the user name or the password") from None
    status, _ = connection.select(_quoted(target.folder))
    if status != "OK":
        raise AccessDenied(f"the mail server at {target.host} has no folder {target.folder}")
    yield


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
