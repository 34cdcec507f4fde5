"""Many 52-port switches in one process, for `bench/snmp.py`: each address of a loopback range is one SNMP agent.

Answers v2c GET, GETNEXT and GETBULK. Responses are built once for each second and request, so that the agent costs
little and its counters advance; only the request id and the community are put in anew. Linux only: it answers from
the address that was asked (IP_PKTINFO).
"""

from __future__ import annotations

import bisect
import heapq
import select
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from nms.transports.snmp.ber import decode_arcs, encode_integer, encode_oid, read_integer, read_length, read_tag, tlv
from nms.transports.snmp.messages import find_bindings

IF, IFX, SENSOR, SYSTEM = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1", "1.3.6.1.2.1.99.1.1.1", "1.3.6.1.2.1.1"
COLUMNS = [f"{IF}.{c}" for c in (7, 8, 13, 14, 19, 20)] + [f"{IFX}.{c}" for c in (6, 7, 10, 11, 15, 18)]
SENSORS = [f"{SENSOR}.4.{1000 + number}" for number in range(24)]
SCALARS = [f"{SYSTEM}.{n}.0" for n in (1, 2, 3, 5, 6)] + ["1.3.6.1.2.1.2.1.0"] + SENSORS
PORTS = 52
VARIABLES = len(COLUMNS) * PORTS + len(SCALARS)
NETWORK = "127.20"
MOST_OCTETS = 1472

_IP_PKTINFO = 8
_GET, _GET_NEXT, _RESPONSE, _GET_BULK = 0xA0, 0xA1, 0xA2, 0xA5

Maker = Callable[[float], bytes]


def address(number: int) -> str:
    """The loopback address of switch `number`, from 0."""
    return f"{NETWORK}.{number // 250}.{number % 250 + 1}"


def _fixed(tag: int, content: bytes) -> Maker:
    encoded = tlv(tag, content)
    return lambda _: encoded


def _counter(tag: int, start: int, rate: int) -> Maker:
    modulus = 2**64 if tag == 0x46 else 2**32

    def make(seconds: float) -> bytes:
        value = int(start + rate * seconds) % modulus
        return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))

    return make


