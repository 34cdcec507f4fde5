"""Web checks: status, text, JSON, the time of each phase; and the certificate of a TLS server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from nms.collect.applications.check import Finding, Sign, slowness, timings
from nms.collect.applications.expectations import shortfall
from nms.model import Device, Endpoint, Message, Number, Parameter, Severity
from nms.transports import ldap, mail, tls, tls_offers
from nms.transports.errors import TransportError
from nms.transports.http import MAX_REDIRECTS, HttpClient, HttpRequest, HttpResponse, Limits
from nms.transports.tls import Certificate

Authorise = Callable[[Device, Endpoint], Mapping[str, str]]
"""The headers that a credential stands for. Raises: LocalFault."""

_DAY = 86_400.0
WARNING_DAYS, CRITICAL_DAYS = 21, 7


@dataclass(frozen=True, slots=True)
class HttpProbe:
    client: HttpClient
    authorise: Authorise

    async def __call__(self, device: Device, endpoint: Endpoint, at: float, seconds: float) -> Finding:
        options = endpoint.options
        headers = options.get("headers")
        request = HttpRequest(
            url_of(str(options.get("url") or ""), endpoint.address),
            str(options.get("method") or "GET"),
            {**(headers if isinstance(headers, Mapping) else {}), **self.authorise(device, endpoint)},
            str(options.get("body") or "").encode(),
        )
        redirects = MAX_REDIRECTS if options.get("follow_redirects", True) else 0
        limits = Limits(seconds, verify=bool(options.get("verify_tls", True)), redirects=redirects)
        response = await self.client.fetch(request, limits)
        return Finding(
            shortfall(response, options),
            measured(response),
            slowness(endpoint, response.seconds),
            round_trip=response.first_byte,
        )


def url_of(template: str, address: str) -> str:
    """The URL of the inventory with `{address}` filled in."""
    return template.replace("{address}", f"[{address}]" if ":" in address else address)


def measured(response: HttpResponse) -> dict[str, Number | None]:
    return {
        **timings(response.phases),
        "check_first_byte_seconds": response.first_byte,
        "check_size_bytes": len(response.body),
    }


OFFERS_SECONDS = 6 * 3600.0
"""How often a server is asked what old things it would accept: eight short connections."""
AGAIN_SECONDS, OFFERS_BUDGET = 600.0, 4.0
_MOST_REMEMBERED = 5000

Place = tuple[str, int, str]

STARTTLS: Mapping[str, tuple[int, tls.Before]] = {
    "smtp": (25, mail.smtp_to_tls),
    "imap": (143, mail.imap_to_tls),
    "ldap": (389, ldap.to_tls),
}
"""Protocols that begin in the open: their ports, and what they say as far as TLS."""


@dataclass(frozen=True, slots=True)
class TlsProbe:
    """Expiry, chain, name and strength of the certificate that a server shows, and what else it would accept."""

    accepts: dict[Place, tuple[float, tuple[str, ...]]] = field(default_factory=dict)
    """When each server was asked, and what it would accept."""

    async def __call__(self, device: Device, endpoint: Endpoint, at: float, seconds: float) -> Finding:
        name = str(endpoint.options.get("server_name") or "")
        verify = bool(endpoint.options.get("verify", True))
        usual, before = STARTTLS.get(str(endpoint.options.get("starttls") or ""), (443, None))
        port = endpoint.port or usual
        found = await tls.inspect(endpoint.address, port, name, verify=verify, seconds=seconds, before=before)
        if endpoint.options.get("old_versions", True):
            old = await self._accepted((endpoint.address, port, name), at, seconds, before)
            found = replace(found, weak=(*found.weak, *(f"accepts {one}" for one in old)))
        return Finding(
            _objection(found, name or endpoint.address, at, named=bool(name) or verify),
            {"certificate_not_after_seconds": found.not_after, **timings(found.phases)},
            (_expiry(found, at), _strength(found)),
        )

    async def _accepted(self, place: Place, at: float, seconds: float, before: tls.Before | None) -> tuple[str, ...]:
        """What it accepted when it was last asked; a server that could not be asked in time is asked again soon."""
        asked = self.accepts.get(place)
        if asked is not None and 0 <= at - asked[0] < OFFERS_SECONDS:
            return asked[1]
        try:
            found = await tls_offers.accepted(*place, min(seconds / 2, OFFERS_BUDGET), before)
        except TransportError:
            at, found = at - OFFERS_SECONDS + AGAIN_SECONDS, asked[1] if asked else ()
        if len(self.accepts) >= _MOST_REMEMBERED:
            self.accepts.clear()
        self.accepts[place] = (at, found)
        return found


def _objection(found: Certificate, name: str, at: float, *, named: bool) -> str:
    days = (at - found.not_after) / _DAY
    if days >= 0:
        return f"the certificate of {name} expired {days:.0f} days ago"
    if at < found.not_before:
        return f"the certificate of {name} is not valid yet"
    if found.wrong_name and named:
        shown = ", ".join(found.names[:5]) or "nobody"
        return f"the certificate shown for {name} is made out to {shown}"
    if found.untrusted:
        return f"the certificate of {name}, issued by {found.issuer}, cannot be trusted: {found.untrusted}"
    return ""


def _expiry(found: Certificate, at: float) -> Sign:
    days = int((found.not_after - at) // _DAY)
    severity = Severity.CRITICAL if days < CRITICAL_DAYS else Severity.WARNING if days < WARNING_DAYS else None
    told: dict[str, Parameter] = {"issuer": found.issuer, "days": days}
    text = Message("issued by {issuer}, {days} days left", told)
    if found.not_after <= at:
        told["days"] = f"{(at - found.not_after) / _DAY:.0f}"
        text = Message("issued by {issuer}, expired {days} days ago", told)
    return Sign("certificate", days, text, severity)


def _strength(found: Certificate) -> Sign:
    if not found.weak:
        return Sign("strength", 0, Message("sound ({protocol})", {"protocol": found.protocol}))
    weak = Message("weak: {points}", {"points": ", ".join(found.weak)})
    return Sign("strength", len(found.weak), weak, Severity.WARNING)
