"""Calls that ended and how they sounded, as a manager's events tell: Cdr, RTCPSent, RTCPReceived (Asterisk 12 to 22),
or the records of an exchange (`records`).

Numbers only: who called whom is not kept. Everything is bounded in number and in age.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from nms.collect.parts import part
from nms.collect.telephony.quality import CLOCK_HERTZ, Heard, together
from nms.messages import called
from nms.model import Component, Number
from nms.transports.ami import Packet

WINDOW_SECONDS = 3600.0
QUALITY_SECONDS = 300.0
MOST = 20_000
TELEPHONES = "telephones"
_CHANNEL = re.compile(r"[A-Za-z0-9]+/(.+)-[0-9a-f]{8}(?:;\d)?")
_MOST_JITTER = 8000
"""A second: more is a report of a clock that was set."""


@dataclass(frozen=True, slots=True)
class Ended:
    at: float
    group: str
    answered: bool
    seconds: float


@dataclass(slots=True)
class CallBook:
    """`trunks`: endpoints that are trunks; a call belongs to each trunk that it uses, else to telephones."""

    trunks: Collection[str] = ()
    quality_seconds: float = QUALITY_SECONDS
    _ended: deque[Ended] = field(default_factory=lambda: deque(maxlen=MOST))
    _heard: deque[tuple[float, str, Heard]] = field(default_factory=lambda: deque(maxlen=MOST))

    def take(self, event: Packet, at: float) -> None:
        kind = event.get("event", "").lower()
        if kind == "cdr":
            self._end(event, at)
        elif kind in ("rtcpsent", "rtcpreceived"):
            self._hear(event, at)

    def add(self, ended: Iterable[Ended], heard: Iterable[tuple[float, str, Heard]]) -> None:
        """Calls, and reports with their instant and group, each the oldest first."""
        self._ended.extend(ended)
        self._heard.extend(heard)

    def rows(self, at: float) -> dict[Component, Mapping[str, Number]]:
        """Calls of the last hour and quality of the last five minutes, by trunk."""
        self._forget(at)
        rows: dict[Component, Mapping[str, Number]] = {}
        for group in dict.fromkeys(one.group for one in self._ended):
            ended = [one for one in self._ended if one.group == group]
            answered = [one.seconds for one in ended if one.answered]
            values: dict[str, Number] = {"count": len(ended), "percentage_ratio": len(answered) / len(ended)}
            if answered:
                values["call_duration_seconds"] = sum(answered) / len(answered)
            rows[last_hour(group)] = values
        for group in dict.fromkeys(group for _, group, _ in self._heard):
            reports = [heard for _, name, heard in self._heard if name == group]
            rows[part("voice", called("Voice {name}", name=group), group)] = together(reports)
        return rows

    def _end(self, event: Packet, at: float) -> None:
        answered, spoken = event.get("disposition", "").upper() == "ANSWERED", event.get("billableseconds", "")
        names = [self._group(event.get(key, "")) for key in ("channel", "destinationchannel")]
        groups = {name for name in names if name in self.trunks} or {TELEPHONES}
        for group in sorted(groups):
            self._ended.append(Ended(at, group, answered, float(spoken) if spoken.isdecimal() else 0.0))

    def _hear(self, event: Packet, at: float) -> None:
        name = self._group(event.get("channel", ""))
        lost, jitter = _whole(event.get("report0fractionlost")), _whole(event.get("report0iajitter"))
        if lost is None or jitter is None or lost > 255 or jitter > _MOST_JITTER:
            return
        group = name if name in self.trunks else TELEPHONES
        trip = _seconds(event.get("rtt"))
        self._heard.append((at, group, Heard(lost / 256, jitter / CLOCK_HERTZ, trip)))

    def _forget(self, at: float) -> None:
        while self._ended and at - self._ended[0].at > WINDOW_SECONDS:
            self._ended.popleft()
        while self._heard and at - self._heard[0][0] > self.quality_seconds:
            self._heard.popleft()

    @staticmethod
    def _group(channel: str) -> str:
        found = _CHANNEL.fullmatch(channel)
        return found[1] if found else ""


def last_hour(group: str) -> Component:
    return part("calls", called("Calls {name}, last hour", name=group), group)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 12 else None


def _seconds(text: str | None) -> float | None:
    """A round trip; 0 is what is told where there is none yet, and one of ten seconds is none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < 10 else None
