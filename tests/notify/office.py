"""An office that is told things: a city hall of any number of sites, people on call, and what reached them."""

from __future__ import annotations

import email
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

import sqlalchemy as sa
from aiosmtpd.controller import Controller

from nms.alerts.changes import AlertContext
from nms.config.policies import Notify
from nms.config.serving import Mail
from nms.model import Department, Device, Inventory, Person, Verdict
from nms.notify.channels import NotDelivered, Parcel
from nms.notify.composing import Composer
from nms.notify.notifier import Notifier
from nms.notify.receivers import Directory, Way
from nms.notify.rota import Rota
from nms.store.records import Records
from nms.store.tables.notify import batches, deliveries
from tests.alerts.scenes import Scene, device
from tests.peers import free_port

PEOPLE = {
    "ana": Person("ana", "Ana", ("technician", "on-call"), {"mail": "ana@example.invalid"}),
    "luis": Person("luis", "Luis", ("technician",), {"mail": "luis@example.invalid"}, ("obras",)),
    "jefa": Person("jefa", "Jefa", ("manager",), {"mail": "jefa@example.invalid"}),
    "mudo": Person("mudo", "Mudo", ("on-call",), {"phone": "555"}),
}


def city(devices: int = 3, people: Mapping[str, Person] = PEOPLE) -> Inventory:
    names = [f"d{number}" for number in range(devices)]
    made: dict[Any, Device] = {
        name: device(name, "obras" if number % 2 else "tesoreria") for number, name in enumerate(names)
    }
    departments = {name: Department(name, name.title(), name, 10) for name in ("tesoreria", "obras")}
    return Inventory("Ejemplo", departments, {}, made, {}, people)


@dataclass
class Office:
    """The book of alerts and the notifier over one database; `parcels` is what reached whom by which way."""

    records: Records
    notify: Notify = field(default_factory=Notify)
    mail: Mail = field(default_factory=lambda: Mail(host="mail.example.invalid"))
    inventory: Inventory = field(default_factory=city)
    rota: Rota = field(default_factory=Rota)
    composer: Composer = field(default_factory=lambda: Composer("Ejemplo"))
    really_send: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.parcels: list[tuple[str, Parcel]] = []
        self.broken: set[str] = set()
        self.scene = Scene(self.records, context=AlertContext(self.inventory.devices))
        self.restart()

    def restart(self) -> None:
        directory = Directory(self.notify, self.mail, self.inventory, self.rota, language="en", **self.more)
        self.notifier = Notifier(self.records, directory, self.composer, None if self.really_send else self.take)

    def take(self, way: Way, parcel: Parcel) -> None:
        if way.channel in self.broken:
            raise NotDelivered("it is broken")
        self.parcels.append((f"{parcel.receiver} by {way.channel}", parcel))

    def after(self, seconds: float, *verdicts: Verdict) -> None:
        self.scene.after(seconds, *verdicts)
        self.notifier.run(self.scene.now)

    def wait(self, seconds: float, step: float = 10) -> None:
        """Lets time pass in small steps, as the daemon lives it."""
        end = self.scene.now + seconds
        while self.scene.now < end:
            self.after(min(step, end - self.scene.now))

    def read(self) -> list[str]:
        """Who got which subject, since the last question."""
        taken, self.parcels = self.parcels, []
        return [f"{who}: {parcel.text.subject}" for who, parcel in taken]

    def states(self) -> list[str]:
        with self.records.read() as connection:
            return list(connection.execute(sa.select(batches.c.state).order_by(batches.c.id)).scalars())

    def reasons(self) -> list[tuple[str, str, str]]:
        query = sa.select(deliveries.c.person, deliveries.c.state, deliveries.c.reason).order_by(deliveries.c.id)
        with self.records.read() as connection:
            return [(row.person, row.state, row.reason["template"]) for row in connection.execute(query)]


class Mailbox:
    """What a real SMTP server received. `refuse` holds addresses that it does not take."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse: set[str] = set()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address in self.refuse:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(email.message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, Mail]]:
    """aiosmtpd on a free port of 127.0.0.1, and the settings that lead there."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield (
            mailbox,
            Mail(host="127.0.0.1", port=controller.port, security="none", sender="monitor@example.invalid"),
        )
    finally:
        controller.stop()
