"""Syslog messages that matter, as verdicts: what began, what ended, and what is over when nobody repeats it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from nms.collect.expressions import ExpressionError, check_regex
from nms.config import SyslogEvent
from nms.model import Alert, Component, Device, DeviceId, Message, Severity, Verdict
from nms.text import clean
from nms.transports.syslog import SyslogMessage, plain_address

RULE = "syslog"
_MOST_OPEN = 20
"""Open events of one kind at one device; a sender that makes up names cannot open more."""
_JUDGED_TEXT = 500


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """A condition that messages begin and end. The named group `part` (`part2` ... in
    other branches) tells which component it is about.

    `lasts`: seconds after which a condition that no message ends is over.
    """

    name: str
    begins: re.Pattern[str]
    ends: re.Pattern[str] | None
    severity: Severity
    lasts: float


FLOOD = KnownEvent("too many messages", re.compile(r"(?!)"), None, Severity.WARNING, 600.0)
"""No message begins it: the receiver tells when it drops what a device sends."""


def compiled(events: Iterable[SyslogEvent]) -> tuple[tuple[KnownEvent, ...], tuple[str, ...]]:
    """The events of the configuration, and a sentence for each whose pattern cannot be used."""
    made, problems = [], []
    for event in events:
        try:
            ends = check_regex(event.ends) if event.ends else None
            severity = Severity[event.severity.upper()]
            made.append(KnownEvent(event.name, check_regex(event.begins), ends, severity, event.lasts))
        except ExpressionError as error:
            problems.append(f"syslog event “{event.name}”: {error}")
    return tuple(made), tuple(problems)


@dataclass(slots=True)
class SyslogEvents:
    """Turns messages into verdicts. `tell` gets each verdict; of senders that are no devices nothing is said.

    A message is matched in the order of `known`; the first that fits decides.
    """

    devices: Mapping[str, Device]
    known: tuple[KnownEvent, ...]
    tell: Callable[[Verdict], None]
    heard: Callable[[Device, str], None] = lambda _device, _text: None
    _open: dict[str, tuple[float, DeviceId, Component, KnownEvent]] = field(default_factory=dict)

    def knows(self, sender: str) -> bool:
        return sender in self.devices

    def resume(self, alerts: Iterable[Alert]) -> list[str]:
        """Goes on from the alerts that were open before a start; gives the keys of those that it will end."""
        for alert in alerts:
            for event in (*self.known, FLOOD) if alert.rule == RULE else ():
                if alert.key == _key(alert.device, alert.component, event):
                    self._open[alert.key] = (alert.updated_at + event.lasts, alert.device, alert.component, event)
        return list(self._open)

    def flooding(self, sender: str, at: float) -> None:
        """A device sends more than is looked at."""
        device = self.devices.get(sender)
        if device is None:
            return
        component = Component("event", "", FLOOD.name)
        key = _key(device.id, component, FLOOD)
        is_new = key not in self._open
        self._open[key] = (at + FLOOD.lasts, device.id, component, FLOOD)
        if is_new:
            summary = Message("{device} sends more syslog messages than are read", {"device": device.name})
            advice = Message("What is beyond polling.syslog.per_second is dropped; alerts may be missing")
            told = Verdict(key, RULE, device.id, at, FLOOD.severity, summary, component, evidence=(advice,))
            self.tell(told)

    def take(self, message: SyslogMessage) -> None:
        device = self.devices.get(message.sender)
        if device is None:
            return
        text = message.text[:_JUDGED_TEXT]
        self.heard(device, text)
        for event in self.known:
            ended = event.ends.search(text) if event.ends else None
            begun = None if ended else event.begins.search(text)
            match = ended or begun
            if match:
                self._judge(device, event, _part(event, match), message, begun=begun is not None)
                return

    def expire(self, now: float) -> None:
        """Ends what has lasted its time; call it every minute or so."""
        for key, (ends_at, device, component, event) in list(self._open.items()):
            if now >= ends_at:
                del self._open[key]
                summary = Message("{event}: not reported again", {"event": event.name})
                self.tell(Verdict(key, RULE, device, now, None, summary, component))

    def _judge(
        self, device: Device, event: KnownEvent, component: Component, message: SyslogMessage, *, begun: bool
    ) -> None:
        key = _key(device.id, component, event)
        if begun:
            mine = sum(one[1] == device.id and one[3] is event for one in self._open.values())
            if key not in self._open and mine >= _MOST_OPEN:
                return
            self._open[key] = (message.at + event.lasts, device.id, component, event)
        elif self._open.pop(key, None) is None:
            return
        params = {"device": device.name, "text": clean(message.text, limit=300)}
        self.tell(
            Verdict(
                key,
                RULE,
                device.id,
                message.at,
                event.severity if begun else None,
                Message("{device} reports: {text}", params),
                component,
                evidence=(Message("Syslog from {sender}: {text}", {"sender": message.sender, **params}),),
            )
        )


def _key(device: DeviceId, component: Component, event: KnownEvent) -> str:
    return f"syslog/{device}/{component.key or '-'}/{event.name}"


def _part(event: KnownEvent, match: re.Match[str]) -> Component:
    named = match.groupdict()
    part = next((named[name] for name in sorted(named) if name.startswith("part") and named[name]), "")
    return Component("event", clean(part, limit=80), clean(part or event.name, limit=80))


def by_address(devices: Iterable[Device]) -> dict[str, Device]:
    """Devices by the addresses that their messages come from."""
    found: dict[str, Device] = {}
    for device in devices:
        for address in (device.address, *(endpoint.address for endpoint in device.endpoints)):
            found.setdefault(plain_address(address), device)
    return found
