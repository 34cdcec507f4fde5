"""What counts as trouble, when it is told to whom, and what service is promised."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from nms.calendars import Recurring
from nms.config.elsewhere import RemoteSystem
from nms.config.office import Hours
from nms.config.quantities import Amount, Duration, Size, Span
from nms.config.secrets import Secret
from nms.documents import Confidential, Strict, mistake, suggestion
from nms.metrics import METRICS
from nms.model import Role

SeverityWord = Literal["info", "warning", "critical"]


def _metric(name: Any) -> Any:
    if isinstance(name, str) and name not in METRICS:
        near = suggestion(name, METRICS, others=False)
        hint, params = (near.template, near.params) if near else ("docs/metrics.md lists them", {})
        raise mistake("“{key}”: there is no metric “{value}”", hint, value=name, **params)
    return name


class Reachability(Strict):
    """When a silent device is called down."""

    confirmations: int = Field(default=2, ge=1, le=10)
    """Polls in a row without an answer from any transport before a device is down."""

    recovery: int = Field(default=1, ge=1, le=10)
    """Polls in a row with an answer before it is up again."""

    confirmation_interval: Span = 15.0
    """Time between a first silent poll and those that confirm it, where the next slot comes later. What the device is
    reached through, what feeds it and the uplink targets are asked beside it."""

    loss_warning: Amount = Field(default=0.2, gt=0, le=1)
    """Share of lost echoes over the last five polls at which a device is degraded, until it is half of that."""

    flap_threshold: float = Field(default=6.0, gt=0)
    """Flap score (it doubles per flap and decays) from which changes are held as one flapping alert."""

    flap_half_life: Span = 300.0
    """Time in which the flap score halves."""


class Scope(Strict):
    """Which devices something is about. Each list narrows; an empty one does not. Names may hold `*`."""

    roles: tuple[Role, ...] = ()
    """Roles of devices."""

    departments: tuple[str, ...] = ()
    """Departments by id."""

    sites: tuple[str, ...] = ()
    """Sites by id."""

    devices: tuple[str, ...] = ()
    """Devices by id."""

    families: tuple[str, ...] = ()
    """Collector families by name."""


class Threshold(Strict):
    """A limit on one metric, with hysteresis and duration."""

    metric: Annotated[str, BeforeValidator(_metric)]
    """Name of the metric (see `docs/metrics.md`)."""

    above: Amount | None = None
    """Trouble from this value up; in the unit of the metric, a ratio also as `90%`."""

    below: Amount | None = None
    """Trouble from this value down."""

    clear: Amount | None = None
    """Value at which the trouble is over; the limit itself unless said."""

    for_: Duration = Field(default=0.0, alias="for")
    """How long the value must hold before it counts."""

    severity: SeverityWord = "warning"
    """How much it matters."""

    component: str = "*"
    """Only components whose key or label matches (`*` stands for anything): `/var*`, `GigabitEthernet*`."""

    name: str = ""
    """Name in alerts, where one metric has several limits of one severity; the metric unless said."""

    enabled: bool = True
    """`false` switches off a wider threshold of the same name and severity for this scope."""

    scope: Scope = Scope()
    """Which devices it is about; the nearest wins: device, family, department or site, role, all."""

    @model_validator(mode="after")
    def _sense(self) -> Threshold:
        if self.enabled and (self.above is None) == (self.below is None):
            raise mistake("a threshold on “{metric}” needs either “above” or “below”", metric=self.metric)
        if METRICS[self.metric].unit == "ratio" and max(self.above or 0, self.below or 0, self.clear or 0) > 1:
            hint = "write 90% or 0.9 for ninety per cent"
            raise mistake("“{metric}” is a ratio from 0 to 1", hint, metric=self.metric)
        self._check_clear()
        return self

    def _check_clear(self) -> None:
        if self.clear is None:
            return
        if self.above is not None and self.clear > self.above:
            raise mistake("“clear” must not be above the limit", "write a value at which the trouble is over")
        if self.below is not None and self.clear < self.below:
            raise mistake("“clear” must not be below the limit", "write a value at which the trouble is over")


def _baseline_metrics() -> tuple[str, ...]:
    return (
        "interface_in_octets_total",
        "interface_out_octets_total",
        "calls_active",
        "registrations",
        "clients",
        "check_duration_seconds",
        "icmp_round_trip_seconds",
    )


class Baselines(Strict):
    """What is usual at each hour of the week, learned every night from the history, and told when it is not so."""

    enabled: bool = True
    """Whether baselines are learned and judged."""

    metrics: tuple[Annotated[str, BeforeValidator(_metric)], ...] = Field(default_factory=_baseline_metrics)
    """Which metrics, the most important first; of interfaces only those of the inventory's links."""

    weeks: int = Field(default=6, ge=3, le=26)
    """Weeks of history to learn from; with less than two nothing is usual yet."""

    most_series: int = Field(default=3000, ge=1)
    """The most series that are learned: each takes some hundredths of a second of processor time every night."""

    unusual: float = Field(default=8.0, gt=1)
    """How many times its usual spread a five-minute mean must be away from the usual value."""

    severity: SeverityWord = "info"
    """How much it matters; `info` is shown, opens no ticket and calls nobody."""


