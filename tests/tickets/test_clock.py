from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from nms.calendars import always
from nms.model import Message, TicketKind, TicketStatus
from nms.tickets import clock
from nms.tickets.case import Case, Pause
from tests.tickets.conftest import DAY, HOUR, NOON, OFFICE_HOURS

STEP = 600
"""The oracle walks in steps of ten minutes; all instants of these tests are multiples of it."""

BEFORE_HOLIDAYS = NOON - 7 * DAY
"""Tuesday 2026-09-15, 12:00; the next day is Independence Day."""


def a_case(opened_at: float = NOON, pauses: tuple[Pause, ...] = (), resolve: float = 8 * HOUR) -> Case:
    return Case(
        id=1,
        folio="MC-2026-000001",
        kind=TicketKind.CORRECTIVE,
        status=TicketStatus.OPEN,
        priority=3,
        impact=2,
        urgency=2,
        title=Message("x"),
        opened_at=opened_at,
        updated_at=opened_at,
        respond_seconds=4 * HOUR,
        resolve_seconds=resolve,
        pauses=pauses,
    )


def ticks(case: Case, until: float) -> list[float]:
    """By brute force: the starts of all ten minutes of service time that count."""
    found, at = [], case.opened_at
    hours = OFFICE_HOURS.intervals(at, until)
    while at < until:
        paused = any(one.from_at <= at < (one.to_at if one.to_at is not None else until) for one in case.pauses)
        if not paused and hours.contains(at):
            found.append(at)
        at += STEP
    return found


@st.composite
def paused_cases(draw: st.DrawFn) -> Case:
    opened = BEFORE_HOLIDAYS + STEP * draw(st.integers(0, 6 * 24 * 3))
    edges = sorted(draw(st.lists(st.integers(0, 6 * 24 * 6), max_size=6, unique=True)))
    pauses = [
        Pause("vendor", opened + STEP * a, opened + STEP * b) for a, b in zip(edges[::2], edges[1::2], strict=False)
    ]
    if len(edges) % 2 and draw(st.booleans()):
        pauses.append(Pause("part", opened + STEP * edges[-1], None))
    return a_case(opened, tuple(pauses), STEP * draw(st.integers(1, 200)))


@settings(max_examples=60, deadline=None)
@given(paused_cases(), st.integers(0, 6 * 24 * 9))
def test_elapsed_service_time_is_what_a_walk_in_ten_minute_steps_counts(case: Case, steps: int) -> None:
    now = case.opened_at + STEP * steps
    assert clock.elapsed(case, OFFICE_HOURS, now) == STEP * len(ticks(case, now))


@settings(max_examples=60, deadline=None)
@given(paused_cases())
def test_the_breach_is_where_the_walk_has_used_the_promised_time(case: Case) -> None:
    assert case.resolve_seconds is not None
    counted = ticks(case, case.opened_at + 40 * DAY)
    needed = round(case.resolve_seconds / STEP)
    due = clock.reached(case, OFFICE_HOURS, case.resolve_seconds)
    if len(counted) < needed:
        assert case.paused
        assert due is None
    else:
        assert due == counted[needed - 1] + STEP


def test_holidays_and_weekends_do_not_count() -> None:
    case = a_case(BEFORE_HOLIDAYS)
    due = clock.clocked(case, OFFICE_HOURS, 0.75).due_at
    assert due == BEFORE_HOLIDAYS + 2 * DAY  # 4 h on the 15th, none on the 16th, 4 h on the 17th


def test_a_warning_comes_at_its_share_of_the_promised_time() -> None:
    case = clock.clocked(a_case(), always(), 0.75)
    assert (case.warn_at, case.due_at, case.respond_due_at) == (NOON + 6 * HOUR, NOON + 8 * HOUR, NOON + 4 * HOUR)


def test_while_the_ticket_waits_nothing_is_due() -> None:
    case = clock.clocked(a_case(pauses=(Pause("user", NOON + HOUR),)), always(), 0.75)
    assert (case.warn_at, case.due_at) == (None, None)
    face = clock.face(case, always(), NOON + 5 * HOUR)
    assert (face.elapsed, face.left, face.paused, face.pause_reason) == (HOUR, 7 * HOUR, True, "user")


def test_a_breach_is_not_taken_back() -> None:
    case = replace(clock.clocked(a_case(), always(), 0.75))
    late = clock.breached(case, NOON + 9 * HOUR)
    assert late.breached_at == NOON + 8 * HOUR
    assert clock.breached(replace(late, due_at=NOON + 90 * HOUR), NOON + 10 * HOUR).breached_at == NOON + 8 * HOUR


def test_at_the_very_instant_that_was_promised_it_is_not_late() -> None:
    case = clock.clocked(a_case(), always(), 0.75)
    assert clock.breached(case, NOON + 8 * HOUR).breached_at is None
