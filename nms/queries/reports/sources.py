"""What reports are made from, and the words they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from nms.calendars import IntervalSet
from nms.i18n import render
from nms.model import Device, Inventory, Message, Number
from nms.queries.past import Past
from nms.queries.reports import wording
from nms.queries.reports.document import Column, Kind, Report, Unit
from nms.queries.reports.periods import period_before
from nms.store.records import Records
from nms.store.samples import SampleStore
from nms.store.states import StateHistory
from nms.tickets.desk import TicketDesk

DEFAULT_TARGETS: Mapping[str, float] = {
    "departments": 0.99,
    "links": 0.99,
    "telephony": 0.995,
    "data_centre": 0.999,
    "applications": 0.99,
}


@dataclass(frozen=True, slots=True)
class Sources:
    inventory: Inventory
    states: StateHistory
    records: Records
    desk: TicketDesk
    samples: SampleStore
    service: Callable[[str, float, float], IntervalSet]
    timezone: str
    currency: str
    targets: Mapping[str, float] = field(default_factory=lambda: DEFAULT_TARGETS)
    as_of: float | None = None
    """With the corrections that counted at that instant only."""

    @property
    def past(self) -> Past:
        return Past(self.inventory, self.states, self.as_of)


@dataclass(frozen=True, slots=True)
class Task:
    """One report that somebody asks for: [start, end), clipped at the present, of one department or of all."""

    sources: Sources
    start: float
    end: float
    now: float
    language: str
    department: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.sources.timezone)

    @property
    def before(self) -> tuple[float, float]:
        """The period that it is compared with."""
        return period_before(self.start, self.end, self.zone)

    @property
    def departments(self) -> tuple[str, ...]:
        return (self.department,) if self.department else ()

    def say(self, template: str, **params: str | Number) -> str:
        return render(Message(template, params), self.language)

    def said(self, message: Message) -> str:
        return render(message, self.language)

    def column(self, title: Message, unit: Unit = Unit.TEXT) -> Column:
        text = self.said(title)
        text = text[:1].upper() + text[1:]
        return Column(f"{text} ({self.sources.currency})" if unit is Unit.MONEY else text, unit)

    def name_of(self, department: str) -> str:
        found = self.sources.inventory.departments.get(department)
        return found.name if found else department

    def device_name(self, device: str) -> str:
        found = self.sources.inventory.devices.get(device)  # type: ignore[call-overload]
        return found.name if found else device

    def concerns(self, device: Device) -> bool:
        return not self.department or device.department == self.department

    def clock(self, instant: float | None) -> str:
        return wording.clock(instant, self.zone)

    def report(self, kind: Kind, title: Message, **parts: object) -> Report:
        inventory = self.sources.inventory
        return Report(
            kind=kind,
            title=self.said(title),
            municipality=inventory.municipality,
            department=self.name_of(self.department) if self.department else "",
            period=wording.period(self.start, self.end, self.zone, self.language),
            before=wording.period(*self.before, self.zone, self.language),
            start=self.start,
            end=self.end,
            timezone=self.sources.timezone,
            language=self.language,
            currency=self.sources.currency,
            generated_at=self.now,
            simulated=inventory.is_sample,
            **parts,  # type: ignore[arg-type]
        )
