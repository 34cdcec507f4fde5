"""Tickets that follow incidents, with the real book of alerts over real records."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from nms.access import actor
from nms.alerts.book import AlertBook
from nms.alerts.changes import AlertContext, AlertPolicy
from nms.config.policies import Tickets
from nms.model import DeviceId, Message, Role, Severity, TicketStatus, Verdict
from nms.store.records import Records
from nms.store.tables.alerts import incidents
from nms.tickets.case import Case
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import StillDown, Unusable
from nms.tickets.incidents import IncidentTickets
from nms.tickets.listing import TicketFilter, list_tickets, show_ticket
from tests.tickets.conftest import ADMINISTRATOR, HOUR, MANAGER, NOON, TECHNICIAN, an_office, device, draft, playbook

SWITCH = device(1, Role.SWITCH, "archivo")
PHONE = device(2, Role.PHONE, "seguridad")
DEVICES = {one.id: one for one in (SWITCH, PHONE)}
SWITCH_DOWN = f"device-down/{SWITCH.id}"
PHONE_DOWN = f"device-down/{PHONE.id}"


class Hall:
    """A book of alerts with tickets behind it, and a clock that only goes forward."""

    def __init__(self, records: Records, desk: TicketDesk) -> None:
        self.records, self.desk, self.now = records, desk, NOON
        self.book = AlertBook(records, AlertPolicy(), followers=[IncidentTickets(desk)])

    def says(self, key: str, severity: Severity | None, *, because: str | None = None, after: float = 60.0) -> None:
        self.now += after
        named = DeviceId(key.partition("/")[2])
        summary = Message("{device} does not answer", {"device": named})
        verdict = Verdict(key, "device-down", named, self.now, severity, summary, because_of=because)
        self.book.apply([verdict], self.now, AlertContext(DEVICES))

    def tick(self, after: float = 61.0) -> None:
        self.now += after
        self.book.apply([], self.now, AlertContext(DEVICES))

    def recovers(self, key: str) -> None:
        self.says(key, None)
        self.tick()

    def tickets(self) -> list[Case]:
        with self.records.read() as connection:
            return list(list_tickets(connection, TicketFilter(), limit=100).cases)[::-1]

    def log(self, folio: str) -> list[str]:
        with self.records.read() as connection:
            return [line.action for line in show_ticket(connection, self.desk, folio, self.now).log]


@pytest.fixture
def hall(any_records: Records) -> Hall:
    book = playbook(
        id="switch-caido",
        kind="corrective",
        applies_to={"roles": ["switch"]},
        triggers=[{"incident": {"conditions": ["device-down"]}}],
    )
    office = an_office(SWITCH, PHONE)
    playbooks = type(office.playbooks)({"switch-caido": book}, office.playbooks.catalogue)
    return Hall(any_records, TicketDesk(an_office(SWITCH, PHONE, playbooks=playbooks)))


def test_an_incident_opens_one_ticket_with_its_playbook_and_points_to_it(hall: Hall) -> None:
    hall.says(SWITCH_DOWN, Severity.CRITICAL)
    hall.says(SWITCH_DOWN, Severity.CRITICAL)
    (case,) = hall.tickets()
    assert (case.folio, case.department, case.device) == ("MC-2026-000001", "archivo", SWITCH.id)
    assert (case.playbook, case.playbook_version, case.priority) == ("switch-caido", "1.0", 3)
    with hall.records.read() as connection:
        assert connection.execute(sa.select(incidents.c.ticket)).scalar() == case.folio


def test_symptoms_join_the_ticket_and_raise_its_impact(hall: Hall) -> None:
    hall.says(SWITCH_DOWN, Severity.CRITICAL)
    hall.says(PHONE_DOWN, Severity.CRITICAL, because=SWITCH_DOWN)
    (case,) = hall.tickets()
    assert (case.impact, case.priority) == (1, 1)
    with hall.records.read() as connection:
        shown = show_ticket(connection, hall.desk, case.folio, hall.now)
    assert {row["key"] for row in shown.symptoms} == {SWITCH_DOWN, PHONE_DOWN}


def test_recovery_resolves_with_the_time_of_the_recovery(hall: Hall) -> None:
    hall.says(SWITCH_DOWN, Severity.CRITICAL)
    hall.says(SWITCH_DOWN, None, after=600)
    recovered_at = hall.now
    hall.tick()
    (case,) = hall.tickets()
    assert (case.status, case.resolved_at, case.solution_code) == (TicketStatus.RESOLVED, recovered_at, "recovered")


def test_a_fault_that_comes_back_within_a_while_reopens_its_ticket(hall: Hall) -> None:
    hall.says(SWITCH_DOWN, Severity.CRITICAL)
    hall.recovers(SWITCH_DOWN)
    hall.says(SWITCH_DOWN, Severity.CRITICAL, after=2 * HOUR)
    (case,) = hall.tickets()
    assert (case.status, case.reopened, case.resolved_at) == (TicketStatus.OPEN, 1, None)
    hall.recovers(SWITCH_DOWN)
    hall.says(SWITCH_DOWN, Severity.CRITICAL, after=25 * HOUR)
    assert [case.folio for case in hall.tickets()] == ["MC-2026-000001", "MC-2026-000002"]


def test_what_is_still_down_after_maintenance_keeps_its_ticket_open_and_says_so(hall: Hall) -> None:
    hall.says(SWITCH_DOWN, Severity.CRITICAL)
    planner = actor("marta", ["manager"])
    hall.book.plan_maintenance(planner, "cambio", {"device": [SWITCH.id]}, "obra", hall.now + 10, HOUR, hall.now)
    hall.says(SWITCH_DOWN, Severity.CRITICAL, after=120)
    assert hall.tickets()[0].is_active
    hall.says(SWITCH_DOWN, Severity.CRITICAL, after=2 * HOUR)
    (case,) = hall.tickets()
    assert case.is_active
    with hall.records.read() as connection:
        notes = [line.message.template for line in show_ticket(connection, hall.desk, case.folio, hall.now).log]
    assert "the planned maintenance is over and the condition still holds" in notes


def test_a_ticket_cannot_be_resolved_while_the_monitor_sees_the_fault(hall: Hall) -> None:
    hall.says(SWITCH_DOWN, Severity.CRITICAL)
    with hall.records.begin() as connection:
        with pytest.raises(StillDown, match="still sees the fault"):
            hall.desk.resolve(connection, TECHNICIAN, "MC-2026-000001", hall.now, cause="power", solution="repaired")
        with pytest.raises(Unusable, match="although the fault"):
            hall.desk.resolve(
                connection,
                ADMINISTRATOR,
                "MC-2026-000001",
                hall.now,
                cause="wear",
                solution="withdrawn",
                although_down=True,
            )
    assert hall.tickets()[0].is_active
    hall.recovers(SWITCH_DOWN)
    with hall.records.begin() as connection:
        assert hall.desk.close(connection, MANAGER, "MC-2026-000001", hall.now).status is TicketStatus.CLOSED


def test_a_worse_condition_raises_the_priority_and_an_easier_one_does_not_lower_it(hall: Hall) -> None:
    hall.says(PHONE_DOWN, Severity.WARNING)
    assert hall.tickets()[0].priority == 2
    hall.says(PHONE_DOWN, Severity.CRITICAL)
    assert hall.tickets()[0].priority == 1
    hall.says(PHONE_DOWN, Severity.WARNING)
    assert hall.tickets()[0].priority == 1


def test_an_incident_below_the_least_severity_opens_no_ticket_until_it_worsens(any_records: Records) -> None:
    policy = Tickets.model_validate({"minimum_severity": "critical"})
    hall = Hall(any_records, TicketDesk(an_office(SWITCH, PHONE, policy=policy)))
    hall.says(SWITCH_DOWN, Severity.WARNING)
    assert hall.tickets() == []
    hall.says(SWITCH_DOWN, Severity.CRITICAL)
    assert len(hall.tickets()) == 1


def test_an_incident_that_turns_out_a_symptom_ends_its_ticket_in_favour_of_the_root(hall: Hall) -> None:
    hall.says(PHONE_DOWN, Severity.CRITICAL)
    hall.says(SWITCH_DOWN, Severity.CRITICAL)
    hall.says(PHONE_DOWN, Severity.CRITICAL, because=SWITCH_DOWN)
    hall.tick()
    phone, switch = hall.tickets()
    assert (phone.status, phone.solution_code) == (TicketStatus.RESOLVED, "merged")
    assert switch.is_active
    assert switch.impact == 1


def test_what_a_follower_cannot_write_undoes_the_alert_too(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(TicketDesk, "open", broken)
        with pytest.raises(ZeroDivisionError):
            hall.says(SWITCH_DOWN, Severity.CRITICAL)
    assert hall.tickets() == []
    hall.says(SWITCH_DOWN, Severity.CRITICAL)
    assert len(hall.tickets()) == 1


def test_a_ticket_opened_by_hand_is_left_alone_by_incidents(hall: Hall) -> None:
    with hall.records.begin() as connection:
        by_hand = hall.desk.open(connection, TECHNICIAN, draft(device=SWITCH.id), hall.now).folio
    hall.says(SWITCH_DOWN, Severity.CRITICAL)
    hall.recovers(SWITCH_DOWN)
    assert [case.status for case in hall.tickets() if case.folio == by_hand] == [TicketStatus.OPEN]
