"""What to read from a device of given families: tables to evaluate, columns to fetch together, and how often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nms.collect.bases import resolved, uses_object_id
from nms.collect.catalogue import Catalogue
from nms.collect.compiled import SLOW, FactSpec, GroupSpec, ReadingSpec, TableSpec


@dataclass(frozen=True, slots=True)
class Fetch:
    """Columns that share their indexes and are asked for together. `periods`: column OID -> seconds (0: every poll).

    `spares` maps a column to the one that makes it unnecessary where that one is complete.
    """

    periods: Mapping[str, float]
    spares: Mapping[str, str]
    label: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`tables` in order of evaluation; `lookups` are those needed by name (joins). Families: most specific first."""

    families: tuple[str, ...]
    tables: tuple[TableSpec, ...]
    lookups: Mapping[str, TableSpec]
    scalars: Mapping[str, float]
    fetches: tuple[Fetch, ...]
    facts: Mapping[str, tuple[tuple[str, FactSpec], ...]]
    fetch_of: Mapping[str, int]
    """Column OID -> position in `fetches`."""


def plan(
    catalogue: Catalogue, families: Sequence[str], sys_object_id: str = "", beside: frozenset[str] = frozenset()
) -> Plan:
    """The plan of a set of families; made once for all devices that share it.

    Families that read below the device's own sysObjectID make one plan for each sysObjectID. `beside`: the other
    transports of the device, for tables that they tell better.
    """
    names = tuple(families)
    dependent = any(uses_object_id(catalogue.families[name]) for name in names)
    key = (*names, sys_object_id if dependent else "", *sorted(beside))
    made = catalogue.plans.get(key)
    if not isinstance(made, Plan):
        here = (
            {name: resolved(catalogue.families[name], sys_object_id) for name in catalogue.families}
            if dependent
            else None
        )
        made = _make(Catalogue(here) if here else catalogue, names, beside)
        catalogue.plans[key] = made
    return made


def _make(catalogue: Catalogue, families: tuple[str, ...], beside: frozenset[str]) -> Plan:
    wanted = _wanted(catalogue, families, beside)
    tables = _without_repeats(wanted)
    lookups = _lookups(catalogue, tables)
    scalar_tables = {name: catalogue.families[name].tables.get("scalars") for name in families}
    lookups |= {table.name: table for table in scalar_tables.values() if table is not None}
    scalars: dict[str, float] = {}
    needs: dict[str, dict[str, float]] = {}
    for table in tables:
        _scalar_needs(table, scalars) if table.scalar else _needs(table, needs)
        for scalar in table.scalars:
            column = catalogue.families[table.family].tables["scalars"].columns[scalar]
            scalars[column.oid] = min(scalars.get(column.oid, SLOW), SLOW if not table.groups else 0.0)
        for join in table.joins:
            other = lookups[join.table]
            mine = needs.setdefault(other.name, {})
            for name, column in other.columns.items():
                if name == join.on or name in join.columns.values():
                    mine.setdefault(column.oid, column.every or SLOW)
    fetches, fetch_of = _fetches(needs, tables)
    return Plan(families, _ordered(tables), lookups, scalars, fetches, _facts(catalogue, families, scalars), fetch_of)


def _wanted(catalogue: Catalogue, families: Iterable[str], beside: frozenset[str]) -> list[TableSpec]:
    present = [catalogue.families[name] for name in families]
    unwanted = {name for family in present for name in family.without}
    return [
        table
        for family in present
        if family.name not in unwanted
        for table in family.tables.values()
        if table.name not in unwanted and not (table.told and beside.intersection(table.told.not_beside))
    ]


def _without_repeats(tables: list[TableSpec]) -> list[TableSpec]:
    """Of two families that read one column as the same metric (or a state), the more specific one keeps it."""
    seen: dict[tuple[str, str], str] = {}
    result = []
    for table in tables:
        groups = []
        for group in table.groups:
            metrics = tuple(r for r in group.metrics if _first(r, table, seen))
            states = tuple(r for r in group.states if r.metric or _first(r, table, seen))
            if metrics or states:
                groups.append(replace(group, metrics=metrics, states=states))
        result.append(replace(table, groups=tuple(groups)))
    return result


def _first(reading: ReadingSpec, table: TableSpec, seen: dict[tuple[str, str], str]) -> bool:
    column = table.columns.get(reading.oid_column)
    if column is None:
        return True
    key = (column.oid, reading.metric or "state")
    return seen.setdefault(key, table.family) == table.family


def _lookups(catalogue: Catalogue, tables: Iterable[TableSpec]) -> dict[str, TableSpec]:
    found: dict[str, TableSpec] = {}
    for table in tables:
        for join in table.joins:
            family, _, name = join.table.partition(".")
            if family in catalogue.families:
                found[join.table] = catalogue.families[family].tables[name]
    return found


