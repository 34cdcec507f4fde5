"""Faults that people report: attached to what is known already, otherwise a corrective ticket for triage.

Who reported and how to reach them stays out of tickets and their log, and is forgotten when its time is over.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from enum import StrEnum

import sqlalchemy as sa

from nms.access import Actor, Permission, UserRole, require
from nms.model import Message, Role, Severity, TicketKind, TicketStatus
from nms.refusals import Refusal, Unfit
from nms.store.records import Records, serialise
from nms.store.tables.tickets import ticket_log, ticket_symptoms, tickets
from nms.store.tables.web import fault_reports
from nms.text import clean
from nms.tickets import forgetting, persistence
from nms.tickets.attachments import AttachmentStore, swept
from nms.tickets.case import ACTIVE, Case, Draft
from nms.tickets.codes import Source
from nms.tickets.desk import TicketDesk
from nms.tickets.forgetting import REPORTER
from nms.tickets.work import attach

DAY = 86_400.0
MOST_A_DAY = 1000
"""Reports taken in within a day, of everybody together; beyond it somebody plays."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letters that are taken for digits when read out."""


class Service(StrEnum):
    """What does not work, in the words of a form."""

    NETWORK = "network"
    TELEPHONE = "telephone"
    PRINTER = "printer"
    COMPUTER = "computer"
    APPLICATION = "application"
    OTHER = "other"


_POWER = {Role.UPS, Role.PDU, Role.GENERATOR}
_NETWORK = {Role.ROUTER, Role.SWITCH, Role.FIREWALL, Role.ACCESS_POINT, *_POWER}
_SERVERS = {Role.SERVER, Role.HYPERVISOR, Role.STORAGE, Role.APPLICATION}
EXPLAINS: dict[Service, frozenset[Role]] = {
    Service.NETWORK: frozenset(_NETWORK),
    Service.TELEPHONE: frozenset({Role.PBX, Role.GATEWAY, Role.PHONE, *_NETWORK}),
    Service.PRINTER: frozenset({Role.PRINTER, *_NETWORK}),
    Service.COMPUTER: frozenset({Role.COMPUTER, *_NETWORK}),
    Service.APPLICATION: frozenset({*_SERVERS, *_NETWORK}),
    Service.OTHER: frozenset(),
}
"""Whose failure explains a report: one about `other` is always looked at by a person."""


class TooMany(Refusal):
    """More reports than a day can bring; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class FaultFile:
    """A photo or document that a reporter sends; the name is the reporter's."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class FaultDraft:
    """What somebody reports. `letter` names the mail that it came in, so that one mail is one report."""

    channel: str
    service: Service
    department: str
    place: str
    what: str
    contact: str = ""
    file: FaultFile | None = None
    letter: str = ""


@dataclass(frozen=True, slots=True)
class FaultState:
    """What the reporter may see. `due_at`: by when it is promised; None where nothing is."""

    number: str
    at: float
    known: bool
    folio: str
    status: TicketStatus
    due_at: float | None
    resolved_at: float | None


@dataclass(frozen=True, slots=True)
class Reporter:
    """One report behind a ticket. What the reporter wrote is empty once its time is over."""

    number: str
    at: float
    channel: str
    contact: str
    place: str
    what: str


