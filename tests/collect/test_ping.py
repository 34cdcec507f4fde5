"""ICMP as an asker, against real loopback addresses."""

from collections.abc import AsyncIterator

import pytest

from nms.collect.ping import PingAsker, witness_of
from nms.model import Device, DeviceId, Endpoint, Outcome, Role
from nms.transports.errors import LocalFault
from nms.transports.icmp import Echo, IcmpClient


@pytest.fixture
async def asker() -> AsyncIterator[PingAsker]:
    try:
        client = IcmpClient.open()
    except LocalFault as fault:
        pytest.skip(str(fault))
    yield PingAsker(client, count=2, timeout=0.5)
    client.close()


def device(address: str) -> Device:
    return Device(DeviceId("a"), "a", Role.SERVER, address, "s", "d")


async def test_an_address_that_answers_is_a_witness_with_its_round_trip(asker: PingAsker) -> None:
    answer = await asker.ask(device("127.0.9.1"), Endpoint("icmp", "127.0.9.1"), 100.0)
    assert answer.witness.outcome is Outcome.ANSWERED
    (reading,) = answer.readings
    assert reading.columns["icmp_loss_ratio"] == [0.0]
    (round_trip,) = reading.columns["icmp_round_trip_seconds"]
    assert round_trip is not None
    assert 0 < round_trip < 0.5


def test_an_echo_without_an_answer_is_silence_with_the_count() -> None:
    witness = witness_of(Echo("192.0.2.1", 3, 0, ()), 100.0)
    assert witness.outcome is Outcome.SILENT
    assert witness.reason == "none of 3 echoes to 192.0.2.1 was answered"


def test_what_a_router_said_is_kept_as_the_reason() -> None:
    echo = Echo("192.0.2.1", 3, 0, (), "host unreachable, says 192.0.2.254")
    assert witness_of(echo, 100.0).reason == "host unreachable, says 192.0.2.254"
