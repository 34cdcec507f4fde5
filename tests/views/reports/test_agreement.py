"""Reports of one past agree: with each other, with the sum of their days, with what was told of the period before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from nms.model import Component, State
from nms.queries.reports.document import Kind, Report, Table
from nms.queries.reports.outages import troubles
from nms.queries.reports.periods import period_before
from nms.store.tables.tickets import preventive_jobs
from tests.views.city import DAY, NOW, City
from tests.views.reports.test_reports import END, START, lived, report, table

MEXICO, TIJUANA, HAVANA = (ZoneInfo(f"America/{name}") for name in ("Mexico_City", "Tijuana", "Havana"))


def at(text: str, zone: ZoneInfo = MEXICO) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("zone", "start", "end", "before"),
    [
        (MEXICO, "2026-10-01", "2026-11-01", "2026-09-01"),
        (MEXICO, "2024-03-01", "2024-04-01", "2024-02-01"),
        (MEXICO, "2026-01-01", "2026-04-01", "2025-10-01"),
        (MEXICO, "2026-01-01", "2027-01-01", "2025-01-01"),
        (MEXICO, "2026-11-09", "2026-11-16", "2026-11-02"),
        (TIJUANA, "2026-03-09", "2026-03-16", "2026-03-02"),
        (TIJUANA, "2026-11-01", "2026-12-01", "2026-10-01"),
        (HAVANA, "2026-03-08", "2026-03-15", "2026-03-01"),
        (MEXICO, "2026-11-01", "2026-11-05T09:00", "2026-10-27T15:00"),
    ],
)
def test_a_month_is_compared_with_the_month_before_and_a_week_with_the_week(
    zone: ZoneInfo, start: str, end: str, before: str
) -> None:
    """Tijuana and Havana change their clocks; in Havana the day of the change begins at one o'clock."""
    assert period_before(at(start, zone), at(end, zone), zone) == (at(before, zone), at(start, zone))


def down(found: Report, name: str) -> float:
    rows = [
        dict(zip([c.title for c in one.columns], row, strict=True)) for one in figures_of(found) for row in one.rows
    ]
    return next(float(str(row["Down"])) for row in rows if row["Name"] == name)


def figures_of(found: Report) -> list[Table]:
    return [one for section in found.sections for one in section.tables if one.title.endswith(": figures")]


def test_a_month_is_the_sum_of_its_days_also_when_the_clocks_change(city: City) -> None:
    """March 2026 in Tijuana has a day of 23 hours, with outages across midnights and across the change."""
    first, end = datetime(2026, 3, 1, tzinfo=TIJUANA), datetime(2026, 4, 1, tzinfo=TIJUANA)
    city.states.forget(list(city.states.present()), first.timestamp() - DAY)
    subjects = ("department/seguridad", "link/tesoreria-a", "department/tesoreria")
    city.states.observe(dict.fromkeys(subjects, State.UP), first.timestamp() - DAY)
    for day, hour, hours in ((2, 22, 5.5), (7, 23.25, 6), (8, 1.5, 1), (13, 7.1, 3), (30, 3, 40)):
        began = (first + timedelta(days=day - 1, hours=hour)).timestamp()
        city.states.observe(dict.fromkeys(subjects, State.DOWN), began)
        city.states.observe(dict.fromkeys(subjects, State.UP), began + hours * 3600 + 0.25)
    city.states.heartbeat(NOW)
    reads = replace(city.reads, timezone="America/Tijuana")

    def made(begins: datetime, ends: datetime) -> Report:
        return reads.report(Kind.UPTIME, begins.timestamp(), ends.timestamp(), "en")

    month, day, days = made(first, end), first, []
    while day < end:
        days.append(made(day, day + timedelta(days=1)))
        day += timedelta(days=1)
    assert len(days) == 31
    assert sum(one.end - one.start for one in days) == month.end - month.start == 31 * DAY - 3600
    for name in ("Seguridad Pública", "Tesorería Municipal", "Enlace Tesorería"):
        assert down(month, name) > 0
        assert sum(down(one, name) for one in days) == pytest.approx(down(month, name), abs=1e-3)


def test_what_a_report_says_of_the_period_before_is_what_that_period_was_told(city: City) -> None:
    lived(city)
    now, before = (city.reads.report(Kind.UPTIME, start, start + 10 * DAY, "en") for start in (START, START - 10 * DAY))
    (pbx,), (pbx_then,) = (table(one, "Telephony: figures") for one in (now, before))
    assert pbx["Known before"] == pbx_then["Known"] != pbx["Known"]
    assert [one.before for one in now.figures] == [one.value for one in before.figures]
    assert now.before == before.period


