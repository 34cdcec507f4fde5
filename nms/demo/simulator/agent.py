"""Answers SNMP v1 and v2c as a well-behaved agent does (RFC 1157, RFC 1901, RFC 3416).

What cannot be read, is of another version or carries the wrong community gets no answer at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nms.demo.simulator.mib import Mib
from nms.transports.snmp import ber

_GET, _GET_NEXT, _RESPONSE, _SET, _GET_BULK = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5
_TOO_BIG, _NO_SUCH_NAME, _GEN_ERR, _NO_ACCESS = 1, 2, 5, 6
_MAX_BINDINGS = 2000
_HEADER_ROOM = 32
"""Octets for what stands around the bindings, besides the community."""


class Request(NamedTuple):
    """A request that could be read: `first` and `second` mean what the PDU says (non-repeaters, max-repetitions)."""

    version: int
    community: bytes
    kind: int
    request_id: int
    first: int
    second: int
    names: Sequence[bytes]
    bindings: bytes
    """The variable bindings as they came, content only."""


def read_request(data: bytes) -> Request:
    """Raises ber.BadPacket for what is not a v1 or v2c message from one end to the other."""
    at, end = ber.read_tag(data, 0, len(data), ber.SEQUENCE)
    if end != len(data):
        raise ber.BadPacket("octets behind the message")
    version, at = ber.read_integer(data, at, end)
    start, at = ber.read_tag(data, at, end, ber.OCTET_STRING)
    community = data[start:at]
    if version not in (0, 1) or at >= end:
        raise ber.BadPacket("another version, or no PDU")
    kind = data[at]
    at, end = ber.read_length(data, at + 1, end)
    request_id, at = ber.read_integer(data, at, end)
    first, at = ber.read_integer(data, at, end)
    second, at = ber.read_integer(data, at, end)
    start, stop = ber.read_tag(data, at, end, ber.SEQUENCE)
    if stop != end:
        raise ber.BadPacket("octets behind the variable bindings")
    return Request(version, community, kind, request_id, first, second, _names(data, start, stop), data[start:stop])


def _names(data: bytes, at: int, stop: int) -> list[bytes]:
    names: list[bytes] = []
    while at < stop:
        start, following = ber.read_tag(data, at, stop, ber.SEQUENCE)
        name_start, name_stop = ber.read_tag(data, start, following, ber.OBJECT_IDENTIFIER)
        if name_stop >= following:
            raise ber.BadPacket("a variable binding without a value")
        ber.decode_arcs(data[name_start:name_stop])
        names.append(data[name_start:name_stop])
        at = following
        if len(names) > _MAX_BINDINGS:
            raise ber.BadPacket("too many variable bindings")
    return names


class Agent:
    """One agent: its variables, the community it listens to, and the largest message it sends."""

    def __init__(self, mib: Mib, community: str, max_message: int = 8192) -> None:
        self._mib = mib
        self._community = community.encode("utf-8", "surrogateescape")
        self._room = max_message - _HEADER_ROOM - len(self._community)

    def answer(self, datagram: bytes, now: float) -> bytes | None:
        """The response to a datagram, or `None` where silence is right."""
        try:
            request = read_request(datagram)
            if request.community != self._community:
                return None
            return self._dispatch(request, now)
        except ber.BadPacket:
            return None

    def _dispatch(self, request: Request, now: float) -> bytes | None:
        if request.kind == _GET:
            return self._get(request, now)
        if request.kind == _GET_NEXT:
            return self._get_next(request, now)
        if request.kind == _GET_BULK and request.version == 1:
            return self._get_bulk(request, now)
        if request.kind == _SET and request.names:
            return _failed(request, _NO_ACCESS if request.version else _NO_SUCH_NAME, 1)
        return None

    def _get(self, request: Request, now: float) -> bytes:
        bindings: list[bytes] = []
        for number, name in enumerate(request.names, 1):
            position = self._mib.positions.get(name)
            binding = None if position is None else self._visible(request, position, now)
            if binding is None and request.version == 0:
                return _failed(request, _NO_SUCH_NAME, number)
            bindings.append(binding or _exception(name, self._absence(name)))
        return self._responded(request, bindings)

    def _get_next(self, request: Request, now: float) -> bytes:
        bindings: list[bytes] = []
        for number, name in enumerate(request.names, 1):
            binding, _ = self._following(request, name, now)
            if binding is None and request.version == 0:
                return _failed(request, _NO_SUCH_NAME, number)
            bindings.append(binding or _exception(name, ber.END_OF_MIB_VIEW))
        return self._responded(request, bindings)

    def _get_bulk(self, request: Request, now: float) -> bytes:
        """As many bindings as fit; RFC 3416 4.2.3."""
        fixed = min(max(request.first, 0), len(request.names))
        bindings = [
            self._following(request, name, now)[0] or _exception(name, ber.END_OF_MIB_VIEW)
            for name in request.names[:fixed]
        ]
        room = self._room - sum(map(len, bindings))
        if room < 0:
            return self._responded(request, bindings)
        heads = list(request.names[fixed:])
        for _ in range(max(request.second, 0) if heads else 0):
            ended = 0
            for slot, name in enumerate(heads):
                binding, following = self._following(request, name, now)
                if binding is None:
                    ended += 1
                    binding = _exception(name, ber.END_OF_MIB_VIEW)
                room -= len(binding)
                if room < 0 or len(bindings) >= _MAX_BINDINGS:
                    return self._responded(request, bindings)
                bindings.append(binding)
                heads[slot] = following
            if ended == len(heads):
                break
        return self._responded(request, bindings)

    def _following(self, request: Request, name: bytes, now: float) -> tuple[bytes | None, bytes]:
        """The next visible binding behind a name and its own name; `None` and the same name at the end."""
        mib = self._mib
        for position in range(mib.after(name), len(mib)):
            binding = self._visible(request, position, now)
            if binding is not None:
                return binding, mib.names[position]
        return None, name

    def _visible(self, request: Request, position: int, now: float) -> bytes | None:
        """A v1 manager does not see Counter64 (RFC 3584 4.2.2.1)."""
        if request.version == 0:
            cell = self._mib.cells[position]
            value = cell if isinstance(cell, bytes) else cell(now)
            if value[0] == ber.COUNTER64:
                return None
        return self._mib.binding(position, now)

    def _absence(self, name: bytes) -> int:
        return ber.NO_SUCH_INSTANCE if self._mib.has_object(name) else ber.NO_SUCH_OBJECT

    def _responded(self, request: Request, bindings: Sequence[bytes]) -> bytes:
        joined = b"".join(bindings)
        if len(joined) > self._room:
            return _message(request, _TOO_BIG, 0, b"" if request.version else request.bindings)
        return _message(request, 0, 0, joined)


def _exception(name: bytes, tag: int) -> bytes:
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OBJECT_IDENTIFIER, name) + bytes((tag, 0)))


def _failed(request: Request, status: int, index: int) -> bytes:
    return _message(request, status, index, request.bindings)


def _message(request: Request, status: int, index: int, bindings: bytes) -> bytes:
    numbers = b"".join(ber.tlv(ber.INTEGER, ber.encode_integer(n)) for n in (request.request_id, status, index))
    pdu = ber.tlv(_RESPONSE, numbers + ber.tlv(ber.SEQUENCE, bindings))
    head = ber.tlv(ber.INTEGER, bytes((request.version,))) + ber.tlv(ber.OCTET_STRING, request.community)
    return ber.tlv(ber.SEQUENCE, head + pdu)
