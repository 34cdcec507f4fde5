"""A city hall of three departments behind the real reads and acts, its clock turned by hand, and the whole
application over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI

from nms.access import Actor, UserRole
from nms.actions import MonitorActs
from nms.alerts.book import AlertBook
from nms.alerts.changes import AlertContext, AlertPolicy
from nms.calendars import always, spans, weekdays
from nms.config.policies import Notify
from nms.config.serving import Mail
from nms.documents import loads
from nms.model import (
    Component,
    Department,
    Device,
    DeviceId,
    Endpoint,
    Inventory,
    Lifecycle,
    Link,
    Message,
    Person,
    Poll,
    Reading,
    Role,
    Severity,
    Site,
    State,
    Verdict,
)
from nms.notify.receivers import Directory
from nms.notify.rota_file import read_rota
from nms.presence.book import Policy, PresenceBook
from nms.queries import rows
from nms.queries.audited import AuditReads
from nms.queries.live import LiveBoard
from nms.queries.presence import PresenceReads
from nms.queries.public import PublicReads
from nms.queries.roster import Roster
from nms.queries.service import MonitorReads
from nms.store.accounts import AccountBook
from nms.store.announcements import AnnouncementBook
from nms.store.factors import FactorBook, sealing_key
from nms.store.identities import IdentityBook
from nms.store.records import Records
from nms.store.replies import ReplyBook
from nms.store.samples import MemorySamples
from nms.store.sessions import SessionBook
from nms.store.states import StateHistory
from nms.store.tables.tickets import preventive_jobs
from nms.store.tokens import TokenBook
from nms.tickets.attachments import AttachmentStore
from nms.tickets.desk import TicketDesk
from nms.tickets.faults import FaultBook
from nms.tickets.incidents import IncidentTickets
from nms.tickets.office import Office
from nms.views.api.application import Parts, create
from nms.views.api.configurations import Door
from nms.views.api.stream import EventHub
from nms.views.public.application import add_public
from nms.views.public.parts import PublicParts
from nms.views.web.application import add_pages
from nms.views.web.entrance import Entrance, OpenIdDoor
from tests.views.browser import Browser
from tests.views.configurations import door_of

NOW = 1_790_100_000.0
"""Tuesday 2026-09-22, 12:00 in Mexico City."""
DAY = 86_400.0
LINK_SECRET = b"a secret of more than sixteen bytes"
HOSTILE = "<script>alert(1)</script>[/red]=cmd"

DEPARTMENTS = {
    one.id: one
    for one in (
        Department("tesoreria", "Tesorería Municipal", "Tesorería", 60, 2, "office", ("palacio",)),
        Department("catastro", "Catastro", "Catastro", 20, 3, "office", ("palacio",)),
        Department("seguridad", "Seguridad Pública", "Seguridad", 210, 1, "always", ("central",)),
    )
}


def device(name: str, role: Role, department: str, **more: object) -> Device:
    endpoint = Endpoint("snmp", "192.0.2.7", 161, "snmp-read")
    given: dict[str, object] = {"address": "192.0.2.7", "site": "palacio", "endpoints": (endpoint,)}
    return Device(DeviceId(name), f"{name} {HOSTILE}", role, department=department, **(given | more))  # type: ignore[arg-type]


def devices() -> dict[DeviceId, Device]:
    old = Lifecycle("2012-05-01", "2015-05-01", None, "2020-01-01", None, 48_000.0)
    found = (
        device("sw-tesoreria", Role.SWITCH, "tesoreria", lifecycle=old),
        device("rt-seguridad", Role.ROUTER, "seguridad"),
        device("pbx-central", Role.PBX, "seguridad"),
        device("srv-catastro", Role.SERVER, "catastro", parents=(DeviceId("sw-tesoreria"),)),
    )
    return {one.id: one for one in found}


def inventory() -> Inventory:
    link = Link("tesoreria-a", "Enlace Tesorería", DeviceId("sw-tesoreria"), "1", DeviceId("rt-seguridad"), "2", 1e8)
    return Inventory(
        "Villa de Prueba",
        DEPARTMENTS,
        {"palacio": Site("palacio", "Palacio Municipal")},
        devices(),
        {link.id: link},
        {
            "ana": Person("ana", "Ana Ruiz", ("technician",)),
            "luis": Person("luis", "Luis <b>Paz</b>", ("technician",), departments=("catastro",)),
            "rosa": Person("rosa", "Rosa Gil", ("manager",)),
        },
    )


ROTA = """
layers:
  - {name: guardia, people: [ana, luis], start: 2026-09-21 08:00}
