"""`nms ticket ...`: list, show, open and work on maintenance tickets."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.text import Text

from nms.i18n import gettext as _
from nms.queries import rows
from nms.queries.dossier import Dossier
from nms.tickets.codes import word
from nms.views.cli import ticket_work
from nms.views.cli.common import (
    Json,
    WrongUse,
    attention_text,
    clock,
    duration,
    say,
    say_columns,
    session,
    show,
    show_rows,
)
from nms.views.tui.words import ticket_status_word, verdict_word

Note = Annotated[str, typer.Option("--note", "-n", help="What was found or done.")]

ticket = typer.Typer(
    no_args_is_help=True, help="Maintenance tickets, corrective and preventive.", rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    ticket_work.register(ticket)
    app.add_typer(ticket, name="ticket")


@ticket.command("list")
def list_(
    context: typer.Context,
    status: Annotated[str, typer.Option(help="active, open, assigned, in-progress, on-hold, resolved, closed.")] = "",
    kind: Annotated[str, typer.Option(help="corrective or preventive.")] = "",
    department: Annotated[str, typer.Option(help="Only of this department.")] = "",
    device: Annotated[str, typer.Option(help="Only of this device.")] = "",
    assignee: Annotated[str, typer.Option(help="Only of this person.")] = "",
    unassigned: Annotated[bool, typer.Option("--unassigned", help="Only those that nobody has.")] = False,
    priority: Annotated[int | None, typer.Option(min=1, max=4, help="Only of this priority, 1 the highest.")] = None,
    breached: Annotated[bool, typer.Option("--breached", help="Only those whose service level was breached.")] = False,
    watcher: Annotated[str, typer.Option(help="Only those that this person watches.")] = "",
    playbook: Annotated[str, typer.Option(help="Only with this procedure.")] = "",
    text: Annotated[str, typer.Option(help="Only with this text.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=20_000, help="How many at most.")] = 100,
    as_json: Json = False,
) -> int:
    """Tickets, newest first."""
    filters = {
        "status": status,
        "kind": kind,
        "department": department,
        "device": device,
        "assignee": assignee,
        "unassigned": unassigned,
        "priority": priority,
        "breached": breached,
        "watcher": watcher,
        "playbook": playbook,
        "text": text,
        "limit": limit,
    }
    found = session(context).ask(lambda client: client.tickets(**filters))
    now = time.time()
    headings = (_("folio"), _("priority"), _("status"), _("age"), _("department"), _("device"), _("title"), _("who"))
    return show_rows(found, headings, lambda row: _ticket(row, now), as_json=as_json)


def _ticket(row: rows.TicketRow, now: float) -> list[str | Text]:
    return [
        row.folio,
        str(row.priority),
        attention_text(ticket_status_word(row.status), row.attention),
        duration(now - row.opened_at),
        row.department,
        row.device,
        row.title,
        row.assignee,
    ]


@ticket.command("show")
def show_(context: typer.Context, folio: str, as_json: Json = False) -> int:
    """One ticket with its log and its playbook."""
    page = session(context).ask(lambda client: client.ticket(folio))
    return show(page, _print_page, as_json=as_json)


def _print_page(page: rows.TicketPage) -> None:
    row = page.ticket
    say(f"{row.folio}  {row.title}")
    say(f"{ticket_status_word(row.status)}  P{row.priority}  {row.department}  {row.device}  {row.assignee}")
    if row.due_at:
        say(_("due {when}").format(when=clock(row.due_at)))
    for warning in page.safety:
        say(f"! {warning}")
    if page.steps:
        say(page.playbook_title)
    for step in page.steps:
        mark = "x" if step.done else " "
        say(f"[{mark}] {step.number}. {step.text}" + (f"  = {step.evidence}" if step.evidence else ""))
        if step.kind == "command" and not step.done:
            say("→ " + (step.obstacle or f"nms ticket run {row.folio} {step.number}: {step.command}"))
    _print_dossier(page.dossier)
    for entry in page.log:
        say(f"{clock(entry.at):>16}  {entry.actor}: {entry.text}")


def _print_dossier(more: Dossier) -> None:
    if more.description:
        say(more.description)
    if more.cause:
        found = _("cause: {cause}; solution: {solution}")
        say(found.format(cause=_(word("cause", more.cause)), solution=_(word("solution", more.solution))))
    for one in more.work:
        cost = f"  {one.cost:,.2f} {more.currency}" if one.cost else ""
        say(f"{clock(one.at):>16}  {one.person}: {one.minutes:g} min  {one.note}{cost}")
    for part in more.parts:
        cost = f"  {part.quantity * part.unit_cost:,.2f} {more.currency}" if part.unit_cost else ""
        say(f"{clock(part.at):>16}  {part.actor}: {part.quantity:g} × {part.name} {part.serial}{cost}")
    if more.minutes or more.cost:
        total = _("together {minutes} minutes, {cost} {currency}")
        say(total.format(minutes=f"{more.minutes:g}", cost=f"{more.cost:,.2f}", currency=more.currency))
    for kept in more.attachments:
        size = _("{size} kB").format(size=max(1, kept.size // 1000))
        say(f"{clock(kept.at):>16}  {kept.actor}: #{kept.number} {kept.name} ({size})")
    if more.watchers:
        say(_("watched by {people}").format(people=", ".join(more.watchers)))


@ticket.command("open")
def open_(
    context: typer.Context,
    title: str,
    department: Annotated[str, typer.Option(help="Whose service suffers.")],
    device: Annotated[str, typer.Option(help="The device, where one is known.")] = "",
    alert: Annotated[str, typer.Option(help="The key of the alert behind it.")] = "",
) -> int:
    """Opens a corrective ticket by hand and prints its folio."""
    folio = session(context).ask(lambda client: client.open_ticket(title, department, device, alert))
    say(folio)
    return 0


def _act(context: typer.Context, folio: str, action: str, **more: str | int) -> int:
    session(context).ask(lambda client: client.act_on_ticket(folio, action, **more))
    say(_("{folio}: done").format(folio=folio))
    return 0


@ticket.command()
def assign(context: typer.Context, folio: str, person: str, note: Note = "") -> int:
    """Gives the ticket to somebody."""
    return _act(context, folio, "assign", assignee=person, note=note)


@ticket.command()
def start(context: typer.Context, folio: str, note: Note = "") -> int:
    """Says that the work has begun."""
    return _act(context, folio, "start", note=note)


@ticket.command()
def note(context: typer.Context, folio: str, text: str) -> int:
    """Writes a line into the ticket's log."""
    return _act(context, folio, "note", note=text)


