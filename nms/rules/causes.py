"""Why a device is silent: itself, its power, a cut link, what it is reached through, or the monitor's own uplink.

One `Causes` is made for one judgement: it asks each device once, its power before its path and its parents before
itself, and remembers the answers, so that a whole building costs one walk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from nms.model import DeviceId
from nms.rules.keys import UPLINK, device_key
from nms.rules.policies import ReachabilityPolicy
from nms.rules.sights import Sight, Sights
from nms.rules.topology import Topology


class Why(StrEnum):
    """What explains a silence. `WAITING`: not settled yet, a poll more will tell."""

    ITSELF = "itself"
    POWER = "power"
    CUT = "cut"
    BEHIND = "behind"
    UPLINK = "uplink"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Cause:
    """`root` is the verdict key at the bottom of it, `through` the thing next on the way there, for people."""

    why: Why
    root: str = ""
    through: str = ""


_WAITING = Cause(Why.WAITING)


class Causes:
    """The causes of all silences at one moment. `cut` names the down link between a parent and its child."""

    def __init__(
        self,
        sights: Sights,
        topology: Topology,
        policy: ReachabilityPolicy,
        cut: Mapping[tuple[DeviceId, DeviceId], str],
    ) -> None:
        self._sights = sights
        self._topology = topology
        self._policy = policy
        self._cut = cut
        self._known: dict[DeviceId, Cause] = {}
        self._asking: set[DeviceId] = set()
        self.target_names = frozenset(targets(policy, topology))
        self._targets: list[Sight] = []
        self._targets = self._considered_targets()
        self._known.clear()

    def of(self, device: DeviceId) -> Cause:
        """The cause of one silence; devices that depend on each other in a circle do not explain one another."""
        known = self._known.get(device)
        if known is not None:
            return known
        if device in self._asking:
            return _WAITING
        self._asking.add(device)
        found = self._ask(device, self._sights.of(device))
        self._asking.discard(device)
        self._known[device] = found
        return found

    def gone(self, device: DeviceId) -> bool:
        """Whether a device is silent beyond doubt."""
        return device in self._sights.silent and self.of(device).why is not Why.WAITING

    def of_all(self, devices: Sequence[DeviceId]) -> str:
        """The alert that explains why all of them are missed; empty where one of them answers, or there is none."""
        if not devices or not self._sights.silent.issuperset(devices):
            return ""
        return self.of(devices[0]).root or device_key(devices[0])

    def without_output(self, feeder: DeviceId) -> bool:
        """Whether a UPS or PDU feeds nothing: it says so, or went dark on battery or without power itself.

        Only the power chain is asked. A UPS is often reached through the switch that it feeds: asking here why it is
        silent would lead back to whom it feeds, and the answer would depend on who was asked first.
        """
        sight = self._sights.of(feeder)
        if feeder not in self._sights.silent:
            return sight.no_output and bool(sight.heard)
        feeders = self._topology.feeders.get(feeder, ())
        return sight.on_battery or (bool(feeders) and all(self.without_output(one) for one in feeders))

    def failing_feed(self, device: DeviceId) -> str:
        """The alert that will tell of the power of a device, when all that feeds it was last seen failing.

        Empty where its power is well, or it has none that is watched.
        """
        feeders = self._topology.feeders.get(device, ())
        failing = [one for one in feeders if self._sights.of(one).on_battery or self.without_output(one)]
        if not feeders or failing != list(feeders):
            return ""
        return self._sights.of(failing[0]).battery_key or device_key(failing[0])

    @property
    def targets(self) -> int:
        """How many independent targets tell of the monitor's uplink."""
        return len(self._targets)

    def uplink_is_dead(self) -> bool:
        """Whether too few of the independent targets answered their last poll."""
        if len(self._targets) < 2 or not all(sight.polled for sight in self._targets):
            return False
        return self.heard_targets < self._policy.uplink_quorum

    @property
    def heard_targets(self) -> int:
        """How many of the independent targets answered their last poll, or could not be asked at all."""
        return sum(sight.heard is not False for sight in self._targets)

    def _considered_targets(self) -> list[Sight]:
        return [
            self._sights.of(name)
            for name in sorted(self.target_names)
            if not (name in self._sights.silent and self._power(name, self._sights.of(name)))
        ]

    def _ask(self, device: DeviceId, sight: Sight) -> Cause:
        if sight.silent_polls < self._policy.confirmations:
            return _WAITING
        patient = sight.silent_polls < self._policy.confirmations + self._policy.wait_polls
        return (
            self._power(device, sight)
            or self._uplink(sight, patient)
            or self._path(device, sight, patient)
            or self._cut_link(device)
            or self._fed_by_the_dead(device)
            or Cause(Why.ITSELF, device_key(device))
        )

    def _power(self, device: DeviceId, sight: Sight) -> Cause | None:
        if sight.on_battery:
            return Cause(Why.POWER, sight.battery_key or device_key(device))
        feeders = self._topology.feeders.get(device, ())
        if not feeders or not all(self.without_output(feeder) for feeder in feeders):
            return None
        return Cause(Why.POWER, self._power_root(feeders[0]) or device_key(device), feeders[0])

    def _power_root(self, feeder: DeviceId) -> str:
        """The alert that tells of a feeder without output; empty where it answers and no alert does."""
        sight = self._sights.of(feeder)
        if feeder not in self._sights.silent:
            return sight.power_key
        return (sight.battery_key or device_key(feeder)) if sight.on_battery else self.of(feeder).root

    def _uplink(self, sight: Sight, patient: bool) -> Cause | None:
        """All of the targets must be asked after the silence began before their silence means anything."""
        if len(self._targets) < 2:
            return None
        answered = sum(target.answered > sight.silent_from for target in self._targets)
        if answered >= self._policy.uplink_quorum:
            return None
        if all(target.polled >= sight.silent_from for target in self._targets) or not patient:
            return Cause(Why.UPLINK, UPLINK) if self.uplink_is_dead() else None
        return _WAITING

    def _path(self, device: DeviceId, sight: Sight, patient: bool) -> Cause | None:
        parents = self._topology.parents.get(device, ())
        gone = [parent for parent in parents if self.gone(parent)]
        if parents and len(gone) == len(parents):
            return Cause(Why.BEHIND, self.of(gone[0]).root, gone[0])
        doubtful = [parent for parent in parents if parent not in gone and self._doubtful(parent, sight)]
        if patient and parents and len(gone) + len(doubtful) == len(parents):
            return _WAITING
        return None

    def _doubtful(self, parent: DeviceId, child: Sight) -> bool:
        """A parent that is suspected, or was not asked since its child fell silent."""
        if parent in self._asking:
            return False
        sight = self._sights.of(parent)
        return parent in self._sights.silent or 0 < sight.polled < child.silent_from

    def _cut_link(self, device: DeviceId) -> Cause | None:
        """Every parent that still answers sees its link to the device down."""
        alive = [parent for parent in self._topology.parents.get(device, ()) if not self.gone(parent)]
        links = [self._cut.get((parent, device)) for parent in alive]
        if not links or links[0] is None or None in links:
            return None
        return Cause(Why.CUT, links[0], links[0].partition("/")[2])

    def _fed_by_the_dead(self, device: DeviceId) -> Cause | None:
        """All feeders are dead for reasons of their own, not because this device was the way to them."""
        feeders = self._topology.feeders.get(device, ())
        if not feeders or any(self._reached_through(feeder, device) for feeder in feeders):
            return None
        if not all(feeder not in self._asking and self.gone(feeder) for feeder in feeders):
            return None
        causes = [self.of(feeder) for feeder in feeders]
        if any(cause.why not in {Why.ITSELF, Why.POWER} for cause in causes):
            return None
        return Cause(Why.POWER, causes[0].root, feeders[0])

    def _reached_through(self, device: DeviceId, candidate: DeviceId) -> bool:
        seen, queue = {device}, [device]
        while queue:
            for parent in self._topology.parents.get(queue.pop(), ()):
                if parent == candidate:
                    return True
                if parent not in seen:
                    seen.add(parent)
                    queue.append(parent)
        return False


_ENOUGH_TARGETS = 8


def targets(policy: ReachabilityPolicy, topology: Topology) -> tuple[DeviceId, ...]:
    """The targets that tell of the monitor's uplink: those of the settings, else the tops of the topology.

    Where it has no levels at all, a few of its devices.
    """
    if policy.uplink_targets:
        return policy.uplink_targets
    tops = tuple(root for root in topology.roots if root in topology.children)
    return tops or topology.roots[:_ENOUGH_TARGETS]
