"""Forecasts: near the truth where there is one, and silent where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from nms.model import Component, DeviceId, Severity
from nms.rules.forecast import DAY, Forecast, Question, Silence, Subject, forecast, runtime_at_one_load, verdict

START = 1_790_000_000.0
UP = Question(0.95)


def hours(days: float) -> np.ndarray:
    return np.arange(int(days * 24)) * 3600.0


def wave(at: np.ndarray) -> np.ndarray:
    return np.clip(np.sin((at / 3600 % 24 - 6) / 12 * np.pi), 0, 1)


def ask(at: np.ndarray, values: np.ndarray, question: Question = UP) -> Forecast | Silence:
    return forecast((START + at).tolist(), values.tolist(), question, START + float(at[-1]))


def days_until(found: Forecast | Silence, at: np.ndarray) -> tuple[float, float, float]:
    assert isinstance(found, Forecast), found
    now = START + float(at[-1])
    return tuple((instant - now) / DAY for instant in (found.earliest, found.likely, found.latest))


@pytest.mark.parametrize("seed", range(8))
def test_a_disk_that_grows_is_dated_through_daily_waves_outliers_and_gaps(seed):
    rng, at = np.random.default_rng(seed), hours(40)
    values = 0.4 + 0.01 * at / DAY + 0.02 * wave(at) + rng.normal(0, 0.004, len(at))
    values[rng.random(len(at)) < 0.05] += 0.3
    values[rng.random(len(at)) < 0.05] = np.nan
    earliest, likely, latest = days_until(ask(at, values), at)
    assert earliest - 0.5 <= 15.0 <= latest + 0.5
    assert likely == pytest.approx(15.0, abs=3.0)
    assert latest - earliest < 10


@pytest.mark.parametrize("seed", range(8))
def test_calm_series_are_not_dated(seed):
    rng, at = np.random.default_rng(seed), hours(40)
    office = np.where((at // DAY) % 7 < 5, 1.0, 0.25)
    assert isinstance(ask(at, 0.6 + 0.25 * wave(at) * office + rng.normal(0, 0.02, len(at))), Silence)
    assert isinstance(ask(at, 0.6 + rng.normal(0, 0.05, len(at))), Silence)
    assert isinstance(ask(at, np.where(at > 20 * DAY, 0.72, 0.5) + rng.normal(0, 0.005, len(at))), Silence)
    assert isinstance(ask(at, np.full(len(at), 0.5)), Silence)


def test_a_disk_that_was_cleaned_is_dated_from_there():
    at = hours(40)
    values = 0.5 + 0.01 * at / DAY - np.where(at > 20 * DAY, 0.3, 0.0) + 0.01 * wave(at)
    earliest, likely, latest = days_until(ask(at, values), at)
    assert likely == pytest.approx(35, abs=2)
    assert earliest <= 35.2 <= latest + 1


def test_what_is_emptied_every_week_before_it_fills_is_not_dated():
    at = hours(60)
    values = 0.4 + 0.3 * (at / DAY % 7) / 7
    for day in range(30, 60):
        found = ask(at[: day * 24], values[: day * 24])
        assert isinstance(found, Silence), day


def test_toner_falls_to_its_limit():
    at = hours(35)
    values = np.round(1.0 - 0.02 * at / DAY, 2)
    found = ask(at, values, Question(0.05, rising=False))
    _, likely, _ = days_until(found, at)
    assert likely == pytest.approx(12.5, abs=1.5)
    assert found.slope_per_day == pytest.approx(-0.02, rel=0.1)


def test_a_runaway_log_is_dated_within_hours_but_a_morning_is_not():
    calm = np.arange(0, 10 * DAY, 300.0)
    base = 0.4 + 0.05 * wave(calm)
    late = np.arange(10 * DAY, 10 * DAY + 3 * 3600, 300.0)
    at = np.concatenate((calm, late))
    values = np.concatenate((base, 0.4 + 0.1 * (late - late[0]) / 3600))
    _, likely, _ = days_until(ask(at, values), at)
    assert likely * 24 == pytest.approx(2.5, abs=1.0)
    morning = np.arange(0, 10 * DAY + 11 * 3600, 300.0)
    assert isinstance(ask(morning, 0.4 + 0.3 * wave(morning)), Silence)


def test_the_busy_hour_of_a_link_is_dated_though_nights_are_quiet():
    at = hours(70)
    office = np.where((at // DAY) % 7 < 5, 1.0, 0.25)
    values = (0.3 + 0.006 * at / DAY) * wave(at) * office
    _, likely, _ = days_until(ask(at, values, Question(0.9, busy=0.95)), at)
    assert likely == pytest.approx(35, abs=6)


def test_too_few_values_and_dates_too_far_off_are_not_dated():
    at = hours(0.5)
    assert ask(at, at / DAY).reason.template == "Too few values: {count}"
    month = hours(30)
    slow = ask(month, 0.1 + 0.0005 * month / DAY)
    assert slow.reason.template == "The limit is farther off than the data carry"


def test_a_limit_that_is_passed_is_reached_now():
    at = hours(30)
    earliest, likely, latest = days_until(ask(at, 0.7 + 0.01 * at / DAY), at)
    assert (earliest, likely, latest) == (0, 0, 0)


def test_a_warning_is_given_within_the_lead_and_ends_well_beyond_it():
    disk = Subject(DeviceId("srv"), Component("storage", "/var", "/var"), "storage_used_ratio")
    found = Forecast(10 * DAY, 13 * DAY, 17 * DAY, 0.01, 0.8, 30 * DAY)
    due = verdict(disk, found, 14 * DAY, now=0.0)
    assert (due.key, due.severity) == ("forecast/srv/storage:/var/storage_used_ratio", Severity.WARNING)
    assert due.summary.params["days"] == 13.0
    assert verdict(disk, found, 12 * DAY, now=0.0).severity is None
    assert verdict(disk, found, 12 * DAY, now=0.0, held=True).severity is Severity.WARNING
    assert verdict(disk, found, 10 * DAY, now=0.0, held=True).severity is None
    silent = Silence(ask(hours(0.5), hours(0.5)).reason)
    assert verdict(disk, silent, 14 * DAY, now=0.0, held=True).unknown
    assert not verdict(disk, silent, 14 * DAY, now=0.0).unknown


def test_a_warning_ends_when_the_disk_is_cleaned_and_when_it_stops_to_grow():
    at = hours(40)
    growing = 0.5 + 0.01 * at / DAY
    cleaned = ask(at, growing - np.where(at > 39.5 * DAY, 0.4, 0.0))
    assert isinstance(cleaned, Silence)
    assert cleaned.over
    flat = ask(at, np.full(len(at), 0.8))
    assert isinstance(flat, Silence)
    assert flat.over


def test_the_runtime_of_a_battery_is_compared_at_one_load():
    loads = np.array([0.5, 0.25, 1.0, np.nan, 0.0])
    seen = np.array([1200, 1200 * 2**1.15, 1200 * 0.5**1.15, 1200, 1200])
    same = runtime_at_one_load(seen, loads)
    assert same[:3].tolist() == pytest.approx([1200] * 3)
    assert np.isnan(same[3:]).all()
    assert runtime_at_one_load(np.array([900.0]), np.array([0.0])).tolist() == [900.0]