@ticket.command()
def hold(
    context: typer.Context,
    folio: str,
    reason: Annotated[str, typer.Option(help="vendor, part or user: whom the work waits for.")],
    note: Note = "",
) -> int:
    """Pauses the ticket and its service level."""
    return _act(context, folio, "hold", reason=reason, note=note)


@ticket.command()
def resume(context: typer.Context, folio: str, note: Note = "") -> int:
    """Goes on with a ticket on hold."""
    return _act(context, folio, "resume", note=note)


@ticket.command()
def resolve(
    context: typer.Context,
    folio: str,
    cause: Annotated[str, typer.Option(help="What was wrong: power, hardware, cabling, provider ...")],
    solution: Annotated[str, typer.Option(help="What helped: replaced, repaired, restarted ...")],
    note: Note = "",
    although_down: Annotated[
        bool, typer.Option("--although-down", help="It is out of service for good; the note says why.")
    ] = False,
) -> int:
    """Says that it works again."""
    return _act(context, folio, "resolve", cause=cause, solution=solution, note=note, although_down=although_down)


@ticket.command()
def close(context: typer.Context, folio: str, note: Note = "") -> int:
    """Closes a resolved ticket."""
    return _act(context, folio, "close", note=note)


@ticket.command()
def reopen(context: typer.Context, folio: str, note: Note = "") -> int:
    """Opens a resolved or closed ticket again."""
    return _act(context, folio, "reopen", note=note)


@ticket.command()
def run(
    context: typer.Context,
    folio: str,
    number: int,
    values: Annotated[list[str] | None, typer.Argument(help="Parameters of the command: port=Gi1/0/1.")] = None,
    remark: Annotated[str, typer.Option("--remark", help="What an output that is not as expected means.")] = "",
    as_json: Json = False,
) -> int:
    """Runs the read-only command of a step on the ticket's device; the output stays with the ticket."""
    given = _parameters(values or [])
    row = session(context).ask(lambda client: client.run_step(folio, number, given, remark))
    return show(row, _print_evidence, as_json=as_json, problem=row.verdict == "failed")


def _parameters(values: list[str]) -> dict[str, str]:
    wrong = [value for value in values if "=" not in value]
    if wrong:
        raise WrongUse(_("“{value}” is not a parameter: write NAME=VALUE").format(value=wrong[0]))
    return dict(value.split("=", 1) for value in values)


@ticket.command()
def evidence(context: typer.Context, folio: str, number: int, as_json: Json = False) -> int:
    """All that was entered for one step, with the outputs of its commands."""
    found = session(context).ask(lambda client: client.evidence(folio, number))
    return show(found, _print_all_evidence, as_json=as_json)


def _print_all_evidence(found: list[rows.EvidenceRow]) -> None:
    for row in found:
        _print_evidence(row)


def _print_evidence(row: rows.EvidenceRow) -> None:
    say(f"{clock(row.at)}  {row.actor}: {verdict_word(row.verdict)}  {row.command}")
    if row.value is not None and not row.command:
        say(f"= {row.value:g}")
    for failure in row.failures:
        say(f"! {failure}")
    if row.remark:
        say(f"→ {row.remark}")
    if row.text:
        say_columns(row.text)


@ticket.command()
def release(context: typer.Context, folio: str, note: Note = "") -> int:
    """Gives the ticket back, for somebody else to take."""
    return _act(context, folio, "release", note=note)


@ticket.command()
def prioritise(
    context: typer.Context,
    folio: str,
    priority: Annotated[int, typer.Argument(min=1, max=4, help="1 the highest, 4 the lowest.")],
    note: Note = "",
) -> int:
    """Sets the priority by decision, and with it the service level."""
    return _act(context, folio, "prioritise", priority=priority, note=note)
