"""The life of tickets under any sequence of acts, against a simple model of what must hold."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nms.calendars import always
from nms.model import Message, TicketKind, TicketStatus
from nms.tickets import clock, life
from nms.tickets.case import ACTIVE, Case
from nms.tickets.errors import NotNow
from nms.tickets.life import ALLOWED, Moved

ACTS = {
    "assign": lambda case, now: life.assign(case, "ana", now),
    "release": lambda case, now: life.release(case, now),
    "start": lambda case, now: life.start(case, "luis", now),
    "hold": lambda case, now: life.hold(case, "vendor", now),
    "resume": lambda case, now: life.resume(case, now),
    "resolve": lambda case, now: life.resolve(case, now, cause="hardware", solution="replaced"),
    "close": lambda case, now: life.close(case, now),
    "reopen": lambda case, now: life.reopen(case, now, Message("again")),
    "prioritise": lambda case, now: life.prioritise(case, 1, 1),
}


class TicketLife(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.now = 1000.0
        self.case = Case(
            id=1,
            folio="MC-2026-000001",
            kind=TicketKind.CORRECTIVE,
            status=TicketStatus.OPEN,
            priority=3,
            impact=2,
            urgency=2,
            title=Message("x"),
            opened_at=self.now,
            updated_at=self.now,
            respond_seconds=600.0,
            resolve_seconds=5000.0,
        )
        self.counted = 0.0
        self.breached_before: float | None = None
        self._settle()

    def _settle(self) -> None:
        self.case = clock.breached(clock.clocked(self.case, always(), 0.75), self.now)

    @rule(seconds=st.integers(0, 2000))
    def time_passes(self, seconds: int) -> None:
        if self.case.status in ACTIVE and self.case.status is not TicketStatus.ON_HOLD:
            self.counted += seconds
        self.now += seconds
        self.case = clock.breached(self.case, self.now)

    @rule(act=st.sampled_from(sorted(ACTS)))
    def somebody_acts(self, act: str) -> None:
        before = self.case
        try:
            moved: Moved = ACTS[act](before, self.now)
        except NotNow:
            assert before.status not in ALLOWED[act]
            return
        assert before.status in ALLOWED[act]
        self.case = moved.case
        self._settle()

    @precondition(lambda self: self.case.status in ACTIVE)
    @rule(back=st.integers(0, 500))
    def the_monitor_sees_a_recovery_late(self, back: int) -> None:
        at = max(self.case.opened_at, self.now - back)
        still = self.case.resolved_at
        assert still is None
        resolved = life.resolve(self.case, self.now, cause="unknown", solution="recovered", at=at).case
        assert self.case.opened_at <= (resolved.resolved_at or 0) <= self.now

    @invariant()
    def status_and_times_agree(self) -> None:
        case = self.case
        ended = case.status in (TicketStatus.RESOLVED, TicketStatus.CLOSED)
        assert (case.resolved_at is not None) == ended
        assert (case.closed_at is not None) == (case.status is TicketStatus.CLOSED)
        assert bool(case.hold_reason) == (case.status is TicketStatus.ON_HOLD) == case.paused
        if case.status is TicketStatus.ASSIGNED:
            assert case.assignee
        if case.status is TicketStatus.OPEN:
            assert not case.assignee

    @invariant()
    def pauses_are_in_order_and_closed_but_the_last(self) -> None:
        for earlier in self.case.pauses[:-1]:
            assert earlier.to_at is not None
            assert earlier.from_at <= earlier.to_at

    @invariant()
    def the_clock_counts_what_was_neither_held_nor_resolved(self) -> None:
        assert abs(clock.elapsed(self.case, always(), self.now) - self.counted) < 1e-6

    @invariant()
    def a_breach_stays_and_means_that_the_time_was_used(self) -> None:
        if self.breached_before is not None:
            assert self.case.breached_at == self.breached_before
        self.breached_before = self.case.breached_at
        if self.case.breached_at is not None:
            assert self.counted > 5000.0
        elif self.case.status in ACTIVE:
            assert self.counted <= 5000.0


TicketLife.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestTicketLife = TicketLife.TestCase
