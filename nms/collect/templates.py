"""Labels and keys made of columns: `{ifName|ifDescr} Rx` takes the first of the columns that is not empty."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from nms.messages import CALLED, called
from nms.model import Message, Parameter

_HOLE = re.compile(r"\{([^{}]*)\}")
_LETTER = re.compile(r"[^\W\d_]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*|'[^']*'")


@dataclass(frozen=True, slots=True)
class Template:
    """Parts in order: a text, or a tuple of column names tried from left to right (or quoted text at the end)."""

    text: str
    parts: tuple[str | tuple[str, ...], ...]
    names: frozenset[str]
    msgid: str
    """The same with its holes numbered: `Fan {1}`."""
    has_words: bool
    """Whether some of it is ours, and not the device's."""

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

    def said(self, columns: Mapping[str, Sequence[Any]], row: int) -> Message | None:
        """What `render` gives as a sentence to be translated; None where all of it comes from the device."""
        holes = [part for part in self.parts if not isinstance(part, str)]
        chosen = [_chosen(hole, columns, row) for hole in holes]
        if not self.has_words and not any(isinstance(one, Message) for one in chosen):
            return None
        if self.names and not any(chosen):
            return None
        return Message(self.msgid, {str(n): one for n, one in enumerate(chosen, 1)}, CALLED)

    def words(self) -> Iterator[str]:
        """What translators must know of it."""
        if self.has_words:
            yield self.msgid
        for part in self.parts:
            if isinstance(part, tuple):
                yield from (name[1:-1] for name in part if name[0] == "'" and _LETTER.search(name))


def _chosen(names: tuple[str, ...], columns: Mapping[str, Sequence[Any]], row: int) -> Parameter:
    """What fills a hole: text of the device, or a word of ours that stands in its place."""
    last = names[-1]
    value = _first(names, columns, row)
    own = last[0] == "'" and not _first(names[:-1], columns, row)
    return called(value) if own and _LETTER.search(value) else value


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
    has_words = any(isinstance(part, str) and _LETTER.search(part) for part in parts)
    return Template(text, tuple(parts), frozenset(names), _numbered(parts), has_words)


def _numbered(parts: Sequence[str | tuple[str, ...]]) -> str:
    numbers = count(1)
    return "".join(part if isinstance(part, str) else f"{{{next(numbers)}}}" for part in parts)
