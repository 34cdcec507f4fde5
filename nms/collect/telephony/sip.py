"""A PBX or gateway that answers OPTIONS: whether it serves, and how fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from nms.collect.applications.check import Finding, Sign, timings
from nms.model import Device, Endpoint, Message, Severity
from nms.transports import sip
from nms.transports.sip import Protocol, SipAnswer, SipTarget

_USUAL = {"udp": 5060, "tcp": 5060, "tls": 5061}


@dataclass(frozen=True, slots=True)
class SipProbe:
    async def __call__(self, device: Device, endpoint: Endpoint, at: float, seconds: float) -> Finding:
        options = endpoint.options
        protocol = cast("Protocol", str(options.get("protocol") or "udp"))
        target = SipTarget(
            endpoint.address,
            endpoint.port or _USUAL[protocol],
            protocol,
            str(options.get("user") or ""),
            bool(options.get("verify_tls", True)),
        )
        answer = await sip.options(target, seconds)
        said = f"{answer.status} {answer.reason}".strip()
        failure = "" if serves(answer) else f"{endpoint.address}:{target.port} answers OPTIONS with “{said}”"
        return Finding(
            failure,
            {"sip_response_seconds": answer.seconds, **timings(answer.phases)},
            (_retransmissions(answer),),
            round_trip=answer.seconds,
        )


def serves(answer: SipAnswer) -> bool:
    """Whether the status tells of a server at work.

    Questions back (401, 407) and “not for this user” (403, 404, 405, 488 ...) come from one that works; 408, 480
    and 5xx and 6xx do not.
    """
    return answer.status < 500 and answer.status not in (408, 480)


def _retransmissions(answer: SipAnswer) -> Sign:
    """Requests that had to be sent again: loss on the way, which callers hear."""
    again = answer.sent - 1
    text = Message("requests sent again: {count}", {"count": again})
    return Sign("retransmissions", again, text, Severity.WARNING if again >= 3 else None)
