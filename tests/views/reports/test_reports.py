"""Reports for managers: right figures, the same in every format, whole in themselves, nothing in them is run."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from nms.access import Actor, UserRole
from nms.i18n import speaking
from nms.model import State
from nms.queries.ports import PastCorrection, TicketAct
from nms.queries.reports.document import Bar, Chart, Kind, Report, Unit
from nms.views.cli.common import WrongUse
from nms.views.cli.reports import period
from nms.views.reports import charts
from nms.views.reports.html import as_html
from nms.views.reports.pdf import NoPdf, as_pdf
from nms.views.reports.tables import as_csv, as_text
from nms.views.reports.workbook import as_xlsx
from tests.views.city import DAY, HOSTILE, NOW, City

START, END = NOW - 10 * DAY, NOW
BOSS = Actor("boss", frozenset({UserRole.ADMINISTRATOR}))


def lived(city: City) -> City:
    """Forty days; in the last ten the PBX was down for two hours, in the ten before for five."""
    for subject in ("device/pbx-central", "department/seguridad", "link/tesoreria-a", "device/srv-catastro"):
        city.observe(subject, State.UP, NOW - 39 * DAY)
    for began, hours in ((NOW - 15 * DAY, 5), (NOW - 5 * DAY, 2)):
        city.observe("device/pbx-central", State.DOWN, began)
        city.now = began + 60
        city.judge("pbx-central")
        city.now = began + hours * 3600
        city.observe("device/pbx-central", State.UP, city.now)
        city.judge("pbx-central", None)
        city.now += 600
        city.judge("pbx-central", None)
    city.now = NOW
    city.states.heartbeat(NOW)
    return city


def report(city: City, kind: Kind = Kind.UPTIME, **more: str) -> Report:
    return city.reads.report(kind, START, END, more.pop("language", "en"), **more)


def table(found: Report, title: str) -> list[dict[str, object]]:
    one = next(one for section in found.sections for one in section.tables if one.title == title)
    return [dict(zip([column.title for column in one.columns], row, strict=True)) for row in one.rows]


def row_of(city: City, title: str, name: str) -> dict[str, object]:
    return next(row for row in table(report(city), title) if row["Name"] == name)


def test_availability_is_exact_and_compared_with_the_period_before(city: City) -> None:
    found = report(lived(city))
    (pbx,) = table(found, "Telephony: figures")
    assert pbx["Down"] == pytest.approx(7200, abs=0.001)
    assert pbx["Known"] == pytest.approx(1 - 2 / 240)
    assert pbx["Known before"] == pytest.approx(1 - 5 / 240)
    assert pbx["Target"] == 0.995
    assert any("pbx-central" in said and "2 h 00 min" in said and "5 h 00 min" in said for said in found.better)
    assert any("missed its target" in said and "99.16" in said for said in found.decisions)
    assert found.worse == ()


def test_each_outage_names_its_incident_its_ticket_and_what_was_done(city: City) -> None:
    (outage,) = table(report(lived(city)), "Telephony: outages, the longest first")
    assert outage["Lasted"] == pytest.approx(7200, abs=0.001)
    assert re.fullmatch(r"MC-\d{4}-000002", str(outage["Folio"]))
    assert str(outage["Cause and what was done"]).endswith("not found out · recovered by itself")


def test_two_reports_of_one_period_agree_although_made_at_different_times(city: City) -> None:
    first = report(lived(city))
    city.now += 3 * DAY
    city.observe("device/pbx-central", State.DOWN, NOW + DAY)
    again = report(city)
    assert replace(again, generated_at=first.generated_at) == first


@pytest.mark.parametrize("kind", list(Kind))
def test_every_report_can_be_drawn_in_every_format_and_language(city: City, kind: Kind) -> None:
    lived(city)
    for language in ("es", "en"):
        found = report(city, kind, language=language)
        assert found.language == language
        page = as_html(found)
        assert f'<html lang="{language}">' in page
        check_html(page)
        assert as_text(found)
        assert list(csv.reader(io.StringIO(as_csv(found))))
        assert openpyxl.load_workbook(io.BytesIO(as_xlsx(found))).sheetnames


@pytest.mark.parametrize("kind", list(Kind))
def test_a_report_of_a_city_without_any_history_says_so_instead_of_failing(city: City, kind: Kind) -> None:
    page = as_html(report(city, kind))
    assert "Traceback" not in page


def test_service_levels_count_what_was_late_and_why(city: City) -> None:
    found = report(lived(city), Kind.SLA)
    (row,) = table(found, "By department")
    assert (row["Opened"], row["Resolved"]) == (1, 1)
    assert row["Resolution, mean"] == pytest.approx(2 * 3600 - 60, abs=1)
    assert row["Met"] == 1 or row["Breached"] == 1
    (chart,) = [chart for section in found.sections for chart in section.charts if chart.title == "What was wrong"]
    assert [(bar.label, bar.value) for bar in chart.bars] == [("not found out", 1)]


def test_the_backlog_is_that_of_the_end_of_the_period(city: City) -> None:
    city.now = NOW - 12 * DAY
    folio = city.folio()
    city.now = NOW - 2 * DAY
    city.acts.act_on_ticket(BOSS, folio, TicketAct("resolve", cause="wear", solution="replaced", note="x"))
    city.now = NOW
    past = city.reads.report(Kind.SLA, NOW - 20 * DAY, NOW - 5 * DAY, "en")
    figure = next(one for one in past.figures if one.label == "Still open at the end")
    assert figure.value == 1
    now = report(city, Kind.SLA)
    assert next(one for one in now.figures if one.label == "Still open at the end").value == 0


def test_renewal_lists_what_is_out_of_support_with_its_cost(city: City) -> None:
    found = report(city, Kind.RENEWAL)
    (row,) = table(found, "Network: renewal list")
    assert "sw-tesoreria" in str(row["Equipment"])
    assert row["Cost (MXN)"] == 48_000.0
    assert "2020-01-01" in str(row["Why"])
    assert any("Renew" in said and "48,000 MXN" in said for said in found.decisions)


def test_a_report_of_one_department_holds_nothing_of_another(city: City) -> None:
    text = as_text(report(lived(city), department="catastro"))
    assert "pbx-central" not in text
    assert "srv-catastro" in text


class _Whole(HTMLParser):
    """Every element is closed where it was opened; nothing is fetched, run or linked elsewhere."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "iframe", "object", "embed", "base")
        for name, _ in attrs:
            assert not name.startswith("on")
            assert name != "src"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "iframe")

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag


