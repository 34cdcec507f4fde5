"""Who made the device, what it is, which version it runs: from the first source of each fact that knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nms.collect.collected import Memory
from nms.collect.compiled import FactSpec
from nms.collect.parsing import cleaner, text
from nms.collect.plan import Plan
from nms.collect.recognise import SYS_DESCR, SYS_NAME, SYS_OBJECT_ID, object_id
from nms.collect.rows import clean_column
from nms.transports.snmp.values import SnmpReader, Value

_EMPTY = frozenset(
    {"", "-", "--", "n/a", "na", "none", "null", "unknown", "not available", "not set", "<private>", "0x",
     "to be filled by o.e.m.", "default string", "not specified", "undefined"}
)  # fmt: skip

_ERASED = re.compile(r"f{8,}|f{4}(?:[-: ]f{4})+")
"""Memory that nobody wrote a serial number into."""


def _is_empty(value: str) -> bool:
    plain = value.strip().lower()
    return plain in _EMPTY or _ERASED.fullmatch(plain) is not None


async def read_facts(wanted: Plan, reader: SnmpReader, memory: Memory) -> dict[str, str]:
    """Every fact that some family knows. Scalars are asked for together; columns one by one, and once."""
    specs = [spec for sources in wanted.facts.values() for _, spec in sources]
    oids = sorted({spec.oid for spec in specs if spec.oid} - set(memory.scalars))
    values: dict[str, Value] = {**memory.scalars, **(await reader.get(oids) if oids else {})}
    reading = _FactReader(wanted, reader, values, _known_columns(wanted, specs, memory))
    facts: dict[str, str] = {}
    for fact, sources in wanted.facts.items():
        for family, spec in sources:
            found = await reading.value(family, spec)
            if not _is_empty(found):
                facts[fact] = found
                break
    return facts


def _known_columns(wanted: Plan, specs: Iterable[FactSpec], memory: Memory) -> dict[str, Mapping[str, Value]]:
    """The columns of facts that some table has read already."""
    known: dict[str, Mapping[str, Value]] = {}
    for oid in {oid for spec in specs if spec.column for oid in (spec.column, *(oid for oid, _ in spec.where))}:
        fetched = memory.fetched.get(wanted.fetch_of.get(oid, -1))
        if fetched is None:
            continue
        cells = fetched.columns.get(oid)
        if cells is not None:
            known[oid] = {i: v for i, v in zip(fetched.indexes, cells, strict=True) if v is not None}
        elif oid in memory.absent:
            known[oid] = {}
    return known


class _FactReader:
    def __init__(
        self, wanted: Plan, reader: SnmpReader, values: Mapping[str, Value], columns: dict[str, Mapping[str, Value]]
    ) -> None:
        self.wanted, self.reader, self.values, self.columns = wanted, reader, values, columns

    async def value(self, family: str, spec: FactSpec) -> str:
        if spec.text is not None:
            return spec.text.render(self._scalars(family), 0)
        if spec.source.sys_descr is not None:
            said = _matched(spec.pattern, text(self.values.get(SYS_DESCR, b"")))
            return spec.map.get(said, "") if spec.map is not None else said
        if spec.by_object_id:
            own = object_id(self.values.get(SYS_OBJECT_ID))
            return next((name for oid, name in spec.by_object_id if own == oid or own.startswith(oid + ".")), "")
        raw = self.values.get(spec.oid) if spec.oid else await self._from_column(spec)
        if raw is None:
            return ""
        found = cleaner(spec.source.parse)(raw)
        plain = "" if found is None else str(found)
        if spec.pattern is not None:
            plain = _matched(spec.pattern, plain)
        return spec.map.get(plain, "") if spec.map is not None else plain

    def _scalars(self, family: str) -> Mapping[str, Sequence[Any]]:
        table = self.wanted.lookups.get(f"{family}.scalars")
        named: dict[str, Sequence[Any]] = {
            "sysDescr": [text(self.values.get(SYS_DESCR, b""))],
            "sysObjectID": [object_id(self.values.get(SYS_OBJECT_ID))],
            "sysName": [text(self.values.get(SYS_NAME, b""))],
        }
        for name, column in table.columns.items() if table else ():
            raw = self.values.get(column.oid)
            found = clean_column(column, [raw])[0] if raw is not None else None
            named[name] = [None if _is_empty(str(found)) else found]
        return named

    async def _from_column(self, spec: FactSpec) -> Value | None:
        """The first row, in index order, that has a text and fulfils the conditions."""
        rows = await self._column(spec.column or "")
        conditions = [(await self._column(oid), wanted) for oid, wanted in spec.where]
        for index, value in rows.items():
            holds = all(index in column and text(column[index]) == str(wanted) for column, wanted in conditions)
            if holds and not _is_empty(text(value)):
                return value
        return None

    async def _column(self, oid: str) -> Mapping[str, Value]:
        if oid not in self.columns:
            table = await self.reader.table([oid])
            cells = table.columns.get(oid, ())
            self.columns[oid] = {i: v for i, v in zip(table.indexes, cells, strict=False) if v is not None}
        return self.columns[oid]


def _matched(pattern: re.Pattern[str] | None, value: str) -> str:
    found = pattern.search(value) if pattern else None
    if found is None:
        return ""
    groups = [group for group in found.groups() if group]
    return (groups[0] if groups else found.group(0) if not found.re.groups else "").strip()
