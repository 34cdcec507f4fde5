"""Every trigger of preventive work through the wiring of the daemon: live board, history, judge, schedule, sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from nms.calendars import always
from nms.config import Config
from nms.model import (
    DEVICE_ITSELF,
    Component,
    Device,
    DeviceId,
    Inventory,
    Lifecycle,
    Number,
    Person,
    Poll,
    Reading,
    Role,
)
from nms.queries.live import LiveBoard
from nms.rules.configured import policies
from nms.rules.judge import Judge
from nms.store.records import Records
from nms.store.samples import MemorySamples
from nms.tickets.case import Case
from nms.tickets.codes import Source
from nms.tickets.desk import TicketDesk
from nms.tickets.listing import TicketFilter, list_tickets
from nms.tickets.playbooks import PlaybookBook
from nms.tickets.sweep import sweep
from nms.wiring.engine import CollectedRates
from nms.wiring.foresight import Foresight
from nms.wiring.maintenance import PreventiveWork
from nms.wiring.meters import Meters
from tests.tickets.conftest import ADMINISTRATOR, CATALOGUE, DAY, DEPARTMENTS, HOUR, NOON, an_office, device, playbook

STEPS = [{"id": "uno", "do": "Hágalo.", "optional": True}]
PORT = Component("interface", "1", "Gi0/1")
PRINTER = device(1, Role.PRINTER)
ROUTER = device(1, Role.ROUTER)
SERVER = device(1, Role.SERVER)
GENERATOR = device(1, Role.GENERATOR)


def book(*triggers: dict[str, object], **changes: object) -> PlaybookBook:
    given = {"triggers": list(triggers), "steps": STEPS, "applies_to": {}, "review_every_months": 60}
    made = playbook(**given | changes)
    return PlaybookBook({made.id: made}, CATALOGUE)


@dataclass
class Daemon:
    """The parts that the calendar of the daemon drives, with a clock."""

    records: Records
    playbooks: PlaybookBook
    devices: Sequence[Device] = (PRINTER, ROUTER, SERVER, GENERATOR)
    people: Sequence[Person] = (Person("ana", "Ana", ("technician",)), Person("luis", "Luis", ("technician",)))
    now: float = NOON
    live: LiveBoard = field(default_factory=LiveBoard)
    samples: MemorySamples = field(default_factory=MemorySamples)

    def __post_init__(self) -> None:
        known = {one.id: one for one in self.devices}
        people = {one.id: one for one in self.people}
        self.inventory = Inventory("Prueba", DEPARTMENTS, {}, known, {}, people)
        self.desk = TicketDesk(an_office(*self.devices, playbooks=self.playbooks))
        self.meters = Meters(self.live, self.samples)
        self.work = PreventiveWork(self.records, self.desk, self.inventory, always(), self.meters)
        config = Config()
        self.foresight = Foresight(self.inventory, self.samples, config.tickets.lead_times.forecast)
        self.judge = Judge(self.inventory, policies(config), {}, CollectedRates())

    def read(self, name: DeviceId, metric: str, value: Number, component: Component = DEVICE_ITSELF) -> None:
        """A poll now, into the live board and the history."""
        reading = Reading(name, f"table-{metric}", self.now, (component,), {metric: [value]})
        self.live.take(Poll(name, self.now, 0.1, (), (reading,)))
        self.samples.write([reading])

    def night(self) -> None:
        """What runs once a night."""
        self.foresight.foresee(self.judge, self.foresight.histories(self.now), self.now)
        self.meters.measure(self.desk.office, self.now)

    def round(self) -> list[Case]:
        """What runs every few minutes; the tickets that it opened."""
        opened = self.work.run(self.now, self.foresight.forecasts).opened
        with self.records.begin() as connection:
            sweep(connection, self.desk, self.now)
        return opened

    def open_ones(self) -> list[Case]:
        with self.records.read() as connection:
            return list(list_tickets(connection, TicketFilter(active=True)).cases)

    def done(self, case: Case) -> None:
        with self.records.begin() as connection:
            self.desk.resolve(connection, ADMINISTRATOR, case.folio, self.now, cause="wear", solution="completed")


Make = Callable[..., Daemon]


@pytest.fixture
def daemon(records: Records) -> Make:
    return lambda playbooks, **more: Daemon(records, playbooks, **more)


@pytest.mark.parametrize(("metric", "every"), [("pages_total", 200_000), ("runtime_seconds", 900_000)])
def test_a_meter_calls_at_every_so_much_and_again_after_as_much_more(daemon: Make, metric: str, every: float) -> None:
    here = daemon(book({"meter": {"metric": metric, "every": every}}))
    here.read(PRINTER.id, metric, int(every * 0.9))
    assert here.round() == []
    here.read(PRINTER.id, metric, int(every * 1.01))
    (first,) = here.round()
    assert (first.source, first.device) == (Source.METER, PRINTER.id)
    for _ in range(3):
        assert here.round() == []
    here.done(first)
    here.round()
    here.now += 30 * DAY
    here.read(PRINTER.id, metric, int(every * 1.5))
    assert here.round() == []
    here.read(PRINTER.id, metric, int(every * 2.02))
    assert len(here.round()) == 1


def test_port_errors_over_a_window_call_once_and_not_for_the_same_errors_again(daemon: Make) -> None:
    trigger = {"meter": {"metric": "interface_in_errors_total", "more_than": 1000, "within_days": 7}}
    here = daemon(book(trigger))
    here.now = NOON - 20 * DAY
    for hour in range(20 * 24):
        errors = 40 if hour < 13 * 24 else 40 + 10 * (hour - 13 * 24)
        here.now = NOON - 20 * DAY + hour * HOUR
        here.read(ROUTER.id, "interface_in_errors_total", errors, PORT)
    assert here.round() == []
    here.night()
    (case,) = here.round()
    assert case.cause_key.endswith("interface_in_errors_total/router-01/1")
    here.done(case)
    here.now += DAY
    here.night()
    assert here.round() == []


def test_a_port_that_flaps_over_a_window_calls(daemon: Make) -> None:
    here = daemon(book({"meter": {"metric": "interface_oper_status", "more_than": 5, "within_days": 7}}))
    for hour in range(7 * 24):
        here.now = NOON - 7 * DAY + hour * HOUR
        here.read(ROUTER.id, "interface_oper_status", 2 if hour % 20 == 0 else 1, PORT)
        here.read(SERVER.id, "interface_oper_status", 1, PORT)
    here.night()
    assert [case.device for case in here.round()] == [ROUTER.id]


def test_the_history_of_components_that_no_playbook_names_is_not_read(daemon: Make) -> None:
    trigger = {"metric": "interface_oper_status", "more_than": 5, "within_days": 7, "components": "2*"}
    here = daemon(book({"meter": trigger}))
    for hour in range(48):
        here.now = NOON - 2 * DAY + hour * HOUR
        here.read(ROUTER.id, "interface_oper_status", 1 + hour % 2, PORT)
    here.night()
    assert here.meters.windowed == ()


def test_a_forecast_calls_its_lead_time_before_the_limit(daemon: Make) -> None:
    here = daemon(book({"forecast": {"conditions": ["forecast/*storage_used*"]}}))
    disk = Component("storage", "/", "/")
    for hour in range(40 * 24):
        here.now = NOON - 40 * DAY + hour * HOUR
        here.read(SERVER.id, "storage_used_ratio", 0.50 + 0.40 * hour / (40 * 24), disk)
    here.now = NOON
    here.night()
    (case,) = here.round()
    assert (case.source, case.device) == (Source.FORECAST, SERVER.id)
    assert case.due_at is not None
    assert 2 * DAY < case.due_at - NOON < 9 * DAY
    here.night()
    assert here.round() == []


@pytest.mark.parametrize(
    ("what", "life"),
    [
        ("warranty", Lifecycle(warranty_until="2026-10-15")),
        ("support-contract", Lifecycle(support_contract_until="2026-10-15")),
        ("end-of-support", Lifecycle(end_of_support="2026-10-15")),
        ("end-of-sale", Lifecycle(end_of_sale="2026-10-15")),
        ("licence", Lifecycle(licence_until="2026-10-15")),
    ],
)
def test_dates_of_the_inventory_call_once(daemon: Make, what: str, life: Lifecycle) -> None:
    here = daemon(book({"lifecycle": {"dates": [what]}}), devices=(replace(SERVER, lifecycle=life), ROUTER))
    (case,) = here.round()
    assert (case.source, case.device) == (Source.LIFECYCLE, SERVER.id)
    here.done(case)
    here.now += 400 * DAY
    assert here.round() == []


def test_a_certificate_calls_as_its_check_sees_it_and_anew_after_it_was_renewed(daemon: Make) -> None:
    here = daemon(book({"lifecycle": {"dates": ["certificate"]}}, lead_days=30))
    site = Component("certificate", "tramites", "tramites")
    metric = "certificate_not_after_seconds"
    here.read(SERVER.id, metric, NOON + 60 * DAY, site)
    assert here.round() == []
    here.read(SERVER.id, metric, NOON + 20 * DAY, site)
    (case,) = here.round()
    assert case.due_at == NOON + 20 * DAY
    here.done(case)
    here.read(SERVER.id, metric, NOON + 380 * DAY, site)
    assert here.round() == []
    here.now += 360 * DAY
    assert len(here.round()) == 1


def test_an_overdue_review_calls_its_owner_once(daemon: Make) -> None:
    here = daemon(book({"lifecycle": {"dates": ["warranty"]}}, reviewed=date(2021, 1, 1), owner="Jefatura de Redes"))
    (case,) = here.round()
    assert case.source == Source.REVIEW
    assert case.title.params["owner"] == "Jefatura de Redes"
    assert here.round() == []


def test_calendar_work_is_spread_opened_in_time_escalated_when_missed_and_planned_again(daemon: Make) -> None:
    rule = {"rule": "FREQ=MONTHLY;BYDAY=1TU", "first": "2026-01-06 09:00", "spread_days": 20}
    devices = tuple(device(number) for number in range(1, 13))
    here = daemon(book({"calendar": rule}, skill=""), devices=devices)
    assert here.work.plan(here.now).unplaced == ()
    opened: list[Case] = []
    stubborn = "calendar/ups-prueba/0/device/ups-07"
    for _ in range(70):
        here.now += DAY
        here.work.plan(here.now)
        opened += here.round()
        causes = [case.cause_key for case in here.open_ones()]
        assert len(set(causes)) == len(causes)
        for case in here.open_ones():
            if case.cause_key != stubborn and (case.scheduled_at or 0.0) < here.now:
                here.done(case)
    by_cause = {case.cause_key: 0 for case in opened}
    for case in opened:
        by_cause[case.cause_key] += 1
    assert len(by_cause) == 12
    assert sorted(by_cause.values())[4:] >= [2] * 8, by_cause
    assert by_cause[stubborn] == 1
    (missed,) = [case for case in here.open_ones() if case.cause_key == stubborn]
    assert (missed.priority, missed.breached_at is not None) == (1, True)
    october = [case for case in opened if case.opened_at < NOON + 35 * DAY]
    assert {case.assignee for case in october} == {"ana", "luis"}
    assert len({int((case.scheduled_at or 0.0) // DAY) for case in october}) >= 5
    assert all(case.opened_at >= (case.scheduled_at or 0.0) - 8 * DAY for case in opened)
