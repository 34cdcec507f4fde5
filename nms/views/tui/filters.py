"""The language of `/`: words that must all be found, each a regular expression, `!` before one that must not.

tesoreria               anywhere in the row, without regard to case or accents
!printer                nowhere in it
state:down              in that column
department:^(dif|agua)  a regular expression
alerts:>2  load:<0.5    a comparison with the number of that column
"no answer"             quotes keep words together

A column may be called as it is on the screen, with _ for a space: estado:caído.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from nms.text import fold as fold

R = TypeVar("R")

_TERM = re.compile(r'(!?)(?:([^\W\d]\w*):)?(?:"([^"]*)"?|(\S+))')
_COMPARISON = re.compile(r"^([<>])(=?)\s*(-?\d+(?:\.\d+)?)\s*(%?)$")
_PART_OF_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2})+|[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{2,4})+")
"""An address of a card as one system writes it: it is found as any other writes it."""
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Term:
    field: str
    pattern: re.Pattern[str]
    inverse: bool = False
    compare: Callable[[float], bool] | None = None
    broken: str = ""
    """What is no regular expression, and is looked for as it stands."""


def called(title: str) -> str:
    """How the title of a column is written before the colon of a filter."""
    return "_".join(fold(title).split())


def parse(text: str, fields: Mapping[str, str]) -> tuple[Term, ...]:
    """The terms of a filter; `fields` by what they may be called.

    A `word:` that is no field is text; a broken expression is looked for literally.
    """
    found: list[Term] = []
    for match in _TERM.finditer(text[:LONGEST]):
        inverse, field, quoted, bare = match.groups()
        value = quoted if quoted is not None else bare
        name = fields.get(fold(field), "") if field else ""
        if field and not name:
            value = f"{field}:{value}"
        if value:
            pattern, broken = _pattern(value)
            found.append(Term(name, pattern, bool(inverse), _comparison(value) if name else None, broken))
    return tuple(found)


def _pattern(value: str) -> tuple[re.Pattern[str], str]:
    if _PART_OF_MAC.fullmatch(value):
        digits = re.sub(r"[^0-9A-Fa-f]", "", value).lower()
        spelled = "[:.-]?".join(digits[at : at + 2] for at in range(0, len(digits), 2))
        return re.compile(f"{re.escape(fold(value))}|{spelled}"), ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a doubtful expression would warn on the screen: it is taken literally
            return re.compile(fold(value), re.MULTILINE), ""
    except (re.error, RecursionError, OverflowError, Warning):
        return re.compile(re.escape(fold(value))), value


def _comparison(value: str) -> Callable[[float], bool] | None:
    match = _COMPARISON.match(value)
    if match is None:
        return None
    sign, equal, digits, percent = match.groups()
    limit = float(digits) / (100 if percent else 1)
    if sign == ">":
        return (lambda number: number >= limit) if equal else (lambda number: number > limit)
    return (lambda number: number <= limit) if equal else (lambda number: number < limit)


@dataclass(slots=True)
class Searchable(Generic[R]):
    """How a list's rows are looked through: the whole row as folded text, and each field."""

    whole: Callable[[R], str]
    text_of: Callable[[R, str], str]
    number_of: Callable[[R, str], float | None]


def choose(rows: Sequence[R], terms: Sequence[Term], search: Searchable[R]) -> list[R]:
    """The rows that satisfy every term."""
    found = list(rows)
    for term in terms:
        found = [row for row in found if _holds(row, term, search) is not term.inverse]
    return found


def _holds(row: R, term: Term, search: Searchable[R]) -> bool:
    if not term.field:
        return term.pattern.search(search.whole(row)) is not None
    if term.compare is not None:
        number = search.number_of(row, term.field)
        return number is not None and term.compare(number)
    return term.pattern.search(search.text_of(row, term.field)) is not None
