"""How strictly to judge: plain values that `config.yaml` is turned into, with the defaults that suit a city hall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Protocol
from zoneinfo import ZoneInfo

from nms.calendars import OFFICE_ZONE
from nms.model import Component, Device, DeviceId, Severity

MONITOR = DeviceId("monitor")
"""The monitor itself, as the device of verdicts about its own uplink and polling."""


@dataclass(frozen=True, slots=True)
class FlapPolicy:
    """When a thing that goes up and down is said to flap.

    The score becomes twice itself and one at each fall, and halves every `half_life` seconds, up to a ceiling;
    it flaps from `threshold` on (the sixth fall in short order) until it has decayed to `calm`.
    """

    threshold: float = 35.0
    calm: float = 8.0
    ceiling: float = 256.0
    half_life: float = 900.0


@dataclass(frozen=True, slots=True)
class ReachabilityPolicy:
    """When a silent device is down.

    `confirmations`: polls in a row without an answer before it is said; `recovery`: with one before it is over.
    `stale_intervals`: a device not polled for
    so many intervals is unknown. `uplink_targets`: independent devices of which `uplink_quorum` must answer, or the
    monitor's own uplink is dead; empty: the devices that need no other to be reached, where there are two or more.
    `neighbour_hold`: seconds after which a neighbour's view is fresh evidence (LLDP holds 120 s, CDP 180 s).
    `loss_warning`: share of echoes lost over the last `loss_polls` answered polls at which a device is degraded, until
    it is below half of that.
    """

    confirmations: int = 2
    recovery: int = 1
    stale_intervals: float = 3.0
    wait_polls: int = 3
    uplink_targets: tuple[DeviceId, ...] = ()
    uplink_quorum: int = 1
    neighbour_hold: float = 180.0
    loss_warning: float = 0.2
    loss_polls: int = 5
    on_battery: frozenset[str] = frozenset(
        {"battery", "onbattery", "on battery", "ob", "discharging", "battery discharging"}
    )
    no_output: frozenset[str] = frozenset({"off", "none", "output off", "sleeping", "timedsleeping"})
    flap: FlapPolicy = FlapPolicy()


class WatchInterfaces(StrEnum):
    """Which interfaces may raise an alert when they go down."""

    LINKED = "linked"
    """Those that a Link of the inventory names."""
    NEIGHBOURS = "neighbours"
    """Those too behind which LLDP or CDP saw a device of the inventory."""
    SEEN_UP = "seen-up"
    """Every one that was ever seen up: for devices without users' ports."""


@dataclass(frozen=True, slots=True)
class LinkPolicy:
    """When a link is down. `confirmations`: polls in a row that must agree; `by_device` overrides `watch`."""

    watch: WatchInterfaces = WatchInterfaces.LINKED
    by_device: Mapping[DeviceId, WatchInterfaces] = field(default_factory=dict)
    confirmations: int = 1
    flap: FlapPolicy = FlapPolicy()


@dataclass(frozen=True, slots=True)
class Reach:
    """Which devices a threshold is about. Each list narrows, an empty one does not; names may hold `*`.

    `own`: a limit that a device or its family states itself: nearer than "all", farther than a role.
    """

    devices: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    own: bool = False

    @property
    def nearness(self) -> int:
        """Device, family, department or site, role, all: from the nearest to the farthest."""
        if self.devices:
            return 5
        if self.families:
            return 4
        if self.departments or self.sites:
            return 3
        return 2 if self.roles else int(self.own)

    def covers(self, device: Device, families: tuple[str, ...]) -> bool:
        return (
            _any_of(self.devices, (device.id,))
            and _any_of(self.families, families)
            and _any_of(self.departments, (device.department,))
            and _any_of(self.sites, (device.site,))
            and _any_of(self.roles, (device.role.value,))
        )


EVERYWHERE = Reach()


