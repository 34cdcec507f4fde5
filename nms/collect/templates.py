"""Labels and keys made of columns: `{ifName|ifDescr} Rx` takes the first of the columns that is not empty."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_HOLE = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*|'[^']*'")


@dataclass(frozen=True, slots=True)
class Template:
    """Parts in order: a text, or a tuple of column names tried from left to right (or quoted text at the end)."""

    text: str
    parts: tuple[str | tuple[str, ...], ...]
    names: frozenset[str]

    def render(self, columns: Mapping[str, Sequence[Any]], row: int) -> str:
        """The text of one row; empty when no hole of the template could be filled."""
        filled, pieces = not self.names, []
        for part in self.parts:
            if isinstance(part, str):
                pieces.append(part)
                continue
            value = _first(part, columns, row)
            filled = filled or bool(value)
            pieces.append(value)
        return " ".join("".join(pieces).split()) if filled else ""


def _first(names: tuple[str, ...], columns: Mapping[str, Sequence[Any]], row: int) -> str:
    for name in names:
        if name[0] == "'":
            return name[1:-1]
        value = columns[name][row]
        if value is not None and value != "":
            return str(value)
    return ""


def template(text: str) -> Template:
    """Raises `ValueError` when a hole is not a column name or several with `|` between."""
    parts: list[str | tuple[str, ...]] = []
    names: set[str] = set()
    position = 0
    for hole in _HOLE.finditer(text):
        if hole.start() > position:
            parts.append(text[position : hole.start()])
        options = tuple(option.strip() for option in hole[1].split("|"))
        for option in options:
            if not _NAME.fullmatch(option):
                raise ValueError(f"“{{{hole[1]}}}” does not name a column")
        names.update(option for option in options if option[0] != "'")
        parts.append(options)
        position = hole.end()
    if position < len(text):
        parts.append(text[position:])
    return Template(text, tuple(parts), frozenset(names))
