"""SNMP as an asker: families read the device, counters become rates, and the first answer is the witness.

What is remembered of a device between polls (its session, its families' memory, its counters) lives here and may be
lost at any time: it costs one full read and one interval without rates.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nms.collect.answer import Answer, Resolver, failed
from nms.collect.catalogue import Catalogue
from nms.collect.collected import Collected, DeviceLimit, Memory
from nms.collect.gather import visit
from nms.collect.rated import Rated
from nms.collect.rates import Clock
from nms.collect.sightings import registered, sightings
from nms.collect.telephony.desk import Desk
from nms.collect.vlan_tables import VlanTables
from nms.model import (
    DEVICE_ITSELF,
    Device,
    DeviceId,
    Endpoint,
    Outcome,
    Reading,
    Sight,
    Sighting,
    StateReading,
    Witness,
)
from nms.transports.errors import TransportError
from nms.transports.snmp.client import SnmpClient
from nms.transports.snmp.session import SnmpSession
from nms.transports.snmp.targets import SnmpTarget
from nms.transports.snmp.values import SnmpReader, Table, Value

TRANSPORT = "snmp"

Learn = Callable[[DeviceId, Sequence[str], Sequence[DeviceLimit]], None]
"""Told of a device's families and of the limits that it or they state, after each visit that read them."""


@dataclass(slots=True)
class _Known:
    """What is kept of one agent between visits."""

    target: SnmpTarget
    session: SnmpSession
    memory: Memory = field(default_factory=Memory)
    by_vlan: VlanTables = field(default_factory=VlanTables)


@dataclass(slots=True)
class SnmpAsker:
    """Asks SNMP agents. `resolve` turns an endpoint into a target with its credential."""

    client: SnmpClient
    catalogue: Catalogue
    resolve: Resolver[SnmpTarget]
    learn: Learn = lambda device, families, limits: None
    desk: Desk = field(default_factory=Desk)
    rated: Rated = field(init=False)
    _known: dict[tuple[DeviceId, str, int | None], _Known] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rated = Rated(self.catalogue)

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        try:
            known = self._of(device, endpoint)
            known.session.renew()
            reader = _Timed(known.session)
            collected = await visit(self.catalogue, reader, device, at, known.memory)
            seen, problems = await self._stations(known, collected, at)
            collected = replace(collected, problems=(*collected.problems, *problems))
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        self.learn(device.id, collected.families, collected.limits)
        outcome = Outcome.PARTIAL if collected.problems else Outcome.ANSWERED
        witness = Witness(TRANSPORT, outcome, at, reader.round_trip, reason="; ".join(collected.problems))
        answer = self._answer(device, at, collected, witness, known.memory)
        return replace(answer, sightings=seen, states=(*answer.states, *self._registered(device, collected, at)))

    def _registered(self, device: Device, collected: Collected, at: float) -> tuple[StateReading, ...]:
        """The telephone sets of the inventory at a call manager, where this visit read which are registered."""
        phones = collected.records.get("phones")
        return self.desk.compare(device.id, registered(phones), at) if phones else ()

    async def _stations(
        self, known: _Known, collected: Collected, at: float
    ) -> tuple[tuple[Sighting, ...], Sequence[str]]:
        """The stations that the device sees; VLAN by VLAN where its agent keeps them apart."""
        seen = tuple(sightings(collected.records))
        recognised = known.memory.recognised
        families = recognised.families if recognised else ()
        if not any(self.catalogue.families[name].vlan_contexts for name in families):
            return seen, ()
        forwarded = [one for one in seen if one.sight is Sight.FORWARDING]
        if any(one.vlan is not None for one in forwarded):
            return seen, ()
        known.by_vlan.learn(collected)
        if not known.by_vlan.vlans:
            return seen, ()
        others = tuple(one for one in seen if one.sight is not Sight.FORWARDING)
        read = await known.by_vlan.read(self.client.session, known.target, at)
        return (others, ()) if read is None else ((*others, *read[0]), read[1])

    def _of(self, device: Device, endpoint: Endpoint) -> _Known:
        key = (device.id, endpoint.address, endpoint.port)
        target = self.resolve(device, endpoint)
        known = self._known.get(key)
        if known is None or known.target != target:
            known = self._known[key] = _Known(target, self.client.session(target))
        return known

    def _answer(self, device: Device, at: float, collected: Collected, witness: Witness, memory: Memory) -> Answer:
        clock = Clock(time.monotonic(), int(memory.uptime) if memory.uptime is not None else None)
        readings = [self.rated(reading, clock, collected) for reading in collected.readings]
        if witness.round_trip is not None:
            columns = {"snmp_round_trip_seconds": [witness.round_trip]}
            readings.append(Reading(device.id, TRANSPORT, at, (DEVICE_ITSELF,), columns))
        return Answer(
            witness=witness,
            readings=tuple(readings),
            states=collected.states,
            facts=collected.facts,
            neighbours=collected.neighbours,
            problems=tuple(f"{TRANSPORT}: {problem}" for problem in collected.problems),
        )


@dataclass(slots=True)
class _Timed:
    """A reader that notes how long its first answer took."""

    reader: SnmpReader
    round_trip: float | None = None

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        began = time.perf_counter()
        found = await self.reader.get(oids)
        if self.round_trip is None:
            self.round_trip = time.perf_counter() - began
        return found

    async def table(self, columns: Sequence[str]) -> Table:
        return await self.reader.table(columns)

    async def walk(self, root: str) -> Mapping[str, Value]:
        return await self.reader.walk(root)
