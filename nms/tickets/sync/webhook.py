"""Every change of every ticket to whoever takes signed JSON by HTTP, one way.

Source: Standard Webhooks 1.0.0 (https://www.standardwebhooks.com): `webhook-id` is the same at every attempt, so that
a receiver can tell that it has a change already; `webhook-signature` is HMAC-SHA256 over id, timestamp and body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from nms.tickets.case import Case
from nms.tickets.sync.answers import answer_of
from nms.tickets.sync.remote import RemoteChange, RemoteLine

_PREFIX = "whsec_"


class Webhook:
    """One receiver. `secret`: `whsec_` and base64, or any text."""

    def __init__(
        self, client: httpx.Client, name: str, url: str, secret: str, clock: Callable[[], float] = time.time
    ) -> None:
        self.name = name
        self._client = client
        self._url = url
        self._key = signing_key(secret)
        self._clock = clock

    def create(self, case: Case, title: str, text: str) -> str:
        said = {"at": instant(case.opened_at), "action": "open", "text": text, "actor": case.reporter}
        self._tell(f"nms-{case.folio}-open", "ticket.opened", case, said, title)
        return case.folio

    def comment(self, remote: str, case: Case, line: RemoteLine) -> None:
        said = {"at": instant(line.at), "action": line.action, "text": line.text, "actor": line.actor}
        self._tell(line.mark, f"ticket.{line.action}", case, {**said, "status": line.status})

    def set_status(self, remote: str, status: str) -> None:
        """Each change carries its status."""

    def time(self) -> float:
        return self._clock()

    def changed_since(self, at: float) -> Sequence[str]:
        return ()

    def changes(self, remote: str, after: int) -> Sequence[RemoteChange]:
        return ()

    def _tell(self, mark: str, kind: str, case: Case, said: Mapping[str, Any], title: str = "") -> None:
        now = self._clock()
        told = {"type": kind, "timestamp": instant(now), "data": {"ticket": _ticket(case, title), "change": said}}
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **signed(self._key, mark, int(now), body)}
        answer_of(self._client, self.name, "POST", self._url, content=body, headers=headers)


def signing_key(secret: str) -> bytes:
    """Raises: nothing; what looks like base64 and is none is taken as it is."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def signed(key: bytes, mark: str, at: int, body: bytes) -> dict[str, str]:
    """The three headers of a message."""
    digest = hmac.new(key, f"{mark}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": mark, "webhook-timestamp": str(at), "webhook-signature": signature}


def instant(at: float | None) -> str | None:
    """RFC 3339 in UTC."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _ticket(case: Case, title: str) -> dict[str, Any]:
    plain = ("folio", "department", "site", "device", "assignee", "playbook", "hold_reason", "priority", "symptoms")
    codes = ("cause_code", "solution_code", "solution")
    instants = ("opened_at", "updated_at", "due_at", "breached_at", "resolved_at", "closed_at")
    found: dict[str, Any] = {name: getattr(case, name) for name in (*plain, *codes)}
    found |= {name: instant(getattr(case, name)) for name in instants}
    return {**found, "kind": case.kind.value, "status": case.status.value} | ({"title": title} if title else {})
