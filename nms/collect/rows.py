"""The rows of one table as named columns: cleaned, joined, with their index parts. Columnar, and cached by identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any

from nms.collect.collected import Fetched, Memory
from nms.collect.compiled import ColumnSpec, JoinSpec, TableSpec
from nms.collect.parsing import index_parts
from nms.transports.snmp.values import Value

_PLAIN = {int, NoneType}


def clean_column(column: ColumnSpec, raw: Sequence[Value | None]) -> Sequence[Any]:
    """Cells as the language sees them. A column of integers that asks for nothing more is passed on as it is."""
    plain = column.parse in ("auto", "number") and set(map(type, raw)) <= _PLAIN
    values: Sequence[Any] = raw if plain else [None if v is None else column.clean(v) for v in raw]
    if column.regex is not None:
        values = [_matched(column, v) for v in values]
    if column.drop and not column.drop.isdisjoint(values):
        values = [None if v in column.drop else v for v in values]
    if column.map is not None:
        values = [None if v is None else column.map.get(str(v), v) for v in values]
    return values


def _matched(column: ColumnSpec, value: Any) -> Any:
    if value is None or column.regex is None:
        return None
    found = column.regex.search(str(value))
    if found is None:
        return None
    inner = found.group(1) if column.regex.groups else found.group(0)
    if inner is not None and column.parse == "number":
        return column.clean(inner.encode())
    return inner


class Namespace:
    """The columns of one table by name, made when first asked for and kept while their sources stay the same."""

    def __init__(self, table: TableSpec, fetched: Fetched, memory: Memory) -> None:
        self.table = table
        self.fetched = fetched
        self.memory = memory
        self.size = 1 if table.scalar else len(fetched.indexes)
        self.columns: dict[str, Sequence[Any]] = {"index": fetched.indexes}

    def add_own(self) -> None:
        for name, column in self.table.columns.items():
            raw = self.fetched.columns.get(column.oid)
            self.columns[name] = [None] * self.size if raw is None else self._cleaned(name, column, raw)

    def add_index_parts(self) -> None:
        spec = self.table.index
        if not spec:
            return
        key = ("index", self.table.name)
        held = self.memory.cache.get(key)
        if held is None or held[0] != self.fetched.indexes:
            parts = [index_parts(spec, index) for index in self.fetched.indexes]
            names = [item.rpartition(" ")[2] for item in spec]
            held = (self.fetched.indexes, {name: self._meanings(name, [p.get(name) for p in parts]) for name in names})
            self.memory.cache[key] = held
        for name, values in held[1].items():
            self.columns.setdefault(name, values)

    def _meanings(self, name: str, values: Sequence[Any]) -> Sequence[Any]:
        """What the numbers of a part of the index mean, where the family says it."""
        known = self.table.index_maps.get(name)
        return values if known is None else [known.get(str(value), value) for value in values]

    def add_scalars(self, values: Mapping[str, Any]) -> None:
        for name in self.table.scalars:
            self.columns.setdefault(name, [values.get(name)] * self.size)

    def add_join(self, position: int, join: JoinSpec, other: TableSpec, fetched: Fetched) -> None:
        """Columns of another table, aligned with the rows of this one."""
        by = [join.by.run(self.columns, row) for row in range(self.size)]
        sources = [
            fetched.columns.get(c.oid) for name, c in other.columns.items() if name in {*join.columns.values(), join.on}
        ]
        key = ("join", self.table.name, position)
        held = self.memory.cache.get(key)
        if held is None or held[0] != by or held[1] is not fetched.indexes or not _identical(held[2], sources):
            held = (by, fetched.indexes, sources, self._aligned(join, other, fetched, by))
            self.memory.cache[key] = held
        for name, values in held[3].items():
            self.columns.setdefault(name, values)

    def _aligned(
        self, join: JoinSpec, other: TableSpec, fetched: Fetched, by: Sequence[Any]
    ) -> dict[str, Sequence[Any]]:
        space = Namespace(other, fetched, self.memory)
        space.add_own()
        space.add_index_parts()
        keys = space.columns[join.on] if join.on else fetched.indexes
        where: dict[str, int] = {}
        for row, found in enumerate(keys):
            if found is not None:
                where.setdefault(str(found), row)
        rows = [where.get(str(wanted)) if wanted is not None else None for wanted in by]
        result: dict[str, Sequence[Any]] = {}
        for here, there in join.columns.items():
            column = space.columns[there]
            result[here] = [None if row is None else column[row] for row in rows]
        return result

    def _cleaned(self, name: str, column: ColumnSpec, raw: Sequence[Value | None]) -> Sequence[Any]:
        key = ("clean", self.table.name, name)
        held = self.memory.cache.get(key)
        if held is None or (held[0] is not raw and (column.parse == "number" or held[0] != raw)):
            held = (raw, clean_column(column, raw))
            self.memory.cache[key] = held
        values: Sequence[Any] = held[1]
        return values


def _identical(a: Sequence[Any], b: Sequence[Any]) -> bool:
    return len(a) == len(b) and all(x is y for x, y in zip(a, b, strict=True))
