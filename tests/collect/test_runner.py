"""The poll runner: spread, no overlap, a dead device delays nobody, nothing lost when a part fails."""

import asyncio
import statistics
import time

import pytest

from nms.collect.answer import Answer, failed
from nms.collect.runner import Faults, PollRunner, visit
from nms.collect.schedule import Schedule, next_due, phase
from nms.model import Device, DeviceId, Endpoint, Outcome, Poll, Role, Witness
from nms.transports.errors import AccessDenied, Unreachable


def device(name: str, *transports: str, interval: float = 60.0) -> Device:
    endpoints = tuple(Endpoint(transport, "127.0.0.1") for transport in transports or ("ok",))
    return Device(DeviceId(name), name, Role.SWITCH, "127.0.0.1", "s", "d", endpoints, interval=interval)


class Ok:
    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        return Answer(Witness(endpoint.transport, Outcome.ANSWERED, at), facts={"sys_name": device.id})


class Hangs:
    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError


class Breaks:
    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        raise ZeroDivisionError


class Clock:
    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def runner_of(devices: list[Device], polls: list[Poll], clock: Clock, **more: float) -> PollRunner:
    async def sink(poll: Poll) -> None:
        polls.append(poll)

    askers = {"ok": Ok(), "hangs": Hangs(), "breaks": Breaks()}
    return PollRunner({d.id: d for d in devices}, askers, sink, clock=clock, **more)  # type: ignore[arg-type]


def test_polls_are_spread_evenly_over_the_interval_and_stable() -> None:
    phases = [phase(DeviceId(f"sw-{n}"), 60.0) for n in range(6000)]
    per_second = [sum(int(p) == second for p in phases) for second in range(60)]
    assert statistics.mean(per_second) == 100
    assert min(per_second) > 60
    assert max(per_second) < 140
    assert phases == [phase(DeviceId(f"sw-{n}"), 60.0) for n in range(6000)]


def test_the_next_slot_is_strictly_later_and_one_interval_apart() -> None:
    first = next_due(DeviceId("a"), 60.0, 1000.0)
    assert first > 1000.0
    assert next_due(DeviceId("a"), 60.0, first) == pytest.approx(first + 60)


def test_slots_missed_while_nobody_asked_are_skipped_not_piled_up() -> None:
    schedule = Schedule.of([device("a")], 0.0)
    assert len(schedule.due(3600.0)) == 1
    assert schedule.due(3600.0) == []


def test_devices_without_endpoints_are_not_visited() -> None:
    idle = Device(DeviceId("pc"), "pc", Role.COMPUTER, "127.0.0.1", "s", "d")
    assert Schedule.of([idle], 0.0, spread=0.0).due(10.0) == []


async def test_a_hanging_device_delays_nobody_and_is_never_visited_twice_at_once() -> None:
    clock, polls = Clock(), []
    devices = [device("dead", "hangs")] + [device(f"d{n}") for n in range(50)]
    runner = runner_of(devices, polls, clock, budget_seconds=30.0)
    runner.start(spread=0.0)
    for _ in range(6):
        runner.tick()
        for _ in range(20):
            await asyncio.sleep(0)
        clock.now += 25
    assert {poll.device for poll in polls} == {f"d{n}" for n in range(50)}
    assert runner.stats.in_flight == 1
    assert runner.stats.skipped_overlaps >= 1
    await runner.stop()
    assert runner.stats.in_flight == 0


async def test_an_endpoint_over_budget_is_cut_off_and_named_and_the_others_kept() -> None:
    poll = await visit(device("a", "ok", "hangs"), {"ok": Ok(), "hangs": Hangs()}, Clock(), budget=0.01)
    assert [w.outcome for w in poll.witnesses] == [Outcome.ANSWERED, Outcome.FAILED]
    assert poll.facts == {"sys_name": "a"}
    assert poll.problems == ("budget: hangs: cut off after 0.01 s, the time one visit may take",)


