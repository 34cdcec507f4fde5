from __future__ import annotations

import subprocess
import sys

import pytest

from nms.access import Forbidden, actor
from nms.calendars import year as calendar_year
from nms.config.policies import Tickets
from nms.model import Message, Severity, TicketKind, TicketStatus
from nms.store.audit import AuditLog, entries
from nms.store.records import Records
from nms.tickets import persistence
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import Changed, NoSuchTicket, NotNow, Unusable
from nms.tickets.life import Moved
from nms.tickets.listing import TicketFilter, list_tickets, log_of, show_ticket
from nms.tickets.sweep import sweep
from nms.tickets.work import spend, use_part
from tests.tickets.conftest import ADMINISTRATOR, DAY, HOUR, MANAGER, NOON, TECHNICIAN, VIEWER, an_office, draft


def opened(records: Records, desk: TicketDesk, now: float = NOON, **changes: object) -> str:
    with records.begin() as connection:
        return desk.open(connection, TECHNICIAN, draft(**changes), now).folio


def test_folios_count_by_kind_and_year(any_records: Records, desk: TicketDesk) -> None:
    kinds = (TicketKind.CORRECTIVE, TicketKind.CORRECTIVE, TicketKind.PREVENTIVE)
    made = [opened(any_records, desk, kind=kind) for kind in kinds]
    assert made == ["MC-2026-000001", "MC-2026-000002", "MP-2026-000001"]


def test_the_year_of_a_folio_turns_at_midnight_of_the_office(any_records: Records, desk: TicketDesk) -> None:
    midnight = calendar_year(2027).start
    assert opened(any_records, desk, midnight - 1) == "MC-2026-000001"
    assert opened(any_records, desk, midnight) == "MC-2027-000001"
    assert opened(any_records, desk, midnight - 0.5) == "MC-2026-000002"


def test_a_ticket_that_was_not_opened_leaves_no_gap(any_records: Records, desk: TicketDesk) -> None:
    def half_way() -> None:
        with any_records.begin() as connection:
            desk.open(connection, TECHNICIAN, draft(), NOON)
            raise ZeroDivisionError

    opened(any_records, desk)
    with pytest.raises(ZeroDivisionError):
        half_way()
    assert opened(any_records, desk) == "MC-2026-000002"


_WRITER = """
import sys
from nms.access import actor
from nms.model import Message, TicketKind
from nms.store.records import Records
from nms.tickets.case import Draft
from nms.tickets.desk import TicketDesk
from nms.tickets.office import Office
records, desk, who = Records.open(sys.argv[1]), TicketDesk(Office()), actor("ana", ["technician"])
for number in range(20):
    with records.begin() as connection:
        draft = Draft(TicketKind.CORRECTIVE, Message("fault"), "hand", cause_key=f"incident/shared-{number}")
        desk.open(connection, who, draft, 1790100000.0)
        desk.open(connection, who, Draft(TicketKind.PREVENTIVE, Message("work"), "hand"), 1790100000.0)
records.close()
"""


def test_two_programs_give_no_folio_twice_and_open_one_ticket_a_cause(any_records_url: str) -> None:
    Records.open(any_records_url).close()
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, any_records_url], stderr=subprocess.PIPE) for _ in range(2)
    ]
    errors = [writer.communicate(timeout=90)[1].decode() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], errors
    records = Records.open(any_records_url)
    with records.read() as connection:
        cases = list_tickets(connection, TicketFilter(), limit=500).cases
        assert AuditLog().verify(connection).intact
    records.close()
    corrective = sorted(case.folio for case in cases if case.kind is TicketKind.CORRECTIVE)
    preventive = sorted(case.folio for case in cases if case.kind is TicketKind.PREVENTIVE)
    assert corrective == [f"MC-2026-{number:06}" for number in range(1, 21)]
    assert preventive == [f"MP-2026-{number:06}" for number in range(1, 41)]


def test_the_whole_life_is_logged_and_audited(any_records: Records, desk: TicketDesk) -> None:
    folio = opened(any_records, desk)
    with any_records.begin() as connection:
        desk.assign(connection, MANAGER, folio, "ana", NOON + 60)
        desk.start(connection, TECHNICIAN, folio, NOON + 120)
        desk.hold(connection, TECHNICIAN, folio, "vendor", NOON + HOUR, "reporte TM-991")
        desk.resume(connection, TECHNICIAN, folio, NOON + 2 * HOUR)
        desk.resolve(connection, TECHNICIAN, folio, NOON + 3 * HOUR, cause="provider", solution="provider-fixed")
        closed = desk.close(connection, MANAGER, folio, NOON + DAY)
    assert closed.status is TicketStatus.CLOSED
    with any_records.read() as connection:
        shown = show_ticket(connection, desk, folio, NOON + DAY)
        written = [row.action for row in entries(connection, kind="ticket", subject=folio)]
        assert AuditLog().verify(connection).intact
    life = ["open", "assign", "start", "hold", "resume", "resolve", "close"]
    assert [line.action for line in shown.log] == life
    assert written == life[::-1]
    assert (shown.log[3].note, shown.log[3].actor, shown.log[3].origin) == ("reporte TM-991", "ana", "cli:soporte-01")
    assert shown.clock.elapsed == 2 * HOUR
    assert "ana" in shown.watchers