def test_every_report_tells_the_same_of_one_exchange(city: City) -> None:
    lived(city)
    (uptime,) = table(report(city), "Telephony: figures")
    (telephony,) = table(report(city, Kind.TELEPHONY), "Availability of PBXs")
    plain = city.reads.uptime(START, END, "en", department="seguridad")
    (row,) = [one for one in plain.devices if one.subject == "device/pbx-central"]
    assert uptime["Known"] == telephony["Known"] == row.known
    assert uptime["Down"] == telephony["Down"] == row.down_seconds


def test_channels_are_those_of_one_trunk_or_of_the_whole_never_mixed(city: City) -> None:
    """A whole exchange with 12 calls over two trunks of 10 channels each is not overloaded."""
    trunk, other, whole = (Component("trunk", "a", "A"), Component("trunk", "b", "B"), Component("device", ""))
    for part, used in ((trunk, 4), (other, 8), (whole, 12)):
        city.read("pbx-central", f"t{part.key}", "channels_used", used, part)
    for part in (trunk, other):
        city.read("pbx-central", f"s{part.key}", "channels_size", 10, part)
    found = city.reads.report(Kind.TELEPHONY, START, NOW + 3600, "en")
    city.now = NOW + 3600
    found = city.reads.report(Kind.TELEPHONY, START, NOW + 3600, "en")
    rows = {row["Trunk"]: (row["Most in use"], row["Channels"], row["Share"]) for row in table(found, "Channels")}
    assert rows == {"A": (4, 10, 0.4), "B": (8, 10, 0.8), "all": (12, None, None)}
    assert [said for said in found.decisions if "order more lines" in said] == [
        next(said for said in found.decisions if "· B had 80 %" in said)
    ]


def tickets_of(city: City) -> Report:
    """One ticket still open, one resolved late, both opened in the period."""
    lived(city)
    for department, hours in (("catastro", 50), ("tesoreria", 30)):
        city.now = NOW - hours * 3600
        city.folio(department)
    city.now = NOW
    return report(city, Kind.SLA)


def test_totals_are_the_sums_of_their_columns_and_of_the_figures(city: City) -> None:
    found = tickets_of(city)
    (by_department,) = [one for section in found.sections for one in section.tables if one.title == "By department"]
    figures = {one.label: one.value for one in found.figures}
    for place, column in enumerate(by_department.columns):
        if column.title in ("Opened", "Resolved", "Met", "Breached"):
            assert by_department.total[place] == sum(int(str(row[place])) for row in by_department.rows)
    assert by_department.total[1] == figures["Tickets opened"] == 3
    assert {row[0] for row in by_department.rows} == {"Catastro", "Tesorería Municipal", "Seguridad Pública"}
    assert figures["Still open at the end"] == 2
    ages = {row["Age"]: row["Tickets open"] for row in table(found, "Open tickets by age")}
    assert (ages["up to 3 days"], sum(int(str(one)) for one in ages.values())) == (2, 2)
    assert [row["Department"] for row in table(found, "Open the longest")] == ["Catastro", "Tesorería Municipal"]


def test_the_restoring_of_services_is_told_beside_that_of_tickets(city: City) -> None:
    for hours, state in ((100, State.UP), (50, State.DOWN), (48, State.UP), (20, State.DOWN), (16, State.UP)):
        city.observe("department/seguridad", state, NOW - hours * 3600)
    city.states.heartbeat(NOW)
    figures = {one.label: one.value for one in report(city, Kind.SLA).figures}
    assert figures["Time to restore service (MTTR)"] == pytest.approx(3 * 3600)
    assert figures["Time between failures (MTBF)"] == pytest.approx((100 - 6) * 3600 / 2)


def test_a_trouble_that_takes_nothing_down_explains_no_outage(city: City) -> None:
    lived(city)
    known = troubles(city.records, START, END)
    assert set(known) == {"device/pbx-central", "department/seguridad"}
    assert all(one.folio for several in known.values() for one in several)


def test_skipped_work_is_named_and_counts_neither_way(city: City) -> None:
    row = {"playbook": "p", "department": "catastro", "site": "", "device": "", "minutes": 30.0, "technician": ""}
    jobs = [
        {
            **row,
            "id": n,
            "cause_key": str(n),
            "due_from": NOW - 5 * DAY,
            "due_until": NOW - DAY,
            "state": state,
            "folio": "",
        }
        for n, state in enumerate(("done", "skipped", "missed"), 1)
    ]
    with city.records.begin() as connection:
        connection.execute(preventive_jobs.insert(), jobs)
    found = report(city, Kind.MAINTENANCE)
    figures = {one.label: one.value for one in found.figures}
    assert (figures["Preventive work done in time"], figures["Skipped by decision"]) == (0.5, 1)
    assert len(table(found, "Skipped by decision")) == 1
