"""Interval sets against a second-by-second oracle."""

from __future__ import annotations

import math
import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.calendars import EMPTY, Interval, IntervalSet, at_least

SECONDS = 60

pairs = st.lists(
    st.tuples(st.integers(0, SECONDS), st.integers(0, SECONDS)).map(lambda ends: (min(ends), max(ends))), max_size=12
)
bounds = st.tuples(st.integers(-5, SECONDS + 5), st.integers(-5, SECONDS + 5))


def seconds_of(intervals: list[tuple[int, int]]) -> set[int]:
    return {second for start, end in intervals for second in range(start, end)}


def seconds_in(found: IntervalSet) -> set[int]:
    return {second for second in range(-10, SECONDS + 10) if found.contains(second)}


@given(pairs)
def test_a_set_holds_exactly_the_seconds_of_its_intervals(given_pairs):
    made = IntervalSet(given_pairs)
    expected = seconds_of(given_pairs)
    assert seconds_in(made) == expected
    assert made.length == len(expected)
    assert made.contains_each(range(SECONDS)).tolist() == [second in expected for second in range(SECONDS)]


@given(pairs)
def test_intervals_are_sorted_and_neither_overlap_nor_touch(given_pairs):
    made = list(IntervalSet(given_pairs))
    assert all(interval.start < interval.end for interval in made)
    assert all(before.end < after.start for before, after in pairwise(made))


@given(pairs, pairs)
def test_union_intersection_and_difference_are_those_of_seconds(one, other):
    left, right = IntervalSet(one), IntervalSet(other)
    assert seconds_in(left | right) == seconds_of(one) | seconds_of(other)
    assert seconds_in(left & right) == seconds_of(one) & seconds_of(other)
    assert seconds_in(left - right) == seconds_of(one) - seconds_of(other)


@given(pairs, bounds)
def test_complement_and_clip_split_a_window(one, window):
    made, (start, end) = IntervalSet(one), window
    inside = set(range(start, end))
    assert seconds_in(made.clip(start, end)) == seconds_of(one) & inside
    assert seconds_in(made.complement(start, end)) == inside - seconds_of(one)
    assert made.clip(start, end) | made.complement(start, end) == IntervalSet([(start, max(start, end))])


@given(st.lists(pairs, max_size=5), st.integers(1, 5))
def test_at_least_counts_the_sets_that_hold_an_instant(many, count):
    found = at_least(count, [IntervalSet(one) for one in many])
    seconds = [seconds_of(one) for one in many]
    assert seconds_in(found) == {s for s in range(SECONDS) if sum(s in one for one in seconds) >= count}


@given(pairs, st.integers(0, SECONDS), st.integers(1, SECONDS))
def test_advance_is_the_instant_when_so_many_seconds_of_the_set_have_passed(one, start, wanted):
    made = IntervalSet(one)
    later = sorted(second for second in seconds_of(one) if second >= start)
    expected = later[wanted - 1] + 1 if len(later) >= wanted else None
    assert made.advance(start, wanted) == expected
    if expected is not None:
        assert made.elapsed(start, expected) == wanted


@given(pairs, st.integers(0, SECONDS))
def test_the_next_start_and_the_interval_at_an_instant_are_found(one, at):
    made, seconds = IntervalSet(one), seconds_of(one)
    assert made.next_start(at) == min((second for second in seconds if second >= at), default=None)
    holding = made.interval_at(at)
    assert (holding is not None) == (at in seconds)
    assert holding is None or holding in list(made)


def test_equal_sets_are_equal_and_hash_alike_however_they_were_built():
    one, other = IntervalSet([(0, 5), (5, 9)]), IntervalSet([(3, 9), (0, 4)])
    assert one == other
    assert hash(one) == hash(other)
    assert one != IntervalSet([(0, 8)])
    assert pickle.loads(pickle.dumps(one)) == one


def test_an_end_may_be_infinite():
    forever = IntervalSet([(10, math.inf)])
    assert forever.contains(1e12)
    assert forever.clip(0, 20) == IntervalSet([(10, 20)])
    assert forever.advance(12, 30) == 42
    assert IntervalSet([(0, 5), (10, math.inf)]).advance(0, 8) == 13
    assert forever.length == math.inf


def test_an_interval_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="ends before it starts: 5 to 3"):
        IntervalSet([(5, 3)])
    with pytest.raises(ValueError, match="are numbers"):
        IntervalSet([(math.nan, 3)])


def test_the_empty_set_has_no_span_and_no_length():
    assert not EMPTY
    assert EMPTY.span is None
    assert EMPTY.length == 0
    assert EMPTY.advance(0, 1) is None
    assert (EMPTY - EMPTY) == EMPTY
    assert EMPTY.contains_each([1, 2]).tolist() == [False, False]
    assert IntervalSet([(1, 4)]).span == Interval(1, 4)


def test_a_hundred_thousand_intervals_are_combined_to_the_second():
    starts = np.arange(100_000) * 10.0
    one = IntervalSet.from_arrays(starts, starts + 6)
    other = IntervalSet.from_arrays(starts + 4, starts + 9)
    both, either = one & other, one | other
    left = one - other
    inside = one.contains_each(starts + 5.5)
    assert (both.length, either.length, left.length) == (200_000, 900_000, 400_000)
    assert inside.all()
