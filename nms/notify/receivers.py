"""Who receives what, and by which ways they can be reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from nms.alerts.matchers import matches, of_scope
from nms.calendars import ServiceHours
from nms.config.policies import Channel, Notify, Route
from nms.config.secrets import SecretUnavailable
from nms.config.serving import Mail
from nms.model import Department, Device, DeviceId, Message, Person
from nms.notify.rota import Rota

MAIL = "mail"
"""The way by the office's own mail server, whose messages keep to their thread."""

MACHINE_SCHEMES = ("webhook://", "webhooks://")
STATE_SCHEMES = ("alertmanager://", "alertmanagers://")

ON_CALL, BACKUP, MANAGER, DEPARTMENT = "on-call", "on-call-backup", "manager", "department"


@dataclass(frozen=True, slots=True)
class Way:
    """One way of reaching a receiver: a channel, and the receiver's address on it where it is a personal one."""

    channel: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A person by id, or a shared channel as `#name`. `ways` are tried in order."""

    id: str
    ways: tuple[Way, ...]
    language: str
    is_machine: bool = False


class People(Protocol):
    """What notifications need of the inventory: `nms.model.Inventory` has it."""

    @property
    def people(self) -> Mapping[str, Person]: ...
    @property
    def departments(self) -> Mapping[str, Department]: ...
    @property
    def devices(self) -> Mapping[DeviceId, Device]: ...


@dataclass
class Directory:
    """The people, channels and rules of one office. `rota` is replaced when its files change."""

    notify: Notify
    mail: Mail
    people: People
    rota: Rota = field(default_factory=Rota)
    calendars: Mapping[str, ServiceHours] = field(default_factory=dict)
    language: str = "es"

    def routes(self) -> Sequence[Route]:
        """The configured routes; without any, warnings and worse go to every channel and to whoever is on call."""
        if self.notify.routing:
            return self.notify.routing
        shared = tuple(name for name in self.notify.channels if not self._carries_state(name))
        return (Route(severities=("warning", "critical"), channels=shared, to=(ON_CALL,)),)

    def routed(
        self, severity: str, labels: Mapping[str, Iterable[str]], department: str, at: float
    ) -> tuple[list[str], Message]:
        """Receivers by the routes, each once, and what decided."""
        found: dict[str, None] = {}
        decided = Message("no route is about this")
        for number, route in enumerate(self.routes(), 1):
            if not self._is_about(route, severity, labels, at):
                continue
            named = [*self.named(route.to, department, at), *(f"#{name}" for name in route.channels)]
            found |= dict.fromkeys(named)
            decided = Message("route {number}: {receivers}", {"number": number, "receivers": ", ".join(named) or "–"})
            if not route.go_on:
                break
        return [one for one in found if self.receiver(one) is not None], decided

    def named(self, names: Iterable[str], department: str, at: float) -> list[str]:
        """People by id, or by what they are at an instant: `on-call`, `on-call-backup`, `manager`, `department`."""
        found: dict[str, None] = {}
        for name in names:
            if name in (ON_CALL, BACKUP):
                found |= dict.fromkeys(self._on_call(department, at, backup=name == BACKUP))
            elif name == MANAGER:
                found |= dict.fromkeys(self._with_role("manager", department))
            elif name == DEPARTMENT:
                found |= dict.fromkeys(
                    person.id for person in self.people.people.values() if department in person.departments
                )
            else:
                found[name] = None
        return list(found)

    def receiver(self, name: str) -> Receiver | None:
        """A receiver with its ways; None when there is none of that name, or no way of reaching it."""
        if name.startswith("#"):
            return self._shared(name.removeprefix("#"))
        person = self.people.people.get(name)
        ways = self._ways(person) if person else ()
        return Receiver(name, ways, self._language(ways)) if ways else None

    def reachable(self) -> dict[str, bool]:
        """Everybody, and whether a message can reach them: for the checks of the rota."""
        return {person.id: bool(self._ways(person)) for person in self.people.people.values()}

    def machine_channels(self) -> list[str]:
        """The channels that take the present state of all alerts (Alertmanager) instead of messages."""
        return [name for name in self.notify.channels if self._carries_state(name)]

    def _is_about(self, route: Route, severity: str, labels: Mapping[str, Iterable[str]], at: float) -> bool:
        if route.severities and severity not in route.severities:
            return False
        hours = self.calendars.get(route.calendar)
        return matches(of_scope(route.scope), labels) and (hours is None or hours.contains(at))

    def _on_call(self, department: str, at: float, *, backup: bool) -> list[str]:
        """By the rota; where it leaves nobody, its fallback; without a rota, everybody who may be on call."""
        on = [duty.person for duty in self.rota.on_at(at, backup=backup, department=department)]
        if on or backup:
            return on
        return list(self.rota.fallback) or self._with_role("on-call", department)

    def _with_role(self, role: str, department: str) -> list[str]:
        return [
            person.id
            for person in self.people.people.values()
            if role in person.roles and (not person.departments or not department or department in person.departments)
        ]

    def _ways(self, person: Person) -> tuple[Way, ...]:
        """A person's contacts that there is a channel for, in the order in which they are written."""
        ways = []
        for kind, address in person.contacts.items():
            if kind == MAIL and self.mail.host:
                ways.append(Way(MAIL, address))
            elif kind in self.notify.channels:
                ways.append(Way(kind, address))
        return tuple(ways)

    def _shared(self, name: str) -> Receiver | None:
        ways: list[Way] = []
        following = name
        while following in self.notify.channels and Way(following) not in ways:
            ways.append(Way(following))
            following = self.notify.channels[following].fallback
        if not ways:
            return None
        return Receiver(f"#{name}", tuple(ways), self._language(tuple(ways)), self._is_machine(name))

    def _language(self, ways: Sequence[Way]) -> str:
        channel = self.notify.channels.get(ways[0].channel) if ways else None
        return (channel.language if channel else "") or self.language

    def _carries_state(self, name: str) -> bool:
        return scheme_of(self.notify.channels[name]) in STATE_SCHEMES

    def _is_machine(self, name: str) -> bool:
        return scheme_of(self.notify.channels[name]) in MACHINE_SCHEMES


def scheme_of(channel: Channel) -> str:
    """`webhook://` of a channel's URL, without the rest; empty where the secret cannot be read now."""
    try:
        return channel.url.reveal().partition("://")[0].lower() + "://"
    except SecretUnavailable:
        return ""
