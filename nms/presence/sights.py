"""The last sights of each address, in memory: where it was seen, since when without a break, which place is best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nms.model import DeviceId, Sight, Sighting
from nms.presence.places import Map, Nearness, Port

FRESH_SECONDS = 960.0
"""Three readings of a forwarding table: what was not seen for so long is not there any more."""
TWICE_SECONDS = 2 * FRESH_SECONDS
"""An address seen at two single places for so long, without a break, is in use twice."""


@dataclass(slots=True)
class Run:
    """An address seen at one place again and again."""

    sight: Sight
    vlan: int | None
    began: float
    last: float


@dataclass(frozen=True, slots=True)
class Best:
    """The place where an address stands. `run` is when it was seen there."""

    port: Port
    nearness: Nearness
    run: Run


@dataclass(slots=True)
class Sights:
    map: Map
    _runs: dict[str, dict[Port, Run]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._runs)

    def saw(self, device: DeviceId, one: Sighting, at: float) -> None:
        """Takes in one sight of an address behind an interface."""
        places = self._runs.setdefault(one.mac, {})
        port = (device, one.interface)
        run = places.get(port)
        if run is None or at - run.last > FRESH_SECONDS:
            places[port] = Run(one.sight, one.vlan, at, at)
        else:
            run.last = max(run.last, at)
            run.vlan = one.vlan if one.vlan is not None else run.vlan
            run.sight = one.sight if one.sight is not Sight.ARP else run.sight

    def best(self, mac: str, now: float) -> Best | None:
        """The nearest place; of equally near ones that to which it came last: the others have yet to forget it."""
        found = list(self._places(mac, now))
        return min(found, key=lambda best: (best.nearness, -best.run.began)) if found else None

    def twice(self, mac: str, now: float) -> list[Port]:
        """The single places at which one address has been seen all the while; fewer than two: it is in order."""
        singles = [best for best in self._places(mac, now) if best.nearness is Nearness.PORT]
        long = [best for best in singles if best.run.last - best.run.began >= TWICE_SECONDS]
        return [best.port for best in long] if len(long) > 1 else []

    def forget(self, now: float) -> None:
        """Drops what was not seen lately."""
        for mac, places in list(self._runs.items()):
            kept = {port: run for port, run in places.items() if now - run.last <= FRESH_SECONDS}
            if kept:
                self._runs[mac] = kept
            else:
                del self._runs[mac]

    def _places(self, mac: str, now: float) -> Iterable[Best]:
        for port, run in self._runs.get(mac, {}).items():
            nearness = self._nearness(port, run)
            if nearness is not None and now - run.last <= FRESH_SECONDS:
                yield Best(port, nearness, run)

    def _nearness(self, port: Port, run: Run) -> Nearness | None:
        if run.sight is Sight.WIRELESS:
            return Nearness.RADIO
        if run.sight is Sight.ARP:
            return Nearness.ROUTED
        return self.map.nearness(*port)
