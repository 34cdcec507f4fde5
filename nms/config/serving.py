"""What the daemon offers to others: API, metrics, status page, mail, watchdog."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from nms.config.quantities import Duration, Size, Span
from nms.config.secrets import Secret
from nms.documents import Confidential, Strict, mistake


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        hint = "write it as 10.0.0.5 or 10.0.0.0/24"
        raise mistake("“{key}”: {value} is not a network", hint, value=text) from error
    return text


Network = Annotated[str, AfterValidator(_network)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Tls(Strict):
    """Certificate of the API and the web pages."""

    certificate: Path | None = None
    """PEM file of the certificate and its chain; none: no TLS (behind a proxy, or on loopback)."""

    key: Path | None = None
    """PEM file of its private key."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Tls:
        if (self.certificate is None) != (self.key is None):
            raise mistake("“certificate” and “key” belong together: write both or neither")
        return self


class Api(Strict):
    """HTTP API and web pages of the daemon."""

    enabled: bool = True
    """Whether it listens at all."""

    address: str = "127.0.0.1"
    """Address to listen on; loopback unless somebody decides otherwise."""

    port: Port = 8470
    """TCP port."""

    socket: Path | None = Path("api.sock")
    """Unix socket for `nms tui` on the same machine, below `data_dir` when relative; none: no socket."""

    tls: Tls = Tls()
    """Certificate."""

    public_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    """Address under which people reach it, for links in messages."""

    trusted_proxies: tuple[Network, ...] = ()
    """Proxies whose X-Forwarded-* headers are believed."""

    session_idle: Span = 3600.0
    """A browser session ends after this without a request."""

    requests_per_minute: int = Field(default=600, ge=1)
    """Most requests of one client."""


class MetricsPage(Strict):
    """Prometheus exposition."""

    enabled: bool = True
    """Whether `/metrics` and `/metrics/devices` are served."""

    allow: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")
    """Networks that may read them without a token."""


class StatusPage(Strict):
    """The public page: services as people know them, nothing internal."""

    enabled: bool = True
    """Whether the daemon serves it at `/status`."""

    title: str = ""
    """Heading; the name of the municipality unless said."""

    contact: str = ""
    """Whom the public may write to."""

    export_to: Path | None = None
    """Directory to which it is written as static files, for another host; none: not written."""

    export_url: str = Field(default="", pattern=r"^(https?://[^\s#?]+)?$")
    """Where people reach that copy, for the links in its feed and catalogue; none: the monitor's own page."""

    departments: tuple[str, ...] = ()
    """Departments shown; none: all."""


class FaultMail(Confidential):
    """A mailbox whose letters are fault reports. Only this program should read it: it takes what nobody has seen."""

    host: str = ""
    """IMAP server; empty: no reports by mail."""

    port: Port = 993
    """Its port."""

    security: Literal["tls", "starttls", "none"] = "tls"
    """How the connection is protected; `none` only on loopback or a trusted network."""

    user: str = ""
    """Account."""

    password: Secret | None = None
    """Reference to its password."""

    folder: str = "INBOX"
    """Folder that is read."""

    every: Span = 60.0
    """How often."""

    department: str = ""
    """Department of a letter that names none; needed with `host`."""

    domains: tuple[str, ...] = ()
    """Domains whose senders are heard; none: all."""

    @model_validator(mode="after")
    def _has_a_department(self) -> FaultMail:
        if self.host and not self.department:
            raise mistake("“department” is missing: write which department gets letters that name none")
        return self


class FaultReports(Strict):
    """Faults that staff and citizens report."""

    enabled: bool = True
    """Whether the forms are served."""

    keep_personal_data: Duration = 180 * 86_400.0
    """Contact data of a reporter are removed this long after the ticket closed."""

    per_hour: int = Field(default=20, ge=1)
    """Most reports from one address within an hour."""

    largest_attachment: Size = 5_000_000
    """Largest file that a report may carry."""

    mail: FaultMail = FaultMail()
    """Reports by mail."""


class Mail(Confidential):
    """Outgoing mail for reports and messages to people by their mail address."""

    host: str = ""
    """SMTP server; empty: no mail."""

    port: Port = 587
    """Its port."""

    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected; `none` only on loopback or a trusted network."""

    sender: str = "monitor@example.invalid"
    """Address in From."""

    user: str = ""
    """Account, where the server wants one."""

    password: Secret | None = None
    """Reference to its password."""


Target = Annotated[float, Field(gt=0.0, lt=1.0)]


class Targets(Strict):
    """Availability promised, as ratios of service hours; reports hold what was given against them."""

    departments: Target = 0.99
    """Each department: everything that its work needs."""

    links: Target = 0.99
    """Each data link, around the clock."""

    telephony: Target = 0.995
    """Each PBX and voice gateway."""

    data_centre: Target = 0.999
    """Each UPS, server, storage and so on of the data centre."""

    applications: Target = 0.99
    """Each application."""


class MailedReport(Strict):
    """A report that goes out by mail when its period is over."""

    report: Literal["uptime", "sla", "maintenance", "renewal", "capacity", "telephony", "printing"]
    """Which one."""

    to: tuple[Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")], ...] = Field(min_length=1)
    """Mail addresses."""

    every: Literal["week", "month"] = "month"
    """Period: the calendar month, or Monday to Sunday."""

    at: str = Field(default="07:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """Time of the first day after the period, by the office clock."""

    format: Literal["html", "pdf", "xlsx"] = "html"
    """HTML is the mail's own text and an attachment; PDF needs the extra `pdf`."""

    department: str = ""
    """Only this department; none: all."""


class Reports(Strict):
    """Reports for managers."""

    targets: Targets = Targets()
    """Availability promised."""

    mail: tuple[MailedReport, ...] = ()
    """Reports sent by themselves; `mail.host` must be set."""


class Watchdog(Confidential):
    """Somebody outside who notices when the monitor itself is gone."""

    url: Secret | None = None
    """Reference to a dead-man URL that is requested at each interval; none: nobody is told."""

    interval: Span = 60.0
    """How often."""