def check_html(page: str) -> None:
    parser = _Whole()
    parser.feed(page)
    parser.close()
    assert parser.open == []


def test_nothing_that_a_device_says_is_markup_or_a_formula(city: City) -> None:
    found = report(lived(city))
    page = as_html(found)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    check_html(page)
    hostile = replace(found, sections=tuple(_formulas(section) for section in found.sections))
    for row in csv.reader(io.StringIO(as_csv(hostile))):
        assert not any(cell[:1] in ("=", "+", "-", "@") for cell in row)
    for sheet in openpyxl.load_workbook(io.BytesIO(as_xlsx(hostile))):
        for cells in sheet.iter_rows():
            assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)


def _formulas(section):  # type: ignore[no-untyped-def]
    tables = tuple(
        replace(
            one, rows=tuple(tuple("=cmd|' /C calc'!A0" if isinstance(c, str) else c for c in row) for row in one.rows)
        )
        for one in section.tables
    )
    return replace(section, tables=tables)


def test_the_workbook_has_numbers_that_can_be_reckoned_with(city: City) -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(report(lived(city)))))
    sheet = book["Telephony figures"] if "Telephony figures" in book.sheetnames else book["Telephony  figures"]
    headings = [cell.value for cell in sheet[1]]
    values = dict(zip(headings, [cell.value for cell in sheet[2]], strict=True))
    assert values["Known"] == pytest.approx(1 - 2 / 240)
    assert sheet.freeze_panes == "B2"


def test_a_pdf_is_made_where_weasyprint_is_and_told_of_where_it_is_not(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = report(lived(city), Kind.RENEWAL)
    try:
        assert as_pdf(found).startswith(b"%PDF-")
    except NoPdf:
        pytest.skip("WeasyPrint or Pango is not installed")
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)
    with pytest.raises(NoPdf, match="pip install"):
        as_pdf(found)


def test_bars_mark_what_is_on_the_wrong_side_by_a_sign_besides_the_colour() -> None:
    chart = Chart("t", Unit.RATIO, (Bar(HOSTILE, 0.5, 0.9, True), Bar("b", 0.95, 0.9)), 0.0, 1.0)
    drawn = charts.bars(chart, ["50 %", "95 %"], str)
    assert drawn.count("▼") == 1
    assert "<script>" not in drawn


