"""A report as a workbook (XLSX): numbers are numbers, instants are dates, nothing is a formula or a link."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from nms import i18n
from nms.i18n import gettext as _
from nms.queries.reports import wording
from nms.queries.reports.document import Cell, Report, Table, Unit
from nms.text import clean

WIDEST = 60
LETTER = 1
MOST_SHEET_NAME = 31
_FORMATS = {
    Unit.RATIO: "0.000%",
    Unit.SHARE: "0.0%",
    Unit.COUNT: "#,##0",
    Unit.NUMBER: "#,##0.0",
    Unit.MONEY: "#,##0.00",
    Unit.SECONDS: "[h]:mm:ss",
    Unit.INSTANT: "yyyy-mm-dd hh:mm:ss",
    Unit.DAY: "yyyy-mm-dd",
    Unit.BITRATE: "#,##0",
}


def as_xlsx(report: Report) -> bytes:
    """A workbook: the executive page first, then a sheet for each table. Nothing in it is a formula or a link."""
    with i18n.speaking(report.language):
        return _workbook(report)


def _workbook(report: Report) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(out, options)
    zone = ZoneInfo(report.timezone)
    styles = _styles(workbook)
    _summary(workbook, report, styles, zone)
    names: set[str] = {_("Summary").casefold()}
    for section in report.sections:
        for table in section.tables:
            sheet = workbook.add_worksheet(_sheet_name(table.title, names))
            _fill(sheet, table, styles, zone)
    workbook.close()
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Styles:
    heading: Format
    cells: dict[Unit, Format]
    totals: dict[Unit, Format]


def _styles(workbook: Workbook) -> _Styles:
    sum_line = {"bold": True, "top": 1}
    return _Styles(
        workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#eef3f7"}),
        {unit: workbook.add_format({"num_format": text}) for unit, text in _FORMATS.items()},
        {unit: workbook.add_format({"num_format": text, **sum_line}) for unit, text in _FORMATS.items()}
        | {Unit.TEXT: workbook.add_format(sum_line)},
    )


def _summary(workbook: Workbook, report: Report, styles: _Styles, zone: ZoneInfo) -> None:
    sheet = workbook.add_worksheet(_("Summary"))
    big = workbook.add_format({"bold": True, "font_size": 16})
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 70)
    sheet.set_column(1, 2, 18)
    sheet.write_string(0, 0, clean(report.title), big)
    where = " · ".join(part for part in (report.municipality, report.department, report.period) if part)
    sheet.write_string(1, 0, clean(where))
    made = wording.clock(report.generated_at, zone)
    sheet.write_string(2, 0, _("Times by the clock of {zone}. Made on {day}.").format(zone=report.timezone, day=made))
    if report.before:
        sheet.write_string(3, 0, _("Compared with the period before: {period}.").format(period=report.before))
    if report.simulated:
        sheet.write_string(4, 0, _("Simulated equipment: these figures are of no real city hall."))
    line = 6
    for heading, place in ((_("Figure"), 0), (_("This period"), 1), (_("Before"), 2)):
        sheet.write_string(line, place, heading, styles.heading)
    for figure in report.figures:
        line += 1
        sheet.write_string(line, 0, clean(figure.label))
        _write(sheet, line, 1, figure.value, figure.unit, styles.cells, zone)
        _write(sheet, line, 2, figure.before, figure.unit, styles.cells, zone)
    for heading, said in (
        (_("What needs a decision"), report.decisions),
        (_("What got better"), report.better),
        (_("What got worse"), report.worse),
        (_("What the words mean"), report.definitions),
    ):
        line += 2
        sheet.write_string(line, 0, heading, styles.heading)
        for one in said or (_("Nothing."),):
            line += 1
            sheet.write_string(line, 0, clean(one, limit=2000), wrapped)


def _fill(sheet: Worksheet, table: Table, styles: _Styles, zone: ZoneInfo) -> None:
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, clean(column.title), styles.heading)
        longest = max((len(str(row[place])) for row in table.rows if isinstance(row[place], str)), default=0)
        sheet.set_column(place, place, min(WIDEST, max(longest, len(column.title), 11 if longest else 14)) + 2)
    for line, row in enumerate(table.rows, 1):
        for place, value in enumerate(row):
            _write(sheet, line, place, value, table.columns[place].unit, styles.cells, zone)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
        for place, value in enumerate(table.total):
            _write(sheet, len(table.rows) + 1, place, value, table.columns[place].unit, styles.totals, zone)
    else:
        sheet.write_string(1, 0, clean(table.empty or _("Nothing.")))
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(LETTER)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{clean(table.title).replace('&', '&&')}&R&P / &N")


def _write(
    sheet: Worksheet, line: int, place: int, value: Cell, unit: Unit, formats: dict[Unit, Format], zone: ZoneInfo
) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(line, place, clean(value, limit=2000), formats.get(unit))
    elif unit in (Unit.INSTANT, Unit.DAY):
        local = datetime.fromtimestamp(value, zone).replace(tzinfo=None)
        sheet.write_datetime(line, place, local, formats[unit])
    else:
        number = value / 86_400 if unit is Unit.SECONDS else value
        sheet.write_number(line, place, number, formats.get(unit))


def _sheet_name(title: str, taken: set[str]) -> str:
    """At most 31 characters, none of []:*?/\\, not twice."""
    plain = "".join(" " if c in "[]:*?/\\" else c for c in clean(title)).strip(" '")[:MOST_SHEET_NAME] or "-"
    name, number = plain, 2
    while name.casefold() in taken:
        tail = f" {number}"
        name, number = plain[: MOST_SHEET_NAME - len(tail)] + tail, number + 1
    taken.add(name.casefold())
    return name
