"""Hours, holidays, windows and shifts on the office clock, against a second-by-second oracle."""

# ruff: noqa: DTZ001  (times on the office wall carry no zone)

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nms import calendars
from nms.calendars import (
    MEXICO,
    OFFICE_ZONE,
    WHOLE_DAY,
    DaySpan,
    Holidays,
    Interval,
    IntervalSet,
    MonthlyHours,
    OneOff,
    Recurring,
    Rotation,
    ServiceHours,
    Shift,
)

EPOCH_DAY = date(1970, 1, 1).toordinal()

# Days on which clocks change (and one on which none does): forward, backward, by half an hour, by a whole day.
CHANGES = (
    ("America/Mexico_City", date(2026, 3, 8)),
    ("America/Mexico_City", date(2022, 4, 3)),
    ("America/Mexico_City", date(2022, 10, 30)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Europe/Madrid", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Santiago", date(2026, 9, 6)),
    ("Pacific/Apia", date(2011, 12, 30)),
)


@cache
def wall_seconds(name: str, middle: date) -> tuple[int, np.ndarray]:
    """First instant of some days around a clock change, and for each second what the clock has reached.

    "Has reached": the latest time shown so far, so that a clock set back stands until it has caught up.
    """
    zone = ZoneInfo(name)
    first = int(datetime(middle.year, middle.month, middle.day, tzinfo=UTC).timestamp()) - 3 * 86_400
    offsets = np.array([_offset(zone, first + minute * 60) for minute in range(6 * 1440 + 1)], dtype=np.int64)
    shown = first + np.arange(6 * 86_400) + np.repeat(offsets[:-1], 60)
    for minute in np.flatnonzero(np.diff(offsets)).tolist():
        for second in range(minute * 60, minute * 60 + 60):
            shown[second] = first + second + _offset(zone, first + second)
    return first, np.maximum.accumulate(shown)


def _offset(zone: ZoneInfo, second: int) -> int:
    return int(datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset().total_seconds())


def oracle(name: str, middle: date, spans_of_day) -> tuple[int, np.ndarray]:
    first, reached = wall_seconds(name, middle)
    inside = np.zeros(len(reached), dtype=bool)
    for number in range(-6, 8):
        day = middle + timedelta(days=number)
        midnight = (day.toordinal() - EPOCH_DAY) * 86_400
        for span in spans_of_day(day):
            inside |= (reached >= midnight + span.start) & (reached < midnight + span.end)
    return first, inside


def assert_same_seconds(found: IntervalSet, first: int, inside: np.ndarray) -> None:
    seconds = found.contains_each(first + np.arange(len(inside)))
    differing = np.nonzero(seconds != inside)[0]
    assert not len(differing), f"{len(differing)} seconds differ, the first at {first + differing[0]}"
    assert found.length == inside.sum()


day_spans = st.builds(
    lambda start, length: DaySpan(start * 60, (start + length) * 60), st.integers(0, 1439), st.integers(1, 1440)
)
days_hours = st.lists(day_spans, max_size=2).map(tuple)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(CHANGES),
    st.lists(days_hours, min_size=7, max_size=7).map(tuple),
    st.integers(-2, 2),
    st.sampled_from((None, (), WHOLE_DAY)),
)
def test_service_hours_are_those_of_the_office_clock_second_by_second(change, weekly, offset, exception):
    name, middle = change
    exceptions = {} if exception is None else {middle + timedelta(days=offset): exception}
    hours = ServiceHours("any", weekly, exceptions=exceptions, zone=ZoneInfo(name))
    first, inside = oracle(name, middle, lambda day: exceptions.get(day, weekly[day.weekday()]))
    assert_same_seconds(hours.intervals(first, first + len(inside)), first, inside)


@pytest.mark.parametrize(("name", "middle"), CHANGES)
def test_shifts_that_meet_on_the_clock_meet_in_fact_whatever_the_clocks_do(name, middle):
    zone = ZoneInfo(name)
    shifts = [
        Shift(text, ((DaySpan.parse(text),) * 1,) * 7, zone=zone)
        for text in ("00:00-02:30", "02:30-10:00", "10:00-23:30", "23:30-00:00")
    ]
    window = calendars.day(middle, zone)
    parts = [shift.intervals(*window) for shift in shifts]
    assert sum(part.length for part in parts) == window.length
    assert calendars.union(shifts, *window) == IntervalSet([window] if window.length else [])


def test_a_day_is_as_long_as_the_clock_makes_it():
    new_york = ZoneInfo("America/New_York")
    assert calendars.day(date(2026, 3, 8), new_york).length == 23 * 3600
    assert calendars.day(date(2026, 11, 1), new_york).length == 25 * 3600
    assert calendars.day(date(2026, 3, 8)).length == 24 * 3600
    assert calendars.month(2026, 12).end == calendars.year(2026).end == calendars.month(2027, 1).start
    assert calendars.month(2026, 2).length == 28 * 86_400


