"""Ways of asking a device, as the inventory writes them: per transport its port, its options and its credentials.

Every key is optional here, because a block may be spread over defaults, role, department, group and device; what
a transport cannot do without is `NEEDS`, checked when the whole is together.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from nms.config.quantities import Duration, Span
from nms.documents import Strict, mistake
from nms.inventory.addresses import valid_host
from nms.inventory.registers import Register
from nms.inventory.steps import JsonValue, Step, web_address
from nms.text import clean

Port = Annotated[int, Field(ge=1, le=65535)]


class EndpointEntry(Strict):
    """What all transports have in common."""

    NEEDS: ClassVar[tuple[str, ...]] = ()
    CREDENTIALS: ClassVar[tuple[str, ...]] = ()
    DEFAULT_PORT: ClassVar[int | None] = None

    transport: str = ""
    """Transport, where the endpoint has a name of its own (several web checks of one application)."""

    address: Annotated[str, AfterValidator(valid_host)] | None = None
    """Where to ask; the address of the device unless said."""

    port: Port | None = None
    """Port; the standard one of the transport unless said."""

    credential: str | None = None
    """Name of a credential in `config.yaml`."""

    timeout: Span | None = None
    """Wait for an answer; as in `config.yaml` unless said."""

    label: str | None = None
    """What people call this check; the name it stands under unless said."""

    def usual_port(self) -> int | None:
        return self.port or self.DEFAULT_PORT


def _encrypted(platform: str) -> str:
    """netmiko also names ways to log in without encryption; credentials are not sent over those."""
    if platform.endswith(("_telnet", "_serial")):
        raise mistake("“{key}”: {value} is not SSH", "write the device type without the ending", value=platform)
    return platform


class Icmp(EndpointEntry):
    """ICMP echo."""


class Snmp(EndpointEntry):
    """SNMP v1, v2c, v3: the credential decides."""

    NEEDS = ("credential",)
    CREDENTIALS = ("snmp-community", "snmp-user")
    DEFAULT_PORT = 161

    retries: Annotated[int, Field(ge=0, le=10)] | None = None
    """How often an unanswered request is sent again."""

    max_repetitions: Annotated[int, Field(ge=1, le=200)] | None = None
    """Most rows in one answer, for agents that break on large ones."""

    context: str | None = None
    """SNMPv3 context, where one agent speaks for several devices."""


class Ssh(EndpointEntry):
    """SSH through netmiko and NAPALM."""

    NEEDS = ("credential",)
    CREDENTIALS = ("ssh",)
    DEFAULT_PORT = 22

    platform: Annotated[str, Field(pattern=r"^[a-z0-9_]+$"), AfterValidator(_encrypted)] = "linux"
    """netmiko device type: `linux`, `cisco_ios`, `juniper_junos` ..."""

    jump: str | None = None
    """Device through whose SSH endpoint this one is reached (a jump host); none unless said."""

    configuration: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] | None = None
    """How its configuration is fetched, by a file of `collectors/configuration/`; `none`: not at all."""


class Http(EndpointEntry):
    """A web check: status, text, time."""

    NEEDS = ("url",)
    CREDENTIALS = ("http",)

    url: Annotated[str, AfterValidator(web_address)] | None = None
    """What to request; `{address}` stands for the address of the device."""

    method: Literal["GET", "HEAD", "POST", "OPTIONS"] = "GET"
    """Request method."""

    status: tuple[Annotated[int, Field(ge=100, le=599)], ...] = (200,)
    """Statuses that count as right."""

    contains: str = ""
    """Text that the answer must hold."""

    json_path: str = ""
    """Path in a JSON answer (`status.database`) ..."""

    json_value: JsonValue = ""
    """... and what must stand there."""

    headers: dict[str, str] = Field(default_factory=dict)
    """Headers to send; never secrets: those are credentials."""

    body: str = ""
    """Body of a POST."""

    verify_tls: bool = True
    """Whether the certificate must be trusted."""

    follow_redirects: bool = True
    """Whether redirects are followed (at most 5)."""

    slow_after: Duration = 0.0
    """Time from which the answer counts as degraded; 0: never."""

    def usual_port(self) -> int | None:
        parts = urlsplit((self.url or "").replace("{address}", "192.0.2.1"))
        return self.port or parts.port or {"https": 443, "http": 80}.get(parts.scheme)


class Scenario(EndpointEntry):
    """A sequence of web requests as a person makes them: log in, look up, log out."""

    NEEDS = ("steps",)
    CREDENTIALS = ("http",)

    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=20)] | None = None
    """The requests, in order; cookies are kept between them. The first that fails ends it."""

    last_always: bool = True
    """Whether the last step (the log-out) is made also after one that failed."""

    verify_tls: bool = True
    """Whether the certificate must be trusted."""

    slow_after: Duration = 0.0
    """Time of all steps from which the service counts as degraded; 0: never."""


class Tls(EndpointEntry):
    """A TLS certificate: expiry, chain, name."""

    DEFAULT_PORT = 443

    server_name: str = ""
    """Name that the certificate must carry (SNI); the address unless said."""

    verify: bool = True
    """Whether the chain must be trusted."""

    old_versions: bool = True
    """Whether it is asked, four times a day, if it would accept old versions and broken ciphers."""

    starttls: Literal["none", "smtp", "imap", "ldap"] = "none"
    """Protocol that begins in the open and turns to TLS (STARTTLS); `none`: TLS from the start."""

    def usual_port(self) -> int | None:
        return self.port or {"smtp": 25, "imap": 143, "ldap": 389}.get(self.starttls, 443)


class Dns(EndpointEntry):
    """A name server that answers a question."""

    NEEDS = ("name",)
    DEFAULT_PORT = 53

    name: str | None = None
    """Name to ask for."""

    type: Literal["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"] = "A"
    """Record type."""

    expect: tuple[str, ...] = ()
    """Answers that must be among those received; none: any answer."""


class Tcp(EndpointEntry):
    """A port that accepts connections."""

    NEEDS = ("port",)

    send: str = ""
    """Text to send after connecting."""

    expect: str = ""
    """Text that must come back."""


class Udp(EndpointEntry):
    """A port that answers a datagram."""

    NEEDS = ("port", "send")

    send: str | None = None
    """Text to send."""

    expect: str = ""
    """Text that must come back; none: any answer."""


class SecuredEntry(EndpointEntry):
    """Servers that take a name and a password, protected or not."""

    TLS_PORT: ClassVar[int]

    security: Literal["none", "starttls", "tls"] = "none"
    """How the connection is protected."""

    verify_tls: bool = True
    """Whether the certificate must be trusted."""

    def usual_port(self) -> int | None:
        return self.port or (self.TLS_PORT if self.security == "tls" else self.DEFAULT_PORT)


class Smtp(SecuredEntry):
    """A mail server that greets and takes EHLO."""

    CREDENTIALS = ("mail",)
    DEFAULT_PORT = 25
    TLS_PORT = 465


class Imap(SecuredEntry):
    """A mailbox server that greets, and takes a log-in where there is a credential."""

    CREDENTIALS = ("mail",)
    DEFAULT_PORT = 143
    TLS_PORT = 993


class Ldap(SecuredEntry):
    """A directory that answers for its root."""

    CREDENTIALS = ("ldap",)
    DEFAULT_PORT = 389
    TLS_PORT = 636


class Ntp(EndpointEntry):
    """A time server: offset and stratum."""

    DEFAULT_PORT = 123


class Sql(EndpointEntry):
    """A database that answers a query."""

    NEEDS = ("engine",)
    CREDENTIALS = ("sql",)

    engine: Literal["postgresql", "mysql", "mssql"] | None = None
    """Which one."""

    database: str = ""
    """Its name."""

    query: str = "SELECT 1"
    """What to ask; read-only."""

    def usual_port(self) -> int | None:
        return self.port or {"postgresql": 5432, "mysql": 3306, "mssql": 1433}.get(self.engine or "")


class Sip(EndpointEntry):
    """A PBX or gateway that answers OPTIONS (RFC 3261)."""

    DEFAULT_PORT = 5060

    protocol: Literal["udp", "tcp", "tls"] = "udp"
    """Transport of SIP."""

    user: str = ""
    """User part of the request URI; none: the server itself."""

    verify_tls: bool = True
    """Whether the certificate must be trusted, over TLS."""

    def usual_port(self) -> int | None:
        return self.port or (5061 if self.protocol == "tls" else self.DEFAULT_PORT)


class Ami(EndpointEntry):
    """Asterisk Manager Interface."""

    NEEDS = ("credential",)
    CREDENTIALS = ("ami",)
    DEFAULT_PORT = 5038

    trunks: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """Endpoints that are trunks, with the number of their channels (0: not known); others are telephones."""

    calls: bool = False
    """Whether it listens between polls to calls that end and to how they sound (needs `read = cdr,reporting`)."""


class Ari(EndpointEntry):
    """Asterisk's REST interface."""

    NEEDS = ("credential",)
    CREDENTIALS = ("http",)

    url: Annotated[str, AfterValidator(web_address)] = "http://{address}:8088/ari"
    """Where it begins."""

    trunks: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """Endpoints that are trunks, with the number of their channels (0: not known); others are telephones."""

    verify_tls: bool = True
    """Whether the certificate must be trusted."""

    def usual_port(self) -> int | None:
        return self.port or urlsplit(self.url.replace("{address}", "192.0.2.1")).port


