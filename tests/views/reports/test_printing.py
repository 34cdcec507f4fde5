"""The printing report: pages from the engines' counters, idle printers, supplies as they were at the end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nms.model import Component, DeviceId, Reading, Role
from nms.queries.reports.document import Kind, Report
from tests.views.city import DAY, NOW, City, device
from tests.views.reports.test_reports import table

START = NOW - 10 * DAY
ENGINE = Component("device", "")


def printing(city: City, department: str = "") -> Report:
    names = {"imp-uno": "tesoreria", "imp-dos": "tesoreria", "imp-tres": "catastro"}
    printers = {DeviceId(name): device(name, Role.PRINTER, owner) for name, owner in names.items()}
    inventory = replace(city.inventory, devices={**city.inventory.devices, **printers})
    return replace(city.reads, inventory=inventory).report(Kind.PRINTING, START, NOW, "en", department=department)


def count(city: City, name: str, pages: dict[float, int]) -> None:
    for days, total in pages.items():
        at = NOW - days * DAY
        city.samples.write([Reading(DeviceId(name), "pages", at, (ENGINE,), {"pages_total": [total]})])


def hourly(first: int, each_hour: int) -> dict[float, int]:
    return {20 - hour / 24: first + each_hour * hour for hour in range(20 * 24)}


def test_pages_are_those_of_the_period_and_the_idle_are_told(city: City) -> None:
    count(city, "imp-uno", hourly(1000, 5))
    count(city, "imp-dos", hourly(70, 0))
    found = printing(city)
    rows = {row["Printer"]: row["Pages"] for row in table(found, "Printers, the busiest first")}
    pages = {str(name).split()[0]: value for name, value in rows.items()}
    assert pages["imp-uno"] == pytest.approx(1195, abs=10)
    assert (pages["imp-dos"], pages["imp-tres"]) == (0, None)
    by_department = {row["Department"]: row for row in table(found, "Pages by department")}
    assert by_department["Tesorería Municipal"]["Pages"] == pages["imp-uno"]
    assert by_department["Tesorería Municipal"]["Pages for each of its staff"] == pytest.approx(1195 / 60, rel=0.01)
    assert by_department["Catastro"]["Pages"] is None
    assert any("printed nothing: 1 (imp-dos" in said for said in found.decisions)


def test_counters_that_count_the_same_sheets_again_are_not_added_up(city: City) -> None:
    """An HP tells its marker, black and colour pages; a Ricoh its total, copies and prints, and no marker."""
    counters = {
        "imp-dos": {Component("marker", "1"): 90, ENGINE: 60, Component("counter", "colour"): 30},
        "imp-tres": {ENGINE: 70, Component("counter", "copies"): 50, Component("counter", "prints"): 20},
    }
    for name, pages in counters.items():
        for hours, share in ((48, 0), (24, 1)):
            columns = {"pages_total": [1000 + share * number for number in pages.values()]}
            at = NOW - hours * 3600
            city.samples.write([Reading(DeviceId(name), "counters", at, tuple(pages), columns)])
    found = printing(city)
    rows = {row["Printer"].split()[0]: row["Pages"] for row in table(found, "Printers, the busiest first")}
    assert (rows["imp-dos"], rows["imp-tres"]) == (90, 70)


def test_supplies_are_as_they_were_at_the_end_and_old_ones_left_out(city: City) -> None:
    black, cyan = Component("supply", "1", "Negro"), Component("supply", "2", "Cian")
    for hours, level in ((72, 0.5), (2, 0.08)):
        at = NOW - hours * 3600
        city.samples.write([Reading(DeviceId("imp-uno"), "supplies", at, (black,), {"supply_level_ratio": [level]})])
    late = Reading(DeviceId("imp-uno"), "supplies", NOW + 60, (black,), {"supply_level_ratio": [1.0]})
    gone = Reading(DeviceId("imp-uno"), "supplies", NOW - 5 * DAY, (cyan,), {"supply_level_ratio": [0.01]})
    city.samples.write([late, gone])
    found = printing(city)
    (row,) = table(found, "Supplies, the emptiest first")
    assert (row["Supply"], row["Left"]) == ("Negro", 0.08)
    assert any(said.endswith("10 % or less: 1.") for said in found.decisions)


def test_a_department_sees_its_own_printers(city: City) -> None:
    found = printing(city, "catastro")
    assert [row["Department"] for row in table(found, "Pages by department")] == ["Catastro"]
