"""TCP, TLS and UDP by themselves: connections with the time of each phase, bounded reads, sentences for errors.

The protocol clients beside this module (mail, directory, UPS, telephony ...) stand on it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar, cast

from nms.text import clean
from nms.transports.errors import LocalFault, Malformed, TransportError, Unreachable

LINE_LIMIT = 65_536
MOST_ADDRESSES = 16
NEXT_ADDRESS_SECONDS = 2.0
"""How long one of several addresses of a host may take before the next is tried."""
_CLOSE_SECONDS = 0.5

OpenedT = TypeVar("OpenedT")

_OLD_ONLY = "it speaks only versions that nobody should use any more"
_BROKEN_OFF = "it broke off the handshake"
_NOT_THERE = {
    errno.ECONNREFUSED: "refuses the connection",
    errno.EHOSTUNREACH: "cannot be reached: no route to the host",
    errno.ENETUNREACH: "cannot be reached: no route to its network",
    errno.ETIMEDOUT: "does not answer",
    errno.ECONNRESET: "broke off the connection",
    errno.EPIPE: "broke off the connection",
}
_OWN_FAULTS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EACCES})


@dataclass(slots=True)
class Phases:
    """Seconds that each phase took; `None` for one that was not reached or not needed."""

    resolve: float | None = None
    connect: float | None = None
    tls: float | None = None


@dataclass(slots=True)
class Connection:
    """An open connection. `where` names it in sentences: the address and the port."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    where: str
    phases: Phases

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def line(self) -> bytes:
        """The next line without its end. Raises: Malformed when it is too long, Unreachable at the end."""
        try:
            line = await self.reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:
            raise Malformed(f"{self.where} sent a line of more than {LINE_LIMIT} bytes") from None
        except asyncio.IncompleteReadError as error:
            if not error.partial:
                raise Unreachable(f"{self.where} closed the connection") from None
            return error.partial.rstrip(b"\r\n")
        return line.rstrip(b"\r\n")

    async def exactly(self, size: int) -> bytes:
        """So many bytes; the caller bounds `size`. Raises: Unreachable when fewer come."""
        try:
            return await self.reader.readexactly(size)
        except asyncio.IncompleteReadError:
            raise Unreachable(f"{self.where} closed the connection in the middle of an answer") from None

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """TLS on the open connection (STARTTLS)."""
        began = time.perf_counter()
        with explained(self.where):
            try:
                await self.writer.start_tls(context, server_hostname=ascii_host(name))
            except ConnectionResetError:  # of asyncio's own: the other side closed before the handshake was through
                raise Malformed(f"no TLS with {self.where}: {_BROKEN_OFF}") from None
        self.phases.tls = time.perf_counter() - began

    @property
    def tls(self) -> ssl.SSLObject | None:
        return cast("ssl.SSLObject | None", self.writer.get_extra_info("ssl_object"))


@contextlib.contextmanager
def explained(where: str) -> Iterator[None]:
    """Turns what the system and TLS raise into one sentence of the error tree."""
    try:
        yield
    except TransportError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise CertificateRefused(f"the certificate of {where} is not valid: {error.verify_message}") from None
    except ssl.SSLError as error:
        raise Malformed(f"no TLS with {where}: {tls_reason(error)}") from None
    except OSError as error:
        raise of_os_error(where, error) from None


_TLS_REASONS = {
    "UNSUPPORTED_PROTOCOL": _OLD_ONLY,
    "TLSV1_ALERT_PROTOCOL_VERSION": _OLD_ONLY,
    "WRONG_VERSION_NUMBER": "it does not answer in TLS",
    "HTTP_REQUEST": "it does not answer in TLS",
    "PACKET_LENGTH_TOO_LONG": "it does not answer in TLS",
    "RECORD_LAYER_FAILURE": "it does not answer in TLS",
    "UNEXPECTED_EOF_WHILE_READING": _BROKEN_OFF,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it refuses every version and cipher that is offered",
    "HANDSHAKE_FAILURE_ON_CLIENT_HELLO": "it refuses every version and cipher that is offered",
    "TLSV1_UNRECOGNIZED_NAME": "it knows no site of this name",
    "DH_KEY_TOO_SMALL": "its key exchange is too weak",
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED": "it needs a renegotiation that is unsafe",
}
"""What OpenSSL means, for people."""


def tls_reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return _BROKEN_OFF
    return _TLS_REASONS.get(error.reason or "", clean(error.reason or str(error), limit=120))


class CertificateRefused(Malformed):
    """A TLS certificate that cannot be trusted: chain, name or time."""


def of_os_error(where: str, error: OSError) -> TransportError:
    if error.errno in _OWN_FAULTS:
        return LocalFault(f"the monitor cannot connect to {where}: {error.strerror}")
    what = _NOT_THERE.get(error.errno or 0)
    if what is None:
        what = f"cannot be reached: {clean(error.strerror or str(error) or type(error).__name__, limit=120)}"
    return Unreachable(f"{where} {what}")


