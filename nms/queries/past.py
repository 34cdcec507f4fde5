"""The past as it is counted: what was observed, with what people corrected of it, and what follows for departments.

A department is judged by its parts. Where a correction of one of them (a router, a link, a PBX, an application) makes
another state of the department by the same rule that judged it then, that state counts; where it makes none, what was
observed stays. What somebody said of the department itself comes last.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from nms.calendars import Interval, IntervalSet
from nms.model import DeviceId, Inventory, State
from nms.rules.departments import DepartmentNeeds, department_states, needs
from nms.store.states import StateCorrection, StateHistory, StateInterval, laid_over

_DEPARTMENT = "department/"
_SERVING = (State.UP, State.DEGRADED)
Intervals = Sequence[StateInterval]


@dataclass(frozen=True, slots=True)
class Past:
    """`as_of`: with the corrections that counted at that instant only, so that an old report can be made again.

    `also`: corrections that nobody has made yet, to see what they would do.
    """

    inventory: Inventory
    states: StateHistory
    as_of: float | None = None
    also: tuple[StateCorrection, ...] = ()

    def bulk(self, start: float, end: float, subjects: Sequence[str]) -> dict[str, list[StateInterval]]:
        """The states of subjects within [start, end), as they are counted."""
        found, said = self._plain(start, end, subjects), self._said(start, end)
        follows = {
            subject: list(self._follows(subject, need, corrections, start, end))
            for subject, (need, corrections) in self._concerned(said, subjects).items()
        }
        observed = self.observed(start, end, list(follows)) if follows else {}
        for subject, stretches in follows.items():
            found[subject] = laid_over(observed.get(subject, []), [*stretches, *said.get(subject, [])], start, end)
        return found

    def observed(self, start: float, end: float, subjects: Sequence[str]) -> dict[str, list[StateInterval]]:
        """The same without any correction."""
        return self.states.bulk(start, end, subjects, corrected=False)

    def touched(self, start: float, end: float, subjects: Collection[str]) -> list[str]:
        """Those of the subjects that corrections speak of, or of whose parts they do."""
        said = self._said(start, end)
        concerned = self._concerned(said, subjects)
        return [subject for subject in subjects if subject in said or subject in concerned]

    def _said(self, start: float, end: float) -> dict[str, list[StateCorrection]]:
        found = self.states.in_effect(start, end, as_of=self.as_of)
        for one in self.also:
            found.setdefault(one.subject, []).append(one)
        return found

    def _plain(self, start: float, end: float, subjects: Sequence[str]) -> dict[str, list[StateInterval]]:
        """With what was said of the subjects themselves."""
        found = self.states.bulk(start, end, subjects, as_of=self.as_of)
        for one in self.also:
            if one.subject in subjects:
                found[one.subject] = laid_over(found.get(one.subject, []), [one], start, end)
        return found

    def _concerned(
        self, said: Mapping[str, Sequence[StateCorrection]], subjects: Collection[str]
    ) -> dict[str, tuple[DepartmentNeeds, list[StateCorrection]]]:
        """The departments of which a part was corrected: what judges them, and those corrections."""
        corrected = {subject for subject in said if not subject.startswith(_DEPARTMENT)}
        wanted = {subject for subject in subjects if subject.startswith(_DEPARTMENT)}
        if not corrected or not wanted:
            return {}
        return {
            f"{_DEPARTMENT}{name}": (need, [one for part in sorted(mine) for one in said[part]])
            for name, need in needs(self.inventory).items()
            if f"{_DEPARTMENT}{name}" in wanted and (mine := corrected & _parts(need))
        }

    def _follows(
        self, subject: str, need: DepartmentNeeds, corrections: Sequence[StateCorrection], start: float, end: float
    ) -> Iterable[StateCorrection]:
        """Stretches in which a department was in another state than was observed, as if somebody had said so."""
        parts = sorted(_parts(need))
        for stretch in IntervalSet((one.start, one.end) for one in corrections).clip(start, end):
            seen = self.observed(*stretch, parts)
            kept = self._plain(*stretch, parts)
            said = next(one for one in corrections if one.start < stretch.end and stretch.start < one.end)
            for step in _steps(stretch, (*seen.values(), *kept.values())):
                then = {part: _at(seen.get(part, ()), step.start) for part in parts}
                now = {part: _counted(then[part], _at(kept.get(part, ()), step.start)) for part in parts}
                state = _judged(need, now)
                if state is not _judged(need, then):
                    yield replace(said, subject=subject, state=state, start=step.start, end=step.end)


def parts_of(inventory: Inventory, department: str) -> frozenset[str]:
    """The subjects whose corrections can change a department: itself and what it is judged by."""
    need = needs(inventory).get(department)
    return frozenset((f"{_DEPARTMENT}{department}", *(_parts(need) if need else ())))


def _parts(need: DepartmentNeeds) -> frozenset[str]:
    devices = (f"device/{one}" for one in (*need.path, *need.needed))
    links = (f"link/{one}" for several in need.links.values() for one in several)
    return frozenset((*devices, *links))


def _steps(stretch: Interval, lines: Iterable[Intervals]) -> list[Interval]:
    """The stretch cut wherever any part changes its state."""
    edges = {instant for line in lines for one in line for instant in (one.start, one.end)}
    inside = sorted({*stretch, *(edge for edge in edges if stretch.contains(edge))})
    return [Interval(*both) for both in pairwise(inside)]


def _at(line: Intervals, instant: float) -> State:
    place = bisect_right(line, instant, key=lambda one: one.start) - 1
    return line[place].state if place >= 0 and instant < line[place].end else State.UNKNOWN


def _counted(seen: State, said: State) -> State:
    """A part that served although it was worked on takes nothing from its department, as while it happens."""
    return seen if said is State.MAINTENANCE and seen in _SERVING else said


def _judged(need: DepartmentNeeds, states: Mapping[str, State]) -> State:
    by_kind: dict[str, dict[str, State]] = {"device": {}, "link": {}}
    for subject, state in states.items():
        kind, _, name = subject.partition("/")
        by_kind[kind][name] = state
    devices = {DeviceId(name): state for name, state in by_kind["device"].items()}
    return department_states({"": need}, devices, by_kind["link"])[""]