def switch() -> dict[bytes, Maker]:
    """The objects of one switch: name to a maker of its encoded value at a time."""
    mib: dict[str, Maker] = {
        f"{SYSTEM}.1.0": _fixed(4, b"Example switch, 48 ports and 4 uplinks, version 1.2.3"),
        f"{SYSTEM}.2.0": _fixed(6, encode_oid("1.3.6.1.4.1.8072.3.2.10")),
        f"{SYSTEM}.3.0": _counter(0x43, 12_345_678, 100),
        f"{SYSTEM}.5.0": _fixed(4, b"sw-acceso-01"),
        f"{SYSTEM}.6.0": _fixed(4, b"Presidencia, piso 2"),
        "1.3.6.1.2.1.2.1.0": _fixed(2, encode_integer(PORTS)),
    }
    for number, oid in enumerate(SENSORS):
        mib[oid] = _fixed(2, encode_integer(300 + 7 * number))
    for port in range(1, PORTS + 1):
        index, is_busy = 10_100 + port, port % 3 != 0
        rate = 40_000 * port if is_busy else 0
        values = (
            _fixed(2, b"\1"),
            _fixed(2, b"\1" if is_busy else b"\2"),
            _fixed(0x41, encode_integer(port % 5)),
            _fixed(0x41, encode_integer(port % 3)),
            _fixed(0x41, encode_integer(4 * port)),
            _fixed(0x41, b"\0"),
            _counter(0x46, port * 987_654_321_000 if is_busy else 0, rate),
            _counter(0x46, port * 1_234_567_000 if is_busy else 0, rate // 700),
            _counter(0x46, port * 543_210_987_000 if is_busy else 0, rate // 2),
            _counter(0x46, port * 1_034_567_000 if is_busy else 0, rate // 900),
            _fixed(0x42, encode_integer(1000)),
            _fixed(4, b"puerto %d usuario" % port if is_busy else b""),
        )
        mib |= {f"{column}.{index}": value for column, value in zip(COLUMNS, values, strict=True)}
    return {encode_oid(oid): maker for oid, maker in mib.items()}


class Fleet:
    """All switches behind one socket."""

    def __init__(self, port: int, latency: float) -> None:
        self._makers = switch()
        self._order = sorted((decode_arcs(name), name) for name in self._makers)
        self._latency = latency
        self._cache: dict[bytes, bytes] = {}
        self._second = -1
        self._begun = time.monotonic()
        self._late: list[tuple[float, int, bytes, list[object], tuple[str, int]]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._socket.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        self._socket.bind(("0.0.0.0", port))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        self.dead: set[bytes] = set()

    def serve(self) -> None:
        """Answers for ever."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        count = 0
        while True:
            wait = max(0.0, self._late[0][0] - time.monotonic()) * 1000 if self._late else 60_000
            poll.poll(wait)
            for _ in range(64):
                try:
                    data, ancillary, _, source = self._socket.recvmsg(4096, 64)
                except BlockingIOError:
                    break
                info = ancillary[0][2]
                if info[8:12] in self.dead:
                    continue
                reply_from = [(socket.IPPROTO_IP, _IP_PKTINFO, struct.pack("=I4s4s", 0, info[8:12], b"\0" * 4))]
                count += 1
                due = time.monotonic() + self._latency
                heapq.heappush(self._late, (due, count, self._answer(data), reply_from, source))
            now = time.monotonic()
            while self._late and self._late[0][0] <= now:
                _, _, response, reply_from, source = heapq.heappop(self._late)
                self._socket.sendmsg([response], reply_from, 0, source)

    def _answer(self, data: bytes) -> bytes:
        at, end = read_tag(data, 0, len(data), 0x30)
        _, community_at = read_integer(data, at, end)
        _, pdu_at = read_tag(data, community_at, end, 4)
        start, end = read_length(data, pdu_at + 1, end)
        _, id_stop = read_tag(data, start, end, 2)
        second = int(time.monotonic() - self._begun)
        if second != self._second:
            self._cache.clear()
            self._second = second
        key = data[pdu_at : pdu_at + 1] + data[id_stop:end]
        rest = self._cache.get(key)
        if rest is None:
            rest = self._cache[key] = self._build(data[pdu_at], data, id_stop, end)
        return tlv(0x30, data[at:pdu_at] + tlv(_RESPONSE, data[start:id_stop] + rest))

    def _build(self, kind: int, data: bytes, at: int, end: int) -> bytes:
        """Everything behind the request id."""
        _, at = read_integer(data, at, end)
        repetitions, at = read_integer(data, at, end)
        at, end = read_tag(data, at, end, 0x30)
        cursors = [binding.name for binding in find_bindings(data, at, end)]
        found: list[bytes] = []
        size = 0
        for _ in range(repetitions if kind == _GET_BULK else 1):
            for number, name in enumerate(cursors):
                name, value = self._exact(name) if kind == _GET else self._following(name)
                cursors[number] = name
                binding = tlv(0x30, tlv(6, name) + value)
                size += len(binding)
                if size > MOST_OCTETS - 60:
                    return b"\2\1\0\2\1\0" + tlv(0x30, b"".join(found))
                found.append(binding)
        return b"\2\1\0\2\1\0" + tlv(0x30, b"".join(found))

    def _exact(self, name: bytes) -> tuple[bytes, bytes]:
        maker = self._makers.get(name)
        return name, maker(float(self._second)) if maker else b"\x81\0"

    def _following(self, name: bytes) -> tuple[bytes, bytes]:
        at = bisect.bisect_right(self._order, (decode_arcs(name), name))
        if at == len(self._order):
            return name, b"\x82\0"
        return self._exact(self._order[at][1])


def main() -> None:
    latency, dead, devices = float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    fleet = Fleet(0, latency)
    every = round(1 / dead) if dead else 0
    numbers = range(every - 1, devices, every) if every else ()
    fleet.dead = {socket.inet_aton(address(number)) for number in numbers}
    print(fleet.port, flush=True)
    fleet.serve()


if __name__ == "__main__":
    main()
