"""What keeps alerts quiet for a time: silences and planned maintenance, and which of them lie over an alert now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from nms.alerts.changes import Matchers, PlannedWindow
from nms.alerts.held import MAINTENANCE, SILENCE, Held
from nms.alerts.matchers import labels_of, matches, of_scope
from nms.calendars import OFFICE_ZONE, Expands, IntervalSet, OneOff, Recurring, wall_time
from nms.config.policies import MaintenanceWindow
from nms.model import Device, DeviceId, Message
from nms.refusals import Unfit

_LOOKED_BACK = 32 * 86_400.0
_LOOKED_AHEAD = 86_400.0


@dataclass(frozen=True, slots=True)
class Silence:
    """Somebody asked for quiet about some alerts, with a reason and an end."""

    id: int
    matchers: Matchers
    author: str
    reason: str
    starts_at: float
    ends_at: float
    created_at: float
    ended_by: str = ""

    def is_active(self, now: float) -> bool:
        return self.starts_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Work planned through the monitor: one window, or each occurrence of a recurrence rule (RFC 5545)."""

    id: int
    title: str
    matchers: Matchers
    author: str
    reason: str
    starts_at: float
    duration: float
    created_at: float
    rule: str = ""
    cancelled_at: float | None = None
    cancelled_by: str = ""

    def planned(self, zone: ZoneInfo = OFFICE_ZONE) -> PlannedWindow:
        window = self._window(zone)
        return PlannedWindow(str(self.id), self.title, self.matchers, window, self.rule, self.reason, by_hand=True)

    def _window(self, zone: ZoneInfo) -> Expands:
        if self.rule:
            return Recurring(self.rule, _whole_seconds(wall_time(self.starts_at, zone)), self.duration, zone)
        return OneOff(self.starts_at, self.starts_at + self.duration)


def _whole_seconds(wall: datetime) -> datetime:
    return wall.replace(microsecond=0)


def configured_windows(windows: Iterable[MaintenanceWindow], zone: ZoneInfo = OFFICE_ZONE) -> list[PlannedWindow]:
    """The maintenance of `config.yaml`, for `AlertContext`."""
    found = []
    for one in windows:
        recurs: Expands
        if one.rule and one.duration is not None:
            recurs = Recurring(one.rule, one.start, one.duration, zone)
        elif one.end is not None:
            recurs = OneOff.local(one.start, one.end, zone)
        else:
            raise Unfit("the maintenance window “{name}” has neither an end nor a rule", name=one.name)
        found.append(PlannedWindow(one.name, one.name, of_scope(one.scope), recurs, one.rule, one.reason))
    return found


@dataclass(frozen=True, slots=True)
class _Expanded:
    """The open times of one window, good for any instant of [`start`, `end`)."""

    window: Expands
    start: float
    end: float
    times: IntervalSet


class WindowClock:
    """Which planned windows are open now; their calendars are expanded once a day, not at each question."""

    def __init__(self) -> None:
        self._expanded: dict[str, _Expanded] = {}

    def open_windows(self, windows: Sequence[PlannedWindow], now: float) -> list[PlannedWindow]:
        return [window for window in windows if self._times(window, now).contains(now)]

    def _times(self, planned: PlannedWindow, now: float) -> IntervalSet:
        kept = self._expanded.get(planned.id)
        if kept is None or kept.window is not planned.window or not kept.start <= now < kept.end:
            end = now + _LOOKED_AHEAD
            times = planned.window.intervals(now - _LOOKED_BACK, end)
            kept = self._expanded[planned.id] = _Expanded(planned.window, now - _LOOKED_AHEAD, end, times)
        return kept.times


@dataclass(frozen=True, slots=True)
class Blankets:
    """Everything that keeps alerts quiet at one instant."""

    windows: Sequence[PlannedWindow] = ()
    silences: Sequence[Silence] = ()
    devices: Mapping[DeviceId, Device] | None = None

    def over(self, held: Held) -> str:
        """What lies over an alert, as `suppressed_by` says it; empty for nothing."""
        if not self.windows and not self.silences:
            return ""
        labels = labels_of(held, (self.devices or {}).get(held.device))
        for window in self.windows:
            if matches(window.matchers, labels):
                return MAINTENANCE + window.id
        for silence in self.silences:
            if matches(silence.matchers, labels):
                return f"{SILENCE}{silence.id}"
        return ""

    def told(self, suppressed_by: str) -> Message:
        """Why an alert is quiet, for people."""
        if suppressed_by.startswith(MAINTENANCE):
            title = suppressed_by.removeprefix(MAINTENANCE)
            for window in self.windows:
                title = window.title if window.id == title else title
            return Message("planned maintenance: {title}", {"title": title})
        if suppressed_by.startswith(SILENCE):
            for silence in self.silences:
                if f"{SILENCE}{silence.id}" == suppressed_by:
                    return Message(
                        "silenced by {person}: {reason}", {"person": silence.author, "reason": silence.reason}
                    )
        return Message("explained by {key}", {"key": suppressed_by.partition(":")[2]})
