"""A conversation with one agent: the `SnmpReader` of the collectors, live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from nms.transports.snmp.agent import Agent, Budget, Reply
from nms.transports.snmp.ber import decode_index, encode_oid
from nms.transports.snmp.layout import Share, layout_of
from nms.transports.snmp.messages import Answer, Form
from nms.transports.snmp.plans import MOST_VARIABLES_OF_A_PLAN, Broken, Places, Plan, PlanRun, Step
from nms.transports.snmp.reader import Column, TableReader
from nms.transports.snmp.reads import Asker, Gather, Shape, TableWalk
from nms.transports.snmp.targets import SnmpTarget
from nms.transports.snmp.values import Table, Value

_MOST_PLANS = 64
_USES_OF_A_PLAN = 1000
_MOST_READS_WITHOUT_PLAN = 32
_IDLE_SECONDS = 10.0
_MOST_CAREFUL_READS = 64


class Opener(Protocol):
    """Makes the protocol side of a session when it is first used (resolving a name takes time)."""

    async def __call__(self, target: SnmpTarget, budget: Budget) -> Asker: ...


class Commons:
    """What all sessions of a client have in common."""

    def __init__(self) -> None:
        self.share = Share()
        self.gate = asyncio.Semaphore(_MOST_CAREFUL_READS)


class _Memory:
    """What a session remembers of one table or list of scalars."""

    __slots__ = ("breaks", "plan", "reads_until_plan", "shape", "uses")

    def __init__(self) -> None:
        self.breaks = 0
        self.reads_until_plan = 0
        self._start_anew()

    def _start_anew(self) -> None:
        self.shape = Shape()
        self.plan: Plan | None = None
        self.uses = 0

    def broke(self) -> None:
        """Tables that change between any two polls are not worth a plan; they get it back by and by."""
        self.breaks = self.breaks + 1 if self.uses < 10 else 1
        self.reads_until_plan = min(2 ** min(self.breaks, 8) - 1, _MOST_READS_WITHOUT_PLAN)
        self.plan = None
        self.uses = 0

    def used(self) -> None:
        """Now and then everything is learned anew: what an agent could not do on a bad day it may do again."""
        self.uses += 1
        if self.uses >= _USES_OF_A_PLAN:
            self._start_anew()


class SnmpSession:
    """Reads one agent. Keep it between polls: it remembers how the device's tables are read fastest.

    The budget of the target holds for one visit: call `renew` at its beginning. A session that was left alone for
    a while begins a new visit by itself.
    """

    def __init__(self, target: SnmpTarget, opener: Opener, commons: Commons) -> None:
        self.target = target
        self._opener = opener
        self._commons = commons
        self._asker: Asker | None = None
        self._opening = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._budget = Budget(target, self._loop.time())
        self._readers = 0
        self._idle_since = self._loop.time()
        self._memories: dict[tuple[str, ...], _Memory] = {}

    @property
    def round_trip(self) -> float | None:
        """Seconds from the first answered request of this visit to its answer."""
        return self._budget.round_trip

    def renew(self) -> None:
        """Begins a new visit with a fresh budget of time and requests."""
        self._budget.renew(self._loop.time())

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        """The instances asked for; those that the agent lacks are left out.

        Raises: the tree of `nms.transports.errors`; ValueError for an OID that is none.
        """
        if not oids:
            return {}
        async with self._visit() as asker:
            return await _ScalarRead(asker, self._memory(("get", *oids)), self._commons).run(oids)

    async def table(self, columns: Sequence[str]) -> Table:
        """All rows of the columns asked for, which share their indexes (columns of one table).

        Raises: as `get`.
        """
        if not columns:
            return Table((), {})
        async with self._visit() as asker:
            return await _TableRead(asker, self._memory(("table", *columns)), self._commons).run(columns)

    async def walk(self, root: str) -> Mapping[str, Value]:
        """Everything under `root`, in the agent's order; `root` itself, where it is an instance.

        Raises: as `get`.
        """
        async with self._visit() as asker:
            table = await _TableRead(asker, self._memory(("walk", root)), self._commons).run([root])
        cells = zip(table.indexes, table.columns.get(root, ()), strict=False)
        found = {f"{root}.{index}": value for index, value in cells if value is not None}
        return found or await self.get([root])

    def _memory(self, key: tuple[str, ...]) -> _Memory:
        memory = self._memories.get(key)
        if memory is None:
            if len(self._memories) >= _MOST_PLANS:
                del self._memories[next(iter(self._memories))]
            memory = self._memories[key] = _Memory()
        return memory

    @asynccontextmanager
    async def _visit(self) -> AsyncIterator[Asker]:
        """The agent, within what is left of the time budget."""
        if not self._readers and self._loop.time() > self._idle_since + _IDLE_SECONDS:
            self.renew()
        self._readers += 1
        try:
            async with asyncio.timeout_at(self._budget.ends):
                if self._asker is None:
                    async with self._opening:
                        self._asker = self._asker or await self._opener(self.target, self._budget)
                yield self._asker
        except TimeoutError:
            raise self._budget.over_time() from None
        finally:
            self._readers -= 1
            self._idle_since = self._loop.time()


class _ScalarRead:
    def __init__(self, asker: Asker, memory: _Memory, commons: Commons) -> None:
        self._asker = asker
        self._memory = memory
        self._share = commons.share
        self._gate = commons.gate

    async def run(self, oids: Sequence[str]) -> dict[str, Value]:
        failures = 0
        if self._memory.plan is not None and isinstance(self._asker, Agent):
            result = await PlanRun(self._asker, self._memory.plan.steps, self._share).run()
            if not isinstance(result, Broken):
                self._memory.used()
                return {oid: value for oid, value in zip(oids, result, strict=False) if value is not None}
            self._memory.broke()
            failures = int(result.silent)
        names = [encode_oid(oid) for oid in oids]
        gather = Gather(self._asker, names)
        values = await gather.run(failures)
        self._plan(names, gather)
        return {oid: values[name] for oid, name in zip(oids, names, strict=True) if name in values}

    def _plan(self, names: list[bytes], gather: Gather) -> None:
        """Remembers the requests, if each was answered in full and in order."""
        if self._memory.reads_until_plan:
            self._memory.reads_until_plan -= 1
            return
        steps: list[Step] = []
        if not isinstance(self._asker, Agent):
            return
        for reply in gather.replies:
            layout = layout_of(reply.data, self._asker.preamble, self._share)
            if layout is None or reply.form is None:
                return
            steps.append(Step(self._share.one(reply.form), layout, ()))
        if [name for step in steps for name in step.layout.names()] == names:
            self._memory.plan = Plan(steps, (), ())


class _TableRead:
    def __init__(self, asker: Asker, memory: _Memory, commons: Commons) -> None:
        self._asker = asker
        self._memory = memory
        self._share = commons.share
        self._gate = commons.gate
        self._replies: list[tuple[tuple[int, ...], Form | None, bytes]] = []

    async def run(self, columns: Sequence[str]) -> Table:
        broken = None
        if self._memory.plan is not None and isinstance(self._asker, Agent):
            plan = self._memory.plan
            result = await PlanRun(self._asker, plan.steps, self._share).run()
            if not isinstance(result, Broken):
                self._memory.used()
                return Table(plan.indexes, {oid: pick(result) for oid, pick in plan.pickers})
            self._memory.broke()
            broken = (plan, result)
        return await self._read(columns, broken)

    async def _read(self, columns: Sequence[str], broken: tuple[Plan, Broken] | None) -> Table:
        self._reader = reader = TableReader([encode_oid(oid) for oid in columns])
        failures = 0
        if broken:
            self._replay(*broken)
            failures = int(broken[1].silent)
        walk = TableWalk(self._asker, reader, self._memory.shape, self._gate, self._on_reply)
        await walk.run(failures)
        rows = reader.indexes()
        plan = self._make_plan(columns, rows)
        if self._memory.reads_until_plan:
            self._memory.reads_until_plan -= 1
        elif walk.is_typical and not broken and len(reader.values) <= MOST_VARIABLES_OF_A_PLAN:
            steps = self._make_steps()
            self._memory.plan = plan._replace(steps=steps) if steps else None
        values = [*reader.values, None]
        return Table(plan.indexes, {oid: pick(values) for oid, pick in plan.pickers})

    def _replay(self, plan: Plan, broken: Broken) -> None:
        """What a broken plan brought counts: the careful read continues where it broke."""
        for step, values in zip(plan.steps, broken.values, strict=False):
            self._reader.feed(self._columns(step), Answer(step.layout.names(), values))
        if broken.reply and not broken.reply.answer.error_status and broken.reply.answer.names:
            step = plan.steps[len(broken.values)]
            names_each_once = len(set(step.picked)) == len(step.picked)
            if names_each_once and all(not column.done for column in self._columns(step)):
                self._reader.feed(self._columns(step), broken.reply.answer)

    def _columns(self, step: Step) -> list[Column]:
        return [self._reader.columns[number] for number in step.picked]

    def _on_reply(self, picked: Sequence[Column], reply: Reply) -> None:
        number_of = {id(column): number for number, column in enumerate(self._reader.columns)}
        self._replies.append((tuple(number_of[id(column)] for column in picked), reply.form, reply.data))

    def _make_steps(self) -> list[Step]:
        steps: list[Step] = []
        if not isinstance(self._asker, Agent):
            return steps
        for numbers, form, data in self._replies:
            layout = layout_of(data, self._asker.preamble, self._share)
            if layout is None or form is None:
                return []
            steps.append(Step(self._share.one(form), layout, self._share.one(numbers)))
        return steps

    def _make_plan(self, columns: Sequence[str], rows: list[bytes]) -> Plan:
        share = self._share
        pickers = []
        for oid, column in zip(columns, self._reader.columns, strict=True):
            if column.places:
                places = column.places
                pickers.append((oid, share.one(Places(tuple(places.get(row, -1) for row in rows))).pick))
        return Plan((), share.one(tuple(map(decode_index, rows))), share.one(tuple(pickers)))
