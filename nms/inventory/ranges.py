"""Ranges in names and addresses: `pc-tesoreria-[001:024]` is 24 names, `127.20.3.[11:34]` their addresses.

As in Ansible: both ends count, a leading zero keeps the width, a third number is the step, single letters work too,
and several ranges in one pattern multiply.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from nms.model import Message

MOST = 10_000
"""Names that one pattern may make."""

_RANGE = re.compile(r"\[([^\[\]:]*):([^\[\]:]*)(?::([^\[\]:]*))?\]")
_HINT = Message("write a range as [01:24], [a:f] or [0:20:2]")


class RangeMistake(Exception):
    """A pattern cannot be expanded; `message` says why, `hint` what to write."""

    def __init__(self, message: Message, hint: Message = _HINT) -> None:
        self.message, self.hint = message, hint
        super().__init__(message.template)


def has_range(pattern: str) -> bool:
    return _RANGE.search(pattern) is not None


def expand(pattern: str) -> list[str]:
    """Every text that a pattern stands for, in order; a text without ranges is itself. Raises: `RangeMistake`."""
    return [text for text, _ in expand_numbered(pattern)]


def expand_numbered(pattern: str) -> list[tuple[str, str]]:
    """The same with what the last range put in (`024`); empty where there is no range."""
    pieces = _RANGE.split(pattern)
    if any("[" in literal or "]" in literal for literal in pieces[::4]):
        raise RangeMistake(Message("“{pattern}” holds a bracket that is no range", {"pattern": pattern}))
    ranges = [_values(pattern, *pieces[at : at + 3]) for at in range(1, len(pieces), 4)]
    total = 1
    for one in ranges:
        total *= len(one)
    if total > MOST:
        message = Message("“{pattern}” makes more than {most} names", {"pattern": pattern, "most": MOST})
        raise RangeMistake(message, Message("split it into several ranges"))
    return [(_joined(pieces[::4], chosen), chosen[-1] if chosen else "") for chosen in itertools.product(*ranges)]


def _joined(literals: Sequence[str], chosen: Sequence[str]) -> str:
    parts = [literals[0]]
    for value, literal in zip(chosen, literals[1:], strict=True):
        parts += [value, literal]
    return "".join(parts)


def _values(pattern: str, first: str, last: str, step_text: str | None) -> list[str]:
    step = 1 if step_text is None else int(step_text) if step_text.isascii() and step_text.isdigit() else 0
    if step < 1:
        raise RangeMistake(Message("the step in “{pattern}” must be a whole number above 0", {"pattern": pattern}))
    if all(end.isascii() and end.isdigit() and len(end) <= 9 for end in (first, last)):
        low, high = int(first), int(last)
        width = len(first) if first.startswith("0") else 0
        values = [f"{number:0{width}d}" for number in itertools.islice(range(low, high + 1, step), MOST + 1)]
    elif all(len(end) == 1 and end.isascii() and end.isalpha() for end in (first, last)):
        values = [chr(code) for code in range(ord(first), ord(last) + 1, step)]
    else:
        raise RangeMistake(Message("“{pattern}” is not a range of numbers or letters", {"pattern": pattern}))
    if not values:
        raise RangeMistake(Message("the range in “{pattern}” runs backwards", {"pattern": pattern}))
    return values
