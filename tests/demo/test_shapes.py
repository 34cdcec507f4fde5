from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nms.demo.simulator.ports import Flow, Port
from nms.demo.simulator.shapes import ALWAYS_ON, OFFICE, Pulse

INSTANTS = st.floats(1.5e9, 2.2e9)
WEDNESDAY_NOON = 1_773_856_800.0
HOUR = 3600.0


@given(INSTANTS, st.floats(0, 1e7), st.floats(0, 1))
def test_a_counter_never_runs_backwards(at: float, later: float, phase: float):
    pulse = Pulse(OFFICE, phase)
    assert pulse.integral(at + later) >= pulse.integral(at)


@given(INSTANTS, st.floats(0, 1))
def test_the_integral_grows_by_the_level(at: float, phase: float):
    pulse = Pulse(ALWAYS_ON, phase)
    slope = (pulse.integral(at + 0.5) - pulse.integral(at - 0.5)) / 1.0
    assert abs(slope - pulse.level(at)) < 0.005


def test_the_office_sleeps_at_night_and_at_the_weekend():
    assert OFFICE.level(WEDNESDAY_NOON) > 0.8
    assert OFFICE.level(WEDNESDAY_NOON - 9 * HOUR) < 0.06
    assert OFFICE.level(WEDNESDAY_NOON + 4 * 24 * HOUR) < 0.15


def test_a_week_later_it_is_the_same():
    assert abs(OFFICE.level(WEDNESDAY_NOON) - OFFICE.level(WEDNESDAY_NOON + 168 * HOUR)) < 1e-9


def test_a_stopped_flow_stands_still_and_goes_on_where_it_stood():
    flow = Flow(Pulse(OFFICE, 0.3), 1e6)
    before = flow.octets(WEDNESDAY_NOON)
    flow.set_running(False, WEDNESDAY_NOON)
    assert flow.octets(WEDNESDAY_NOON + 600) == before
    flow.set_running(True, WEDNESDAY_NOON + 600)
    assert flow.octets(WEDNESDAY_NOON + 600) == before
    assert flow.octets(WEDNESDAY_NOON + 601) > before


def test_errors_are_a_share_of_the_packets_since_they_began():
    port = Port(1, "a", "a", 1e9, 6, Flow(Pulse(OFFICE, 0.1), 1e6), Flow(Pulse(OFFICE, 0.2), 1e6))
    port.set_error_ratio(0.5, WEDNESDAY_NOON)
    at_first = port.in_errors(WEDNESDAY_NOON)
    packets = port.in_packets(WEDNESDAY_NOON + 60) - port.in_packets(WEDNESDAY_NOON)
    assert abs(port.in_errors(WEDNESDAY_NOON + 60) - at_first - packets / 2) < 1
    port.set_error_ratio(0.0, WEDNESDAY_NOON + 60)
    assert port.in_errors(WEDNESDAY_NOON + 600) == port.in_errors(WEDNESDAY_NOON + 60)
