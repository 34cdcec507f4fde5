"""A whole monitor on a clock that the test turns: the real schedule and confirmations, judge, books, pipeline and
notifier over real records. Only the transports are played: a device answers, or it does not.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from nms.access import Actor, UserRole
from nms.alerts.book import AlertBook
from nms.alerts.changes import AlertContext, AlertPolicy
from nms.alerts.held import explained_in
from nms.calendars import Interval, IntervalSet, always
from nms.collect.answer import Answer
from nms.collect.confirming import Confirming
from nms.collect.runner import PollRunner
from nms.config import Config
from nms.config.policies import Notify
from nms.config.serving import Mail
from nms.i18n import in_english
from nms.messages import from_data, spelled
from nms.model import (
    Component,
    Department,
    Device,
    DeviceId,
    Endpoint,
    Inventory,
    Link,
    Number,
    Outcome,
    Person,
    Poll,
    Reading,
    Role,
    Severity,
    StateReading,
    Witness,
)
from nms.notify.channels import Parcel
from nms.notify.composing import Composer
from nms.notify.notifier import Notifier
from nms.notify.receivers import Directory, Way
from nms.notify.rota import Rota
from nms.queries.live import LiveBoard
from nms.rules.availability import Availability, availability
from nms.rules.configured import policies as configured
from nms.rules.judge import Judge
from nms.rules.policies import Policies
from nms.rules.timelines import StateInterval, Timeline
from nms.store.records import Records
from nms.store.samples import MemorySamples
from nms.store.states import StateHistory
from nms.store.tables.tickets import tickets
from nms.tickets.desk import TicketDesk
from nms.tickets.incidents import IncidentTickets
from nms.tickets.office import Office
from nms.wiring.pipeline import Pipeline

START = 1_790_000_000.0
CHIEF = Actor("jefa", frozenset({UserRole.ADMINISTRATOR}))
PEOPLE = {"ana": Person("ana", "Ana", ("technician", "on-call"), {"mail": "ana@example.invalid"})}
DIGEST_SECONDS = 2


@dataclass
class Town:
    """`silent` devices do not answer; `ports` are operational states of interfaces; `on_battery` are UPSs."""

    records: Records
    devices: Sequence[Device]
    links: Sequence[Link] = ()
    policies: Policies = field(default_factory=lambda: configured(Config()))
    probes: Sequence[Device] = ()
    notify: Notify = field(default_factory=Notify)
    now: float = START
    silent: set[str] = field(default_factory=set)
    ports: dict[tuple[str, str], int] = field(default_factory=dict)
    on_battery: set[str] = field(default_factory=set)
    forgotten: set[str] = field(default_factory=set)
    """Devices whose visits are lost on the way."""
    stalled: bool = False
    """Whether the poller hangs: nothing is asked any more."""
    told: list[tuple[float, str, str]] = field(default_factory=list)
    """When, who and the subject of each message."""

    def __post_init__(self) -> None:
        departments = {one.department: Department(one.department, one.department, one.department, 10, 2, "always")
                       for one in self.devices}  # fmt: skip
        by_id = {one.id: one for one in self.devices}
        links = {one.id: one for one in self.links}
        self.inventory = Inventory("Prueba", departments, {}, by_id, links, PEOPLE)
        for link in self.links:
            self.ports |= {(link.a_device, link.a_interface): 1, (link.b_device, link.b_interface): 1}
        self.wall = 0.0
        self.start()

    def start(self) -> None:
        """The monitor starts (again): everything that it knows comes from the records."""
        self.desk = TicketDesk(Office(self.inventory.departments, self.inventory.devices, {"always": always()}))
        self.book = AlertBook(self.records, AlertPolicy(), [IncidentTickets(self.desk)])
        self.book.apply([], self.now, AlertContext(self.inventory.devices))
        alerts = self.book.open_alerts()
        known = {alert.key: (alert.device, alert.severity) for alert in alerts}
        self.judge = Judge(self.inventory, self.policies, known, explained=explained_in(alerts))
        self.states = StateHistory(self.records)
        self.states.start(self.now)
        live = LiveBoard()
        live.remember(self.states.present())
        self.pipeline = Pipeline(
            self.inventory, MemorySamples(), self.states, self.judge, self.book, live, lambda: self.now
        )
        everything = {**self.inventory.devices, **{one.id: one for one in self.probes}}
        reach = self.policies.reachability
        self.runner = PollRunner(
            everything, {"snmp": self, "icmp": self}, self._take, clock=lambda: self.now,
            confirming=Confirming(15.0, reach.confirmations, self.judge.beside),
        )  # fmt: skip
        self.runner.start(spread=20.0)
        directory = Directory(self.notify, Mail(host="mail.example.invalid"), self.inventory, Rota(), language="en")
        self.notifier = Notifier(self.records, directory, Composer("Prueba"), self._send)
        self._polls: list[Poll] = []

    def run(self, seconds: float) -> Town:
        """Lets time pass: a tick a second, a digest every two, the notifier every six."""
        asyncio.run(self._run(round(seconds)))
        return self

    async def _run(self, seconds: int) -> None:
        for second in range(seconds):
            self.runner._attention.ran_at = time.monotonic()  # the played second takes a hundredth of a real one
            if not self.stalled:
                self.runner.tick()
            for _ in range(6):
                await asyncio.sleep(0)
            if second % DIGEST_SECONDS == 0:
                polls, self._polls = self._polls, []
                self.pipeline.digest(polls)
            if second % 6 == 0:
                self.notifier.run(self.now)
            self.now += 1
        await self.runner.stop()
        self.states.heartbeat(self.now)

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        if device.id in self.silent:
            return Answer(Witness(endpoint.transport, Outcome.SILENT, at, reason="no answer"))
        witness = Witness(endpoint.transport, Outcome.ANSWERED, at, round_trip=0.001)
        if device.id not in self.inventory.devices:
            return Answer(witness)
        return Answer(witness, self._readings(device.id, at), states=self._power(device.id))

    def _readings(self, name: DeviceId, at: float) -> tuple[Reading, ...]:
        own = {interface: oper for (owner, interface), oper in self.ports.items() if owner == name}
        if not own:
            return ()
        columns: dict[str, list[Number | None]] = {
            "interface_oper_status": list(own.values()),
            "interface_admin_status": [1] * len(own),
        }
        components = tuple(Component("interface", one, one) for one in own)
        return (Reading(name, "ifTable", at, components, columns),)

    def _power(self, name: DeviceId) -> tuple[StateReading, ...]:
        if self.inventory.devices[name].role is not Role.UPS:
            return ()
        part = Component("ups", name)
        if name not in self.on_battery:
            return (StateReading(part, "upsOutputSource", 3, spelled("normal"), None),)
        return (StateReading(part, "upsOutputSource", 5, spelled("battery"), Severity.CRITICAL),)

    async def _take(self, poll: Poll) -> None:
        if poll.device not in self.forgotten:
            self._polls.append(poll)

    def _send(self, _way: Way, parcel: Parcel) -> None:
        self.told.append((self.now - START, parcel.receiver, parcel.text.subject))

    @property
    def firing(self) -> list[str]:
        """Keys of the alerts that speak for themselves."""
        quiet = ("suppressed", "pending")
        return sorted(one.key for one in self.book.open_alerts() if one.status.value not in quiet)

    @property
    def tickets(self) -> list[str]:
        """Titles of all corrective tickets, and how each stands."""
        with self.records.read() as connection:
            rows = connection.execute(sa.select(tickets.c.title, tickets.c.status).order_by(tickets.c.id))
            return [f"{in_english(from_data(row.title))}: {row.status}" for row in rows]

    @property
    def open(self) -> dict[str, str]:
        return {one.key: one.status.value for one in self.book.open_alerts()}

    @property
    def incidents(self) -> dict[str, int]:
        """Root and symptoms of the open incidents."""
        return {one.root_key: one.symptoms for one in self.book.open_incidents()}

    @property
    def subjects(self) -> list[str]:
        """Without the count of symptoms, which depends on how many were known by then."""
        return [re.sub(r" \(\+\d+\)$", "", subject) for _, _, subject in self.told]

    def served(self, subject: str, start: float, end: float) -> Availability:
        """The availability of a subject, round the clock."""
        past = self.states.intervals(subject, START + start, START + end)
        line = Timeline.of((StateInterval(one.start, one.end, one.state) for one in past), self.now)
        window = Interval(START + start, START + end)
        return availability(line, window, IntervalSet([(window.start, window.end)]))


def most_in(told: Iterable[tuple[float, str, str]], seconds: float = 600.0) -> Mapping[str, int]:
    """The most messages that each person got within so much time."""
    by_person: dict[str, list[float]] = {}
    for at, person, _ in told:
        by_person.setdefault(person, []).append(at)
    return {
        person: max(sum(at <= other < at + seconds for other in times) for at in times)
        for person, times in by_person.items()
    }


def at(directory: Path) -> Records:
    return Records.open(directory / "records.db")