@asynccontextmanager
async def deadline(seconds: float, where: str) -> AsyncIterator[None]:
    """Bounds all that happens inside. Raises: Unreachable, with a sentence, at the end of the time."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Unreachable(f"{where} did not answer within {seconds:g} s") from None


def ascii_host(host: str) -> str:
    """A host name as name servers and certificates know it: `peña.mx` is `xn--pea-8ma.mx` (IDNA)."""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, as the system knows them; at most `MOST_ADDRESSES`. Raises: Unreachable."""
    with contextlib.suppress(ValueError):
        return (str(ipaddress.ip_address(host)),)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not a usable name"
        raise Unreachable(f"the name {clean(host, limit=100)} has no address: {reason}") from None
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))[:MOST_ADDRESSES]


def named(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@asynccontextmanager
async def connection(
    host: str, port: int, tls: ssl.SSLContext | None = None, server_name: str = ""
) -> AsyncIterator[Connection]:
    """Connects; closes at the end whatever happened. The caller bounds the time with `deadline`.

    Raises: Unreachable, CertificateRefused, Malformed, LocalFault.
    """
    where, phases = named(host, port), Phases()
    began = time.perf_counter()
    addresses = await resolve(host, port)
    phases.resolve = time.perf_counter() - began
    began = time.perf_counter()
    with explained(where):
        reader, writer = await first_that_answers(
            addresses, lambda address: asyncio.open_connection(address, port, limit=LINE_LIMIT)
        )
    phases.connect = time.perf_counter() - began
    opened = Connection(reader, writer, where, phases)
    clean_end = False
    try:
        if tls is not None:
            await opened.secure(tls, server_name or host)
        with explained(where):
            yield opened
        clean_end = True
    finally:
        await _close(writer, clean_end)


async def first_that_answers(addresses: tuple[str, ...], attempt: Callable[[str], Awaitable[OpenedT]]) -> OpenedT:
    """What the attempt at the first good address gives. Raises: what that at the last one raises."""
    for address in addresses[:-1]:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(NEXT_ADDRESS_SECONDS):
                return await attempt(address)
    return await attempt(addresses[-1])


async def _close(writer: asyncio.StreamWriter, cleanly: bool) -> None:
    """A peer that does not close its side must not hold ours."""
    try:
        if cleanly:
            writer.close()
            with contextlib.suppress(TimeoutError, OSError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await writer.wait_closed()
    finally:
        with contextlib.suppress(AttributeError):  # Python 3.11.2 cannot abort TLS that has closed already
            writer.transport.abort()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.received: asyncio.Queue[bytes | OSError] = asyncio.Queue(maxsize=64)

    def datagram_received(self, data: bytes, addr: object) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self.received.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self.received.put_nowait(exc if isinstance(exc, OSError) else OSError(str(exc)))


@dataclass(slots=True)
class Datagrams:
    """A UDP socket bound to one peer: datagrams of others are not received."""

    transport: asyncio.DatagramTransport
    queue: asyncio.Queue[bytes | OSError]
    where: str

    def send(self, data: bytes) -> None:
        self.transport.sendto(data)

    async def receive(self) -> bytes:
        """The next datagram. Raises: Unreachable when the peer's system says that nobody listens."""
        data = await self.queue.get()
        if isinstance(data, OSError):
            if data.errno == errno.ECONNREFUSED:
                raise Unreachable(f"nobody listens on {self.where} (UDP)")
            raise of_os_error(self.where, data)
        return data

    @property
    def local(self) -> tuple[str, int]:
        name = self.transport.get_extra_info("sockname")
        return str(name[0]), int(name[1])


@asynccontextmanager
async def datagrams(host: str, port: int) -> AsyncIterator[Datagrams]:
    """A connected UDP socket. Raises: Unreachable, LocalFault."""
    where = named(host, port)
    address = (await resolve(host, port))[0]
    loop = asyncio.get_running_loop()
    with explained(where):
        transport, protocol = await loop.create_datagram_endpoint(_Datagrams, remote_addr=(address, port))
    try:
        yield Datagrams(transport, protocol.received, where)
    finally:
        transport.close()


def tls_context(*, verify: bool = True, authorities: str | None = None) -> ssl.SSLContext:
    """A client's context, TLS 1.2 and later (RFC 8996): what Python takes by default depends on who built it.

    Without `verify` old servers are spoken to as well: they are looked at, not trusted. `authorities`: a file of those
    to believe instead of the machine's. Raises: OSError when it cannot be read.
    """
    context = ssl.create_default_context(cafile=authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        permissive(context)
    return context


def permissive(context: ssl.SSLContext) -> None:
    """Lets a context speak whatever the TLS library of this machine still can."""
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
