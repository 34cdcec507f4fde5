"""Names, units and enumerations of MIB objects, read from MIB modules with pysmi; only drafting needs it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nms.transports.errors import LocalFault


@dataclass(frozen=True, slots=True)
class MibObject:
    """One object as its module defines it."""

    oid: str
    name: str
    module: str
    units: str = ""
    enumeration: Mapping[int, str] = field(default_factory=dict)


def read_mibs(folder: Path) -> dict[str, MibObject]:
    """Every object of the modules in a folder, by OID. Raises `LocalFault` without pysmi or readable modules."""
    try:
        from pysmi.codegen import JsonCodeGen
        from pysmi.compiler import MibCompiler
        from pysmi.parser import SmiV1CompatParser
        from pysmi.reader import FileReader
        from pysmi.searcher import StubSearcher
        from pysmi.writer import FileWriter
    except ImportError as error:
        raise LocalFault("reading MIB modules needs pysmi: install it with “pip install pysmi”") from error
    if not folder.is_dir():
        raise LocalFault(f"{folder} is not a folder of MIB modules")
    with tempfile.TemporaryDirectory() as scratch:
        writer = FileWriter(scratch).set_options(suffix=".json")
        compiler = MibCompiler(SmiV1CompatParser(tempdir=scratch), JsonCodeGen(), writer)
        compiler.add_sources(FileReader(str(folder), recursive=True))
        compiler.add_searchers(StubSearcher(*JsonCodeGen.baseMibs))
        names = sorted({path.stem for path in folder.rglob("*") if path.is_file()})
        compiler.compile(*names, rebuild=True, ignoreErrors=True)
        return {one.oid: one for path in sorted(Path(scratch).glob("*.json")) for one in _objects(path)}


def _objects(path: Path) -> Iterator[MibObject]:
    try:
        module = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    types = {
        name: one for name, one in module.items() if isinstance(one, dict) and one.get("class") == "textualconvention"
    }
    for name, one in module.items():
        if isinstance(one, dict) and one.get("oid") and one.get("class") in ("objecttype", "objectidentity"):
            enumeration = _enumeration(one.get("syntax", {}), types)
            yield MibObject(one["oid"], name, path.stem, str(one.get("units", "")), enumeration)


def _enumeration(syntax: Mapping[str, Any], types: Mapping[str, Any]) -> dict[int, str]:
    named = syntax.get("constraints", {}).get("enumeration")
    if named is None and syntax.get("type") in types:
        named = types[syntax["type"]].get("type", {}).get("constraints", {}).get("enumeration")
    return {int(number): word for word, number in (named or {}).items()}
