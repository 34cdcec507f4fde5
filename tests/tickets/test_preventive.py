from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from itertools import pairwise

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nms.access import Forbidden
from nms.calendars import DAY_SECONDS, Interval, IntervalSet, day, wall_time, year
from nms.model import Component, DeviceId, Lifecycle, Message, Role, Severity, TicketStatus, Verdict
from nms.store.records import Records
from nms.store.tables.tickets import preventive_jobs
from nms.tickets import persistence
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import NoSuchWork, NotNow, Unusable
from nms.tickets.listing import TicketFilter, list_tickets
from nms.tickets.playbooks import Playbook, PlaybookBook
from nms.tickets.preventive.causes import (
    ConfigurationFinding,
    Expiry,
    Forecast,
    MeterReading,
    calendar_dues,
    configuration_dues,
    expiries,
    forecast_dues,
    lifecycle_dues,
    marks_to_set,
    meter_dues,
    meters_wanted,
    review_dues,
)
from nms.tickets.preventive.export import to_csv, to_icalendar
from nms.tickets.preventive.moving import PlanDesk
from nms.tickets.preventive.planning import Job, Plan, Planned, Technician, monday, plan_work, plan_year
from nms.tickets.preventive.schedule import Schedule, calendar_jobs
from nms.tickets.sweep import sweep
from tests.tickets.conftest import (
    CATALOGUE,
    DAY,
    HOUR,
    MANAGER,
    NOON,
    OFFICE_HOURS,
    TECHNICIAN,
    an_office,
    device,
    playbook,
)

SIMPLE_STEPS = [{"id": "uno", "do": "Hágalo.", "optional": True}]
ANA = Technician("ana", OFFICE_HOURS, frozenset({"energía"}))
LUIS = Technician("luis", OFFICE_HOURS, frozenset({"energía", "redes"}))


def book(*playbooks: Playbook) -> PlaybookBook:
    return PlaybookBook({one.id: one for one in playbooks}, CATALOGUE)


def with_triggers(*triggers: dict[str, object], **changes: object) -> Playbook:
    return playbook(triggers=list(triggers), steps=SIMPLE_STEPS, **changes)


def monthly(**changes: object) -> Playbook:
    rule = {"rule": "FREQ=MONTHLY;BYDAY=1TU", "first": "2026-01-06 09:00", "spread_days": 7}
    return with_triggers({"calendar": rule}, lead_days=5, skill="energía", **changes)


# what calls for work


def test_a_calendar_comes_once_a_device_on_the_office_clock() -> None:
    office = an_office(playbooks=book(monthly()))
    span = year(2026)
    dues = list(calendar_dues(monthly(), office, span.start, span.end))
    assert len(dues) == 2 * 12
    assert {due.device for due in dues} == {"ups-01", "ups-02"}
    first = min(due.earliest for due in dues)
    assert first == day(date(2026, 1, 6)).start + 9 * HOUR
    assert len({(due.cause_key, due.earliest) for due in dues}) == 24


@pytest.mark.parametrize(("per", "count"), [("device", 3), ("site", 2), ("department", 1), ("municipality", 1)])
def test_a_calendar_may_come_per_site_department_or_once(per: str, count: int) -> None:
    rule = {"rule": "FREQ=YEARLY", "first": "2026-05-05 09:00", "per": per}
    one = with_triggers({"calendar": rule})
    office = an_office(device(1), device(2), device(3, site="dif"), playbooks=book(one))
    assert len(list(calendar_dues(one, office, year(2026).start, year(2026).end))) == count


PAGES = "pages_total"
KIT = with_triggers({"meter": {"metric": PAGES, "every": 200_000}}, id="kit", applies_to={"roles": ["printer"]})
PRINTER = device(1, Role.PRINTER)


def pages(value: float) -> MeterReading:
    return MeterReading(PRINTER.id, PAGES, value, NOON)


def test_a_meter_is_due_at_its_next_multiple_even_when_first_seen_late() -> None:
    office = an_office(PRINTER, playbooks=book(KIT))
    assert marks_to_set(office, [pages(350_000)], {}) == {f"meter/kit/{PAGES}/{PRINTER.id}/": 200_000.0}
    marks = marks_to_set(office, [pages(350_000)], {})
    assert list(meter_dues(office, [pages(399_999)], marks, NOON)) == []
    (due,) = meter_dues(office, [pages(400_000)], marks, NOON)
    assert (due.meter, due.device) == (400_000, PRINTER.id)


