"""The calendars of `config.yaml` as service hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from nms.calendars import Holidays, MonthlyHours, ServiceHours, Spans, spans, weekday_number
from nms.calendars.holidays import NO_HOLIDAYS
from nms.config import Calendar, HolidayRules, Office


def service_hours(office: Office) -> Mapping[str, ServiceHours]:
    """By name; `office` and `always` are among them."""
    zone = ZoneInfo(office.timezone)
    closed = holidays(office.holidays)
    return {name: _hours(name, calendar, closed, zone) for name, calendar in office.calendars.items()}


def holidays(rules: HolidayRules) -> Holidays:
    yearly = {(day.month, day.day): name for text, name in rules.yearly.items() if (day := _day(f"2024-{text}"))}
    added = {_day(text): name for text, name in rules.added.items()}
    return Holidays(rules.country, rules.subdivision, yearly, added, frozenset(rules.removed))


def _hours(name: str, calendar: Calendar, closed: Holidays, zone: ZoneInfo) -> ServiceHours:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (spans(*day) for day in calendar.weekly_hours())
    return ServiceHours(
        name=name,
        weekly=(monday, tuesday, wednesday, thursday, friday, saturday, sunday),
        monthly=tuple(
            MonthlyHours(rule.nth, weekday_number(rule.weekday), spans(*rule.hours), rule.months)
            for rule in calendar.monthly
        ),
        holidays=closed if calendar.holidays else NO_HOLIDAYS,
        exceptions=_exceptions(calendar),
        zone=zone,
    )


def _exceptions(calendar: Calendar) -> Mapping[date, Spans]:
    return {_day(text): spans(*hours) for text, hours in calendar.exceptions.items()}


def _day(text: str) -> date:
    return date.fromisoformat(text)