async def test_a_collector_that_breaks_is_named_and_the_others_kept(caplog: pytest.LogCaptureFixture) -> None:
    poll = await visit(device("a", "breaks", "ok"), {"ok": Ok(), "breaks": Breaks()}, Clock(), budget=5)
    assert poll.witnesses[0].reason == "the collector itself failed (ZeroDivisionError); the log has the details"
    assert poll.witnesses[1].outcome is Outcome.ANSWERED


async def test_an_unknown_transport_is_said_and_not_a_crash() -> None:
    poll = await visit(device("a", "telepathy"), {}, Clock(), budget=5)
    assert poll.problems == ("telepathy: this monitor has no collector for “telepathy”",)


async def test_a_late_start_is_counted_and_written_in_the_poll() -> None:
    clock, polls = Clock(), []
    runner = runner_of([device("a")], polls, clock, late_after=5.0)
    runner.start(spread=0.0)
    clock.now += 12
    runner.tick()
    while not polls:
        await asyncio.sleep(0)
    assert polls[0].late_by == pytest.approx(12)
    assert runner.stats.late_polls == 1


async def test_a_clock_set_back_an_hour_does_not_stop_polling() -> None:
    clock, polls = Clock(), []
    runner = runner_of([device("a")], polls, clock)
    runner.start(spread=0.0)
    runner.tick()
    clock.now -= 3600
    for _ in range(7):
        clock.now += 10
        runner.tick()
        for _ in range(5):
            await asyncio.sleep(0)
    assert len(polls) >= 2


async def test_polling_now_joins_a_visit_under_way() -> None:
    runner = runner_of([device("dead", "hangs")], [], Clock())
    runner.start(spread=0.0)
    first = runner.poll_now(DeviceId("dead"))
    assert runner.poll_now(DeviceId("dead")) is first
    assert runner.poll_now(DeviceId("nobody")) is None
    await runner.stop()


def test_transport_errors_become_outcomes() -> None:
    assert failed("snmp", 1.0, Unreachable("no answer")).witness.outcome is Outcome.SILENT
    assert failed("snmp", 1.0, AccessDenied("no")).witness.outcome is Outcome.REFUSED


async def test_a_breaking_collector_is_logged_once_and_once_when_it_works_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    faults = Faults()
    for _ in range(3):
        await visit(device("a", "x"), {"x": Breaks()}, Clock(), 5, faults=faults)
    await visit(device("a", "x"), {"x": Ok()}, Clock(), 5, faults=faults)
    assert [record.message for record in caplog.records] == [
        "the x collector failed on a",
        "the x collector works again on a",
    ]


def test_the_first_polls_are_spread_and_never_later_than_their_slots() -> None:
    devices = [device(f"sw-{n}") for n in range(500)]
    schedule = Schedule.of(devices, 1000.0, spread=10.0)
    per_second = [len(schedule.due(1000.0 + second)) for second in range(1, 11)]
    assert sum(per_second) >= 500
    assert max(per_second) < 100


class Silent:
    """A device that never answers, while the monitor itself is kept from running for a while."""

    def __init__(self, blocked: float) -> None:
        self.blocked = blocked

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        time.sleep(self.blocked)
        return failed("snmp", at, Unreachable("no answer"))


@pytest.mark.parametrize(("blocked", "outcome"), [(0.0, Outcome.SILENT), (2.1, Outcome.FAILED)])
async def test_a_monitor_that_was_away_does_not_say_that_a_device_was_silent(blocked: float, outcome: Outcome) -> None:
    polls: list[Poll] = []

    async def sink(poll: Poll) -> None:
        polls.append(poll)

    one = device("a", "snmp")
    runner = PollRunner({one.id: one}, {"snmp": Silent(blocked)}, sink, clock=Clock())
    runner.start(spread=0.0)
    runner.tick()
    task = runner.poll_now(one.id)
    assert task is not None
    await task
    assert polls[0].witnesses[0].outcome is outcome
    assert runner.stats.starved == (outcome is Outcome.FAILED)