class Cdr(EndpointEntry):
    """Call records that a Cisco Unified Communications Manager delivers into a folder of this machine."""

    NEEDS = ("folder",)

    folder: Annotated[str, Field(pattern=r"^[^\x00-\x1f]+$")] | None = None
    """The folder, below `data_dir` unless it begins with `/`; the files stay, whoever delivers them takes them away."""

    trunks: tuple[str, ...] = ()
    """Devices of CUCM that are trunks or gateways; calls that use none of them are counted as those of telephones."""

    silent_after: Duration = 86_400.0
    """Time without new records after which it is told."""


class Dhcp(EndpointEntry):
    """A DHCP server: who has which address, how full its subnets are."""

    NEEDS = ("server",)
    CREDENTIALS = ("http", "ssh")

    server: Literal["kea", "isc", "dnsmasq", "windows"] | None = None
    """Which one."""

    url: Annotated[str, AfterValidator(web_address)] | None = None
    """Address of Kea's control agent (`http://{address}:8000`), with an `http` credential; none: the file of leases is
    read over SSH, with an `ssh` credential; on Windows PowerShell is asked."""

    file: str = Field(default="", pattern=r"^$|^/[^\x00-\x1f]*$")
    """File of leases; where Debian keeps it unless said."""

    verify_tls: bool = True
    """Whether the certificate must be trusted."""


