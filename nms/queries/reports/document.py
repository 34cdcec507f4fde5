"""What a report is made of: sentences, figures, charts and tables, with values as they are and units beside them.

Every format (text, HTML, PDF, CSV, XLSX, JSON) is drawn from this, so that all of them say the same. Sentences are in
the reader's language; values are numbers in base units; what is not known is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Cell = str | int | float | None


class Unit(StrEnum):
    """How a number is shown. `ratio` and `share` run from 0 to 1: availability to 0.001 %, shares to 0.1 %."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    RATIO = "ratio"
    SHARE = "share"
    SECONDS = "seconds"
    MONEY = "money"
    INSTANT = "instant"
    DAY = "day"
    BITRATE = "bitrate"


class Kind(StrEnum):
    UPTIME = "uptime"
    SLA = "sla"
    MAINTENANCE = "maintenance"
    RENEWAL = "renewal"
    CAPACITY = "capacity"
    TELEPHONY = "telephony"
    PRINTING = "printing"


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    unit: Unit = Unit.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` are as long as `columns`, and so is `total`, the row below them. `empty` is said where there are none."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str = ""
    note: str = ""
    total: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """One value; `mark` is a target or a limit; `bad` when the value is on the wrong side of it."""

    label: str
    value: float | None
    mark: float | None = None
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Horizontal bars from `low` to `high` (None: the largest value)."""

    title: str
    unit: Unit
    bars: tuple[Bar, ...]
    low: float = 0.0
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number for the first page. `before`: the same in the period before; `more_is`: what its growth means."""

    label: str
    value: float | None
    unit: Unit
    before: float | None = None
    more_is: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    text: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """`better`, `worse`, `decisions`: the executive page. `period` and `before` (what figures are compared with) say
    periods in words, by the office clock."""

    kind: Kind
    title: str
    municipality: str
    department: str
    period: str
    start: float
    end: float
    timezone: str
    language: str
    currency: str
    generated_at: float
    figures: tuple[Figure, ...] = ()
    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    definitions: tuple[str, ...] = ()
    simulated: bool = False
    before: str = ""
