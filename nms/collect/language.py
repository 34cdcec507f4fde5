"""The collector language: what one YAML file under `collectors/` may say. Only shapes here; meaning is in `compiler`.

A family says how its equipment is recognised, what is known of the device (facts), and which scalars and tables are
read as metrics, states and records. `docs/collectors.md` is its guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from zlib import crc32

from pydantic import BeforeValidator, Field, model_validator

from nms.documents import Strict

FactName = Literal[
    "vendor", "os", "hardware", "version", "serial", "role", "sys_name", "location", "contact", "description",
    "firmware", "asset_tag", "mac", "part_number", "features",
]  # fmt: skip

RecordKind = Literal[
    "interfaces", "inventory", "addresses", "vlans", "neighbors", "bgp_peers", "transceivers", "fdb", "arp", "stp",
    "routes", "phones", "trunks", "jobs", "programs", "clients",
]  # fmt: skip

Parse = Literal[
    "auto", "number", "text", "mac", "ip", "oid", "hex", "bits", "date", "uint_be", "uint_le",
    "signed8", "signed16", "signed32", "float32_be", "float32_le", "float64_be",
]  # fmt: skip

Severity = Literal["ok", "info", "warning", "critical", "unknown"]
SEVERITIES: tuple[str, ...] = ("ok", "info", "warning", "critical", "unknown")

_OID = re.compile(r"(?:[A-Za-z][A-Za-z0-9_]*|\d+)(?:\.\d+)*")
_OF_DEVICE = re.compile(r"sysObjectID\[:(\d{1,2})\]")
_DURATION = re.compile(r"(\d+)\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _oid(value: object) -> object:
    if isinstance(value, float):
        raise ValueError(f"YAML reads {value} as a decimal number: name the part before it under “prefix” (ups.1.10)")
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError("write an OID: a number below the table's “at”, a prefix name and numbers, or all of it")
    text = str(value).strip().lstrip(".")
    if not _OID.fullmatch(text):
        raise ValueError(f"“{value}” is not an OID: write numbers with dots, or a prefix name and numbers (ups.1.10)")
    return text


def _prefix(value: object) -> object:
    """An OID, or the beginning of the device's own sysObjectID, kept as `@` and the number of arcs."""
    found = _OF_DEVICE.fullmatch(value.strip()) if isinstance(value, str) else None
    return f"@{found[1]}" if found else _oid(value)


def _duration(value: object) -> object:
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError("write a time with its unit: 30s, 5m, 1h, 1d")
    return float(found[1]) * _SECONDS[found[2]]


def _listed(value: object) -> object:
    return value if isinstance(value, list) or value is None else [value]


def _texted(value: object) -> object:
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _column(value: object) -> object:
    return value if isinstance(value, dict) else {"at": value}


def _named(value: object) -> object:
    return value if isinstance(value, dict) else {"name": value}


def _fact(value: object) -> object:
    if isinstance(value, list):
        return [_fact(item) for item in value]
    return value if isinstance(value, dict) else {"text": str(value)}


