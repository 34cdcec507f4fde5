"""Proposes a family file for equipment that no family knows, from its recording and, where given, its MIB modules.

What it writes is a beginning: every number with a plausible metric and the unit that its name suggests or its MIB
states, marked for a person to check. Without MIBs objects are called after their OID.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nms.collect.catalogue import Catalogue
from nms.collect.mibs import MibObject
from nms.collect.parsing import text
from nms.collect.recognise import SYS_DESCR, SYS_OBJECT_ID, object_id
from nms.transports.snmp.values import SnmpReader, Value

_ENTERPRISES = "1.3.6.1.4.1"
_MOST_ROWS = 3
_GUESSES: tuple[tuple[str, str, str], ...] = (
    (r"temp", "temperature_celsius", "C"),
    (r"humid", "humidity_ratio", "percent"),
    (r"fan.*(speed|rpm)|rpm", "fan_speed_rpm", "rpm"),
    (r"(cpu|processor).*(load|usage|util|busy)|cpuload", "processor_used_ratio", "percent"),
    (r"mem.*(util|usage|percent)", "memory_used_ratio", "percent"),
    (r"mem.*used", "memory_used_bytes", "KB"),
    (r"mem.*(total|size)", "memory_size_bytes", "KB"),
    (r"volt", "voltage_volts", "V"),
    (r"(rx|tx|optical).*(power|level)", "optical_power_dbm", "0.01 dBm"),
    (r"curr(ent)?$|amp|bias", "current_amperes", "A"),
    (r"watt|power$|powerconsum", "power_watts", "W"),
    (r"freq", "frequency_hertz", "Hz"),
    (r"(battery|charge).*(remain|capacity|level)|charge", "charge_ratio", "percent"),
    (r"load$|percentload", "load_ratio", "percent"),
    (r"(time|minutes|runtime).*remain", "runtime_seconds", "min"),
    (r"(rssi|signal)", "signal_dbm", "dBm"),
    (r"(client|station|sta)(s|count|num)", "clients", ""),
    (r"session|count|num(ber)?$", "count", ""),
)
_STATUS = re.compile(r"status|state|alarm|health|condition", re.IGNORECASE)
_LABEL = re.compile(r"name|descr|label|title", re.IGNORECASE)
_UNIT_WORDS: tuple[tuple[str, str], ...] = (
    ("millivolt", "mV"),
    ("volt", "V"),
    ("milliamp", "mA"),
    ("amp", "A"),
    ("milliwatt", "mW"),
    ("watt", "W"),
    ("dbm", "dBm"),
    ("celsius", "C"),
    ("degree", "C"),
    ("percent", "percent"),
    ("%", "percent"),
    ("hertz", "Hz"),
    ("second", "s"),
    ("minute", "min"),
    ("rpm", "rpm"),
    ("kilobyte", "KB"),
    ("kbyte", "KB"),
    ("megabyte", "MB"),
    ("byte", "B"),
)


@dataclass(slots=True)
class _Object:
    """One object of the vendor's tree, as the recording has it."""

    oid: str
    name: str
    instances: dict[str, Value] = field(default_factory=dict)
    mib: MibObject | None = None


async def draft(reader: SnmpReader, catalogue: Catalogue, mibs: Mapping[str, MibObject] | None = None) -> str:
    """The text of a family file. `mibs`: objects by OID (see `nms.collect.mibs`); may be empty."""
    system = await reader.get([SYS_DESCR, SYS_OBJECT_ID])
    own = object_id(system.get(SYS_OBJECT_ID))
    variables = await reader.walk(_ENTERPRISES)
    known = _known(catalogue)
    unknown = {oid: value for oid, value in variables.items() if not _covered(oid, known)}
    objects = _objects(unknown, mibs or {})
    return _written(text(system.get(SYS_DESCR, b"")), own, objects, mibs or {})


def _known(catalogue: Catalogue) -> set[str]:
    return {
        column.oid
        for family in catalogue.families.values()
        for table in family.tables.values()
        for column in table.columns.values()
    }


def _covered(oid: str, known: set[str]) -> bool:
    arcs = oid.split(".")
    return any(".".join(arcs[:n]) in known for n in range(8, len(arcs) + 1))


def _objects(variables: Mapping[str, Value], mibs: Mapping[str, MibObject]) -> list[_Object]:
    found: dict[str, _Object] = {}
    columns = _guessed_columns(variables)
    for oid, value in variables.items():
        base = _object_of(oid, mibs) or columns.get(oid) or oid.rpartition(".")[0]
        mib = mibs.get(base)
        entry = found.setdefault(base, _Object(base, mib.name if mib else _number_name(base), mib=mib))
        entry.instances[oid[len(base) + 1 :]] = value
    return list(found.values())


def _object_of(oid: str, mibs: Mapping[str, MibObject]) -> str | None:
    arcs = oid.split(".")
    return next(
        (head for n in range(len(arcs) - 1, 6, -1) if (head := ".".join(arcs[:n])) in mibs and mibs[head].module), None
    )


