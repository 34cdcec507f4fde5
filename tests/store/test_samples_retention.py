"""Tiers expire at their age, a size budget is honoured and announced, and a clock that jumps empties nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nms.model import Reading
from nms.store.samples import EmbeddedSamples, Retention
from tests.store.samples_data import IN, T0, octets, ports, reading

DAY = 86_400.0
START = T0 + 7200


def busy(start: float, polls: int) -> list[Reading]:
    """Forty ports, every 5 minutes: too wide a table for its days to be merged into months."""
    components = ports(*(f"Gi{n}" for n in range(40)))
    dice = np.random.default_rng(3)
    counters = np.zeros(40, np.int64)
    found = []
    for n in range(polls):
        found.append(reading(start + 300 * n, {IN: counters.tolist()}, components))
        counters += dice.integers(29_000, 31_001, 40)
    return found


def filled(path: Path, retention: Retention, days: int = 6) -> EmbeddedSamples:
    store = EmbeddedSamples(path, retention=retention, ballast_bytes=0)
    readings = busy(START, days * 288)
    for day in range(days):
        store.write(readings[day * 288 : (day + 1) * 288])
    store.compact(START + days * DAY + 8 * 3600)
    store.roll_up(START + days * DAY + 8 * 3600)
    return store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedSamples]:
    opened = filled(tmp_path / "samples.db", Retention(raw_days=2, fine_days=4, coarse_days=5))
    yield opened
    opened.close()


def test_each_tier_goes_at_its_age_and_longer_steps_are_still_answered(store: EmbeddedSamples) -> None:
    end = START + 6 * DAY
    expiry = store.expire(end)
    assert expiry.aged == 4 + 2
    assert len(store.raw(octets(), START, end).times) == 2 * 288
    hours = store.read(octets(), START, end, 3600).values
    np.testing.assert_allclose(hours, 100, rtol=0.05)
    everything = store.read(octets(), START, end)
    assert everything.times[0] == START
    assert set(np.diff(everything.times)) <= {3600.0, 600.0, 300.0}
    np.testing.assert_allclose(everything.values, 100, rtol=0.05)
    fine = store.read(octets(), START + 2 * DAY, end, 300).values
    np.testing.assert_allclose(fine[:-1], 100, rtol=0.05)


def test_a_clock_that_jumps_ahead_does_not_empty_the_store(store: EmbeddedSamples) -> None:
    end = START + 6 * DAY
    store.expire(end)
    kept = len(store.raw(octets(), START, end).times)
    assert "clock" in store.expire(end + 4000 * DAY).warnings[0].template
    assert len(store.raw(octets(), START, end).times) == kept
    assert store.expire(end + 3600).warnings == ()
    assert store.expire(end + 4000 * DAY).warnings
    assert store.expire(end + 4001.5 * DAY).aged > 0
    assert len(store.raw(octets(), START, end).times) == 0


def test_a_budget_is_announced_before_it_bites_and_honoured_when_it_does(tmp_path: Path) -> None:
    store = filled(tmp_path / "samples.db", Retention(), days=20)
    used = store.usage()
    assert set(used.tiers) == {0, 300, 3600}
    assert all(used.daily[tier] > 0 for tier in used.tiers)
    assert store.forecast(START).warning is None
    store.close()
    budget = used.used * 3 // 4
    store = EmbeddedSamples(tmp_path / "samples.db", retention=Retention(budget_bytes=budget), ballast_bytes=0)
    end = START + 20 * DAY
    coming = store.forecast(end)
    assert coming.bites_at == end
    assert coming.warning is not None
    assert coming.warning.params["budget"] == f"{budget / 1e6:.3g} MB"
    expiry = store.expire(end)
    assert expiry.squeezed > 0
    assert "budget" in expiry.warnings[0].template
    assert store.usage().used <= budget
    assert (tmp_path / "samples.db").stat().st_size <= budget + 4096 * 8
    assert store.check() == []
    store.close()


def test_a_distant_budget_is_announced_with_its_day(tmp_path: Path) -> None:
    store = filled(tmp_path / "samples.db", Retention())
    store.close()
    used = (tmp_path / "samples.db").stat().st_size
    store = EmbeddedSamples(tmp_path / "samples.db", retention=Retention(budget_bytes=used * 2), ballast_bytes=0)
    coming = store.forecast(START + 6 * DAY)
    assert coming.steady_bytes > used * 2
    assert coming.bites_at is not None
    assert coming.bites_at > START + 7 * DAY
    store.close()
