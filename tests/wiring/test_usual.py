"""Baselines learned from a real store, and judged by the daemon's own judge: on a clock that the test turns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pytest

from nms.calendars import MEXICO, OFFICE_ZONE, instant, wall_time
from nms.config import Config
from nms.config.policies import Baselines
from nms.model import Component, DeviceId, Inventory, Outcome, Poll, Reading, Severity, Witness
from nms.rules.configured import policies
from nms.rules.judge import Judge
from nms.store.samples import EmbeddedSamples
from nms.wiring.usual import Usual
from tests.rules.fleet import device, inventory, link

MONDAY = instant(datetime(2026, 8, 3))  # noqa: DTZ001 (the office's clock)
WEEK, HOUR = 7 * 86_400.0, 3600.0
PBX, CORE = DeviceId("pbx"), DeviceId("core")
LINES = Component("pbx", "trunk", "trunk")


def city() -> Inventory:
    return inventory([device("pbx"), device("core")], [link("wan", "core Gi0/1", "pbx eth0")])


def calls(at: float, noise: float) -> float:
    wall = wall_time(at)
    busy = wall.weekday() < 5 and 8 <= wall.hour < 16
    return max(0.0, (20.0 if busy else 1.0) + noise)


def reading(at: float, value: float) -> Reading:
    return Reading(PBX, "calls", at, (LINES,), {"calls_active": [value]})


def ports(at: float, octets: dict[str, float]) -> Reading:
    parts = tuple(Component("interface", name, name) for name in octets)
    return Reading(CORE, "ifTable", at, parts, {"interface_in_octets_total": [int(one) for one in octets.values()]})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedSamples]:
    """Four weeks of a telephone exchange and of two interfaces, a value every five minutes."""
    samples = EmbeddedSamples(tmp_path_factory.mktemp("usual") / "samples.db")
    rng = np.random.default_rng(7)
    sums = {"Gi0/1": 0.0, "Gi0/2": 0.0}
    for day in np.arange(MONDAY, MONDAY + 4 * WEEK, 86_400.0).tolist():
        written: list[Reading] = []
        for at in np.arange(day, day + 86_400.0, 300.0).tolist():
            sums = {name: total + 300.0 * 1000.0 * calls(at, 0.0) for name, total in sums.items()}
            written += [reading(at, calls(at, rng.normal(0, 1.5))), ports(at, sums)]
        samples.write(written)
    yield samples
    samples.close()


def usual(store: EmbeddedSamples, **more: object) -> Usual:
    return Usual(store, city(), Baselines(**more), OFFICE_ZONE, MEXICO, rest=lambda _seconds: None)  # type: ignore[arg-type]


def polled(judge: Judge, at: float, value: float, minutes: int) -> bool:
    """Polls once a minute; whether the alert is open after that."""
    for minute in range(minutes):
        now = at + 60.0 * minute
        witness = Witness("snmp", Outcome.ANSWERED, now)
        judge.judge([Poll(PBX, now, 0.1, (witness,), (reading(now, value),))], now)
    return judge.ledger.holds("baseline/pbx/pbx:trunk/calls_active")


def test_an_exchange_that_is_silent_at_ten_on_a_monday_is_unusual_and_at_night_is_not(store: EmbeddedSamples) -> None:
    judge = Judge(city(), policies(Config()))
    now = MONDAY + 4 * WEEK
    judge.learn_baselines(usual(store).learn(now))
    assert not polled(judge, now + 10 * HOUR, 20.0, 10)
    assert polled(judge, now + 11 * HOUR, 0.0, 10)
    assert judge.ledger.severity("baseline/pbx/pbx:trunk/calls_active") is Severity.INFO, "it calls nobody"
    assert not polled(judge, now + 12 * HOUR, 20.0, 15), "and ends when it is usual again"
    assert not polled(judge, now + 27 * HOUR, 0.0, 10), "three in the morning"
    assert polled(judge, now + 28 * HOUR, 20.0, 10), "calls at four in the morning"


def test_one_odd_minute_is_not_unusual(store: EmbeddedSamples) -> None:
    judge = Judge(city(), policies(Config()))
    now = MONDAY + 4 * WEEK
    judge.learn_baselines(usual(store).learn(now))
    assert not polled(judge, now + 10 * HOUR, 20.0, 10)
    assert not polled(judge, now + 10 * HOUR + 600, 35.0, 1)
    assert not polled(judge, now + 10 * HOUR + 660, 20.0, 10)


def test_of_interfaces_those_of_links_are_learned_by_their_rate(store: EmbeddedSamples) -> None:
    learned = usual(store).learn(MONDAY + 4 * WEEK)
    keys = {(one, name) for one, _, name, metric in learned if metric == "interface_in_octets_total"}
    assert keys == {(CORE, "Gi0/1")}
    (line,) = [base for key, base in learned.items() if key[0] == CORE]
    median, _ = line.at(MONDAY + 4 * WEEK + 10 * HOUR) or (0.0, 0.0)
    assert median == pytest.approx(20_000, rel=0.01)


def test_a_history_of_days_knows_nothing_and_a_limit_is_kept(store: EmbeddedSamples) -> None:
    assert usual(store).learn(MONDAY + 3 * 86_400) == {}
    assert len(usual(store, most_series=1).learn(MONDAY + 4 * WEEK)) == 1
    assert usual(store, enabled=False).learn(MONDAY + 4 * WEEK) == {}
    assert usual(store, metrics=("clients",)).learn(MONDAY + 4 * WEEK) == {}


def test_it_rests_as_long_as_it_works(store: EmbeddedSamples) -> None:
    rests: list[float] = []
    learner = usual(store)
    learner.rest = rests.append
    learner.learn(MONDAY + 4 * WEEK)
    assert len(rests) == learner.learned == 2
    assert all(seconds > 0 for seconds in rests)
