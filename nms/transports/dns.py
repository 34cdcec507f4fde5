"""Asks one name server one question, over UDP and where the answer is cut over TCP (RFC 1035), through dnspython."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.reversename

from nms.text import clean
from nms.transports.errors import AccessDenied, LocalFault, Malformed, TransportError, Unreachable
from nms.transports.sockets import named, of_os_error, resolve

_MEANINGS = {
    "NXDOMAIN": "the name does not exist",
    "SERVFAIL": "the server cannot answer (SERVFAIL)",
    "REFUSED": "the server refuses the question",
}
_RETRANSMIT_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """`code` is the response code's mnemonic; `records` are of the asked type, as zone files write them, sorted."""

    code: str
    records: tuple[str, ...]
    seconds: float
    authoritative: bool

    @property
    def meaning(self) -> str:
        return _MEANINGS.get(self.code, f"the server answers {self.code}")


async def query(host: str, port: int, name: str, kind: str, seconds: float) -> DnsAnswer:
    """Raises: Unreachable, AccessDenied (REFUSED), Malformed, LocalFault (a name that is none)."""
    where = named(host, port)
    question = _question(name, kind)
    address = (await resolve(host, port))[0]
    began = time.perf_counter()
    try:
        async with asyncio.timeout(seconds):
            answer = await _ask(question, address, port, seconds)
    except (dns.exception.Timeout, TimeoutError):
        raise Unreachable(f"{where} did not answer the question for {name} within {seconds:g} s") from None
    except OSError as error:
        raise of_os_error(where, error) from None
    except (dns.exception.DNSException, EOFError) as error:
        raise _unusable(where, error) from None
    code = dns.rcode.to_text(answer.rcode())
    if code == "REFUSED":
        raise AccessDenied(f"{where} refuses the question for {name}")
    return DnsAnswer(code, _records(answer, kind), time.perf_counter() - began, bool(answer.flags & dns.flags.AA))


def _question(name: str, kind: str) -> dns.message.QueryMessage:
    try:
        if kind == "PTR" and not name.rstrip(".").endswith(".arpa"):
            return dns.message.make_query(dns.reversename.from_address(name), kind)
        return dns.message.make_query(name, kind)
    except (dns.exception.DNSException, ValueError) as error:
        raise LocalFault(f"“{clean(name, limit=100)}” is no name to ask for: {clean(str(error), limit=100)}") from None


async def _ask(question: dns.message.Message, address: str, port: int, seconds: float) -> dns.message.Message:
    """A lost datagram is sent again; answers to other questions and from others do not count."""
    ends = time.monotonic() + seconds
    while True:
        left = ends - time.monotonic()
        try:
            answer, _ = await dns.asyncquery.udp_with_fallback(
                question,
                address,
                min(_RETRANSMIT_SECONDS, max(left, 0.05)),
                port,
                ignore_unexpected=True,
                ignore_errors=True,
            )
        except dns.exception.Timeout:
            if ends - time.monotonic() <= 0:
                raise
        else:
            return answer


def _unusable(where: str, error: BaseException) -> TransportError:
    detail = clean(str(error) or type(error).__name__, limit=120)
    return Malformed(f"{where} does not answer in DNS: {detail}")


def _records(answer: dns.message.Message, kind: str) -> tuple[str, ...]:
    wanted = dns.rdatatype.from_text(kind)
    found = [record for rrset in answer.answer if rrset.rdtype == wanted for record in rrset]
    return tuple(sorted(clean(record.to_text(), limit=300) for record in found[:1000]))
