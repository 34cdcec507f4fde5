"""The desk: every act on a ticket goes through here, is checked, timed, logged and audited in one transaction.

An act takes the caller's connection (`with records.begin() as connection`), so that a ticket and what it follows
from (an incident, a fault report) are written together or not at all. `now` is Unix seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from nms.access import MONITOR, Actor, Permission, require
from nms.i18n import LANGUAGES, render
from nms.messages import with_parameters
from nms.model import Message, Number, TicketKind, TicketStatus
from nms.store.audit import AuditLog
from nms.store.records import serialise
from nms.store.tables.alerts import incidents
from nms.store.tables.tickets import playbook_texts
from nms.text import clean
from nms.tickets import clock, life, persistence
from nms.tickets.case import Case, Draft
from nms.tickets.errors import StillDown, Unusable
from nms.tickets.evidence import require_complete
from nms.tickets.life import Moved
from nms.tickets.office import Office
from nms.tickets.playbooks import Playbook, as_json, digest, from_json
from nms.tickets.words import words

_TITLE_LIMIT = 300
_TEXT_LIMIT = 10_000

Detail = dict[str, str | Number | bool | None]


@dataclass(frozen=True, slots=True)
class TicketDesk:
    """Acts on tickets. Immutable: a changed inventory or configuration makes a new desk over the same records."""

    office: Office
    audit: AuditLog = field(default_factory=AuditLog)

    def open(self, connection: sa.Connection, actor: Actor, draft: Draft, now: float) -> Case:
        """Opens a ticket, or joins the open one of the same cause. Raises: Forbidden, Unusable."""
        require(actor, Permission.OPEN_TICKET, draft.department)
        draft = replace(draft, cause_key=clean(draft.cause_key, limit=400))
        serialise(connection, "tickets")
        known = persistence.active_for_cause(connection, draft.cause_key) if draft.cause_key else None
        if known is not None:
            return self._reported_again(connection, actor, known, draft, now)
        case = self._new(connection, draft, now)
        self._index(connection, case, (case.description, draft.reporter))
        persistence.watch(connection, case.id, (draft.reporter,))
        persistence.write_log(connection, case, actor, "open", Message("opened"), now)
        detail: Detail = {
            "source": case.source,
            "priority": case.priority,
            "cause": case.cause_key,
            "playbook": case.playbook,
        }
        self._audit(connection, actor, "open", case, now, detail)
        return case

    def checkout(self, connection: sa.Connection, actor: Actor, folio: str, permission: Permission) -> Case:
        """The ticket, locked, for an actor who may do this to it. Raises: NoSuchTicket, Forbidden.

        A ticket of no department (a review, work on a whole site) is for those who see all of them.
        """
        case = persistence.checkout(connection, folio)
        require(actor, permission, case.department)
        return case

    def commit(
        self,
        connection: sa.Connection,
        actor: Actor,
        before: Case,
        moved: Moved,
        now: float,
        note: str = "",
        *,
        private: bool = False,
    ) -> Case:
        """Writes a ticket after one action, with its clock, log and audit. Raises: Changed.

        A `private` note is somebody's who reports a fault: it stays out of the audit, which can forget nothing.
        """
        hours = self.office.hours(moved.case.calendar)
        late = clock.breached(before, now)
        after = replace(moved.case, breached_at=late.breached_at, respond_breached_at=late.respond_breached_at)
        after = clock.breached(clock.clocked(after, hours, self.office.policy.warn_at), now)
        after = persistence.commit(connection, before, after, now)
        text = clean(note, limit=_TEXT_LIMIT, keep_newlines=True)
        persistence.write_log(connection, after, actor, moved.action, moved.message, now, text)
        if text:
            persistence.index_words(connection, after.id, words([text]))
        self._audit(connection, actor, moved.action, after, now, _difference(before, after, "" if private else text))
        return after

    def assign(
        self, connection: sa.Connection, actor: Actor, folio: str, person: str, now: float, note: str = ""
    ) -> Case:
        """Gives a ticket to a person; who works on tickets may take one for themselves."""
        permission = Permission.WORK_TICKET if person == actor.name else Permission.ASSIGN_TICKET
        before = self.checkout(connection, actor, folio, permission)
        after = self.commit(connection, actor, before, life.assign(before, clean(person, limit=120), now), now, note)
        persistence.watch(connection, after.id, (after.assignee,))
        return after

    def release(self, connection: sa.Connection, actor: Actor, folio: str, now: float, note: str = "") -> Case:
        before = self.checkout(connection, actor, folio, Permission.WORK_TICKET)
        if before.assignee != actor.name:
            require(actor, Permission.ASSIGN_TICKET, before.department)
        return self.commit(connection, actor, before, life.release(before, now), now, note)

    def start(self, connection: sa.Connection, actor: Actor, folio: str, now: float, note: str = "") -> Case:
        before = self.checkout(connection, actor, folio, Permission.WORK_TICKET)
        return self.commit(connection, actor, before, life.start(before, actor.name, now), now, note)

    def hold(
        self, connection: sa.Connection, actor: Actor, folio: str, reason: str, now: float, note: str = ""
    ) -> Case:
        """Stops the clock while the ticket waits for `vendor`, `part` or `user`."""
        before = self.checkout(connection, actor, folio, Permission.WORK_TICKET)
        return self.commit(connection, actor, before, life.hold(before, reason, now), now, note)

    def resume(self, connection: sa.Connection, actor: Actor, folio: str, now: float, note: str = "") -> Case:
        before = self.checkout(connection, actor, folio, Permission.WORK_TICKET)
        return self.commit(connection, actor, before, life.resume(before, now), now, note)

    def resolve(
        self,
        connection: sa.Connection,
        actor: Actor,
        folio: str,
        now: float,
        *,
        cause: str,
        solution: str,
        text: str = "",
        although_down: bool = False,
    ) -> Case:
        """Ends the work. `although_down` (with CLOSE_TICKET and a text): the thing is out of service for good.

        Raises: StillDown, StepsMissing, NotNow, Unusable.
        """
        before = self.checkout(connection, actor, folio, Permission.WORK_TICKET)
        self._require_recovered(connection, actor, before, although_down, text)
        require_complete(connection, self.playbook_of(connection, before), before)
        said = clean(text, limit=_TEXT_LIMIT, keep_newlines=True)
        moved = life.resolve(before, now, cause=cause, solution=solution, text=said)
        return self.commit(connection, actor, before, moved, now, said)

    def close(self, connection: sa.Connection, actor: Actor, folio: str, now: float, note: str = "") -> Case:
        before = self.checkout(connection, actor, folio, Permission.CLOSE_TICKET)
        return self.commit(connection, actor, before, life.close(before, now), now, note)

    def reopen(self, connection: sa.Connection, actor: Actor, folio: str, now: float, note: str) -> Case:
        """The work was not over; `note` says why. Raises: Unusable where another ticket has the cause by now."""
        before = self.checkout(connection, actor, folio, Permission.OPEN_TICKET)
        if not clean(note):
            raise Unusable("say why {folio} is opened again", folio=folio)
        serialise(connection, "tickets")
        other = persistence.active_for_cause(connection, before.cause_key) if before.cause_key else None
        if other is not None and other.id != before.id:
            raise Unusable("{other} is already open for the same cause: work there", other=other.folio)
        return self.commit(connection, actor, before, life.reopen(before, now, Message("opened again")), now, note)

    def prioritise(
        self,
        connection: sa.Connection,
        actor: Actor,
        folio: str,
        now: float,
        *,
        priority: int,
        note: str = "",
    ) -> Case:
        """Sets the priority by decision; impact and urgency stay as they were judged."""
        before = self.checkout(connection, actor, folio, Permission.PRIORITISE_TICKET)
        moved = life.prioritise(before, before.impact, before.urgency, priority)
        return self.commit(connection, actor, before, self.promised(moved), now, note)

    def note(self, connection: sa.Connection, actor: Actor, folio: str, text: str, now: float) -> Case:
        """Adds a comment; who comments watches the ticket from then on."""
        before = self.checkout(connection, actor, folio, Permission.NOTE_TICKET)
        if not clean(text):
            raise Unusable("a comment needs text")
        persistence.watch(connection, before.id, (actor.name,))
        return self.commit(connection, actor, before, Moved(before, "note", Message("comment")), now, text)

    def watch(self, connection: sa.Connection, actor: Actor, folio: str, person: str, now: float) -> None:
        """Whoever reads a ticket may watch it; who assigns tickets may let others watch."""
        case = self._watched(connection, actor, folio, person)
        persistence.watch(connection, case.id, (person,))
        self._audit(connection, actor, "watch", case, now, {"person": person})

    def unwatch(self, connection: sa.Connection, actor: Actor, folio: str, person: str, now: float) -> None:
        case = self._watched(connection, actor, folio, person)
        persistence.unwatch(connection, case.id, person)
        self._audit(connection, actor, "unwatch", case, now, {"person": person})

    def _watched(self, connection: sa.Connection, actor: Actor, folio: str, person: str) -> Case:
        own = person == actor.name
        return self.checkout(connection, actor, folio, Permission.READ if own else Permission.ASSIGN_TICKET)

    def join(
        self, connection: sa.Connection, actor: Actor, folio: str, key: str, department: str, now: float, note: str = ""
    ) -> Case:
        """Adds a fault report to an open ticket as one more symptom; a department more may raise the priority."""
        before = self.checkout(connection, actor, folio, Permission.OPEN_TICKET)
        row = {"ticket": before.id, "key": clean(key, limit=300), "device": "", "department": department}
        new = persistence.join_symptoms(connection, [{**row, "joined_at": now}])
        symptoms = Message("{key} belongs to it", {"key": clean(key, limit=300)})
        joined = replace(before, symptoms=before.symptoms + len(new))
        moved = self.hit_by(joined, (before.department, department), Moved(joined, "join", symptoms))
        return self.commit(connection, actor, before, moved, now, note, private=True)

    def told(self, connection: sa.Connection, actor: Actor, folio: str, note: str, now: float) -> Case:
        """What a reporter adds to a report that is being worked on, or just was."""
        before = self.checkout(connection, actor, folio, Permission.NOTE_TICKET)
        moved = Moved(before, "note", Message("the reporter adds"))
        return self.commit(connection, actor, before, moved, now, note, private=True)

    def hit_by(self, case: Case, departments: Iterable[str], moved: Moved) -> Moved:
        """The ticket with the impact of all these departments where that is more than it was."""
        impact = min(case.impact, self.office.impact(departments))
        if impact == case.impact:
            return moved
        raised = life.prioritise(moved.case, impact, case.urgency)
        return replace(self.promised(raised), action=moved.action, message=moved.message)

    def promised(self, moved: Moved) -> Moved:
        """The ticket with the service level of its priority; preventive work keeps its date."""
        if moved.case.kind is TicketKind.PREVENTIVE:
            return moved
        return replace(moved, case=self._with_level(moved.case))

    def playbook_of(self, connection: sa.Connection, case: Case) -> Playbook | None:
        """The playbook as it was when the ticket took it up."""
        if not case.playbook_digest:
            return None
        query = sa.select(playbook_texts.c.text).where(playbook_texts.c.digest == case.playbook_digest)
        text = connection.execute(query).scalar()
        return from_json(text) if text is not None else None

    def _new(self, connection: sa.Connection, draft: Draft, now: float) -> Case:
        impact, urgency, priority = self.office.ranked(draft.affected or (draft.department,), draft.severity)
        folio = persistence.next_folio(connection, draft.kind, self.office.prefix(draft.kind), self.office.year(now))
        device = self.office.device(draft.device)
        case = Case(
            id=0,
            folio=folio,
            kind=draft.kind,
            status=TicketStatus.ASSIGNED if draft.assignee else TicketStatus.OPEN,
            priority=draft.priority or priority,
            impact=impact,
            urgency=urgency,
            title=_harmless(draft.title),
            description=clean(draft.description, limit=_TEXT_LIMIT, keep_newlines=True),
            department=draft.department or (device.department if device else ""),
            site=draft.site or (device.site if device else ""),
            device=clean(draft.device or "", limit=200),
            source=draft.source,
            reporter=clean(draft.reporter, limit=120),
            assignee=clean(draft.assignee, limit=120),
            incident=draft.incident,
            cause_key=draft.cause_key,
            scheduled_at=draft.scheduled_at,
            due_at=draft.due_at,
            opened_at=now,
            updated_at=now,
            simulated=draft.simulated or bool(device and device.simulated),
        )
        case = self._with_playbook(connection, case, draft.playbook, now)
        if case.kind is TicketKind.CORRECTIVE:
            case = self._with_level(case)
            case = clock.clocked(case, self.office.hours(case.calendar), self.office.policy.warn_at)
        elif case.due_at is not None:
            case = replace(case, warn_at=now + max(0.0, case.due_at - now) * self.office.policy.warn_at)
        return persistence.insert(connection, case)

    def _with_level(self, case: Case) -> Case:
        level = self.office.policy.service_levels[case.priority]
        return replace(
            case, calendar=level.calendar, respond_seconds=level.respond, resolve_seconds=level.resolve, warned_at=None
        )

    def _with_playbook(self, connection: sa.Connection, case: Case, playbook_id: str, now: float) -> Case:
        playbook = self.office.playbooks.get(playbook_id) if playbook_id else None
        if playbook is None:
            return case
        mark = digest(playbook)
        known = connection.execute(sa.select(playbook_texts.c.digest).where(playbook_texts.c.digest == mark)).first()
        if known is None:
            row = {"digest": mark, "playbook": playbook.id, "version": playbook.version, "text": as_json(playbook)}
            connection.execute(playbook_texts.insert().values(**row, first_used_at=now))
        return replace(case, playbook=playbook.id, playbook_version=playbook.version, playbook_digest=mark)

    def _reported_again(self, connection: sa.Connection, actor: Actor, known: Case, draft: Draft, now: float) -> Case:
        again = Moved(known, "join", Message("reported again"))
        moved = self.hit_by(known, (known.department, *draft.affected), again)
        return self.commit(connection, actor, known, moved, now, draft.description)

    def _require_recovered(
        self, connection: sa.Connection, actor: Actor, case: Case, although_down: bool, text: str
    ) -> None:
        if case.incident is None or actor == MONITOR:
            return
        query = sa.select(incidents.c.id).where((incidents.c.id == case.incident) & incidents.c.resolved_at.is_(None))
        if connection.execute(query).first() is None:
            return
        if not although_down:
            raise StillDown(
                "{folio} cannot be resolved: the monitor still sees the fault. It is resolved by itself once the fault"
                " is gone",
                folio=case.folio,
            )
        require(actor, Permission.CLOSE_TICKET, case.department)
        if not clean(text):
            raise Unusable("say why {folio} ends although the fault is still there", folio=case.folio)

    def index_anew(self, connection: sa.Connection, case: Case, texts: Iterable[str]) -> None:
        """By what the ticket says now; words that it says no more do not find it any more."""
        persistence.forget_words(connection, case.id)
        self._index(connection, case, (case.description, case.reporter, *texts))

    def _index(self, connection: sa.Connection, case: Case, texts: Iterable[str]) -> None:
        department = self.office.departments.get(case.department)
        device = self.office.device(case.device)
        names = (department.name if department else "", device.name if device else "")
        titles = (render(case.title, language) for language in LANGUAGES)
        known = (case.folio, case.device, case.department, case.site, case.playbook, case.cause_key)
        persistence.index_words(connection, case.id, words([*titles, *names, *known, *texts]))

    def _audit(
        self,
        connection: sa.Connection,
        actor: Actor,
        action: str,
        case: Case,
        now: float,
        detail: Detail,
    ) -> None:
        self.audit.append(connection, actor, action, "ticket", case.folio, now, detail)


_AUDITED = ("status", "assignee", "priority", "hold_reason", "cause_code", "solution_code", "due_at", "incident")


def _difference(before: Case, after: Case, note: str) -> Detail:
    """What an act changed, old and new, for the audit."""
    found: Detail = {}
    for name in _AUDITED:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            found[f"{name}.old"], found[name] = old, new
    return found | ({"note": note} if note else {})


def _harmless(title: Message) -> Message:
    def short(value: str | Number) -> str | Number:
        return clean(value, limit=_TITLE_LIMIT) if isinstance(value, str) else value

    whole = with_parameters(title, short)
    return replace(whole, template=clean(whole.template, limit=_TITLE_LIMIT))
