"""Spreading preventive work over technicians and weeks, so that it does not fall on one Monday.

Jobs with the least room are placed first. Each goes to the week of its room, and the technician with its skill,
that are the least loaded; there it takes the first free hours of the day that is the least loaded. What was
planned before stays where it is. Everything is deterministic: the same jobs give the same plan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from nms.calendars import DAY_SECONDS, OFFICE_ZONE, Interval, IntervalSet, ServiceHours, day_instant, wall_time
from nms.text import fold

TECHNICIAN = "technician"
"""The role, in the inventory, of people who get preventive work."""

_DAY_SHARE = 0.8
"""Share of a working day that is planned; the rest is for what nobody planned."""


@dataclass(frozen=True, slots=True)
class Technician:
    """Somebody who does preventive work: skills (none: all), places, and capacity in minutes a week."""

    id: str
    hours: ServiceHours
    skills: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    weekly_minutes: float = 10 * 60.0
    away: IntervalSet = field(default_factory=IntervalSet)

    def can(self, job: Job) -> bool:
        near = not self.departments or not job.department or job.department in self.departments
        return near and knows(self.skills, job.skill)


def knows(skills: Collection[str], skill: str) -> bool:
    """Whether somebody with these skills can do what asks for one; accents and capitals do not matter."""
    return not skill or not skills or fold(skill) in map(fold, skills)


@dataclass(frozen=True, slots=True)
class Job:
    """Work to be placed: `minutes` of one person, within [earliest, latest]."""

    key: str
    earliest: float
    latest: float
    minutes: float
    skill: str = ""
    department: str = ""
    site: str = ""
    title: str = ""
    playbook: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A job with who does it and when (Unix seconds); nobody and never where there was no room.

    `number`, `state` and `folio` are those of the schedule, once it holds the job.
    """

    job: Job
    technician: str = ""
    start: float | None = None
    end: float | None = None
    number: int = 0
    state: str = ""
    folio: str = ""

    @property
    def placed(self) -> bool:
        return self.start is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of a span of time: what found a place, by start, and what did not."""

    placed: tuple[Planned, ...]
    unplaced: tuple[Planned, ...] = ()

    def weekly_minutes(self, zone: ZoneInfo = OFFICE_ZONE) -> dict[tuple[str, date], float]:
        """Planned minutes by technician and Monday."""
        found: dict[tuple[str, date], float] = {}
        for one in self.placed:
            assert one.start is not None
            key = (one.technician, monday(one.start, zone))
            found[key] = found.get(key, 0.0) + one.job.minutes
        return found


def monday(at: float, zone: ZoneInfo = OFFICE_ZONE) -> date:
    """The Monday of the week of an instant."""
    day = wall_time(at, zone).date()
    return day - timedelta(days=day.weekday())


class _Agenda:
    """What one technician has free, day by day, while a plan is made."""

    def __init__(self, technician: Technician, zone: ZoneInfo) -> None:
        self.technician = technician
        self._zone = zone
        self._days: dict[date, tuple[IntervalSet, float]] = {}
        self._busy: dict[date, float] = {}
        self.week: dict[date, float] = {}

    def day(self, day: date) -> tuple[IntervalSet, float]:
        """The free time of a day, and how many seconds of it may be planned in all."""
        if day not in self._days:
            start, end = day_instant(day, 0, self._zone), day_instant(day, DAY_SECONDS, self._zone)
            hours = self.technician.hours.intervals(start, end) - self.technician.away
            self._days[day] = (hours, hours.length * _DAY_SHARE)
        return self._days[day]

    def take(self, start: float, end: float) -> None:
        day = wall_time(start, self._zone).date()
        free, limit = self.day(day)
        self._days[day] = (free - IntervalSet([Interval(start, end)]), limit)
        self._busy[day] = self._busy.get(day, 0.0) + end - start
        week = day - timedelta(days=day.weekday())
        self.week[week] = self.week.get(week, 0.0) + (end - start) / 60.0

    def busy(self, day: date) -> float:
        return self._busy.get(day, 0.0)

    def place(self, job: Job, day: date) -> Interval | None:
        """The first free hours of a day that hold the job whole."""
        free, limit = self.day(day)
        needed = job.minutes * 60.0
        if self.busy(day) + needed > max(limit, needed if not self.busy(day) else 0.0):
            return None
        for one in free.clip(job.earliest, job.latest):
            if one.length >= needed:
                return Interval(one.start, one.start + needed)
        return None


def plan_work(
    jobs: Iterable[Job],
    technicians: Sequence[Technician],
    *,
    fixed: Iterable[Planned] = (),
    zone: ZoneInfo = OFFICE_ZONE,
) -> Plan:
    """Places jobs. `fixed`: what was planned before, which keeps its place and its share of the weeks.

    No technician gets more than `weekly_minutes` in a week, two jobs at once, or work outside their hours.
    """
    agendas = {one.id: _Agenda(one, zone) for one in technicians}
    kept = [one for one in fixed if one.placed]
    for one in kept:
        if one.technician in agendas and one.start is not None and one.end is not None:
            agendas[one.technician].take(one.start, one.end)
    known = {(one.job.key, one.job.earliest) for one in kept}
    placed, unplaced = list(kept), list[Planned]()
    for job in sorted(jobs, key=lambda job: (job.latest - job.earliest, job.latest, job.key)):
        if (job.key, job.earliest) in known:
            continue
        found = _place(job, agendas, zone)
        (placed if found.placed else unplaced).append(found)
    return Plan(tuple(sorted(placed, key=_by_start)), tuple(sorted(unplaced, key=_by_start)))


def plan_year(
    jobs: Iterable[Job],
    technicians: Sequence[Technician],
    year: int,
    *,
    fixed: Iterable[Planned] = (),
    zone: ZoneInfo = OFFICE_ZONE,
) -> Plan:
    """The plan of a calendar year: the jobs that may begin in it, none of them placed after its end."""
    start, end = day_instant(date(year, 1, 1), 0, zone), day_instant(date(year + 1, 1, 1), 0, zone)
    inside = [
        replace(job, earliest=max(job.earliest, start), latest=min(job.latest, end))
        for job in jobs
        if start <= job.earliest < end
    ]
    return plan_work(inside, technicians, fixed=fixed, zone=zone)


def _place(job: Job, agendas: dict[str, _Agenda], zone: ZoneInfo) -> Planned:
    able = [agenda for agenda in agendas.values() if agenda.technician.can(job)]
    weeks: dict[date, list[date]] = {}
    for day in _days(job, zone):
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append(day)
    choices = sorted(
        (
            (agenda.week.get(week, 0.0) + job.minutes) / agenda.technician.weekly_minutes,
            week,
            agenda.technician.id,
        )
        for agenda in able
        for week in weeks
    )
    for load, week, name in choices:
        agenda = agendas[name]
        if load > 1.0 and agenda.week.get(week, 0.0) > 0.0:
            continue
        for day in sorted(weeks[week], key=lambda day: (agenda.busy(day), day)):
            free = agenda.place(job, day)
            if free is not None:
                agenda.take(free.start, free.end)
                return Planned(job, name, free.start, free.end)
    return Planned(job)


def _days(job: Job, zone: ZoneInfo) -> list[date]:
    first, last = wall_time(job.earliest, zone).date(), wall_time(max(job.earliest, job.latest - 1), zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _by_start(planned: Planned) -> tuple[float, str, str]:
    return (planned.start if planned.start is not None else planned.job.latest, planned.technician, planned.job.key)