def test_a_line_leaves_gaps_open() -> None:
    drawn = charts.line([0, 1, 2, 3], [1.0, None, 2.0, 3.0], "t", top_label="3", bottom_label="0", ticks=[])
    path = re.search(r'd="([^"]*)" fill="none"', drawn)
    assert path is not None
    assert path[1].count("M") == 2


def corrected(city: City, subject: str, start: float, end: float, state: State = State.MAINTENANCE) -> int:
    return city.acts.correct(BOSS, PastCorrection(subject, state, start, end, "corte avisado, oficio 12"))


def outage(city: City, *subjects: str) -> tuple[float, float]:
    """Three hours down on a working day, with all that hangs on it."""
    began, ended = NOW - 5 * DAY, NOW - 5 * DAY + 3 * 3600
    for subject in subjects:
        city.observe(subject, State.UP, NOW - 39 * DAY)
    for at, state in ((began, State.DOWN), (ended, State.UP)):
        city.states.observe(dict.fromkeys(subjects, state), at)
    city.states.heartbeat(NOW)
    return began, ended


@pytest.mark.parametrize(
    ("subject", "state"), [("device/rt-seguridad", State.MAINTENANCE), ("link/tesoreria-a", State.UP)]
)
def test_a_corrected_part_corrects_its_department_and_the_report_shows_both(
    city: City, subject: str, state: State
) -> None:
    """A router that was worked on, and a link whose fall had made the router's department fall."""
    began, ended = outage(city, "device/rt-seguridad", "department/seguridad", "link/tesoreria-a")
    if subject.startswith("link"):
        city.states.correct("device/rt-seguridad", began, ended, "x", "unreachable", NOW, state=State.UNKNOWN)
        link = next(iter(city.inventory.links.values()))
        router = replace(city.inventory.devices[link.b_device], parents=(link.a_device,))
        city.inventory.devices[link.b_device] = router  # type: ignore[index]
    before = row_of(city, "Departments: figures", "Seguridad Pública")
    assert before["Down"] == pytest.approx(3 * 3600)
    number = corrected(city, subject, began, ended, state)
    after = row_of(city, "Departments: figures", "Seguridad Pública")
    assert (after["Down"], after["Outages"]) == (0, 0)
    words = table(report(city), "Who corrected what, and why")[-1]
    assert (words["Who"], words["Why"]) == ("boss", "corte avisado, oficio 12")
    assert (words["From"], words["Until"], words["Observed"]) == (began, ended, "out of service 3 h 00 min")
    (changed,) = [one for one in table(report(city), "What corrections changed") if one["Name"] == "Seguridad Pública"]
    assert changed["Known, as observed"] == pytest.approx(1 - 3 / 240)
    assert (changed["Known, corrected"], changed["Down, corrected"]) == (1.0, 0)
    then = city.reads.report(Kind.UPTIME, START, END, "en", as_of=NOW - 1)
    assert [row["Down"] for row in table(then, "Departments: figures") if row["Name"] == "Seguridad Pública"] == [
        pytest.approx(3 * 3600)
    ], "the report of that day can be made again"
    city.now += 60
    city.acts.withdraw_correction(BOSS, number)
    assert row_of(city, "Departments: figures", "Seguridad Pública")["Down"] == pytest.approx(3 * 3600)
    assert "withdrawn by boss" in str(table(report(city), "Who corrected what, and why")[-1]["Counted as"])


def test_on_paper_a_long_table_says_how_many_rows_it_leaves_out(city: City) -> None:
    found = report(lived(city))
    assert re.search(r"The first 1 of \d rows", as_html(found, most_rows=1))
    assert "The first" not in as_html(found)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2026-13-01", "", "is not a day"),
        ("2026-09-23", "", "has not come yet"),
        ("1900-01-01", "", "too long ago"),
        ("2026-09-20", "2026-09-01", "ends before it begins"),
    ],
)
def test_a_period_that_cannot_be_is_told_in_one_sentence(start: str, end: str, said: str) -> None:
    with pytest.raises(WrongUse, match=said), speaking("en"):
        period(start, end, datetime.fromtimestamp(NOW, ZoneInfo("America/Mexico_City")))


def test_a_period_is_whole_days_and_ends_now_at_the_latest() -> None:
    now = datetime.fromtimestamp(NOW, ZoneInfo("America/Mexico_City"))
    assert [f"{one:%Y-%m-%d %H:%M}" for one in period("2026-08-01", "2026-08-31", now)] == [
        "2026-08-01 00:00",
        "2026-09-01 00:00",
    ]
    assert period("", "2026-12-31", now) == (now.replace(day=1, hour=0, minute=0), now)
