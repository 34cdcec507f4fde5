from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.calendars import day
from nms.model import Device, DeviceId, Lifecycle, Message, Role, Severity, TicketKind, TicketStatus
from nms.store.records import Records
from nms.tickets import listing
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import Unusable
from nms.tickets.listing import TicketFilter, due_soonest, list_tickets
from nms.tickets.renewal import DATA_CENTRE, NETWORK, ServiceRecord, renewal_list, service_records
from nms.tickets.statistics import backlog, statistics
from nms.tickets.words import terms, words
from nms.tickets.work import spend, use_part
from tests.tickets.conftest import ADMINISTRATOR, DAY, HOUR, NOON, TECHNICIAN, device, draft


def opened(records: Records, desk: TicketDesk, now: float = NOON, **changes: object) -> str:
    with records.begin() as connection:
        return desk.open(connection, ADMINISTRATOR, draft(**changes), now).folio


def resolve(records: Records, desk: TicketDesk, folio: str, now: float, cause: str = "hardware") -> None:
    with records.begin() as connection:
        desk.resolve(connection, TECHNICIAN, folio, now, cause=cause, solution="replaced")


def folios(records: Records, after: str = "", limit: int = 100, **wanted: object) -> list[str]:
    with records.read() as connection:
        found = list_tickets(connection, TicketFilter(**wanted), after=after, limit=limit)  # type: ignore[arg-type]
        return [case.folio[-1] for case in found.cases]


@pytest.fixture
def five(any_records: Records, desk: TicketDesk) -> Records:
    opened(
        any_records, desk, NOON, title=Message("{d} sin tóner", {"d": "Impresora Tesorería"}), device=DeviceId("ups-01")
    )
    opened(any_records, desk, NOON + 1, department="archivo", title=Message("enlace caído"), priority=1)
    opened(any_records, desk, NOON + 2, department="archivo", title=Message("enlace lento"), assignee="luis")
    opened(
        any_records, desk, NOON + 3, department="seguridad", severity=Severity.CRITICAL, description="radio base ñandú"
    )
    opened(any_records, desk, NOON + 4, department="seguridad", title=Message("tóner bajo"))
    resolve(any_records, desk, "MC-2026-000005", NOON + HOUR)
    return any_records


def test_filters_narrow_together(five: Records) -> None:
    assert folios(five) == ["5", "4", "3", "2", "1"]
    assert folios(five, active=True) == ["4", "3", "2", "1"]
    assert folios(five, statuses=(TicketStatus.RESOLVED,)) == ["5"]
    assert folios(five, statuses=(TicketStatus.RESOLVED,), active=True) == []
    assert folios(five, department="archivo") == ["3", "2"]
    assert folios(five, departments=("archivo", "seguridad"), active=True) == ["4", "3", "2"]
    assert folios(five, department="archivo", assignee="luis") == ["3"]
    assert folios(five, department="archivo", unassigned=True) == ["2"]
    assert folios(five, device="ups-01") == ["1"]
    assert folios(five, priority=1) == ["4", "2"]
    assert folios(five, kind=TicketKind.PREVENTIVE) == []


def test_text_finds_words_without_case_and_accents(five: Records) -> None:
    assert folios(five, text="TONER") == ["5", "1"]
    assert folios(five, text="tóner impresora") == ["1"]
    assert folios(five, text="enl*") == ["3", "2"]
    assert folios(five, text="enl") == []
    assert folios(five, text="ñandú") == ["4"]
    assert folios(five, text="nandu") == []
    assert folios(five, text="MC-2026-000003") == ["3"]
    assert folios(five, text="archivo lento") == ["3"]
    assert folios(five, text="' OR 1=1 --") == folios(five, text="or")


def test_comments_can_be_found_too(five: Records, desk: TicketDesk) -> None:
    with five.begin() as connection:
        desk.note(connection, TECHNICIAN, "MC-2026-000002", "el proveedor dio el reporte TM-4471", NOON + 9)
    assert folios(five, text="tm-4471") == ["2"]
    assert folios(five, text="4471 proveedor") == ["2"]


def test_pages_go_on_where_the_last_ended_also_when_tickets_are_added(five: Records, desk: TicketDesk) -> None:
    with five.read() as connection:
        first = list_tickets(connection, TicketFilter(), limit=2)
    opened(five, desk, NOON + 100)
    assert [case.folio[-1] for case in first.cases] == ["5", "4"]
    assert folios(five, after=first.next, limit=2) == ["3", "2"]
    with five.read() as connection:
        assert list_tickets(connection, TicketFilter(), limit=6).next == ""
        with pytest.raises(Unusable, match="not the cursor"):
            list_tickets(connection, TicketFilter(), after="1; DROP TABLE tickets")


