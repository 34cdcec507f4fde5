"""Days on which the office is closed: the country's official ones, the municipality's own, and exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache

_SURELY_KNOWN = ("MX", "")
"""The default, which need not be looked up to be believed."""


@dataclass(frozen=True, slots=True)
class Holidays:
    """Holidays of a municipality, by name.

    `country`: ISO 3166 code whose official holidays count (Mexico: those of article 74 of the federal labour
    law); empty for none. `yearly`: (month, day) of each year; `added`: single days; `removed`: days on which the
    office works all the same, whoever declared them.
    """

    country: str = "MX"
    subdivision: str = ""
    yearly: Mapping[tuple[int, int], str] = field(default_factory=dict)
    added: Mapping[date, str] = field(default_factory=dict)
    removed: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.country and (self.country, self.subdivision) != _SURELY_KNOWN:
            _official(self.country, self.subdivision, 2025)
        for month, day in self.yearly:
            date(2024, month, day)

    def name(self, day: date) -> str | None:
        """What is celebrated on a day; None on which the office works."""
        if day in self.removed:
            return None
        own = self.added.get(day) or self.yearly.get((day.month, day.day))
        if own is not None or not self.country:
            return own
        return _official(self.country, self.subdivision, day.year).get(day)

    def in_year(self, year: int) -> dict[date, str]:
        """All holidays of a year, in order."""
        official = _official(self.country, self.subdivision, year) if self.country else {}
        own = {day for day in self.added if day.year == year}
        yearly = {date(year, month, day) for month, day in self.yearly if _exists(year, month, day)}
        return {day: name for day in sorted({*official, *own, *yearly}) if (name := self.name(day)) is not None}


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


@cache
def _official(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """A country's public holidays of one year, named in its own language whatever the process's locale is.

    Raises: ValueError for a country or subdivision that is not known.
    """
    from holidays import country_holidays  # a quarter of a second that most commands need not wait

    try:
        language = country_holidays(country, subdiv=subdivision or None).default_language
        return dict(country_holidays(country, subdiv=subdivision or None, years=year, language=language))
    except NotImplementedError as unknown:
        raise ValueError(
            f"no holidays are known for {country!r} {subdivision!r}: write an ISO 3166 code such as MX"
        ) from unknown


NO_HOLIDAYS = Holidays(country="")
MEXICO = Holidays("MX")
