"""`nms ticket step|time|part|attach|...`: the work itself, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from nms.i18n import gettext as _
from nms.queries.dossier import PlanRow
from nms.views.cli.common import Json, Session, WrongUse, clock, save, say, session, show_rows
from nms.views.cli.moments import moment
from nms.views.foreseen import Line, move_lines, skip_lines

Remark = Annotated[str, typer.Option("--remark", "-r", help="What a value outside its limits means, or what was seen.")]
Work = Annotated[int, typer.Argument(min=1, help="Its number in “nms ticket plan”.")]
Number = Annotated[int, typer.Argument(min=1, help="The number of the step.")]
Preview = Annotated[bool, typer.Option("--preview", help="Tell what it would do, and do nothing.")]


def register(ticket: typer.Typer) -> None:
    for command in (step, waive, time, part, attach, fetch, watch, unwatch, plan, move, skip):
        ticket.command()(command)


def _done(folio: str) -> int:
    say(_("{folio}: done").format(folio=folio))
    return 0


def step(
    context: typer.Context,
    folio: str,
    number: Number,
    value: Annotated[str, typer.Argument(help="What it asks for; a negative one after --.")] = "",
    remark: Remark = "",
    file: Annotated[Path | None, typer.Option("--file", "-f", help="The photo or file that it asks for.")] = None,
) -> int:
    """Completes one step of the ticket's playbook, with the value or the file it asks for."""
    if file is not None:
        content = _read(file)
        session(context).ask(lambda client: client.attach(folio, file.name, content, number, remark))
    else:
        session(context).ask(lambda client: client.complete_step(folio, number, value, remark))
    return _done(folio)


def waive(
    context: typer.Context,
    folio: str,
    number: Number,
    reason: Annotated[str, typer.Argument(help="Why it cannot be done here.")],
) -> int:
    """Leaves one step out; the reason stays with the evidence."""
    session(context).ask(lambda client: client.waive_step(folio, number, reason))
    return _done(folio)


def time(
    context: typer.Context,
    folio: str,
    minutes: Annotated[float, typer.Argument(help="How long the work took.")],
    person: Annotated[str, typer.Option(help="Who worked; yourself unless said.")] = "",
    cost: Annotated[float, typer.Option(help="What it cost, where it is paid for (a vendor's visit).")] = 0.0,
    note: Annotated[str, typer.Option("--note", "-n", help="What was done.")] = "",
) -> int:
    """Notes down time spent on the ticket."""
    session(context).ask(lambda client: client.spend_time(folio, minutes, person=person, cost=cost, note=note))
    return _done(folio)


def part(
    context: typer.Context,
    folio: str,
    name: Annotated[str, typer.Argument(help="What was used: SFP 1000BASE-LX, fuser kit ...")],
    quantity: Annotated[float, typer.Option(help="How many.")] = 1.0,
    unit_cost: Annotated[float, typer.Option(help="What one of them costs.")] = 0.0,
    serial: Annotated[str, typer.Option(help="Its serial number.")] = "",
) -> int:
    """Notes down a part that was used."""
    more = {"quantity": quantity, "unit_cost": unit_cost, "serial": serial}
    session(context).ask(lambda client: client.use_part(folio, name, **more))  # type: ignore[arg-type]
    return _done(folio)


def attach(
    context: typer.Context, folio: str, file: Annotated[Path, typer.Argument(help="PNG, JPEG, WebP, PDF or text.")]
) -> int:
    """Attaches a photo or a file to the ticket."""
    content = _read(file)
    number = session(context).ask(lambda client: client.attach(folio, file.name, content))
    say(_("{folio}: attachment {number}").format(folio=folio, number=number))
    return 0


