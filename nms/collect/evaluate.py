"""From the rows of one table to readings, states, records and limits. Works column by column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType
from typing import Any

from nms.collect.collected import DeviceLimit, Memory, Record
from nms.collect.compiled import GroupSpec, ReadingSpec, RecordSpec, TableSpec
from nms.collect.defaults import RATIOS
from nms.collect.rows import Namespace
from nms.collect.units import Scale
from nms.messages import verbatim
from nms.model import Component, DeviceId, Message, Number, Reading, Severity, StateReading

_NUMERIC = {int, float, NoneType}
_SEVERITY = {"ok": None, "info": Severity.INFO, "warning": Severity.WARNING, "critical": Severity.CRITICAL}
Values = Sequence[Number | None]


@dataclass(slots=True)
class Found:
    """What tables gave so far; it grows table by table."""

    device: DeviceId
    at: float
    since: float | None = None
    readings: list[Reading] = field(default_factory=list)
    origins: dict[str, dict[str, str | list[str]]] = field(default_factory=dict)
    discontinuities: dict[str, Values] = field(default_factory=dict)
    states: list[StateReading] = field(default_factory=list)
    state_oids: list[str] = field(default_factory=list)
    records: dict[str, list[Record]] = field(default_factory=dict)
    limits: list[DeviceLimit] = field(default_factory=list)


def evaluate(table: TableSpec, space: Namespace, memory: Memory, found: Found) -> bool:
    """Adds what the table gives to `found`. Returns whether it gave anything."""
    before = len(found.readings) + len(found.states)
    rows = _rows(table, space)
    for group in table.groups:
        _group(table, group, space, rows, memory, found)
    gave = len(found.readings) + len(found.states) > before
    for record in table.records:
        if _record_is_fresh(record, table, space):
            gave = _record(record, table, space, rows, found) or gave
    if table.scalar:
        _merge_scalars(table, found, before)
    return gave


def _rows(table: TableSpec, space: Namespace) -> Sequence[int] | None:
    """The rows that `where` keeps; None: all of them."""
    if table.where is None:
        return None
    run, columns = table.where.run, space.columns
    return [row for row in range(space.size) if run(columns, row)]


def _fresh(reading: ReadingSpec, table: TableSpec, space: Namespace) -> bool:
    """Whether the reading's own columns were read now; names without a column here do not decide."""
    own = [table.columns[name].oid for name in reading.names if name in table.columns]
    return not own or not space.fetched.fresh.isdisjoint(own)


def _record_is_fresh(record: RecordSpec, table: TableSpec, space: Namespace) -> bool:
    """Records come with their slow columns; those made of columns read at every poll come at every poll."""
    names = {name for expression in record.fields.values() for name in expression.names} - table.fast
    slow = {table.columns[name].oid for name in names if name in table.columns} & set(space.fetched.columns)
    return not slow or not space.fetched.fresh.isdisjoint(slow)


def _group(
    table: TableSpec, group: GroupSpec, space: Namespace, rows: Sequence[int] | None, memory: Memory, found: Found
) -> None:
    if space.size == 0:
        return
    metrics = [reading for reading in group.metrics if _fresh(reading, table, space)]
    states = [reading for reading in group.states if _fresh(reading, table, space)]
    if not metrics and not states:
        return
    if any(reading.aggregate for reading in metrics):
        _aggregates(table, group, metrics, space, rows, found)
        return
    components = _components(group, space, rows, memory)
    columns: dict[str, Values] = {}
    oids: dict[str, str | list[str]] = {}
    for reading in metrics:
        values = numbers(reading, space, rows)
        if reading.metric in columns:
            values = [a if a is not None else b for a, b in zip(columns[reading.metric], values, strict=True)]
        columns[reading.metric or ""] = values
        _note_origin(table, reading, space, values, oids)
        _limits(reading, space, components, values, found)
    _derive(columns)
    _emit(group.table, components, columns, oids, found, _discontinuities(table, space, rows))
    for reading in states:
        _states(table, reading, space, rows, components, found)


