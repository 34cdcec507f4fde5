"""Small servers that tests write themselves: raw TCP and UDP talkers on free loopback ports, and certificates."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def tcp_server(talk: Talk, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> AsyncIterator[int]:
    """A server on a free port; what `talk` raises because the client left is no fault."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()
        tasks.discard(task)

    server = await asyncio.start_server(handle, address, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for _ in range(3):  # a connection just accepted must have met its handler, which closes it
            await asyncio.sleep(0)
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def web(answer: Callable[[str, dict[str, str]], bytes], tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """HTTP with one request a connection: `answer(target, headers)` gives all the bytes of the response."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        headers[":method"], headers[":body"] = head[0].split(" ")[0], body.decode()
        writer.write(answer(head[0].split(" ")[1], headers))
        await writer.drain()

    async with tcp_server(talk, tls) as port:
        yield port


def page(body: str | bytes, status: str = "200 OK", *headers: str) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(content)}", "Connection: close", "", "")
    return "\r\n".join(lines).encode() + content


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], bytes | None]) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (answer := self._answer(data)) is not None:
            self._transport.sendto(answer, addr)  # type: ignore[attr-defined]


@asynccontextmanager
async def udp_server(answer: Callable[[bytes], bytes | None]) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(answer), local_addr=("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


@dataclass(frozen=True, slots=True)
class Made:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # some builds of Python leave it to OpenSSL
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_certificate(
    folder: Path,
    names: tuple[str, ...] = ("portal.example",),
    begins: float = -1,
    ends: float = 90,
    bits: int = 2048,
    issuer: str = "Test CA",
) -> Made:
    """A certificate valid from `begins` to `ends` days from now, signed with a key of its own under another name."""
    now = datetime.datetime.now(datetime.UTC)
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    alternatives = [x509.IPAddress(ipaddress.ip_address(n)) if n[0].isdigit() else x509.DNSName(n) for n in names]
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + datetime.timedelta(days=begins))
        .not_valid_after(now + datetime.timedelta(days=ends))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    )
    made = Made(folder / f"{names[0]}-{bits}.crt", folder / f"{names[0]}-{bits}.key")
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    made.certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    made.key.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, none))
    return made
