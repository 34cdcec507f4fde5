"""Signed links: whoever holds one may acknowledge one incident as one person, until it expires.

The token is HMAC-SHA256 over what it allows, so that no session or password is needed on a telephone at night. Mail
scanners follow links: what the link opens must ask for a press of a button (POST), never act on the GET.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nms.refusals import Refusal

LIFETIME_SECONDS = 3 * 86_400.0

_PURPOSE = b"nms acknowledge v1\0"
_SHORTEST_SECRET = 16
_LONGEST_TOKEN = 512


class BadLink(Refusal):
    """The link is damaged, forged or too old."""


@dataclass(frozen=True, slots=True)
class AcknowledgeLink:
    """What a link allows: `person` acknowledges `incident` until `expires` (Unix seconds)."""

    incident: int
    person: str
    expires: int


def sign(secret: bytes, link: AcknowledgeLink) -> str:
    """The token of a link, safe in a URL. Raises: ValueError for a secret that is too short to be one."""
    body = f"{link.incident}.{link.expires}.{link.person}".encode()
    return f"{_text(body)}.{_text(_seal(secret, body))}"


def verify(secret: bytes, token: str, now: float) -> AcknowledgeLink:
    """What a token allows. Raises: BadLink."""
    head, dot, tail = token[:_LONGEST_TOKEN].partition(".")
    try:
        body, seal = _bytes(head), _bytes(tail)
    except ValueError:
        raise BadLink("this link is damaged: copy it whole from the message") from None
    if not dot or not hmac.compare_digest(seal, _seal(secret, body)):
        raise BadLink("this link is not valid: copy it whole from the message")
    incident, expires, person = body.decode().split(".", 2)
    if now >= int(expires):
        raise BadLink("this link is too old: acknowledge in the terminal, or with nms alerts")
    return AcknowledgeLink(int(incident), person, int(expires))


def linker(
    public_url: str, secret: bytes, clock: Callable[[], float], lifetime: float = LIFETIME_SECONDS
) -> Callable[[int, str], str]:
    """The address at which a person acknowledges an incident, for `Composer.link`.

    Empty without a public address, and for shared channels (`#name`): a link names who acknowledges.
    """

    def link(incident: int, person: str) -> str:
        if not public_url or person.startswith("#"):
            return ""
        token = sign(secret, AcknowledgeLink(incident, person, int(clock() + lifetime)))
        return f"{public_url.rstrip('/')}/ack/{token}"

    return link


def link_secret(path: Path) -> bytes:
    """The secret that signs links, kept in a file of its own that only the monitor's user reads; made when missing.

    Raises: OSError when it can be neither read nor made; ValueError when what is there is too short.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        secret = path.read_bytes()
        _seal(secret, b"")
        return secret
    secret = secrets.token_bytes(32)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret


def _seal(secret: bytes, body: bytes) -> bytes:
    if len(secret) < _SHORTEST_SECRET:
        raise ValueError(f"the secret that signs links needs {_SHORTEST_SECRET} bytes or more")
    return hmac.new(secret, _PURPOSE + body, hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
