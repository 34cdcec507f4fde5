"""HTTP/1.1 with a clock on every phase and a limit on everything that the other side decides.

Source: RFC 9110 and 9112, spoken by httpcore. The name is resolved here and the connection goes to the address that
was looked at, so that a redirect cannot lead to an inner address under an outer name (`Reach`).
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpcore

from nms.text import clean
from nms.transports.cookies import Cookies
from nms.transports.errors import LocalFault, Malformed, OverBudget, TransportError, Unreachable
from nms.transports.reach import Reach
from nms.transports.sockets import (
    CertificateRefused,
    Phases,
    ascii_host,
    first_that_answers,
    named,
    of_os_error,
    resolve,
    tls_context,
    tls_reason,
)
from nms.transports.streams import Closing

MAX_BODY = 1_048_576
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class RedirectRefused(Malformed):
    """A redirect that the monitor does not follow: too many, or to where the configuration does not allow it."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request. `headers` may hold secrets and stay out of every repr."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one exchange may go. `seconds` bounds all of it, redirects included.

    `hosts` are those that the configuration names: they may have inner addresses. None: the host of the request alone.
    """

    seconds: float = 10.0
    verify: bool = True
    redirects: int = MAX_REDIRECTS
    body: int = MAX_BODY
    hosts: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What came back. `body` is at most `MAX_BODY` bytes, unpacked; `cut`: there was more. Durations in seconds.

    `phases` and `first_byte` are of the last exchange, `seconds` of all of them with their bodies.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    cut: bool
    phases: Phases
    first_byte: float
    seconds: float
    redirects: int = 0

    def header(self, name: str) -> str:
        """The first header of that name, in lower case; empty when there is none."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def text(self) -> str:
        """By the charset that it names, else UTF-8, or Windows-1252 where it is not that, as browsers do."""
        kind = self.header("content-type")
        charset = kind.partition("charset=")[2].split(";")[0].strip(" \"'")
        with contextlib.suppress(LookupError):
            if charset:
                return self.body.decode(charset, "replace")
        try:
            return codecs.getincrementaldecoder("utf-8")().decode(self.body, final=not self.cut)
        except UnicodeDecodeError:
            return self.body.decode("cp1252", "replace")


