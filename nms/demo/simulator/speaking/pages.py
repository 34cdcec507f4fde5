"""HTTP servers that answer in JSON: several requests over one kept connection, as their clients send them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from nms.demo.simulator.speaking.scene import Scene, Stream

_PATIENCE_SECONDS = 15.0
_LONGEST_BODY = 65_536
_REASONS = {200: "OK", 201: "Created", 204: "No Content", 401: "Unauthorized", 404: "Not Found", 503: "Unavailable"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request; names of headers in lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and a document (`None`: an empty body)."""

    document: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Pages = Callable[[Scene, Request], Reply]
"""What one product answers; sessions are tokens that the product makes of the device's own name."""


def serving(pages: Pages) -> Stream:
    async def talk(scene: Scene, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                request = await _request(reader)
            reply = Reply({"error": "simulated failure"}, 503) if scene.fails else pages(scene, request)
            writer.write(_wire(reply))
            await writer.drain()
            if request.headers.get("connection", "").lower() == "close":
                return

    return talk


async def _request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, *_ = head[0].split(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    length = headers.get("content-length", "0")
    size = int(length) if length.isdecimal() else 0
    body = await reader.readexactly(size) if 0 < size <= _LONGEST_BODY else b""
    return Request(method, path, headers, body)


def _wire(reply: Reply) -> bytes:
    body = b"" if reply.document is None else json.dumps(reply.document).encode()
    lines = [
        f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Status')}",
        "Server: simulator",
        "Content-Type: application/json",
        *(f"{name}: {value}" for name, value in reply.headers.items()),
        f"Content-Length: {len(body)}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body
