"""When which configuration is fetched: each night, a while after a change was noticed, again after a failure.

Pure: instants come in, what is due goes out. A device has one visit ahead at most, the earliest that anything calls
for; only repeated notices push theirs back, so that the end of somebody's work is kept and not each step of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from nms.calendars import DAY_SECONDS, day_instant, wall_time
from nms.config.backups import ConfigurationBackup
from nms.model import DeviceId

NIGHT, NOTICED, ASKED, UNSAVED = "night", "change-noticed", "asked", "unsaved"
LONGEST_SETTLING = 5
"""Times `settle` for which notices may push a visit back."""
CATCHING_UP_SECONDS = 300.0
"""After a start, what the last night missed is fetched over this time at most, when polling has begun."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One fetch that is due. `by`: who changed it, as the notice says; `noticed_at`: the first of its notices."""

    at: float
    reason: str
    by: str = ""
    attempt: int = 1
    noticed_at: float = math.inf


@dataclass(slots=True)
class FetchSchedule:
    """The visits ahead."""

    devices: Iterable[DeviceId]
    settings: ConfigurationBackup
    zone: ZoneInfo
    ahead: dict[DeviceId, Visit] = field(default_factory=dict)
    next_night: float = math.inf

    def begin(self, now: float, succeeded: Mapping[str, float | None]) -> None:
        """At the start of the monitor: whoever has no copy of the last night or later is visited soon."""
        self.next_night = self._night(now, ahead=True)
        last = self._night(now, ahead=False)
        for device in self.devices:
            if (succeeded.get(device) or -math.inf) < last:
                self._call(device, Visit(now + share(device) * min(CATCHING_UP_SECONDS, self.settings.spread), NIGHT))

    def due(self, now: float) -> list[tuple[DeviceId, Visit]]:
        """Takes out what is to be visited now, the longest due first. A clock set back starts no second night."""
        if self.next_night - now > 2 * DAY_SECONDS:
            self.next_night = self._night(now, ahead=True)
        if now >= self.next_night:
            for device in self.devices:
                self._call(device, Visit(self.next_night + share(device) * self.settings.spread, NIGHT))
            self.next_night = self._night(now, ahead=True)
        found = sorted(((device, visit) for device, visit in self.ahead.items() if visit.at <= now), key=_by_time)
        for device, _visit in found:
            del self.ahead[device]
        return found

    def noticed(self, device: DeviceId, by: str, now: float) -> None:
        """A change is going on: a visit when it has settled."""
        known = self.ahead.get(device)
        if known is not None and known.reason != NOTICED:
            known = None
        first = min(now, known.noticed_at) if known else now
        at = min(now + self.settings.settle, first + LONGEST_SETTLING * self.settings.settle)
        self.ahead[device] = Visit(at, NOTICED, by or (known.by if known else ""), noticed_at=first)

    def asked(self, device: DeviceId, by: str, now: float) -> Visit:
        """Somebody wants it now; what was ahead (and who it was about) is done by it."""
        known = self.ahead.pop(device, None)
        return Visit(now, ASKED, known.by if known else "", noticed_at=known.noticed_at if known else math.inf)

    def failed(self, device: DeviceId, visit: Visit, now: float, *, is_refused: bool) -> None:
        """Again later, unless the log-in was refused: trying again would lock the account."""
        if not is_refused and visit.attempt < self.settings.attempts:
            self._call(device, replace(visit, at=now + self.settings.retry, attempt=visit.attempt + 1))

    def unsaved(self, device: DeviceId, since: float, now: float) -> None:
        """A change that was not saved is looked at once more when it should have been."""
        at = since + self.settings.unsaved_after
        if at > now:
            self._call(device, Visit(at, UNSAVED))

    def _call(self, device: DeviceId, visit: Visit) -> None:
        known = self.ahead.get(device)
        if known is None or visit.at < known.at:
            self.ahead[device] = replace(visit, by=visit.by or known.by) if known else visit

    def _night(self, now: float, *, ahead: bool) -> float:
        """The next start of a night's round, or the last one."""
        hour, _, minute = self.settings.at.partition(":")
        seconds = int(hour) * 3600 + int(minute) * 60
        today = wall_time(now, self.zone).date()
        starts = [day_instant(today + timedelta(days=days), seconds, self.zone) for days in (-1, 0, 1, 2)]
        return min(at for at in starts if at > now) if ahead else max(at for at in starts if at <= now)


def share(device: str) -> float:
    """Where a device stands within a round, 0 up to 1: the same each night."""
    return crc32(f"configuration/{device}".encode()) / 2**32


def _by_time(item: tuple[DeviceId, Visit]) -> float:
    return item[1].at
