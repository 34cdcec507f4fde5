"""Compaction, days, months and roll-ups change how samples are kept, never what is read."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nms.model import Component, DeviceId, Number, Reading
from nms.store.samples import EmbeddedSamples, MemorySamples, Samples, Series, gather
from tests.store.samples_data import HEAT, IN, STATUS, SWITCH, T0, octets, ports, reading, steady

DAY = 86_400.0
MIDNIGHT = T0 + 7200


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedSamples]:
    opened = EmbeddedSamples(tmp_path / "samples.db")
    yield opened
    opened.close()


def jittered(start: float, hours: float, interval: float = 60.0, seed: int = 7) -> list[Reading]:
    """A switch with gaps, resets, a port that leaves and comes back, and times that jitter by milliseconds."""
    dice = random.Random(seed)
    counters = [10**12, 2**64 - 10**9, 5]
    found = []
    for n in range(int(hours * 3600 / interval)):
        counters = [(c + dice.randrange(10**6)) % 2**64 for c in counters]
        if n % 997 == 996:
            counters[2] = 0
        octet_column: list[Number | None] = list(counters)
        if dice.random() < 0.02:
            octet_column[dice.randrange(3)] = None
        components = ports("Gi1", "Gi2", "Gi3")
        columns: dict[str, Sequence[Number | None]] = {
            IN: octet_column,
            STATUS: [1, 2, dice.choice([1, 1, 1, 2])],
            HEAT: [round(20 + dice.random(), 1), None, dice.random()],
        }
        if n % 500 > 450:
            components = ports("Gi1", "Gi2")
            columns = {name: column[:2] for name, column in columns.items()}
        if dice.random() > 0.01:
            at = round(start + n * interval + dice.random() / 20, 3)
            found.append(reading(at, columns, components))
    return found


def written(store: EmbeddedSamples, readings: Sequence[Reading], batch: int = 30) -> MemorySamples:
    """Writes to the store, and to one in memory that tells what is right."""
    truth = MemorySamples()
    for start in range(0, len(readings), batch):
        store.write(readings[start : start + batch])
    truth.write(readings)
    return truth


def maintain(store: EmbeddedSamples, now: float) -> None:
    store.compact(now)
    store.roll_up(now)


def assert_same(found: Samples, right: Samples, tolerance: float = 1e-9) -> None:
    np.testing.assert_array_equal(found.times, right.times)
    np.testing.assert_allclose(found.values, right.values, rtol=tolerance)


def assert_stores_agree(store: EmbeddedSamples, truth: MemorySamples, start: float, end: float) -> None:
    for series in truth.series():
        assert_same(store.read(series, start, end), truth.read(series, start, end))
        assert_same(store.read(series, start, end, 77.7), truth.read(series, start, end, 77.7), 1e-6)
        assert_same(store.read(series, start, end, function="last"), truth.read(series, start, end, function="last"))


def test_every_sample_is_the_same_after_each_stage_of_maintenance(store: EmbeddedSamples) -> None:
    truth = written(store, jittered(T0, 30))
    for hours in (0, 3, 5, 13, 30, 36, 60):
        maintain(store, T0 + hours * 3600)
        assert_stores_agree(store, truth, T0, T0 + 30 * 3600)


def test_writing_and_maintaining_in_turns_gives_the_same(store: EmbeddedSamples) -> None:
    readings = jittered(T0, 30)
    truth = MemorySamples()
    for first, last in pairwise(range(0, len(readings) + 60, 60)):
        store.write(readings[first:last])
        truth.write(readings[first:last])
        maintain(store, readings[min(last, len(readings)) - 1].at)
    assert_stores_agree(store, truth, T0, T0 + 30 * 3600)


@pytest.mark.parametrize("function", ["avg", "min", "max"])
@pytest.mark.parametrize("step", [300.0, 900.0, 3600.0, 7200.0])
def test_roll_ups_tell_what_the_samples_tell(store: EmbeddedSamples, step: float, function: str) -> None:
    truth = written(store, jittered(MIDNIGHT, 60))
    maintain(store, MIDNIGHT + 60 * 3600)
    for series in truth.series():
        found = store.read(series, MIDNIGHT, MIDNIGHT + 2.5 * DAY, step, function)  # type: ignore[arg-type]
        right = truth.read(series, MIDNIGHT, MIDNIGHT + 2.5 * DAY, step, function)  # type: ignore[arg-type]
        known = ~np.isnan(right.values)
        np.testing.assert_array_equal(~np.isnan(found.values), known)
        # an increase is kept in whole units: a bucket that only some milliseconds are known of is off by more
        off = np.abs(found.values - right.values)[known] > 2e-3 * np.abs(right.values[known]) + 2e-3
        assert off.sum() <= 0.005 * off.size
        np.testing.assert_allclose(found.values[known], right.values[known], rtol=0.05, atol=2e-3)


def test_totals_over_midnight_are_whole(store: EmbeddedSamples) -> None:
    readings = steady(T0 + 30, 60 * 50)
    written(store, readings)
    maintain(store, T0 + 56 * 3600)
    per_step = store.read(octets(), T0 + 3600, T0 + 49 * 3600, 3600)
    np.testing.assert_allclose(per_step.values, 100.0)
    assert store.total(octets(), T0 + 3600, T0 + 49 * 3600) == pytest.approx(100 * 48 * 3600)


def test_a_batch_that_is_three_days_late_is_read_at_once_and_rolled_up_again(store: EmbeddedSamples) -> None:
    readings = jittered(MIDNIGHT, 96)
    late = [r for r in readings if MIDNIGHT + 10 * 3600 <= r.at < MIDNIGHT + 20 * 3600]
    in_time = [r for r in readings if not MIDNIGHT + 10 * 3600 <= r.at < MIDNIGHT + 20 * 3600]
    truth = written(store, in_time)
    maintain(store, MIDNIGHT + 96 * 3600)
    store.write(late)
    truth.write(late)
    for _ in range(2):
        assert_stores_agree(store, truth, MIDNIGHT, MIDNIGHT + 4 * DAY)
        for function in ("avg", "max"):
            found = store.read(octets(), MIDNIGHT, MIDNIGHT + DAY, 300, function)  # type: ignore[arg-type]
            right = truth.read(octets(), MIDNIGHT, MIDNIGHT + DAY, 300, function)  # type: ignore[arg-type]
            np.testing.assert_allclose(found.values, right.values, rtol=2e-3)
        maintain(store, MIDNIGHT + 97 * 3600)


def test_a_compaction_that_dies_between_its_chunks_and_its_rows_is_made_good(
    store: EmbeddedSamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = written(store, jittered(T0, 10))
    with monkeypatch.context() as patch:
        patch.setattr(gather, "take_out", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            store.compact(T0 + 10 * 3600)
    assert_stores_agree(store, truth, T0, T0 + 10 * 3600)
    assert store.compact(T0 + 10 * 3600) > 0
    assert store.compact(T0 + 10 * 3600) == 0
    assert_stores_agree(store, truth, T0, T0 + 10 * 3600)


def test_small_tables_are_merged_into_months(store: EmbeddedSamples) -> None:
    ups = DeviceId("ups-1")
    month = 30 * DAY
    start = month * round(T0 / month) + month
    readings = [
        reading(start + n * 600, {HEAT: [20 + n % 7]}, (Component("sensor", "bat"),), ups, "sensors")
        for n in range(35 * 144)
    ]
    truth = written(store, readings, 144)
    store.compact(start + 36 * DAY)
    store.roll_up(start + 36 * DAY)
    (series,) = truth.series()
    assert_same(store.read(series, start, start + 35 * DAY), truth.read(series, start, start + 35 * DAY))
    found = store.read(series, start, start + 35 * DAY, 86_400)
    assert_same(found, truth.read(series, start, start + 35 * DAY, 86_400))
    with store._database.reading() as connection:
        spans = {row[0] for row in connection.execute("SELECT span FROM chunk WHERE t0 < ?", (start + 29 * DAY,))}
    assert spans == {int(month)}


def test_the_latest_values_are_there_again_after_opening(tmp_path: Path) -> None:
    path = tmp_path / "samples.db"
    first = EmbeddedSamples(path)
    first.write([reading(T0, {HEAT: [3.5]}, (Component("sensor", "old"),), DeviceId("retired"), "sensors")])
    written(first, jittered(T0, 30))
    first.write([reading(T0 + 10, {IN: [1, 2], STATUS: [1, None], HEAT: [0, 1]})])
    maintain(first, T0 + 40 * 3600)
    before = first.latest()
    first.close()
    second = EmbeddedSamples(path)
    assert sorted(second.latest(), key=str) == sorted(before, key=str)
    assert second.read(Series(DeviceId("retired"), "sensor", "old", HEAT), T0, T0 + 60).values.tolist() == [3.5]
    second.write([reading(T0 + 31 * 3600, {IN: [1, 2], STATUS: [1, None], HEAT: [0, 1]})])
    assert {s.value for series, s in second.latest(SWITCH, HEAT)} == {0, 1}
    second.close()


def test_a_clock_set_back_loses_nothing(store: EmbeddedSamples) -> None:
    future = steady(T0 + 3650 * DAY, 5)
    present = jittered(T0, 30)
    truth = written(store, future)
    truth.write(present)
    store.write(present)
    maintain(store, T0 + 30 * 3600)
    maintain(store, T0 - 3650 * DAY)
    maintain(store, T0 + 60 * 3600)
    assert_stores_agree(store, truth, T0, T0 + 30 * 3600)
    assert len(store.read(octets(), T0 + 3650 * DAY, T0 + 3651 * DAY)) == 4
    with store._database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM hot").fetchone()[0] == 0
        assert connection.execute("SELECT max(newest) FROM head").fetchone()[0] <= 1000 * (T0 + 61 * 3600)


def test_the_top_of_a_week_is_the_same_from_roll_ups_and_from_samples(store: EmbeddedSamples) -> None:
    truth = written(store, jittered(MIDNIGHT, 60))
    maintain(store, MIDNIGHT + 60 * 3600)
    found = store.top(IN, MIDNIGHT, MIDNIGHT + 60 * 3600)
    right = truth.top(IN, MIDNIGHT, MIDNIGHT + 60 * 3600)
    assert [series for series, _ in found] == [series for series, _ in right]
    np.testing.assert_allclose([value for _, value in found], [value for _, value in right], rtol=0.01)
