"""`Idempotency-Key` on requests that change something: the same request twice is done once and answered alike.

Source: draft-ietf-httpapi-idempotency-key-header. The key is the client's own, and each actor has keys of its own.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from nms.store.replies import Conflict, Reply, ReplyBook
from nms.views.api.auth import actor
from nms.views.api.problems import HttpProblem

HEADER = "idempotency-key"
LONGEST_KEY = 100

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class IdempotentRoute(APIRoute):
    """A route whose acts may be sent again."""

    def get_route_handler(self) -> Handler:
        act = super().get_route_handler()

        async def handler(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None:
                return await act(request)
            if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
                raise HttpProblem(422, "Idempotency-Key: must be 1 to {most} printable characters", most=LONGEST_KEY)
            who = (await run_in_threadpool(actor, request)).name
            return await _once(request.app.state.replies, who, key, request, act)

        return handler


async def _once(book: ReplyBook, who: str, key: str, request: Request, act: Handler) -> Response:
    where = f"{request.url.path}?{request.url.query}"
    parts = (request.method.encode(), where.encode(), await request.body())
    fingerprint = hashlib.sha256(b"\0".join(parts)).hexdigest()
    try:
        known = await run_in_threadpool(book.begin, who, key, fingerprint, time.time())
    except Conflict as conflict:
        raise HttpProblem(409, conflict.message) from None
    if known is not None:
        headers = {"Idempotent-Replayed": "true"}
        return Response(known.body, known.status, headers, media_type="application/json")
    try:
        response = await act(request)
    except Exception:
        await run_in_threadpool(book.drop, who, key)
        raise
    reply = Reply(response.status_code, bytes(response.body).decode())
    await run_in_threadpool(book.end, who, key, reply)
    return response
