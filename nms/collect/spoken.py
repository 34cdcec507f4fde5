"""Network equipment over SSH: families whose tables are answers to commands (TextFSM) or getters of NAPALM.

The language, the schedule and everything after the rows is that of SNMP families: what a device told becomes a
reader of tables, and `nms.collect.gather` reads them. A command or getter that fails is named; the rest is kept.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nms.collect.answer import Answer, Resolver, failed
from nms.collect.catalogue import Catalogue
from nms.collect.collected import Collected, Memory
from nms.collect.compiled import Told
from nms.collect.gather import collect, due, facts_due
from nms.collect.napalm_rows import SHEETS
from nms.collect.plan import Plan, plan
from nms.collect.rated import Rated
from nms.collect.rates import Clock
from nms.collect.sightings import sightings
from nms.collect.textual import rows_of
from nms.model import DEVICE_ITSELF, Device, DeviceId, Endpoint, Outcome, Reading, Witness
from nms.transports.errors import LocalFault, Malformed, TransportError
from nms.transports.getters import get
from nms.transports.snmp.values import Table, Value
from nms.transports.ssh import SshClient, SshTarget

log = logging.getLogger(__name__)

TRANSPORT = "ssh"

Sheet = Sequence[Mapping[str, object]] | Malformed
"""Rows of named values, or why there are none."""


@dataclass(slots=True)
class Spoken:
    """What was told in one visit, as a reader of tables: the collector language does not see the difference.

    `sources`: column OID -> where it is told, and the name of its value there.
    """

    sources: Mapping[str, tuple[Told, str]]
    sheets: Mapping[Told, Sheet] = field(default_factory=dict)

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        return {}

    async def walk(self, root: str) -> Mapping[str, Value]:
        return {}

    async def table(self, columns: Sequence[str]) -> Table:
        """Raises: Malformed where the command or getter behind the columns failed."""
        told = self.sources[columns[0]][0]
        sheet = self.sheets.get(told, ())
        if isinstance(sheet, Malformed):
            raise sheet
        cells: dict[str, list[Value | None]] = {
            oid: [row.get(self.sources[oid][1]) for row in sheet]  # type: ignore[misc]
            for oid in columns
        }
        # a value that no row has is known to be empty, other than a column that an SNMP agent lacks
        return Table([str(number) for number in range(1, len(sheet) + 1)], cells if sheet else {})


@dataclass(slots=True)
class SpokenAsker:
    """Asks devices of the platforms that some family reads over SSH."""

    client: SshClient
    catalogue: Catalogue
    resolve: Resolver[SshTarget]
    rated: Rated = field(init=False)
    _memories: dict[tuple[DeviceId, str, int | None], Memory] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rated = Rated(self.catalogue)

    def platforms(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for one in self.catalogue.families.values() for name in one.platforms))

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        began = time.monotonic()
        memory = self._memories.setdefault((device.id, endpoint.address, endpoint.port), Memory())
        try:
            collected = await self.collect(device, endpoint, at, memory)
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        return self._answer(at, collected, time.monotonic() - began)

    async def collect(
        self, device: Device, endpoint: Endpoint, at: float, memory: Memory, *, full: bool = False
    ) -> Collected:
        """One visit. Raises: the transport's errors when the device tells nothing at all."""
        wanted = self._plan(device, endpoint)
        spoken = Spoken(_sources(wanted))
        asked = [told for told in dict.fromkeys(told for told, _ in spoken.sources.values())
                 if _is_due(told, wanted, spoken, at, memory, full)]  # fmt: skip
        target = self.resolve(device, endpoint)
        spoken.sheets = {**await self._got(target, asked), **await self._answered(target, asked)}
        collected = await collect(_with_facts_told(wanted, spoken), spoken, device.id, at, memory, full=full)
        return replace(collected, readings=tuple(_of_the_device(reading) for reading in collected.readings))

    def _plan(self, device: Device, endpoint: Endpoint) -> Plan:
        """The families of the platform without the tables that another transport of the device tells better."""
        platform = str(endpoint.options.get("platform"))
        names = [name for name, one in self.catalogue.families.items() if platform in one.platforms]
        if not names:
            known = ", ".join(("linux", *self.platforms()))
            raise LocalFault(f"there is no reader for the platform “{platform}”; known: {known}")
        told = (table.told for name in names for table in self.catalogue.families[name].tables.values())
        better = {transport for one in told if one for transport in one.not_beside}
        return plan(self.catalogue, names, beside=frozenset(better & {one.transport for one in device.endpoints}))

    async def _got(self, target: SshTarget, asked: Iterable[Told]) -> dict[Told, Sheet]:
        """What the getters of NAPALM give, each asked once however many tables are made of it."""
        told = [one for one in asked if one.getter]
        getters = list(dict.fromkeys(SHEETS[one.getter][0] for one in told))
        if not getters:
            return {}
        got = await get(self.client, target, getters)
        sheets: dict[Told, Sheet] = {}
        for one in told:
            getter, rows = SHEETS[one.getter]
            if getter in got.problems:
                sheets[one] = Malformed(f"{getter}: {got.problems[getter]}")
            elif getter in got.results:
                sheets[one] = list(rows(got.results[getter]))
        return sheets

    async def _answered(self, target: SshTarget, asked: Iterable[Told]) -> dict[Told, Sheet]:
        told = [one for one in asked if one.command]
        if not told:
            return {}
        commands = list(dict.fromkeys(one.command for one in told))
        outputs, _logged_in = await self.client.run(target, commands, partly=True)
        return await asyncio.to_thread(_understood, told, outputs)

    def _answer(self, at: float, collected: Collected, took: float) -> Answer:
        clock = Clock(time.monotonic())
        readings = [self.rated(reading, clock, collected) for reading in collected.readings]
        outcome = Outcome.PARTIAL if collected.problems else Outcome.ANSWERED
        return Answer(
            witness=Witness(TRANSPORT, outcome, at, round_trip=took, reason="; ".join(collected.problems)),
            readings=tuple(readings),
            states=collected.states,
            facts=collected.facts,
            neighbours=collected.neighbours,
            problems=tuple(f"{TRANSPORT}: {problem}" for problem in collected.problems),
            sightings=tuple(sightings(collected.records)),
        )


