"""What every request passes before anything else looks at it: its size, its client's share, and the headers back.

Written as plain ASGI, so that event streams pass through untouched and a body without a length is counted as it comes.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nms.views.api import problems
from nms.views.api.limits import RateLimit

MAX_BODY_BYTES = 1_000_000
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
STRICT_TRANSPORT = "max-age=31536000"
UPLOADS = re.compile(r"(/api/v1)?/tickets/[^/]+/(attachments|steps/\d+/attachment)")
FAULTS = re.compile(r"(/api/v1)?(/status/report|/fault-reports)")
"""Where a body may be as large as a photo; who sends it is looked at before it is read."""

STREAM = "/api/v1/stream"
"""Has no end that a HEAD could wait for."""

ENVELOPE_BYTES = 100_000
"""What a form needs besides its file."""


@dataclass(frozen=True, slots=True)
class Guard:
    """`limit` counts each client apart: a token where one is shown, else an address. Unix sockets are not counted."""

    app: ASGIApp
    limit: RateLimit
    largest_upload: int = MAX_BODY_BYTES
    largest_fault: int = MAX_BODY_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        headed: Send = _Headed(send, secure=scope.get("scheme") == "https")
        if scope["method"] == "HEAD" and scope["path"] != STREAM:
            scope, headed = {**scope, "method": "GET"}, _Bodiless(headed)
        length = headers.get("content-length", "0")
        most = self._most(scope)
        if not (length.isascii() and length.isdigit()) or int(length) > most:
            await problems.respond(413, _too_large(most))(scope, receive, headed)
            return
        client = client_of(scope, headers)
        wait = self.limit.wait(client) if client else 0.0
        if wait:
            await slow_down(wait)(scope, receive, headed)
            return
        await self.app(scope, _Counted(receive, most), headed)

    def _most(self, scope: Scope) -> int:
        """The largest body that this path takes."""
        if scope["method"] == "POST":
            for where, largest in ((UPLOADS, self.largest_upload), (FAULTS, self.largest_fault)):
                if where.fullmatch(scope["path"]):
                    return max(MAX_BODY_BYTES, largest + ENVELOPE_BYTES)
        return MAX_BODY_BYTES


def _too_large(most: int) -> str:
    return f"the request is larger than {most} bytes"


def client_of(scope: Scope, headers: Mapping[str, str]) -> str:
    """Whose share a request takes; empty for this machine's own Unix socket."""
    if not scope.get("client"):
        return ""
    address = str(scope["client"][0])
    token = headers.get("authorization", "")
    return f"{address} {hashlib.sha256(token.encode()).hexdigest()[:16]}" if token else address


def slow_down(wait: float) -> ASGIApp:
    seconds = math.ceil(wait)
    detail = f"too many requests; wait {seconds} s (api.requests_per_minute in config.yaml is the limit)"
    return problems.respond(429, detail, {"Retry-After": str(seconds)})


class _Counted:
    """A body that may not grow beyond the limit, whatever its headers said."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._seen = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        if self._seen > self._most:
            raise HTTPException(413, _too_large(self._most))
        return message


class _Bodiless:
    """Answers a HEAD as the GET it stands for, with the length and without the body (RFC 9110, 9.3.2)."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)


class _Headed:
    """Answers with the headers that all of them carry, where they do not say otherwise."""

    def __init__(self, send: Send, *, secure: bool) -> None:
        self._send = send
        self._secure = secure

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self._secure:
                headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
        await self._send(message)
