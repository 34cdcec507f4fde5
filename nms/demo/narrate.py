"""The demo's day as text: what happened, what the monitor made of it, and whether all of it was seen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nms.i18n import gettext as _
from nms.i18n import substitute
from nms.queries import rows
from nms.text import clean
from nms.views.cli.common import duration, percent
from nms.views.client import Client
from nms.views.connection import ClientError

LOOK_SECONDS = 1.0
PROGRESS_SECONDS = 5.0
SETTLING_SECONDS = 90
"""After the last recovery, how long the monitor may take until everything is closed."""

Line = Mapping[str, Any]


@dataclass(slots=True)
class Narrator:
    """Follows the stage's lines and the monitor's API, and writes what is new."""

    client: Client
    write: Callable[[str], None]
    incidents: dict[int, rows.IncidentRow] = field(default_factory=dict)
    preventive: dict[str, rows.TicketRow] = field(default_factory=dict)
    resolved: set[str] = field(default_factory=set)
    letters: int = 0
    faults: int = 0
    most_symptoms: int = 0
    _departments: tuple[rows.AvailabilityRow, ...] = ()
    _began: float = field(default_factory=time.time)
    _progress_at: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether everything that the demo promises was really seen."""
        return not self.missing()

    def missing(self) -> list[str]:
        wanted = (
            (self.faults > 0, _("no fault happened")),
            (self.most_symptoms > 0, _("no incident with symptoms was seen")),
            (any(row.ticket for row in self.incidents.values()), _("no corrective ticket was seen")),
            (bool(self.preventive), _("no preventive ticket was seen")),
            (self.letters > 0, _("no notification arrived")),
            (bool(self.resolved), _("no ticket was resolved by recovery")),
            (len(self._departments) > 0, _("no uptime report could be made")),
        )
        return [text for seen, text in wanted if not seen]

    async def follow(self, lines: AsyncIterator[Line], agents: int) -> None:
        """Until the stage says that the day is over and everything is closed again, or there was time enough."""
        self._tell(_("{count} agents answer SNMP on loopback").format(count=agents))
        looking = asyncio.create_task(self._look())
        try:
            async for line in lines:
                self._hear(line)
                if line["kind"] == "end":
                    await self._settle(lines)
                    return
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    async def conclude(self) -> None:
        """The uptime of every department, and what was not seen."""
        try:
            report = await self.client.uptime(self._began - 1, time.time())
        except ClientError as error:
            self._tell(str(error))
            return
        self._departments = report.departments
        self.write("")
        self.write(_("Uptime of every department since the start (simulated equipment):"))
        for row in report.departments:
            down = _("down {time}").format(time=duration(row.down_seconds)) if row.down_seconds else ""
            self.write(f"  {row.name[:66]:<66} {percent(row.known, 2):>9}  {down}".rstrip())
        for text in self.missing():
            self.write(f"! {text}")

    def _hear(self, line: Line) -> None:
        match line["kind"]:
            case "ready":
                self._tell(_("every device has been polled once"))
            case "step":
                self.faults += not line["recovers"]
                mark = "✓" if line["recovers"] else "✗"
                self._tell(f"{mark} {_('simulated')}: {substitute(_(line['template']), line['params'])}")
            case "told":
                self.letters += 1
                self._tell(_("✉ notification: {title}").format(title=clean(str(line["title"]))))

    async def _settle(self, lines: AsyncIterator[Line]) -> None:
        """Hears what still arrives until no incident of the story is open."""
        hearing = asyncio.create_task(self._hear_on(lines))
        try:
            for _second in range(SETTLING_SECONDS):
                if not self._something_is_open():
                    break
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            hearing.cancel()
            with suppress(asyncio.CancelledError):
                await hearing

    def _something_is_open(self) -> bool:
        return any(row.resolved_at is None for row in self.incidents.values())

    async def _hear_on(self, lines: AsyncIterator[Line]) -> None:
        async for line in lines:
            self._hear(line)

    async def _look(self) -> None:
        while True:
            with suppress(ClientError):
                await self._look_once()
            await asyncio.sleep(LOOK_SECONDS)

    async def _look_once(self) -> None:
        overview = await self.client.overview()
        if time.monotonic() - self._progress_at >= PROGRESS_SECONDS:
            self._progress_at = time.monotonic()
            self._progress(overview)
        for incident in reversed(await self.client.incidents(resolved=True)):
            await self._incident(incident)
        for ticket in await self.client.tickets(kind="preventive", limit=20):
            self._preventive(ticket)

    def _progress(self, overview: rows.Overview) -> None:
        counts, pollers = overview.devices, overview.pollers
        states = _("{up} up, {degraded} degraded, {down} down, {dark} unknown")
        text = _("{polls} polls a minute, {values} values a second, {late} late") + "; " + states
        self._tell(
            text.format(
                polls=f"{pollers.polls_per_minute:.0f}",
                values=f"{pollers.variables_per_second:.0f}",
                late=pollers.late_polls,
                up=counts.up,
                degraded=counts.degraded,
                down=counts.down,
                dark=counts.unknown,
            )
        )

    async def _incident(self, incident: rows.IncidentRow) -> None:
        known = self.incidents.get(incident.id)
        self.incidents[incident.id] = incident
        self.most_symptoms = max(self.most_symptoms, incident.symptoms)
        if known is None:
            self._tell(_("▲ incident {id}: {summary}").format(id=incident.id, summary=incident.summary))
            if incident.ticket:
                self._tell(_("  one corrective ticket: {folio}").format(folio=incident.ticket))
        elif incident.symptoms > known.symptoms:
            text = _("  incident {id} silences {count} symptoms: unreachable, not down")
            self._tell(text.format(id=incident.id, count=incident.symptoms))
        if incident.resolved_at is not None and (known is None or known.resolved_at is None):
            self._tell(_("▼ incident {id} is over: {summary}").format(id=incident.id, summary=incident.summary))
            await self._resolved(incident.ticket)

    async def _resolved(self, folio: str) -> None:
        if not folio:
            return
        ticket = (await self.client.ticket(folio)).ticket
        if ticket.status in ("resolved", "closed"):
            self.resolved.add(folio)
            self._tell(_("  ticket {folio} resolved by the recovery").format(folio=folio))

    def _preventive(self, ticket: rows.TicketRow) -> None:
        if ticket.folio not in self.preventive:
            self.preventive[ticket.folio] = ticket
            if len(self.preventive) <= 3:
                text = _("◆ preventive ticket {folio}: {title}")
                self._tell(text.format(folio=ticket.folio, title=ticket.title))

    def _tell(self, text: str) -> None:
        self.write(f"{datetime.now().astimezone():%H:%M:%S}  {text}")