def _of_the_device(reading: Reading) -> Reading:
    """A table of one row may speak of the device itself, which has neither key nor index."""
    mine = all(component.kind == DEVICE_ITSELF.kind for component in reading.components)
    return replace(reading, components=(DEVICE_ITSELF,)) if mine and len(reading.components) == 1 else reading


def _sources(wanted: Plan) -> dict[str, tuple[Told, str]]:
    return {
        column.oid: (table.told, name)
        for table in (*wanted.tables, *wanted.lookups.values())
        if table.told is not None
        for name, column in table.columns.items()
    }


def _with_facts_told(wanted: Plan, spoken: Spoken) -> Plan:
    """Without the facts whose table failed, which the problems name: the other facts are read all the same."""
    silent = {told for told, sheet in spoken.sheets.items() if isinstance(sheet, Malformed)}
    facts = {
        fact: tuple(
            (family, spec)
            for family, spec in specs
            if spec.column is None or spec.column not in spoken.sources or spoken.sources[spec.column][0] not in silent
        )
        for fact, specs in wanted.facts.items()
    }
    return replace(wanted, facts=facts)


def _is_due(told: Told, wanted: Plan, spoken: Spoken, at: float, memory: Memory, full: bool) -> bool:
    """Whether something that it tells is to be read now."""
    facts = (spec.column or "" for specs in wanted.facts.values() for _, spec in specs)
    if facts_due(at, memory, full) and any(spoken.sources[oid][0] == told for oid in facts if oid in spoken.sources):
        return True
    return any(
        due(oid, period, at, memory, full)
        for fetch in wanted.fetches
        for oid, period in fetch.periods.items()
        if spoken.sources[oid][0] == told
    )


def _understood(asked: Iterable[Told], outputs: Mapping[str, str]) -> dict[Told, Sheet]:
    sheets: dict[Told, Sheet] = {}
    for told in asked:
        if told.command not in outputs:
            sheets[told] = Malformed(f"“{told.command}” was not answered in time")
            continue
        try:
            sheets[told] = rows_of(told, outputs[told.command])
        except Malformed as error:
            sheets[told] = error
    return sheets
