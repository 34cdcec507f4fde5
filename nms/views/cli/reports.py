"""`nms report ...`: what managers read."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from nms.i18n import gettext as _
from nms.queries.reports.document import Kind, Report
from nms.views.cli.common import Session, WrongUse, as_json, session

report = typer.Typer(no_args_is_help=True, help="Reports for managers.", rich_markup_mode=None)


class Format(StrEnum):
    TEXT = "text"
    HTML = "html"
    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


FIRST_YEAR = 1990
From = Annotated[str, typer.Option("--from", help="First day, as 2026-11-01; the first of this month.")]
To = Annotated[str, typer.Option("--to", help="Last day, inclusive; until now.")]
Only = Annotated[str, typer.Option("--department", help="Only this department, with its equipment.")]
Form = Annotated[Format, typer.Option("--format", help="text, html, pdf, csv, xlsx or json.")]
AsOf = Annotated[
    str,
    typer.Option("--as-of", help="As it was on this day: with the corrections of the past made until its end."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of the terminal.")]


def register(app: typer.Typer) -> None:
    app.add_typer(report, name="report")


@report.command()
def uptime(
    context: typer.Context,
    start: From = "",
    end: To = "",
    department: Only = "",
    form: Form = Format.TEXT,
    output: Output = None,
    as_of: AsOf = "",
) -> int:
    """Availability of departments, links, telephony, data centre and applications, with the outages behind it."""
    if form is not Format.JSON:
        return _report(context, Kind.UPTIME, start, end, department, form, output, as_of)
    here = session(context)
    first, last = _period(here, start, end)
    until = _until(as_of, first)
    found = here.ask(lambda client: client.uptime(first.timestamp(), last.timestamp(), department, until))
    _deliver(as_json(found), output)
    return 0


def _command(kind: Kind, purpose: str) -> None:
    def command(
        context: typer.Context,
        start: From = "",
        end: To = "",
        department: Only = "",
        form: Form = Format.TEXT,
        output: Output = None,
    ) -> int:
        return _report(context, kind, start, end, department, form, output)

    report.command(kind.value, help=purpose)(command)


_command(Kind.SLA, "Service levels of tickets: met, breached, paused; MTTA, resolution, backlog and its age.")
_command(Kind.MAINTENANCE, "Preventive maintenance: planned against done, and what comes next.")
_command(Kind.RENEWAL, "What to renew in the network and the data centre, with reasons and cost.")
_command(Kind.CAPACITY, "How full links, disks and memory are, and when they reach their limit.")
_command(Kind.TELEPHONY, "PBXs, trunks, channels and telephone sets.")
_command(Kind.PRINTING, "Pages of each department and printer, idle printers, supplies that run out.")


def _report(
    context: typer.Context,
    kind: Kind,
    start: str,
    end: str,
    department: str,
    form: Format,
    output: Path | None,
    as_of: str = "",
) -> int:
    here = session(context)
    first, last = _period(here, start, end)
    until = _until(as_of, first)
    found = here.ask(lambda client: client.report(kind, first.timestamp(), last.timestamp(), department, until))
    if form is Format.JSON:
        _deliver(as_json(found), output)
    else:
        _deliver(_written(found, form), output)
    return 0


def _written(found: Report, form: Format) -> str | bytes:
    """The writers bring spreadsheets, templates and charts with them: imported when one of them writes."""
    from nms.views.reports import html, pdf, tables, workbook

    writers: dict[Format, Callable[[Report], str | bytes]] = {
        Format.TEXT: tables.as_text,
        Format.HTML: html.as_html,
        Format.PDF: pdf.as_pdf,
        Format.CSV: tables.as_csv,
        Format.XLSX: workbook.as_xlsx,
    }
    try:
        return writers[form](found)
    except pdf.NoPdf as error:
        raise WrongUse(str(error)) from None


def _deliver(content: str | bytes, output: Path | None) -> None:
    """To the file, or to the terminal: text as text, and what is not text only into a pipe."""
    raw = content.encode() if isinstance(content, str) else content
    if output is not None:
        try:
            output.write_bytes(raw)
        except OSError as error:
            why = error.strerror or str(error)
            raise WrongUse(_("--output: {path} cannot be written: {why}").format(path=output, why=why)) from None
    elif isinstance(content, str):
        sys.stdout.write(content)
    elif sys.stdout.isatty():
        raise WrongUse(_("--format: this is no text; write it to a file with --output FILE"))
    else:
        sys.stdout.buffer.write(raw)


def _period(here: Session, start: str, end: str) -> tuple[datetime, datetime]:
    zone = ZoneInfo(here.ask(lambda client: client.timezone()) if here.address else here.config().office.timezone)
    return period(start, end, datetime.now(zone))


def period(start: str, end: str, now: datetime) -> tuple[datetime, datetime]:
    """Whole days on the office clock: from the first day's midnight to the midnight after the last, or now."""
    first = _day(start, now, "--from") if start else now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if first >= now:
        raise WrongUse(_("--from: {day} has not come yet; write an earlier day").format(day=start))
    last = min(_day(end, now, "--to") + timedelta(days=1), now) if end else now
    if last <= first:
        raise WrongUse(_("--to: the period ends before it begins; write an earlier --from or a later --to"))
    return first, last


def _until(as_of: str, now: datetime) -> float | None:
    """The end of a day on the office clock."""
    return (_day(as_of, now, "--as-of") + timedelta(days=1)).timestamp() if as_of else None


def _day(text: str, now: datetime, option: str) -> datetime:
    try:
        found = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=now.tzinfo)
    except ValueError:
        raise WrongUse(
            _("{option}: {text} is not a day; write it as 2026-11-01").format(option=option, text=text)
        ) from None
    if found.year < FIRST_YEAR:
        text = _("{option}: {text} is too long ago; write a day from {year} on").format(
            option=option, text=text, year=FIRST_YEAR
        )
        raise WrongUse(text)
    return found