def _guessed_columns(variables: Mapping[str, Value]) -> dict[str, str]:
    """Without a MIB: a cell below `entry.column` is one whose entry arc is 1 and whose table has several columns."""
    guessed = {}
    for oid in variables:
        arcs = oid.split(".")
        if arcs[-1] == "0":
            continue
        for n in range(9, len(arcs) - 1):
            if arcs[n - 1] == "1" and arcs[n - 2] != "1":
                guessed[oid] = ".".join(arcs[: n + 1])
    return guessed


def _number_name(oid: str) -> str:
    return "object_" + "_".join(oid.split(".")[6:])


def _guess(entry: _Object, value: Value) -> tuple[str, str] | None:
    """(metric, unit) that the name and the MIB suggest, for objects that hold numbers."""
    if not isinstance(value, (int, float)):
        return None
    stated = (entry.mib.units if entry.mib else "").lower()
    for pattern, metric, unit in _GUESSES:
        if re.search(pattern, entry.name, re.IGNORECASE):
            return metric, next((symbol for word, symbol in _UNIT_WORDS if word in stated), unit)
    return None


def _written(descr: str, own: str, objects: Sequence[_Object], mibs: Mapping[str, MibObject]) -> str:
    arcs = own.split(".")
    enterprise = ".".join(arcs[:7]) if own.startswith(_ENTERPRISES + ".") else f"{_ENTERPRISES}.0"
    modules = sorted({entry.mib.module for entry in objects if entry.mib and entry.mib.module})
    lines = [
        f"# Draft from a recording. sysDescr: {descr[:150]}",
        "# Check every unit against the MIB, give labels, take out what nobody needs, then remove these lines.",
        f"title: {arcs[6] if len(arcs) > 6 else 'unknown'} equipment"
        if not modules
        else f"title: Equipment of {modules[0]}",
        f"mibs: [{', '.join(modules)}]",
        "prefix:",
        f"  vendor: {enterprise}",
        "match:",
        f"  - sys_object_id: {own or enterprise}",
        "facts:",
        "  vendor: TODO",
    ]
    tables: dict[str, list[_Object]] = defaultdict(list)
    scalars: list[_Object] = []
    for entry in objects:
        (scalars if set(entry.instances) == {"0"} else tables[entry.oid.rpartition(".")[0]]).append(entry)
    lines += _scalars(scalars, enterprise)
    lines += _tables(tables, enterprise, mibs)
    return "\n".join(lines) + "\n"


def _short(oid: str, enterprise: str) -> str:
    return "vendor" + oid[len(enterprise) :] if oid.startswith(enterprise + ".") else oid


def _scalars(objects: Iterable[_Object], enterprise: str) -> list[str]:
    lines = []
    for entry in objects:
        value = entry.instances["0"]
        lines.append(f"  {entry.name}: {_column(entry, value, _short(entry.oid, enterprise) + '.0', None)}")
    return ["scalars:", *lines] if lines else []


def _tables(tables: Mapping[str, Sequence[_Object]], enterprise: str, mibs: Mapping[str, MibObject]) -> list[str]:
    lines = []
    for at, columns in tables.items():
        parent = mibs.get(at) or mibs.get(at.rpartition(".")[0])
        labels = [c.name for c in columns if _LABEL.search(c.name)]
        lines += [
            f"  {parent.name if parent else _number_name(at)}:",
            f"    at: {_short(at, enterprise)}",
            "    columns:",
        ]
        for column in columns:
            value = next(iter(column.instances.values()))
            is_label = column.name in labels
            written = _column(column, value, column.oid.rpartition(".")[2], "text" if is_label else None)
            lines.append(f"      {column.name}: {written}")
        label = "|".join([*labels, "index"])
        lines.append(f'    component: {{label: "{{{label}}}"}}')
    return ["tables:", *lines] if lines else []


def _column(entry: _Object, value: Value, at: str, parse: str | None) -> str:
    """The right-hand side of one object: its place, and what it probably is; its value as a comment."""
    shown = f"  # {_comment(entry)}"
    if parse:
        return f"{{at: {at}, as: {parse}}}{shown}"
    if entry.mib and entry.mib.enumeration and _STATUS.search(entry.name):
        states = ", ".join(f"{n}: {_severity(word)} {word}" for n, word in sorted(entry.mib.enumeration.items()))
        return f"{{at: {at}, state: {{{states}}}}}{shown}"
    guess = _guess(entry, value)
    if guess:
        unit = f", unit: {guess[1]}" if guess[1] else ""
        return f"{{at: {at}, metric: {guess[0]}{unit}}}{shown}"
    return f"{{at: {at}, as: text}}{shown}" if isinstance(value, bytes) else f"{at}{shown}"


def _comment(entry: _Object) -> str:
    values = [text(v)[:40] for v in list(entry.instances.values())[:_MOST_ROWS]]
    units = f" [{entry.mib.units}]" if entry.mib and entry.mib.units else ""
    return " | ".join(values).replace("\n", " ") + units


def _severity(word: str) -> str:
    if re.search(r"fail|crit|alarm|error|fault|dead|down|nonrecover", word, re.IGNORECASE):
        return "critical"
    if re.search(r"warn|degrad|minor|noncrit", word, re.IGNORECASE):
        return "warning"
    if re.search(r"unknown|other|notpresent|absent|unavail", word, re.IGNORECASE):
        return "unknown"
    return "ok"
