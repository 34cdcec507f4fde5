"""Tickets as rows."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from nms.access import Actor, Permission, require
from nms.i18n import render
from nms.model import Message, Ticket, TicketKind, TicketStatus
from nms.queries.dossier import AttachmentContent, AttachmentRow, Dossier, PartRow, WorkRow
from nms.queries.ports import NotFound, Rejected, TicketQuery
from nms.queries.rows import EvidenceRow, StepRow, TicketEntryRow, TicketPage, TicketRow
from nms.queries.situation import of_ticket
from nms.store.records import Records
from nms.text import clean
from nms.tickets.attachments import AttachmentStore
from nms.tickets.case import Case
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import NoSuchTicket, TicketError
from nms.tickets.evidence import Evidence, StepState
from nms.tickets.listing import LogLine, TicketDetail, TicketFilter, find, list_tickets, show_ticket
from nms.tickets.office import Office
from nms.tickets.playbooks import Step
from nms.tickets.ways import failures, way_to
from nms.tickets.work import attachment_of

StepT = TypeVar("StepT")
PAGE = 1000
ACTIVE = "active"
"""As a status: on which something is still to be done."""
OPEN_ENOUGH = 5000
"""Open tickets looked at for colours and counts; a municipality with more has other worries."""

_ACTIONS = {
    TicketStatus.OPEN: ("assign", "start", "hold", "note", "resolve", "prioritise"),
    TicketStatus.ASSIGNED: ("assign", "release", "start", "hold", "note", "resolve", "prioritise"),
    TicketStatus.IN_PROGRESS: ("assign", "release", "hold", "note", "resolve", "prioritise"),
    TicketStatus.ON_HOLD: ("assign", "release", "resume", "note", "resolve", "prioritise"),
    TicketStatus.RESOLVED: ("close", "reopen", "note"),
    TicketStatus.CLOSED: ("reopen", "note"),
}


def open_tickets(desk: TicketDesk, records: Records) -> list[Ticket]:
    """Every ticket on which something is still to be done."""
    return [case.as_ticket() for case in _pages(records, TicketFilter(active=True), "", OPEN_ENOUGH)]


def count_by_kind(open_ones: Iterable[Ticket]) -> dict[str, int]:
    found = {kind.value: 0 for kind in TicketKind}
    for ticket in open_ones:
        found[ticket.kind.value] += 1
    return found


def listed(desk: TicketDesk, records: Records, wanted: TicketQuery, language: str) -> Sequence[TicketRow]:
    """Raises: Rejected for a filter that is none."""
    narrowed = _narrowed(wanted)
    try:
        found = _pages(records, narrowed, wanted.get("before", ""), wanted.get("limit", 500))
    except TicketError as error:
        raise Rejected(error.message) from None
    return [row(case, language) for case in found]


def _narrowed(wanted: TicketQuery) -> TicketFilter:
    """Raises: Rejected for a status or kind that is none."""
    status, kind = wanted.get("status", ""), wanted.get("kind", "")
    _check_one_of(status, [ACTIVE, *TicketStatus])
    _check_one_of(kind, list(TicketKind))
    return TicketFilter(
        statuses=(TicketStatus(status),) if status and status != ACTIVE else (),
        active=status == ACTIVE,
        kind=TicketKind(kind) if kind else None,
        department=wanted.get("department", ""),
        departments=tuple(wanted.get("departments", ())),
        device=wanted.get("device", ""),
        assignee=wanted.get("assignee", ""),
        unassigned=wanted.get("unassigned", False),
        priority=wanted.get("priority"),
        breached=wanted.get("breached", False),
        watcher=wanted.get("watcher", ""),
        playbook=wanted.get("playbook", ""),
        text=wanted.get("text", ""),
    )


def _check_one_of(word: str, known: Sequence[str]) -> None:
    if word and word not in known:
        raise Rejected("there is no “{word}” among {known}", word=clean(word, limit=40), known=", ".join(known))


def of_device(desk: TicketDesk, records: Records, device: str, language: str, limit: int = 20) -> list[TicketRow]:
    return [row(case, language) for case in _pages(records, TicketFilter(device=device), "", limit)]


def _pages(records: Records, wanted: TicketFilter, after: str, limit: int) -> list[Case]:
    found: list[Case] = []
    with records.read() as connection:
        while True:
            page = list_tickets(connection, wanted, after=after, limit=min(PAGE, limit - len(found)))
            found += page.cases
            after = page.next
            if not after or len(found) >= limit:
                return found


def row(case: Case, language: str) -> TicketRow:
    ticket = case.as_ticket()
    return TicketRow(
        folio=ticket.folio,
        kind=ticket.kind,
        status=ticket.status,
        attention=of_ticket(ticket, time.time()),
        priority=ticket.priority,
        title=render(ticket.title, language),
        department=ticket.department,
        device=ticket.device or "",
        opened_at=ticket.opened_at,
        updated_at=ticket.updated_at,
        assignee=ticket.assignee,
        playbook=ticket.playbook,
        due_at=ticket.due_at,
        resolved_at=ticket.resolved_at,
        closed_at=ticket.closed_at,
        incident=ticket.incident,
        simulated=ticket.simulated,
        cursor=str(case.id),
    )


def page(desk: TicketDesk, records: Records, folio: str, language: str, currency: str = "MXN") -> TicketPage:
    """Raises: NotFound."""
    try:
        with records.read() as connection:
            detail = show_ticket(connection, desk, folio, time.time())
    except NoSuchTicket as error:
        raise NotFound(error.message) from None
    return _page(desk.office, detail, language, currency)


def evidence(desk: TicketDesk, records: Records, folio: str, step: int, language: str) -> list[EvidenceRow]:
    """All that was entered for a step, oldest first. Raises: NotFound."""
    try:
        with records.read() as connection:
            detail = show_ticket(connection, desk, folio, time.time())
    except NoSuchTicket as error:
        raise NotFound(error.message) from None
    state = numbered(folio, detail.steps, step)
    return [entry_row(desk.office, state, entry, language) for entry in state.evidence]


def numbered(folio: str, steps: Sequence[StepT], number: int) -> StepT:
    """A step of a playbook by its number, from 1. Raises: NotFound."""
    if not 1 <= number <= len(steps):
        said = "the playbook of {folio} has {count} steps; there is no step {number}"
        raise NotFound(Message(said, {"folio": folio, "count": len(steps), "number": number}))
    return steps[number - 1]


def entry_row(office: Office, state: StepState, entry: Evidence, language: str) -> EvidenceRow:
    return EvidenceRow(
        at=entry.at,
        actor=entry.actor,
        kind=entry.kind,
        verdict=entry.verdict.value,
        value=entry.value,
        text=entry.text,
        command=entry.command,
        remark=entry.remark,
        failures=_failures(office, state, entry, language),
    )


def attachment(records: Records, files: AttachmentStore, actor: Actor, folio: str, number: int) -> AttachmentContent:
    """One file of a ticket, whole. Raises: Forbidden, NotFound; Rejected where it is not what was attached."""
    try:
        with records.read() as connection:
            case = find(connection, folio)
            require(actor, Permission.READ, case.department)
            kept = attachment_of(connection, case, number)
        content = files.get(kept["sha256"])
    except NoSuchTicket as error:
        raise NotFound(error.message) from None
    except TicketError as error:
        raise Rejected(error.message) from None
    return AttachmentContent(kept["name"], kept["media_type"], content)


def _failures(office: Office, state: StepState, entry: Evidence, language: str) -> tuple[str, ...]:
    found = failures(office.playbooks.catalogue, state.step, entry) if entry.command else ()
    return tuple(render(one, language) for one in found)


def _page(office: Office, detail: TicketDetail, language: str, currency: str) -> TicketPage:
    playbook = detail.playbook
    return TicketPage(
        ticket=row(detail.case, language),
        log=tuple(_entry(line, language) for line in detail.log),
        steps=tuple(_step(office, detail.case, state, language) for state in detail.steps),
        playbook_title=playbook.title if playbook else "",
        safety=tuple(playbook.safety) if playbook else (),
        tools=tuple(playbook.tools) if playbook else (),
        allowed_actions=_ACTIONS[detail.case.status],
        dossier=_dossier(detail, currency),
    )


def _dossier(detail: TicketDetail, currency: str) -> Dossier:
    case = detail.case
    return Dossier(
        description=case.description,
        reporter=case.reporter,
        site=case.site,
        source=case.source,
        watchers=detail.watchers,
        attachments=tuple(_attachment(kept) for kept in detail.attachments),
        work=tuple(WorkRow(**{name: one[name] for name in WorkRow.__slots__}) for one in detail.work),
        parts=tuple(PartRow(**{name: one[name] for name in PartRow.__slots__}) for one in detail.parts),
        minutes=detail.minutes,
        cost=detail.cost,
        currency=currency,
        cause=case.cause_code,
        solution=case.solution_code,
        solution_text=case.solution,
        waits_for=case.hold_reason,
        symptoms=case.symptoms,
        scheduled_at=case.scheduled_at,
        responded_at=case.responded_at,
        respond_due_at=case.respond_due_at,
        breached_at=case.breached_at,
        promised_seconds=detail.clock.promised,
        left_seconds=detail.clock.left,
    )


def _attachment(kept: Mapping[str, Any]) -> AttachmentRow:
    names = ("name", "media_type", "size", "at", "actor")
    return AttachmentRow(kept["id"], **{name: kept[name] for name in names})


def _entry(line: LogLine, language: str) -> TicketEntryRow:
    said = render(line.message, language)
    return TicketEntryRow(line.at, line.actor, line.action, f"{said}: {line.note}" if line.note else said)


def _step(office: Office, case: Case, state: StepState, language: str) -> StepRow:
    step, last = state.step, state.last
    measure = step.measure
    return StepRow(
        number=state.number,
        kind=step.kind,
        text=step.do,
        mandatory=not step.optional,
        done=state.done,
        unit=measure.unit if measure else "",
        minimum=measure.min if measure else None,
        maximum=measure.max if measure else None,
        evidence=_evidence(office, state, language),
        actor=last.actor if last else "",
        at=last.at if last else None,
        attachment=last.attachment if last else None,
        settled=last is None or last.settles,
        **_command(office, case, step, language),
    )


def _command(office: Office, case: Case, step: Step, language: str) -> dict[str, Any]:
    """What the monitor would run for a step on the ticket's device, or why it cannot."""
    if not step.commands:
        return {}
    try:
        way = way_to(office, case, step)
    except TicketError as error:
        return {"obstacle": render(error.message, language)}
    known = office.playbooks.catalogue.find(way.platform, way.run)
    return {"command": way.run, "parameters": tuple(known.parameters) if known else ()}


def _evidence(office: Office, state: StepState, language: str) -> str:
    """The last entry on one line; of an output what is wrong in it, else how it begins."""
    last = state.last
    if last is None:
        return ""
    if last.command:
        wrong = "; ".join(_failures(office, state, last, language))
        said = f"✖ {wrong}" if wrong else " ".join(last.text[:200].split()) or "✔"
        return " · ".join(part for part in (said[:120], last.remark) if part)
    value = f"{last.value:g} {state.step.measure.unit}" if last.value is not None and state.step.measure else last.text
    return " · ".join(part for part in (value.strip(), last.remark) if part)