def _note_origin(
    table: TableSpec, reading: ReadingSpec, space: Namespace, values: Values, oids: dict[str, str | list[str]]
) -> None:
    """Several readings of one metric (cases) may stand on several columns: then instances are told one by one."""
    column = table.columns.get(reading.oid_column)
    if len(reading.alternatives) > 1:
        names = [name for name, _ in reading.alternatives if name in table.columns]
        given = [name for name in names if _has_value(space.columns[name])]
        column = table.columns.get(given[0], column) if given else column
        if len(given) > 1 and None in space.columns[given[0]] and reading.metric and not table.scalar:
            oids[reading.metric] = _row_by_row(table, given, space)
            return
    if column is None or reading.metric is None:
        return
    known = oids.get(reading.metric)
    if known is None:
        oids[reading.metric] = column.oid
    elif known != column.oid:
        whole = [f"{known}.{index}" for index in space.fetched.indexes] if isinstance(known, str) else known
        oids[reading.metric] = [
            f"{column.oid}.{index}" if own is not None else old
            for index, own, old in zip(space.fetched.indexes, values, whole, strict=True)
        ] if not table.scalar else column.oid  # fmt: skip


def _row_by_row(table: TableSpec, names: Sequence[str], space: Namespace) -> list[str]:
    """For each row the instance that its value came from: of the first alternative that has one."""
    found = []
    for row, index in enumerate(space.fetched.indexes):
        name = next((name for name in names if space.columns[name][row] is not None), names[0])
        found.append(f"{table.columns[name].oid}.{index}")
    return found


def _has_value(values: Sequence[Any]) -> bool:
    return any(value is not None for value in values)


def numbers(reading: ReadingSpec, space: Namespace, rows: Sequence[int] | None) -> Values:
    """The values of one metric for every row; None where there is none or it cannot be true."""
    if reading.when is not None:
        run, columns = reading.when.run, space.columns
        rows = [row for row in (range(space.size) if rows is None else rows) if run(columns, row)]
    if rows is not None and not rows:
        return [None] * space.size
    values = _source(reading, space, rows)
    if rows is not None and len(rows) != space.size:
        kept = set(rows)
        values = [v if row in kept else None for row, v in enumerate(values)]
    return _within(reading, values)


def _source(reading: ReadingSpec, space: Namespace, rows: Sequence[int] | None) -> Sequence[Any]:
    if reading.expression is not None:
        run, columns = reading.expression.run, space.columns
        raw = [None] * space.size
        for row in range(space.size) if rows is None else rows:
            raw[row] = run(columns, row)
        return _scaled(reading, raw, reading.scale)
    result: Sequence[Any] = ()
    for position, (name, unit) in enumerate(reading.alternatives):
        values = _scaled(reading, space.columns[name], unit)
        if position == 0:
            result = values
        elif None in result:
            result = [a if a is not None else b for a, b in zip(result, values, strict=True)]
    return result


def _scaled(reading: ReadingSpec, values: Sequence[Any], unit: Scale) -> Sequence[Any]:
    if not set(map(type, values)) <= _NUMERIC:
        values = [_as_number(v) for v in values]
    if reading.drop and not reading.drop.isdisjoint(values):
        values = [None if v in reading.drop else v for v in values]
    if unit.identity:
        return values
    if unit.level:
        return [None if v is None else unit.of(v) for v in values]
    factor, offset = unit.factor, unit.offset
    return [None if v is None else v * factor + offset for v in values]


def _as_number(value: Any) -> Number | None:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    try:
        return float(value) if isinstance(value, str) and len(value) < 40 else None
    except ValueError:
        return None


def _within(reading: ReadingSpec, values: Sequence[Any]) -> Values:
    known = [v for v in values if v is not None]
    if not known or (min(known) >= reading.low and max(known) <= reading.high):
        return values
    low, high = reading.low, reading.high
    return [v if v is not None and low <= v <= high else None for v in values]


def _components(group: GroupSpec, space: Namespace, rows: Sequence[int] | None, memory: Memory) -> Sequence[Component]:
    """One component a row, built again only when indexes, names, labels or the rows that count changed."""
    used = sorted((group.key.names | group.label.names | group.deciding) - {"index"})
    signature = (space.fetched.indexes, rows, [space.columns[name] for name in used if name in space.columns])
    cache_key = ("components", group.table, group.kind, group.key.text)
    held = memory.cache.get(cache_key)
    if held is None or held[0] != signature:
        held = (signature, _built(group, space, rows))
        memory.cache[cache_key] = held
    components: Sequence[Component] = held[1]
    return components