def test_a_meter_that_was_reset_starts_from_zero() -> None:
    office = an_office(PRINTER, playbooks=book(KIT))
    marks = {f"meter/kit/{PAGES}/{PRINTER.id}/": 400_000.0}
    assert list(meter_dues(office, [pages(120)], marks, NOON)) == []
    assert marks_to_set(office, [pages(120)], marks) == {f"meter/kit/{PAGES}/{PRINTER.id}/": 0.0}


def test_a_windowed_meter_is_due_above_its_limit() -> None:
    metric = "interface_in_errors_total"
    one = with_triggers(
        {"meter": {"metric": metric, "more_than": 1000, "within_days": 7, "components": "Gi*"}},
        applies_to={"roles": ["switch"]},
    )
    switch = device(1, Role.SWITCH)
    office = an_office(switch, playbooks=book(one))
    assert meters_wanted([one]) == {(metric, 7)}

    def reading(value: float, port: str, days: int = 7) -> MeterReading:
        return MeterReading(switch.id, metric, value, NOON, Component("interface", port), days)

    readings = [reading(1001, "Gi1/0/1"), reading(1000, "Gi1/0/2"), reading(9999, "Te1"), reading(9999, "Gi1", 1)]
    assert [due.cause_key for due in meter_dues(office, readings, {}, NOON)] == [
        f"meter/ups-prueba/{metric}/{switch.id}/Gi1/0/1"
    ]


def test_a_forecast_calls_for_the_most_exact_playbook_before_it_comes_true() -> None:
    wide = with_triggers({"forecast": {"conditions": ["forecast"]}}, id="amplio")
    exact = with_triggers({"forecast": {"conditions": ["forecast/battery*"]}}, id="exacto")
    office = an_office(playbooks=book(wide, exact))
    verdict = Verdict(
        "forecast/ups-01/battery:1/charge_ratio", "forecast", DeviceId("ups-01"), NOON, Severity.WARNING, Message("x")
    )
    (due,) = forecast_dues(office, [Forecast(verdict, NOON + 20 * DAY)], NOON)
    assert (due.playbook, due.latest) == ("exacto", NOON + 20 * DAY)
    for quiet in (replace(verdict, severity=None), replace(verdict, unknown=True)):
        assert list(forecast_dues(office, [Forecast(quiet)], NOON)) == []


def test_lifecycles_call_a_lead_time_ahead_and_once_for_each_date() -> None:
    one = with_triggers({"lifecycle": {"dates": ["warranty", "certificate"]}}, lead_days=10)
    ups = replace(device(1), lifecycle=Lifecycle(warranty_until="2026-12-31", end_of_support="2026-10-01"))
    office = an_office(ups, playbooks=book(one))
    (warranty,) = [one for one in expiries(office) if one.what == "warranty"]
    assert warranty.at == day(date(2026, 12, 31)).end
    assert list(lifecycle_dues(office, expiries(office), warranty.at - 91 * DAY)) == []
    (due,) = lifecycle_dues(office, expiries(office), warranty.at - 90 * DAY)
    assert (due.cause_key, due.latest) == ("lifecycle/warranty/ups-01//2027-01-01", warranty.at)
    assert (due.title.params["what_msgid"], due.title.params["date"]) == ("warranty ends", "2026-12-31")
    (late,) = lifecycle_dues(office, expiries(office), warranty.at + DAY)
    assert late.latest == warranty.at + DAY + 10 * DAY
    assert list(lifecycle_dues(office, expiries(office), warranty.at + 31 * DAY)) == []
    certificate = Expiry(ups.id, "certificate", NOON + 29 * DAY, "www")
    assert len(list(lifecycle_dues(office, [certificate], NOON))) == 1


def test_findings_in_configurations_call_for_the_playbook_made_for_them() -> None:
    wide = with_triggers({"configuration": {"findings": ["unsaved"]}}, {"lifecycle": {"dates": ["warranty"]}}, id="a")
    made = with_triggers({"configuration": {"findings": ["unsaved", "backup-too-old"]}}, id="b")
    office = an_office(playbooks=book(wide, made))
    finding = ConfigurationFinding(DeviceId("ups-01"), "unsaved", NOON)
    assert [due.playbook for due in configuration_dues(office, [finding], NOON)] == ["b"]