def test_a_time_that_the_clock_skips_is_the_instant_of_the_jump():
    new_york = ZoneInfo("America/New_York")
    jump = datetime(2026, 3, 8, 7, 0, tzinfo=UTC).timestamp()
    assert calendars.instant(datetime(2026, 3, 8, 2, 30), new_york) == jump
    assert calendars.instant(datetime(2026, 3, 8, 3, 0), new_york) == jump
    first_coming = datetime(2026, 11, 1, 5, 30, tzinfo=UTC).timestamp()
    assert calendars.instant(datetime(2026, 11, 1, 1, 30), new_york) == first_coming


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [("08:00-16:00", 8, 16), ("22:00-06:00", 22, 30), ("0:00-24:00", 0, 24), (" 16:00 - 00:00 ", 16, 24)],
)
def test_hours_are_read_from_text(text, start, end):
    assert DaySpan.parse(text) == DaySpan(start * 3600, end * 3600)


@pytest.mark.parametrize("text", ["8-16", "08:00", "25:00-26:00", "08:00-08:00", "24:00-08:00", "08:60-09:00", ""])
def test_hours_that_make_no_sense_are_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match=r"write|past|day"):
        DaySpan.parse(text)


@settings(max_examples=50)
@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.sampled_from((1, 2, 3, 4, 5, -1, -2, -5)), st.integers(0, 6))
def test_the_nth_weekday_of_a_month_is_counted_as_on_a_calendar_sheet(day, nth, weekday):
    length = calendar.monthrange(day.year, day.month)[1]
    sheet = [d for d in (day.replace(day=n + 1) for n in range(length)) if d.weekday() == weekday]
    expected = sheet[nth - 1 if nth > 0 else nth] if abs(nth) <= len(sheet) else None
    rule = MonthlyHours(nth, weekday, ())
    assert [d for d in (day.replace(day=n + 1) for n in range(length)) if rule.applies(d)] == (
        [] if expected is None else [expected]
    )


def office(**more) -> ServiceHours:
    hours = calendars.spans("08:00-16:00")
    return ServiceHours("office", (*([hours] * 5), (), ()), holidays=MEXICO, **more)


def test_the_office_is_closed_on_official_holidays_and_weekends():
    september = office().intervals(*calendars.month(2026, 9))
    assert september.length == 21 * 8 * 3600
    assert not office().on(date(2026, 9, 16))
    assert MEXICO.in_year(2026)[date(2026, 11, 16)] == "Día de la Revolución"
    assert len(MEXICO.in_year(2026)) == 7
    assert date(2024, 10, 1) in MEXICO.in_year(2024)


def test_the_municipality_adds_holidays_and_works_on_others():
    own = Holidays(
        "MX",
        yearly={(7, 25): "Santiago Apóstol", (2, 29): "Día bisiesto"},
        added={date(2026, 4, 3): "Viernes Santo"},
        removed=frozenset({date(2026, 3, 16)}),
    )
    assert own.name(date(2026, 4, 3)) == "Viernes Santo"
    assert own.name(date(2027, 7, 25)) == "Santiago Apóstol"
    assert own.name(date(2026, 3, 16)) is None
    assert len(own.in_year(2026)) == 8
    assert len(own.in_year(2028)) == 7 + 2


def test_an_exception_speaks_before_the_holiday_and_the_holiday_before_the_monthly_rule():
    monday = MonthlyHours(3, 0, calendars.spans("08:00-12:00"))
    hours = office(monthly=(monday,), exceptions={date(2026, 12, 25): calendars.spans("10:00-11:00")})
    assert hours.on(date(2026, 2, 16)) == calendars.spans("08:00-12:00")
    assert hours.on(date(2026, 3, 16)) == ()
    assert hours.on(date(2026, 12, 25)) == calendars.spans("10:00-11:00")


def test_the_night_before_a_holiday_runs_to_its_end():
    night = ServiceHours("night", (calendars.spans("22:00-06:00"),) * 7, holidays=MEXICO)
    found = night.intervals(*calendars.day(date(2026, 9, 16)))
    midnight = calendars.instant(datetime(2026, 9, 16))
    assert found == IntervalSet([(midnight, midnight + 6 * 3600)])


def test_an_unknown_country_is_refused():
    with pytest.raises(ValueError, match="ISO 3166"):
        Holidays("ZZ")


def test_a_promise_of_service_hours_falls_due_in_service_hours():
    friday_afternoon = calendars.instant(datetime(2026, 9, 11, 15, 0))
    due = office().advance(friday_afternoon, 4 * 3600)
    assert due == calendars.instant(datetime(2026, 9, 14, 11, 0))
    assert office().elapsed(friday_afternoon, due) == 4 * 3600
    assert office().advance(friday_afternoon, 400 * 3600) is not None
    never = ServiceHours("never", ((),) * 7)
    assert never.advance(friday_afternoon, 60, horizon_days=400) is None