class _Network(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that were looked at, never to a name, and notes how long the phases took."""

    def __init__(self, phases: Phases, addresses: tuple[str, ...]) -> None:
        self._phases = phases
        self._addresses = addresses
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's own signature)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        def attempt(address: str) -> Awaitable[httpcore.AsyncNetworkStream]:
            return self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

        began = time.perf_counter()
        stream = await first_that_answers(self._addresses, attempt)
        self._phases.connect = time.perf_counter() - began
        return _Timed(stream, self._phases)


class _Timed(Closing):
    def __init__(self, inner: httpcore.AsyncNetworkStream, phases: Phases) -> None:
        super().__init__(inner)
        self._phases = phases

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        began = time.perf_counter()
        stream = await super().start_tls(ssl_context, server_hostname, timeout)
        self._phases.tls = time.perf_counter() - began
        return stream


class HttpClient:
    """Makes requests, each over a connection of its own, so that every check measures all of the way."""

    def __init__(self, reach: Reach | None = None) -> None:
        self._reach = reach or Reach()
        self._contexts = {verify: tls_context(verify=verify) for verify in (True, False)}

    async def fetch(self, request: HttpRequest, limits: Limits, cookies: Cookies | None = None) -> HttpResponse:
        """The final response, after at most so many redirects, all within the time. `cookies` are sent and kept.

        Raises: Unreachable (nobody there), OverBudget (began to answer and did not end in time), CertificateRefused,
        Malformed, RedirectRefused, LocalFault.
        """
        progress = _Progress(plain(request.url), cookies or Cookies())
        if limits.hosts is None:
            limits = replace(limits, hosts=frozenset({_place(request.url)[0]}))
        try:
            async with asyncio.timeout(limits.seconds):
                return await self._follow(request, limits, progress)
        except TimeoutError:
            if progress.answering:
                raise OverBudget(f"{progress.url} did not finish its answer within {limits.seconds:g} s") from None
            raise Unreachable(f"{progress.url} did not answer within {limits.seconds:g} s") from None

    async def _follow(self, request: HttpRequest, limits: Limits, progress: _Progress) -> HttpResponse:
        for followed in range(limits.redirects + 1):
            progress.url, progress.answering = plain(request.url), False
            response = await self._once(request, limits, followed, progress)
            target = response.header("location")
            if response.status not in _REDIRECTS or not target or limits.redirects == 0:
                return response
            request = _redirected(request, response, target)
        raise RedirectRefused(f"{plain(request.url)} is the end of more than {limits.redirects} redirects")

    async def _once(self, request: HttpRequest, limits: Limits, followed: int, progress: _Progress) -> HttpResponse:
        phases, (host, port) = Phases(), _place(request.url)
        addresses = await self._looked_at(request.url, limits, progress, phases)
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self._contexts[limits.verify], network_backend=_Network(phases, addresses)
        )
        headers, body = _headers(request, progress.cookies.header(request.url)), request.body or None
        async with pool, sentences(request.url, named(host, port)):
            began = time.perf_counter()
            async with pool.stream(request.method, _wire(request.url), headers=headers, content=body) as raw:
                first_byte = time.perf_counter() - began
                progress.answering = True
                content, cut = await bounded(raw, limits.body)
                received = tuple((_header(key).lower(), _header(value)) for key, value in raw.headers)
                progress.cookies.keep(request.url, received)
                url, taken = plain(request.url), time.perf_counter() - progress.began
                answered = HttpResponse(url, raw.status, received, content, cut, phases, first_byte, taken, followed)
                return unpacked(answered, limits.body)

    async def _looked_at(self, url: str, limits: Limits, progress: _Progress, phases: Phases) -> tuple[str, ...]:
        """The addresses to connect to: each name is resolved once for all redirects, so that a name server cannot
        give an outer address to look at and an inner one to connect to."""
        host, port = _place(url)
        if host not in progress.addresses:
            began = time.perf_counter()
            progress.addresses[host] = await resolve(host, port)
            phases.resolve = time.perf_counter() - began
        addresses = progress.addresses[host]
        inner = next((one for one in addresses if not self._reach.allows(one)), None)
        if inner is not None and host not in (limits.hosts or ()):
            raise RedirectRefused(
                f"the way leads to {plain(url)}, the inner address {inner}, which the configuration does not name; "
                "allow it under polling.redirect_networks if that is meant"
            )
        return addresses


@dataclass(slots=True)
class _Progress:
    url: str
    cookies: Cookies
    answering: bool = False
    addresses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)


def plain(url: str) -> str:
    """A URL for people: without user, password, query and fragment, where secrets may be, and without controls."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    where = f"{host}:{parts.port}" if parts.port else host
    return clean(f"{parts.scheme}://{where}{parts.path}", limit=300)


def _place(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = ascii_host(parts.hostname or "")
    if parts.scheme not in ("http", "https") or not host:
        raise Malformed(f"“{clean(url, limit=100)}” is not a web address")
    return host, port or (443 if parts.scheme == "https" else 80)


def _authority(url: str) -> str:
    """Host and port as they go over the wire: international names in ASCII (RFC 5891), without user and password."""
    parts = urlsplit(url)
    host = ascii_host(parts.hostname or "")
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{parts.port}" if parts.port else host


def _wire(url: str) -> str:
    """The URL as it may stand in a request: no control characters, no spaces, nothing beyond ASCII, no password."""
    parts = urlsplit(url)
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return f"{parts.scheme}://{_authority(url)}{path}" + (f"?{query}" if query else "")


def _headers(request: HttpRequest, cookie: str = "") -> list[tuple[bytes, bytes]]:
    """The headers on the wire. Raises: LocalFault for one that would break out of its line."""
    wanted = {"Host": _authority(request.url), "User-Agent": "nms", "Accept": "*/*", "Connection": "close"}
    wanted["Accept-Encoding"] = "identity"
    given = {name.lower() for name in request.headers}
    wanted = {name: value for name, value in wanted.items() if name.lower() not in given} | dict(request.headers)
    if cookie:
        wanted["Cookie"] = cookie
    if request.body:
        wanted["Content-Length"] = str(len(request.body))
    if any(ord(character) < 32 for pair in wanted.items() for text in pair for character in text):
        raise LocalFault("a header of the request holds a control character; look at the inventory")
    try:
        return [(name.encode("ascii"), value.encode("utf-8")) for name, value in wanted.items()]
    except UnicodeEncodeError:
        raise LocalFault("the name of a header of the request is not plain ASCII; look at the inventory") from None


def _header(raw: bytes) -> str:
    return clean(raw, limit=4096)


def _redirected(request: HttpRequest, response: HttpResponse, target: str) -> HttpRequest:
    """The request that a redirect asks for; credentials never go to another origin (RFC 9110 section 15.4)."""
    try:
        url = urljoin(request.url, target)
    except ValueError:
        url = target
    host, port = _place(url)
    before, after = urlsplit(request.url), urlsplit(url)
    if before.scheme == "https" and after.scheme == "http":
        raise RedirectRefused(f"{plain(request.url)} redirects from HTTPS to plain HTTP ({plain(url)})")
    headers = dict(request.headers)
    if (before.scheme, *_place(request.url)) != (after.scheme, host, port):
        secret = ("authorization", "cookie", "x-auth-token")
        headers = {name: value for name, value in headers.items() if name.lower() not in secret}
    keeps_method = response.status in (307, 308) or request.method in ("GET", "HEAD")
    if keeps_method:
        return HttpRequest(url, request.method, headers, request.body)
    headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return HttpRequest(url, "GET", headers)


async def bounded(response: httpcore.Response, limit: int) -> tuple[bytes, bool]:
    """The body up to a limit, and whether there was more."""
    body = bytearray()
    async for part in response.aiter_stream():
        body += part
        if len(body) > limit:
            return bytes(body[:limit]), True
    return bytes(body), False


def unpacked(response: HttpResponse, limit: int) -> HttpResponse:
    """The same answer with its body unpacked: some servers pack what nobody asked them to. No body grows beyond
    `limit`, however small it was packed. Raises: Malformed for a body that is not packed as it says."""
    if response.header("content-encoding") not in ("gzip", "x-gzip", "deflate") or not response.body:
        return response
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        body = unpacking.decompress(response.body, limit + 1)
    except zlib.error:
        raise Malformed(f"{response.url} answers with a body that is not packed as it says") from None
    return replace(response, body=body[:limit], cut=response.cut or len(body) > limit)


@asynccontextmanager
async def sentences(url: str, where: str) -> AsyncIterator[None]:
    """Turns what httpcore and the system raise into the error tree."""
    try:
        yield
    except TransportError:
        raise
    except (httpcore.NetworkError, httpcore.TimeoutException, OSError) as error:
        raise _network_error(url, where, error) from None
    except httpcore.ProtocolError as error:
        detail = clean(str(error), limit=160)
        raise Malformed(f"{plain(url)} does not answer in HTTP: {detail}") from None
    except httpcore.UnsupportedProtocol:
        raise Malformed(f"{plain(url)} is not a web address") from None


def _network_error(url: str, where: str, error: BaseException) -> TransportError:
    for cause in _chain(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateRefused(f"the certificate of {where} is not valid: {cause.verify_message}")
        if isinstance(cause, ssl.SSLError):
            return Malformed(f"no TLS with {where}: {tls_reason(cause)}")
    for cause in _chain(error):
        if isinstance(cause, OSError) and cause.errno:
            return of_os_error(where, cause)
    if isinstance(error, httpcore.ConnectError):
        return Unreachable(f"{where} refuses the connection")
    return Malformed(f"{plain(url)} broke off its answer")


def _chain(error: BaseException | None) -> Iterable[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
