"""A report as plain text, as CSV and as a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from nms import i18n
from nms.i18n import gettext as _
from nms.queries.reports import wording
from nms.queries.reports.document import Cell, Column, Report, Table, Unit
from nms.text import clean, spreadsheet_safe

WIDEST = 60
MOST_SHEET_NAME = 31
_FORMATS = {
    Unit.RATIO: "0.000%",
    Unit.COUNT: "#,##0",
    Unit.NUMBER: "#,##0.0",
    Unit.MONEY: "#,##0.00",
    Unit.SECONDS: "[h]:mm:ss",
    Unit.INSTANT: "yyyy-mm-dd hh:mm:ss",
    Unit.DAY: "yyyy-mm-dd",
    Unit.BITRATE: "#,##0",
}


def as_text(report: Report) -> str:
    """For a terminal or a mail: the executive page first, then the tables."""
    with i18n.speaking(report.language):
        return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    zone = ZoneInfo(report.timezone)
    yield f"{report.title} · {report.municipality}" + (f" · {report.department}" if report.department else "")
    yield f"{report.period} ({report.timezone})" + (f"  {_('simulated')}" if report.simulated else "")
    yield ""
    for figure in report.figures:
        value = wording.shown(figure.value, figure.unit, zone, report.currency)
        before = wording.shown(figure.before, figure.unit, zone, report.currency)
        was = _("before: {value}").format(value=before)
        yield f"{figure.label}: {value}" + (f"  ({was})" if figure.before is not None else "")
    parts = (
        (_("What needs a decision"), report.decisions),
        (_("What got better"), report.better),
        (_("What got worse"), report.worse),
    )
    for heading, said in parts:
        yield ""
        yield heading.upper()
        yield from (f"  - {one}" for one in said or (_("Nothing."),))
    for section in report.sections:
        yield ""
        yield section.title.upper()
        for table in section.tables:
            yield ""
            yield from _aligned(table, zone, report.currency)
    yield ""
    yield from (f"* {one}" for one in report.definitions)


def _aligned(table: Table, zone: ZoneInfo, currency: str) -> Iterator[str]:
    yield table.title
    if not table.rows:
        yield f"  {table.empty}"
        return
    cells = [[column.title for column in table.columns]]
    for row in table.rows:
        pairs = zip(row, table.columns, strict=True)
        cells.append([clean(wording.shown(value, column.unit, zone, currency), limit=120) for value, column in pairs])
    widths = [max(len(row[place]) for row in cells) for place in range(len(table.columns))]
    for line in cells:
        yield "  " + "  ".join(_justified(*one) for one in zip(line, widths, table.columns, strict=True)).rstrip()
    if table.note:
        yield f"  {table.note}"


def _justified(text: str, width: int, column: Column) -> str:
    return text.ljust(width) if column.unit is Unit.TEXT else text.rjust(width)


def as_csv(report: Report) -> str:
    """Every table as a block: its title, its headings, its rows, an empty line (RFC 4180).

    Ratios from 0 to 1, seconds whole, instants in ISO 8601 with their offset. Safe to open in a spreadsheet.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    zone = ZoneInfo(report.timezone)
    writer.writerow([_safe(report.title), _safe(report.municipality), _safe(report.period), report.timezone])
    for section in report.sections:
        for table in section.tables:
            writer.writerow([])
            writer.writerow([_safe(table.title)])
            writer.writerow([_safe(_headed(column)) for column in table.columns])
            for row in table.rows:
                pairs = zip(row, table.columns, strict=True)
                writer.writerow([_plain(value, column.unit, zone) for value, column in pairs])
    return out.getvalue()


def _headed(column: Column) -> str:
    units = {Unit.SECONDS: "s", Unit.BITRATE: "bit/s"}
    return f"{column.title} ({units[column.unit]})" if column.unit in units else column.title


def _plain(value: Cell, unit: Unit, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _safe(value)
    if unit is Unit.INSTANT:
        return datetime.fromtimestamp(value, zone).isoformat(timespec="seconds")
    if unit is Unit.DAY:
        return datetime.fromtimestamp(value, zone).date().isoformat()
    if unit in (Unit.SECONDS, Unit.COUNT, Unit.BITRATE):
        return f"{value:.0f}"
    return f"{value:.6f}" if unit is Unit.RATIO else f"{value:.2f}"


def _safe(text: str) -> str:
    return spreadsheet_safe(clean(text, limit=2000))


def as_xlsx(report: Report) -> bytes:
    """A workbook: the executive page first, then a sheet for each table. Nothing in it is a formula or a link."""
    with i18n.speaking(report.language):
        return _workbook(report)


def _workbook(report: Report) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(out, options)
    zone = ZoneInfo(report.timezone)
    formats = {unit: workbook.add_format({"num_format": text}) for unit, text in _FORMATS.items()}
    bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#eef3f7"})
    _summary(workbook, report, formats, bold, zone)
    names: set[str] = {_("Summary").casefold()}
    for section in report.sections:
        for table in section.tables:
            sheet = workbook.add_worksheet(_sheet_name(table.title, names))
            _fill(sheet, table, formats, bold, zone)
    workbook.close()
    return out.getvalue()


def _summary(workbook: Workbook, report: Report, formats: dict[Unit, Format], bold: Format, zone: ZoneInfo) -> None:
    sheet = workbook.add_worksheet(_("Summary"))
    big = workbook.add_format({"bold": True, "font_size": 16})
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 70)
    sheet.set_column(1, 2, 18)
    sheet.write_string(0, 0, clean(report.title), big)
    where = " · ".join(part for part in (report.municipality, report.department, report.period) if part)
    sheet.write_string(1, 0, clean(where))
    if report.simulated:
        sheet.write_string(2, 0, _("Simulated equipment: these figures are of no real city hall."))
    line = 4
    for heading, place in ((_("Figure"), 0), (_("This period"), 1), (_("Before"), 2)):
        sheet.write_string(line, place, heading, bold)
    for figure in report.figures:
        line += 1
        sheet.write_string(line, 0, clean(figure.label))
        _write(sheet, line, 1, figure.value, figure.unit, formats, zone)
        _write(sheet, line, 2, figure.before, figure.unit, formats, zone)
    for heading, said in (
        (_("What needs a decision"), report.decisions),
        (_("What got better"), report.better),
        (_("What got worse"), report.worse),
        (_("What the words mean"), report.definitions),
    ):
        line += 2
        sheet.write_string(line, 0, heading, bold)
        for one in said or (_("Nothing."),):
            line += 1
            sheet.write_string(line, 0, clean(one, limit=2000), wrapped)


def _fill(sheet: Worksheet, table: Table, formats: dict[Unit, Format], bold: Format, zone: ZoneInfo) -> None:
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, clean(column.title), bold)
        longest = max((len(str(row[place])) for row in table.rows if isinstance(row[place], str)), default=0)
        sheet.set_column(place, place, min(WIDEST, max(longest, len(column.title), 11 if longest else 14)) + 2)
    for line, row in enumerate(table.rows, 1):
        for place, value in enumerate(row):
            _write(sheet, line, place, value, table.columns[place].unit, formats, zone)
    sheet.freeze_panes(1, 1)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def _write(
    sheet: Worksheet, line: int, place: int, value: Cell, unit: Unit, formats: dict[Unit, Format], zone: ZoneInfo
) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(line, place, clean(value, limit=2000))
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