def test_contains_agrees_with_the_intervals():
    assert office().contains(calendars.instant(datetime(2026, 9, 11, 8, 0)))
    assert not office().contains(calendars.instant(datetime(2026, 9, 11, 16, 0)))
    assert calendars.always().contains(0.0)


def test_a_recurring_window_opens_by_the_office_clock_and_lasts_exact_seconds():
    new_york = ZoneInfo("America/New_York")
    first_sundays = Recurring("FREQ=MONTHLY;BYDAY=1SU", datetime(2026, 1, 4, 1, 0), 3 * 3600.0, new_york)
    opens = datetime(2026, 11, 1, 5, 0, tzinfo=UTC).timestamp()
    assert list(first_sundays.intervals(*calendars.month(2026, 11, new_york))) == [Interval(opens, opens + 3 * 3600)]
    year = first_sundays.intervals(*calendars.year(2026, new_york))
    assert (len(year), year.length) == (12, 12 * 3 * 3600)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 96), st.integers(1, 9), st.integers(0, 47), st.integers(-100, 100), st.integers(1, 200))
def test_a_recurring_window_is_that_of_a_brute_force_walk(hours, every, start_hour, offset, length):
    first = datetime(2026, 3, 1) + timedelta(hours=start_hour)
    window = Recurring(f"FREQ=DAILY;INTERVAL={every}", first, hours * 3600.0)
    start = calendars.instant(first) + offset * 3600
    end = start + length * 3600
    opens = [calendars.instant(first + timedelta(days=every * n)) for n in range(400 // every)]
    found = window.intervals(start, end)
    for hour in range(length):
        at = start + hour * 3600
        assert found.contains(at) == any(o <= at < o + hours * 3600 for o in opens)


def test_exceptions_and_an_until_in_utc_end_a_recurrence():
    window = Recurring(
        "FREQ=DAILY;UNTIL=20260305T060000Z",
        datetime(2026, 3, 1),
        3600.0,
        except_starts=frozenset({datetime(2026, 3, 2)}),
    )
    opens = window.starts(*calendars.month(2026, 3))
    assert [calendars.wall_time(at).day for at in opens] == [1, 3, 4, 5]


@pytest.mark.parametrize(
    ("rule", "first", "duration"),
    [
        ("every sunday", datetime(2026, 1, 1), 60.0),
        ("FREQ=MINUTELY", datetime(2026, 1, 1), 60.0),
        ("FREQ=DAILY", datetime(2026, 1, 1, tzinfo=UTC), 60.0),
        ("FREQ=DAILY", datetime(2026, 1, 1), 0.0),
        ("RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", datetime(2026, 1, 1), 60.0),
    ],
)
def test_a_recurrence_that_cannot_be_kept_is_refused(rule, first, duration):
    with pytest.raises(ValueError, match=r"rule|clock|duration"):
        Recurring(rule, first, duration)


def test_windows_of_all_kinds_are_joined():
    once = OneOff.local(datetime(2026, 3, 1, 2), datetime(2026, 3, 1, 4))
    nightly = Recurring("FREQ=DAILY", datetime(2026, 3, 1, 3), 2 * 3600.0)
    joined = calendars.union([once, nightly], *calendars.day(date(2026, 3, 1)))
    assert joined.length == 3 * 3600
    assert calendars.union([], 0, 10) == calendars.EMPTY
    assert calendars.occurrence_at(nightly, once.end) == Interval(once.start + 3600, once.end + 3600)
    with pytest.raises(ValueError, match="after it starts"):
        OneOff(5, 5)


def test_a_rotation_hands_over_at_the_same_hour_when_the_clocks_change():
    madrid = ZoneInfo("Europe/Madrid")
    weekly = Rotation(datetime(2026, 10, 5, 8), 7, madrid)
    window = calendars.month(2026, 10, madrid)
    turns = weekly.turns(*window)
    assert [turn.number for turn in turns] == [-1, 0, 1, 2, 3]
    assert {calendars.wall_time(turn.interval.start, madrid).hour for turn in turns} == {8}
    assert turns[3].interval.length == 7 * 86_400 + 3600
    assert all(a.interval.end == b.interval.start for a, b in pairwise(turns))
    assert weekly.number_at(turns[2].interval.start) == 1
    assert weekly.number_at(turns[2].interval.start - 1) == 0


def test_a_shift_has_other_hours_on_holidays_where_it_says_so():
    usual = (calendars.spans("08:00-20:00"),) * 7
    assert Shift("a", usual, holidays=MEXICO).on(date(2026, 12, 25)) == usual[0]
    guarded = Shift("b", usual, holidays=MEXICO, on_holidays=WHOLE_DAY)
    assert guarded.intervals(*calendars.day(date(2026, 12, 25))).length == 86_400
    assert Shift("c", usual, holidays=MEXICO, on_holidays=()).on(date(2026, 12, 25)) == ()


def test_the_office_zone_is_mexico_city():
    assert OFFICE_ZONE.key == "America/Mexico_City"
    assert calendars.wall_time(0.0) == datetime(1969, 12, 31, 18, 0)
