"""Reads one device by a plan: columns that are due, together, once; then evaluates every table over them.

A part that fails is named in `problems` and the rest is kept. Only when not even the scalars of the system group can
be read does the transport's error pass on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nms.collect.catalogue import Catalogue
from nms.collect.collected import Collected, Fetched, Memory
from nms.collect.compiled import SLOW, TableSpec
from nms.collect.endings import endings
from nms.collect.evaluate import Found, evaluate
from nms.collect.facts import read_facts
from nms.collect.plan import Fetch, Plan, plan
from nms.collect.recognise import SYS_DESCR, SYS_NAME, SYS_OBJECT_ID, SYS_UPTIME, object_id, recognise
from nms.collect.rows import Namespace, clean_column
from nms.model import Device, DeviceId, Neighbour
from nms.transports.errors import OverBudget, TransportError, Unreachable
from nms.transports.snmp.values import SnmpReader, Table, Value

ABSENT = 1800.0
"""How long a column that the agent does not have is left alone, in seconds."""
RECOGNISE = 86_400.0
"""How often a device is recognised anew (it may have been replaced), in seconds."""
_EARLY = 2.0
_SAME_START = 60.0


async def visit(
    catalogue: Catalogue, reader: SnmpReader, device: Device, at: float, memory: Memory, *, full: bool = False
) -> Collected:
    """Recognises the device when that is due, and collects what its families read. For the poll runner.

    Raises: the transport's errors when the device does not answer at all.
    """
    stale = memory.recognised is None or at - memory.recognised_at >= RECOGNISE
    if stale or full:
        recognised = await recognise(reader, catalogue, device.families)
        if memory.recognised is None or memory.recognised.families != recognised.families:
            memory.forget()
        memory.recognised, memory.recognised_at = recognised, at
    assert memory.recognised is not None
    known = memory.recognised
    wanted = plan(catalogue, known.families, known.sys_object_id)
    collected = await collect(wanted, reader, device.id, at, memory, full=full)
    if object_id(memory.scalars.get(SYS_OBJECT_ID)) != known.sys_object_id:
        memory.recognised = None  # other equipment answers at this address: look again at the next visit
    return collected


async def collect(
    wanted: Plan, reader: SnmpReader, device: DeviceId, at: float, memory: Memory | None = None, *, full: bool = False
) -> Collected:
    """What the plan's tables give now. With `full` everything is read, whether due or not."""
    memory = memory or Memory()
    problems: list[str] = []
    fresh = await _read_scalars(wanted, reader, at, memory, full)
    broken = False
    for position, fetch in enumerate(wanted.fetches):
        if broken:
            _keep_stale(position, memory)
            continue
        try:
            await _fetch(position, fetch, reader, at, memory, full)
        except TransportError as error:
            problems.append(f"{fetch.label}: {error}")
            _keep_stale(position, memory)
            broken = isinstance(error, (OverBudget, Unreachable))
    found = Found(device, at, _counters_since(memory, at))
    _evaluate_all(wanted, memory, fresh, found, problems)
    ending = tuple(endings(found.readings, at))
    facts = await _facts(wanted, reader, at, memory, full, problems)
    giving = {table.family for table in wanted.tables if memory.filled.get(table.name)}
    return Collected(
        readings=tuple(found.readings),
        states=(*found.states, *ending),
        facts=facts,
        neighbours=tuple(_neighbours(found.records.get("neighbors", ()))),
        records=found.records,
        limits=tuple(found.limits),
        problems=tuple(problems),
        families=tuple(name for name in wanted.families if name in giving),
        origins=found.origins,
        discontinuities=found.discontinuities,
        state_oids=(*found.state_oids, *("" for _ in ending)),
    )


def due(oid: str, period: float, at: float, memory: Memory, full: bool) -> bool:
    """Whether a column or scalar that is wanted every so many seconds is to be read now."""
    last = memory.read_at.get(oid)
    if last is None or full:
        return True
    if oid in memory.absent and period == 0:
        period = ABSENT
    return at - last >= period - _EARLY