def _any_of(wanted: tuple[str, ...], given: tuple[str, ...]) -> bool:
    return not wanted or any(fnmatchcase(name, glob) for name in given for glob in wanted)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit on one metric. Neither `above` nor `below`, or not `enabled`: silences a farther one.

    A value beyond the limit for `for_seconds` raises it; once raised it holds until the value is back at `clear`
    (hysteresis; the limit itself if None). `component` is a glob on the key, the label or `kind:key`.
    `name` tells several limits of one metric apart. `change_over`: judge not the value but its change over so many
    seconds. `absent_for`: also speak when the metric has been missing so long while its device answers.
    """

    metric: str
    severity: Severity = Severity.WARNING
    above: float | None = None
    below: float | None = None
    clear: float | None = None
    for_seconds: float = 0.0
    component: str = "*"
    name: str = ""
    enabled: bool = True
    reach: Reach = EVERYWHERE
    change_over: float | None = None
    absent_for: float | None = None

    def __post_init__(self) -> None:
        if self.above is not None and self.below is not None:
            raise ValueError(f"a threshold on {self.metric} is above or below, not both: write two")
        if self.clear is not None and self.limit is not None and (self.clear - self.limit) * self.sign > 0:
            raise ValueError(f"a threshold on {self.metric} clears at {self.clear:g}, beyond its limit {self.limit:g}")
        if self.for_seconds < 0 or (self.change_over is not None and self.change_over <= 0):
            raise ValueError(f"a threshold on {self.metric} has a negative duration")

    @property
    def sign(self) -> int:
        """1 for above, -1 for below."""
        return -1 if self.below is not None else 1

    @property
    def limit(self) -> float | None:
        if not self.enabled:
            return None
        return self.above if self.above is not None else self.below

    @property
    def word(self) -> str:
        """The last part of its key."""
        return self.name or self.metric

    def applies(self, component: Component) -> bool:
        if self.component == "*":
            return True
        names = (component.key, component.label, f"{component.kind}:{component.key}")
        return any(fnmatchcase(name, self.component) for name in names)


Thresholds = tuple[Threshold, ...]


class Limit(Protocol):
    """A default limit of one component, as the collector reads it; a level is `warning_above` or the like."""

    @property
    def component(self) -> Component: ...
    @property
    def metric(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def value(self) -> float: ...


def own_limit(limit: Limit) -> Threshold:
    """The threshold that a device's or family's own limit stands for."""
    word, _, side = limit.level.partition("_")
    above, below = (limit.value, None) if side == "above" else (None, limit.value)
    return Threshold(limit.metric, Severity[word.upper()], above, below, reach=Reach(own=True))


DEFAULT_THRESHOLDS: Thresholds = (
    Threshold("storage_used_ratio", Severity.WARNING, above=0.85, clear=0.83, for_seconds=300),
    Threshold("storage_used_ratio", Severity.CRITICAL, above=0.95, clear=0.93, for_seconds=300),
    Threshold("memory_used_ratio", Severity.WARNING, above=0.95, clear=0.90, for_seconds=900),
    Threshold("processor_used_ratio", Severity.WARNING, above=0.95, clear=0.85, for_seconds=900),
    Threshold("supply_level_ratio", Severity.WARNING, below=0.10, clear=0.12),
    Threshold("supply_level_ratio", Severity.CRITICAL, below=0.02, clear=0.04),
    Threshold("charge_ratio", Severity.WARNING, below=0.50, clear=0.60),
    Threshold("charge_ratio", Severity.CRITICAL, below=0.20, clear=0.30),
    Threshold("load_ratio", Severity.WARNING, above=0.80, clear=0.75, for_seconds=300),
    Threshold("load_ratio", Severity.CRITICAL, above=0.95, clear=0.90, for_seconds=300),
    Threshold("mean_opinion_score", Severity.WARNING, below=3.6, clear=3.8, for_seconds=300),
    Threshold("mean_opinion_score", Severity.CRITICAL, below=3.1, clear=3.3, for_seconds=300),
    Threshold("interface_in_utilization_ratio", Severity.WARNING, above=0.90, clear=0.80, for_seconds=600),
    Threshold("interface_out_utilization_ratio", Severity.WARNING, above=0.90, clear=0.80, for_seconds=600),
    Threshold("interface_in_error_ratio", Severity.WARNING, above=0.01, clear=0.001, for_seconds=300),
    Threshold("interface_out_error_ratio", Severity.WARNING, above=0.01, clear=0.001, for_seconds=300),
    Threshold("interface_in_discard_ratio", Severity.WARNING, above=0.02, clear=0.005, for_seconds=300),
    Threshold("interface_out_discard_ratio", Severity.WARNING, above=0.02, clear=0.005, for_seconds=300),
)
"""What is watched where nothing else is said. Temperatures are not among them: what is hot depends on the family."""


@dataclass(frozen=True, slots=True)
class Policies:
    """All that the judge has to be told besides the inventory.

    `monitor_at`: the devices that the monitor is attached to. `forget_seconds`: how long a part must be missing from
    a device that answers before its alert ends. `orphan_seconds`: how long after a start alerts that no rule claims
    are kept. `longest_pause`: the most seconds that may be counted between two calls. `start_grace`: seconds more that
    a device may wait for its first poll. `visit_seconds`: the most that one visit of a device lasts.
    """

    reachability: ReachabilityPolicy = ReachabilityPolicy()
    links: LinkPolicy = LinkPolicy()
    thresholds: Thresholds = DEFAULT_THRESHOLDS
    monitor_at: tuple[DeviceId, ...] = ()
    zone: ZoneInfo = OFFICE_ZONE
    forget_seconds: float = 86_400.0
    orphan_seconds: float = 3_600.0
    longest_pause: float = 90.0
    start_grace: float = 60.0
    visit_seconds: float = 35.0