def test_what_the_state_does_not_allow_is_refused_with_a_reason(any_records: Records, desk: TicketDesk) -> None:
    folio = opened(any_records, desk)
    with any_records.begin() as connection:
        with pytest.raises(NotNow, match="is open: “close” is not possible now"):
            desk.close(connection, MANAGER, folio, NOON)
        with pytest.raises(NotNow):
            desk.resume(connection, TECHNICIAN, folio, NOON)
        with pytest.raises(Unusable, match="vendor, part, user"):
            desk.hold(connection, TECHNICIAN, folio, "lunch", NOON)
        with pytest.raises(NoSuchTicket):
            desk.start(connection, TECHNICIAN, "MC-2026-999999", NOON)


def test_roles_are_enforced_at_the_desk(any_records: Records, desk: TicketDesk) -> None:
    folio = opened(any_records, desk)
    other = actor("luis", ["technician"], departments=["archivo"])
    with any_records.begin() as connection:
        with pytest.raises(Forbidden):
            desk.open(connection, VIEWER, draft(), NOON)
        with pytest.raises(Forbidden):
            desk.assign(connection, TECHNICIAN, folio, "luis", NOON)
        with pytest.raises(Forbidden, match="tesoreria"):
            desk.assign(connection, other, folio, "luis", NOON)
        with pytest.raises(Forbidden):
            desk.start(connection, MANAGER, folio, NOON)
        with pytest.raises(Forbidden):
            desk.prioritise(connection, TECHNICIAN, folio, NOON, priority=1)
        assert desk.assign(connection, TECHNICIAN, folio, "ana", NOON).assignee == "ana"


def test_one_cause_has_one_open_ticket_and_a_second_report_joins_it(any_records: Records, desk: TicketDesk) -> None:
    first = opened(any_records, desk, cause_key="report/no-network/tesoreria", department="archivo")
    with any_records.begin() as connection:
        again = desk.open(
            connection, TECHNICIAN, draft(cause_key="report/no-network/tesoreria", affected=("seguridad",)), NOON + 60
        )
    assert again.folio == first
    assert (again.impact, again.priority) == (1, 2)
    with any_records.begin() as connection:
        desk.resolve(connection, TECHNICIAN, first, NOON + 120, cause="cabling", solution="repaired")
    assert opened(any_records, desk, NOON + 180, cause_key="report/no-network/tesoreria") != first


@pytest.mark.parametrize(
    ("department", "severity", "priority"),
    [
        ("seguridad", Severity.CRITICAL, 1),
        ("seguridad", Severity.WARNING, 2),
        ("tesoreria", Severity.CRITICAL, 1),
        ("archivo", Severity.CRITICAL, 3),
        ("archivo", Severity.WARNING, 4),
        ("archivo", Severity.INFO, 4),
    ],
)
def test_priority_comes_from_the_department_and_the_severity(
    desk: TicketDesk, department: str, severity: Severity, priority: int
) -> None:
    assert desk.office.ranked([department], severity)[2] == priority


def test_two_who_read_the_same_ticket_cannot_both_write(any_records: Records, desk: TicketDesk) -> None:
    folio = opened(any_records, desk)
    with any_records.read() as connection:
        stale = persistence.read(connection, folio)
    with any_records.begin() as connection:
        desk.note(connection, TECHNICIAN, folio, "first", NOON + 1)
        with pytest.raises(Changed):
            desk.commit(connection, TECHNICIAN, stale, Moved(stale, "note", Message("comment")), NOON + 2)


def test_warnings_and_breaches_are_told_once(any_records: Records, desk: TicketDesk) -> None:
    folio = opened(any_records, desk, department="seguridad", severity=Severity.CRITICAL)
    found = []
    for minutes in (10, 16, 17, 179, 181, 182, 239, 241, 242, 600):
        with any_records.begin() as connection:
            swept = sweep(connection, desk, NOON + minutes * 60)
        found.append((minutes, len(swept.unanswered), len(swept.warned), len(swept.breached)))
    assert [one for one in found if any(one[1:])] == [(16, 1, 0, 0), (181, 0, 1, 0), (241, 0, 0, 1)]
    with any_records.read() as connection:
        case = persistence.read(connection, folio)
    assert case.breached_at == NOON + 4 * HOUR
    assert case.respond_breached_at == NOON + 900


def test_a_breach_is_recorded_even_when_nobody_swept(any_records: Records, desk: TicketDesk) -> None:
    folio = opened(any_records, desk, department="seguridad", severity=Severity.CRITICAL)
    with any_records.begin() as connection:
        done = desk.resolve(connection, TECHNICIAN, folio, NOON + 5 * HOUR, cause="power", solution="repaired")
    assert done.breached_at == NOON + 4 * HOUR