class Alerts(Strict):
    """How patient alerts are, once a condition is judged."""

    pending: Duration = 0.0
    """A condition must hold this long before its alert fires (thresholds have durations of their own)."""

    recovery: Duration = 60.0
    """It must be gone this long before the alert resolves."""

    reopen: Duration = 900.0
    """An incident whose root fires again this soon after its end is the same incident."""

    orphan: Duration = 180.0
    """A symptom whose cause is gone has this long to recover before it speaks for itself."""


class Channel(Confidential):
    """One way of reaching people, as an apprise URL."""

    url: Secret
    """Reference to an apprise URL (mailto, telegram, ntfy, Teams, webhook ...; https://appriseit.com)."""

    fallback: str = ""
    """Channel to take when this one fails."""

    language: Literal["", "es", "en"] = ""
    """Language of its messages; the office's unless said."""


class Route(Strict):
    """Who hears of what. The first route that matches decides, unless it says to go on."""

    severities: tuple[SeverityWord, ...] = ()
    """Only these; none: all."""

    scope: Scope = Scope()
    """Only about these devices."""

    calendar: str = "always"
    """Only within these service hours."""

    channels: tuple[str, ...] = ()
    """Channels that carry it."""

    to: tuple[str, ...] = ()
    """People by id, or `on-call`, `manager`, `department`: reached by their own contacts."""

    go_on: bool = False
    """Whether later routes are looked at too."""


class EscalationStep(Strict):
    """Whom to tell when nobody has acknowledged for a while."""

    after: Duration
    """Time since the first message."""

    severities: tuple[SeverityWord, ...] = ("critical",)
    """Of which incidents."""

    to: tuple[str, ...] = ()
    """People by id, or `on-call`, `manager`, `department`."""

    channels: tuple[str, ...] = ()
    """Channels besides."""


class QuietHours(Strict):
    """When people are left in peace."""

    hours: Hours | None = None
    """`22:00-07:00`; none: never quiet."""

    except_severities: tuple[SeverityWord, ...] = ("critical",)
    """What is told all the same."""


class Grouping(Strict):
    """How symptoms become few messages."""

    wait: Duration = 20.0
    """Time to collect alerts of one incident before the first message."""

    most: int = Field(default=5, ge=1)
    """Messages to one person within `within`; the rest become one summary."""

    within: Span = 600.0
    """See `most`."""

    repeat: Duration = 4 * 3600.0
    """Time after which an open critical incident is told again; 0: never."""


class Notify(Strict):
    """Messages to people."""

    enabled: bool = True
    """Whether messages are sent at all."""

    channels: dict[str, Channel] = Field(default_factory=dict)
    """Ways of reaching people, by name."""

    routing: tuple[Route, ...] = ()
    """Who hears of what, in order."""

    escalation: tuple[EscalationStep, ...] = ()
    """Steps when nobody acknowledges."""

    quiet: QuietHours = QuietHours()
    """Quiet hours."""

    grouping: Grouping = Grouping()
    """How many messages."""

    rota: Path = Path("inventories/rota.yaml")
    """Who is on call when; a file that is not there means no rota."""

    retries: int = Field(default=8, ge=0)
    """How often a failed delivery is tried again, at growing intervals."""


class ServiceLevel(Strict):
    """What is promised for tickets of one priority, in time of its calendar."""

    respond: Span
    """Until somebody has taken the ticket."""

    resolve: Span
    """Until the service works again."""

    calendar: str = "office"
    """Service hours in which the time runs."""


class FolioPrefixes(Strict):
    """Beginnings of ticket numbers: `MC-2026-000123`."""

    corrective: str = Field(default="MC", pattern=r"^[A-Z]{1,6}$")
    """Of corrective tickets."""

    preventive: str = Field(default="MP", pattern=r"^[A-Z]{1,6}$")
    """Of preventive tickets."""