async def _read_scalars(wanted: Plan, reader: SnmpReader, at: float, memory: Memory, full: bool) -> frozenset[str]:
    """Reads the scalars that are due; a restart of the device empties the memory first. Returns the OIDs read."""
    basic = [SYS_UPTIME, SYS_DESCR, SYS_OBJECT_ID, SYS_NAME]
    first = await reader.get(basic)
    uptime = first.get(SYS_UPTIME)
    if isinstance(uptime, int):
        if memory.uptime is not None and uptime < memory.uptime:
            memory.forget()
        memory.uptime = float(uptime)
    wanting = [oid for oid, period in wanted.scalars.items() if oid not in basic and due(oid, period, at, memory, full)]
    values = {**first, **(await reader.get(wanting) if wanting else {})}
    for oid in wanting:
        memory.read_at[oid] = at
        if oid in values:
            memory.absent.discard(oid)
        else:
            memory.absent.add(oid)
            memory.scalars.pop(oid, None)
    memory.scalars.update(values)
    return frozenset(values)


def _keep_stale(position: int, memory: Memory) -> None:
    """After a failure names and labels stay known, and nothing counts as read now."""
    held = memory.fetched.get(position) or Fetched()
    memory.fetched[position] = Fetched(held.indexes, held.columns, frozenset())


async def _fetch(position: int, fetch: Fetch, reader: SnmpReader, at: float, memory: Memory, full: bool) -> None:
    """Brings one group of columns up to date in `memory.fetched`."""
    spared = {oid for oid, preferred in fetch.spares.items() if preferred in memory.complete}
    wanting = [
        oid
        for oid, period in fetch.periods.items()
        if due(oid, SLOW if oid in spared and period < SLOW else period, at, memory, full)
    ]
    held = memory.fetched.get(position) or Fetched()
    if not wanting:
        memory.fetched[position] = Fetched(held.indexes, held.columns, frozenset())
        return
    table = await reader.table(wanting)
    _note(fetch, wanting, table, at, memory)
    columns = dict(table.columns)
    indexes = held.indexes if list(table.indexes) == list(held.indexes) else list(table.indexes)
    others = [oid for oid in fetch.periods if oid not in set(wanting)]
    if indexes is held.indexes:
        columns.update((oid, held.columns[oid]) for oid in others if oid in held.columns)
    elif others and indexes:
        # rows came, went or moved: what is known of them by index is read again, whatever its schedule
        again = await reader.table(others)
        _note(fetch, others, again, at, memory)
        columns.update(_aligned(again, indexes))
    memory.fetched[position] = Fetched(indexes, columns, frozenset(table.columns))


def _note(fetch: Fetch, asked: Sequence[str], table: Table, at: float, memory: Memory) -> None:
    for oid in asked:
        memory.read_at[oid] = at
        if oid in table.columns:
            memory.absent.discard(oid)
        else:
            memory.absent.add(oid)
    for preferred in set(fetch.spares.values()):
        cells = table.columns.get(preferred)
        if cells is None and preferred not in asked:
            continue
        if cells is not None and None not in cells and b"" not in cells:
            memory.complete.add(preferred)
        else:
            memory.complete.discard(preferred)


def _aligned(table: Table, indexes: Sequence[str]) -> dict[str, Sequence[Value | None]]:
    if list(table.indexes) == list(indexes):
        return dict(table.columns)
    rows = {index: row for row, index in enumerate(table.indexes)}
    order = [rows.get(index) for index in indexes]
    return {oid: [None if r is None else column[r] for r in order] for oid, column in table.columns.items()}


def _counters_since(memory: Memory, at: float) -> float | None:
    """When the agent started, by sysUpTime; the same instant from poll to poll in spite of jitter."""
    if memory.uptime is None:
        return None
    since = at - memory.uptime / 100
    known = memory.cache.get("since")
    if known is None or abs(known - since) > _SAME_START:
        memory.cache["since"] = known = since
    result: float = known
    return result


