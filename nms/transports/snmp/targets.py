"""Whom to ask and with which credential; what the client counts.

Secrets never show in a `repr`, so that they cannot reach a log by accident.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

MOST_REPETITIONS = 128


class Version(StrEnum):
    """The community-based versions of SNMP (RFC 1157, RFC 1901)."""

    V1 = "1"
    V2C = "2c"


@dataclass(frozen=True, slots=True)
class Community:
    """A community name: v2c unless the agent is too old for it."""

    version: Version
    name: str = field(repr=False)


class AuthProtocol(StrEnum):
    """How v3 messages are authenticated (RFC 3414, RFC 7860)."""

    MD5 = "MD5"
    SHA = "SHA"
    SHA224 = "SHA-224"
    SHA256 = "SHA-256"
    SHA384 = "SHA-384"
    SHA512 = "SHA-512"


class PrivProtocol(StrEnum):
    """How v3 messages are encrypted (RFC 3414, RFC 3826; AES-192 and AES-256 as net-snmp and Cisco do)."""

    DES = "DES"
    AES128 = "AES"
    AES192 = "AES-192"
    AES256 = "AES-256"


@dataclass(frozen=True, slots=True)
class UsmUser:
    """A user of the User-based Security Model (RFC 3414): passphrases of at least 8 characters.

    Without `auth_protocol` the level is noAuthNoPriv, without `priv_protocol` authNoPriv.
    """

    name: str
    auth_protocol: AuthProtocol | None = None
    auth_password: str = field(default="", repr=False)
    priv_protocol: PrivProtocol | None = None
    priv_password: str = field(default="", repr=False)
    context: str = ""

    def __post_init__(self) -> None:
        if self.priv_protocol and not self.auth_protocol:
            raise ValueError(f"SNMPv3 user {self.name}: privacy needs an authentication protocol as well")
        if self.auth_protocol and len(self.auth_password) < 8:
            raise ValueError(f"SNMPv3 user {self.name}: the authentication password needs 8 characters or more")
        if self.priv_protocol and len(self.priv_password) < 8:
            raise ValueError(f"SNMPv3 user {self.name}: the privacy password needs 8 characters or more")


Credential = Community | UsmUser


@dataclass(frozen=True, slots=True)
class SnmpTarget:
    """One agent: where it is, the credential, and how much the monitor may ask of it.

    Units: `timeout` seconds for one try; `budget_seconds` and `budget_requests` for one visit, which begins at
    `SnmpSession.renew()`; None is without limit. `max_in_flight` requests wait for the device at the same time, and
    no request asks for more than `max_repetitions` rows.
    """

    address: str
    port: int = 161
    credential: Credential = Community(Version.V2C, "public")
    timeout: float = 2.0
    retries: int = 2
    max_in_flight: int = 2
    budget_seconds: float | None = 60.0
    budget_requests: int | None = 5000
    max_repetitions: int = MOST_REPETITIONS

    def __post_init__(self) -> None:
        if not 0 < self.port < 65536:
            raise ValueError(f"{self.address}: SNMP port {self.port} does not exist, write one from 1 to 65535")
        if self.timeout <= 0 or self.retries < 0 or self.max_in_flight < 1:
            raise ValueError(
                f"{self.address}: SNMP needs a timeout over 0, retries of 0 or more, one request in flight"
            )


@dataclass(slots=True)
class SnmpStatistics:
    """What a client did since it was made. `dropped` counts datagrams by the reason they were not believed:
    malformed, unknown-id (late, repeated or invented), wrong-source, wrong-community, wrong-version, not-a-response.
    `errors` counts error-status by name; `oddities` what agents did against the protocol and was survived.
    """

    requests: int = 0
    responses: int = 0
    timeouts: int = 0
    retries: int = 0
    variables: int = 0
    sent_octets: int = 0
    received_octets: int = 0
    layout_hits: int = 0
    layout_misses: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    oddities: Counter[str] = field(default_factory=Counter)
