"""SNMP v1 and v2c messages: requests encoded once and patched with an id, responses read in one pass.

Source: RFC 1157, RFC 1901, RFC 3416.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from nms.transports.snmp.ber import (
    INTEGER,
    NULL,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    BadPacket,
    decode_value,
    encode_integer,
    read_integer,
    read_length,
    read_tag,
    tlv,
)
from nms.transports.snmp.values import Value

GET, GET_NEXT, RESPONSE, GET_BULK = 0xA0, 0xA1, 0xA2, 0xA5
VERSION_NUMBER = {"1": 0, "2c": 1}

_NULL = bytes((NULL, 0))
_ID_OCTETS = 4


class ErrorStatus(IntEnum):
    """error-status of a response, as RFC 3416 spells them."""

    NO_ERROR = 0
    TOO_BIG = 1
    NO_SUCH_NAME = 2
    BAD_VALUE = 3
    READ_ONLY = 4
    GEN_ERR = 5
    NO_ACCESS = 6
    RESOURCE_UNAVAILABLE = 13
    AUTHORIZATION_ERROR = 16


class Answer(NamedTuple):
    """A response: names (OID content octets) beside values, in the agent's order."""

    names: Sequence[bytes]
    values: Sequence[Value | None]
    error_status: int = 0
    error_index: int = 0
    ended: frozenset[int] = frozenset()
    """Positions that hold endOfMibView."""
    octets: int = 0


class Pdu(NamedTuple):
    """Where things lie in a response: the last four octets of its id, and its variable bindings."""

    id_at: int
    error_status: int
    error_index: int
    start: int
    end: int


class Found(NamedTuple):
    """Where a variable binding lies in a datagram."""

    name: bytes
    tag: int
    start: int
    stop: int


class Form:
    """A request encoded once: `head`, four octets of request id, `tail`."""

    __slots__ = ("head", "tail")

    def __init__(self, preamble: bytes, kind: int, names: Sequence[bytes], first: int = 0, second: int = 0) -> None:
        """`preamble` is version and community; `first` and `second` are error-status and error-index,
        or non-repeaters and max-repetitions of GETBULK."""
        bindings = b"".join(tlv(SEQUENCE, tlv(OBJECT_IDENTIFIER, name) + _NULL) for name in names)
        rest = tlv(INTEGER, encode_integer(first)) + tlv(INTEGER, encode_integer(second)) + tlv(SEQUENCE, bindings)
        identified = bytes((INTEGER, _ID_OCTETS, 0, 0, 0, 0)) + rest
        whole = tlv(SEQUENCE, preamble + tlv(kind, identified))
        cut = len(whole) - len(rest)
        self.head, self.tail = whole[: cut - _ID_OCTETS], whole[cut:]

    def __hash__(self) -> int:
        return hash(self.tail)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Form) and (self.head, self.tail) == (other.head, other.tail)


def preamble(version: str, community: str) -> bytes:
    """Version and community, which open every message to one agent."""
    number = tlv(INTEGER, bytes((VERSION_NUMBER[version],)))
    return number + tlv(OCTET_STRING, community.encode("utf-8", "surrogateescape"))


def request_id_octets(data: bytes) -> bytes:
    """The four octets of the request id of a datagram, without looking at anything else.

    Raises BadPacket where it has none; the rest is verified when the answer is read.
    """
    try:
        size = data[1]
        at = 5 if size < 0x80 else 5 + (size & 0x7F)
        size = data[at + 1]
        at = at + 2 + size if size < 0x80 else read_length(data, at + 1, len(data))[1]
        size = data[at + 1]
        at += 2 if size < 0x80 else 2 + (size & 0x7F)
        if data[at] == INTEGER and data[at + 1] == _ID_OCTETS and len(data) >= at + 6:
            return data[at + 2 : at + 6]
    except IndexError:
        raise BadPacket("a truncated header") from None
    return _any_width_id(data)


def _any_width_id(data: bytes) -> bytes:
    """The request id of an agent that does not write integers the shortest way."""
    at, end = read_tag(data, 0, len(data), SEQUENCE)
    _, at = read_integer(data, at, end)
    _, at = read_tag(data, at, end, OCTET_STRING)
    if at >= end or data[at] & 0xE0 != 0xA0:
        raise BadPacket("not a PDU")
    at, end = read_length(data, at + 1, end)
    number, _ = read_integer(data, at, end)
    return (number & 0xFFFFFFFF).to_bytes(4, "big")


def read_pdu(data: bytes, expected: bytes) -> Pdu:
    """The header of a response to us.

    `expected` is the preamble that the message must have. Raises BadPacket with the reason malformed,
    wrong-version, wrong-community or not-a-response.
    """
    at, end = read_tag(data, 0, len(data), SEQUENCE)
    if not data.startswith(expected, at):
        reason = "wrong-version" if data[at : at + 3] != expected[:3] else "wrong-community"
        raise BadPacket("a message of somebody else", reason)
    at += len(expected)
    if at >= end or data[at] != RESPONSE:
        raise BadPacket("a message that is no response", "not-a-response")
    at, end = read_length(data, at + 1, end)
    _, id_stop = read_integer(data, at, end)
    error_status, at = read_integer(data, id_stop, end)
    error_index, at = read_integer(data, at, end)
    at, end = read_tag(data, at, end, SEQUENCE)
    return Pdu(id_stop - _ID_OCTETS, error_status, error_index, at, end)


def find_bindings(data: bytes, at: int, end: int) -> list[Found]:
    """The variable bindings between `at` and `end`, each within its own SEQUENCE."""
    found: list[Found] = []
    while at < end:
        at, close = read_tag(data, at, end, SEQUENCE)
        start, stop = read_tag(data, at, close, OBJECT_IDENTIFIER)
        if stop == start or stop >= close or data[stop - 1] & 0x80:
            raise BadPacket("a variable binding without name or value")
        first, last = read_length(data, stop + 1, close)
        found.append(Found(data[start:stop], data[stop], first, last))
        at = close
    return found


def read_answer(data: bytes, expected: bytes) -> Answer:
    """A whole response. Raises BadPacket, as `read_pdu` does."""
    pdu = read_pdu(data, expected)
    found = find_bindings(data, pdu.start, pdu.end)
    values = [decode_value(tag, data[start:stop]) for _, tag, start, stop in found]
    ended = frozenset(k for k, binding in enumerate(found) if binding.tag == 0x82)
    return Answer([binding.name for binding in found], values, pdu.error_status, pdu.error_index, ended, len(data))