class Nut(EndpointEntry):
    """Network UPS Tools."""

    NEEDS = ("ups",)
    CREDENTIALS = ("nut",)
    DEFAULT_PORT = 3493

    ups: str | None = None
    """Name of the UPS at the server."""


class Modbus(EndpointEntry):
    """Modbus TCP."""

    DEFAULT_PORT = 502

    NEEDS = ("registers",)

    unit: int = Field(default=1, ge=0, le=255)
    """Unit identifier behind the gateway."""

    registers: Annotated[tuple[Register, ...], Field(max_length=500)] | None = None
    """What to read; see `docs/datacenter.md`. Written once for a group, it serves all of its kind."""


class Redfish(EndpointEntry):
    """Server management over HTTPS."""

    NEEDS = ("credential",)
    CREDENTIALS = ("http",)
    DEFAULT_PORT = 443

    verify_tls: bool = True
    """Whether the certificate must be trusted."""


class Hypervisor(EndpointEntry):
    """Hypervisors through their own interface: hosts, guests, storage."""

    NEEDS = ("product", "credential")
    CREDENTIALS = ("http", "ssh")

    product: Literal["proxmox", "vcenter", "libvirt"] | None = None
    """Proxmox VE (the credential is a `token`: USER@REALM!NAME=SECRET), VMware vCenter (user and password), or libvirt
    (`virsh` over SSH, with an `ssh` credential)."""

    uri: Annotated[str, Field(pattern=r"^[a-z0-9+]+:///[A-Za-z0-9._/-]*$")] = "qemu:///system"
    """Of libvirt: which hypervisor of that machine."""

    guests: tuple[Annotated[str, AfterValidator(clean)], ...] = ()
    """Guests that must run; others may be off."""

    tls: bool = True
    """Whether it speaks HTTPS; without only behind a proxy on this machine."""

    verify_tls: bool = True
    """Whether the certificate must be trusted."""

    def usual_port(self) -> int | None:
        return self.port or {"proxmox": 8006, "vcenter": 443, "libvirt": 22}.get(self.product or "")


class Storage(EndpointEntry):
    """Storage through its own interface: pools, volumes, disks, alerts."""

    NEEDS = ("product", "credential")
    CREDENTIALS = ("http",)

    product: Literal["synology", "truenas", "ontap"] | None = None
    """Synology DSM (user and password), TrueNAS (the credential is a `token`: an API key), or NetApp ONTAP (user and
    password)."""

    tls: bool = True
    """Whether it speaks HTTPS; without only behind a proxy on this machine."""

    verify_tls: bool = True
    """Whether the certificate must be trusted."""

    def usual_port(self) -> int | None:
        return self.port or {"synology": 5001, "truenas": 443, "ontap": 443}.get(self.product or "")


class Ipmi(EndpointEntry):
    """Server management over IPMI 2.0."""

    NEEDS = ("credential",)
    CREDENTIALS = ("ipmi",)
    DEFAULT_PORT = 623

    cipher: Annotated[int, Field(ge=0, le=17)] | None = None
    """Cipher suite (3, 17); found out unless said."""


TRANSPORTS: Mapping[str, type[EndpointEntry]] = MappingProxyType(
    {
        model.__name__.lower(): model
        for model in (
            Icmp, Snmp, Ssh, Http, Scenario, Tls, Dns, Tcp, Udp, Smtp, Imap, Ldap, Ntp, Sql, Sip, Ami, Ari, Cdr,
            Dhcp, Nut,
            Modbus, Redfish, Hypervisor, Storage, Ipmi,
        )
    }
)  # fmt: skip
"""Transports by the name that the inventory and `Endpoint.transport` use."""

_COMMON = frozenset({"transport", "address", "port", "credential"})


def options(entry: EndpointEntry) -> dict[str, Any]:
    """What only this transport understands, defaults included; what is not known is left out."""
    return {name: value for name, value in entry.model_dump(exclude_none=True).items() if name not in _COMMON}
