"""Families ready to run: every name resolved, every OID absolute, every expression compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from nms.collect.expressions import Expression
from nms.collect.language import FactSource, Parse
from nms.collect.parsing import Cleaner
from nms.collect.templates import Template
from nms.collect.units import Scale
from nms.model import Message

Raw = int | float | str
SLOW = 3600.0
"""How often names, records and facts are read when nothing else is written, in seconds."""


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column (or a scalar instance) and how its cells are read."""

    name: str
    oid: str
    parse: Parse
    clean: Cleaner
    regex: re.Pattern[str] | None = None
    drop: frozenset[Raw] = frozenset()
    map: Mapping[str, Raw] | None = None
    every: float | None = None
    bits: int = 64


@dataclass(frozen=True, slots=True)
class StateSet:
    """An enumeration: raw value -> (number, word of the MIB, severity word)."""

    meanings: Mapping[Raw, tuple[int, Message, str]]
    textual: bool


@dataclass(frozen=True, slots=True)
class LimitSpec:
    """Default thresholds as compiled expressions in the unit of the reading."""

    levels: Mapping[str, Expression]


@dataclass(frozen=True, slots=True)
class ReadingSpec:
    """One metric or state of a row. Sources: `alternatives` are (column, its unit), tried in order."""

    name: str
    metric: str | None
    states: StateSet | None
    alternatives: tuple[tuple[str, Scale], ...]
    expression: Expression | None
    scale: Scale
    low: float
    high: float
    drop: frozenset[Raw]
    when: Expression | None
    kind: str
    key: Template
    label: Template
    aggregate: str | None
    oid_column: str
    limits: LimitSpec | None = None
    general: bool = False
    """A state that sums up the others of its device (“the printer has some trouble”)."""
    names: frozenset[str] = frozenset()
    """Every column that it reads."""


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """The readings of one table that share their components: one matrix."""

    table: str
    kind: str
    key: Template
    label: Template
    metrics: tuple[ReadingSpec, ...]
    states: tuple[ReadingSpec, ...]
    deciding: frozenset[str] = frozenset()
    """What the conditions look at that decide which rows a reading is about, whatever the values are now."""


@dataclass(frozen=True, slots=True)
class RecordSpec:
    kind: str
    fields: Mapping[str, Expression]
    when: Expression | None


@dataclass(frozen=True, slots=True)
class JoinSpec:
    """`columns` maps the names used here to the columns of the other table."""

    table: str
    by: Expression
    on: str | None
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """Where the rows of a table come from over SSH: a command with its TextFSM template, or a getter of NAPALM."""

    command: str = ""
    template: str = ""
    textfsm: str = ""
    getter: str = ""
    not_beside: tuple[str, ...] = ()
    absent: tuple[re.Pattern[str], ...] = ()
    """How a device says that it does not have what the command asks for."""


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A table, or the scalars of a family as a table of one row (`scalar`)."""

    name: str
    family: str
    columns: Mapping[str, ColumnSpec]
    scalar: bool = False
    index: tuple[str, ...] = ()
    index_maps: Mapping[str, Mapping[str, Raw]] = field(default_factory=dict)
    joins: tuple[JoinSpec, ...] = ()
    where: Expression | None = None
    groups: tuple[GroupSpec, ...] = ()
    records: tuple[RecordSpec, ...] = ()
    every: float | None = None
    unless: tuple[str, ...] = ()
    discontinuity: str | None = None
    """Column that changes when the row's counters begin anew."""
    scalars: tuple[str, ...] = ()
    """Scalars of the family that expressions of this table use."""
    told: Told | None = None
    fast: frozenset[str] = frozenset()
    """Columns read at every poll; the others are read as often as they say, hourly by default."""


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One source of a fact, with its OIDs absolute."""

    source: FactSource
    text: Template | None = None
    oid: str | None = None
    column: str | None = None
    where: tuple[tuple[str, Raw], ...] = ()
    pattern: re.Pattern[str] | None = None
    by_object_id: tuple[tuple[str, str], ...] = ()
    map: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class MatchSpec:
    """One alternative of `match`, compiled."""

    sys_object_id: tuple[str, ...] = ()
    not_sys_object_id: tuple[str, ...] = ()
    sys_descr: re.Pattern[str] | None = None
    not_sys_descr: re.Pattern[str] | None = None
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    has_rows: tuple[str, ...] = ()
    value: tuple[tuple[str, re.Pattern[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class CompiledFamily:
    name: str
    title: str
    folder: str
    always: bool
    match: tuple[MatchSpec, ...]
    extends: tuple[str, ...]
    without: tuple[str, ...]
    priority: int
    facts: Mapping[str, tuple[FactSpec, ...]]
    tables: Mapping[str, TableSpec] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    """netmiko's names of the platforms that it reads over SSH."""
    vlan_contexts: bool = False
    """Whether its agent keeps the forwarding table of each VLAN in a context of its own."""
    relative: bool = False
    """Whether some of its OIDs stand below the device's own sysObjectID (see `nms.collect.bases`)."""
