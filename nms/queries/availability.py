"""Availability of departments, links and devices over a period, proved by the outages behind each figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nms.calendars import Interval, IntervalSet
from nms.model import Device, DeviceId, Inventory, Role, State
from nms.queries.past import Past, parts_of
from nms.queries.quiet import corrections
from nms.queries.rows import AvailabilityRow, CorrectionRow, OutageRow, UptimeReport
from nms.rules.availability import Availability, availability
from nms.rules.timelines import StateInterval, Timeline
from nms.store.states import StateInterval as Observed
from nms.tickets.renewal import DATA_CENTRE

FOR_EVERYBODY = DATA_CENTRE | {Role.PBX, Role.GATEWAY}

Service = Callable[[str, float, float], IntervalSet]
"""The promised hours of a calendar (by name) in a window."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """What a report is about: subject -> (name for people, kind, calendar)."""

    departments: Mapping[str, tuple[str, str]]
    links: Mapping[str, tuple[str, str]]
    devices: Mapping[str, tuple[str, str]]


def uptime(
    past: Past,
    service: Service,
    zone: str,
    start: float,
    end: float,
    now: float,
    *,
    department: str = "",
) -> UptimeReport:
    """Over [start, end), clipped at the present: what lies ahead is not known to anybody."""
    end, inventory = min(end, now), past.inventory
    subjects = _subjects(inventory, department)

    def rows(kind: str, wanted: Mapping[str, tuple[str, str]]) -> tuple[AvailabilityRow, ...]:
        named = {subject: (name, kind, calendar) for subject, (name, calendar) in wanted.items()}
        return measured(past, service, named, start, end, now)

    return UptimeReport(
        municipality=inventory.municipality,
        start=start,
        end=end,
        timezone=zone,
        generated_at=now,
        departments=rows("department", subjects.departments),
        devices=rows("device", subjects.devices),
        links=rows("link", subjects.links),
        simulated=inventory.is_sample,
        corrections=tuple(corrections_of(past, start, end, department)),
        as_of=past.as_of,
    )


def promised_hours(inventory: Inventory, device: Device) -> str:
    """The calendar in which a device promises to serve, for every report: the data centre and the exchanges serve
    everybody and always, the rest serves its department in its hours."""
    department = inventory.departments.get(device.department)
    return "always" if device.role in FOR_EVERYBODY or department is None else department.service_hours


def corrections_of(past: Past, start: float, end: float, department: str = "") -> list[CorrectionRow]:
    """What people said of a period, withdrawn words too; of one department, what concerns it or its equipment."""
    found = corrections(past.states, past.inventory, start, end, as_of=past.as_of)
    if not department:
        return found
    concerning = parts_of(past.inventory, department)
    return [one for one in found if one.department == department or one.subject in concerning]


def measured(
    past: Past,
    service: Service,
    subjects: Mapping[str, tuple[str, str, str]],
    start: float,
    end: float,
    now: float,
    target: float | None = None,
) -> tuple[AvailabilityRow, ...]:
    """The availability of subjects (-> name, kind, calendar), in their order. A calendar is worked out once."""
    promised = {calendar: service(calendar, start, end) for _, _, calendar in subjects.values()}

    def rows(wanted: Sequence[str], lines: Mapping[str, Sequence[Observed]]) -> dict[str, AvailabilityRow]:
        window = Interval(start, end)
        return {
            one: _row(one, *subjects[one][:2], _timeline(lines.get(one, ()), now), promised[subjects[one][2]], window)
            for one in wanted
        }

    found = rows(list(subjects), past.bulk(start, end, list(subjects)) if subjects else {})
    touched = past.touched(start, end, subjects.keys())
    seen = rows(touched, past.observed(start, end, touched)) if touched else {}
    return tuple(replace(_beside(row, seen.get(one)), target=target) for one, row in found.items())


def _beside(row: AvailabilityRow, observed: AvailabilityRow | None) -> AvailabilityRow:
    """The row, with what was observed where corrections made something else of it."""
    if observed is None or observed == row:
        return row
    return replace(row, observed_known=observed.known, observed_down_seconds=observed.down_seconds)


def _subjects(inventory: Inventory, department: str) -> Subjects:
    """All departments and links; of one department, its devices too."""
    wanted = {department} if department else set(inventory.departments)
    of_devices = {
        f"device/{device.id}": (device.name, promised_hours(inventory, device))
        for device in inventory.devices.values()
        if department and device.endpoints and device.department == department
    }
    of_links = {
        f"link/{link.id}": (link.name, "always")
        for link in inventory.links.values()
        if not department or _touches(inventory, link.a_device, link.b_device, department)
    }
    of_departments = {
        f"department/{name}": (found.name, found.service_hours)
        for name, found in inventory.departments.items()
        if name in wanted
    }
    return Subjects(of_departments, of_links, of_devices)


def _touches(inventory: Inventory, a: DeviceId, b: DeviceId, department: str) -> bool:
    ends = (inventory.devices.get(a), inventory.devices.get(b))
    return any(end is not None and end.department == department for end in ends)


def _timeline(past: Sequence[Observed], now: float) -> Timeline:
    return Timeline.of((StateInterval(one.start, one.end, one.state) for one in past), now)


def _row(
    subject: str, name: str, kind: str, timeline: Timeline, service: IntervalSet, window: Interval
) -> AvailabilityRow:
    found = availability(timeline, window, service)
    return AvailabilityRow(
        subject=subject,
        name=name,
        kind=kind,
        target=None,
        known=found.known,
        worst=found.worst,
        best=found.best,
        coverage=found.coverage,
        service_seconds=found.service_seconds,
        up_seconds=found.up_seconds,
        degraded_seconds=found.degraded_seconds,
        down_seconds=found.down_seconds,
        unknown_seconds=found.unknown_seconds,
        maintenance_seconds=found.agreed_seconds,
        outages=tuple(_outages(found)),
        mttr_seconds=found.mttr,
        mtbf_seconds=found.mtbf,
        failures=found.failures,
        restored=found.restored,
    )


def _outages(found: Availability) -> Iterable[OutageRow]:
    for outage in found.outages:
        yield OutageRow(outage.start, None if outage.open else outage.end, State.DOWN)


def together(rows: Iterable[AvailabilityRow]) -> float | None:
    """Known availability of several as one: the seconds of all of them; None where nothing is known."""
    listed = list(rows)
    known = sum(row.up_seconds + row.down_seconds for row in listed)
    return sum(row.up_seconds for row in listed) / known if known else None


def mean_time_to_restore(rows: Iterable[AvailabilityRow]) -> float | None:
    """Of several together: over all outages that began and ended in the window."""
    listed = [row for row in rows if row.mttr_seconds is not None]
    count = sum(row.restored for row in listed)
    return sum((row.mttr_seconds or 0.0) * row.restored for row in listed) / count if count else None


def mean_time_between_failures(rows: Iterable[AvailabilityRow]) -> float | None:
    """Of several together: the seconds up of all over the outages that began in the window."""
    listed = list(rows)
    failures = sum(row.failures for row in listed)
    return sum(row.up_seconds for row in listed) / failures if failures else None
