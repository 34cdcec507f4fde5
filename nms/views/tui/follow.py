"""Keeps the mirror fresh: listens to the daemon's stream, reads what is on the screen, reconnects by itself.

The overview is small and tells whether alerts or tickets changed; lists are read at once when they did, and else only
as often as their size allows, so that ten thousand devices do not eat a core while nobody touches a key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from textual.message import Message

from nms.queries import rows
from nms.queries.rows import Attention
from nms.views.connection import ClientError, NotReachable
from nms.views.tui.messages import Failed, Heard, Lost, NewRed, Restored
from nms.views.tui.mirror import Mirror

LEAST_GAP_SECONDS = 0.4
QUIET_SECONDS = 20.0
"""Without a word from the stream, the daemon is asked all the same."""
IDLE_SHARE = 0.006
"""Of one core, for lists whose alerts and tickets did not change."""
BACKOFF_SECONDS = (1.0, 2.0, 5.0, 10.0)

URGENT = frozenset({"alerts", "tickets", "incidents", "events"})
"""Topics that change only with alerts and tickets, so that a poll alone is no reason to read them."""


def signature(overview: rows.Overview) -> tuple[object, ...]:
    """What changes when an alert or a ticket does."""
    tiles = tuple((t.state, t.attention, t.alerts, t.tickets, t.assignee, t.problem) for t in overview.departments)
    return (
        tiles,
        overview.events[:1],
        tuple(overview.alerts_by_severity.items()),
        overview.alerts_unattended,
        overview.incidents_open,
        tuple(overview.tickets_open.items()),
    )


@dataclass(slots=True)
class Follower:
    """`post` gives messages to the App; `wanted` says which topics are on the screen."""

    mirror: Mirror
    post: Callable[[Message], object]
    wanted: Callable[[], frozenset[str]]
    _dirty: asyncio.Event = field(default_factory=asyncio.Event)
    _again: set[str] = field(default_factory=set)
    _signature: tuple[object, ...] | None = None
    _red: frozenset[int] | None = None
    _lost: bool = False

    def poke(self, *topics: str) -> None:
        """Asks for these topics, or all that is on the screen, to be read now."""
        self._again.update(topics or self.wanted())
        self._dirty.set()

    def nudge(self) -> None:
        """Has a look now at what is due; what was read a moment ago is not read again."""
        self._dirty.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._refresh())

    async def _listen(self) -> None:
        failures = 0
        while True:
            try:
                async for _topic in self.mirror.client.changes():
                    failures = 0
                    self._dirty.set()
            except NotReachable as error:
                self._lose(str(error))
            except ClientError as error:
                self.post(Failed("stream", str(error)))
            await asyncio.sleep(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
            failures += 1
            self._dirty.set()

    async def _refresh(self) -> None:
        while True:
            began = time.monotonic()
            self._dirty.clear()
            try:
                await self._round()
            except NotReachable as error:
                self._lose(str(error))
            except ClientError as error:
                self.post(Failed("overview", str(error)))
            await asyncio.sleep(max(0.0, LEAST_GAP_SECONDS - (time.monotonic() - began)))
            try:
                await asyncio.wait_for(self._dirty.wait(), QUIET_SECONDS)
            except TimeoutError:
                continue

    async def _round(self) -> None:
        """One look at the daemon: the overview, then what is on the screen and due."""
        was_stranger = not self.mirror.permissions
        overview = await self._overview()
        now_signature = signature(overview)
        changed, self._signature = now_signature != self._signature, now_signature
        self._find()
        self._again.discard("overview")
        self.post(Heard(frozenset({"overview", "me"} if was_stranger else {"overview"})))
        if changed:
            await self._watch_alerts()
        read = {"overview", "alerts"} if changed else {"overview"}
        for topic in sorted((self.wanted() | self._again) - read):
            if topic in self._again or self._due(topic, changed):
                await self._read(topic)

    async def _overview(self) -> rows.Overview:
        """At the first time together with who one is, so that the first screen waits for one answer, not two."""
        if self.mirror.permissions:
            return cast("rows.Overview", await self.mirror.read("overview"))
        _me, overview = await asyncio.gather(self.mirror.who_am_i(), self.mirror.read("overview"))
        return cast("rows.Overview", overview)

    async def _watch_alerts(self) -> None:
        alerts: list[rows.AlertRow] = await self.mirror.read("alerts")
        self.post(Heard(frozenset({"alerts"})))
        red = frozenset(row.id for row in alerts if row.attention is Attention.UNATTENDED)
        if self._red is not None and red - self._red:
            self.post(NewRed([row for row in alerts if row.id in red - (self._red or frozenset())]))
        self._red = red

    async def _read(self, topic: str) -> None:
        self._again.discard(topic)
        try:
            await self.mirror.read(topic)
        except NotReachable:
            raise
        except ClientError as error:
            self.post(Failed(topic, str(error)))
        else:
            self.post(Heard(frozenset({topic})))

    def _due(self, topic: str, changed: bool) -> bool:
        held = self.mirror.held.get(topic)
        if held is None or changed:
            return True
        if topic in URGENT:
            return False
        return time.time() - held.at > max(2.0, held.cost / IDLE_SHARE)

    def _lose(self, reason: str) -> None:
        if not self._lost:
            self._lost = True
            self.post(Lost(reason))

    def _find(self) -> None:
        if self._lost:
            self._lost = False
            self.post(Restored())
