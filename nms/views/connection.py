"""The connection to the daemon's API: how it is asked, what its refusals become, how its stream is heard.

ClientError          the daemon could not do what was asked; the message is for people
├── NotReachable     no daemon answers at the address
└── NotAllowed       it does not know the token, or the actor lacks the permission
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Self, TypeVar, get_origin

import httpx
from pydantic import TypeAdapter

from nms.i18n import gettext as _
from nms.views.arriving import rows_of

PREFIX = "/api/v1"
TIMEOUT = httpx.Timeout(10.0, read=30.0)
STREAM_SILENCE_SECONDS = 45.0
PIECE_BYTES = 16_384
"""Of a long answer taken at once: about a millisecond, so that a key never waits for all of it."""

T = TypeVar("T")


class ClientError(Exception):
    """The daemon could not do what was asked; the message is for people."""


class NotReachable(ClientError):
    """No daemon answers at the address."""


class NotAllowed(ClientError):
    """The daemon does not know the token, or the actor lacks the permission."""


class TooOften(ClientError):
    """This client asks more often than it may; after `seconds` it may again."""

    def __init__(self, text: str, seconds: float) -> None:
        super().__init__(text)
        self.seconds = seconds


@cache
def adapter_of(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


class Connection:
    """To one daemon: `http://HOST:PORT`, `https://…`, or `unix:/path/to/socket`."""

    def __init__(self, address: str, token: str, *, language: str = "es") -> None:
        self.address = address
        self.language = language
        transport, base = _where(address)
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        self._http = httpx.AsyncClient(
            base_url=base + PREFIX, headers=headers, transport=transport, timeout=TIMEOUT, trust_env=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def changes(self) -> AsyncIterator[str]:
        """The topics of live events as they come. Ends with `NotReachable` when the connection is lost."""
        timeout = httpx.Timeout(10.0, read=STREAM_SILENCE_SECONDS)
        try:
            async with self._http.stream("GET", "/stream", timeout=timeout) as response:
                if response.status_code != 200:
                    await response.aread()
                    self._refuse(response)
                async for line in response.aiter_lines():
                    if line.startswith("event: "):
                        yield line.removeprefix("event: ")
        except httpx.HTTPError as error:
            raise NotReachable(f"the connection to {self.address} was lost ({type(error).__name__})") from error
        raise NotReachable(f"the daemon at {self.address} closed the connection")

    async def _get(self, kind: type[T], path: str, query: Mapping[str, Any] | None = None) -> T:
        params = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        adapter: TypeAdapter[T] = adapter_of(kind)  # type: ignore[arg-type]
        try:
            async with self._asked("GET", path, params={**params, "lang": self.language}) as response:
                if get_origin(kind) is list:
                    return await rows_of(adapter, response.aiter_bytes(PIECE_BYTES))  # type: ignore[return-value]
                return adapter.validate_json(await response.aread())
        except ValueError as error:
            what = f"what {self.address} answers is not what this version understands; update one of the two"
            raise ClientError(what) from error

    async def _changed(self, path: str, body: Mapping[str, Any]) -> int:
        return int((await self._post(path, body))["changed"])

    async def _previewed(self, kind: type[T], path: str, body: Mapping[str, Any]) -> T:
        response = await self._send("POST", path, json=body, params={"lang": self.language})
        adapter: TypeAdapter[T] = adapter_of(kind)  # type: ignore[arg-type]
        return adapter.validate_json(response.content)

    async def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        response = await self._send("POST", path, json=body)
        answer: dict[str, Any] = response.json()
        return answer

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        async with self._asked(method, path, **more) as response:
            await response.aread()
            return response

    @asynccontextmanager
    async def _asked(self, method: str, path: str, **more: Any) -> AsyncIterator[httpx.Response]:
        """An answer whose head has come and is not a refusal."""
        try:
            async with self._http.stream(method, path, **more) as response:
                if response.status_code >= 400:
                    await response.aread()
                    self._refuse(response)
                yield response
        except httpx.HTTPError as error:
            detail = str(error) or type(error).__name__
            text = _("no daemon answers at {address} ({detail}); is “nms run” running there?")
            raise NotReachable(text.format(address=self.address, detail=detail)) from error

    def _refuse(self, response: httpx.Response) -> None:
        try:
            detail = str(response.json()["detail"])
        except (ValueError, KeyError, TypeError):
            detail = _("the daemon answered with status {status}").format(status=response.status_code)
        if response.status_code in (401, 403):
            raise NotAllowed(detail)
        if response.status_code == 429:
            wait = response.headers.get("retry-after", "")
            raise TooOften(detail, float(wait) if wait.isdecimal() else 1.0)
        raise ClientError(detail)


def _where(address: str) -> tuple[httpx.AsyncBaseTransport, str]:
    if address.startswith("unix:"):
        return httpx.AsyncHTTPTransport(uds=address.removeprefix("unix:"), verify=False), "http://nms.local"
    base = address if "://" in address else f"http://{address}"
    # Without TLS there is nothing to verify, and reading the certificates of all authorities takes 30 ms at each start.
    return httpx.AsyncHTTPTransport(retries=1, verify=base.startswith("https:")), base.rstrip("/")
