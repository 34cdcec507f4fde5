"""What people do to the running monitor, whatever view they do it from. The engines permit or refuse, and audit."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from nms.access import Actor, Permission, require
from nms.alerts.book import AlertBook, NotOpen
from nms.alerts.changes import AlertChange
from nms.model import Device, DeviceId, Inventory, Message, Severity, TicketKind
from nms.queries.ports import (
    NO_DEPARTMENT,
    NO_DEVICE,
    NO_SUBJECT,
    MaintenancePlan,
    NotFound,
    PartUsed,
    PastCorrection,
    Rejected,
    TicketAct,
    TimeSpent,
    Upload,
)
from nms.queries.quiet import check_names, name_of
from nms.queries.rows import EvidenceRow
from nms.queries.tickets import entry_row, numbered
from nms.refusals import reason_of
from nms.store.records import Records
from nms.store.states import StateCorrection, StateHistory, Witnessed
from nms.text import clean
from nms.tickets import work
from nms.tickets.attachments import AttachmentStore, media_type_of
from nms.tickets.case import Draft
from nms.tickets.codes import Source
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import NoSuchTicket, NoSuchWork, TicketError
from nms.tickets.listing import find
from nms.tickets.playbooks import CommandRunner, Step
from nms.tickets.preventive import TECHNICIAN, PlanDesk
from nms.tickets.running import CommandDesk
from nms.tickets.steps import StepDesk, require_fitting

Changed = Callable[[Sequence[AlertChange]], None]
PollNow = Callable[[DeviceId], bool]
Made = TypeVar("Made")


@contextmanager
def _told() -> Iterator[None]:
    """What the ticket engine refuses, as views understand it."""
    try:
        yield
    except (NoSuchTicket, NoSuchWork) as error:
        raise NotFound(error.message) from None
    except TicketError as error:
        raise Rejected(error.message) from None


@dataclass(frozen=True, slots=True)
class MonitorActs:
    """Implements `nms.queries.ports.Acts` in the daemon. `changed` is told what views should read again."""

    inventory: Inventory
    records: Records
    book: AlertBook
    desk: TicketDesk
    runner: CommandRunner
    states: StateHistory
    poll: PollNow
    changed: Changed
    files: AttachmentStore
    clock: Callable[[], float] = time.time

    def acknowledge(self, actor: Actor, keys: Sequence[str], note: str, until: float | None = None) -> int:
        return self._on_alerts(lambda now: self.book.acknowledge(actor, keys, now, note, until))

    def acknowledge_incident(self, actor: Actor, incident: int, note: str) -> int:
        return self._on_alerts(lambda now: self.book.acknowledge_incident(actor, incident, now, note))

    def unacknowledge(self, actor: Actor, keys: Sequence[str]) -> int:
        return self._on_alerts(lambda now: self.book.unacknowledge(actor, keys, now))

    def silence(
        self,
        actor: Actor,
        matchers: Mapping[str, Sequence[str]],
        reason: str,
        until: float,
        starts_at: float | None = None,
    ) -> int:
        if not matchers:
            raise Rejected("a silence needs a device or an alert key: one for everything would hide the next outage")
        check_names(self.inventory, matchers)
        made = self._quietly(lambda now: self.book.silence(actor, matchers, reason, until, now, starts_at))
        return made.id

    def end_silence(self, actor: Actor, number: int) -> None:
        self._quietly(lambda now: self.book.end_silence(actor, number, now))

    def plan_maintenance(self, actor: Actor, plan: MaintenancePlan) -> int:
        if not plan.matchers:
            raise Rejected("planned maintenance needs to say what it is about: a device, a department, a site")
        check_names(self.inventory, plan.matchers)
        made = self._quietly(
            lambda now: self.book.plan_maintenance(
                actor, plan.title, plan.matchers, plan.reason, plan.starts_at, plan.duration, now, plan.rule
            )
        )
        return made.id

    def extend_maintenance(self, actor: Actor, number: int, until: float) -> None:
        self._quietly(lambda now: self.book.extend_maintenance(actor, number, until, now))

    def end_maintenance(self, actor: Actor, number: int) -> None:
        self._quietly(lambda now: self.book.cancel_maintenance(actor, number, now))

    def correct(self, actor: Actor, correction: PastCorrection) -> int:
        require(actor, Permission.ANNOTATE)
        subject = clean(correction.subject, limit=200)
        known = name_of(self.inventory, subject)
        if known is None:
            raise NotFound(NO_SUBJECT, subject=subject)
        require(actor, Permission.ANNOTATE, known[1] or None)
        given = (correction.start, correction.end, actor.name, correction.reason, self.clock())
        audited = self._correction_audit(actor, "correct")
        try:
            made = self.states.correct(subject, *given, state=correction.state, also=audited)
        except ValueError as error:
            raise Rejected(reason_of(error)) from None
        self.changed([])
        return made.id

    def withdraw_correction(self, actor: Actor, number: int) -> None:
        require(actor, Permission.ANNOTATE)
        found = next((one for one in self.states.corrections(0.0, math.inf) if one.id == number), None)
        if found is None:
            raise NotFound("there is no correction {number}", number=number)
        known = name_of(self.inventory, found.subject)
        require(actor, Permission.ANNOTATE, known[1] if known else None)
        self.states.withdraw(number, actor.name, self.clock(), also=self._correction_audit(actor, "withdraw"))
        self.changed([])

    def open_ticket(
        self, actor: Actor, *, title: str, department: str, device_id: str = "", alert_key: str = ""
    ) -> str:
        device = self._device(device_id) if device_id else None
        if department not in self.inventory.departments:
            raise NotFound(NO_DEPARTMENT, department=clean(department, limit=100))
        alert = self.book.alert(alert_key) if alert_key else None
        if alert_key and alert is None:
            raise NotFound("there is no open alert “{key}”", key=clean(alert_key, limit=200))
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
        with _told(), self.records.begin() as connection:
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
            case "release":
                desk.release(here, actor, folio, now, act.note)
            case "prioritise":
                desk.prioritise(here, actor, folio, now, priority=act.priority, note=act.note)
            case "start":
                desk.start(here, actor, folio, now, act.note)
            case "note":
                desk.note(here, actor, folio, act.note, now)
            case "hold":
                desk.hold(here, actor, folio, act.reason, now, act.note)
            case "resume":
                desk.resume(here, actor, folio, now, act.note)
            case "resolve":
                codes = {"cause": act.cause, "solution": act.solution}
                desk.resolve(here, actor, folio, now, **codes, text=act.note, although_down=act.although_down)
            case "close":
                desk.close(here, actor, folio, now, act.note)
            case "reopen":
                desk.reopen(here, actor, folio, now, act.note)
            case _:
                raise Rejected("there is no action “{action}” on tickets", action=clean(act.action, limit=40))

    def complete_step(self, actor: Actor, folio: str, step: int, value: str, remark: str = "") -> None:
        with self._steps(actor, folio, step, Permission.WORK_TICKET) as (here, now, found):
            StepDesk(self.desk).enter(here, actor, folio, found.id, value, now, remark)

    def waive_step(self, actor: Actor, folio: str, step: int, reason: str) -> None:
        with self._steps(actor, folio, step, Permission.WAIVE_STEP) as (here, now, found):
            StepDesk(self.desk).waive(here, actor, folio, found.id, reason, now)

    def spend_time(self, actor: Actor, folio: str, spent: TimeSpent) -> None:
        with self._on_ticket() as (here, now):
            more = {"person": spent.person, "cost": spent.cost, "note": spent.note}
            work.spend(here, self.desk, actor, folio, spent.minutes, now, **more)  # type: ignore[arg-type]

    def use_part(self, actor: Actor, folio: str, part: PartUsed) -> None:
        with self._on_ticket() as (here, now):
            more = {"quantity": part.quantity, "unit_cost": part.unit_cost, "serial": part.serial}
            work.use_part(here, self.desk, actor, folio, part.name, now, **more)  # type: ignore[arg-type]

    def watch(self, actor: Actor, folio: str, person: str, *, watching: bool) -> None:
        with self._on_ticket() as (here, now):
            act = self.desk.watch if watching else self.desk.unwatch
            act(here, actor, folio, person or actor.name, now)

    def attach(self, actor: Actor, folio: str, upload: Upload) -> int:
        """The file is looked at and kept before any transaction; a step that does not take it leaves no trace."""
        with _told(), self.records.read() as here:
            work.may_attach(here, actor, folio)
            step = self._step(here, actor, folio, upload.step, Permission.WORK_TICKET) if upload.step else None
        with _told():
            if step is not None:
                require_fitting(step, media_type_of(upload.content))
            kept = self.files.put(upload.content)
        with self._on_ticket() as (here, now):
            number = work.attach(here, self.desk, actor, folio, upload.name, kept, now)
            if step is not None:
                StepDesk(self.desk).attach(here, actor, folio, step.id, number, now, upload.remark)
        return number

    @contextmanager
    def _on_ticket(self) -> Iterator[tuple[sa.Connection, float]]:
        with _told(), self.records.begin() as here:
            yield here, self.clock()
        self.changed([])

    async def run_step(
        self, actor: Actor, folio: str, step: int, values: Mapping[str, str], remark: str = "", language: str = "es"
    ) -> EvidenceRow:
        commands = CommandDesk(StepDesk(self.desk), self.records, self.runner, self.clock)
        with _told():
            name = await asyncio.to_thread(self._command_step, actor, folio, step)
            state = await commands.run(actor, folio, name, values, remark)
        self.changed([])
        assert state.last is not None
        return entry_row(self.desk.office, state, state.last, language)

    def _command_step(self, actor: Actor, folio: str, step: int) -> str:
        with self.records.read() as here:
            return self._step(here, actor, folio, step, Permission.RUN_COMMAND).id

    @contextmanager
    def _steps(
        self, actor: Actor, folio: str, number: int, permission: Permission
    ) -> Iterator[tuple[sa.Connection, float, Step]]:
        with self._on_ticket() as (here, now):
            yield here, now, self._step(here, actor, folio, number, permission)

    def _step(self, here: sa.Connection, actor: Actor, folio: str, number: int, permission: Permission) -> Step:
        """A step of the ticket's playbook by its number, from 1. Raises: NotFound, Forbidden."""
        case = find(here, folio)
        require(actor, permission, case.department)
        playbook = self.desk.playbook_of(here, case)
        return numbered(folio, playbook.steps if playbook else (), number)

    def move_work(self, actor: Actor, number: int, *, technician: str = "", start: float | None = None) -> None:
        with self._on_ticket() as (here, now):
            self._plan_desk().move(here, actor, number, now, technician=technician, start=start)

    def skip_work(self, actor: Actor, number: int, reason: str) -> None:
        with self._on_ticket() as (here, now):
            self._plan_desk().skip(here, actor, number, reason, now)

    def _plan_desk(self) -> PlanDesk:
        people = self.inventory.people.values()
        return PlanDesk(self.desk, {one.id for one in people if TECHNICIAN in one.roles})

    def poll_now(self, actor: Actor, device_id: str) -> bool:
        device = self._device(device_id)
        require(actor, Permission.POLL, device.department)
        return self.poll(device.id)

    def _correction_audit(self, actor: Actor, action: str) -> Witnessed:
        def audited(connection: sa.Connection, one: StateCorrection) -> None:
            detail = {"number": one.id, "state": one.state.value, "start": one.start, "end": one.end}
            self.desk.audit.append(
                connection, actor, action, "availability", one.subject, self.clock(), {**detail, "reason": one.reason}
            )

        return audited

    def _quietly(self, act: Callable[[float], Made]) -> Made:
        try:
            made = act(self.clock())
        except NotOpen as error:
            raise NotFound(error.message) from None
        except ValueError as error:
            raise Rejected(reason_of(error)) from None
        self.changed([])
        return made

    def _on_alerts(self, act: Callable[[float], Sequence[AlertChange]]) -> int:
        try:
            changes = act(self.clock())
        except NotOpen as error:
            raise NotFound(error.message) from None
        except ValueError as error:
            raise Rejected(reason_of(error)) from None
        self.changed(changes)
        return len({change.key for change in changes})

    def _device(self, device_id: str) -> Device:
        device = self.inventory.devices.get(DeviceId(device_id))
        if device is None:
            raise NotFound(NO_DEVICE, device=clean(device_id, limit=100))
        return device
