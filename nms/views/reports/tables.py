"""A report as plain text and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from nms import i18n
from nms.i18n import gettext as _
from nms.queries.reports import wording
from nms.queries.reports.document import Cell, Column, Report, Table, Unit
from nms.text import clean, spreadsheet_safe


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
            yield from _aligned(table, zone)
    yield ""
    yield from (f"* {one}" for one in report.definitions)


def _aligned(table: Table, zone: ZoneInfo) -> Iterator[str]:
    yield table.title
    if not table.rows:
        yield f"  {table.empty}"
        return
    cells = [[column.title for column in table.columns]]
    for row in table.rows:
        pairs = zip(row, table.columns, strict=True)
        cells.append([clean(wording.shown(value, column.unit, zone, ""), limit=120) for value, column in pairs])
    if table.total:
        pairs = zip(table.total, table.columns, strict=True)
        cells.append(["" if value is None else wording.shown(value, column.unit, zone, "") for value, column in pairs])
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
            for row in (*table.rows, *((table.total,) if table.total and table.rows else ())):
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
    return f"{value:.6f}" if unit in (Unit.RATIO, Unit.SHARE) else f"{value:.2f}"


def _safe(text: str) -> str:
    return spreadsheet_safe(clean(text, limit=2000))
