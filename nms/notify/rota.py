"""Who is on call: turns, leave and swaps, read from YAML, on the office clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from nms.calendars import (
    NO_HOLIDAYS,
    OFFICE_ZONE,
    WHOLE_DAY,
    DaySpan,
    Holidays,
    Interval,
    IntervalSet,
    Rotation,
    Shift,
    day_instant,
    instant,
)
from nms.config.office import Calendar, Day, HoursOfDay
from nms.config.policies import WallTime
from nms.documents import Document, DocumentError, Problem, Strict, load, parse, suggestion
from nms.model import Message, Person

_DAY = 86_400


def _named(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_named)]


class LayerEntry(Strict):
    """People who take turns at one duty."""

    name: str = Field(min_length=1)
    """What the duty is called: `redes`, `guardia`."""

    people: Names = Field(min_length=1)
    """Who takes turns, in order, by their id in people.yaml."""

    start: WallTime
    """First handover, on the office clock: `2026-01-05 08:00`."""

    days: int = Field(default=7, ge=1)
    """Length of a turn; one person for ever is a turn of any length."""

    hours: Calendar | None = None
    """Hours of duty, as in the calendars of config.yaml; none: round the clock."""

    on_holidays: Literal["same"] | HoursOfDay = "same"
    """Hours on holidays: `same`, or other ones; an empty list: nobody."""

    backup: bool = False
    """Whether these people are called only by escalation (`on-call-backup`)."""

    departments: Names = ()
    """Departments that they look after; none: all."""


class LeaveEntry(Strict):
    """Days on which somebody is not to be called."""

    person: str
    """Who, by id."""

    first: Day
    """First day."""

    last: Day
    """Last day, itself included."""

    reason: str = ""
    """Why, for those who plan."""


class SwapEntry(Strict):
    """Somebody takes a piece of somebody else's turn."""

    layer: str
    """Of which duty."""

    start: WallTime
    """From when, on the office clock."""

    end: WallTime
    """Until when."""

    takes: str
    """Who is on call instead, by id."""


class RotaFile(Strict):
    """The whole of `rota.yaml`."""

    layers: tuple[LayerEntry, ...] = ()
    """Duties."""

    leave: tuple[LeaveEntry, ...] = ()
    """Who is away."""

    swaps: tuple[SwapEntry, ...] = ()
    """Who stands in for whom."""

    fallback: Names = ()
    """Who is called where nobody is on."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One person on one duty for one stretch of time; `stands_in_for` where it was somebody else's turn."""

    person: str
    layer: str
    interval: Interval
    backup: bool = False
    stands_in_for: str = ""
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RotaProblem:
    """Something that would leave a call unheard, found before it happens."""

    kind: Literal["gap", "leave", "contact", "person"]
    interval: Interval
    message: Message


@dataclass(frozen=True, slots=True)
class Layer:
    """One duty, ready to compute with."""

    name: str
    people: tuple[str, ...]
    rotation: Rotation
    shift: Shift
    backup: bool = False
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Swap:
    layer: str
    interval: Interval
    takes: str


