"""Which telephone sets of the inventory are registered, over all exchanges: a set belongs to where it last was.

Exchanges tell addresses; nothing else of a set is the same on both sides. What is known is known since the start:
a set that was registered nowhere yet is missed by the exchange that has most of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nms.collect.parts import part
from nms.messages import called
from nms.model import Device, DeviceId, Message, Parameter, Role, Severity, StateReading

SETS = part("registration", called("Telephones"), "telephones")
SETTLE_SECONDS = 180.0
"""A set that was started again, or that another exchange has yet to tell of, is back by then."""
FRESH_SECONDS = 900.0
"""What another exchange told counts for so long: some tables are read every five minutes only."""
_MOST_NAMES = 50


@dataclass(frozen=True, slots=True)
class _Told:
    at: float
    sets: frozenset[str]


@dataclass(slots=True)
class Desk:
    """One for all exchanges. `sets`: the telephone sets of the inventory by address."""

    sets: Mapping[str, Device] = field(default_factory=dict)
    _told: dict[DeviceId, _Told] = field(default_factory=dict)
    _home: dict[str, DeviceId] = field(default_factory=dict)
    _missing_since: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, devices: Iterable[Device]) -> Desk:
        return cls({device.address: device for device in devices if device.role is Role.PHONE and device.address})

    def compare(self, exchange: DeviceId, registered: Iterable[str], at: float) -> tuple[StateReading, ...]:
        """How many of its sets an exchange has, from the addresses of those that are registered there.

        Nothing where none of the inventory ever was: behind a session border controller all have its address.
        """
        here = frozenset(self.sets.keys() & set(registered))
        self._told[exchange] = _Told(at, here)
        self._home |= dict.fromkeys(here, exchange)
        present = here | self._elsewhere(exchange, at)
        own = self._own(exchange)
        missing = sorted(own - present, key=lambda address: self.sets[address].name)
        for address in present:
            self._missing_since.pop(address, None)
        since = [self._missing_since.setdefault(address, at) for address in missing]
        if not own:
            return ()
        late = [address for address, began in zip(missing, since, strict=True) if at - began >= SETTLE_SECONDS]
        return (self._state(len(own), missing, late),)

    def _state(self, whole: int, missing: list[str], late: list[str]) -> StateReading:
        there = whole - len(missing)
        counted: dict[str, Parameter] = {"there": there, "all": whole}
        text = Message("{there} of {all} telephones of the inventory", counted)
        if missing:
            names = ", ".join(self.sets[address].name for address in missing[:_MOST_NAMES])
            counted["names"] = names + (" ..." if len(missing) > _MOST_NAMES else "")
            text = Message("{there} of {all} telephones of the inventory, missing {names}", counted)
        worst = Severity.WARNING if there or whole == 1 else Severity.CRITICAL
        about = tuple(self.sets[address].id for address in missing)
        return StateReading(SETS, "registered", there, text, worst if late else None, about=about)

    def _own(self, exchange: DeviceId) -> set[str]:
        """Its sets, and those that were nowhere yet where it has most."""
        count = Counter(self._home.values())
        own = {address for address, home in self._home.items() if home == exchange}
        largest = max(count, key=lambda one: (count[one], one), default=None)
        return own | (self.sets.keys() - self._home.keys() if largest == exchange else set())

    def _elsewhere(self, exchange: DeviceId, at: float) -> frozenset[str]:
        told = (one for name, one in self._told.items() if name != exchange and at - one.at <= FRESH_SECONDS)
        return frozenset().union(*(one.sets for one in told))
