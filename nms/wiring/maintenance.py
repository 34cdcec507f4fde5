"""Preventive work by the clock: planned daily, opened in time, and what dates and readings call for besides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from nms.calendars import ServiceHours
from nms.model import Inventory, Person
from nms.store.records import Records
from nms.tickets.desk import TicketDesk
from nms.tickets.preventive import (
    TECHNICIAN,
    ConfigurationFinding,
    Due,
    Forecast,
    Schedule,
    Scheduled,
    Technician,
    configuration_dues,
    expiries,
    forecast_dues,
    lifecycle_dues,
    meter_dues,
    review_dues,
)
from nms.tickets.preventive.configurations import cause_key, end_what_is_over, explained
from nms.wiring.configurations import Configurations
from nms.wiring.meters import Meters


@dataclass(frozen=True, slots=True)
class PreventiveWork:
    """Plans and opens preventive tickets over the open parts of the monitor."""

    records: Records
    desk: TicketDesk
    inventory: Inventory
    hours: ServiceHours
    meters: Meters
    copies: Configurations | None = None

    def plan(self, now: float) -> Scheduled:
        """Spreads the calendar work of the next year; what is planned keeps its place. Daily, and at the start."""
        with self.records.begin() as connection:
            return Schedule(self.desk).plan(connection, self.technicians(), now)

    def run(self, now: float, forecasts: Sequence[Forecast] = ()) -> Scheduled:
        """Opens what is due. Every few minutes."""
        schedule = Schedule(self.desk)
        readings = self.meters.readings(self.desk.office)
        found = self.copies.findings() if self.copies else ()
        with self.records.begin() as connection:
            marks = schedule.marks(connection)
            meters = meter_dues(self.desk.office, readings, marks, now)
            dues = [*self._dates(now), *meters, *forecast_dues(self.desk.office, forecasts, now)]
            dues += self._of_configurations(connection, found, now)
            return schedule.run(connection, now, dues, readings)

    def _of_configurations(
        self, connection: sa.Connection, found: Sequence[ConfigurationFinding], now: float
    ) -> Sequence[Due]:
        """What was found in configurations; work on what is found no more, and that nobody has begun, is over."""
        if self.copies is None:
            return ()
        end_what_is_over(connection, self.desk, frozenset(map(cause_key, found)), self.copies.is_judged, now)
        return list(configuration_dues(self.desk.office, [one for one in found if not explained(connection, one)], now))

    def technicians(self) -> list[Technician]:
        people = self.inventory.people.values()
        return [self._technician(person) for person in people if TECHNICIAN in person.roles]

    def _technician(self, person: Person) -> Technician:
        return Technician(person.id, self.hours, frozenset(person.skills), frozenset(person.departments))

    def _dates(self, now: float) -> Iterable[Due]:
        office = self.desk.office
        yield from lifecycle_dues(office, [*expiries(office), *self.meters.endings()], now)
        yield from review_dues(office, now)
