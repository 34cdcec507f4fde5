"""Reads server management (Redfish, DMTF DSP0266) over one kept connection, and always gives its session back.

A management controller has few sessions, a slow processor and sometimes pages that link in circles: each page is
read once, the number of pages and the time are bounded, and links that lead elsewhere are not followed.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpcore

from nms.text import clean
from nms.transports.errors import AccessDenied, Malformed, OverBudget, TransportError, Unreachable
from nms.transports.http import bounded, sentences
from nms.transports.sockets import named, tls_context
from nms.transports.streams import ClosingNetwork

log = logging.getLogger(__name__)

Page = Mapping[str, Any]

SERVICE = "/redfish/v1"
SESSIONS = f"{SERVICE}/SessionService/Sessions"
_LONGEST_PAGE = 1_048_576
_GOODBYE_SECONDS = 3.0
_PATH = re.compile(r"/redfish/[A-Za-z0-9_.~%:@!$&'()*+,;=/#-]*(?:\?[A-Za-z0-9_.~%$=&/-]*)?")


@dataclass(frozen=True, slots=True)
class RedfishTarget:
    """Where, with which account, and how much of its time may be taken."""

    host: str
    port: int
    user: str
    password: str = field(default="", repr=False)
    verify: bool = True
    tls: bool = True
    seconds: float = 30.0
    pages: int = 250


class RedfishSession:
    """Gets pages by path, each once."""

    def __init__(self, target: RedfishTarget, pool: httpcore.AsyncConnectionPool) -> None:
        self._target = target
        self._pool = pool
        self._headers: dict[str, str] = {}
        self._session = ""
        self._read: dict[str, Page] = {}
        self._where = named(target.host, target.port)

    async def log_in(self) -> None:
        """A session, or basic authentication where there is no session service. Raises: AccessDenied, Malformed."""
        body = json.dumps({"UserName": self._target.user, "Password": self._target.password}).encode()
        status, headers, content = await self._request("POST", SESSIONS, body)
        if status in (400, 401, 403):
            raise AccessDenied(f"{self._where} refuses the log-in of “{self._target.user}” (status {status})")
        token = headers.get("x-auth-token", "")
        if status in (200, 201) and token:
            self._headers = {"X-Auth-Token": token}
            page = _document(content) or {}
            self._session = _own_path(headers.get("location", "")) or _own_path(str(page.get("@odata.id", "")))
            return
        if status not in (404, 405, 501):
            raise Malformed(f"{self._where} answers the log-in with status {status} and no session")
        pair = f"{self._target.user}:{self._target.password}".encode()
        self._headers = {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}

    async def log_out(self) -> None:
        """Gives the session back. What fails here is only logged: the controller will end the session in time."""
        if not self._session:
            return
        try:
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await self._request("DELETE", self._session)
        except (TransportError, TimeoutError) as error:
            log.debug("the session at %s was not given back: %s", self._where, error)

    async def page(self, path: str) -> Page | None:
        """One page; `None` where there is none (404), where the path leads elsewhere, or where it is not JSON.

        Raises: Unreachable, AccessDenied, OverBudget, Malformed.
        """
        path = _own_path(path).partition("#")[0]
        if not path:
            return None
        if path in self._read:
            return self._read[path]
        if len(self._read) >= self._target.pages:
            raise OverBudget(f"{self._where} needs more than {self._target.pages} pages")
        self._read[path] = {}
        status, _, content = await self._request("GET", path)
        if status in (401, 403):
            raise AccessDenied(f"{self._where} refuses {path} (status {status})")
        found = _document(content) if status == 200 else None
        if found is not None:
            self._read[path] = found
        return found

    async def members(self, path: str, most: int = 64) -> AsyncIterator[Page]:
        """The members of a collection, page after page, at most so many; each once even if it is listed twice."""
        seen: set[str] = set()
        following = path
        while following and following not in seen:
            seen.add(following)
            collection = await self.page(following) or {}
            for link in links(collection.get("Members")):
                if link in seen:
                    continue
                seen.add(link)
                if len(seen) > most:
                    return
                member = await self.page(link)
                if member:
                    yield member
            following = _own_path(str(collection.get("Members@odata.nextLink") or ""))

    async def _request(self, method: str, path: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
        scheme = "https" if self._target.tls else "http"
        url = f"{scheme}://{self._where}{path}"
        headers = {"Host": self._where, "Accept": "application/json", "OData-Version": "4.0", **self._headers}
        if body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        wire = [(name.encode(), value.encode()) for name, value in headers.items()]
        async with (
            sentences(url, self._where),
            self._pool.stream(method, url, headers=wire, content=body or None) as response,
        ):
            content, cut = await bounded(response, _LONGEST_PAGE)
            received = {clean(k, limit=100).lower(): clean(v, limit=2000) for k, v in response.headers}
        if cut:
            raise Malformed(f"{self._where} sent a page of more than a megabyte ({clean(path, limit=100)})")
        return response.status, received, content


@asynccontextmanager
async def session(target: RedfishTarget) -> AsyncIterator[tuple[RedfishSession, float]]:
    """A logged-in session and the seconds that the log-in took; it is closed whatever happens inside.

    Raises: Unreachable, AccessDenied, OverBudget, CertificateRefused, Malformed.
    """
    context: ssl.SSLContext = tls_context(verify=target.verify)
    where = named(target.host, target.port)
    network = ClosingNetwork()
    async with httpcore.AsyncConnectionPool(ssl_context=context, max_connections=1, network_backend=network) as pool:
        entered = RedfishSession(target, pool)
        began = time.perf_counter()
        progressed = False
        try:
            async with asyncio.timeout(target.seconds):
                await entered.log_in()
                progressed = True
                yield entered, time.perf_counter() - began
        except TimeoutError:
            if progressed:
                raise OverBudget(f"{where} used up the {target.seconds:g} s that one visit may take") from None
            raise Unreachable(f"{where} did not answer within {target.seconds:g} s") from None
        finally:
            await entered.log_out()


def links(value: object) -> list[str]:
    """The paths that a list of references holds."""
    found = value if isinstance(value, list) else []
    return [link for one in found if isinstance(one, Mapping) and (link := _own_path(str(one.get("@odata.id", ""))))]


def link(value: object) -> str:
    """The path that one reference holds; empty when it holds none."""
    return _own_path(str(value.get("@odata.id", ""))) if isinstance(value, Mapping) else ""


def _own_path(text: str) -> str:
    """A path of this service, also out of an absolute address of it; empty for what leads elsewhere."""
    match = re.match(r"https?://[^/]+(/.*)", text)
    path = match[1] if match else text
    return path if len(path) <= 500 and ".." not in path and _PATH.fullmatch(path) else ""


def _document(content: bytes) -> Page | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
