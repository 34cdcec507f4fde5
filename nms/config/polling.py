"""How devices are asked, and where what they say is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from nms.config.quantities import Duration, Size, Span
from nms.config.secrets import Secret
from nms.config.serving import Network
from nms.documents import Confidential, Strict, mistake


class SnmpPolling(Strict):
    """Limits of the SNMP engine."""

    timeout: Span = 2.0
    """Wait for one answer before asking again."""

    retries: int = Field(default=2, ge=0, le=10)
    """How often an unanswered request is sent again."""

    max_in_flight: int = Field(default=1000, ge=1, le=100_000)
    """Requests on the way at one time, over all devices."""

    max_in_flight_per_device: int = Field(default=2, ge=1, le=32)
    """Requests on the way to one device at one time."""

    budget: Span = 30.0
    """Time that one poll of one device may take; what is missing then is reported as partial."""

    max_requests: int = Field(default=2000, ge=10)
    """Requests that one poll of one device may take."""

    trap_listen: str = ""
    """Address and port for traps and informs (`0.0.0.0:162`); empty: traps are not received."""


class IcmpPolling(Strict):
    """Reachability by ICMP echo."""

    count: int = Field(default=3, ge=1, le=20)
    """Echo requests in each poll."""

    timeout: Span = 1.5
    """Wait for the last answer."""

    privileged: Literal["auto", "yes", "no"] = "auto"
    """`auto` takes unprivileged datagram sockets where the kernel allows them, raw sockets where the process may."""


class SshPolling(Strict):
    """Limits of the SSH threads."""

    threads: int = Field(default=16, ge=1, le=256)
    """Sessions at one time."""

    connect_timeout: Span = 10.0
    """Wait for the connection and the log-in."""

    command_timeout: Span = 30.0
    """Wait for the output of one command."""

    known_hosts: Path = Path("known_hosts")
    """File of the recorded host keys, below `data_dir` when relative. A changed key is refused."""


class SyslogEvent(Strict):
    """A condition that syslog messages begin and end."""

    name: str = Field(min_length=1, max_length=60)
    """Its name in alerts."""

    begins: str = Field(min_length=1)
    """Regular expression of the message that it begins with; a group `(?P<part>...)` names the component."""

    ends: str = ""
    """Regular expression of the message that ends it; none: it ends after `lasts`."""

    severity: Literal["info", "warning", "critical"] = "warning"
    """How much it matters."""

    lasts: Span = 3600.0
    """Time after which it is over when it was neither ended nor repeated."""


class SyslogPolling(Strict):
    """Messages that equipment sends by itself."""

    listen: str = Field(default="", pattern=r"^$|^.+:\d{1,5}$")
    """Address and port, UDP and TCP (`0.0.0.0:514`); empty: syslog is not received."""

    per_second: float = Field(default=50.0, gt=0)
    """Messages of one sender in the long run; what is beyond is dropped and counted."""

    burst: int = Field(default=500, ge=1)
    """Messages of one sender at once."""

    per_second_of_all: float = Field(default=1000.0, gt=0)
    """Messages of all senders together in the long run, and five times as many at once."""

    events: tuple[SyslogEvent, ...] = ()
    """Events that matter here, looked at before the known ones."""

    known_events: bool = True
    """Whether those of `collectors/messages/` are looked at too."""


VISIT_MARGIN = 5.0
"""Seconds more than the budget, in which SNMP says by itself what it could not read."""


class Polling(Strict):
    """The schedule of polls and the limits of each transport."""

    interval: Span = 60.0
    """Time between two polls of a device, unless the inventory says otherwise."""

    startup_spread: Duration = 0.0
    """Time over which the first polls are spread; 0: as much as the number of devices needs."""

    snmp: SnmpPolling = SnmpPolling()
    """SNMP v1, v2c and v3."""

    icmp: IcmpPolling = IcmpPolling()
    """ICMP echo."""

    ssh: SshPolling = SshPolling()
    """SSH through netmiko and NAPALM."""

    syslog: SyslogPolling = SyslogPolling()
    """Syslog (RFC 3164, RFC 5424)."""

    application_timeout: Span = 10.0
    """Time that one application check may take (HTTP, TLS, DNS, TCP, SIP ...)."""

    redirect_networks: tuple[Network, ...] = ()
    """Inner networks to which a redirect, or the document of a log-in provider, may lead; the hosts that the settings
    and the inventory name may always be asked."""

    uplink_targets: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")], ...] = ()
    """Independent devices (their ids) or addresses, two or more; when fewer than `uplink_quorum` of them answer, the
    monitor's own uplink is down and states become unknown. None: the devices at the top of the topology."""

    uplink_quorum: int = Field(default=1, ge=1)
    """How many of the uplink targets must answer."""

    @property
    def visit_seconds(self) -> float:
        """The most that one visit of a device may last, whatever its transports do."""
        return self.snmp.budget + VISIT_MARGIN

    @model_validator(mode="after")
    def _enough_targets(self) -> Polling:
        targets = len(set(self.uplink_targets))
        if targets == 1:
            hint = "name two or more, on different paths: one that restarts would hide every outage"
            raise mistake("one uplink target alone proves nothing", hint)
        if self.uplink_quorum > max(targets, 1):
            hint = "name more uplink_targets, or ask for fewer"
            raise mistake("“uplink_quorum” asks for more answers than there are targets", hint)
        return self


class Influx(Confidential):
    """A server that takes InfluxDB 2 line protocol: InfluxDB 2 or VictoriaMetrics."""

    url: str = Field(default="http://127.0.0.1:8086", pattern=r"^https?://")
    """Its address."""

    org: str = "nms"
    """Organisation (InfluxDB)."""

    bucket: str = "nms"
    """Bucket, or database."""

    token: Secret | None = None
    """Reference to a token with read and write access."""

    buffer: Size = 1_000_000_000
    """Disk space for what the server could not take while it was away."""


class Retention(Strict):
    """How long samples are kept at each step."""

    raw: Span = 35 * 86_400.0
    """As polled."""

    five_minutes: Span = 400 * 86_400.0
    """Averages, minima and maxima of 5 minutes."""

    hours: Span = 5 * 31_536_000.0
    """The same of one hour."""

    @model_validator(mode="after")
    def _coarser_is_longer(self) -> Retention:
        if not self.raw <= self.five_minutes <= self.hours:
            raise mistake(
                "coarser samples must be kept at least as long as finer ones",
                "raw must not be longer than five_minutes, nor that longer than hours",
            )
        return self


class Store(Strict):
    """Where samples (the time series) are kept."""

    kind: Literal["embedded", "influx"] = "embedded"
    """`embedded`: one file below `data_dir`. `influx`: an InfluxDB 2 or VictoriaMetrics server."""

    retention: Retention = Retention()
    """How long."""

    size_budget: Size = 20_000_000_000
    """Disk space that the embedded store may take; it warns before and drops the oldest finest samples at it."""

    influx: Influx = Influx()
    """The server, with kind `influx`."""


class Records(Confidential):
    """Where states, alerts, tickets and audit are kept."""

    url: Secret | None = None
    """Reference to an SQLAlchemy URL (`postgresql+psycopg://user:password@host/nms`); none: SQLite below `data_dir`."""
