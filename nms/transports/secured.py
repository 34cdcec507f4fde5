"""Servers that take a name and a password: in the open without one, over TLS from the start, or after STARTTLS."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from nms.transports.errors import LocalFault
from nms.transports.sockets import Connection, connection, deadline, tls_context

Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True, slots=True)
class SecuredTarget:
    """Where and how; without `user` nobody logs in. The certificate is checked with `verify`."""

    host: str
    port: int
    security: Security = "none"
    user: str = ""
    password: str = field(default="", repr=False)
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection; `context` secures it where STARTTLS is to come; `began` on the clock `time.perf_counter`."""

    connection: Connection
    target: SecuredTarget
    context: ssl.SSLContext
    began: float

    async def secure(self) -> None:
        """TLS from here on, after the server has agreed to it."""
        await self.connection.secure(self.context, self.target.host)


@asynccontextmanager
async def opened(target: SecuredTarget, seconds: float) -> AsyncIterator[Opened]:
    """All that is done with it must be done within `seconds`. Raises: LocalFault where a password would go out
    unprotected; the errors of connections."""
    if target.user and target.security == "none":
        raise LocalFault("a password would go out unprotected: set “security: starttls” or “tls” on this endpoint")
    async with deadline(seconds, f"{target.host}:{target.port}"):
        context = tls_context(verify=target.verify)
        at_once = context if target.security == "tls" else None
        began = time.perf_counter()
        async with connection(target.host, target.port, at_once, target.host) as line:
            yield Opened(line, target, context, began)
