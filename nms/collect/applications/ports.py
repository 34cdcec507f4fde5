"""Ports and names: a TCP port that accepts, a UDP port that answers, a name server, a time server."""

from __future__ import annotations

import time
from dataclasses import dataclass

from nms.collect.applications.check import Finding, Sign, timings
from nms.model import Device, Endpoint, Message, Parameter, Severity
from nms.text import clean
from nms.transports import dns, ntp
from nms.transports.errors import LocalFault, Unreachable
from nms.transports.sockets import Connection, connection, datagrams, deadline, named

_MOST_BYTES = 65_536
_RETRANSMIT_SECONDS = 1.0
_CLOCK_WARNING_SECONDS = 1.0


def _port(endpoint: Endpoint) -> int:
    if not endpoint.port:
        raise LocalFault(f"the {endpoint.transport} endpoint of {endpoint.address} has no port")
    return endpoint.port


@dataclass(frozen=True, slots=True)
class TcpProbe:
    """Connects; sends `send` and waits for `expect` where the endpoint says so."""

    async def __call__(self, device: Device, endpoint: Endpoint, at: float, seconds: float) -> Finding:
        port, expected = _port(endpoint), str(endpoint.options.get("expect") or "")
        where = named(endpoint.address, port)
        heard: bytearray = bytearray()
        connected = None
        try:
            async with deadline(seconds, where), connection(endpoint.address, port) as opened:
                connected = opened.phases
                if send := str(endpoint.options.get("send") or ""):
                    await opened.send(send.encode())
                failure = await _hears(opened, heard, expected) if expected else ""
        except Unreachable:
            if connected is None:
                raise
            failure = f"{where} accepts connections, but did not say “{clean(expected, limit=60)}” within {seconds:g} s"
        return Finding(failure, timings(connected), round_trip=connected.connect)


async def _hears(opened: Connection, heard: bytearray, expected: str) -> str:
    while expected.encode() not in heard:
        part = await opened.reader.read(4096)
        heard += part
        if not part or len(heard) > _MOST_BYTES:
            told = clean(bytes(heard), limit=60) or "nothing"
            return f"{opened.where} said “{told}”, expected “{clean(expected, limit=60)}”"
    return ""


@dataclass(frozen=True, slots=True)
class UdpProbe:
    """Sends `send`, again each second, until a datagram comes back."""

    async def __call__(self, device: Device, endpoint: Endpoint, at: float, seconds: float) -> Finding:
        port, expected = _port(endpoint), str(endpoint.options.get("expect") or "")
        send, ends = str(endpoint.options.get("send") or "").encode(), time.monotonic() + seconds
        async with datagrams(endpoint.address, port) as socket:
            while True:
                socket.send(send)
                left = ends - time.monotonic()
                began = time.perf_counter()
                try:
                    async with deadline(min(_RETRANSMIT_SECONDS, max(left, 0.01)), socket.where):
                        data = await socket.receive()
                        break
                except Unreachable as error:
                    if "nobody listens" in str(error):
                        raise
                    if ends - time.monotonic() <= 0:
                        raise Unreachable(f"{socket.where} (UDP) did not answer within {seconds:g} s") from None
            taken = time.perf_counter() - began
        told = clean(data[:_MOST_BYTES], limit=60)
        failure = "" if expected.encode() in data else f"{socket.where} said “{told}”, expected “{clean(expected)}”"
        return Finding(failure, {"check_size_bytes": len(data)}, round_trip=taken)


@dataclass(frozen=True, slots=True)
class DnsProbe:
    """Asks for a name; all of `expect` must be among the answers."""

    async def __call__(self, device: Device, endpoint: Endpoint, at: float, seconds: float) -> Finding:
        options = endpoint.options
        name, kind = str(options.get("name") or ""), str(options.get("type") or "A")
        answer = await dns.query(endpoint.address, endpoint.port or 53, name, kind, seconds)
        wanted = options.get("expect")
        expected = [str(one) for one in wanted] if isinstance(wanted, list | tuple) else []
        return Finding(_dns_failure(answer, name, kind, expected), round_trip=answer.seconds)


def _dns_failure(answer: dns.DnsAnswer, name: str, kind: str, expected: list[str]) -> str:
    if answer.code != "NOERROR":
        return f"{name} ({kind}): {answer.meaning}"
    if not answer.records:
        return f"{name} has no {kind} record"
    there = {_plain(record) for record in answer.records}
    missing = [one for one in expected if _plain(one) not in there]
    if missing:
        told = clean(", ".join(answer.records), limit=120)
        return f"{name} ({kind}) is {told}, expected {clean(', '.join(missing), limit=120)}"
    return ""


def _plain(record: str) -> str:
    """Records compare without case, quotes and the final dot."""
    return " ".join(word.rstrip(".") for word in record.replace('"', "").lower().split())


@dataclass(frozen=True, slots=True)
class NtpProbe:
    async def __call__(self, device: Device, endpoint: Endpoint, at: float, seconds: float) -> Finding:
        there = await ntp.ask(endpoint.address, endpoint.port or 123, seconds)
        failure = "" if there.synchronised else f"{endpoint.address} is not synchronised (stratum {there.stratum})"
        # An answer that was long on its way tells no more than that the clock is within half of that (RFC 5905, 8).
        far = abs(there.offset) - there.delay / 2 > _CLOCK_WARNING_SECONDS
        told: dict[str, Parameter] = {"seconds": f"{abs(there.offset):.3f}", "reference": there.reference}
        ahead = Message("{seconds} s ahead of the monitor, follows {reference}", told)
        behind = Message("{seconds} s behind the monitor, follows {reference}", told)
        sign = Sign(
            "clock",
            int(far),
            ahead if there.offset > 0 else behind,
            Severity.WARNING if far else None,
        )
        values = {"clock_offset_seconds": there.offset, "clock_stratum": there.stratum}
        return Finding(failure, values, (sign,), round_trip=there.delay)
