"""What the monitor knows right now, in memory: the last poll of each device and the state of everything.

The pipeline writes it from the event loop, one device at a time; views read it from worker threads. Values are
replaced whole and never changed in place, so that a reader sees either the old or the new.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from nms.collect.rates import CLOSEST_SECONDS
from nms.model import Component, DeviceId, Neighbour, Number, Outcome, Poll, Reading, State, StateReading, Witness

Name = TypeVar("Name", bound=str)

UP_OUTCOMES = (Outcome.ANSWERED, Outcome.PARTIAL)


@dataclass(frozen=True, slots=True)
class DeviceLive:
    """All that the last polls of one device brought; a part that is read less often stays until it is read again."""

    at: float
    duration: float
    late_by: float
    witnesses: tuple[Witness, ...]
    problems: tuple[str, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    neighbours: tuple[Neighbour, ...] = ()
    readings: Mapping[str, Reading] = field(default_factory=dict)
    states: Mapping[tuple[str, str, str], StateReading] = field(default_factory=dict)
    seen_at: float | None = None

    @property
    def round_trip(self) -> float | None:
        """Of the fastest witness that answered, in seconds."""
        return min((w.round_trip for w in self.witnesses if w.round_trip is not None), default=None)

    def value(self, table: str, metric: str, component: Component | None = None) -> Number | None:
        """The latest value of one metric; without a component, the first one that there is."""
        reading = self.readings.get(table)
        column = reading.columns.get(metric) if reading else None
        if reading is None or column is None:
            return None
        for part, value in zip(reading.components, column, strict=True):
            if value is not None and (component is None or (part.kind, part.key) == (component.kind, component.key)):
                return value
        return None


@dataclass(slots=True)
class LiveBoard:
    """The present of every device, link and department."""

    devices: dict[DeviceId, DeviceLive] = field(default_factory=dict)
    device_states: dict[DeviceId, State] = field(default_factory=dict)
    link_states: dict[str, State] = field(default_factory=dict)
    department_states: dict[str, State] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    """Since when each subject (`device/ID`, `link/ID`, `department/ID`) has been in its state."""
    last_poll_at: float | None = None

    def take(self, poll: Poll) -> None:
        """Takes in one poll. What it did not bring (a table read hourly, a silent device) is kept from before."""
        old = self.devices.get(poll.device)
        answered = any(witness.outcome in UP_OUTCOMES for witness in poll.witnesses)
        fresh = DeviceLive(
            at=poll.at,
            duration=poll.duration,
            late_by=poll.late_by,
            witnesses=poll.witnesses,
            problems=poll.problems,
            facts=poll.facts,
            neighbours=poll.neighbours,
            readings={reading.table: reading for reading in poll.readings},
            states={(s.component.kind, s.component.key, s.name): s for s in poll.states},
            seen_at=poll.at if answered else None,
        )
        self.devices[poll.device] = _over(old, fresh) if old else fresh
        self.last_poll_at = max(poll.at, self.last_poll_at or poll.at)

    def take_states(
        self,
        devices: Mapping[DeviceId, State],
        links: Mapping[str, State],
        departments: Mapping[str, State],
        at: float,
    ) -> None:
        """Takes in what was judged, and notes since when each thing has been so."""
        _take(self.since, "device", self.device_states, devices, at)
        _take(self.since, "link", self.link_states, links, at)
        _take(self.since, "department", self.department_states, departments, at)

    def remember(self, present: Mapping[str, tuple[State, float]]) -> None:
        """Takes in the history's last word at a start, so that `since` survives a restart."""
        for subject, (state, since) in present.items():
            kind, _, name = subject.partition("/")
            self.since[subject] = since
            if kind == "device":
                self.device_states.setdefault(DeviceId(name), state)
            elif kind == "link":
                self.link_states.setdefault(name, state)
            elif kind == "department":
                self.department_states.setdefault(name, state)


def _take(
    since: dict[str, float], kind: str, known: dict[Name, State], judged: Mapping[Name, State], at: float
) -> None:
    for name, state in judged.items():
        subject = f"{kind}/{name}"
        if known.get(name) is not state or subject not in since:
            known[name] = state
            since[subject] = at


def _over(old: DeviceLive, new: DeviceLive) -> DeviceLive:
    return replace(
        new,
        facts={**old.facts, **new.facts},
        neighbours=new.neighbours or old.neighbours,
        readings={**old.readings, **{table: _rated(old, reading) for table, reading in new.readings.items()}},
        states={**old.states, **new.states},
        seen_at=new.seen_at if new.seen_at is not None else old.seen_at,
    )


def _rated(old: DeviceLive, reading: Reading) -> Reading:
    """With the rates of the poll before, where this one came too soon after it to tell any (somebody asked for it)."""
    before = old.readings.get(reading.table)
    if before is None or before.components != reading.components or reading.at - before.at > CLOSEST_SECONDS + 1:
        return reading
    is_rated = any(rate is not None for rates in reading.rates.values() for rate in rates)
    return reading if is_rated else replace(reading, rates=before.rates)