leave:
  - {person: ana, first: 2026-09-24, last: 2026-09-24}
"""
"""Luis stands in for Ana on Thursday; no message can reach either."""


def directory(of: Inventory) -> Directory:
    return Directory(Notify(), Mail(), of, read_rota(loads(ROTA, "rota.yaml"), of.people, now=NOW))


class NoCommands:
    """No device of this city takes commands."""

    async def run(self, device: Device, endpoint: Endpoint, line: str, seconds: float) -> str:
        raise AssertionError(f"{line} was sent to {device.id}")


@dataclass
class City:
    """The open parts; `client()` is a browser or program before them."""

    records: Records
    directory: Path
    now: float = NOW
    requests_per_minute: float = 100_000.0
    largest_upload: int = 2_000_000
    polled: list[str] = field(default_factory=list)
    need_factor: frozenset[UserRole] = frozenset()
    openid: OpenIdDoor | None = None
    _door: Door | None = None

    def __post_init__(self) -> None:
        self.inventory = inventory()
        self.calendars = {"office": weekdays("office", spans("08:00-16:00")), "always": always()}
        self.states = StateHistory(self.records)
        self.states.start(self.now - 40 * DAY)
        self.live = LiveBoard()
        self.samples = MemorySamples()
        self.desk = TicketDesk(Office(DEPARTMENTS, self.inventory.devices, self.calendars))
        self.book = AlertBook(self.records, AlertPolicy(), [IncidentTickets(self.desk)])
        self.book.apply([], self.now, AlertContext(self.inventory.devices))
        self.files = AttachmentStore(self.directory / "attachments", self.largest_upload)
        self.tokens = TokenBook(self.records, lambda: self.now)
        self.accounts = AccountBook(self.records, lambda: self.now)
        self.factors = FactorBook(self.records, sealing_key(LINK_SECRET), "Villa de Prueba", lambda: self.now)
        self.announcements = AnnouncementBook(self.records, lambda: self.now)
        self.presence = PresenceBook.open(self.inventory, self.records, Policy(), self.now)
        self.hub = EventHub()
        self.reads = MonitorReads(
            self.inventory,
            "America/Mexico_City",
            self.calendars,
            self.live,
            self.samples,
            self.records,
            self.states,
            self.book,
            self.desk,
            rows.Pollers,
            lambda key, language: [rows.WhyStep(self.now, "judge", f"why {key}")],
            Roster(directory(self.inventory)),
            self.now - DAY,
            self.files,
            lambda: self.now,
        )
        self.acts = MonitorActs(
            self.inventory,
            self.records,
            self.book,
            self.desk,
            NoCommands(),
            self.states,
            self._poll,
            lambda _: None,
            self.files,
            lambda: self.now,
        )

    def _poll(self, name: DeviceId) -> bool:
        self.polled.append(name)
        return True

    def application(self) -> FastAPI:
        app = create(self.parts())
        add_pages(app, SessionBook(self.records, 3600.0, lambda: self.now), LINK_SECRET, self.entrance())
        faults = FaultBook(self.records, self.desk, self.files)
        add_public(app, PublicParts(self.public(), faults, 3, "https://estado.example", lambda: self.now))
        return app

    def entrance(self) -> Entrance:
        identities = IdentityBook(self.records, lambda: self.now)
        return Entrance(self.accounts, self.factors, identities, self.need_factor, openid=self.openid)

    def public(self) -> PublicReads:
        return PublicReads(
            self.inventory,
            self.states,
            self.records,
            lambda calendar, start, end: self.calendars[calendar].intervals(start, end),
            "America/Mexico_City",
            "",
            "mesa@example.org",
            (),
            lambda now: [one.planned() for one in self.book.planned(now)],
            lambda: self.now,
            lambda: self.live.department_states,
            self.announcements.since,
            fresh_seconds=0.0,
        )

    def browser(self, *roles: UserRole, departments: tuple[str, ...] = (), **more: str) -> Browser:
        """A browser in which somebody of these roles has logged in."""
        found = Browser(self.application(), {"Accept": "text/html", "Accept-Language": "en"}, **more)
        token = self.token(*roles, departments=departments)
        assert found.post("/login", data={"token": token}).status_code == 303
        return found

    def parts(self) -> Parts:
        return Parts(
            reads=self.reads,
            acts=self.acts,
            tokens=self.tokens,
            announcements=self.announcements,
            accounts=self.accounts,
            faults=FaultBook(self.records, self.desk, self.files),
            replies=ReplyBook(self.records),
            hub=self.hub,
            own_metrics=lambda: b"nms_up 1\n",
            device_metrics=lambda: b"device_up 1\n",
            requests_per_minute=self.requests_per_minute,
            configurations=self.configurations,
            factors=self.factors,
            audited=AuditReads(self.records, lambda: self.now),
            presence=PresenceReads(self.inventory, self.presence, self.records, clock=lambda: self.now),
            largest_upload=self.largest_upload,
        )

    @property
    def configurations(self) -> Door:
        if self._door is None:
            self._door = door_of(self)
        return self._door

    def close(self) -> None:
        if self._door is not None:
            self._door.reads.archive.repository.close()
        self.records.close()

    def token(self, *roles: UserRole, departments: tuple[str, ...] = (), name: str = "somebody") -> str:
        return self.tokens.create(name, roles, by="test", departments=departments)

    def client(self, *roles: UserRole, departments: tuple[str, ...] = (), name: str = "somebody") -> Browser:
        """A program with a token of these roles; without roles, one without a token."""
        token = self.token(*roles, departments=departments, name=name) if roles else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return Browser(self.application(), headers)

    def judge(self, name: str, severity: Severity | None = Severity.CRITICAL) -> None:
        """`device-down` about one device, or its end."""
        summary = Message("{device} does not answer", {"device": f"{name} {HOSTILE}"})
        self.book.apply(
            [Verdict(f"device-down/{name}", "device-down", DeviceId(name), self.now, severity, summary)], self.now
        )

    def observe(self, subject: str, state: State, at: float) -> None:
        self.states.observe({subject: state}, at)

    def read(self, name: str, table: str, metric: str, value: float, component: Component) -> None:
        reading = Reading(DeviceId(name), table, self.now, (component,), {metric: [value]})
        self.live.take(Poll(DeviceId(name), self.now, 0.1, (), (reading,)))
        self.samples.write([reading])

    def planned(self, start: float | None, **changes: object) -> int:
        """A piece of preventive work of two hours, due within 30 days of now; its number."""
        place = {"planned_start": start, "planned_end": start and start + 7200, "technician": "ana" if start else ""}
        room = {"due_from": self.now, "due_until": self.now + 30 * DAY, "minutes": 120.0, "state": "planned"}
        about = {"cause_key": "calendar/ups/0/device/sw-tesoreria", "playbook": "ups", "device": "sw-tesoreria"}
        row = {**place, **room, **about, "department": "tesoreria", "site": "palacio", "folio": "", **changes}
        with self.records.begin() as connection:
            added = connection.execute(preventive_jobs.insert().values(row).returning(preventive_jobs.c.id))
            return int(added.scalar_one())

    def folio(self, department: str = "tesoreria") -> str:
        boss = Actor("boss", frozenset({UserRole.ADMINISTRATOR}))
        return self.acts.open_ticket(boss, title=f"Falla {HOSTILE}", department=department)


@contextmanager
def open_city(directory: Path, **changes: object) -> Iterator[City]:
    city = City(Records.open(directory / "records.db"), directory, **changes)  # type: ignore[arg-type]
    try:
        yield city
    finally:
        city.close()