class LeadTimes(Strict):
    """How long before a date its preventive ticket opens."""

    warranty: Duration = 90 * 86_400.0
    """End of warranty."""

    support: Duration = 180 * 86_400.0
    """End of support, or of a support contract."""

    certificate: Duration = 30 * 86_400.0
    """Expiry of a TLS certificate."""

    forecast: Duration = 14 * 86_400.0
    """Date at which a forecast crosses its limit."""

    calendar: Duration = 7 * 86_400.0
    """Day of a calendar playbook."""

    review: Duration = 30 * 86_400.0
    """Review date of a playbook."""


def _service_levels() -> dict[int, ServiceLevel]:
    return {
        1: ServiceLevel(respond=900.0, resolve=4 * 3600.0, calendar="always"),
        2: ServiceLevel(respond=3600.0, resolve=8 * 3600.0, calendar="always"),
        3: ServiceLevel(respond=4 * 3600.0, resolve=24 * 3600.0),
        4: ServiceLevel(respond=8 * 3600.0, resolve=40 * 3600.0),
    }


SystemName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]


class Tickets(Strict):
    """Corrective and preventive tickets."""

    folio: FolioPrefixes = FolioPrefixes()
    """Beginnings of their numbers."""

    service_levels: dict[Annotated[int, Field(ge=1, le=4)], ServiceLevel] = Field(default_factory=_service_levels)
    """By priority, 1 (highest) to 4; those not written keep their defaults."""

    warn_at: Amount = 0.75
    """Share of the promised time after which a warning is given."""

    reopen_within: Duration = 24 * 3600.0
    """A ticket resolved less than this ago is opened again when its trouble returns."""

    close_after: Duration = 72 * 3600.0
    """A resolved ticket closes by itself after this."""

    lead_times: LeadTimes = LeadTimes()
    """Of preventive tickets."""

    largest_attachment: Size = 20_000_000
    """Largest photo or file of a ticket, in octets."""

    minimum_severity: SeverityWord = "warning"
    """Incidents below it open no ticket."""

    elsewhere: dict[SystemName, RemoteSystem] = Field(default_factory=dict)
    """Other ticket systems that are kept like ours, by names that never change."""

    @model_validator(mode="after")
    def _every_priority(self) -> Tickets:
        for priority, level in _service_levels().items():
            self.service_levels.setdefault(priority, level)
        return self


def _wall_time(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    try:
        wall = datetime.fromisoformat(str(value))
    except ValueError as error:
        hint = "write it as 2026-12-05 22:00, on the office clock"
        raise mistake("“{key}”: {value} is not a date and time", hint, value=str(value)) from error
    if wall.tzinfo is not None:
        raise mistake("“{key}” is on the office clock: leave the time zone out")
    return wall


WallTime = Annotated[datetime, BeforeValidator(_wall_time)]


class MaintenanceWindow(Strict):
    """Work agreed with the users beforehand: once (`start`, `end`) or again and again (`start`, `rule`, `duration`)."""

    name: str = Field(min_length=1)
    """What people call it."""

    start: WallTime
    """First start, on the office clock: `2026-12-05 22:00`."""

    end: WallTime | None = None
    """End of a single window."""

    rule: str = ""
    """Recurrence (RFC 5545): `FREQ=MONTHLY;BYDAY=1SU`."""

    duration: Span | None = None
    """Length of each recurring window."""

    scope: Scope = Scope()
    """Which devices; nothing said means all."""

    reason: str = ""
    """Why, for the status page and the audit."""

    @model_validator(mode="after")
    def _once_or_again(self) -> MaintenanceWindow:
        if self.rule:
            self._check_rule()
        elif self.end is None or self.end <= self.start:
            hint = "write its end after its start, or “rule” and “duration”"
            raise mistake("the maintenance window “{name}” has no end after its start", hint, name=self.name)
        return self

    def _check_rule(self) -> None:
        if self.duration is None or self.end is not None:
            hint = "a window that recurs has “duration” and no “end”"
            raise mistake("the maintenance window “{name}” needs a “duration”", hint, name=self.name)
        try:
            Recurring(self.rule, self.start, self.duration)
        except ValueError as error:
            hint = "write for example FREQ=MONTHLY;BYDAY=1SU"
            raise mistake("“{rule}” is not a recurrence rule", hint, rule=self.rule) from error