def _built(group: GroupSpec, space: Namespace, rows: Sequence[int] | None) -> list[Component]:
    """Equal labels get their index where people see more than one of them. Keys are compared with all rows of the
    table: a row that comes and goes must not rename the history of another."""
    indexes = space.fetched.indexes if not space.table.scalar else ("",)
    columns = {**space.columns, "index": indexes}
    keys = [group.key.render(columns, row) or indexes[row] for row in range(space.size)]
    labels = [group.label.render(columns, row) or keys[row] for row in range(space.size)]
    times, shared = Counter(keys), _shared(group, space, rows, labels)
    return [
        Component(
            group.kind,
            key if times[key] == 1 else f"{key} #{index}",
            f"{label} #{index}" if label in shared else label,
            index,
            _said(group.label.said(columns, row), index if label in shared else ""),
        )
        for row, (key, label, index) in enumerate(zip(keys, labels, indexes, strict=True))
    ]


def _said(label: Message | None, index: str) -> Message | None:
    return Message("{part} #{index}", {"part": label, "index": index}) if label and index else label


def _shared(group: GroupSpec, space: Namespace, rows: Sequence[int] | None, labels: Sequence[str]) -> set[str]:
    """The labels that two rows show for the same metric or state."""
    kept = range(space.size) if rows is None else rows
    shown: dict[str, set[int]] = {}
    for reading in (*group.metrics, *group.states):
        when = reading.when if reading.when and reading.when.names <= group.deciding else None
        chosen = kept if when is None else [row for row in kept if when.run(space.columns, row)]
        shown.setdefault(reading.metric or reading.name, set()).update(chosen)
    counts = (Counter(labels[row] for row in chosen) for chosen in shown.values())
    return {label for count in counts for label, times in count.items() if times > 1}


def _derive(columns: dict[str, Values]) -> None:
    """Ratios from used and size. More used than there is cannot be true: such a row is dropped."""
    for used, size, ratio in RATIOS:
        if used not in columns or size not in columns:
            continue
        pairs = list(zip(columns[used], columns[size], strict=True))
        wrong = [u is not None and s is not None and u > s for u, s in pairs]
        if any(wrong):
            for metric in (used, size):
                columns[metric] = [None if bad else v for bad, v in zip(wrong, columns[metric], strict=True)]
        if ratio not in columns:
            columns[ratio] = [
                u / s if u is not None and s and not bad else None for (u, s), bad in zip(pairs, wrong, strict=True)
            ]


def _emit(
    name: str,
    components: Sequence[Component],
    columns: dict[str, Values],
    oids: dict[str, str | list[str]],
    found: Found,
    discontinuities: Values | None = None,
) -> None:
    """One reading of the rows that have at least one value, and of the columns that have at least one."""
    columns = {metric: values for metric, values in columns.items() if any(v is not None for v in values)}
    if not columns:
        return
    if not any(None not in values for values in columns.values()):
        keep = [row for row in range(len(components)) if any(values[row] is not None for values in columns.values())]
        if len(keep) != len(components):
            components = [components[row] for row in keep]
            columns = {metric: [values[row] for row in keep] for metric, values in columns.items()}
            oids = {m: o if isinstance(o, str) else [o[row] for row in keep] for m, o in oids.items()}
            discontinuities = discontinuities and [discontinuities[row] for row in keep]
    found.readings.append(Reading(found.device, name, found.at, tuple(components), columns, found.since))
    found.origins[name] = oids
    if discontinuities:
        found.discontinuities[name] = discontinuities


def _discontinuities(table: TableSpec, space: Namespace, rows: Sequence[int] | None) -> Values | None:
    """When the counters of each row last began anew; None where the agent does not tell."""
    if table.discontinuity is None:
        return None
    values = space.columns[table.discontinuity]
    told = [value if isinstance(value, int) else None for value in values]
    if not _has_value(told):
        return None
    return told if rows is None else [told[row] for row in rows]


def _limits(
    reading: ReadingSpec, space: Namespace, components: Sequence[Component], values: Values, found: Found
) -> None:
    for level, expression in reading.limits.levels.items() if reading.limits else ():
        for row, component in enumerate(components):
            limit = _as_number(expression.run(space.columns, row)) if values[row] is not None else None
            if limit is not None:
                scaled = reading.scale.of(limit)
                if scaled is not None:
                    found.limits.append(DeviceLimit(component, reading.metric or "", level, scaled))


