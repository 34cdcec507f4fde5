"""From what a family file says to what can run: names resolved, OIDs absolute, every mistake told with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from keyword import iskeyword

from nms.collect.compiled import (
    ColumnSpec,
    CompiledFamily,
    FactSpec,
    JoinSpec,
    MatchSpec,
    Raw,
    RecordSpec,
    TableSpec,
    Told,
)
from nms.collect.expressions import check_regex
from nms.collect.language import Column, FactSource, Join, Match, Table
from nms.collect.napalm_rows import SHEETS
from nms.collect.parsing import INDEX_TYPES, cleaner
from nms.collect.readings import ReadingCompiler
from nms.collect.resolving import Resolver
from nms.collect.textual import value_names
from nms.documents import Path_

BUILT_IN = ("sysDescr", "sysObjectID", "sysName")


class Compiler(Resolver):
    """Compiles one family."""

    __slots__ = ()

    def compile(self) -> CompiledFamily:
        family = self.family
        self._check_references()
        tables = {name: self._table(name, table) for name, table in family.tables.items()}
        scalars = self._scalars()
        if scalars is not None:
            tables["scalars"] = scalars
        return CompiledFamily(
            name=self.source.name,
            title=family.title,
            folder=self.source.folder,
            always=family.always,
            match=tuple(self._match(("match", i), one) for i, one in enumerate(family.match or ())),
            extends=family.extends,
            without=family.without,
            priority=family.priority,
            facts=self._all_facts(),
            platforms=family.ssh.platforms if family.ssh else (),
            tables=tables,
            vlan_contexts=family.vlan_contexts,
            relative=any(oid.startswith("@") for oid in family.prefix.values()),
        )

    def _check_references(self) -> None:
        for i, name in enumerate(self.family.extends):
            if name not in self.sources:
                self.complain(("extends", i), "“{name}” is not a family", {"name": name}, self.sources)
        for i, name in enumerate(self.family.without):
            self._check_table(("without", i), name, whole=True)

    def _check_table(self, path: Path_, name: str, *, whole: bool = False) -> None:
        family, _, table = name.partition(".")
        if not table and not whole:
            family, table = self.source.name, family
        source = self.sources.get(family)
        if source is None:
            self.complain(path, "“{name}” is not a family", {"name": family}, self.sources)
        elif table and table != "scalars" and table not in source.family.tables:
            self.complain(path, "“{name}” is not a table of that family", {"name": table}, source.family.tables)

    def qualified(self, name: str) -> str:
        return name if "." in name else f"{self.source.name}.{name}"

    def _match(self, path: Path_, match: Match) -> MatchSpec:
        def oids(key: str, given: tuple[str, ...] | None) -> tuple[str, ...]:
            return tuple(self.oid((*path, key), oid) for oid in given or ())

        return MatchSpec(
            sys_object_id=oids("sys_object_id", match.sys_object_id),
            not_sys_object_id=oids("not_sys_object_id", match.not_sys_object_id),
            sys_descr=self.attempt((*path, "sys_descr"), check_regex, match.sys_descr),
            not_sys_descr=self.attempt((*path, "not_sys_descr"), check_regex, match.not_sys_descr),
            has=oids("has", match.has),
            lacks=oids("lacks", match.lacks),
            has_rows=oids("has_rows", match.has_rows),
            value=self._value_matches(path, match.value or {}),
        )

    def _value_matches(self, path: Path_, given: Mapping[str, str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
        found = []
        for oid, regex in given.items():
            pattern = self.attempt((*path, "value", oid), check_regex, regex)
            if pattern:
                found.append((self.oid((*path, "value"), oid), pattern))
        return tuple(found)

    def _facts(self, name: str, given: FactSource | tuple[FactSource, ...]) -> tuple[FactSpec, ...]:
        sources = given if isinstance(given, tuple) else (given,)
        return tuple(self._fact(("facts", name), source) for source in sources)

    def _all_facts(self) -> dict[str, tuple[FactSpec, ...]]:
        """Those of the family, then those that name a column of a table told over SSH."""
        found = {str(name): self._facts(name, sources) for name, sources in self.family.facts.items()}
        for name, table in self.family.tables.items():
            for fact, column in table.facts.items():
                path: Path_ = ("tables", name, "facts", fact)
                self.check_names(path, [column], table.columns)
                if column in table.columns and table.at:
                    oid = f"{table.at}.{table.columns[column].at}"
                    source = FactSource.model_validate({"column": oid})
                    found[fact] = (*found.get(fact, ()), FactSpec(source, column=oid))
        return found

    def _fact(self, path: Path_, source: FactSource) -> FactSpec:
        known = [*self.family.scalars, *BUILT_IN]
        return FactSpec(
            source=source,
            text=self.template(path, source.text, known) if source.text is not None else None,
            oid=self.oid(path, source.oid) if source.oid else None,
            column=self.oid(path, source.column) if source.column else None,
            where=tuple((self.oid(path, oid), value) for oid, value in (source.where or {}).items()),
            pattern=self.attempt(path, check_regex, source.sys_descr or source.regex),
            by_object_id=tuple(
                sorted(
                    ((self.oid(path, oid), text) for oid, text in (source.sys_object_id or {}).items()),
                    key=lambda pair: -len(pair[0]),
                )
            ),
            map={str(raw): text for raw, text in source.map.items()} if source.map else None,
        )

    def column(self, path: Path_, name: str, column: Column, base: str | None) -> ColumnSpec:
        parse = column.parse
        if parse == "auto" and column.metric:
            parse = "number"
        return ColumnSpec(
            name=name,
            oid=self.oid((*path, "at"), column.at, base),
            parse=parse,
            clean=cleaner(parse),
            regex=self.attempt((*path, "regex"), check_regex, column.regex),
            drop=frozenset(column.drop or ()),
            map={str(raw): value for raw, value in column.map.items()} if column.map else None,
            every=column.every,
            bits=column.bits,
        )

    def _joined(self, path: Path_, name: str, join: Join) -> dict[str, str]:
        """The columns that a join brings: name here -> name there."""
        self._check_table((*path, "table"), join.table)
        family, _, table = self.qualified(join.table).partition(".")
        source = self.sources.get(family)
        other = source.family.tables.get(table) if source else None
        if other is None:
            return {}
        if join.on and join.on not in other.columns:
            self.complain((*path, "on"), "“{name}” is not a column there", {"name": join.on}, other.columns)
        offered = [*other.columns, *(part.column for part in other.index)]
        return {join.prefix + column: column for column in offered}

    def _index_names(self, path: Path_, table: Table) -> list[str]:
        for i, part in enumerate(table.index):
            kind = part.name.rpartition(" ")[0].strip()
            if kind not in INDEX_TYPES:
                self.complain((*path, "index", i), "“{kind}” is not an index type", {"kind": kind}, INDEX_TYPES)
            self._check_free((*path, "index", i), part.column)
        return [part.column for part in table.index]

    def _check_free(self, path: Path_, name: str) -> None:
        """A name that no expression could say would be told where it is used, and not understood there."""
        if iskeyword(name):
            self.complain(path, "“{name}” is a word of expressions: choose another name", {"name": name})

    def _joins(self, path: Path_, table: Table, known: set[str]) -> list[tuple[JoinSpec, dict[str, str]]]:
        joins = []
        for i, join in enumerate(table.join):
            where = (*path, "join", i)
            offered = self._joined(where, join.table, join)
            by = self.expression((*where, "by"), join.by, known)
            if by:
                joins.append((JoinSpec(self.qualified(join.table), by, join.on, {}), offered))
            known |= set(offered)
        return joins

    def _table(self, name: str, table: Table) -> TableSpec:
        path: Path_ = ("tables", name)
        base = self.oid((*path, "at"), table.at) if table.at else None
        columns = {
            key: self.column((*path, "columns", key), key, column, base) for key, column in table.columns.items()
        }
        for key in columns:
            self._check_free((*path, "columns", key), key)
        index = self._index_names(path, table)
        known = {*columns, *index, *self.family.scalars, "index"}
        joins = self._joins(path, table, known)
        where = self.expression((*path, "where"), table.where, known)
        readings = ReadingCompiler(self, f"{self.source.name}.{name}", known, set(columns))
        groups = readings.of_table(path, table)
        records = tuple(
            self._record((*path, "records", kind), kind, fields, known) for kind, fields in table.records.items()
        )
        for i, other in enumerate(table.unless):
            self._check_table((*path, "unless", i), other)
        used = readings.all_names(groups) | {n for record in records for n in _record_names(record)}
        used |= (where.names if where else frozenset()) | {n for join, _ in joins for n in join.by.names}
        fast = readings.fast_names(groups, where, joins)
        if table.discontinuity is not None:
            if table.discontinuity not in columns:
                where_ = (*path, "discontinuity")
                self.complain(where_, "“{name}” is not a column here", {"name": table.discontinuity}, columns)
            fast = fast | {table.discontinuity}
        return TableSpec(
            name=f"{self.source.name}.{name}",
            family=self.source.name,
            columns={key: readings.with_parse(column) for key, column in columns.items()},
            index=tuple(part.name for part in table.index),
            index_maps=_index_maps(table),
            joins=_needed(joins, used, set(columns)),
            where=where,
            groups=groups,
            records=records,
            every=table.every,
            unless=tuple(self.qualified(other) for other in table.unless),
            discontinuity=table.discontinuity if table.discontinuity in columns else None,
            told=self._told(path, table),
            scalars=tuple(sorted(used & set(self.family.scalars) - set(columns))),
            fast=frozenset(fast & set(columns)),
        )

    def _told(self, path: Path_, table: Table) -> Told | None:
        if table.command is None and table.getter is None:
            return None
        if self.family.ssh is None:
            self.complain(path, "a table told over SSH needs “{key}” with its platforms in the family", {"key": "ssh"})
        told = Told(
            table.command or "",
            table.template or "",
            table.textfsm or "",
            table.getter or "",
            table.not_beside,
            self._absent() if table.command else (),
        )
        if told.getter and told.getter not in SHEETS:
            self.complain((*path, "getter"), "there is no getter “{name}”", {"name": told.getter}, SHEETS)
        values = self.attempt(path, lambda _: value_names(told), "") if told.command else None
        if values is not None:
            self.check_names((*path, "columns"), table.columns, values)
        return told

    def _absent(self) -> tuple[re.Pattern[str], ...]:
        written = self.family.ssh.absent if self.family.ssh else ()
        patterns = (self.attempt(("ssh", "absent", i), check_regex, one) for i, one in enumerate(written))
        return tuple(re.compile(one.pattern, re.MULTILINE) for one in patterns if one)

    def _record(self, path: Path_, kind: str, fields: Mapping[str, str], known: set[str]) -> RecordSpec:
        compiled = {}
        when = None
        for key, text in fields.items():
            expression = self.expression((*path, key), text, known)
            if expression and key == "when":
                when = expression
            elif expression:
                compiled[key] = expression
        return RecordSpec(kind, compiled, when)

    def _scalars(self) -> TableSpec | None:
        family = self.family
        if not family.scalars:
            return None
        columns = {key: self.column(("scalars", key), key, column, None) for key, column in family.scalars.items()}
        for key in columns:
            self._check_free(("scalars", key), key)
        readings = ReadingCompiler(self, f"{self.source.name}.scalars", set(columns), set(columns))
        groups = readings.of_scalars(family)
        return TableSpec(
            name=f"{self.source.name}.scalars",
            family=self.source.name,
            columns={key: readings.with_parse(column) for key, column in columns.items()},
            scalar=True,
            groups=groups,
            fast=frozenset(readings.fast_names(groups, None, [])),
        )


def _index_maps(table: Table) -> dict[str, dict[str, Raw]]:
    return {part.column: {str(raw): text for raw, text in part.map.items()} for part in table.index if part.map}


def _record_names(record: RecordSpec) -> set[str]:
    names = {name for expression in record.fields.values() for name in expression.names}
    return names | (set(record.when.names) if record.when else set())


def _needed(
    joins: list[tuple[JoinSpec, dict[str, str]]], used: set[str] | frozenset[str], own: set[str]
) -> tuple[JoinSpec, ...]:
    """Joins with only the columns that something uses; the first join that offers a name gives it."""
    result, given = [], set(own)
    for join, offered in joins:
        columns = {here: there for here, there in offered.items() if here in used and here not in given}
        given |= set(columns)
        if columns:
            result.append(JoinSpec(join.table, join.by, join.on, columns))
    return tuple(result)
