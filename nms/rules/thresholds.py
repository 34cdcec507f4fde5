"""Thresholds over whole batches of readings: what is beyond its limit, and for how long.

Columns go into numpy as they come; Python runs only over the few slots that hold or have just ended. What does not
change from poll to poll (which thresholds speak of which cell) is worked out once for a table of a device.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nms.metrics import METRICS, title
from nms.model import Component, Device, DeviceId, Message, MetricKind, Number, Parameter, Reading, Verdict
from nms.rules.changes import Changes
from nms.rules.choosing import Families, ThresholdBook
from nms.rules.derived import UNITS
from nms.rules.keys import part_key
from nms.rules.ledger import Ledger
from nms.rules.levels import Levels, Slots, joined
from nms.rules.policies import Policies, Threshold
from nms.rules.words import filled, part, quantity, when

RULE = "thresholds"

Columns = Mapping[str, Sequence[Number | None]]


@dataclass(slots=True)
class Watched:
    """One metric of one component, behind one key: its limits, lowest severity first, and their slots."""

    key: str
    device: Device
    component: Component
    metric: str
    levels: tuple[tuple[Threshold, int], ...]


@dataclass(slots=True)
class Plan:
    """How a table of a device is judged: columns to take, and for each limit which of the values taken is its own."""

    components: tuple[Component, ...]
    names: frozenset[str]
    columns: tuple[str, ...]
    take: Slots
    slots: Slots
    changing: tuple[int, ...] = ()


@dataclass(slots=True)
class Gathered:
    """The values of a batch, laid end to end, and where each limit finds its own."""

    flat: list[Number | None] = field(default_factory=list)
    take: list[Slots] = field(default_factory=list)
    slots: list[Slots] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)


class Judged:
    """All thresholds of all devices; rebuilt after a restart from the ledger of open alerts."""

    def __init__(
        self,
        book: ThresholdBook,
        devices: Mapping[DeviceId, Device],
        families: Families,
        policies: Policies,
        ledger: Ledger,
    ) -> None:
        self._book = book
        self._devices = devices
        self._families = families
        self._policies = policies
        self._ledger = ledger
        self._levels = Levels()
        self._changes = Changes()
        self._plans: dict[tuple[DeviceId, str], Plan] = {}
        self._watched: dict[str, Watched] = {}
        self._wanted: dict[str, Watched] = {}
        self._of_slot: list[Watched] = []
        self._told_missing: set[str] = set()

    def judge(self, readings: Iterable[tuple[Reading, Columns]], now: float, steady: float) -> list[Verdict]:
        """Readings with the columns derived from them. Those of one table come one after the other, oldest first."""
        verdicts: list[Verdict] = []
        for batch in _rounds(readings):
            touched = self._update(batch, steady)
            speaking = {id(self._of_slot[slot]): self._of_slot[slot] for slot in touched.tolist()}
            verdicts += [self._verdict(watched, now) for watched in speaking.values()]
        return verdicts

    def forget_plans(self, device: DeviceId) -> None:
        """The device's families or limits have changed."""
        for key in [key for key in self._plans if key[0] == device]:
            del self._plans[key]

    def _update(self, batch: Sequence[tuple[Reading, Columns]], steady: float) -> Slots:
        gathered = Gathered()
        for reading, extra in batch:
            if reading.device in self._devices:
                _gather(gathered, self._plan(reading, extra), reading, extra)
        if not gathered.slots:
            return joined(())
        values = np.array(gathered.flat, dtype=np.float64)[joined(gathered.take)]
        slots, at = joined(gathered.slots), np.repeat(np.array(gathered.at), gathered.counts)
        self._changes.replace(slots, values, at)
        return self._levels.update(slots, values, at, steady)

    def _plan(self, reading: Reading, extra: Columns) -> Plan:
        plan = self._plans.get((reading.device, reading.table))
        if plan is not None and _still_fits(plan, reading, extra):
            return plan
        plan = self._new_plan(reading, extra)
        self._plans[reading.device, reading.table] = plan
        return plan

    def _new_plan(self, reading: Reading, extra: Columns) -> Plan:
        device = self._devices[reading.device]
        names = [name for name in reading.columns if name not in extra and not is_counter(name)] + list(extra)
        columns, take, slots = list[str](), list[int](), list[int]()
        for name in names:
            found = self._slots_of(device, name, reading.components) if self._book.candidates(device.id, name) else []
            if found:
                take += [len(columns) * len(reading.components) + row for row, _ in found]
                slots += [slot for _, slot in found]
                columns.append(name)
        return Plan(
            reading.components,
            frozenset(reading.columns.keys() | extra.keys()),
            tuple(columns),
            np.array(take, dtype=np.int64),
            np.array(slots, dtype=np.int64),
        )

    def _slots_of(self, device: Device, metric: str, components: Sequence[Component]) -> list[tuple[int, int]]:
        """(row, slot) of every limit on one column."""
        families = self._families(device.id)
        found: list[tuple[int, int]] = []
        for row, component in enumerate(components):
            chosen = self._book.choose(device, families, metric, component)
            for word in dict.fromkeys(one.word for one in chosen):
                watched = self._watch(device, component, word, [one for one in chosen if one.word == word])
                found += [(row, slot) for _, slot in watched.levels]
        return found

    def _watch(self, device: Device, component: Component, word: str, limits: Sequence[Threshold]) -> Watched:
        key = part_key("threshold", device.id, component, word)
        known = self._watched.get(key)
        ordered = sorted(limits, key=lambda one: one.severity)
        if known is not None and [one for one, _ in known.levels] == ordered:
            known.component = component
            return known
        for _, slot in known.levels if known else ():
            self._levels.raised[slot] = False
        watched = Watched(key, device, component, ordered[0].metric, ())
        watched.levels = tuple((one, self._slot(watched, one)) for one in ordered)
        self._watched[key] = watched
        if any(one.absent_for is not None for one in ordered):
            self._wanted[key] = watched
        return watched

    def _slot(self, watched: Watched, threshold: Threshold) -> int:
        held = self._ledger.severity(watched.key)
        gap = watched.device.interval * self._policies.reachability.stale_intervals
        slot = self._levels.add(
            threshold.sign,
            threshold.limit or 0.0,
            threshold.clear,
            threshold.for_seconds,
            gap,
            raised=held is not None and held >= threshold.severity,
        )
        if threshold.change_over is not None:
            self._changes.watch(slot, threshold.change_over)
        self._of_slot.append(watched)
        return slot

    def _verdict(self, watched: Watched, now: float) -> Verdict:
        self._told_missing.discard(watched.key)
        raised = [(one, slot) for one, slot in watched.levels if self._levels.raised[slot]]
        threshold, slot = raised[-1] if raised else watched.levels[0]
        value, limit = float(self._levels.value[slot]), threshold.limit or 0.0
        params = self._params(watched, threshold, slot)
        side = "above" if threshold.sign > 0 else "below"
        sentence = _SUMMARY[side, threshold.change_over is not None] if raised else _BACK
        return Verdict(
            watched.key, RULE, watched.device.id, now,
            threshold.severity if raised else None,
            filled(sentence, params),
            component=watched.component, value=value, limit=limit,
            evidence=(filled(_EVIDENCE[side], params), _SCOPES[threshold.reach.nearness]),
        )  # fmt: skip

    def _params(self, watched: Watched, threshold: Threshold, slot: int) -> dict[str, Parameter]:
        unit = METRICS[watched.metric].unit if watched.metric in METRICS else UNITS.get(watched.metric, "")
        unit = f"{unit or 'events'} per second" if is_counter(watched.metric) else unit
        limit = threshold.limit or 0.0
        since = float(self._levels.since[slot])
        return {
            "component": part(watched.device.name, watched.component),
            "metric_msgid": title(threshold.word),
            "value": quantity(float(self._levels.value[slot]), unit),
            "limit": quantity(limit, unit),
            "clear": quantity(limit if threshold.clear is None else threshold.clear, unit),
            "seconds": int(threshold.for_seconds),
            "over": int(threshold.change_over or 0),
            "since": when(since, self._policies.zone) if since == since else "?",
        }

    def unseen(self, answering: Mapping[DeviceId, float], now: float, steady: float) -> list[Verdict]:
        """Raised limits whose values no longer come: once said to be unknown, and over after a day of their absence.

        `answering`: the steady time of the last poll that each device answered; a silent device forgets nothing.
        """
        found = {id(self._of_slot[slot]): self._of_slot[slot] for slot in self._levels.stale(steady).tolist()}
        verdicts = []
        for watched in found.values():
            seen = max(float(self._levels.seen[slot]) for _, slot in watched.levels)
            gone = answering.get(watched.device.id, -np.inf) - seen > self._policies.forget_seconds
            if not gone and watched.key in self._told_missing:
                continue
            self._told_missing.add(watched.key)
            if gone:
                for _, slot in watched.levels:
                    self._levels.raised[slot] = False
            params = {"component": part(watched.device.name, watched.component), "metric_msgid": title(watched.metric)}
            summary = Message("{component}: {metric_msgid} is missing at present", params)
            if gone:
                summary = Message("{component} no longer reports {metric_msgid}", params)
            verdicts.append(
                Verdict(watched.key, RULE, watched.device.id, now, None, summary, watched.component, unknown=not gone)
            )
        return verdicts

    def missing(self, answering: Mapping[DeviceId, float], now: float, steady: float) -> list[Verdict]:
        """Metrics that a threshold wants never to be absent so long (`absent_for`), of devices that answer."""
        verdicts = []
        for watched in self._wanted.values():
            wanted = [(one, slot) for one, slot in watched.levels if one.absent_for is not None]
            if answering.get(watched.device.id, -np.inf) < steady - 2 * watched.device.interval:
                continue
            threshold, slot = wanted[-1]
            absent = steady - float(self._levels.seen[slot])
            late = absent > (threshold.absent_for or 0.0)
            key = part_key("missing", watched.device.id, watched.component, threshold.word)
            params: dict[str, Parameter] = {
                "component": part(watched.device.name, watched.component),
                "metric_msgid": title(watched.metric),
            }
            summary = Message("{component} reports {metric_msgid}", params)
            if late:
                summary = Message("{component} has stopped to report {metric_msgid}", params)
            severity = threshold.severity if late else None
            verdicts.append(Verdict(key, RULE, watched.device.id, now, severity, summary, watched.component))
        return verdicts