def test_a_pause_stops_the_clock_of_the_sweep(any_records: Records, desk: TicketDesk) -> None:
    folio = opened(any_records, desk, department="seguridad", severity=Severity.CRITICAL)
    with any_records.begin() as connection:
        desk.start(connection, TECHNICIAN, folio, NOON + 60)
        desk.hold(connection, TECHNICIAN, folio, "part", NOON + HOUR)
    with any_records.begin() as connection:
        assert sweep(connection, desk, NOON + 100 * HOUR).breached == []
        resumed = desk.resume(connection, TECHNICIAN, folio, NOON + 100 * HOUR)
    assert resumed.due_at == NOON + 103 * HOUR


def test_what_is_long_resolved_closes_by_itself(any_records: Records, desk: TicketDesk) -> None:
    folio = opened(any_records, desk)
    with any_records.begin() as connection:
        desk.resolve(connection, TECHNICIAN, folio, NOON + HOUR, cause="user", solution="restarted")
    with any_records.begin() as connection:
        assert sweep(connection, desk, NOON + HOUR + 71 * HOUR).closed == []
        assert [case.folio for case in sweep(connection, desk, NOON + HOUR + 72 * HOUR).closed] == [folio]


def test_reopening_needs_a_reason_and_counts(any_records: Records, desk: TicketDesk) -> None:
    folio = opened(any_records, desk, department="seguridad", severity=Severity.CRITICAL)
    with any_records.begin() as connection:
        desk.resolve(connection, TECHNICIAN, folio, NOON + HOUR, cause="user", solution="restarted")
        with pytest.raises(Unusable, match="say why"):
            desk.reopen(connection, TECHNICIAN, folio, NOON + 2 * HOUR, " ")
        again = desk.reopen(connection, TECHNICIAN, folio, NOON + 10 * HOUR, "sigue fallando")
    assert (again.status, again.reopened, again.resolved_at) == (TicketStatus.OPEN, 1, None)
    assert again.due_at == NOON + 13 * HOUR


def test_another_priority_promises_another_time(any_records: Records, desk: TicketDesk) -> None:
    folio = opened(any_records, desk, department="archivo")
    with any_records.begin() as connection:
        raised = desk.prioritise(connection, MANAGER, folio, NOON + 60, priority=1, note="visita del cabildo")
    assert raised.due_at == NOON + 4 * HOUR
    assert raised.calendar == "always"


def test_time_parts_and_cost_add_up(any_records: Records, desk: TicketDesk) -> None:
    folio = opened(any_records, desk)
    with any_records.begin() as connection:
        spend(connection, desk, TECHNICIAN, folio, 45, NOON)
        spend(connection, desk, TECHNICIAN, folio, 30, NOON, person="proveedor", cost=1200.0)
        use_part(connection, desk, TECHNICIAN, folio, "SFP LX", NOON, quantity=2, unit_cost=850.0, serial="X1")
        for minutes in (0, -5, float("nan"), 1e9):
            with pytest.raises(Unusable):
                spend(connection, desk, TECHNICIAN, folio, minutes, NOON)
        with pytest.raises(Unusable):
            use_part(connection, desk, TECHNICIAN, folio, "x", NOON, unit_cost=float("inf"))
    with any_records.read() as connection:
        shown = show_ticket(connection, desk, folio, NOON)
    assert (shown.minutes, shown.cost) == (75.0, 2900.0)


def test_hostile_text_is_harmless_wherever_it_enters(any_records: Records, desk: TicketDesk) -> None:
    bad = "\x1b]52;c;x\x07 [/] ' OR 1=1 --\u202e"
    folio = opened(any_records, desk, title=Message("{x}", {"x": bad}), description=bad, reporter=bad, cause_key=bad)
    evil = actor(bad, ["administrator"], origin=bad)
    with any_records.begin() as connection:
        desk.assign(connection, evil, folio, bad, NOON, bad)
        desk.note(connection, evil, folio, bad, NOON)
    with any_records.read() as connection:
        shown = show_ticket(connection, desk, folio, NOON)
        line = log_of(connection, shown.case.id)[-1]
    everything = repr((shown, line))
    assert "\\x1b" not in everything
    assert "\\x07" not in everything
    assert "\\u202e" not in everything


def test_the_desk_takes_the_folio_prefixes_of_the_configuration(any_records: Records) -> None:
    policy = Tickets.model_validate({"folio": {"corrective": "COR", "preventive": "PRE"}})
    assert opened(any_records, TicketDesk(an_office(policy=policy))) == "COR-2026-000001"


def test_a_fault_report_joins_and_raises_the_impact(any_records: Records, desk: TicketDesk) -> None:
    folio = opened(any_records, desk, department="archivo")
    with any_records.begin() as connection:
        joined = desk.join(
            connection, ADMINISTRATOR, folio, "report/77", "seguridad", NOON + 60, "tampoco hay red aquí"
        )
        again = desk.join(connection, ADMINISTRATOR, folio, "report/77", "seguridad", NOON + 90)
    assert (joined.symptoms, again.symptoms) == (1, 1)
    assert (joined.impact, joined.priority) == (1, 2)
