"""What the terminal last heard from the daemon, by topic, and how each topic is asked for.

Topics: overview, devices, alerts, incidents, tickets, links, events, topology, power, telephony, maintenance, silences,
corrections; device/ID, ticket/FOLIO, why/KEY, station/MAC.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast
from zoneinfo import ZoneInfo

from nms.queries import rows
from nms.views.client import Client
from nms.views.tui.lists.columns import Texts

MOST_PAGES = 40
"""Device and ticket pages kept for a quick return."""

EVENTS = 2000
CORRECTED_SECONDS = 366 * 86_400.0
TICKETS = 2000


@dataclass(slots=True)
class Held:
    """One answer: when it came (Unix seconds) and what reading it cost this process (CPU seconds)."""

    value: Any
    at: float
    cost: float


@dataclass(slots=True)
class Mirror:
    client: Client
    held: dict[str, Held] = field(default_factory=dict)
    texts: dict[str, Texts] = field(default_factory=dict)
    """Of each list, for its filter."""
    permissions: frozenset[str] = frozenset()
    name: str = ""
    zone: ZoneInfo | None = None
    """The office's clock."""
    heard_at: float | None = None

    async def read(self, topic: str) -> Any:
        """Asks the daemon for a topic and keeps the answer. Raises: ClientError."""
        began = time.process_time()
        value = await self._ask(topic)()
        self._forget_old_pages(topic)
        self.heard_at = time.time()
        self.held[topic] = Held(value, self.heard_at, time.process_time() - began)
        return value

    async def who_am_i(self) -> None:
        me = await self.client.me()
        self.name, self.permissions = str(me["name"]), frozenset(me["permissions"])
        self.zone = ZoneInfo(str(me["timezone"]))

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def get(self, topic: str) -> Any | None:
        found = self.held.get(topic)
        return found.value if found else None

    @property
    def overview(self) -> rows.Overview | None:
        return cast("rows.Overview | None", self.get("overview"))

    @property
    def departments(self) -> dict[str, str]:
        """Short names by identifier."""
        return {tile.id: tile.short_name for tile in self.overview.departments} if self.overview else {}

    @property
    def devices(self) -> list[rows.DeviceRow]:
        return cast("list[rows.DeviceRow]", self.get("devices") or [])

    def device_name(self, device: str) -> str:
        return next((row.name for row in self.devices if row.id == device), device)

    def _ask(self, topic: str) -> Callable[[], Awaitable[Any]]:
        kind, _, name = topic.partition("/")
        client = self.client
        if kind == "device":
            return lambda: client.device(name)
        if kind == "configuration":
            return lambda: client.configuration(name)
        if kind == "ticket":
            return lambda: client.ticket(name)
        if kind == "why":
            return lambda: client.why(name)
        if kind == "station":
            return lambda: client.where(name)
        asks: dict[str, Callable[[], Awaitable[Any]]] = {
            "overview": client.overview,
            "devices": client.devices,
            "alerts": client.alerts,
            "incidents": client.incidents,
            "tickets": lambda: client.tickets(limit=TICKETS),
            "links": client.links,
            "presence": client.presence,
            "events": lambda: client.events(limit=EVENTS),
            "topology": client.topology,
            "power": client.power,
            "telephony": client.telephony,
            "preventive": client.plan,
            "maintenance": client.maintenance,
            "silences": client.silences,
            "corrections": lambda: client.corrections(time.time() - CORRECTED_SECONDS, time.time()),
        }
        return asks[kind]

    def _forget_old_pages(self, coming: str) -> None:
        pages = [topic for topic in self.held if "/" in topic and topic != coming]
        for topic in pages[: max(0, len(pages) - MOST_PAGES)]:
            del self.held[topic]