@dataclass(frozen=True)
class Rota:
    """Turns of duty with their leave and swaps. Empty: everybody who is on call is always on."""

    layers: Sequence[Layer] = ()
    leave: Mapping[str, IntervalSet] = field(default_factory=dict)
    swaps: Sequence[Swap] = ()
    fallback: Sequence[str] = ()

    def duties(self, start: float, end: float) -> list[Duty]:
        """Who is on in [start, end), in order of time, then of duty."""
        found = [duty for layer in self.layers for duty in self._of_layer(layer, start, end)]
        return sorted(found, key=lambda duty: (duty.interval.start, duty.backup, duty.layer, duty.person))

    def on_at(self, at: float, *, backup: bool = False, department: str = "") -> list[Duty]:
        """Who is on at an instant, for a department where one is given."""
        return [
            duty
            for duty in self.duties(at, at + 1)
            if duty.interval.contains(at)
            and duty.backup is backup
            and (not department or not duty.departments or department in duty.departments)
        ]

    def problems(self, start: float, end: float, reachable: Mapping[str, bool] | None = None) -> list[RotaProblem]:
        """What would go wrong in [start, end).

        `reachable`: the people there are, and whether a message can reach each; None: that is not looked at.
        """
        found = [*self._gaps(start, end), *self._leave_clashes(start, end)]
        if reachable is not None:
            found += self._unreachable(start, end, reachable)
        return sorted(found, key=lambda problem: (problem.interval, problem.kind))

    def _of_layer(self, layer: Layer, start: float, end: float) -> list[Duty]:
        hours = layer.shift.intervals(start, end)
        swaps = [swap for swap in self.swaps if swap.layer == layer.name]
        swapped = IntervalSet(swap.interval for swap in swaps)
        duties = []
        for turn in layer.rotation.turns(start, end):
            on = (hours & IntervalSet([turn.interval])) - swapped
            duties += self._turn(layer, layer.people[turn.number % len(layer.people)], on)
        for swap in swaps:
            on = hours & IntervalSet([swap.interval])
            duties += [_duty(layer, swap.takes, piece) for piece in on]
        return _joined(duties)

    def _turn(self, layer: Layer, whose: str, on: IntervalSet) -> list[Duty]:
        """One turn: its own person, and while that one is away the next of the rotation who is not."""
        duties, left = [], on
        first = layer.people.index(whose)
        for person in (*layer.people[first:], *layer.people[:first]):
            present = left - self.leave.get(person, IntervalSet())
            stands_in_for = "" if person == whose else whose
            duties += [replace(_duty(layer, person, piece), stands_in_for=stands_in_for) for piece in present]
            left = left - present
            if not len(left):
                break
        return duties

    def _gaps(self, start: float, end: float) -> list[RotaProblem]:
        if not self.layers:
            return []
        covered = IntervalSet(duty.interval for duty in self.duties(start, end) if not duty.backup)
        message = Message("nobody is on call")
        return [RotaProblem("gap", gap, message) for gap in covered.complement(start, end)]

    def _leave_clashes(self, start: float, end: float) -> list[RotaProblem]:
        found = []
        for duty in self.duties(start, end):
            if duty.stands_in_for:
                names = {"person": duty.stands_in_for, "other": duty.person, "layer": duty.layer}
                message = Message("{person} is away on a turn of {layer}: {other} stands in", names)
                found.append(RotaProblem("leave", duty.interval, message))
        for swap in self.swaps:
            for away in IntervalSet([swap.interval]) & self.leave.get(swap.takes, IntervalSet()):
                message = Message(
                    "{person} has taken over {layer} while away", {"person": swap.takes, "layer": swap.layer}
                )
                found.append(RotaProblem("leave", away, message))
        return [one for one in found if one.interval.start < end and one.interval.end > start]

    def _unreachable(self, start: float, end: float, reachable: Mapping[str, bool]) -> list[RotaProblem]:
        found, seen = [], set()
        for duty in self.duties(start, end):
            if duty.person in seen or reachable.get(duty.person):
                continue
            seen.add(duty.person)
            known = duty.person in reachable
            mute = Message("{person} is on call and no message can reach them", {"person": duty.person})
            nobody = Message("there is no person {person}", {"person": duty.person})
            kind: Literal["contact", "person"] = "contact" if known else "person"
            found.append(RotaProblem(kind, duty.interval, mute if known else nobody))
        return found


def _duty(layer: Layer, person: str, interval: Interval) -> Duty:
    return Duty(person, layer.name, interval, layer.backup, departments=layer.departments)


def _joined(duties: list[Duty]) -> list[Duty]:
    """Stretches of the same person that meet (two turns in a row), made one."""
    joined: list[Duty] = []
    for duty in sorted(duties, key=lambda one: one.interval):
        last = joined[-1] if joined else None
        if last and last.interval.end == duty.interval.start and replace(last, interval=duty.interval) == duty:
            joined[-1] = replace(last, interval=Interval(last.interval.start, duty.interval.end))
        else:
            joined.append(duty)
    return joined