def _scalar_needs(table: TableSpec, scalars: dict[str, float]) -> None:
    for name, column in table.columns.items():
        if name in table.fast:
            period = column.every or 0.0
            scalars[column.oid] = min(scalars.get(column.oid, period), period)


def _needs(table: TableSpec, needs: dict[str, dict[str, float]]) -> None:
    used = _used_names(table)
    if not used:
        return
    mine = needs.setdefault(table.name, {})
    for name, column in table.columns.items():
        if name not in used:
            continue
        fast = name in table.fast
        default = (table.every or 0.0) if fast else max(table.every or SLOW, SLOW)
        if not table.groups:
            default = table.every or SLOW
        period = column.every if column.every is not None else default
        mine[column.oid] = min(mine.get(column.oid, period), period)


def _used_names(table: TableSpec) -> set[str]:
    names: set[str] = set(table.fast)
    for group in table.groups:
        names |= _group_names(group)
    for record in table.records:
        names |= {name for field in record.fields.values() for name in field.names}
        names |= record.when.names if record.when else frozenset()
    if not names:
        return names
    names |= table.where.names if table.where else frozenset()
    for join in table.joins:
        names |= join.by.names
    return names & set(table.columns)


def _group_names(group: GroupSpec) -> set[str]:
    names = set(group.key.names | group.label.names)
    for reading in (*group.metrics, *group.states):
        names |= reading.names
        for expression in reading.limits.levels.values() if reading.limits else ():
            names |= expression.names
    return names


def _fetches(
    needs: Mapping[str, Mapping[str, float]], tables: Iterable[TableSpec]
) -> tuple[tuple[Fetch, ...], dict[str, int]]:
    """Tables that share a column or an entry are fetched together, so that no OID is read twice."""
    parent: dict[str, str] = {}

    def root(oid: str) -> str:
        while parent.setdefault(oid, oid) != oid:
            oid = parent[oid]
        return oid

    periods: dict[str, float] = {}
    labels: dict[str, str] = {}
    for name, columns in needs.items():
        oids = list(columns)
        for oid in oids:
            periods[oid] = min(periods.get(oid, columns[oid]), columns[oid])
            for other in (oids[0], "entry " + oid.rpartition(".")[0]):
                parent[root(oid)] = root(other)
        if oids:
            labels[root(oids[0])] = name
    groups: dict[str, dict[str, float]] = {}
    for oid, period in periods.items():
        groups.setdefault(root(oid), {})[oid] = period
    spares = _spares(tables)
    fetches, fetch_of = [], {}
    for position, (leader, columns) in enumerate(groups.items()):
        label = next((labels[r] for r in labels if root(r) == leader), leader)
        fetches.append(Fetch(columns, {o: p for o, p in spares.items() if o in columns}, label))
        fetch_of.update(dict.fromkeys(columns, position))
    return tuple(fetches), fetch_of


def _spares(tables: Iterable[TableSpec]) -> dict[str, str]:
    """Columns read only as a substitute: their OID -> the OID of the preferred column."""
    spares: dict[str, str] = {}
    needed: set[str] = set()
    for table in tables:
        for group in table.groups:
            for part in group.key.parts:
                _substitutes([] if isinstance(part, str) else part, table, spares, needed)
            for reading in (*group.metrics, *group.states):
                alternatives = [name for name, _ in reading.alternatives]
                _substitutes(alternatives, table, spares, needed)
                others = reading.names - set(alternatives)
                needed |= {table.columns[name].oid for name in others if name in table.columns}
    return {oid: preferred for oid, preferred in spares.items() if oid not in needed}


def _substitutes(names: Sequence[str], table: TableSpec, spares: dict[str, str], needed: set[str]) -> None:
    """The first of the names is needed; the others only where it has gaps."""
    oids = [table.columns[name].oid if name in table.columns else "" for name in names]
    if oids and oids[0]:
        needed.add(oids[0])
        spares.update((oid, oids[0]) for oid in oids[1:] if oid)
    else:
        needed.update(oid for oid in oids if oid)


def _ordered(tables: Sequence[TableSpec]) -> tuple[TableSpec, ...]:
    """Tables that stand in for others (`unless`) after those."""
    return tuple(sorted(tables, key=lambda table: bool(table.unless)))


def _facts(
    catalogue: Catalogue, families: Iterable[str], scalars: dict[str, float]
) -> dict[str, tuple[tuple[str, FactSpec], ...]]:
    """For each fact its sources in order of preference, with the family that each comes from."""
    facts: dict[str, list[tuple[str, FactSpec]]] = {}
    for name in families:
        family = catalogue.families[name]
        for fact, sources in family.facts.items():
            facts.setdefault(fact, []).extend((name, source) for source in sources)
            for source in sources:
                for used in source.text.names if source.text else ():
                    if "scalars" in family.tables and used in family.tables["scalars"].columns:
                        scalars.setdefault(family.tables["scalars"].columns[used].oid, SLOW)
    return {fact: tuple(sources) for fact, sources in facts.items()}
