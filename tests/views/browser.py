"""A client before an ASGI application, without a network between them: keeps cookies, follows nothing by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI


@dataclass
class Browser:
    app: FastAPI
    headers: dict[str, str] = field(default_factory=dict)
    address: str = "192.0.2.50"
    base_url: str = "http://monitor.example"
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        content = more.get("content")
        if content is not None and not isinstance(content, bytes | str):
            more["content"] = _chunks(content)
        return asyncio.run(self._request(method, url, **more))

    async def _request(self, method: str, url: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=(self.address, 4711), raise_app_exceptions=False)
        headers = {**self.headers, **more.pop("headers", {})}
        async with httpx.AsyncClient(transport=transport, base_url=self.base_url, cookies=self.cookies) as client:
            response = await client.request(method, url, headers=headers, **more)
            self.cookies = client.cookies
            return response

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.request("GET", url, **more)

    def post(self, url: str, **more: Any) -> httpx.Response:
        return self.request("POST", url, **more)

    def delete(self, url: str, **more: Any) -> httpx.Response:
        return self.request("DELETE", url, **more)


async def _chunks(content: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in content:
        yield chunk
