"""Availability against a second-by-second oracle."""

from __future__ import annotations

# ruff: noqa: DTZ001  (times on the office wall carry no zone)
import math
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nms import calendars
from nms.calendars import EMPTY, Interval, IntervalSet, ServiceHours
from nms.model import State
from nms.rules.availability import DEFINITIONS, availability, mean_time_to_acknowledge
from nms.rules.timelines import Correction, StateInterval, Timeline, all_of, any_of, corrected

LENGTH = 90
UP, DEGRADED, DOWN, UNKNOWN, MAINTENANCE = State.UP, State.DEGRADED, State.DOWN, State.UNKNOWN, State.MAINTENANCE

histories = st.lists(st.tuples(st.integers(1, 25), st.sampled_from(State)), min_size=1, max_size=9)
interval_sets = st.lists(
    st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).map(lambda ends: (min(ends), max(ends))), max_size=4
)


def states_of(history) -> list[StateInterval]:
    found, at = [], 0
    for length, state in history:
        found.append(StateInterval(at, at + length, state))
        at += length
    return found


def seconds_of(history) -> list[State]:
    flat = [state for length, state in history for _ in range(length)]
    return (flat + [UNKNOWN] * LENGTH)[:LENGTH]


def brute_outages(seconds: list[State], start: int, end: int, due: set[int], known_until: float) -> list[tuple]:
    found, since, last_down = [], None, None
    for second in [*range(LENGTH), None]:
        state = UP if second is None else seconds[second]
        if state is DOWN:
            since, last_down = (second if since is None else since), second
        elif state in {UP, DEGRADED} and since is not None:
            first, after = max(since, start), min(last_down + 1, end)
            down = sum(s in due and seconds[s] is DOWN for s in range(first, max(first, after)))
            if down:
                found.append((first, after, since, down, after >= min(end, known_until)))
            since = None
    return found


@settings(max_examples=300)
@given(histories, interval_sets, interval_sets, st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)))
def test_availability_is_that_of_counting_every_second(history, service, agreed, ends):
    start, end = min(ends), max(ends)
    seconds = seconds_of(history)
    timeline = Timeline.of(states_of(history), now=LENGTH)
    found = availability(timeline, Interval(start, end), IntervalSet(service), IntervalSet(agreed))
    promised = {s for s in range(start, end) if any(a <= s < b for a, b in service)}
    excused = {s for s in promised if any(a <= s < b for a, b in agreed) or seconds[s] is MAINTENANCE}
    due = promised - excused

    def count(*states: State) -> int:
        return sum(seconds[s] in states for s in due)

    up, down, unknown = count(UP, DEGRADED), count(DOWN), count(UNKNOWN)
    assert (found.service_seconds, found.agreed_seconds) == (len(due), len(excused))
    assert (found.up_seconds, found.degraded_seconds) == (up, count(DEGRADED))
    assert (found.down_seconds, found.unknown_seconds) == (down, unknown)
    assert found.known == (up / (up + down) if up + down else None)
    if due:
        assert found.worst == up / len(due)
        assert found.best == (up + unknown) / len(due)
        assert found.coverage == pytest.approx(1 - unknown / len(due))
    outages = [(o.start, o.end, o.since, o.down_seconds, o.open) for o in found.outages]
    assert outages == brute_outages(seconds, start, end, due, LENGTH)


def brute_any(states: list[State]) -> State:
    serving = [s for s in states if s in {UP, DEGRADED}]
    if serving:
        return DEGRADED if {DOWN, DEGRADED} & set(states) else UP
    if UNKNOWN in states:
        return UNKNOWN
    return MAINTENANCE if set(states) == {MAINTENANCE} else DOWN


def brute_all(states: list[State]) -> State:
    for state in (DOWN, UNKNOWN, MAINTENANCE, DEGRADED):
        if state in states:
            return state
    return UP


@given(st.lists(histories, min_size=1, max_size=4))
def test_combinations_are_three_valued_second_by_second(many):
    parts = [Timeline.of(states_of(history)) for history in many]
    columns = list(zip(*(seconds_of(history) for history in many), strict=True))
    either, every = any_of(parts), all_of(parts)
    assert [either.state_at(s) for s in range(LENGTH)] == [brute_any(list(c)) for c in columns]
    assert [every.state_at(s) for s in range(LENGTH)] == [brute_all(list(c)) for c in columns]


@given(st.lists(st.tuples(st.integers(0, LENGTH), st.one_of(st.none(), st.integers(0, LENGTH))), max_size=6))
def test_of_states_that_overlap_the_later_start_holds(rows):
    rows = sorted({start: (start, end) for start, end in rows}.values())
    states = [StateInterval(start, end, [UP, DOWN][n % 2]) for n, (start, end) in enumerate(rows)]
    timeline = Timeline.of(states, now=LENGTH)
    for second in range(LENGTH):
        begun = [one for one in states if one.start <= second]
        holds = begun and second < (math.inf if begun[-1].end is None else begun[-1].end)
        assert timeline.state_at(second) is (begun[-1].state if holds else UNKNOWN)