def test_an_overdue_review_of_a_playbook_calls_for_work_once_a_version() -> None:
    old = with_triggers({"lifecycle": {"dates": ["warranty"]}}, id="viejo", reviewed=date(2025, 1, 1), version="3.1")
    method = with_triggers(
        {"lifecycle": {"dates": ["licence"]}}, id="revision", mission=["5.2"], reviewed=date(2026, 9, 1)
    )
    office = an_office(playbooks=book(old, method))
    (due,) = review_dues(office, NOON)
    assert (due.cause_key, due.playbook) == ("review/viejo/3.1", "revision")


# the plan


def test_a_plan_spreads_work_over_weeks_and_people() -> None:
    start = day(date(2026, 3, 2)).start
    jobs = [Job(f"j{n}", start, start + 28 * DAY_SECONDS, 60, "energía") for n in range(16)]
    plan = plan_work(jobs, [ANA, LUIS])
    assert plan.unplaced == ()
    assert sorted(plan.weekly_minutes().values()) == [120.0] * 8


def test_work_without_somebody_who_can_do_it_is_told() -> None:
    start = day(date(2026, 3, 2)).start
    jobs = [Job("fibra", start, start + 5 * DAY, 60, "fibra"), Job("largo", start, start + 30 * DAY, 600, "energía")]
    plan = plan_work(jobs, [ANA])
    assert [one.job.key for one in plan.unplaced] == ["fibra", "largo"]


def test_nobody_works_on_holidays_weekends_or_while_away() -> None:
    week = Interval(day(date(2026, 9, 14)).start, day(date(2026, 9, 20)).end)
    away = replace(ANA, away=IntervalSet([Interval(week.start, day(date(2026, 9, 15)).end)]))
    plan = plan_work([Job(f"j{n}", week.start, week.end, 180, "energía") for n in range(3)], [away])
    days = {wall_time(one.start).date().isoformat() for one in plan.placed if one.start is not None}
    assert days == {"2026-09-17", "2026-09-18"}


@st.composite
def job_lists(draw: st.DrawFn) -> list[Job]:
    start = day(date(2026, 3, 2)).start
    made = []
    for number in range(draw(st.integers(0, 25))):
        first = start + DAY * draw(st.integers(0, 40))
        room = DAY * draw(st.integers(1, 40))
        skill = draw(st.sampled_from(["", "energía", "redes", "fibra"]))
        made.append(Job(f"j{number}", first, first + room, draw(st.integers(10, 400)), skill))
    return made


@settings(max_examples=40, deadline=None)
@given(job_lists(), st.randoms())
def test_a_plan_keeps_every_promise_whatever_the_jobs(jobs: list[Job], shuffle) -> None:  # type: ignore[no-untyped-def]
    technicians = [ANA, LUIS]
    plan = plan_work(jobs, technicians)
    assert sorted(one.job.key for one in (*plan.placed, *plan.unplaced)) == sorted(job.key for job in jobs)
    for one in plan.placed:
        assert one.start is not None
        assert one.end is not None
        who = next(person for person in technicians if person.id == one.technician)
        assert who.can(one.job)
        assert one.job.earliest <= one.start
        assert one.end <= one.job.latest
        assert one.end - one.start == one.job.minutes * 60
        assert who.hours.elapsed(one.start, one.end) == one.end - one.start
    for person in technicians:
        own = sorted((one.start or 0, one.end or 0) for one in plan.placed if one.technician == person.id)
        assert all(before[1] <= after[0] for before, after in pairwise(own))
    for (name, week), minutes in plan.weekly_minutes().items():
        alone = sum(1 for one in plan.placed if one.technician == name and monday(one.start or 0) == week) == 1
        assert minutes <= 600 or alone
    again = list(jobs)
    shuffle.shuffle(again)
    assert plan_work(again, technicians) == plan


def test_what_was_planned_stays_when_work_is_added() -> None:
    start = day(date(2026, 3, 2)).start
    jobs = [Job(f"j{n}", start, start + 28 * DAY, 120, "energía") for n in range(10)]
    first = plan_work(jobs[:6], [ANA, LUIS])
    second = plan_work(jobs, [ANA, LUIS], fixed=first.placed)
    assert set(first.placed) <= set(second.placed)
    assert len(second.placed) == 10