Oid = Annotated[str, BeforeValidator(_oid)]
Prefix = Annotated[str, BeforeValidator(_prefix)]
Oids = Annotated[tuple[Oid, ...], BeforeValidator(_listed)]
Text = Annotated[str, BeforeValidator(_texted)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Duration = Annotated[float, BeforeValidator(_duration)]
Raw = int | float | str
States = dict[Raw, str]
Limit = float | str


class Limits(Strict):
    """Default thresholds: numbers in the reading's own `unit`, or columns of the device's own limits."""

    warning_above: Limit | None = None
    critical_above: Limit | None = None
    warning_below: Limit | None = None
    critical_below: Limit | None = None


class Case(Strict):
    """What a reading is in the rows where its `by` column has one of the values of the case."""

    metric: str | None = None
    unit: Text | None = None
    state: str | States | None = None
    range: tuple[float, float] | None = None
    kind: str | None = None
    label: str | None = None
    limits: Limits | None = None
    skip: bool = False


class ReadingPart(Strict):
    """How a column or an expression becomes a metric or a state."""

    metric: str | None = None
    unit: Text | None = None
    state: str | States | None = None
    range: tuple[float, float] | None = None
    drop: tuple[Raw, ...] | None = None
    when: str | None = None
    by: str | None = None
    cases: dict[Raw, Case] | None = None
    kind: str | None = None
    key: str | None = None
    label: str | None = None
    limits: Limits | None = None
    aggregate: Literal["count", "sum", "mean", "min", "max"] | None = None
    general: bool = False


class Column(ReadingPart):
    """One object of the MIB: where it is, how its value is read, and, where it is one, which metric or state."""

    at: Oid
    parse: Parse = Field("auto", alias="as")
    regex: str | None = None
    map: dict[Raw, Raw] | None = None
    every: Duration | None = None
    bits: Literal[32, 64] = 64


class Computed(ReadingPart):
    """A reading that needs more than one column, or a second reading of one column."""

    name: str | None = None
    value: Text | None = None
    first: Texts | None = None
    oid: str | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Computed:
        if (self.value is None) == (self.first is None) and self.aggregate != "count":
            raise ValueError("write either “value” (an expression) or “first” (a list of columns)")
        return self


class Component(Strict):
    """Which part of the device a row is about. `key` is its identity in the history; the label is for people."""

    kind: str | None = None
    key: str | None = None
    label: str | None = None


class Join(Strict):
    """Columns of another table become columns of this one, row by row."""

    table: str
    by: str
    on: str | None = None
    prefix: str = ""


class IndexPart(Strict):
    """A part of the index: its name, behind its type where it is not one number, and what its numbers mean."""

    name: str
    map: dict[Raw, Raw] | None = None

    @property
    def column(self) -> str:
        """The name alone, as expressions and labels use it."""
        return self.name.rpartition(" ")[2]


def _spoken(table: object) -> object:
    """The columns of a table that is told in words are called by the names of their values: they get numbers here."""
    told = (table.get("command"), table.get("getter")) if isinstance(table, Mapping) else ()
    if not isinstance(table, Mapping) or not any(isinstance(one, str) for one in told):
        return table
    number = crc32(repr((*told, table.get("template"), table.get("textfsm"))).encode())
    columns = table.get("columns") or {}
    if not isinstance(columns, Mapping):
        return table
    numbered = {name: {**_value_of(column), "at": str(crc32(str(name).encode()))} for name, column in columns.items()}
    return {**table, "at": f"9.9.{number}", "columns": numbered}


def _value_of(column: object) -> Mapping[str, object]:
    return column if isinstance(column, Mapping) else {"as": column} if column is not None else {}


class Table(Strict):
    """A conceptual table: its columns, and what its rows mean.

    Over SSH a table is the answer to a `command` through a TextFSM template (`template`: one of ntc-templates, or
    `textfsm` written here), or what a `getter` of NAPALM gives. `not_beside`: transports that tell it better.
    """

    at: Oid | None = None
    command: Annotated[str, Field(pattern=r"^[!-~][ -~]*$", max_length=240)] | None = None
    template: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    textfsm: str | None = None
    getter: str | None = None
    not_beside: Texts = ()
    facts: dict[FactName, str] = Field(default_factory=dict)
    index: Annotated[tuple[Annotated[IndexPart, BeforeValidator(_named)], ...], BeforeValidator(_listed)] = ()
    columns: dict[str, Annotated[Column, BeforeValidator(_column)]] = Field(default_factory=dict)
    join: tuple[Join, ...] = ()
    where: str | None = None
    component: Component = Component()
    readings: tuple[Computed, ...] = ()
    records: dict[RecordKind, dict[str, Text]] = Field(default_factory=dict)
    every: Duration | None = None
    unless: Texts = ()
    discontinuity: str | None = None
    """Column that tells when the row's counters last began anew (ifCounterDiscontinuityTime)."""

    @model_validator(mode="after")
    def _one_way(self) -> Table:
        if self.command is not None and (self.template is None) == (self.textfsm is None):
            raise ValueError("a command needs either “template” (of ntc-templates) or “textfsm”, to read its answer")
        if self.command is not None and self.getter is not None:
            raise ValueError("write either “command” or “getter”")
        return self


class Spoken(Strict):
    """Read over SSH from devices of these platforms (netmiko's names).

    `absent`: patterns, line by line, with which they say that they do not have what a command asks for.
    """

    platforms: Texts
    absent: Texts = ()


class FactSource(Strict):
    """Where a fact is found. `text` is a template over the family's scalars; the others read one value."""

    text: str | None = None
    oid: Oid | None = None
    column: Oid | None = None
    where: dict[Oid, Raw] | None = None
    sys_descr: str | None = None
    sys_object_id: dict[Oid, Text] | None = None
    regex: str | None = None
    map: dict[Raw, Text] | None = None
    parse: Parse = Field("text", alias="as")

    @model_validator(mode="after")
    def _one_source(self) -> FactSource:
        given = [x for x in (self.text, self.oid, self.column, self.sys_descr, self.sys_object_id) if x is not None]
        if len(given) != 1:
            raise ValueError("write exactly one of “text”, “oid”, “column”, “sys_descr”, “sys_object_id”")
        return self


FactSources = Annotated[FactSource | tuple[FactSource, ...], BeforeValidator(_fact)]


class Match(Strict):
    """How a device is recognised: all that is written here must hold."""

    sys_object_id: Oids | None = None
    not_sys_object_id: Oids | None = None
    sys_descr: str | None = None
    not_sys_descr: str | None = None
    has: Oids | None = None
    lacks: Oids | None = None
    has_rows: Oids | None = None
    value: dict[Oid, Text] | None = None


def _matches(value: object) -> object:
    return () if value == "always" else _listed(value)


_ADDED = ("prefix", "facts", "states", "scalars", "tables")


class Family(Strict):
    """One file. Its name, without `.yaml`, is the family's name."""

    title: str
    mibs: Texts = ()
    notes: str = ""
    prefix: dict[str, Prefix] = Field(default_factory=dict)
    match: Annotated[tuple[Match, ...] | None, BeforeValidator(_matches)] = None
    like: str | None = None
    extends: Texts = ()
    without: Texts = ()
    priority: int = 0
    vlan_contexts: bool = False
    facts: dict[FactName, FactSources] = Field(default_factory=dict)
    states: dict[str, States] = Field(default_factory=dict)
    scalars: dict[str, Annotated[Column, BeforeValidator(_column)]] = Field(default_factory=dict)
    readings: tuple[Computed, ...] = ()
    tables: dict[str, Annotated[Table, BeforeValidator(_spoken)]] = Field(default_factory=dict)
    ssh: Spoken | None = None

    @property
    def always(self) -> bool:
        return self.match == ()

    def after(self, model: Family) -> Family:
        """This family with everything of `model` that it does not say itself: the same MIB below another root."""
        return self.model_copy(
            update={
                **{name: {**getattr(model, name), **getattr(self, name)} for name in _ADDED},
                **{name: getattr(self, name) or getattr(model, name) for name in ("mibs", "extends", "without")},
                "readings": (*model.readings, *self.readings),
                "match": self.match if self.match is not None else model.match,
            }
        )


def known_keys() -> dict[str, Any]:
    """The keys of each block, for documentation tests."""
    models = (Family, Match, FactSource, Table, IndexPart, Column, Computed, Case, Component, Join, Limits)
    return {model.__name__: sorted(info.alias or name for name, info in model.model_fields.items()) for model in models}