_SUMMARY: Mapping[tuple[str, bool], Message] = {
    ("above", False): Message("{component}: {metric_msgid} is {value}, above {limit}"),
    ("below", False): Message("{component}: {metric_msgid} is {value}, below {limit}"),
    ("above", True): Message("{component}: {metric_msgid} rose by {value} in {over} s, more than {limit}"),
    ("below", True): Message("{component}: {metric_msgid} changed by {value} in {over} s, below {limit}"),
}
_BACK = Message("{component}: {metric_msgid} is back at {value}")
_EVIDENCE: Mapping[str, Message] = {
    "above": Message("Above {limit} since {since}; raised after {seconds} s, over again at {clear}"),
    "below": Message("Below {limit} since {since}; raised after {seconds} s, over again at {clear}"),
}
_SCOPES: Mapping[int, Message] = {
    5: Message("The nearest rule speaks: that of the device"),
    4: Message("The nearest rule speaks: that of the family"),
    3: Message("The nearest rule speaks: that of the department or site"),
    2: Message("The nearest rule speaks: that of the role"),
    1: Message("The nearest rule speaks: the limit that the device states itself"),
    0: Message("The nearest rule speaks: that for all devices"),
}


def is_counter(metric: str) -> bool:
    """A counter's value means nothing (RFC 2578 section 7.1.6): its thresholds are on units a second."""
    known = METRICS.get(metric)
    return known is not None and known.kind is MetricKind.COUNTER


def _still_fits(plan: Plan, reading: Reading, extra: Columns) -> bool:
    same = plan.components is reading.components or plan.components == reading.components
    return same and plan.names == reading.columns.keys() | extra.keys()


def _gather(gathered: Gathered, plan: Plan, reading: Reading, extra: Columns) -> None:
    if not len(plan.slots):
        return
    gathered.take.append(plan.take + len(gathered.flat))
    for name in plan.columns:
        gathered.flat.extend(extra[name] if name in extra else reading.columns[name])
    gathered.slots.append(plan.slots)
    gathered.at.append(reading.at)
    gathered.counts.append(len(plan.slots))


def _rounds(readings: Iterable[tuple[Reading, Columns]]) -> list[list[tuple[Reading, Columns]]]:
    """Readings so parted that no table of a device comes twice in one part, older ones first."""
    rounds: list[list[tuple[Reading, Columns]]] = []
    seen: dict[tuple[DeviceId, str], int] = {}
    for reading, extra in readings:
        turn = seen.get((reading.device, reading.table), -1) + 1
        seen[reading.device, reading.table] = turn
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append((reading, extra))
    return rounds