def test_a_year_of_a_whole_city_hall_is_planned_quickly() -> None:
    computers = [device(n, Role.COMPUTER) for n in range(530)]
    printers = [device(n, Role.PRINTER) for n in range(162)]
    yearly = with_triggers(
        {"calendar": {"rule": "FREQ=YEARLY;BYMONTH=1;BYDAY=3MO", "first": "2026-01-19 09:00", "spread_days": 330}},
        id="pc",
        applies_to={"roles": ["computer"]},
        estimated_minutes=45,
    )
    half = with_triggers(
        {"calendar": {"rule": "FREQ=MONTHLY;INTERVAL=6;BYDAY=1MO", "first": "2026-02-02 09:00", "spread_days": 150}},
        id="impresora",
        applies_to={"roles": ["printer"]},
    )
    office = an_office(*computers, *printers, playbooks=book(yearly, half))
    technicians = [Technician(f"t{n}", OFFICE_HOURS, weekly_minutes=900) for n in range(4)]
    span = year(2026)
    plan = plan_year(calendar_jobs(office, span.start, span.end), technicians, 2026)
    assert len(plan.placed) == 530 + 2 * 162
    assert plan.unplaced == ()
    assert max(plan.weekly_minutes().values()) <= 900


def a_plan() -> Plan:
    job = Job(
        "calendar/x/0/device/ups-01", NOON, NOON + 7 * DAY, 60, title="=HYPERLINK(1)", site="palacio", playbook="ups"
    )
    return Plan((Planned(job, "ana", NOON, NOON + HOUR),), (Planned(replace(job, key="k2", title="Revisión\x1b[31m")),))


def test_the_plan_as_csv_runs_nothing_in_a_spreadsheet() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(a_plan()))))
    assert rows[0]["start"] == "2026-09-22 12:00"
    assert rows[0]["title"] == "'=HYPERLINK(1)"
    assert (rows[1]["start"], rows[1]["title"]) == ("", "Revisión [31m")


def test_the_plan_as_icalendar_is_read_back_and_replaces_itself() -> None:
    text = to_icalendar(a_plan(), "Mantenimiento 2026", NOON)
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert event["dtstart"].dt.timestamp() == NOON
    assert event["dtend"].dt.timestamp() == NOON + HOUR
    assert str(event["summary"]) == "=HYPERLINK(1)"
    assert icalendar.Calendar.from_ical(to_icalendar(a_plan(), "x", NOON + 5)).walk("VEVENT")[0]["uid"] == event["uid"]


# the schedule over records


class Months:
    """A schedule of monthly work on one UPS, and a clock."""

    def __init__(self, records: Records, one: Playbook | None = None) -> None:
        self.records = records
        self.desk = TicketDesk(an_office(device(1), playbooks=book(one or monthly())))
        self.schedule = Schedule(self.desk, horizon_days=120)

    def day(self, now: float, **given: object):  # type: ignore[no-untyped-def]
        with self.records.begin() as connection:
            self.schedule.plan(connection, [ANA, LUIS], now)
        with self.records.begin() as connection:
            sweep(connection, self.desk, now)
            return self.schedule.run(connection, now, **given)  # type: ignore[arg-type]

    def resolve(self, folio: str, now: float) -> None:
        with self.records.begin() as connection:
            self.desk.resolve(connection, TECHNICIAN, folio, now, cause="wear", solution="completed")

    def all(self) -> list[persistence.Case]:
        with self.records.read() as connection:
            return list(list_tickets(connection, TicketFilter()).cases)[::-1]


FIRST = day(date(2026, 10, 6)).start + 9 * HOUR
SECOND = day(date(2026, 11, 3)).start + 9 * HOUR


def test_a_job_opens_its_ticket_a_lead_time_before_its_day(any_records: Records) -> None:
    months = Months(any_records)
    assert months.day(NOON).opened == []
    with any_records.read() as connection:
        first = months.schedule.planned(connection, NOON, NOON + 30 * DAY).placed[0]
    assert first.start is not None
    assert months.day(first.start - 5 * DAY - 60).opened == []
    (case,) = months.day(first.start - 5 * DAY).opened
    assert (case.folio, case.assignee, case.scheduled_at) == ("MP-2026-000001", first.technician, first.start)
    assert case.due_at == first.job.latest
    assert months.day(first.start - 4 * DAY).opened == []