def test_common_words_are_searched_a_stretch_at_a_time(five: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_RARE", 1)
    monkeypatch.setattr(listing, "_WINDOW", 2)
    found, after, pages = list[str](), "", 0
    with five.read() as connection:
        while pages == 0 or after:
            page = list_tickets(connection, TicketFilter(text="toner"), after=after)
            found += [case.folio[-1] for case in page.cases]
            after, pages = page.next, pages + 1
    assert (found, pages) == (["5", "1"], 3)


def test_what_is_due_soonest_stands_first(five: Records) -> None:
    with five.read() as connection:
        assert [case.folio[-1] for case in due_soonest(connection)][:2] == ["2", "4"]
        assert [case.folio[-1] for case in due_soonest(connection, departments=("archivo",), limit=1)] == ["2"]


@given(st.text(max_size=80))
def test_what_was_written_is_found_by_its_own_words(text: str) -> None:
    kept = words([text])
    assert all(term.rstrip("*") in kept or len(term.rstrip("*")) < 2 for term in terms(text) if len(term) < 40)


# how a period went


def test_the_statistics_of_a_period_count_what_happened_in_it(five: Records, desk: TicketDesk) -> None:
    resolve(five, desk, "MC-2026-000004", NOON + 6 * HOUR, "provider")
    with five.begin() as connection:
        spend(connection, desk, TECHNICIAN, "MC-2026-000004", 45, NOON + 5 * HOUR)
        found = statistics(connection, NOON, NOON + DAY)
        empty = statistics(connection, NOON + DAY, NOON + 2 * DAY)
        narrowed = statistics(connection, NOON, NOON + DAY, departments=["archivo"], kind=TicketKind.CORRECTIVE)
    assert (found.opened, found.resolved, found.net, found.breached, found.within_level) == (5, 2, 3, 1, 1)
    assert found.level_ratio == 0.5
    assert found.resolution_median == pytest.approx((HOUR - 4 + 6 * HOUR - 3) / 2)
    assert (found.by_cause, found.by_department) == ({"provider": 1, "hardware": 1}, {"seguridad": 2})
    assert found.minutes_worked == 45
    assert (empty.opened, empty.level_ratio, empty.resolution_mean) == (0, None, None)
    assert (narrowed.opened, narrowed.resolved) == (2, 0)


def test_a_merged_ticket_counts_for_nothing(five: Records, desk: TicketDesk) -> None:
    with five.begin() as connection:
        desk.resolve(connection, TECHNICIAN, "MC-2026-000001", NOON + HOUR, cause="unknown", solution="merged")
        assert statistics(connection, NOON, NOON + DAY).resolved == 1


def test_the_backlog_has_ages(five: Records) -> None:
    with five.read() as connection:
        found = backlog(connection, NOON + 5 * DAY)
        assert (found.total, found.ages, found.oldest_at) == (4, (0, 0, 4, 0, 0, 0), NOON)
        assert found.by_status == {"open": 3, "assigned": 1}
        assert backlog(connection, NOON + DAY / 2, departments=["archivo"]).ages[0] == 2


# renewal

TODAY = date(2026, 9, 22)


def aged(number: int, role: Role, **life: object) -> Device:
    return replace(device(number, role), lifecycle=Lifecycle(**life))  # type: ignore[arg-type]


def test_the_renewal_list_ranks_with_reasons_and_cost() -> None:
    old = aged(1, Role.SWITCH, purchased="2015-01-01", end_of_support="2024-01-01", cost=50_000.0)
    ending = aged(2, Role.ROUTER, purchased="2022-01-01", end_of_support="2027-03-22", cost=90_000.0)
    sound = aged(3, Role.SWITCH, purchased="2025-01-01", end_of_support="2032-01-01", cost=50_000.0)
    failing = aged(4, Role.SWITCH, cost=10_000.0)
    server = aged(5, Role.SERVER, purchased="2016-01-01", cost=200_000.0)
    records = {failing.id: ServiceRecord(failures=3, repair_hours=9.5, repair_cost=6000.0)}
    found = renewal_list([sound, ending, failing, old, server], records, TODAY, roles=NETWORK)
    assert [one.device for one in found] == [old.id, failing.id, ending.id]
    assert [one.points for one in found][:2] == [70.0, 41.5]
    assert found[0].reasons[0].params == {"date": "2024-01-01"}
    assert (found[1].unknown, found[0].unknown) == (("purchased", "end_of_support"), ())
    assert [one.device for one in renewal_list([old, server], {}, TODAY, roles=DATA_CENTRE)] == [server.id]


def test_the_record_of_a_device_comes_from_its_real_corrective_tickets(any_records: Records, desk: TicketDesk) -> None:
    for number, cause in enumerate(("hardware", "wear", "provider")):
        folio = opened(any_records, desk, NOON + number, device=DeviceId("switch-01"))
        with any_records.begin() as connection:
            spend(connection, desk, TECHNICIAN, folio, 90, NOON, cost=100.0)
            use_part(connection, desk, TECHNICIAN, folio, "fuente", NOON, quantity=2, unit_cost=50.0)
        resolve(any_records, desk, folio, NOON + HOUR, cause)
    opened(any_records, desk, kind=TicketKind.PREVENTIVE, device=DeviceId("switch-01"))
    with any_records.read() as connection:
        found = service_records(connection, day(TODAY).start, day(TODAY).end)
        assert service_records(connection, 0, 1) == {}
    assert found == {DeviceId("switch-01"): ServiceRecord(2, 3.0, 400.0)}
