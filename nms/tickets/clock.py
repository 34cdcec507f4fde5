"""The service-level clock of a ticket: it runs in service hours, and stands still in pauses.

All of it is interval algebra: the time that counts is the service hours from opening on, without the pauses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nms.calendars import ServiceHours
from nms.tickets.case import Case


def elapsed(case: Case, hours: ServiceHours, now: float) -> float:
    """Seconds of service time that the ticket has taken so far, or until it was resolved."""
    end = min(now, case.resolved_at) if case.resolved_at is not None else now
    return (hours.intervals(case.opened_at, end) - case.paused_time()).length


def reached(case: Case, hours: ServiceHours, seconds: float) -> float | None:
    """The instant at which so much service time has passed; None while the clock stands still before it."""
    if not case.pauses:
        return hours.advance(case.opened_at, seconds)
    last = case.pauses[-1]
    until = last.from_at if last.to_at is None else last.to_at
    counted = hours.intervals(case.opened_at, until) - case.paused_time()
    if seconds <= counted.length:
        return counted.advance(case.opened_at, seconds)
    return None if last.to_at is None else hours.advance(last.to_at, seconds - counted.length)


def clocked(case: Case, hours: ServiceHours, warn_share: float) -> Case:
    """The ticket with the instants that its clock reaches: warning, breach, and the end of the time to respond.

    A ticket without promised seconds (preventive work has a date) keeps its own.
    """
    if case.resolve_seconds is None or case.respond_seconds is None or not case.is_active:
        return case
    return replace(
        case,
        warn_at=reached(case, hours, case.resolve_seconds * warn_share),
        due_at=reached(case, hours, case.resolve_seconds),
        respond_due_at=reached(case, hours, case.respond_seconds),
    )


def breached(case: Case, now: float) -> Case:
    """The ticket with the breaches that have come about by now. A breach is never taken back."""
    end = now if case.resolved_at is None else min(now, case.resolved_at)
    respond_end = end if case.responded_at is None else min(end, case.responded_at)
    if case.respond_breached_at is None and case.respond_due_at is not None and respond_end > case.respond_due_at:
        case = replace(case, respond_breached_at=case.respond_due_at)
    if case.breached_at is None and case.due_at is not None and end > case.due_at:
        case = replace(case, breached_at=case.due_at)
    return case


@dataclass(frozen=True, slots=True)
class ClockFace:
    """The clock as people see it: seconds of service time, instants of what is to come."""

    elapsed: float
    promised: float | None
    left: float | None
    paused: bool
    pause_reason: str
    warn_at: float | None
    due_at: float | None
    respond_due_at: float | None
    responded_at: float | None
    breached_at: float | None
    respond_breached_at: float | None


def face(case: Case, hours: ServiceHours, now: float) -> ClockFace:
    """What the clock of a ticket shows at an instant."""
    passed = elapsed(case, hours, now)
    left = None if case.resolve_seconds is None else case.resolve_seconds - passed
    reason = case.pauses[-1].reason if case.paused else ""
    return ClockFace(
        passed,
        case.resolve_seconds,
        left,
        case.paused,
        reason,
        case.warn_at,
        case.due_at,
        case.respond_due_at,
        case.responded_at,
        case.breached_at,
        case.respond_breached_at,
    )
