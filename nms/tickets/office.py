"""What the desk must know of the world to open and time tickets: departments, devices, calendars, playbooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from nms.calendars import OFFICE_ZONE, ServiceHours, always, wall_time
from nms.config.policies import Tickets
from nms.model import Department, Device, DeviceId, Severity, TicketKind
from nms.tickets.playbooks import PlaybookBook
from nms.tickets.priority import impact_of, priority_of, urgency_of

_ALWAYS = always()


@dataclass(frozen=True, slots=True)
class Office:
    """One municipality as tickets see it. `calendars` are the service hours of `config.yaml` by name."""

    departments: Mapping[str, Department] = field(default_factory=dict)
    devices: Mapping[DeviceId, Device] = field(default_factory=dict)
    calendars: Mapping[str, ServiceHours] = field(default_factory=dict)
    policy: Tickets = field(default_factory=Tickets)
    playbooks: PlaybookBook = field(default_factory=PlaybookBook)
    zone: ZoneInfo = OFFICE_ZONE

    def hours(self, calendar: str) -> ServiceHours:
        """The service hours of a name; around the clock where the name is not known (any more)."""
        return self.calendars.get(calendar, _ALWAYS)

    def year(self, at: float) -> int:
        """The year that a folio of this instant belongs to, by the office clock."""
        return wall_time(at, self.zone).year

    def prefix(self, kind: TicketKind) -> str:
        folio = self.policy.folio
        return folio.corrective if kind is TicketKind.CORRECTIVE else folio.preventive

    def device(self, device: str | None) -> Device | None:
        return self.devices.get(DeviceId(device)) if device else None

    def impact(self, departments: Iterable[str]) -> int:
        return impact_of(self.departments[one] for one in departments if one in self.departments)

    def ranked(self, departments: Iterable[str], severity: Severity) -> tuple[int, int, int]:
        """Impact, urgency and priority of a condition that concerns these departments."""
        impact, urgency = self.impact(departments), urgency_of(severity)
        return impact, urgency, priority_of(impact, urgency)
