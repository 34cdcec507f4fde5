"""Rates and totals: exact where they can be told, absent where they cannot."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nms.collect.rates import SPEED, Bits, Clock, Progress, RateTracker, restarted
from nms.model import Component, DeviceId, Number, Reading

IN, PACKETS, EVENTS = "interface_in_octets_total", "interface_in_packets_total", "events_total"
HOUR_TICKS = 360_000
WRAP32, WRAP64 = 2**32, 2**64


class Agent:
    """A table of one device that is polled again and again by one tracker."""

    def __init__(self, bits: int = 64, closest: float = 5.0) -> None:
        self.tracker = RateTracker(closest=closest)
        self.bits = bits

    def poll(
        self,
        at: float,
        counts: Sequence[Number | None],
        *,
        metric: str = IN,
        keys: Sequence[str] = (),
        speeds: Sequence[Number | None] | None = None,
        uptime: int | None = None,
        wall: float | None = None,
        discontinuities: Sequence[Number | None] | None = None,
        bits: Bits | None = None,
    ) -> Progress:
        keys = keys or [f"Gi0/{number}" for number in range(len(counts))]
        components = tuple(Component("interface", key, key, str(row)) for row, key in enumerate(keys))
        columns: dict[str, Sequence[Number | None]] = {metric: counts}
        if speeds is not None:
            columns[SPEED] = speeds
        reading = Reading(DeviceId("sw"), "interfaces", at if wall is None else wall, components, columns)
        width = self.bits if bits is None else bits
        return self.tracker.update(reading, Clock(at, uptime), {metric: width}, discontinuities)


def test_the_first_poll_has_totals_but_no_rate() -> None:
    progress = Agent().poll(0, [100, None])
    assert progress.rates == {IN: (None, None)}
    assert progress.totals == {IN: [100, None]}
    assert progress.seconds is None


def test_a_rate_is_growth_over_elapsed_time() -> None:
    agent = Agent()
    agent.poll(0, [100, 2**63])
    progress = agent.poll(60, [700, 2**63 + 120])
    assert progress.rates == {IN: [10.0, 2.0]}
    assert progress.totals == {IN: [700, 2**63 + 120]}
    assert progress.seconds == 60


def test_a_value_that_was_or_is_missing_has_no_rate_and_its_neighbour_has() -> None:
    agent = Agent()
    agent.poll(0, [100, 100, None])
    assert agent.poll(60, [None, 160, 5]).rates == {IN: [None, 1.0, None]}
    assert agent.poll(120, [220, 220, 65]).rates == {IN: [None, 1.0, 1.0]}


def test_a_32_bit_counter_wraps_and_its_total_continues() -> None:
    agent = Agent(bits=32)
    agent.poll(0, [WRAP32 - 100], speeds=[100_000_000])
    progress = agent.poll(60, [500], speeds=[100_000_000])
    assert progress.rates == {IN: [10.0]}
    assert progress.totals == {IN: [WRAP32 + 500]}
    for minute in range(2, 10):
        true = WRAP32 + 600_000_000 * (minute - 1)
        assert agent.poll(60 * minute, [true % WRAP32], speeds=[100_000_000]).totals == {IN: [true]}
    assert true > 2 * WRAP32


def test_a_64_bit_counter_wraps() -> None:
    agent = Agent()
    agent.poll(0, [WRAP64 - 100], speeds=[1e9])
    assert agent.poll(60, [500], speeds=[1e9]).rates == {IN: [10.0]}


def test_a_64_bit_counter_that_falls_was_reset() -> None:
    agent = Agent()
    agent.poll(0, [10_000], speeds=[1e9])
    progress = agent.poll(60, [500], speeds=[1e9])
    assert progress.rates == {IN: [None]}
    assert progress.totals == {IN: [500]}
    assert agent.poll(120, [1100], speeds=[1e9]).rates == {IN: [10.0]}


def test_a_32_bit_counter_cleared_by_hand_is_a_reset_not_a_wrap() -> None:
    agent = Agent(bits=32)
    agent.poll(0, [1_000_000], speeds=[100_000_000])
    assert agent.poll(60, [10], speeds=[100_000_000]).rates == {IN: [None]}
    agent = Agent(bits=32)
    agent.poll(0, [1_000_000], metric=EVENTS)
    progress = agent.poll(60, [10], metric=EVENTS)
    assert (progress.rates, progress.totals) == ({EVENTS: [None]}, {EVENTS: [10]})


def test_a_32_bit_counter_at_ten_gigabits_is_unmeasurable() -> None:
    agent = Agent(bits=32)
    for minute in range(3):
        progress = agent.poll(60 * minute, [1000 + minute], speeds=[10e9])
        assert progress.rates[IN][0] is None
        assert progress.totals[IN][0] is None


def test_a_saturated_if_speed_counts_as_at_least_that_fast() -> None:
    agent = Agent(bits=32)
    agent.poll(0, [1000], speeds=[2**32 - 1])
    assert agent.poll(60, [2000], speeds=[2**32 - 1]).rates == {IN: [None]}
    agent = Agent(bits=64)
    agent.poll(0, [0], speeds=[2**32 - 1])
    assert agent.poll(60, [60 * 10**9], speeds=[2**32 - 1]).rates == {IN: [1e9]}


def test_a_32_bit_counter_is_measurable_again_when_polls_are_close_enough() -> None:
    agent = Agent(bits=32)
    agent.poll(0, [0], speeds=[1e9])
    assert agent.poll(20, [2_000_000_000], speeds=[1e9]).rates == {IN: [1e8]}
    assert agent.poll(80, [2_000_000_100], speeds=[1e9]).rates == {IN: [None]}


def test_a_rate_is_never_above_line_speed() -> None:
    agent = Agent()
    agent.poll(0, [0, 0], speeds=[1e8, 1e8])
    a_little, far = 13_000_000 * 60, 25_000_000 * 60
    assert agent.poll(60, [a_little, far], speeds=[1e8, 1e8]).rates == {IN: [1e8 / 8, None]}


def test_packets_are_bounded_by_the_line_too() -> None:
    agent = Agent()
    agent.poll(0, [0], metric=PACKETS, speeds=[1e6])
    assert agent.poll(60, [10**9], metric=PACKETS, speeds=[1e6]).rates == {PACKETS: [None]}


def test_a_reboot_gives_no_rate_even_where_the_counter_did_not_fall() -> None:
    agent = Agent()
    agent.poll(0, [100, 9000], uptime=HOUR_TICKS)
    progress = agent.poll(60, [5000, 30], uptime=2000)
    assert progress.restarted
    assert progress.rates == {IN: [None, None]}
    assert progress.totals == {IN: [0, 30]}
    progress = agent.poll(120, [5600, 90], uptime=8000)
    assert progress.rates == {IN: [10.0, 1.0]}
    assert progress.totals == {IN: [600, 90]}


def test_sys_uptime_that_wraps_after_497_days_is_no_reboot() -> None:
    agent = Agent()
    agent.poll(0, [0], uptime=WRAP32 - 3000)
    progress = agent.poll(60, [600], uptime=3000)
    assert not progress.restarted
    assert progress.rates == {IN: [10.0]}


@pytest.mark.parametrize(
    ("before", "elapsed", "now", "expected"),
    [
        (HOUR_TICKS, 60, HOUR_TICKS + 6000, False),
        (HOUR_TICKS, 60, HOUR_TICKS + 6500, False),
        (HOUR_TICKS, 60, 100, True),
        (1000, 600, 30_000, True),
        (HOUR_TICKS, 60, HOUR_TICKS + 600, False),
        (WRAP32 - 100, 60, 5900, False),
        (None, 60, 100, False),
        (100, 60, None, False),
    ],
)
def test_a_restart_is_told_from_a_wrap_and_from_a_slow_clock(
    before: int | None, elapsed: float, now: int | None, expected: bool
) -> None:
    assert restarted(Clock(0, before), Clock(elapsed, now)) is expected


def test_a_discontinuity_of_one_interface_costs_only_its_own_rate() -> None:
    agent = Agent()
    agent.poll(0, [100, 100], discontinuities=[0, 0])
    assert agent.poll(60, [160, 160], discontinuities=[5000, 0]).rates == {IN: [None, 1.0]}
    assert agent.poll(120, [220, 220], discontinuities=[5000, 0]).rates == {IN: [1.0, 1.0]}


def test_an_agent_that_tells_its_clock_as_the_discontinuity_keeps_its_rates() -> None:
    agent = Agent()
    rates = [agent.poll(60 * n, [60 * n], discontinuities=[6000 * n]).rates[IN][0] for n in range(6)]
    assert rates == [None, None, None, 1.0, 1.0, 1.0]


def test_a_discontinuity_is_followed_where_rows_come_and_go() -> None:
    agent = Agent()
    agent.poll(0, [], keys=[], discontinuities=[])
    agent.poll(60, [7, 100], keys=["a", "b"], discontinuities=[0, 9])
    assert agent.poll(120, [160, 8, 67], keys=["b", "c", "a"], discontinuities=[9, 0, 44]).rates == {
        IN: [1.0, None, None]
    }


def test_polls_close_together_are_one_interval() -> None:
    agent = Agent(closest=5)
    agent.poll(0, [0])
    progress = agent.poll(1, [1_000_000])
    assert progress.rates == {IN: [None]}
    assert progress.totals == {IN: [1_000_000]}
    progress = agent.poll(60, [1_200_000])
    assert progress.rates == {IN: [20_000.0]}
    assert progress.seconds == 60


def test_a_reset_between_close_polls_is_not_forgotten() -> None:
    agent = Agent(closest=5)
    agent.poll(0, [1_000_000])
    agent.poll(1, [10])
    assert agent.poll(60, [2_000_000]).rates == {IN: [None]}
    assert agent.poll(120, [2_000_060]).rates == {IN: [1.0]}


def test_polls_hours_apart_give_a_total_and_no_rate() -> None:
    agent = Agent()
    agent.poll(0, [0])
    progress = agent.poll(7200, [7200])
    assert progress.rates == {IN: [None]}
    assert progress.totals == {IN: [7200]}


def test_a_wall_clock_that_jumps_changes_no_rate() -> None:
    agent = Agent()
    agent.poll(0, [0], wall=1_700_000_000)
    assert agent.poll(60, [600], wall=1_600_000_000).rates == {IN: [10.0]}


def test_a_monotonic_clock_that_went_back_begins_anew() -> None:
    agent = Agent()
    agent.poll(1000, [0])
    assert agent.poll(10, [600]).rates == {IN: (None,)}


def test_history_follows_the_name_when_rows_move() -> None:
    agent = Agent(bits=32)
    agent.poll(0, [100, WRAP32 - 60, 300], keys=["a", "b", "c"], speeds=[1e8, 1e8, 1e6])
    progress = agent.poll(60, [360, 7, 160, 60], keys=["c", "new", "a", "b"], speeds=[1e6, 1e8, 1e8, 1e8])
    assert progress.rates == {IN: [1.0, None, 1.0, 2.0]}
    assert progress.totals == {IN: [360, 7, 160, WRAP32 + 60]}
    assert agent.poll(120, [WRAP32 + 120 - WRAP32], keys=["b"], speeds=[1e8]).totals == {IN: [WRAP32 + 120]}


def test_two_rows_of_one_name_have_no_rate() -> None:
    agent = Agent()
    agent.poll(0, [0, 0, 0], keys=["a", "a", "b"])
    assert agent.poll(60, [60, 120, 60], keys=["a", "a", "b"]).rates == {IN: [None, None, 1.0]}


def test_a_column_that_changes_its_width_begins_anew() -> None:
    agent = Agent()
    agent.poll(0, [2**40], bits=64)
    assert agent.poll(60, [600], bits=32).rates == {IN: [None]}
    assert agent.poll(120, [660], bits=32).rates == {IN: [1.0]}


def test_rows_of_one_column_may_differ_in_width() -> None:
    agent = Agent()
    agent.poll(0, [WRAP32 - 60, WRAP32 - 60], speeds=[1e8, 1e8], bits=[32, 64])
    assert agent.poll(60, [60, WRAP32 + 60], speeds=[1e8, 1e8], bits=[32, 64]).rates == {IN: [2.0, 2.0]}
    assert agent.poll(120, [WRAP32 + 120, WRAP32 + 120], speeds=[1e8, 1e8]).rates == {IN: [None, 1.0]}


@pytest.mark.parametrize("wrong", [-1, WRAP64, WRAP32])
def test_values_outside_of_the_counters_range_are_absent(wrong: int) -> None:
    agent = Agent(bits=32)
    agent.poll(0, [0, 5])
    progress = agent.poll(60, [wrong, 65])
    assert progress.rates == {IN: [None, 1.0]}
    assert progress.totals == {IN: [None, 65]}


def test_an_empty_table_and_a_table_without_counters_are_fine() -> None:
    agent = Agent()
    assert agent.poll(0, []).rates == {IN: ()}
    assert agent.poll(60, []).rates == {IN: []}
    assert agent.poll(120, [1]).rates == {IN: [None]}
    assert agent.poll(180, [1.0], metric="temperature_celsius").totals == {}


def test_a_forgotten_device_begins_anew() -> None:
    agent = Agent()
    agent.poll(0, [0])
    agent.tracker.forget(DeviceId("sw"))
    assert agent.poll(60, [60]).rates == {IN: (None,)}


def test_the_stored_reading_holds_totals_and_keeps_the_rest() -> None:
    reading = Reading(DeviceId("d"), "t", 0.0, (Component("interface", "a"),), {IN: [7], SPEED: [1e9]})
    progress = RateTracker().update(reading, Clock(0.0), {IN: 64})
    assert progress.extend(reading).columns == {IN: [7], SPEED: [1e9]}


@given(
    start=st.integers(0, WRAP32 - 1),
    speed=st.sampled_from([1e6, 1e8, 1e9, 1e10]),
    steps=st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.5, 400.0), st.integers(0, 20)), max_size=12),
)
@settings(max_examples=150)
def test_a_narrow_counter_gives_the_true_rate_or_none(
    start: int, speed: float, steps: list[tuple[float, float, int]]
) -> None:
    """Against a counter of unlimited width: the share of the line used, the time between polls, sometimes a reboot."""
    agent = Agent(bits=32, closest=0.1)
    true, at, uptime = start, 1000.0, 50_000_000
    agent.poll(at, [true % WRAP32], speeds=[speed], uptime=uptime)
    last_total: int | None = None
    for share, seconds, dice in steps:
        at += seconds
        before = true
        true += int(share * speed / 8 * seconds)
        is_reboot = dice == 0 and seconds > 30 and uptime > 5000
        uptime = int(seconds * 50) if is_reboot else uptime + int(seconds * 100)
        if is_reboot:
            true = int(share * speed / 8 * seconds / 2)
        progress = agent.poll(at, [true % WRAP32], speeds=[speed], uptime=uptime % WRAP32)
        rate, total = progress.rates[IN][0], progress.totals[IN][0]
        if rate is not None:
            assert not is_reboot
            assert rate == pytest.approx((true - before) / seconds, rel=1e-6, abs=1e-6)
            assert 0 <= rate <= speed / 8
            if last_total is not None and total is not None:
                assert total - last_total == true - before
        elif not is_reboot:
            assert speed / 8 * seconds >= WRAP32 or total is None or last_total is None
        last_total = total
