from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nms.demo.simulator.agent import Agent
from nms.demo.simulator.mib import Builder, counter64, integer, live, text
from nms.transports.snmp import ber

GET, NEXT, BULK, SET, RESPONSE = 0xA0, 0xA1, 0xA5, 0xA3, 0xA2


def make_agent(max_message: int = 8192) -> Agent:
    builder = Builder()
    builder.scalar("1.3.6.1.2.1.1.1", text("router"))
    builder.scalar("1.3.6.1.2.1.1.7", integer(78))
    for row in range(1, 200):
        builder.row("1.3.6.1.2.1.2.2.1", row, {1: integer(row), 2: text(f"port {row}")})
        builder.row("1.3.6.1.2.1.31.1.1.1", row, {6: live(counter64, lambda now, row=row: now * row)})
    builder.row("1.3.6.1.4.1.99", (300, 70000), {1: integer(1)})
    return Agent(builder.build(), "público", max_message)


def request(kind: int, *names: str, version: int = 1, first: int = 0, second: int = 0, community: str = "público"):
    bindings = b"".join(ber.tlv(0x30, ber.tlv(6, ber.encode_oid(name)) + b"\x05\0") for name in names)
    numbers = b"".join(ber.tlv(2, ber.encode_integer(n)) for n in (77, first, second))
    pdu = ber.tlv(kind, numbers + ber.tlv(0x30, bindings))
    head = ber.tlv(2, bytes((version,))) + ber.tlv(4, community.encode())
    return ber.tlv(0x30, head + pdu)


def read(answer: bytes | None):
    """error-status, error-index and (OID, tag, value) of each binding."""
    assert answer is not None
    at, end = ber.read_tag(answer, 0, len(answer), 0x30)
    assert end == len(answer)
    _, at = ber.read_integer(answer, at, end)
    _, at = ber.read_tag(answer, at, end, 4)
    at, end = ber.read_tag(answer, at, end, RESPONSE)
    request_id, at = ber.read_integer(answer, at, end)
    assert request_id == 77
    status, at = ber.read_integer(answer, at, end)
    index, at = ber.read_integer(answer, at, end)
    at, end = ber.read_tag(answer, at, end, 0x30)
    found = []
    while at < end:
        start, at = ber.read_tag(answer, at, end, 0x30)
        name, stop = ber.read_tag(answer, start, at, 6)
        value, last = ber.read_length(answer, stop + 1, at)
        found.append(
            (ber.decode_oid(answer[name:stop]), answer[stop], ber.decode_value(answer[stop], answer[value:last]))
        )
    return status, index, found


def test_get_finds_values_and_tells_absent_objects_from_absent_instances():
    answer = make_agent().answer(request(GET, "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.2.2.1.2.999", "1.3.6.1.9.9"), 0)
    assert read(answer) == (
        0,
        0,
        [
            ("1.3.6.1.2.1.1.1.0", 4, b"router"),
            ("1.3.6.1.2.1.2.2.1.2.999", ber.NO_SUCH_INSTANCE, None),
            ("1.3.6.1.9.9", ber.NO_SUCH_OBJECT, None),
        ],
    )


def test_v1_get_names_the_first_that_is_missing():
    status, index, found = read(make_agent().answer(request(GET, "1.3.6.1.2.1.1.1.0", "1.3.6.1.9", version=0), 0))
    assert (status, index, len(found)) == (2, 2, 2)


def test_v1_does_not_see_64_bit_counters():
    agent = make_agent()
    assert read(agent.answer(request(GET, "1.3.6.1.2.1.31.1.1.1.6.1", version=0), 1))[0] == 2
    _, _, found = read(agent.answer(request(NEXT, "1.3.6.1.2.1.31", version=0), 1))
    assert found[0][0] == "1.3.6.1.4.1.99.1.300.70000"


def test_getnext_walks_everything_in_order_and_ends():
    agent, name, seen = make_agent(), "0.0", []
    while True:
        _, _, found = read(agent.answer(request(NEXT, name), 5))
        if found[0][1] == ber.END_OF_MIB_VIEW:
            break
        name = found[0][0]
        seen.append(tuple(map(int, name.split("."))))
    assert len(seen) == 2 + 3 * 199 + 1
    assert seen == sorted(seen)


def test_getbulk_repeats_rows_after_the_non_repeaters():
    answer = make_agent().answer(
        request(BULK, "1.3.6.1.2.1.1.1", "1.3.6.1.2.1.2.2.1.1", "1.3.6.1.2.1.2.2.1.2", first=1, second=3), 0
    )
    _, _, found = read(answer)
    assert [oid.rsplit(".", 2)[1:] for oid, _, _ in found] == [
        ["1", "0"], ["1", "1"], ["2", "1"], ["1", "2"], ["2", "2"], ["1", "3"], ["2", "3"],
    ]  # fmt: skip


def test_getbulk_fills_a_message_and_no_more():
    answer = make_agent(500).answer(request(BULK, "1.3.6.1.2.1.2", second=10_000), 0)
    assert answer is not None
    assert 400 < len(answer) <= 500


def test_getbulk_stops_at_the_end_of_the_view():
    _, _, found = read(make_agent().answer(request(BULK, "1.3.6.1.4.1.99", second=10_000), 0))
    assert [tag for _, tag, _ in found] == [2, ber.END_OF_MIB_VIEW]


def test_an_answer_that_does_not_fit_is_too_big():
    status, _, found = read(make_agent(200).answer(request(GET, *["1.3.6.1.2.1.1.1.0"] * 20), 0))
    assert (status, found) == (1, [])
    status, _, found = read(make_agent(200).answer(request(GET, *["1.3.6.1.2.1.1.1.0"] * 20, version=0), 0))
    assert (status, len(found)) == (1, 20)


def test_nothing_can_be_set():
    assert read(make_agent().answer(request(SET, "1.3.6.1.2.1.1.1.0"), 0))[:2] == (6, 1)
    assert read(make_agent().answer(request(SET, "1.3.6.1.2.1.1.1.0", version=0), 0))[:2] == (2, 1)


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x30",
        b"hello",
        request(GET, "1.3.6.1.2.1.1.1.0", community="public"),
        request(GET, "1.3.6.1.2.1.1.1.0", version=3),
        request(RESPONSE, "1.3.6.1.2.1.1.1.0"),
        request(BULK, "1.3.6.1.2.1.1.1.0", version=0),
        request(GET, "1.3.6.1.2.1.1.1.0") + b"\0",
        request(GET, "1.3.6.1.2.1.1.1.0")[:-1],
    ],
    ids=["empty", "a tag", "text", "wrong community", "v3", "a response", "v1 bulk", "too long", "too short"],
)
def test_what_is_not_for_this_agent_gets_silence(datagram: bytes):
    assert make_agent().answer(datagram, 0) is None


@given(st.binary(max_size=200))
def test_noise_gets_silence(noise: bytes):
    assert make_agent().answer(noise, 0) is None


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_mutated_requests_break_nothing(seed: int):
    agent, choose = make_agent(), random.Random(seed)
    whole = request(BULK, "1.3.6.1.2.1.2", "1.3.6.1.2.1.31", first=1, second=20)
    for _ in range(100):
        mutated = bytearray(whole)
        for _ in range(choose.randint(1, 4)):
            mutated[choose.randrange(len(mutated))] = choose.randrange(256)
        answer = agent.answer(bytes(mutated), 1e9)
        assert answer is None or len(answer) <= 8192
