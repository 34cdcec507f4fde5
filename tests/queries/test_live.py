"""What is known right now."""

from __future__ import annotations

import pytest

from nms.model import Component, DeviceId, Outcome, Poll, Reading, Witness
from nms.queries.live import LiveBoard

PORT = Component("interface", "eth0")
RX = "interface_in_octets_total"


def _poll(at: float, rate: float | None) -> Poll:
    device = DeviceId("rt-1")
    reading = Reading(device, "interfaces", at, (PORT,), {RX: (7,)}, rates={RX: (rate,)})
    return Poll(device, at, 0.1, (Witness("snmp", Outcome.ANSWERED, at, 0.004),), (reading,))


@pytest.mark.parametrize(("second", "wanted"), [(1004.0, 800.0), (1060.0, None)])
def test_a_poll_that_somebody_asked_for_leaves_the_rates_of_the_one_before(second: float, wanted: float | None) -> None:
    board = LiveBoard()
    board.take(_poll(1000.0, 800.0))
    board.take(_poll(second, None))
    assert board.devices[DeviceId("rt-1")].readings["interfaces"].rates == {RX: (wanted,)}
