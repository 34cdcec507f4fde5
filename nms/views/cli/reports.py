"""`nms report ...`: what managers read."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from nms.i18n import gettext as _
from nms.queries import rows
from nms.queries.reports.document import Kind, Report
from nms.text import spreadsheet_safe
from nms.views.cli.common import Session, WrongUse, clock, duration, percent, print_json, say, session, table
from nms.views.tui.words import state_word

report = typer.Typer(no_args_is_help=True, help="Reports for managers.", rich_markup_mode=None)


class Format(StrEnum):
    TEXT = "text"
    HTML = "html"
    PDF = "pdf"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


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
    if form in (Format.HTML, Format.PDF, Format.XLSX):
        return _report(context, Kind.UPTIME, start, end, department, form, output, as_of)
    here = session(context)
    first, last = _period(here, start, end)
    until = _until(as_of, first)
    found = here.ask(lambda client: client.uptime(first.timestamp(), last.timestamp(), department, until))
    if form is Format.JSON:
        print_json(found)
    elif form is Format.CSV:
        _deliver(as_csv(found), output)
    else:
        print_uptime(found)
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
        print_json(found)
        return 0
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
        output.write_bytes(raw)
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
    last = min(_day(end, now, "--to") + timedelta(days=1), now) if end else now
    if last <= first:
        raise WrongUse(_("--to: the period ends before it begins; write an earlier --from or a later --to"))
    return first, last


def _until(as_of: str, now: datetime) -> float | None:
    """The end of a day on the office clock."""
    return (_day(as_of, now, "--as-of") + timedelta(days=1)).timestamp() if as_of else None


def _day(text: str, now: datetime, option: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=now.tzinfo)
    except ValueError:
        raise WrongUse(
            _("{option}: {text} is not a day; write it as 2026-11-01").format(option=option, text=text)
        ) from None


def print_uptime(found: rows.UptimeReport) -> None:
    zone = ZoneInfo(found.timezone)
    begins, ends = (datetime.fromtimestamp(instant, zone) for instant in (found.start, found.end))
    title = _("Availability, {municipality}").format(municipality=found.municipality)
    say(title + (f"  ({_('simulated')})" if found.simulated else ""))
    say(f"{begins:%Y-%m-%d %H:%M} – {ends:%Y-%m-%d %H:%M} ({found.timezone})")
    for heading, part in (
        (_("Departments"), found.departments),
        (_("Links"), found.links),
        (_("Devices"), found.devices),
    ):
        if part:
            say("")
            _print_part(heading, part, zone)
    _print_corrections(found, zone)
    say("")
    say(_("known = up/(up+down); worst counts unknown as down, best as up; coverage = share of time known"))


def _print_corrections(found: rows.UptimeReport, zone: ZoneInfo) -> None:
    """Whose word counts in the figures above, and what they would be without it."""
    if found.as_of is not None:
        say("")
        at = f"{datetime.fromtimestamp(found.as_of, zone):%Y-%m-%d %H:%M}"
        say(_("Counted with the corrections made until {at}.").format(at=at))
    if not found.corrections:
        return
    say("")
    headings = (
        _("Corrections of the past"),
        _("began"),
        _("lasted"),
        _("counted as"),
        _("who"),
        _("said on"),
        _("reason"),
    )
    table(headings, (_correction(row, zone) for row in found.corrections))
    changed = [
        row for row in (*found.departments, *found.links, *found.devices) if row.observed_down_seconds is not None
    ]
    if changed:
        say("")
        kinds = (_("known, as observed"), _("known, corrected"), _("down, as observed"), _("down, corrected"))
        table((_("What corrections changed"), *kinds), (_change(row) for row in changed))


def _correction(row: rows.CorrectionRow, zone: ZoneInfo) -> tuple[str, ...]:
    counted = state_word(row.state)
    if row.withdrawn_at is not None:
        counted = _("withdrawn by {person}").format(person=row.withdrawn_by)
    lasted = duration(row.end - row.start)
    return (row.name, clock(row.start, zone), lasted, counted, row.author, clock(row.at, zone), row.reason)


def _change(row: rows.AvailabilityRow) -> tuple[str, ...]:
    downs = (row.observed_down_seconds or 0.0, row.down_seconds)
    return (row.name, percent(row.observed_known, 3), percent(row.known, 3), *(duration(one) for one in downs))


def _print_part(heading: str, part: tuple[rows.AvailabilityRow, ...], zone: ZoneInfo) -> None:
    headings = (heading, _("known"), _("worst"), _("best"), _("coverage"), _("down"), _("outages"))
    table(
        headings,
        (
            (
                row.name,
                percent(row.known, 3),
                percent(row.worst, 3),
                percent(row.best, 3),
                percent(row.coverage, 1),
                duration(row.down_seconds) if row.down_seconds else "",
                "; ".join(_outage(outage, zone) for outage in row.outages[:3]) + (" …" if len(row.outages) > 3 else ""),
            )
            for row in part
        ),
    )


def _outage(outage: rows.OutageRow, zone: ZoneInfo) -> str:
    begun = datetime.fromtimestamp(outage.start, zone)
    if outage.end is None:
        text = _("{begun:%d/%m %H:%M:%S}, still open").format(begun=begun)
    else:
        text = f"{begun:%d/%m %H:%M:%S} ({duration(outage.end - outage.start)})"
    return f"{text} {outage.ticket}".rstrip()


def as_csv(found: rows.UptimeReport) -> str:
    """One line a subject; ratios with six decimals, seconds whole. Safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    states = ("service", "up", "degraded", "down", "unknown", "maintenance")
    headings = ["kind", "subject", "name", "known", "worst", "best", "coverage"]
    writer.writerow([*headings, *(f"{state}_seconds" for state in states), "outages"])
    for row in (*found.departments, *found.links, *found.devices):
        ratios = ["" if ratio is None else f"{ratio:.6f}" for ratio in (row.known, row.worst, row.best, row.coverage)]
        seconds = (
            row.service_seconds,
            row.up_seconds,
            row.degraded_seconds,
            row.down_seconds,
            row.unknown_seconds,
            row.maintenance_seconds,
        )
        texts = [spreadsheet_safe(text) for text in (row.kind, row.subject, row.name)]
        writer.writerow([*texts, *ratios, *(f"{value:.0f}" for value in seconds), len(row.outages)])
    return out.getvalue()