def _states(
    table: TableSpec, reading: ReadingSpec, space: Namespace, rows: Sequence[int] | None,
    components: Sequence[Component], found: Found,
) -> None:  # fmt: skip
    states = reading.states
    if states is None:
        return
    oid = table.columns[reading.oid_column].oid if reading.oid_column else ""
    for row in range(space.size) if rows is None else rows:
        raw = _state_value(reading, space, row)
        if raw is None or raw in reading.drop or (reading.when and not reading.when.run(space.columns, row)):
            continue
        number, text, word = states.meanings.get(raw) or _strange(raw)
        state = StateReading(
            components[row], reading.name, number, text, _SEVERITY.get(word), word == "unknown", reading.general
        )
        found.states.append(state)
        found.state_oids.append(oid if table.scalar or not oid else f"{oid}.{space.fetched.indexes[row]}")


def _strange(raw: int | str) -> tuple[int, Message, str]:
    """A value that the enumeration does not have: shown as it came, judged as nothing."""
    return raw if isinstance(raw, int) else -1, verbatim(str(raw)), "unknown"


def _state_value(reading: ReadingSpec, space: Namespace, row: int) -> int | str | None:
    """The raw value of a state: an integer, or a text in lower case as enumerations of text are keyed."""
    value: Any = None
    if reading.expression is not None:
        value = reading.expression.run(space.columns, row)
    else:
        for name, _ in reading.alternatives:
            value = space.columns[name][row] if value is None else value
    if isinstance(value, str):
        value = value.strip().lower()
        if not value:
            return None
        return int(value) if reading.states and not reading.states.textual and value.lstrip("-").isdigit() else value
    return int(value) if isinstance(value, (int, float)) else None


def _record(record: RecordSpec, table: TableSpec, space: Namespace, rows: Sequence[int] | None, found: Found) -> bool:
    rows = range(space.size) if rows is None else rows
    own = [space.columns[name] for name in table.columns]
    fields, columns = list(record.fields.items()), space.columns
    kept = found.records.setdefault(record.kind, [])
    size = len(kept)
    for row in rows:
        if not any(column[row] is not None for column in own):
            continue
        if record.when is None or record.when.run(columns, row):
            kept.append({name: expression.run(columns, row) for name, expression in fields})
    return len(kept) > size


def _aggregates(
    table: TableSpec, group: GroupSpec, metrics: Sequence[ReadingSpec], space: Namespace,
    rows: Sequence[int] | None, found: Found,
) -> None:  # fmt: skip
    """One number for the whole table: how many rows, or the sum, mean, least or greatest of a column."""
    columns: dict[str, Values] = {}
    for reading in metrics:
        known = [v for v in numbers(reading, space, rows) if v is not None]
        total = _aggregate(reading.aggregate or "count", known)
        if total is not None and reading.metric:
            columns[reading.metric] = [total]
    label = group.label.render({}, 0) if not group.label.names else group.table
    component = Component(group.kind, label, label, said=group.label.said({}, 0) if not group.label.names else None)
    _emit(group.table, [component], columns, {}, found)


def _aggregate(how: str, values: Sequence[Number]) -> Number | None:
    if how == "count":
        return len(values)
    if not values:
        return None
    if how == "mean":
        return sum(values) / len(values)
    if how == "sum":
        return sum(values)
    return min(values) if how == "min" else max(values)


def _merge_scalars(table: TableSpec, found: Found, _before: int) -> None:
    """The scalars of a family, one reading for each set of metrics, components down."""
    mine = [reading for reading in found.readings if reading.table.startswith(table.name)]
    others = [reading for reading in found.readings if not reading.table.startswith(table.name)]
    buckets: dict[tuple[str, ...], list[Reading]] = {}
    for reading in mine:
        buckets.setdefault(tuple(sorted(reading.columns)), []).append(reading)
    for metrics, members in buckets.items():
        name = f"{table.name}.{'+'.join(metrics)}"
        columns: Mapping[str, Values] = {m: [v for one in members for v in one.columns[m]] for m in metrics}
        components = tuple(component for one in members for component in one.components)
        origins: dict[str, str | list[str]] = {
            m: [_text(found.origins[one.table].get(m, "")) for one in members for _ in one.components] for m in metrics
        }
        others.append(Reading(found.device, name, found.at, components, columns, found.since))
        found.origins[name] = origins
    found.readings = others


def _text(oid: str | list[str]) -> str:
    return oid if isinstance(oid, str) else oid[0]
