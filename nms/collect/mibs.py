"""Names, units and enumerations of MIB objects, read from MIB modules; only drafting needs it.

Not a compiler: it reads what a draft can use, object by object, and passes over what it does not understand, so that
the broken modules which many vendors publish, or a missing import, cost nothing but the objects concerned.
Source: RFC 2578 (SMIv2), RFC 1212 (SMIv1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nms.i18n import gettext as _
from nms.transports.errors import LocalFault


@dataclass(frozen=True, slots=True)
class MibObject:
    """One object as its module defines it."""

    oid: str
    name: str
    module: str
    units: str = ""
    enumeration: Mapping[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Found:
    """What the modules say, before names are resolved."""

    parents: dict[str, tuple[str, str]] = field(default_factory=dict)
    objects: dict[str, MibObject] = field(default_factory=dict)
    types: dict[str, Mapping[int, str]] = field(default_factory=dict)
    syntaxes: dict[str, str] = field(default_factory=dict)


_ROOTS = {
    "iso": "1", "org": "1.3", "dod": "1.3.6", "internet": "1.3.6.1", "mgmt": "1.3.6.1.2", "mib-2": "1.3.6.1.2.1",
    "experimental": "1.3.6.1.3", "private": "1.3.6.1.4", "enterprises": "1.3.6.1.4.1", "snmpV2": "1.3.6.1.6",
    "snmpModules": "1.3.6.1.6.3", "transmission": "1.3.6.1.2.1.10",
}  # fmt: skip
_NAME = r"([A-Za-z][A-Za-z0-9-]*)"
_PLACE = r"::=\s*\{\s*([^{}]*?)\s*\}"
_MODULE = re.compile(rf"{_NAME}\s+DEFINITIONS\b")
_NODE = re.compile(
    rf"{_NAME}\s+(?:OBJECT\s+IDENTIFIER|MODULE-IDENTITY|OBJECT-IDENTITY)\b(?:(?!::=).)*?{_PLACE}", re.DOTALL
)
_OBJECT = re.compile(rf"{_NAME}\s+OBJECT-TYPE\b((?:(?!::=).)*?){_PLACE}", re.DOTALL)
_TYPE = re.compile(
    rf"{_NAME}\s*::=\s*(?:TEXTUAL-CONVENTION\b(?:(?!::=).)*?SYNTAX\s+)?INTEGER\s*(\{{[^{{}}]*\}})", re.DOTALL
)
_SYNTAX = re.compile(rf"SYNTAX\s+{_NAME}\s*(\{{[^{{}}]*\}})?")
_UNITS = re.compile(r'UNITS\s*"([^"]*)"')
_LABEL = re.compile(rf"{_NAME}\s*\(\s*(-?\d+)\s*\)")
_QUOTED = re.compile(r'"[^"]*"', re.DOTALL)
_LARGEST = 16 * 1024 * 1024


def read_mibs(folder: Path) -> dict[str, MibObject]:
    """Every object of the modules in a folder, by OID. Raises `LocalFault` when there is no such folder."""
    if not folder.is_dir():
        raise LocalFault(_("{folder} is not a folder of MIB modules").format(folder=folder))
    found = _Found()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size <= _LARGEST:
            _read(path.read_text(encoding="utf-8", errors="replace"), found)
    return _resolved(found)


def _read(text: str, found: _Found) -> None:
    text = _plain(text)
    module = _MODULE.search(text)
    if module is None:
        return
    for node in _NODE.finditer(text):
        _place(node[1], node[2], found)
    for one in _TYPE.finditer(text):
        found.types[one[1]] = _enumeration(one[2])
    for one in _OBJECT.finditer(text):
        _place(one[1], one[3], found)
        syntax, units = _SYNTAX.search(one[2]), _UNITS.search(one[2])
        enumeration = _enumeration(syntax[2]) if syntax and syntax[2] else {}
        found.objects[one[1]] = MibObject("", one[1], module[1], units[1] if units else "", enumeration)
        found.syntaxes[one[1]] = syntax[1] if syntax else ""


def _plain(text: str) -> str:
    """Without comments and descriptions; only texts of one line (units) are kept."""
    lines = []
    for line in text.splitlines():
        head, dashes, _ = line.partition("--")
        lines.append(line if dashes and head.count('"') % 2 else head)
    return _QUOTED.sub(
        lambda quoted: quoted[0] if "\n" not in quoted[0] and "::=" not in quoted[0] else '""', "\n".join(lines)
    )


def _place(name: str, place: str, found: _Found) -> None:
    """`{ parent 3 }`, `{ parent sub(3) 4 }`: the parent, and the numbers below it."""
    words = re.findall(r"[A-Za-z][A-Za-z0-9-]*\s*\(\s*\d+\s*\)|[A-Za-z][A-Za-z0-9-]*|\d+", place)
    if not words:
        return
    numbers = [(re.search(r"\d+(?=\s*\)?$)", word) or [""])[0] for word in words[1:]]
    if all(numbers):
        parent = re.match(r"[A-Za-z0-9-]+", words[0])
        found.parents.setdefault(name, (parent[0] if parent else "", ".".join(numbers)))


def _enumeration(text: str) -> dict[int, str]:
    return {int(number): word for word, number in _LABEL.findall(text)}


def _resolved(found: _Found) -> dict[str, MibObject]:
    known = dict(_ROOTS)

    def oid(name: str) -> str | None:
        trail: list[str] = []
        while name not in known:
            if name not in found.parents or name in trail:
                return None
            trail.append(name)
            name = found.parents[name][0]
        for step in reversed(trail):
            parent, numbers = found.parents[step]
            known[step] = f"{known[parent]}.{numbers}" if numbers else known[parent]
            name = step
        return known[name]

    result: dict[str, MibObject] = {}
    for name in found.parents:
        place = oid(name)
        one = found.objects.get(name, MibObject("", name, ""))
        if place:
            enumeration = one.enumeration or found.types.get(found.syntaxes.get(name, ""), {})
            result[place] = replace(one, oid=place, enumeration=enumeration)
    return result
