"""Who is on call: turns, leave and swaps on the office clock, and what would leave a call unheard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from nms.calendars import (
    Interval,
    IntervalSet,
    Rotation,
    Shift,
)
from nms.model import Message


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