def test_done_work_comes_again_and_missed_work_escalates_instead_of_doubling(any_records: Records) -> None:
    months = Months(any_records)
    months.day(NOON)
    (case,) = months.day(FIRST).opened
    months.resolve(case.folio, FIRST + HOUR)
    assert months.day(FIRST + DAY).done == 1
    (second,) = months.day(SECOND).opened
    months.day(SECOND + 9 * DAY)
    missed = months.all()[-1]
    assert missed.breached_at == missed.due_at
    assert missed.priority == second.priority - 1
    third = day(date(2026, 12, 1)).start + 9 * HOUR
    found = months.day(third)
    assert (len(found.opened), [one.folio for one in found.escalated]) == (0, [second.folio])
    assert [one.folio for one in months.all() if one.is_active] == [second.folio]


def test_work_done_very_late_is_not_called_for_again_at_once(any_records: Records) -> None:
    months = Months(any_records)
    months.day(NOON)
    (case,) = months.day(FIRST).opened
    months.resolve(case.folio, SECOND - 7 * DAY)
    months.day(SECOND - 7 * DAY + 60)
    assert months.day(SECOND).opened == []
    assert len(months.day(day(date(2026, 12, 1)).start + 9 * HOUR).opened) == 1


def test_equipment_that_leaves_takes_its_planned_work_along(any_records: Records) -> None:
    months = Months(any_records)
    months.day(NOON)
    months.desk = TicketDesk(an_office(device(9), playbooks=book(monthly())))
    months.schedule = Schedule(months.desk, horizon_days=120)
    months.day(NOON + DAY)
    with any_records.read() as connection:
        plan = months.schedule.planned(connection, NOON, NOON + 120 * DAY)
    assert {one.job.device for one in plan.placed} == {"ups-09"}


def test_work_without_a_place_gets_one_when_somebody_can_do_it(any_records: Records) -> None:
    months = Months(any_records)
    stranger = Technician("zoe", OFFICE_HOURS, frozenset({"redes"}))
    with any_records.begin() as connection:
        assert len(months.schedule.plan(connection, [stranger], NOON).unplaced) == 4
        assert months.schedule.plan(connection, [stranger], NOON).planned == 0
        learned = replace(stranger, skills=frozenset({"ENERGIA"}))
        found = months.schedule.plan(connection, [learned], NOON + HOUR)
        assert (found.planned, found.unplaced) == (4, ())
        plan = months.schedule.planned(connection, NOON, NOON + 120 * DAY)
    assert [one.technician for one in plan.placed] == ["zoe"] * 4
    assert plan.unplaced == ()


def test_planning_twice_changes_nothing(any_records: Records) -> None:
    months = Months(any_records)
    with any_records.begin() as connection:
        assert months.schedule.plan(connection, [ANA, LUIS], NOON).planned == 4
        before = months.schedule.planned(connection, NOON, NOON + 120 * DAY)
        assert months.schedule.plan(connection, [ANA, LUIS], NOON + HOUR).planned == 0
        assert months.schedule.planned(connection, NOON, NOON + 120 * DAY) == before


def test_planned_work_can_be_moved_and_left_out_by_who_may(any_records: Records) -> None:
    months = Months(any_records)
    months.day(NOON)
    plan = PlanDesk(months.desk, {"ana", "luis"})
    with any_records.begin() as connection:
        first, *_ = months.schedule.planned(connection, NOON, NOON + 120 * DAY).placed
        begins = first.job.earliest + DAY
        with pytest.raises(Forbidden):
            plan.move(connection, TECHNICIAN, first.number, NOON, technician="luis")
        with pytest.raises(NoSuchWork, match="99999"):
            plan.move(connection, MANAGER, 99999, NOON, technician="luis")
        with pytest.raises(Unusable, match="has to be done between 20"):
            plan.move(connection, MANAGER, first.number, NOON, start=first.job.latest)
        with pytest.raises(Unusable, match="future"):
            plan.move(connection, MANAGER, first.number, NOON, start=NOON - 1)
        with pytest.raises(Unusable, match="no technician"):
            plan.move(connection, MANAGER, first.number, NOON, technician="nadie")
        plan.move(connection, MANAGER, first.number, NOON, technician="luis", start=begins)
        plan.move(connection, MANAGER, first.number, NOON, technician="ana")
        placed = months.schedule.planned(connection, NOON, NOON + 120 * DAY).placed
        moved = next(one for one in placed if one.number == first.number)
        assert (moved.technician, moved.start, moved.end) == ("ana", begins, begins + first.job.minutes * 60)
        assert months.schedule.plan(connection, [ANA, LUIS], NOON + HOUR).planned == 0
        with pytest.raises(Unusable, match="say why"):
            plan.skip(connection, MANAGER, first.number, " ", NOON)
        plan.skip(connection, MANAGER, first.number, "edificio cerrado", NOON)
        with pytest.raises(NotNow, match="not planned"):
            plan.move(connection, MANAGER, first.number, NOON, technician="luis")
    assert months.day(FIRST + 3 * DAY).opened == []