def fetch(
    context: typer.Context,
    folio: str,
    number: Annotated[int, typer.Argument(help="The number of the attachment, as “nms ticket show” has it.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A new file.")] = None,
) -> int:
    """Saves an attachment of the ticket, as it was attached."""
    page = session(context).ask(lambda client: client.ticket(folio))
    kept = next((one for one in page.dossier.attachments if one.number == number), None)
    if kept is None:
        raise WrongUse(_("{folio} has no attachment {number}").format(folio=folio, number=number))
    target = output or Path(kept.name)
    return save(target, session(context).ask(lambda client: client.attachment(folio, number)))


def watch(
    context: typer.Context, folio: str, person: Annotated[str, typer.Argument(help="Yourself unless said.")] = ""
) -> int:
    """Puts somebody among those who watch the ticket."""
    session(context).ask(lambda client: client.watch(folio, person))
    return _done(folio)


def unwatch(
    context: typer.Context, folio: str, person: Annotated[str, typer.Argument(help="Yourself unless said.")] = ""
) -> int:
    """Takes somebody from those who watch the ticket."""
    session(context).ask(lambda client: client.watch(folio, person, watching=False))
    return _done(folio)


def plan(
    context: typer.Context,
    days: Annotated[int, typer.Option(min=1, max=400, help="How far ahead.")] = 365,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A new .ics or .csv file.")] = None,
    as_json: Json = False,
) -> int:
    """The plan of preventive work: what is to be done when and by whom, on the office's clock."""
    if output is not None:
        return _export(context, days, output)
    here = session(context)
    found, zone = here.ask(lambda client: client.plan(days)), _zone(here)
    headings = ("#", _("when"), _("who"), _("what"), _("department"), _("minutes"), _("until"), _("ticket"))
    return show_rows(found, headings, lambda row: _planned(row, zone), as_json=as_json)


def _zone(here: Session) -> ZoneInfo:
    return ZoneInfo(here.ask(lambda client: client.timezone()))


def _planned(row: PlanRow, zone: ZoneInfo) -> list[str]:
    return [
        str(row.number) if row.number and not row.folio else "",
        clock(row.start, zone) if row.start else _("no place"),
        row.technician,
        row.title,
        row.department,
        f"{row.minutes:g}",
        clock(row.due_until, zone),
        row.folio,
    ]


def move(
    context: typer.Context,
    number: Work,
    start: Annotated[str, typer.Option("--to", help="When it begins, on the office's clock: 2026-12-05 10:00.")] = "",
    technician: Annotated[str, typer.Option(help="Who does it: a technician of the inventory.")] = "",
    preview: Preview = False,
) -> int:
    """Gives planned work another person or time, within the time that it is due in."""
    if not start and not technician:
        raise WrongUse(_("say what changes: --to, when it begins, or --technician, who does it"))
    here = session(context)
    zone = _zone(here)
    begins = moment(start, zone, "--to") if start else None
    if preview:
        found = here.ask(lambda client: client.preview_move(number, technician=technician, start=begins))
        return _tell(move_lines(found, zone))
    here.ask(lambda client: client.move_work(number, technician=technician, start=begins))
    say(_("planned work {number}: moved").format(number=number))
    return 0


def skip(
    context: typer.Context,
    number: Work,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why it is left out this time, for the audit.")],
    preview: Preview = False,
) -> int:
    """Leaves planned work out this time; the next occurrence comes as planned."""
    here = session(context)
    if preview:
        return _tell(skip_lines(here.ask(lambda client: client.preview_skip(number)), _zone(here)))
    here.ask(lambda client: client.skip_work(number, reason))
    say(_("planned work {number}: left out").format(number=number))
    return 0


def _tell(lines: Iterable[Line]) -> int:
    for text, _style in lines:
        say(text)
    return 0


def _export(context: typer.Context, days: int, output: Path) -> int:
    form = output.suffix.lstrip(".")
    if form not in ("ics", "csv"):
        raise WrongUse(_("{path}: write a name that ends in .ics or .csv").format(path=output))
    content = session(context).ask(lambda client: client.plan_file(form, days))
    return save(output, content)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        said = _("{path} cannot be read: {reason}").format(path=file, reason=error.strerror)
        raise WrongUse(said) from None
