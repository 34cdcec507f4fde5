"""What the public may know: services by the names that people use, their state, their past, and planned work.

It is built from departments' state histories and what the office announces, so that no address, device name, person or
alert text can be in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from nms.alerts.agreed import is_about
from nms.alerts.changes import PlannedWindow
from nms.calendars import Interval, IntervalSet
from nms.model import Inventory, State, TicketKind
from nms.queries.availability import measured
from nms.queries.past import Past
from nms.rules.availability import availability
from nms.rules.timelines import StateInterval, Timeline
from nms.store.announcements import Announcement
from nms.store.records import Records
from nms.store.states import StateHistory
from nms.tickets.statistics import statistics

DAYS = 90
DAY = 86_400.0
AHEAD = 14 * DAY
LEAST_STAFF = 10
"""Of a smaller department no tickets are published: who reported what would be known to everybody there."""

SHORTEST_INCIDENT = 60.0
"""An interruption shorter than this is in the figures, but is no incident of its own."""


@dataclass(frozen=True, slots=True)
class PublicDay:
    """One day of one service, by the office clock. `up` None: the service was not due, or nobody could tell."""

    day: str
    state: State
    up: float | None
    down_seconds: float


@dataclass(frozen=True, slots=True)
class PublicService:
    """`since`: when the present state was first seen."""

    id: str
    name: str
    state: State
    days: tuple[PublicDay, ...]
    availability: float | None
    since: float


@dataclass(frozen=True, slots=True)
class PublicIncident:
    """A time in which a service was not given. `end` None: it still is not."""

    id: str
    service: str
    name: str
    start: float
    end: float | None


@dataclass(frozen=True, slots=True)
class PublicWork:
    """Planned maintenance, and the services that it may touch."""

    id: str
    services: tuple[str, ...]
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class PublicAnnouncement:
    """What the office says itself. `services` by name, none for all; `text` is plain, with line breaks."""

    id: str
    title: str
    text: str
    services: tuple[str, ...]
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class PublicStatus:
    municipality: str
    title: str
    contact: str
    timezone: str
    at: float
    simulated: bool
    services: tuple[PublicService, ...]
    incidents: tuple[PublicIncident, ...]
    work: tuple[PublicWork, ...]
    announcements: tuple[PublicAnnouncement, ...] = ()
    """Of the last ninety days, the newest first."""

    @property
    def announced(self) -> list[PublicAnnouncement]:
        """Those that count now."""
        return [one for one in self.announcements if self.at < one.end]

    @property
    def worst(self) -> State:
        states = [service.state for service in self.services]
        order = (State.DOWN, State.DEGRADED, State.MAINTENANCE, State.UNKNOWN, State.UP)
        return next((one for one in order if one in states), State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class OpenMonth:
    """One month of one department, for open data. Ratios from 0 to 1 of its service hours; tickets None: left out."""

    month: str
    department: str
    name: str
    known: float | None
    worst: float | None
    best: float | None
    coverage: float | None
    outages: int
    down_seconds: float
    tickets_opened: int | None
    tickets_resolved: int | None
    tickets_in_time: int | None
    tickets_late: int | None


@dataclass(slots=True)
class PublicReads:
    """Answers come from a copy of at most `fresh_seconds`: a crowd before the page costs no more than one reader."""

    inventory: Inventory
    states: StateHistory
    records: Records
    service: Callable[[str, float, float], IntervalSet]
    timezone: str
    title: str
    contact: str
    departments: Sequence[str]
    planned: Callable[[float], Sequence[PlannedWindow]]
    clock: Callable[[], float]
    present: Callable[[], Mapping[str, State]]
    announced: Callable[[float, float], Sequence[Announcement]]
    fresh_seconds: float = 20.0
    _status: tuple[float, PublicStatus] | None = None
    _months: tuple[str, tuple[OpenMonth, ...]] = field(default=("", ()))

    def status(self) -> PublicStatus:
        now = self.clock()
        if self._status is None or not 0 <= now - self._status[0] < self.fresh_seconds:
            self._status = (now, self._make(now))
        return self._status[1]

    def months(self) -> tuple[OpenMonth, ...]:
        """The twelve whole months before this one, the newest first; made once a day."""
        zone = ZoneInfo(self.timezone)
        today = datetime.fromtimestamp(self.clock(), zone)
        if self._months[0] != f"{today:%Y-%m-%d}":
            end = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            found: list[OpenMonth] = []
            for _ in range(12):
                begin = (end - timedelta(days=1)).replace(day=1)
                found += self._month(begin.timestamp(), end.timestamp(), f"{begin:%Y-%m}")
                end = begin
            self._months = (f"{today:%Y-%m-%d}", tuple(found))
        return self._months[1]

    @property
    def _counted(self) -> Past:
        return Past(self.inventory, self.states)

    def shown(self) -> list[str]:
        return [name for name in self.departments or self.inventory.departments if name in self.inventory.departments]

    def _make(self, now: float) -> PublicStatus:
        days = _days(now, ZoneInfo(self.timezone))
        subjects = [f"department/{name}" for name in self.shown()]
        past = self._counted.bulk(days[0][1], now, subjects)
        timelines = {
            name: Timeline.of((StateInterval(o.start, o.end, o.state) for o in past.get(f"department/{name}", ())), now)
            for name in self.shown()
        }
        present = self.present()
        services = tuple(
            self._one(name, timeline, days, now, present.get(name, State.UNKNOWN))
            for name, timeline in timelines.items()
        )
        incidents = [one for name, timeline in timelines.items() for one in self._incidents(name, timeline, now)]
        incidents.sort(key=lambda one: (-one.start, one.id))
        return PublicStatus(
            municipality=self.inventory.municipality,
            title=self.title or self.inventory.municipality,
            contact=self.contact,
            timezone=self.timezone,
            at=now,
            simulated=self.inventory.is_sample,
            services=services,
            incidents=tuple(incidents),
            work=tuple(self._work(now)),
            announcements=tuple(self._announced(now)),
        )

    def _announced(self, now: float) -> Iterable[PublicAnnouncement]:
        shown = set(self.shown())
        for one in self.announced(now - DAYS * DAY, now):
            about = [name for name in one.departments if name in shown]
            if about or not one.departments:
                names = tuple(self.inventory.departments[name].name for name in about)
                yield PublicAnnouncement(
                    f"announcement-{one.id}", one.title, one.text, names, one.starts_at, one.ends_at
                )

    def _one(
        self, name: str, timeline: Timeline, days: Sequence[tuple[str, float, float]], now: float, state: State
    ) -> PublicService:
        department = self.inventory.departments[name]
        hours = self.service(department.service_hours, days[0][1], now)
        found = tuple(_day(label, begin, min(end, now), timeline, hours) for label, begin, end in days)
        whole = availability(timeline, Interval(days[0][1], now), hours)
        return PublicService(name, department.name, state, found, whole.known, _since(timeline, state, now))

    def _incidents(self, name: str, timeline: Timeline, now: float) -> Iterable[PublicIncident]:
        """Interruptions within the hours in which the service is promised."""
        department = self.inventory.departments[name]
        begin = now - DAYS * DAY
        found = availability(timeline, Interval(begin, now), self.service(department.service_hours, begin, now))
        for outage in found.outages:
            if outage.down_seconds >= SHORTEST_INCIDENT or outage.open:
                mark = hashlib.sha256(f"{name}/{outage.since:.0f}".encode()).hexdigest()[:16]
                yield PublicIncident(mark, name, department.name, outage.since, None if outage.open else outage.end)

    def _work(self, now: float) -> Iterable[PublicWork]:
        for window in self.planned(now):
            touched = sorted(
                {device.department for device in self.inventory.devices.values() if is_about(window.matchers, device)}
                & set(self.shown())
            )
            for span in list(window.window.intervals(now - DAY, now + AHEAD))[:5]:
                if touched and span.end > now:
                    mark = hashlib.sha256(f"{window.id}/{span.start:.0f}".encode()).hexdigest()[:16]
                    names = tuple(self.inventory.departments[one].name for one in touched)
                    yield PublicWork(mark, names, span.start, span.end)

    def _month(self, start: float, end: float, label: str) -> Iterable[OpenMonth]:
        shown = {name: self.inventory.departments[name] for name in self.shown()}
        subjects = {f"department/{n}": (d.name, "department", d.service_hours) for n, d in shown.items()}
        rows = measured(self._counted, self.service, subjects, start, end, self.clock())
        with self.records.read() as connection:
            for name, row in zip(shown, rows, strict=True):
                done = statistics(connection, start, end, kind=TicketKind.CORRECTIVE, departments=[name])
                told = shown[name].staff >= LEAST_STAFF
                yield OpenMonth(
                    month=label,
                    department=name,
                    name=row.name,
                    known=row.known,
                    worst=row.worst,
                    best=row.best,
                    coverage=row.coverage,
                    outages=len(row.outages),
                    down_seconds=round(row.down_seconds),
                    tickets_opened=done.opened if told else None,
                    tickets_resolved=done.resolved if told else None,
                    tickets_in_time=done.within_level if told else None,
                    tickets_late=done.breached if told else None,
                )


def _since(timeline: Timeline, state: State, now: float) -> float:
    """When the present state was first seen, as far as the ninety days tell."""
    held = {
        State.UP: timeline.up,
        State.DEGRADED: timeline.degraded,
        State.DOWN: timeline.down,
        State.MAINTENANCE: timeline.maintenance,
    }.get(state)
    if held is None:
        return max((one.end for one in timeline.known), default=now)
    return max((one.start for one in held), default=now)


def _days(now: float, zone: ZoneInfo) -> list[tuple[str, float, float]]:
    """The last ninety days, today the last: name, begin and end; a day may have 23 or 25 hours."""
    midnight = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [midnight - timedelta(days=back) for back in range(DAYS - 1, -2, -1)]
    return [(f"{one:%Y-%m-%d}", one.timestamp(), after.timestamp()) for one, after in pairwise(starts)]


def _day(label: str, begin: float, end: float, timeline: Timeline, hours: IntervalSet) -> PublicDay:
    due = hours.clip(begin, end) - timeline.maintenance
    down, serving = (due & timeline.down).length, (due & timeline.serving).length
    known = down + serving
    if not known:
        planned = bool((hours & timeline.maintenance).clip(begin, end))
        return PublicDay(label, State.MAINTENANCE if planned else State.UNKNOWN, None, 0.0)
    state = State.UP if down < SHORTEST_INCIDENT else State.DOWN if down > 0.1 * known else State.DEGRADED
    return PublicDay(label, state, serving / known, down)