def test_nobody_gets_two_works_at_one_time_and_open_work_is_not_moved(any_records: Records) -> None:
    months = Months(any_records)
    months.day(NOON)
    plan = PlanDesk(months.desk, {"ana", "luis"})
    with any_records.begin() as connection:
        one, other, *_ = months.schedule.planned(connection, NOON, NOON + 120 * DAY).placed
        assert one.start is not None
        crowd = preventive_jobs.update().where(preventive_jobs.c.id == other.number)
        place = {"planned_start": one.start + 600, "planned_end": one.start + 4200, "technician": "pablo"}
        connection.execute(crowd.values(due_from=one.job.earliest + 1, **place))
        with pytest.raises(Unusable, match=f"other work then: number {one.number}"):
            plan.move(connection, MANAGER, other.number, NOON, technician=one.technician)
    opened = months.day(one.start).opened
    with any_records.begin() as connection, pytest.raises(NotNow, match=opened[0].folio):
        plan.move(connection, MANAGER, one.number, one.start, technician="luis")


def test_a_meter_starts_anew_when_its_work_is_done(any_records: Records) -> None:
    desk = TicketDesk(an_office(PRINTER, playbooks=book(KIT)))
    schedule = Schedule(desk)

    def run(value: float, now: float) -> list[str]:
        with any_records.begin() as connection:
            marks = schedule.marks(connection)
            dues = list(meter_dues(desk.office, [pages(value)], marks, now))
            return [case.folio for case in schedule.run(connection, now, dues, [pages(value)]).opened]

    assert run(150_000, NOON) == []
    assert run(201_000, NOON + DAY) == ["MP-2026-000001"]
    assert run(205_000, NOON + 2 * DAY) == []
    with any_records.begin() as connection:
        desk.resolve(connection, TECHNICIAN, "MP-2026-000001", NOON + 3 * DAY, cause="wear", solution="replaced")
    assert run(206_000, NOON + 4 * DAY) == []
    assert run(405_999, NOON + 40 * DAY) == []
    assert run(406_000, NOON + 41 * DAY) == ["MP-2026-000002"]


def test_a_lifecycle_is_done_with_for_good_and_a_finding_may_come_back(any_records: Records) -> None:
    one = with_triggers({"lifecycle": {"dates": ["warranty"]}}, {"configuration": {"findings": ["unsaved"]}})
    ups = replace(device(1), lifecycle=Lifecycle(warranty_until="2026-10-01"))
    desk = TicketDesk(an_office(ups, playbooks=book(one)))
    schedule = Schedule(desk)

    def run(now: float) -> int:
        with any_records.begin() as connection:
            finding = ConfigurationFinding(ups.id, "unsaved", now)
            dues = [
                *lifecycle_dues(desk.office, expiries(desk.office), now),
                *configuration_dues(desk.office, [finding], now),
            ]
            return len(schedule.run(connection, now, dues).opened)

    assert run(NOON) == 2
    assert run(NOON + HOUR) == 0
    with any_records.begin() as connection:
        for number in (1, 2):
            folio = f"MP-2026-{number:06}"
            desk.resolve(connection, TECHNICIAN, folio, NOON + 2 * HOUR, cause="wear", solution="completed")
    assert run(NOON + 3 * HOUR) == 0
    assert run(NOON + 2 * DAY) == 1
    with any_records.read() as connection:
        statuses = [case.status for case in list_tickets(connection, TicketFilter()).cases]
    assert statuses.count(TicketStatus.RESOLVED) == 2
