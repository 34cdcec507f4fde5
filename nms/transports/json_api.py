"""JSON over HTTP: a document for each question, and one tree of errors for what is none."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from nms.text import clean
from nms.transports.errors import AccessDenied, Malformed
from nms.transports.http import HttpClient, HttpRequest, Limits, plain

MOST_BYTES = 20_000_000


class NotThere(Malformed):
    """The server has no such document (404): what it does not have is no fault of it."""


@dataclass(frozen=True, slots=True)
class JsonApi:
    """One server, by the beginning of its addresses. `headers` hold what opens it and stay out of every repr."""

    client: HttpClient
    base: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    seconds: float = 10.0
    verify: bool = True

    async def get(self, path: str) -> Any:
        """Raises: Unreachable, OverBudget, CertificateRefused, AccessDenied, NotThere, Malformed, LocalFault."""
        return (await self.timed("GET", path))[0]

    async def post(self, path: str, body: object) -> Any:
        """The answer to a JSON document. Raises: as `get`."""
        return (await self.timed("POST", path, body))[0]

    async def post_form(self, path: str, fields: Mapping[str, str]) -> Any:
        """The answer to a form, as a browser sends it. Raises: as `get`."""
        return (await self._exchange("POST", path, urlencode(fields).encode(), "application/x-www-form-urlencoded"))[0]

    def with_headers(self, headers: Mapping[str, str]) -> JsonApi:
        """The same server, with more headers."""
        return replace(self, headers={**self.headers, **headers})

    def within(self, seconds: float) -> JsonApi:
        """The same server, given no more time than this for an answer."""
        return replace(self, seconds=seconds)

    async def timed(self, method: str, path: str, body: object = None) -> tuple[Any, float]:
        """The document (None where the answer is empty), and the seconds that it took. Raises: as `get`."""
        content = b"" if body is None else json.dumps(body).encode()
        return await self._exchange(method, path, content, "application/json")

    async def _exchange(self, method: str, path: str, content: bytes, kind: str) -> tuple[Any, float]:
        url, began = self.base.rstrip("/") + path, time.perf_counter()
        headers = {"Accept": "application/json", **self.headers}
        if content:
            headers["Content-Type"] = kind
        limits = Limits(self.seconds, verify=self.verify, redirects=0, body=MOST_BYTES)
        response = await self.client.fetch(HttpRequest(url, method, headers, content), limits)
        where = plain(url)
        if response.status in (401, 403):
            raise AccessDenied(f"{where} refuses the account ({response.status}); check the credential and its rights")
        if response.status == 404:
            raise NotThere(f"{where} is not there (404)")
        if response.status >= 400:
            raise Malformed(f"{where} answers {response.status}: {clean(response.body[:200], limit=120)}")
        if response.cut:
            raise Malformed(f"{where} answers with more than {MOST_BYTES} bytes")
        document = _document(response.body, where) if response.body else None
        return document, time.perf_counter() - began


def _document(content: bytes, where: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Malformed(f"{where} answers with something that is not JSON") from None
