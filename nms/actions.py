"""What people do to the running monitor, whatever view they do it from. The engines permit or refuse, and audit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from nms.access import Actor, Permission, require
from nms.alerts.book import AlertBook, NotOpen
from nms.alerts.changes import AlertChange
from nms.model import Device, DeviceId, Inventory, Message, Severity, TicketKind
from nms.queries.ports import NotFound, Rejected, TicketAct
from nms.queries.rows import EvidenceRow
from nms.queries.tickets import entry_row, numbered
from nms.store.records import Records
from nms.text import clean
from nms.tickets.case import Draft
from nms.tickets.codes import Source
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import NoSuchTicket, TicketError
from nms.tickets.listing import show_ticket
from nms.tickets.playbooks import CommandRefused, CommandRunner
from nms.tickets.running import CommandDesk
from nms.tickets.steps import StepDesk

Changed = Callable[[Sequence[AlertChange]], None]
PollNow = Callable[[DeviceId], bool]


@contextmanager
def _told() -> Iterator[None]:
    """What the ticket engine refuses, as views understand it."""
    try:
        yield
    except NoSuchTicket as error:
        raise NotFound(str(error)) from None
    except (TicketError, CommandRefused) as error:
        raise Rejected(str(error)) from None


@dataclass(frozen=True, slots=True)
class MonitorActs:
    """Implements `nms.queries.ports.Acts` in the daemon. `changed` is told what views should read again."""

    inventory: Inventory
    records: Records
    book: AlertBook
    desk: TicketDesk
    runner: CommandRunner
    poll: PollNow
    changed: Changed
    clock: Callable[[], float] = time.time

    def acknowledge(self, actor: Actor, keys: Sequence[str], note: str, until: float | None = None) -> int:
        return self._on_alerts(lambda now: self.book.acknowledge(actor, keys, now, note, until))

    def acknowledge_incident(self, actor: Actor, incident: int, note: str) -> int:
        return self._on_alerts(lambda now: self.book.acknowledge_incident(actor, incident, now, note))

    def unacknowledge(self, actor: Actor, keys: Sequence[str]) -> int:
        return self._on_alerts(lambda now: self.book.unacknowledge(actor, keys, now))

    def silence(self, actor: Actor, device_id: str, key: str, reason: str, until: float) -> int:
        matchers = {name: [value] for name, value in (("device", device_id), ("key", key)) if value}
        if not matchers:
            raise Rejected("a silence needs a device or an alert key: one for everything would hide the next outage")
        try:
            self.book.silence(actor, matchers, reason, until, self.clock())
        except ValueError as error:
            raise Rejected(str(error)) from None
        self.changed([])
        return 1

    def open_ticket(
        self, actor: Actor, *, title: str, department: str, device_id: str = "", alert_key: str = ""
    ) -> str:
        device = self._device(device_id) if device_id else None
        if department not in self.inventory.departments:
            raise NotFound(f"there is no department “{department}” in the inventory")
        alert = self.book.alert(alert_key) if alert_key else None
        if alert_key and alert is None:
            raise NotFound(f"there is no open alert “{clean(alert_key, limit=200)}”")
        for concerned in (device, alert):
            if concerned is not None:
                require(actor, Permission.OPEN_TICKET, concerned.department or None)
        draft = Draft(
            kind=TicketKind.CORRECTIVE,
            title=Message("{title}", {"title": clean(title, limit=300)}),
            source=Source.HAND,
            department=department,
            device=DeviceId(device_id) if device_id else alert.device if alert else None,
            severity=alert.severity if alert else Severity.WARNING,
            reporter=actor.name,
            incident=alert.incident if alert else None,
            simulated=bool(device and device.simulated),
        )
        now = self.clock()
        with self.records.begin() as connection:
            folio = self.desk.open(connection, actor, draft, now).folio
        self.changed([])
        return folio

    def act_on_ticket(self, actor: Actor, folio: str, act: TicketAct) -> None:
        with _told(), self.records.begin() as connection:
            self._ticket_act(connection, actor, folio, act, self.clock())
        self.changed([])

    def _ticket_act(self, here: sa.Connection, actor: Actor, folio: str, act: TicketAct, now: float) -> None:
        desk = self.desk
        match act.action:
            case "assign":
                desk.assign(here, actor, folio, act.assignee or actor.name, now, act.note)
            case "start":
                desk.start(here, actor, folio, now, act.note)
            case "note":
                desk.note(here, actor, folio, act.note, now)
            case "hold":
                desk.hold(here, actor, folio, act.reason, now, act.note)
            case "resume":
                desk.resume(here, actor, folio, now, act.note)
            case "resolve":
                desk.resolve(here, actor, folio, now, cause=act.cause, solution=act.solution, text=act.note)
            case "close":
                desk.close(here, actor, folio, now, act.note)
            case "reopen":
                desk.reopen(here, actor, folio, now, act.note)
            case _:
                raise Rejected(f"there is no action “{clean(act.action, limit=40)}” on tickets")

    def complete_step(self, actor: Actor, folio: str, step: int, value: str) -> None:
        now = self.clock()
        with _told(), self.records.begin() as here:
            detail = show_ticket(here, self.desk, folio, now)
            require(actor, Permission.WORK_TICKET, detail.case.department or None)
            StepDesk(self.desk).enter(here, actor, folio, numbered(detail, step).step.id, value, now)
        self.changed([])

    async def run_step(
        self, actor: Actor, folio: str, step: int, values: Mapping[str, str], remark: str = ""
    ) -> EvidenceRow:
        commands = CommandDesk(StepDesk(self.desk), self.records, self.runner, self.clock)
        with _told():
            name = await asyncio.to_thread(self._command_step, actor, folio, step)
            state = await commands.run(actor, folio, name, values, remark)
        self.changed([])
        assert state.last is not None
        return entry_row(self.desk.office, state, state.last)

    def _command_step(self, actor: Actor, folio: str, step: int) -> str:
        with self.records.read() as here:
            detail = show_ticket(here, self.desk, folio, self.clock())
        require(actor, Permission.RUN_COMMAND, detail.case.department or None)
        return numbered(detail, step).step.id

    def poll_now(self, actor: Actor, device_id: str) -> bool:
        device = self._device(device_id)
        require(actor, Permission.POLL, device.department)
        return self.poll(device.id)

    def _on_alerts(self, act: Callable[[float], Sequence[AlertChange]]) -> int:
        try:
            changes = act(self.clock())
        except NotOpen as error:
            raise NotFound(str(error)) from None
        except ValueError as error:
            raise Rejected(str(error)) from None
        self.changed(changes)
        return len({change.key for change in changes})

    def _device(self, device_id: str) -> Device:
        device = self.inventory.devices.get(DeviceId(device_id))
        if device is None:
            raise NotFound(f"there is no device “{clean(device_id, limit=100)}” in the inventory")
        return device
