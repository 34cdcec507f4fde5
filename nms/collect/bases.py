"""Families of vendors that put the same MIB below each model's own OID.

`prefix: {model: "sysObjectID[:10]"}` names the first ten numbers of the device's sysObjectID; compiled OIDs keep it as
`@10` until the device is known.
"""

from __future__ import annotations

from dataclasses import replace

from nms.collect.compiled import CompiledFamily, FactSpec, MatchSpec, TableSpec

_NOWHERE = "2.999"
"""Stands for the beginning of a sysObjectID that is too short: the arc reserved for examples (ITU-T X.660)."""


def uses_object_id(family: CompiledFamily) -> bool:
    return family.relative


def resolved(family: CompiledFamily, object_id: str) -> CompiledFamily:
    """The family with the device's own numbers in place of `@`."""
    if not family.relative:
        return family
    arcs = object_id.split(".")

    def oid(text: str) -> str:
        if not text.startswith("@"):
            return text
        head, _, rest = text[1:].partition(".")
        wanted = int(head)
        base = ".".join(arcs[:wanted]) if len(arcs) >= wanted else _NOWHERE
        return f"{base}.{rest}" if rest else base

    def table(one: TableSpec) -> TableSpec:
        columns = {name: replace(column, oid=oid(column.oid)) for name, column in one.columns.items()}
        return replace(one, columns=columns)

    def match(one: MatchSpec) -> MatchSpec:
        return replace(
            one,
            has=tuple(map(oid, one.has)),
            lacks=tuple(map(oid, one.lacks)),
            has_rows=tuple(map(oid, one.has_rows)),
            value=tuple((oid(where), pattern) for where, pattern in one.value),
        )

    def fact(one: FactSpec) -> FactSpec:
        where = tuple((oid(column), value) for column, value in one.where)
        return replace(one, oid=one.oid and oid(one.oid), column=one.column and oid(one.column), where=where)

    return replace(
        family,
        relative=False,
        match=tuple(match(one) for one in family.match),
        facts={name: tuple(fact(one) for one in sources) for name, sources in family.facts.items()},
        tables={name: table(one) for name, one in family.tables.items()},
    )
