"""The one entry point of judging: polls in, verdicts and states out.

Nothing here needs to survive a restart. Give it the open alerts, and it goes on where the last one stopped: what
cannot be judged yet is said to be unknown, so that no alert is resolved for want of memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nms.model import (
    Component,
    Device,
    DeviceId,
    Inventory,
    Message,
    Neighbour,
    Parameter,
    Poll,
    Reading,
    Severity,
    State,
    Verdict,
)
from nms.rules import links, topology
from nms.rules.baseline import Baseline, Baselines, SeriesKey
from nms.rules.causes import Causes, targets
from nms.rules.choosing import ThresholdBook
from nms.rules.conditions import Conditions
from nms.rules.configured import of_device
from nms.rules.derived import RateSource, interface_ratios
from nms.rules.general import explained
from nms.rules.keys import STALLED, UPLINK, device_key
from nms.rules.ledger import Ledger
from nms.rules.policies import MONITOR, Limit, Policies, Thresholds
from nms.rules.ports import Ports
from nms.rules.prospects import Series, judge_prospects
from nms.rules.rates import TotalRates
from nms.rules.reachability import View, judge_reachability
from nms.rules.sights import Sights
from nms.rules.steady import SteadyClock
from nms.rules.thresholds import Columns, Judged
from nms.rules.voice_lines import explained_by_lines
from nms.rules.words import filled, when


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one call found. Verdicts are of conditions that hold, have ended, or cannot be judged.

    States are those of the devices and links that were looked at, changed or not.
    """

    verdicts: tuple[Verdict, ...] = ()
    device_states: Mapping[DeviceId, State] = field(default_factory=dict)
    link_states: Mapping[str, State] = field(default_factory=dict)


