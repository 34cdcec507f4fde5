"""The office: who it is, its clock and language, and the calendars of its service hours."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from nms.calendars import WEEKDAYS, DaySpan, Holidays, weekday_number
from nms.documents import Strict, mistake


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        hint = "write an IANA name such as America/Mexico_City"
        raise mistake("“{key}”: there is no time zone {value}", hint, value=name) from error
    return name


def _hours(text: str) -> str:
    try:
        DaySpan.parse(text)
    except ValueError as error:
        raise mistake(
            "“{key}”: {value} are not hours of a day",
            "write them as 08:00-16:00; 22:00-06:00 ends the next day, 00:00-24:00 is the whole day",
            value=text,
        ) from error
    return text


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _iso_date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise mistake("“{key}”: {value} is not a date", "write it as 2026-12-24", value=str(value)) from error


def _month_day(value: str) -> str:
    _iso_date(f"2024-{value}")
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Hours = Annotated[str, AfterValidator(_hours)]
HoursOfDay = Annotated[tuple[Hours, ...], BeforeValidator(_listed)]
"""`08:00-16:00`, or a list of such spans; an empty list is closed."""

Day = Annotated[date, BeforeValidator(_iso_date)]
MonthDay = Annotated[str, AfterValidator(_month_day)]
"""`12-24`: month and day of each year."""


class MonthlyRule(Strict):
    """Other hours on the n-th weekday of the month: they replace the weekly ones of that day."""

    nth: Literal[1, 2, 3, 4, 5, -1]
    """Which one in the month: 1 the first, -1 the last."""

    weekday: str
    """`monday` ... `sunday`."""

    hours: HoursOfDay = ()
    """Its hours; none: closed."""

    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    """Only in these months (1 to 12); none: in all."""

    @model_validator(mode="after")
    def _known_day(self) -> MonthlyRule:
        _weekday(self.weekday)
        return self


def _weekday(name: str) -> None:
    try:
        weekday_number(name)
    except ValueError as error:
        raise mistake(
            "“{value}” is not a day of the week", "write one of {days}", value=name, days=", ".join(WEEKDAYS)
        ) from error


class Calendar(Strict):
    """Named service hours. For one day the first of these speaks: exception, holiday, monthly rule, weekly hours."""

    weekly: dict[str, HoursOfDay] = Field(default_factory=dict)
    """Hours by day: `monday` ... `sunday`, or `weekdays`, `weekend`, `daily` for several. A day not named is closed."""

    monthly: tuple[MonthlyRule, ...] = ()
    """Rules such as “first Monday of the month closed”."""

    holidays: bool = True
    """Whether the holidays of the office close this calendar."""

    exceptions: dict[str, HoursOfDay] = Field(default_factory=dict)
    """Hours of single days (`2026-12-24: 08:00-12:00`); an empty list is closed. Stronger than holidays."""

    @model_validator(mode="after")
    def _known_days(self) -> Calendar:
        for name in self.weekly:
            if name not in GROUPS_OF_DAYS:
                _weekday(name)
        for day in self.exceptions:
            _iso_date(day)
        return self

    def weekly_hours(self) -> tuple[tuple[str, ...], ...]:
        """The spans of each day, Monday first; a day named by itself is stronger than its group."""
        week: list[tuple[str, ...]] = [()] * 7
        for name, hours in sorted(self.weekly.items(), key=lambda item: -len(GROUPS_OF_DAYS.get(item[0], ()))):
            for number in GROUPS_OF_DAYS.get(name) or (weekday_number(name),):
                week[number] = hours
        return tuple(week)


GROUPS_OF_DAYS = {"daily": tuple(range(7)), "weekdays": tuple(range(5)), "weekend": (5, 6)}


class HolidayRules(Strict):
    """Days on which the office is closed."""

    country: str = "MX"
    """ISO 3166 code whose official holidays count; empty for none."""

    subdivision: str = ""
    """State, where it has holidays of its own (ISO 3166-2 part after the dash)."""

    yearly: dict[MonthDay, str] = Field(default_factory=dict)
    """The municipality's own, each year: `11-02: Día de Muertos`."""

    added: dict[str, str] = Field(default_factory=dict)
    """Single days: `2026-12-24: Nochebuena`."""

    removed: tuple[Day, ...] = ()
    """Days on which the office works although somebody declared them holidays."""

    @model_validator(mode="after")
    def _days_exist(self) -> HolidayRules:
        for day in self.added:
            _iso_date(day)
        try:
            Holidays(self.country, self.subdivision)
        except ValueError as error:
            raise mistake(
                "no holidays are known for “{country} {part}”",
                "write an ISO 3166 code such as MX, or an empty text for none",
                country=self.country,
                part=self.subdivision,
            ) from error
        return self


def _default_calendars() -> dict[str, Calendar]:
    return {
        "office": Calendar(weekly={"weekdays": ("08:00-16:00",)}),
        "always": Calendar(weekly={"daily": ("00:00-24:00",)}, holidays=False),
    }


class Office(Strict):
    """Who runs this monitor, and its clock."""

    municipality: str = "Municipio"
    """Name shown on screens and reports."""

    timezone: Zone = "America/Mexico_City"
    """IANA time zone of the office; all hours in this file and in the playbooks are on its clock."""

    language: Literal["es", "en"] = "es"
    """Language of screens, messages and reports unless a reader chooses another."""

    currency: str = Field(default="MXN", pattern=r"^[A-Z]{3}$")
    """ISO 4217 code of costs."""

    holidays: HolidayRules = HolidayRules()
    """Official and own holidays."""

    calendars: dict[str, Calendar] = Field(default_factory=_default_calendars)
    """Service hours by name; departments and service levels name one. `office` and `always` exist without saying."""

    @model_validator(mode="after")
    def _standard_calendars(self) -> Office:
        for name, calendar in _default_calendars().items():
            self.calendars.setdefault(name, calendar)
        return self