def _evaluate_all(wanted: Plan, memory: Memory, fresh: frozenset[str], found: Found, problems: list[str]) -> None:
    for table in wanted.tables:
        if any(memory.filled.get(other) for other in table.unless):
            continue
        try:
            space = _namespace(table, wanted, memory, fresh)
            if space is None:
                continue
            gave = evaluate(table, space, memory, found)
            if gave or not space.fetched.fresh.isdisjoint(space.fetched.columns):
                memory.filled[table.name] = gave
        except (ArithmeticError, ValueError, TypeError, LookupError) as error:
            problems.append(f"{table.name}: {type(error).__name__}: {error}")


def _namespace(table: TableSpec, wanted: Plan, memory: Memory, fresh: frozenset[str]) -> Namespace | None:
    if table.scalar:
        return _scalar_space(table, memory, fresh)
    position = next((wanted.fetch_of[c.oid] for c in table.columns.values() if c.oid in wanted.fetch_of), None)
    fetched = memory.fetched.get(position) if position is not None else None
    if fetched is None or not fetched.indexes or not fetched.fresh:
        return None
    space = Namespace(table, fetched, memory)
    space.add_own()
    space.add_index_parts()
    if table.scalars:
        space.add_scalars(_named_scalars(table, wanted, memory))
    for number, join in enumerate(table.joins):
        other = wanted.lookups.get(join.table)
        if other is None:
            continue
        place = next((wanted.fetch_of[c.oid] for c in other.columns.values() if c.oid in wanted.fetch_of), -1)
        space.add_join(number, join, other, memory.fetched.get(place) or Fetched())
    _fill(table, space)
    return space


def _fill(table: TableSpec, space: Namespace) -> None:
    """A join to a table that nobody reads here leaves its columns unknown."""
    for join in table.joins:
        for name in join.columns:
            space.columns.setdefault(name, [None] * space.size)


def _scalar_space(table: TableSpec, memory: Memory, fresh: frozenset[str]) -> Namespace | None:
    columns: dict[str, Sequence[Any]] = {
        c.oid: [memory.scalars[c.oid]] for c in table.columns.values() if c.oid in memory.scalars
    }
    if fresh.isdisjoint(columns):
        return None
    space = Namespace(table, Fetched(("0",), columns, fresh), memory)
    for name, column in table.columns.items():
        raw = columns.get(column.oid)
        space.columns[name] = [None] if raw is None else clean_column(column, raw)
    return space


def _named_scalars(table: TableSpec, wanted: Plan, memory: Memory) -> Mapping[str, Any]:
    scalars = wanted.lookups.get(f"{table.family}.scalars")
    if scalars is None:
        return {}
    named = {}
    for name in table.scalars:
        column = scalars.columns[name]
        if column.oid in memory.scalars:
            named[name] = clean_column(column, [memory.scalars[column.oid]])[0]
    return named


def facts_due(at: float, memory: Memory, full: bool) -> bool:
    return full or memory.facts_at is None or at - memory.facts_at >= SLOW - _EARLY


async def _facts(
    wanted: Plan, reader: SnmpReader, at: float, memory: Memory, full: bool, problems: list[str]
) -> Mapping[str, str]:
    if not facts_due(at, memory, full):
        return memory.facts
    try:
        memory.facts = await read_facts(wanted, reader, memory)
        memory.facts_at = at
    except TransportError as error:
        problems.append(f"facts: {error}")
    return memory.facts


_NEIGHBOUR = {
    "protocol": "protocol",
    "local_interface": "local_if",
    "remote_name": "remote_name",
    "remote_interface": "remote_port",
    "remote_mac": "remote_mac",
}
"""Our word -> that of the records."""


def _neighbours(records: Iterable[Mapping[str, Any]]) -> Iterable[Neighbour]:
    for record in records:
        named = {ours: record.get(theirs) for ours, theirs in _NEIGHBOUR.items()}
        texts = {name: "" if value is None else str(value) for name, value in named.items()}
        forwards = record.get("forwards")
        yield Neighbour(**texts, forwards=None if forwards is None else bool(forwards))
