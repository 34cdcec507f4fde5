"""What is usual at an hour of the week."""

from __future__ import annotations

# ruff: noqa: DTZ001  (times on the office wall carry no zone)
from datetime import date, datetime

import numpy as np
import pytest

from nms import calendars
from nms.model import Component, DeviceId, Role, Severity
from nms.rules.baseline import Baseline, hour_of_week, learn
from nms.rules.judge import Judge
from nms.rules.policies import Policies
from tests.rules.fleet import device, inventory
from tests.rules.test_thresholds import poll

MONDAY = calendars.instant(datetime(2026, 8, 3))
HOUR, WEEK = 3600.0, 7 * 86_400.0
LINE = Component("interface", "Gi0/1", "Gi0/1")


def history(weeks: int, seed: int = 1) -> tuple[list[float], list[float]]:
    """Busy on working days from eight to four, with noise, and one week in which everything stood still."""
    rng = np.random.default_rng(seed)
    times = [MONDAY + HOUR * n for n in range(weeks * 168)]
    values = []
    for n, at in enumerate(times):
        wall = calendars.wall_time(at)
        busy = wall.weekday() < 5 and 8 <= wall.hour < 16
        values.append(0.0 if n // 168 == 2 else (100.0 if busy else 10.0) + rng.normal(0, 3))
    return times, values


def test_the_usual_value_is_that_of_the_hour_whatever_one_bad_week_did():
    baseline = learn(*history(6))
    monday_ten, sunday_ten = MONDAY + 8 * WEEK + 10 * HOUR, MONDAY + 8 * WEEK - 14 * HOUR
    assert baseline.at(monday_ten)[0] == pytest.approx(100, abs=4)
    assert baseline.at(sunday_ten)[0] == pytest.approx(10, abs=4)
    assert abs(baseline.deviation(104, monday_ten)) < 3
    assert baseline.deviation(100, sunday_ten) > 6
    assert baseline.deviation(20, monday_ten) < -6


def test_a_holiday_is_a_sunday():
    holiday = calendars.instant(datetime(2026, 9, 16, 10))
    assert hour_of_week(holiday, calendars.OFFICE_ZONE) == 2 * 24 + 10
    assert hour_of_week(holiday, calendars.OFFICE_ZONE, calendars.MEXICO) == 6 * 24 + 10
    assert calendars.MEXICO.name(date(2026, 9, 16))


def test_a_short_history_knows_nothing():
    assert learn([], []).at(MONDAY) is None
    baseline = learn(*history(1))
    assert baseline.at(MONDAY) is None
    assert baseline.deviation(5.0, MONDAY) is None


def test_a_value_is_unusual_only_after_several_and_until_it_is_usual_again():
    one = Judge(inventory([device("srv", role=Role.SERVER)]), Policies(thresholds=()))
    constant = Baseline((50.0,) * 168, (2.0,) * 168)
    one.learn_baselines({(DeviceId("srv"), LINE.kind, LINE.key, "clients"): constant})
    found = []
    for n, value in enumerate([50, 90, 50, 90, 90, 90, 57, 55, 50]):
        at = MONDAY + 60 * n
        verdicts = one.judge([poll(at, "radio", (LINE,), clients=[value])], at).verdicts
        found.append([v.severity for v in verdicts if v.rule == "baseline"])
    warning = Severity.WARNING
    assert found == [[], [], [], [], [], [warning], [warning], [None], []]
