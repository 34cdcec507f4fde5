"""Asks a SIP server or telephone whether it is there (OPTIONS, RFC 3261 section 11), over UDP, TCP or TLS."""

from __future__ import annotations

import asyncio
import secrets
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nms.text import clean
from nms.transports.errors import LocalFault, Malformed, Unreachable
from nms.transports.sockets import Connection, Datagrams, Phases, connection, datagrams, deadline, tls_context

Protocol = Literal["udp", "tcp", "tls"]
_T1, _T2 = 0.5, 4.0
"""Seconds between retransmissions over UDP: T1, doubling up to T2 (RFC 3261 section 17.1.2)."""
_LONGEST_BODY = 65_536
_COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "l": "content-length", "k": "supported"}


@dataclass(frozen=True, slots=True)
class SipTarget:
    """`user` is the user part of the request URI; empty asks the server itself."""

    host: str
    port: int
    protocol: Protocol = "udp"
    user: str = ""
    verify: bool = True


@dataclass(frozen=True, slots=True)
class SipAnswer:
    """The final response. `seconds` from the first request to it; `sent` counts requests, repeated ones included."""

    status: int
    reason: str
    server: str
    methods: str
    seconds: float
    sent: int
    phases: Phases


@dataclass(frozen=True, slots=True)
class _Request:
    text: bytes
    call_id: str
    branch: str


async def options(target: SipTarget, seconds: float) -> SipAnswer:
    """Raises: Unreachable, CertificateRefused, Malformed (no SIP), LocalFault (an unusable user part)."""
    if any(character in target.user for character in " \t\r\n<>@;?") or not target.user.isprintable():
        raise LocalFault(f"“{clean(target.user, limit=60)}” cannot be the user part of a SIP address")
    where = f"{target.host}:{target.port} (SIP over {target.protocol.upper()})"
    async with deadline(seconds, where):
        if target.protocol == "udp":
            async with datagrams(target.host, target.port) as socket:
                return await _over_udp(socket, target)
        context = tls_context(verify=target.verify) if target.protocol == "tls" else None
        async with connection(target.host, target.port, context, target.host) as opened:
            return await _over_stream(opened, target, context)


async def _over_udp(socket: Datagrams, target: SipTarget) -> SipAnswer:
    request = _request(target, *socket.local)
    began, wait, sent, provisional = time.perf_counter(), _T1, 0, False
    while True:
        if not provisional:
            socket.send(request.text)
            sent += 1
        try:
            async with asyncio.timeout(wait):
                while True:
                    answer = _answer(await socket.receive(), request)
                    if answer is None:
                        continue
                    if answer[0] >= 200:
                        return _made(answer, began, sent, Phases())
                    provisional = True
        except TimeoutError:
            wait = min(_T2, wait * 2)


async def _over_stream(opened: Connection, target: SipTarget, context: ssl.SSLContext | None) -> SipAnswer:
    name = opened.writer.get_extra_info("sockname")
    request = _request(target, str(name[0]), int(name[1]))
    began = time.perf_counter()
    await opened.send(request.text)
    while True:
        try:
            head = await opened.reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise Malformed(f"{opened.where} does not speak SIP: its answer has no end") from None
        except asyncio.IncompleteReadError as error:
            if error.partial.strip():
                raise Malformed(f"{opened.where} does not speak SIP") from None
            raise Unreachable(f"{opened.where} closed the connection without an answer") from None
        if not head.strip():
            continue
        if not head.lstrip().startswith(b"SIP/2.0 "):
            raise Malformed(f"{opened.where} does not speak SIP: it sent “{clean(head, limit=60)}”")
        await _skip_body(opened, head)
        answer = _answer(head, request)
        if answer is not None and answer[0] >= 200:
            return _made(answer, began, 1, opened.phases)


async def _skip_body(opened: Connection, head: bytes) -> None:
    size = _headers(head.decode("utf-8", "replace")).get("content-length", "0")
    if not size.isdecimal() or int(size) > _LONGEST_BODY:
        raise Malformed(f"{opened.where} announces a body of {clean(size, limit=20)} bytes")
    await opened.exactly(int(size))


def _request(target: SipTarget, local: str, port: int) -> _Request:
    host = f"[{target.host}]" if ":" in target.host else target.host
    mine = f"[{local}]" if ":" in local else local
    scheme = "sips" if target.protocol == "tls" else "sip"
    user = f"{target.user}@" if target.user else ""
    uri = f"{scheme}:{user}{host}:{target.port}" + (";transport=tcp" if target.protocol == "tcp" else "")
    branch, call_id, tag = (secrets.token_hex(8) for _ in range(3))
    lines = (
        f"OPTIONS {uri} SIP/2.0",
        f"Via: SIP/2.0/{target.protocol.upper()} {mine}:{port};branch=z9hG4bK{branch};rport",
        "Max-Forwards: 70",
        f"From: <{scheme}:nms@{mine}:{port}>;tag={tag}",
        f"To: <{uri}>",
        f"Call-ID: {call_id}@nms",
        "CSeq: 1 OPTIONS",
        f"Contact: <{scheme}:nms@{mine}:{port}>",
        "Accept: application/sdp",
        "User-Agent: nms",
        "Content-Length: 0",
        "",
        "",
    )
    return _Request("\r\n".join(lines).encode(), f"{call_id}@nms", f"z9hG4bK{branch}")


def _answer(data: bytes, request: _Request) -> tuple[int, str, Mapping[str, str]] | None:
    """Status, reason and headers of a response to this request; `None` for what is none."""
    text = data.decode("utf-8", "replace").lstrip("\r\n")
    first, _, _ = text.partition("\r\n")
    words = first.split(" ", 2)
    if words[0] != "SIP/2.0" or len(words) < 2 or not (words[1].isdecimal() and len(words[1]) == 3):
        return None
    headers = _headers(text)
    ours = headers.get("call-id") == request.call_id and request.branch in headers.get("via", "")
    if not ours or headers.get("cseq", "").split() != ["1", "OPTIONS"]:
        return None
    return int(words[1]), clean(words[2] if len(words) > 2 else "", limit=100), headers


def _headers(text: str) -> dict[str, str]:
    """The first value of each header, by its long name in lower case."""
    found: dict[str, str] = {}
    for line in text.partition("\r\n\r\n")[0].split("\r\n")[1:200]:
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if colon:
            found.setdefault(_COMPACT.get(name, name), clean(value, limit=500))
    return found


def _made(answer: tuple[int, str, Mapping[str, str]], began: float, sent: int, phases: Phases) -> SipAnswer:
    status, reason, headers = answer
    server = headers.get("server") or headers.get("user-agent") or ""
    return SipAnswer(status, reason, server, headers.get("allow", ""), time.perf_counter() - began, sent, phases)