def department(path_a: Timeline, path_b: Timeline, service: Timeline) -> Timeline:
    return all_of([any_of([path_a, path_b]), service])


def test_a_department_is_up_while_any_of_its_paths_and_all_its_services_are():
    path_a = Timeline.of([StateInterval(0, 50, DOWN), StateInterval(50, None, UP)], now=100)
    path_b = Timeline.of([StateInterval(0, 40, UP), StateInterval(40, 60, DOWN), StateInterval(60, None, UP)], now=100)
    service = Timeline.of([StateInterval(0, 90, UP), StateInterval(90, None, DOWN)], now=100)
    whole = department(path_a, path_b, service)
    changes = [(state, len(list(run))) for state, run in groupby(whole.state_at(s) for s in range(100))]
    assert changes == [(DEGRADED, 40), (DOWN, 10), (DEGRADED, 10), (UP, 30), (DOWN, 10)]
    found = availability(whole, Interval(0, 100), IntervalSet([(0, 100)]))
    assert [(o.start, o.end, o.open) for o in found.outages] == [(40, 50, False), (90, 100, True)]
    assert (found.mttr, found.mtbf) == (10, 40)


def test_an_outage_that_the_monitor_lost_sight_of_is_one_outage():
    seen = [
        StateInterval(0, 10, UP),
        StateInterval(10, 20, DOWN),
        StateInterval(30, 40, DOWN),
        StateInterval(40, 99, UP),
    ]
    found = availability(Timeline.of(seen, now=99), Interval(15, 99), IntervalSet([(0, 99)]))
    (outage,) = found.outages
    assert (outage.start, outage.end, outage.since, outage.down_seconds) == (15, 40, 10, 15)
    assert outage.began_before
    assert found.failures == 0
    assert found.mtbf is None
    assert found.mttr is None
    assert found.unknown_seconds == 10


def test_nothing_promised_or_nothing_seen_gives_no_figure():
    nothing = availability(Timeline(), Interval(0, 10), EMPTY)
    assert (nothing.known, nothing.worst, nothing.best, nothing.coverage) == (None, None, None, None)
    unseen = availability(Timeline(), Interval(0, 10), IntervalSet([(0, 10)]))
    assert (unseen.known, unseen.worst, unseen.best, unseen.coverage) == (None, 0.0, 1.0, 0.0)


def test_a_correction_changes_the_report_and_leaves_the_history_as_it_was():
    history = Timeline.of([StateInterval(0, 40, UP), StateInterval(40, 60, DOWN), StateInterval(60, 100, UP)], now=100)
    said = [
        Correction(40, 60, State.UNKNOWN, "luis", "the sensor lied", at=200),
        Correction(40, 60, MAINTENANCE, "ana", "agreed by telephone", at=300),
    ]
    window, hours = Interval(0, 100), IntervalSet([(0, 100)])
    before = availability(history, window, hours)
    after = availability(corrected(history, said[::-1]), window, hours)
    assert (before.known, before.agreed_seconds) == (0.8, 0)
    assert (after.known, after.agreed_seconds, after.service_seconds) == (1.0, 20, 80)


@pytest.mark.parametrize(
    ("zone", "day", "hours"), [("America/New_York", date(2026, 3, 8), 23), ("Europe/Madrid", date(2026, 10, 25), 25)]
)
def test_the_day_that_clocks_change_counts_as_long_as_it_was(zone, day, hours):
    where = ZoneInfo(zone)
    window = calendars.day(day, where)
    service = calendars.always(zone=where).intervals(*window)
    noon = calendars.instant(datetime(day.year, day.month, day.day, 12), where)
    history = Timeline.of([StateInterval(window.start, noon, DOWN), StateInterval(noon, None, UP)], now=window.end)
    found = availability(history, window, service)
    assert found.service_seconds == hours * 3600
    assert (found.up_seconds, found.down_seconds) == (12 * 3600, (hours - 12) * 3600)


def test_an_outage_at_night_does_not_count_against_office_hours():
    office = ServiceHours("office", (*([calendars.spans("08:00-16:00")] * 5), (), ()))
    window = calendars.day(date(2026, 9, 15))
    down_at = calendars.instant(datetime(2026, 9, 15, 1))
    back_at = calendars.instant(datetime(2026, 9, 15, 9))
    states = [
        StateInterval(window.start, down_at, UP),
        StateInterval(down_at, back_at, DOWN),
        StateInterval(back_at, None, UP),
    ]
    found = availability(Timeline.of(states), window, office.intervals(*window))
    assert (found.service_seconds, found.down_seconds) == (8 * 3600, 3600)
    assert found.mttr == 3600


def test_the_mean_time_to_acknowledge_leaves_out_what_nobody_acknowledged():
    assert mean_time_to_acknowledge([(0, 60), (100, 120), (500, None)]) == 40
    assert mean_time_to_acknowledge([(0, None)]) is None


def test_every_figure_has_its_definition():
    assert {"service", "known", "worst", "best", "coverage", "mttr", "mtbf", "mtta", "outage"} <= set(DEFINITIONS)
    with pytest.raises(ValueError, match="one timeline or more"):
        any_of([])
