"""The life of a ticket: pure functions from what it was to what it becomes, or `NotNow`.

open -> assigned -> in progress -> resolved -> closed
  \\________\\___________\\__ on hold (vendor, part, user) and back
resolved, closed -> reopened as assigned (who had it) or open
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nms.model import Message, TicketStatus
from nms.tickets.case import ACTIVE, Case, Pause
from nms.tickets.codes import Cause, HoldReason, Solution, word
from nms.tickets.errors import NotNow, Unusable
from nms.tickets.priority import priority_of

RESOLVED_PAUSE = "resolved"
"""The reason of the pause between a resolution and a reopening."""

_S = TicketStatus

ALLOWED: Mapping[str, frozenset[TicketStatus]] = {
    "assign": ACTIVE,
    "release": frozenset({_S.ASSIGNED, _S.IN_PROGRESS, _S.ON_HOLD}),
    "start": frozenset({_S.OPEN, _S.ASSIGNED}),
    "hold": frozenset({_S.OPEN, _S.ASSIGNED, _S.IN_PROGRESS}),
    "resume": frozenset({_S.ON_HOLD}),
    "resolve": ACTIVE,
    "close": frozenset({_S.RESOLVED}),
    "reopen": frozenset({_S.RESOLVED, _S.CLOSED}),
    "prioritise": ACTIVE,
    "join": ACTIVE,
    "note": frozenset(TicketStatus),
}
"""In which statuses each action may be taken."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A ticket after one action, and the line of its log."""

    case: Case
    action: str
    message: Message


def actions(case: Case) -> tuple[str, ...]:
    """What may be done to a ticket in its present status."""
    return tuple(action for action, statuses in ALLOWED.items() if case.status in statuses)


def _check(case: Case, action: str) -> None:
    if case.status not in ALLOWED[action]:
        raise NotNow(
            "{folio} is {status_msgid}: “{action_msgid}” is not possible now",
            folio=case.folio,
            status_msgid=word("status", case.status.value),
            action_msgid=word("action", action),
        )


def assign(case: Case, person: str, now: float) -> Moved:
    """Gives the ticket to a person; work that has begun goes on, a pause too."""
    _check(case, "assign")
    if not person:
        raise Unusable("say whom {folio} is assigned to", folio=case.folio)
    status = _S.ASSIGNED if case.status in (_S.OPEN, _S.IN_PROGRESS) else case.status
    moved = replace(case, status=status, assignee=person, responded_at=_first(case.responded_at, now))
    return Moved(moved, "assign", Message("assigned to {person}", {"person": person}))


def release(case: Case, now: float) -> Moved:
    """Takes the ticket from the person who has it."""
    _check(case, "release")
    status = case.status if case.status is _S.ON_HOLD else _S.OPEN
    message = Message("{person} does not have it any more", {"person": case.assignee})
    return Moved(replace(case, status=status, assignee=""), "release", message)


def start(case: Case, person: str, now: float) -> Moved:
    """Work begins, by the one who has the ticket or, where nobody has, by who begins."""
    _check(case, "start")
    assignee = case.assignee or person
    moved = replace(case, status=_S.IN_PROGRESS, assignee=assignee, responded_at=_first(case.responded_at, now))
    return Moved(moved, "start", Message("work has begun"))


def hold(case: Case, reason: str, now: float) -> Moved:
    """The ticket waits for somebody else; its clock stands still."""
    _check(case, "hold")
    if reason not in list(HoldReason):
        raise Unusable("a ticket waits for one of {reasons}", reasons=", ".join(HoldReason))
    moved = replace(case, status=_S.ON_HOLD, hold_reason=reason, pauses=(*case.pauses, Pause(reason, now)))
    waits = Message("on hold: waits for {reason_msgid}", {"reason_msgid": word("reason", reason)})
    return Moved(moved, "hold", waits)


def resume(case: Case, now: float) -> Moved:
    """The wait is over; the clock runs again."""
    _check(case, "resume")
    status = _S.IN_PROGRESS if case.assignee else _S.OPEN
    reason = word("reason", case.hold_reason)
    message = Message("goes on after waiting for {reason_msgid}", {"reason_msgid": reason})
    return Moved(replace(_unpaused(case, now), status=status, hold_reason=""), "resume", message)


def resolve(case: Case, now: float, *, cause: str, solution: str, text: str = "", at: float | None = None) -> Moved:
    """The service works again, or the work is done: since `at`, or now."""
    _check(case, "resolve")
    if cause not in list(Cause):
        raise Unusable("the cause is one of {codes}", codes=", ".join(Cause))
    if solution not in list(Solution):
        raise Unusable("the solution is one of {codes}", codes=", ".join(Solution))
    resolved_at = min(now, max(case.opened_at, at if at is not None else now))
    moved = replace(
        _unpaused(case, now),
        status=_S.RESOLVED,
        hold_reason="",
        resolved_at=resolved_at,
        cause_code=cause,
        solution_code=solution,
        solution=text or case.solution,
    )
    params = {"cause_msgid": word("cause", cause), "solution_msgid": word("solution", solution)}
    return Moved(moved, "resolve", Message("resolved; cause: {cause_msgid}; solution: {solution_msgid}", params))


def close(case: Case, now: float) -> Moved:
    """Nothing more is to be done."""
    _check(case, "close")
    return Moved(replace(case, status=_S.CLOSED, closed_at=now), "close", Message("closed"))


def reopen(case: Case, now: float, why: Message) -> Moved:
    """It was not over: the ticket goes on, and the time it was held resolved does not count."""
    _check(case, "reopen")
    status = _S.ASSIGNED if case.assignee else _S.OPEN
    ended = case.resolved_at if case.resolved_at is not None else now
    moved = replace(
        case,
        status=status,
        resolved_at=None,
        closed_at=None,
        reopened=case.reopened + 1,
        cause_code="",
        solution_code="",
        warned_at=None,
        pauses=_with_pause(case.pauses, Pause(RESOLVED_PAUSE, ended, max(ended, now))),
    )
    return Moved(moved, "reopen", why)


def prioritise(case: Case, impact: int, urgency: int, priority: int | None = None) -> Moved:
    """Another impact, urgency or, by decision, priority. Whoever changes it sets the promised times anew."""
    _check(case, "prioritise")
    if not (1 <= impact <= 3 and 1 <= urgency <= 3 and (priority is None or 1 <= priority <= 4)):
        raise Unusable("impact and urgency run from 1 to 3, the priority from 1 to 4")
    chosen = priority if priority is not None else priority_of(impact, urgency)
    moved = replace(case, impact=impact, urgency=urgency, priority=chosen)
    message = Message("priority {old} becomes {new}", {"old": case.priority, "new": chosen})
    return Moved(moved, "prioritise", message)


def _first(known: float | None, now: float) -> float:
    return now if known is None else known


def _unpaused(case: Case, now: float) -> Case:
    if not case.paused:
        return case
    last = case.pauses[-1]
    return replace(case, pauses=(*case.pauses[:-1], replace(last, to_at=max(last.from_at, now))))


def _with_pause(pauses: tuple[Pause, ...], new: Pause) -> tuple[Pause, ...]:
    """Adds a pause; one that begins inside an earlier one (recovery seen late) is kept in order of its end."""
    return tuple(sorted((*pauses, new), key=lambda pause: (pause.to_at or float("inf"), pause.from_at)))
