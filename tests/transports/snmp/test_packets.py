"""Encoding and decoding: round trips, agreement of the shortcuts with the decoder, and mutated packets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fuzz_snmp import fuzz
from nms.transports.snmp.ber import (
    COUNTER32,
    COUNTER64,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    BadPacket,
    decode_index,
    decode_oid,
    decode_value,
    encode_integer,
    encode_oid,
    read_length,
    tlv,
)
from nms.transports.snmp.layout import Share, layout_of, read_same_names
from nms.transports.snmp.messages import GET_BULK, Form, preamble, read_answer, request_id_octets
from tests.transports.snmp.agents import Asked, parse, reply

ARC = st.integers(0, 2**32 - 1)
OIDS = st.one_of(
    st.tuples(st.integers(0, 1), st.integers(0, 39), st.lists(ARC, max_size=40)),
    st.tuples(st.just(2), st.integers(0, 2**31), st.lists(ARC, max_size=40)),
).map(lambda parts: ".".join(map(str, (parts[0], parts[1], *parts[2]))))

VALUES = st.one_of(
    st.integers(-(2**63), 2**63 - 1).map(lambda number: tlv(INTEGER, encode_integer(number))),
    st.integers(0, 2**32 - 1).map(lambda number: tlv(COUNTER32, number.to_bytes(number.bit_length() // 8 + 1, "big"))),
    st.integers(0, 2**64 - 1).map(lambda number: tlv(COUNTER64, number.to_bytes(number.bit_length() // 8 + 1, "big"))),
    st.binary(max_size=300).map(lambda octets: tlv(OCTET_STRING, octets)),
    OIDS.map(lambda oid: tlv(OBJECT_IDENTIFIER, encode_oid(oid))),
    st.sampled_from([b"\x05\x00", b"\x80\x00", b"\x81\x00", b"\x82\x00"]),
    st.tuples(st.integers(0x40, 0x47), st.binary(max_size=12)).map(lambda pair: tlv(*pair)),
)
PREAMBLE = preamble("2c", "public")


def response(pairs: list[tuple[str, bytes]], request_id: int = 0x40302010) -> bytes:
    asked = Asked(1, b"public", GET_BULK, request_id, 0, 0, [], b"")
    return reply(asked, [(encode_oid(oid), value) for oid, value in pairs])


@given(OIDS)
def test_oids_survive_a_round_trip(oid: str) -> None:
    assert decode_oid(encode_oid(oid)) == oid


@given(OIDS, st.lists(ARC, min_size=1, max_size=10))
def test_an_index_is_what_follows_the_column(column: str, index: list[int]) -> None:
    dotted = ".".join(map(str, index))
    whole = encode_oid(f"{column}.{dotted}")
    assert decode_index(whole.removeprefix(encode_oid(column))) == dotted


@given(st.integers(-(2**63), 2**63 - 1))
def test_integers_survive_a_round_trip(number: int) -> None:
    assert decode_value(INTEGER, encode_integer(number)) == number


@given(st.binary(max_size=70_000))
def test_lengths_survive_a_round_trip(content: bytes) -> None:
    data = tlv(OCTET_STRING, content)
    start, stop = read_length(data, 1, len(data))
    assert data[start:stop] == content


@pytest.mark.parametrize("length", [b"\x80", b"\x05", b"\x84\xff\xff\xff\xff", b"\x89" + b"\1" * 9, b"\x82\x01", b""])
def test_lengths_that_leave_their_packet_are_refused(length: bytes) -> None:
    data = b"\x04" + length + b"abc" * (len(length) < 2)
    with pytest.raises(BadPacket):
        read_length(data, 1, len(data))


@given(
    st.lists(OIDS, max_size=20), st.sampled_from(["1", "2c"]), st.binary(min_size=4, max_size=4), st.integers(0, 200)
)
def test_a_form_is_the_request_that_an_agent_reads(names: list[str], version: str, key: bytes, rows: int) -> None:
    key = bytes((key[0] & 0x7F | 0x40,)) + key[1:]
    form = Form(preamble(version, "público"), GET_BULK, [encode_oid(name) for name in names], 0, rows)
    asked = parse(form.head + key + form.tail)
    assert asked.version == {"1": 0, "2c": 1}[version]
    assert asked.community == "público".encode()
    assert asked.request_id == int.from_bytes(key, "big")
    assert (asked.kind, asked.first, asked.second) == (GET_BULK, 0, rows)
    assert [decode_oid(name) for name in asked.names] == names
    assert request_id_octets(asked.data) == key


@given(st.integers(-(2**31), 2**31 - 1), st.integers(0, 3))
def test_request_ids_are_found_however_wide_they_are(number: int, padding: int) -> None:
    asked = Asked(1, b"c" * 300 * (padding == 3), GET_BULK, number, 0, 0, [], b"")
    assert request_id_octets(reply(asked, [])) == (number & 0xFFFFFFFF).to_bytes(4, "big")


@given(st.lists(st.tuples(OIDS, VALUES), min_size=1, max_size=30), st.integers(0x40000000, 0x7FFFFFFF))
def test_a_layout_reads_what_the_decoder_reads(pairs: list[tuple[str, bytes]], request_id: int) -> None:
    first, second = response(pairs), response(pairs, request_id)
    layout = layout_of(first, PREAMBLE, Share())
    answer = read_answer(second, PREAMBLE)
    if layout is None:
        assert any(len(name) > 127 for name in answer.names)
        return
    assert layout.names() == answer.names
    assert list(layout.read(second) or ()) == answer.values
    same = read_same_names(second, PREAMBLE, layout.names())
    assert same is None or same == answer.values


@given(st.lists(st.tuples(OIDS, VALUES, VALUES), min_size=1, max_size=20))
def test_other_values_are_read_as_the_decoder_reads_them_or_not_at_all(pairs: list[tuple[str, bytes, bytes]]) -> None:
    before = response([(oid, value) for oid, value, _ in pairs])
    after = response([(oid, value) for oid, _, value in pairs])
    layout = layout_of(before, PREAMBLE, Share())
    expected = read_answer(after, PREAMBLE).values
    if layout is not None:
        for values in (layout.read(after), read_same_names(after, PREAMBLE, layout.names())):
            assert values is None or list(values) == expected


@given(st.lists(st.tuples(OIDS, VALUES), min_size=2, max_size=10, unique_by=lambda pair: pair[0]))
def test_other_names_are_never_taken_for_the_same(pairs: list[tuple[str, bytes]]) -> None:
    layout = layout_of(response(pairs), PREAMBLE, Share())
    if layout is not None:
        turned = response(pairs[1:] + pairs[:1])
        assert layout.read(turned) is None
        assert read_same_names(turned, PREAMBLE, layout.names()) is None
        assert read_same_names(response(pairs[:-1]), PREAMBLE, layout.names()) is None
        assert read_same_names(response(pairs), PREAMBLE, layout.names()[:-1]) is None


def test_a_response_with_an_error_makes_no_layout() -> None:
    asked = Asked(1, b"public", GET_BULK, 0x40302010, 0, 0, [], b"")
    broken = reply(asked, [(encode_oid("1.3.6"), b"\x05\x00")], 5, 1)
    assert layout_of(broken, PREAMBLE, Share()) is None
    assert layout_of(reply(asked, []), PREAMBLE, Share()) is None


def test_what_is_shared_is_bounded() -> None:
    share = Share(limit=10)
    for number in range(1000):
        share.one(("thing", number))
    assert len(share) <= 20
    first, second = response([]), response([])
    assert share.one(first) is share.one(second)


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_refused(data: bytes) -> None:
    for read in (request_id_octets, lambda octets: read_answer(octets, PREAMBLE)):
        try:
            read(data)
        except BadPacket:
            continue


def test_mutated_packets_crash_nothing_and_take_no_time() -> None:
    outcome = fuzz(20_000, seed=3, memory=False)
    assert outcome.failures == []
    assert outcome.slowest < 0.05
    assert outcome.refused["malformed"] > 10_000


def test_a_header_of_somebody_else_says_why_it_is_refused() -> None:
    good = response([("1.3.6.1", tlv(INTEGER, b"\1"))])
    for expected, reason in ((preamble("1", "public"), "wrong-version"), (preamble("2c", "other"), "wrong-community")):
        with pytest.raises(BadPacket) as refused:
            read_answer(good, expected)
        assert refused.value.reason == reason
