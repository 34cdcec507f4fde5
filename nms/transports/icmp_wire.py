"""The ICMP socket: packs echoes, unpacks the answers and errors that the Linux kernel hands back.

Source: RFC 792 (ICMP), RFC 4443 (ICMPv6), RFC 1071 (checksum); socket options of ip(7), icmp(7) and raw(7).
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

_RECEIVE_BUFFER = 4 << 20

_SO_TIMESTAMPNS = 35
_IP_RECVERR = 11
_IPV6_RECVERR = 25
_ICMP_FILTER = 1
_ICMP6_FILTER = 1
_SOL_RAW = 255

_ERRORS_V4 = {
    (3, 0): "network unreachable",
    (3, 1): "host unreachable",
    (3, 2): "protocol unreachable",
    (3, 3): "port unreachable",
    (3, 4): "packet too big",
    (3, 6): "network unknown",
    (3, 7): "host unknown",
    (3, 9): "administratively prohibited",
    (3, 10): "administratively prohibited",
    (3, 13): "administratively prohibited",
    (11, 0): "time to live exceeded in transit",
}
_ERRORS_V6 = {
    (1, 0): "no route to destination",
    (1, 1): "administratively prohibited",
    (1, 3): "address unreachable",
    (1, 4): "port unreachable",
    (2, 0): "packet too big",
    (3, 0): "hop limit exceeded in transit",
}


@dataclass(frozen=True, slots=True)
class Answer:
    address: str
    sequence: int
    at_real: float | None


@dataclass(frozen=True, slots=True)
class Undelivered:
    address: str
    sequence: int
    reason: str


class Wire:
    """One ICMP socket of one address family: packs echoes, unpacks answers and errors, and keeps no state of them."""

    def __init__(self, family: socket.AddressFamily, raw: bool) -> None:
        self._v6 = family == socket.AF_INET6
        self._raw = raw
        protocol = socket.IPPROTO_ICMPV6 if self._v6 else socket.IPPROTO_ICMP
        self._socket = socket.socket(family, socket.SOCK_RAW if raw else socket.SOCK_DGRAM, protocol)
        self._request, self._reply = (128, 129) if self._v6 else (8, 0)
        self._identifier = secrets.randbelow(0x10000)
        self._token = secrets.token_bytes(16)
        self._socket.setblocking(False)
        self._set_options()

    def _set_options(self) -> None:
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        if self._v6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        else:
            self._socket.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        if self._raw and self._v6:
            passing = bytearray(b"\xff" * 32)
            word = self._reply >> 5
            blocked = 0xFFFFFFFF & ~(1 << (self._reply & 31))
            passing[word * 4 : word * 4 + 4] = struct.pack("=I", blocked)
            self._socket.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, bytes(passing))
        elif self._raw:
            self._socket.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", 0xFFFFFFFF & ~(1 << self._reply)))

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def send(self, address: str, sequence: int) -> None:
        """Raises OSError as the kernel does; an error left over from an earlier echo looks the same here."""
        self._socket.sendto(self._packed(sequence), (address, 0))

    def _packed(self, sequence: int) -> bytes:
        head = struct.pack("!BBHHH", self._request, 0, 0, self._identifier, sequence)
        checksum = 0 if self._v6 else _checksum(head + self._token)
        return struct.pack("!BBHHH", self._request, 0, checksum, self._identifier, sequence) + self._token

    def receive(self) -> Iterator[Answer | Undelivered]:
        """All that has arrived; answers to anybody else's echoes are left out."""
        while True:
            try:
                packet, ancillary, _, source = self._socket.recvmsg(2048, 64)
            except BlockingIOError:
                break
            except OSError:
                # An error of an earlier echo, told once here and kept whole in the error queue.
                yield from self._errors()
                continue
            sequence = self._own_sequence(packet)
            if sequence is not None:
                yield Answer(source[0], sequence, _kernel_time(ancillary))
        yield from self._errors()

    def _own_sequence(self, packet: bytes) -> int | None:
        offset = (packet[0] & 15) * 4 if self._raw and not self._v6 and packet else 0
        if len(packet) < offset + 8 or packet[offset] != self._reply or packet[offset + 8 :] != self._token:
            return None
        identifier, sequence = struct.unpack_from("!HH", packet, offset + 4)
        # A ping socket gets the kernel's own identifier, and only its own answers.
        return sequence if identifier == self._identifier or not self._raw else None

    def _errors(self) -> Iterator[Undelivered]:
        while True:
            try:
                quoted, ancillary, _, target = self._socket.recvmsg(2048, 512, socket.MSG_ERRQUEUE)
            except OSError:
                return
            if len(quoted) < 8 or quoted[0] != self._request or not target:
                continue
            identifier, sequence = struct.unpack_from("!HH", quoted, 4)
            if identifier == self._identifier or not self._raw:
                yield Undelivered(target[0], sequence, _error_reason(ancillary))


def _kernel_time(ancillary: list[tuple[int, int, bytes]]) -> float | None:
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS and len(data) >= 16:
            seconds, nanoseconds = struct.unpack_from("=qq", data)
            return float(seconds + nanoseconds * 1e-9)
    return None


def _error_reason(ancillary: list[tuple[int, int, bytes]]) -> str:
    """A sentence from the kernel's sock_extended_err and the address of whoever reported it."""
    for level, kind, data in ancillary:
        v6 = (level, kind) == (socket.IPPROTO_IPV6, _IPV6_RECVERR)
        if (v6 or (level, kind) == (socket.IPPROTO_IP, _IP_RECVERR)) and len(data) >= 16:
            number, _, icmp_type, icmp_code = struct.unpack_from("=IBBB", data)
            table = _ERRORS_V6 if v6 else _ERRORS_V4
            reason = table.get((icmp_type, icmp_code)) or os.strerror(number).lower()
            offender = _offender(data[16:], v6)
            return f"{reason}, says {offender}" if offender else reason
    return "unreachable"


def _offender(sockaddr: bytes, v6: bool) -> str:
    start, length = (8, 16) if v6 else (4, 4)
    packed = sockaddr[start : start + length]
    return str(ipaddress.ip_address(packed)) if len(packed) == length and any(packed) else ""


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of an even number of bytes."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