@dataclass(frozen=True, slots=True)
class FaultBook:
    """`files`: where what reporters send is kept, and how large it may be."""

    records: Records
    desk: TicketDesk
    files: AttachmentStore

    def report(self, draft: FaultDraft, now: float, origin: str = "") -> FaultState:
        """Takes a report in; one that came by the same letter already is not taken twice.

        Raises: TooMany; Unusable for a file; ValueError for an unknown department or an empty text.
        """
        office = self.desk.office
        what = clean(draft.what, limit=2000, keep_newlines=True)
        place, contact = clean(draft.place, limit=200), clean(draft.contact, limit=200)
        if draft.department not in office.departments:
            raise Unfit("choose a department of the list")
        if not what:
            raise Unfit("say what does not work")
        actor = Actor(REPORTER, frozenset({UserRole.TECHNICIAN}), origin=f"{draft.channel} {origin}".strip())
        kept = self.files.put(draft.file.content) if draft.file else None
        with self.records.begin() as connection:
            serialise(connection, "fault-reports")
            before = self._of_letter(connection, draft.letter) if draft.letter else None
            if before is not None:
                return before
            self._require_room(connection, now)
            number = f"RF-{office.year(now)}-" + "".join(secrets.choice(ALPHABET) for _ in range(8))
            known = self._explanation(connection, draft)
            note = f"{place}: {what}" if place else what
            if known is not None:
                case = self.desk.join(connection, actor, known.folio, number, draft.department, now, note)
            else:
                case = self.desk.open(connection, actor, self._draft(draft, number, note), now)
            row = {
                "number": number,
                "at": now,
                "channel": clean(draft.channel, limit=40),
                "department": draft.department,
                "place": place,
                "what": what,
                "contact": contact,
                "folio": case.folio,
                "known": known is not None,
                "letter": draft.letter or None,
            }
            connection.execute(fault_reports.insert().values(row))
            if draft.file is not None and kept is not None:
                attach(connection, self.desk, actor, case.folio, draft.file.name, kept, now)
        return FaultState(number, now, known is not None, case.folio, case.status, case.due_at, case.resolved_at)

    def state(self, number: str) -> FaultState | None:
        """How a report stands; the number cannot be guessed, so that it is the key to it."""
        with self.records.read() as connection:
            return self._found(connection, fault_reports.c.number == number.strip().upper())

    def _of_letter(self, connection: sa.Connection, letter: str) -> FaultState | None:
        return self._found(connection, fault_reports.c.letter == letter)

    def _found(self, connection: sa.Connection, where: sa.ColumnElement[bool]) -> FaultState | None:
        row = connection.execute(sa.select(fault_reports).where(where)).one_or_none()
        if row is None:
            return None
        case = persistence.read(connection, row.folio)
        return FaultState(row.number, row.at, row.known, row.folio, case.status, case.due_at, case.resolved_at)

    def reporters(self, actor: Actor, folio: str, now: float) -> list[Reporter]:
        """Who is behind a ticket, for those who work on it; that somebody looked is audited. Raises: Forbidden."""
        column = fault_reports.c
        query = sa.select(column.number, column.at, column.channel, column.contact, column.place, column.what)
        with self.records.begin() as connection:
            case = persistence.read(connection, folio)
            require(actor, Permission.WORK_TICKET, case.department or None)
            rows = connection.execute(query.where(column.folio == folio).order_by(column.id)).all()
            if rows:
                self.desk.audit.append(connection, actor, "read-reporters", "ticket", folio, now)
        return [Reporter(*row) for row in rows]

    def add(self, number: str, text: str, now: float, file: FaultFile | None = None) -> bool:
        """What a reporter writes later joins the work, as long as it is not closed; False: it is a new report.

        Raises: Unusable for a file.
        """
        kept = self.files.put(file.content) if file else None
        note = clean(text, limit=2000, keep_newlines=True)
        actor = Actor(REPORTER, frozenset({UserRole.TECHNICIAN}), origin="mail")
        with self.records.begin() as connection:
            serialise(connection, "fault-reports")
            report = self._found(connection, fault_reports.c.number == number)
            if report is None or report.status is TicketStatus.CLOSED or not note:
                return report is not None and not note
            case = persistence.read(connection, report.folio)
            theirs = (ticket_log.c.ticket == case.id) & (ticket_log.c.actor == REPORTER) & (ticket_log.c.note == note)
            if connection.execute(sa.select(ticket_log.c.id).where(theirs)).first() is None:
                self.desk.told(connection, actor, report.folio, note, now)
                if file is not None and kept is not None:
                    attach(connection, self.desk, actor, report.folio, file.name, kept, now)
        return True

    def forget(self, now: float, keep_seconds: float) -> int:
        """Removes what reporters wrote, so long after their ticket closed; returns how many."""
        count = forgetting.forget(self.records, self.desk, now, keep_seconds)
        with self.records.read() as connection:
            swept(connection, self.files.folder, now)
        return count

    def _require_room(self, connection: sa.Connection, now: float) -> None:
        count = sa.select(sa.func.count()).where(fault_reports.c.at > now - DAY)
        if connection.execute(count).scalar_one() >= MOST_A_DAY:
            raise TooMany("no more reports are taken in today; call the help desk")

    def _draft(self, draft: FaultDraft, number: str, note: str) -> Draft:
        return Draft(
            kind=TicketKind.CORRECTIVE,
            title=Message("Reported: {what}", {"what": clean(note, limit=120)}),
            source=Source.REPORT,
            department=draft.department,
            severity=Severity.WARNING,
            description=note,
            reporter=number,
        )

    def _explanation(self, connection: sa.Connection, draft: FaultDraft) -> Case | None:
        """The open ticket of an incident in this department, or with symptoms in it, whose equipment explains what is
        reported: the router of another building takes this one's network down."""
        column, symptom = tickets.c, ticket_symptoms.c
        hit = sa.exists().where(
            symptom.ticket == column.id,
            symptom.department == draft.department,
            symptom.device != "",
            symptom.recovered_at.is_(None),
        )
        query = (
            sa.select(column.folio, column.device)
            .where(
                column.status.in_(sorted(one.value for one in ACTIVE)),
                column.kind == TicketKind.CORRECTIVE.value,
                column.incident.is_not(None),
                sa.or_(column.department == draft.department, hit),
            )
            .order_by(column.priority, column.id)
        )
        for row in connection.execute(query):
            device = self.desk.office.device(row.device)
            if device is not None and device.role in EXPLAINS[draft.service]:
                return persistence.read(connection, row.folio)
        return None