def load_rota(
    path: Path,
    people: Mapping[str, Person],
    *,
    holidays: Holidays = NO_HOLIDAYS,
    zone: ZoneInfo = OFFICE_ZONE,
    shown_as: str | None = None,
) -> Rota:
    """Reads `rota.yaml`; a file that is not there is an empty rota.

    Raises: DocumentError with every mistake: unknown people, swaps of unknown duties, ends before starts.
    """
    if not path.exists():
        return Rota()
    return read_rota(load(path, shown_as=shown_as), people, holidays=holidays, zone=zone)


def read_rota(
    document: Document,
    people: Mapping[str, Person],
    *,
    holidays: Holidays = NO_HOLIDAYS,
    zone: ZoneInfo = OFFICE_ZONE,
) -> Rota:
    """The rota of a document that has been read already."""
    written = parse(RotaFile, document)
    problems = [*_unknown_people(written, document, people), *_impossible(written, document)]
    if problems:
        raise DocumentError(problems)
    leave: dict[str, IntervalSet] = {}
    for entry in written.leave:
        away = IntervalSet([_days(entry.first, entry.last, zone)])
        leave[entry.person] = leave.get(entry.person, IntervalSet()) | away
    swaps = [
        Swap(one.layer, Interval(instant(one.start, zone), instant(one.end, zone)), one.takes) for one in written.swaps
    ]
    return Rota([_layer(one, holidays, zone) for one in written.layers], leave, swaps, written.fallback)


def _layer(entry: LayerEntry, holidays: Holidays, zone: ZoneInfo) -> Layer:
    weekly = (
        [tuple(map(DaySpan.parse, hours)) for hours in entry.hours.weekly_hours()] if entry.hours else [WHOLE_DAY] * 7
    )
    other = None if entry.on_holidays == "same" else tuple(map(DaySpan.parse, entry.on_holidays))
    exceptions = entry.hours.exceptions if entry.hours else {}
    shift = Shift(
        entry.name,
        (weekly[0], weekly[1], weekly[2], weekly[3], weekly[4], weekly[5], weekly[6]),
        holidays,
        other,
        {date.fromisoformat(day): tuple(map(DaySpan.parse, hours)) for day, hours in exceptions.items()},
        zone,
    )
    rotation = Rotation(entry.start, entry.days, zone)
    return Layer(entry.name, entry.people, rotation, shift, entry.backup, entry.departments)


def _days(first: date, last: date, zone: ZoneInfo) -> Interval:
    return Interval(day_instant(first, 0, zone), day_instant(last + timedelta(days=1), 0, zone))


def _unknown_people(written: RotaFile, document: Document, people: Mapping[str, Person]) -> list[Problem]:
    named: list[tuple[tuple[str | int, ...], str]] = []
    for number, layer in enumerate(written.layers):
        named += [(("layers", number, "people", place), name) for place, name in enumerate(layer.people)]
    named += [(("leave", number, "person"), one.person) for number, one in enumerate(written.leave)]
    named += [(("swaps", number, "takes"), one.takes) for number, one in enumerate(written.swaps)]
    named += [(("fallback", place), name) for place, name in enumerate(written.fallback)]
    return [
        document.problem(
            path, Message("there is no person “{name}” in people.yaml", {"name": name}), suggestion(name, people)
        )
        for path, name in named
        if name not in people
    ]


def _impossible(written: RotaFile, document: Document) -> list[Problem]:
    layers = [layer.name for layer in written.layers]
    found = []
    for number, swap in enumerate(written.swaps):
        if swap.layer not in layers:
            message = Message("there is no duty “{name}” among the layers", {"name": swap.layer})
            found.append(document.problem(("swaps", number, "layer"), message, suggestion(swap.layer, layers)))
        if swap.end <= swap.start:
            found.append(document.problem(("swaps", number, "end"), Message("this swap ends before it starts")))
    for number, leave in enumerate(written.leave):
        if leave.last < leave.first:
            found.append(document.problem(("leave", number, "last"), Message("this leave ends before it starts")))
    for number, layer in enumerate(written.layers):
        if layer.name in layers[:number]:
            message = Message("the duty “{name}” is written twice", {"name": layer.name})
            found.append(document.problem(("layers", number, "name"), message))
    return found
