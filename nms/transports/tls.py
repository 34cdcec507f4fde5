"""Looks at the TLS certificate of a server, also at one that cannot be trusted, and says what is weak about it.

Source: RFC 5280 (certificates), RFC 9525 (names), NIST SP 800-131A rev. 2 (key sizes, SHA-1), RFC 8996 (TLS 1.0, 1.1).
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from nms.text import clean
from nms.transports.errors import Malformed
from nms.transports.sockets import (
    CertificateRefused,
    Connection,
    Phases,
    ascii_host,
    connection,
    deadline,
    permissive,
    tls_context,
)

_OLD_PROTOCOLS = frozenset({"SSLv2", "SSLv3", "TLSv1", "TLSv1.1"})
_WEAK_CIPHERS = ("RC4", "DES", "NULL", "EXP", "MD5", "ADH", "AECDH")
_SMALLEST_RSA, _SMALLEST_CURVE = 2048, 224


Before = Callable[[Connection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate of a server as it was shown. Instants are Unix seconds.

    `untrusted` says why the chain cannot be trusted (empty: it can, or nobody asked), `wrong_name` that it is for
    somebody else, `weak` what about key, signature or connection is too weak today.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    serial: str
    not_before: float
    not_after: float
    protocol: str
    untrusted: str
    wrong_name: bool
    weak: tuple[str, ...]
    phases: Phases


async def inspect(
    host: str, port: int, server_name: str, *, verify: bool, seconds: float, before: Before | None = None
) -> Certificate:
    """The certificate that a server shows for a name (SNI). A chain that is not trusted is no error, but said.

    `before` speaks as far as TLS begins, where it does not at once (STARTTLS).

    Raises: Unreachable, Malformed (no TLS there), LocalFault.
    """
    untrusted, name = "", ascii_host(server_name or host)
    async with deadline(seconds, f"TLS on {host}:{port}"):
        if verify:
            try:
                async with connection(host, port) as opened:
                    await _secured(opened, _trusting(), name, before)
            except CertificateRefused as error:
                untrusted = str(error).rpartition(": ")[2]
        async with connection(host, port) as opened:
            await _secured(opened, tls_context(verify=False), name, before)
            return _looked_at(opened, name, untrusted)


async def _secured(opened: Connection, context: ssl.SSLContext, name: str, before: Before | None) -> None:
    if before is not None:
        await before(opened)
    await opened.secure(context, name)


def _trusting() -> ssl.SSLContext:
    """Checks the chain alone: time, name, and what is old or weak are told apart from it."""
    context = tls_context()
    context.check_hostname = False
    permissive(context)
    return context


def _looked_at(opened: Connection, server_name: str, untrusted: str) -> Certificate:
    tls = opened.tls
    der = tls.getpeercert(binary_form=True) if tls else None
    if tls is None or not der:
        raise Malformed(f"{opened.where} shows no certificate")
    try:
        found = x509.load_der_x509_certificate(der)
        names = tuple(_names(found))
        weak = (*_weak_key(found), *_weak_signature(found), *_weak_connection(tls))
        subject, issuer = _common_name(found.subject), _common_name(found.issuer)
    except (ValueError, x509.UnsupportedGeneralNameType) as error:
        detail = clean(str(error), limit=120)
        raise Malformed(f"the certificate of {opened.where} cannot be read: {detail}") from None
    return Certificate(
        subject=subject or (names[0] if names else ""),
        issuer=issuer,
        names=names,
        serial=f"{found.serial_number:X}",
        not_before=found.not_valid_before_utc.timestamp(),
        not_after=found.not_valid_after_utc.timestamp(),
        protocol=tls.version() or "",
        untrusted=clean(untrusted, limit=200),
        wrong_name=not any(_matches(name, server_name) for name in names),
        weak=weak,
        phases=opened.phases,
    )


def _names(certificate: x509.Certificate) -> Iterator[str]:
    """DNS names and addresses; the subject's common name no longer counts (RFC 9525 section 2)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    for name in found:
        if isinstance(name, x509.DNSName | x509.IPAddress):
            yield clean(str(name.value), limit=253).lower()


def _matches(pattern: str, name: str) -> bool:
    name = name.lower().rstrip(".")
    try:
        return ipaddress.ip_address(pattern) == ipaddress.ip_address(name)
    except ValueError:
        pass
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:] and bool(name.partition(".")[0])
    return pattern == name


def _common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return clean(str(found[0].value), limit=200) if found else clean(name.rfc4514_string(), limit=200)


def _weak_key(certificate: x509.Certificate) -> Iterator[str]:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _SMALLEST_RSA:
        yield f"an RSA key of {key.key_size} bits"
    elif isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < _SMALLEST_CURVE:
        yield f"an elliptic curve key of {key.key_size} bits"
    elif isinstance(key, dsa.DSAPublicKey):
        yield "a DSA key"


def _weak_signature(certificate: x509.Certificate) -> Iterator[str]:
    digest = certificate.signature_hash_algorithm
    if digest is not None and digest.name in ("md5", "sha1") and certificate.issuer != certificate.subject:
        yield f"a {digest.name.upper()} signature"


def _weak_connection(tls: ssl.SSLObject) -> Iterator[str]:
    if tls.version() in _OLD_PROTOCOLS:
        yield f"the protocol {tls.version()}"
    cipher = tls.cipher()
    if cipher and any(weak in cipher[0] for weak in _WEAK_CIPHERS):
        yield f"the cipher {cipher[0]}"