class Judge:
    """Judges polls as they come, and silence as time passes.

    Call `judge` after each batch of polls and `tick` every few seconds, more often than `policies.longest_pause`.
    `open_alerts` (key to device and severity) are those that the store holds at a start, `explained` those of them that
    another explains.
    """

    def __init__(
        self,
        inventory: Inventory,
        policies: Policies | None = None,
        open_alerts: Mapping[str, tuple[DeviceId, Severity]] | None = None,
        rates: RateSource | None = None,
        explained: Mapping[str, str] | None = None,
    ) -> None:
        self.policies = policies or Policies()
        self.ledger = Ledger(open_alerts)
        self._rates = rates or TotalRates()
        self._clock = SteadyClock(self.policies.longest_pause)
        self._sights, self._tracks, self._conditions = Sights(), links.Tracks(), Conditions()
        self._sights.recall(explained or {})
        self._ports, self._baselines = Ports(), Baselines()
        self._cut: frozenset[tuple[DeviceId, DeviceId]] = frozenset()
        self._neighbours: dict[DeviceId, tuple[Neighbour, ...]] = {}
        self._places: Mapping[DeviceId, tuple[DeviceId, str]] = {}
        self._names: dict[DeviceId, str] = {}
        self._families: dict[DeviceId, tuple[str, ...]] = {}
        self._limits: dict[DeviceId, frozenset[tuple[str, str, str, str, float]]] = {}
        self._adopt(inventory)

    @property
    def inventory(self) -> Inventory:
        return self._inventory

    @property
    def topology(self) -> topology.Topology:
        return self._topology

    def beside(self, device: DeviceId) -> Iterable[DeviceId]:
        """What else to ask when a device falls silent: what it is reached through and fed by, the uplink's targets.

        May be called from another thread: it reads what is only ever replaced.
        """
        topology = self._topology
        return {*topology.parents.get(device, ()), *topology.feeders.get(device, ()), *self._targets} - {device}

    def state(self, device: DeviceId) -> State:
        """The last state of a device; unknown before its first poll."""
        sight = self._sights.devices.get(device)
        return sight.state if sight else State.UNKNOWN

    def reload(self, inventory: Inventory) -> None:
        """Another inventory: what is known of devices that stay is kept; alerts of those that left will end."""
        gone = self._inventory.devices.keys() - inventory.devices.keys()
        self._sights.forget(gone)
        self._adopt(inventory)
        self.ledger.unclaimed |= {key for device in gone for key in self.ledger.keys_of(device)}

    def learn_families(self, device: DeviceId, families: tuple[str, ...]) -> None:
        """Which collector families a device was matched to: they choose its thresholds."""
        if self._families.get(device) != families:
            self._families[device] = families
            self._judged.forget_plans(device)

    def learn_limits(self, device: DeviceId, limits: Iterable[Limit]) -> None:
        """Default limits that a device or its family states: level is `warning_above`, `critical_below`, ..."""
        listed = tuple(limits)
        told = frozenset((one.component.kind, one.component.key, one.metric, one.level, one.value) for one in listed)
        if self._limits.get(device) == told:
            return
        self._limits[device] = told
        self._book.learn(device, listed)
        self._judged.forget_plans(device)

    def learn_baselines(self, baselines: Mapping[SeriesKey, Baseline]) -> None:
        """What is usual by hour of the week, learned from the history as often as the caller likes; replaces all."""
        self._baselines.learn(baselines)

    def foresee(self, series: Iterable[Series], now: float, lead_seconds: float = 0.0) -> Judgement:
        """Forecasts from stored histories, once a day: the caller brings the series of `prospects.PROSPECTS`.

        `lead_seconds`: a limit that will be reached within it is always told.
        """
        asked = ((one, self.thresholds(one[0].device, one[0].metric, one[0].component)) for one in series)
        return Judgement(tuple(judge_prospects(asked, self.ledger, now, lead_seconds)))

    def thresholds(self, device: DeviceId, metric: str, component: Component) -> Thresholds:
        """The thresholds that speak of one metric of one component."""
        known = self._inventory.devices.get(device)
        return self._book.choose(known, self._families_of(device), metric, component) if known else ()

    def judge(self, polls: Sequence[Poll], now: float) -> Judgement:
        """Judge a batch of polls, in the order in which they were made. `now` is Unix seconds."""
        steady = self._clock.at(now)
        known = [poll for poll in polls if poll.device in self._inventory.devices]
        told = []
        for poll in polls:
            if poll.device in self._inventory.devices or poll.device in self._targets:
                self._observe(poll, steady)
        for poll in known:
            told += self._ports.observe(poll, self.policies.links)
        self._learn(known)
        polled = {poll.device for poll in polls}
        return self._conclude(known, polled, told, now, steady)

    def tick(self, now: float) -> Judgement:
        """What time itself tells: devices that nobody polls, metrics that no longer come, alerts without a rule."""
        steady = self._clock.at(now)
        stale = self._stale(steady)
        states = dict.fromkeys(stale, State.UNKNOWN)
        verdicts = [*self._unpolled(stale, now, steady), *self._unseen(now, steady), *self._orphans(now, steady)]
        return Judgement(tuple(self.ledger.enter(verdicts)), states)

    def _adopt(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._links_of = links.by_device(inventory)
        own = {name: tuple(of_device(device)) for name, device in inventory.devices.items()}
        self._book = ThresholdBook.of(self.policies.thresholds, own)
        self._judged = Judged(
            self._book, inventory.devices, self._families_of, self.policies, self.ledger
        )  # rebuilt: its limits may all have changed, and the ledger says what was raised
        self._limits.clear()
        self._connect()

    def _connect(self) -> None:
        self._topology = topology.build(
            self._inventory, self._neighbours, self._names, self.policies.monitor_at, self._places
        )
        self._targets = frozenset(targets(self.policies.reachability, self._topology))
        self._ports.watch(links.watched_interfaces(self._inventory, self._topology, self.policies))

    def _families_of(self, device: DeviceId) -> tuple[str, ...]:
        return self._families.get(device) or self._inventory.devices[device].families

    def learn_places(self, places: Mapping[DeviceId, tuple[DeviceId, str]]) -> None:
        """At which interface of which device forwarding tables have each device."""
        if places != self._places:
            self._places = dict(places)
            self._connect()

    def _learn(self, polls: Iterable[Poll]) -> None:
        """Neighbours and system names, as they change: they complete the topology."""
        changed = False
        for poll in polls:
            name = poll.facts.get("sysName") or poll.facts.get("name") or ""
            if poll.neighbours and self._neighbours.get(poll.device) != poll.neighbours:
                self._neighbours[poll.device], changed = poll.neighbours, True
            if name and self._names.get(poll.device) != name:
                self._names[poll.device], changed = name, True
        if changed:
            self._connect()

    def _observe(self, poll: Poll, steady: float) -> None:
        was_silent = poll.device in self._sights.silent
        self._sights.observe(poll, steady, self.policies.reachability)
        if was_silent and poll.heard:
            self._sights.doubt(self._topology.behind(poll.device))
            if poll.device in self._targets and self.ledger.holds(UPLINK):
                self._sights.doubt(list(self._sights.silent))

    def _conclude(
        self, polls: Sequence[Poll], polled: set[DeviceId], told: list[tuple[DeviceId, str]], now: float, steady: float
    ) -> Judgement:
        view = links.LinkView(
            self._inventory, self._links_of, self._ports, self._sights, self._tracks, self.policies, self.ledger
        )
        cut = links.cut_between(view)
        for _, far in self._cut - cut.keys():
            self._sights.doubt({far, *self._topology.behind(far)})
        self._cut = frozenset(cut)
        causes = Causes(self._sights, self._topology, self.policies.reachability, cut)
        link_verdicts, link_states = links.judge_links(view, causes, told, now)
        reach = judge_reachability(
            View(self._inventory, self._topology, self._sights, self.policies, self.ledger, cut),
            polled,
            now,
        )
        verdicts = [*reach.verdicts, *link_verdicts]
        for poll in polls:
            verdicts += self._conditions.judge(
                poll, self._inventory.devices[poll.device].name, self.ledger, now, steady, causes.of_all
            )
        rated = list(self._with_rates(polls))
        for reading, rates in rated:
            verdicts += self._baselines.judge(reading, rates, self.ledger, now)
        verdicts += self._judged.judge(rated, now, steady)
        verdicts = explained(verdicts, self._conditions.general, self.ledger)
        verdicts = explained_by_lines(verdicts, self.ledger)
        return Judgement(tuple(self.ledger.enter(verdicts)), reach.states, link_states)

    def _with_rates(self, polls: Iterable[Poll]) -> Iterable[tuple[Reading, Columns]]:
        for poll in polls:
            for reading in poll.readings:
                rates = self._rates.rates(reading)
                yield reading, {**rates, **interface_ratios(reading, rates)} if rates else rates

    def _stale(self, steady: float) -> list[DeviceId]:
        return [
            name
            for name, device in self._inventory.devices.items()
            if device.endpoints and self._unseen_for(name, steady) > self._patience(device)
        ]

    def _patience(self, device: Device) -> float:
        """Three intervals, and what the visit itself may last. The first one after a start reads everything."""
        grace = 0.0 if device.id in self._sights.devices else self.policies.start_grace
        intervals = self.policies.reachability.stale_intervals * device.interval
        return intervals + self.policies.visit_seconds + grace

    def _unseen_for(self, device: DeviceId, steady: float) -> float:
        sight = self._sights.devices.get(device)
        return steady - (sight.seen_at if sight else 0.0)

    def _unpolled(self, stale: Sequence[DeviceId], now: float, steady: float) -> Iterable[Verdict]:
        """Devices that nobody polls are unknown, never down, and one verdict says that polling has stopped.

        It waits one interval more, until it knows how many they are: their polls were spread over one.
        """
        devices = self._inventory.devices
        overdue = any(
            self._unseen_for(name, steady) > self._patience(devices[name]) + devices[name].interval for name in stale
        )
        if overdue or self.ledger.holds(STALLED):
            yield self._stalled(stale, now, steady)
        for name in stale:
            sight = self._sights.of(name)
            if not sight.unpolled:
                sight.state, sight.unpolled = State.UNKNOWN, True
                yield from self._untold(devices[name], sight.at, now)

    def _untold(self, device: Device, at: float, now: float) -> Iterable[Verdict]:
        shown = when(at, self.policies.zone) if at else "?"
        summary = Message("{device} has not been polled since {at}", {"device": device.name, "at": shown})
        for key in dict.fromkeys((device_key(device.id), *self.ledger.keys_of(device.id))):
            yield Verdict(key, "reachability", device.id, now, None, summary, unknown=True)

    def _stalled(self, stale: Sequence[DeviceId], now: float, steady: float) -> Verdict:
        polled = [device for device in self._inventory.devices.values() if device.endpoints]
        if stale and self._is_nobody_polled(polled, steady):
            stale = [device.id for device in polled]
        whole = len(polled)
        params: dict[str, Parameter] = {"count": len(stale), "whole": whole}
        severity = Severity.CRITICAL if len(stale) * 2 > whole else Severity.WARNING
        stopped, running = Message("{count} of {whole} devices are not being polled"), Message("All devices are polled")
        evidence = tuple(Message("{device} waits for its poll", {"device": name}) for name in stale[:5])
        return Verdict(
            STALLED, "polling", MONITOR, now, severity if stale else None,
            filled(stopped if stale else running, params), value=float(len(stale)), evidence=evidence,
        )  # fmt: skip

    def _is_nobody_polled(self, polled: Sequence[Device], steady: float) -> bool:
        """Whether no poll of any device came for longer than those that are asked most often would let pass."""
        shortest = min(device.interval for device in polled)
        return all(
            self._unseen_for(device.id, steady) > 2 * shortest + self.policies.visit_seconds for device in polled
        )

    def _unseen(self, now: float, steady: float) -> Iterable[Verdict]:
        answering = {
            name: sight.seen_at
            for name, sight in self._sights.devices.items()
            if name not in self._sights.silent and name in self._inventory.devices
        }
        yield from self._judged.unseen(answering, now, steady)
        yield from self._judged.missing(answering, now, steady)
        patience = self.policies.reachability.stale_intervals * 60.0
        yield from self._conditions.unseen(self.ledger, answering, now, patience, self.policies.forget_seconds)

    def _orphans(self, now: float, steady: float) -> list[Verdict]:
        """Alerts from before the start of which no rule has spoken for long: their device or limit is gone."""
        if steady < self.policies.orphan_seconds:
            return []
        found = []
        for key in sorted(self.ledger.unclaimed):
            device = self.ledger.device(key)
            if device is not None and self._is_over(device):
                summary = Message("Nothing watches {key} any more", {"key": key})
                found.append(Verdict(key, "orphans", device, now, None, summary))
        return found

    def _is_over(self, device: DeviceId) -> bool:
        """A device that left, or one that answers and yet none of whose rules claims the alert."""
        if device not in self._inventory.devices:
            return True
        sight = self._sights.devices.get(device)
        return sight is not None and bool(sight.heard)
