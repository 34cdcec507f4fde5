"""`/stream`: what happens, as server-sent events, for as long as the token counts.

Each event carries the number under which it stands in the records. Who comes back with the last one that arrived
(`Last-Event-ID`, which browsers send by themselves) gets what happened meanwhile, also when the daemon was restarted.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool

from nms.access import Actor, Permission, require
from nms.queries.ports import Reads
from nms.queries.rows import EventRow
from nms.views.api.auth import CurrentActor, TokenVerifier, bearer
from nms.views.api.languages import Language
from nms.views.api.problems import HttpProblem, documented
from nms.views.api.stream import EventHub, as_sse

router = APIRouter(tags=["reads"], responses=documented(429))

HEARTBEAT_SECONDS = 15.0
MOST_STREAMS = 100
"""Open at once with one token; each is a socket."""
PAGE = 200

LastNumber = Annotated[
    int | None, Header(alias="Last-Event-ID", ge=0, le=2**53, description="The last event that arrived")
]
_ROW: TypeAdapter[EventRow] = TypeAdapter(EventRow)


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Events, until one side ends it"}},
)
async def stream(
    request: Request, actor: CurrentActor, language: Language, last: LastNumber = None
) -> StreamingResponse:
    """Server-sent events. `happened`: one row of `/events`, numbered; `changed`: there is something new to read,
    with the number of the last event; a comment every 15 s without either. Ends when the token ends."""
    require(actor, Permission.READ)
    reads: Reads = request.app.state.reads
    hub: EventHub = request.app.state.hub
    whose = hashlib.sha256(bearer(request).encode()).hexdigest()
    if hub.readers_of(whose) >= MOST_STREAMS:
        raise HttpProblem(429, "this token has {most} streams open already", {"Retry-After": "60"}, most=MOST_STREAMS)
    newest = await run_in_threadpool(_newest, reads, language)
    begin = newest if last is None else min(last, newest)
    live = _Live(reads, request.app.state.tokens, bearer(request), actor, language, begin)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    body = _body(live, hub, whose, resumed=last is not None)
    return StreamingResponse(body, media_type="text/event-stream", headers=headers)


def _newest(reads: Reads, language: str) -> int:
    return max((event.number for event in reads.events(language, limit=1)), default=0)


async def _body(live: _Live, hub: EventHub, whose: str, *, resumed: bool) -> AsyncIterator[bytes]:
    """Until the reader goes or its token ends. What a slow reader has not taken yet waits in the records."""
    yield b"retry: 2000\n\n"
    spoke = time.monotonic()
    async with aclosing(hub.subscribe(whose)) as wakes:
        async for fresh in wakes:
            if not await run_in_threadpool(live.counts):
                return
            if fresh or resumed:
                resumed = False
                while found := await run_in_threadpool(live.more):
                    yield found
                yield as_sse("changed", "{}", live.last)
                spoke = time.monotonic()
            elif time.monotonic() - spoke >= HEARTBEAT_SECONDS:
                yield b": still here\n\n"
                spoke = time.monotonic()


@dataclass(slots=True)
class _Live:
    """Where one reader is. Its methods block."""

    reads: Reads
    tokens: TokenVerifier
    token: str = field(repr=False)
    actor: Actor
    language: str
    last: int

    def counts(self) -> bool:
        """Whether the token still does, with the rights that it has now."""
        found = self.tokens.verify(self.token, self.actor.origin)
        if found is None or not found.may(Permission.READ):
            return False
        self.actor = found
        return True

    def more(self) -> bytes:
        """The next events that the reader may see; empty when there are none, or the token has ended."""
        while self.counts() and (found := self.reads.events_after(self.language, self.last, PAGE)):
            self.last = found[-1].number
            mine = [one for one in found if not self.actor.departments or one.department in self.actor.departments]
            if mine:
                return b"".join(as_sse("happened", _ROW.dump_json(one).decode(), one.number) for one in mine)
        return b""
