"""Asking again soon: a silence is confirmed long before the next slot, and what explains it is asked beside it."""

import asyncio
from itertools import pairwise

import pytest

from nms.collect.answer import Answer
from nms.collect.confirming import Confirming
from nms.collect.runner import PollRunner
from nms.model import Device, DeviceId, Endpoint, Outcome, Poll, Witness
from tests.collect.test_runner import Clock, device

START = 1_000_000.0


class Town:
    """Devices that answer or stay silent as the test says."""

    def __init__(self, *names: str, interval: float = 60.0, **confirming: object) -> None:
        self.silent: set[str] = set()
        self.visits: list[tuple[float, str]] = []
        self.clock = Clock(START)
        devices = {DeviceId(name): device(name, "ask", interval=interval) for name in names}
        options = {"interval": 15.0, "confirmations": 2} | confirming
        self.runner = PollRunner(
            devices, {"ask": self}, self.sink, clock=self.clock, confirming=Confirming(**options)  # type: ignore[arg-type]
        )  # fmt: skip
        self.runner.start(spread=0.0)

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        outcome = Outcome.SILENT if device.id in self.silent else Outcome.ANSWERED
        return Answer(Witness("ask", outcome, at))

    async def sink(self, poll: Poll) -> None:
        self.visits.append((poll.at - START, poll.device))

    async def run(self, seconds: int) -> list[tuple[float, str]]:
        """Lets time pass; returns the visits of it."""
        before = len(self.visits)
        for _ in range(seconds):
            self.runner.tick()
            for _ in range(10):
                await asyncio.sleep(0)
            self.clock.now += 1
        return self.visits[before:]

    def times(self, name: str) -> list[float]:
        return [at for at, visited in self.visits if visited == name]


def gaps(times: list[float]) -> list[float]:
    return [later - sooner for sooner, later in pairwise(times)]


async def test_a_first_silence_is_confirmed_after_the_interval_of_confirmation_and_not_sooner():
    town = Town("sw", interval=300.0)
    town.silent = {"sw"}
    await town.run(600)
    assert gaps(town.times("sw"))[0] == pytest.approx(15, abs=1)
    assert len(town.times("sw")) == 4, "once it is settled the two slots are enough"


async def test_as_many_confirmations_as_the_policy_wants_and_none_for_what_answers():
    town = Town("sw", "well", interval=600.0, confirmations=4)
    town.silent = {"sw"}
    await town.run(100)
    assert gaps(town.times("sw"))[:3] == pytest.approx([15, 15, 15], abs=1)
    assert len(town.times("well")) == 1


async def test_what_the_silent_one_is_reached_through_is_asked_at_once_and_not_again_for_every_child():
    children = [f"pc-{number}" for number in range(20)]
    town = Town("rt", *children, interval=3600.0, beside=lambda name: ["rt"] if name != "rt" else [])
    town.runner.poll_now(DeviceId("rt"))
    await town.run(30)
    town.silent = {*children}
    for child in children:
        town.runner.poll_now(DeviceId(child))
        await town.run(1)
    asked = [at for at in town.times("rt") if at >= 30]
    assert asked[0] <= 31, "at once"
    assert len(asked) <= 4, "and not twenty times"
    assert asked[-1] >= town.times(children[0])[-1] - 15


async def test_devices_that_are_polled_more_often_than_that_get_no_extra_visit():
    town = Town("sw", interval=10.0)
    town.silent = {"sw"}
    await town.run(60)
    assert len(town.times("sw")) in (6, 7)


async def test_a_clock_set_back_does_not_put_a_confirmation_off_for_hours():
    town = Town("sw", interval=300.0)
    town.silent = {"sw"}
    await town.run(5)
    town.clock.now -= 7200
    visited = await town.run(5)
    assert visited
