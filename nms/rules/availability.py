"""Availability of one subject over a window, with the seconds behind every figure; definitions in DEFINITIONS.

Everything is an intersection of intervals with S, the service hours minus agreed maintenance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nms.calendars import EMPTY, Interval, IntervalSet
from nms.model import Message
from nms.rules.timelines import Timeline

DEFINITIONS: Mapping[str, Message] = MappingProxyType(
    {
        "service": Message(
            "Service time: the promised hours of the period, less the maintenance that was agreed. Everything below is "
            "counted within it."
        ),
        "known": Message(
            "Known availability: the time in service over the time in service and out of service together; time that "
            "the monitor could not see counts as neither."
        ),
        "worst": Message("Worst case: the availability if all the time that could not be seen was out of service."),
        "best": Message("Best case: the availability if all the time that could not be seen was in service."),
        "coverage": Message("Coverage: the share of the service time that the monitor could see."),
        "degraded": Message("Degraded time counts as in service, since the service was given."),
        "outage": Message(
            "Outage: a time known to be out of service, from its beginning until service was seen again; those outside "
            "the service time are not listed."
        ),
        "mttr": Message(
            "MTTR, mean time to restore: how long the outages that began and ended in the period lasted on average, "
            "within the service time."
        ),
        "mtbf": Message(
            "MTBF, mean time between failures: the time in service of the period over the outages that began in it."
        ),
        "mtta": Message(
            "MTTA, mean time to acknowledge: from the opening of an alert to its first acknowledgement, by the "
            "clock on the wall, over the alerts that were acknowledged."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Outage:
    """Time known down without being seen up in between, as far as it lies in the window.

    `since` is when it really began. `down_seconds` are those within S. `open`: not over when the window (or the
    history) ends, so its end is only where it was clipped.
    """

    start: float
    end: float
    since: float
    down_seconds: float
    open: bool

    @property
    def began_before(self) -> bool:
        return self.since < self.start


@dataclass(frozen=True, slots=True)
class Availability:
    """How a subject served its promised hours. Seconds; `degraded_seconds` are part of `up_seconds`.

    A share is None where nothing lies behind it (no promised time, or none of it seen).
    """

    window: Interval
    service_seconds: float
    agreed_seconds: float
    up_seconds: float
    degraded_seconds: float
    down_seconds: float
    unknown_seconds: float
    outages: tuple[Outage, ...]

    @property
    def known(self) -> float | None:
        return _share(self.up_seconds, self.up_seconds + self.down_seconds)

    @property
    def worst(self) -> float | None:
        return _share(self.up_seconds, self.service_seconds)

    @property
    def best(self) -> float | None:
        return _share(self.up_seconds + self.unknown_seconds, self.service_seconds)

    @property
    def coverage(self) -> float | None:
        return _share(self.service_seconds - self.unknown_seconds, self.service_seconds)

    @property
    def failures(self) -> int:
        """Outages that began in the window."""
        return sum(not outage.began_before for outage in self.outages)

    @property
    def restored(self) -> int:
        """Those of them that also ended in it."""
        return len(self._restored)

    @property
    def mttr(self) -> float | None:
        return _share(sum(one.down_seconds for one in self._restored), self.restored)

    @property
    def _restored(self) -> list[Outage]:
        return [one for one in self.outages if not one.began_before and not one.open]

    @property
    def mtbf(self) -> float | None:
        return _share(self.up_seconds, self.failures)


def availability(
    timeline: Timeline, window: Interval, service: IntervalSet, agreed: IntervalSet = EMPTY
) -> Availability:
    """What `timeline` gave of the promised hours `service` in `window`.

    `agreed` is maintenance agreed beforehand; time that the history itself calls maintenance counts as agreed too.
    The window is given as promised: time of it that has not come yet is unknown, so clip it to the present first.
    """
    promised = service.clip(*window)
    excused = promised & (agreed | timeline.maintenance)
    due = promised - excused
    serving, down = timeline.serving, timeline.down.clip(*window)
    return Availability(
        window=window,
        service_seconds=due.length,
        agreed_seconds=excused.length,
        up_seconds=(due & serving).length,
        degraded_seconds=(due & timeline.degraded).length,
        down_seconds=(due & down).length,
        unknown_seconds=(due - serving - down).length,
        outages=tuple(_outages(timeline, window, due)),
    )


def _outages(timeline: Timeline, window: Interval, due: IntervalSet) -> Iterable[Outage]:
    """Stretches down, joined across what was not seen up; the history before the window tells when one began."""
    last = min(window.end, timeline.known_until)
    for whole in _down_without_up(timeline):
        start, end = max(whole.start, window.start), min(whole.end, window.end)
        down = timeline.down.clip(start, end) & due
        if start < end and down:
            yield Outage(start, end, whole.start, down.length, open=end >= last)


def _down_without_up(timeline: Timeline) -> list[Interval]:
    serving, joined = timeline.serving, list[Interval]()
    for stretch in timeline.down:
        if joined and not serving.clip(joined[-1].end, stretch.start):
            joined[-1] = Interval(joined[-1].start, stretch.end)
        else:
            joined.append(stretch)
    return joined


def mean_time_to_acknowledge(alerts: Iterable[tuple[float, float | None]]) -> float | None:
    """MTTA over (opened, first acknowledged) instants; alerts that nobody acknowledged are left out."""
    waits = [max(0.0, acknowledged - opened) for opened, acknowledged in alerts if acknowledged is not None]
    return _share(sum(waits), len(waits))


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
