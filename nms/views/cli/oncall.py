"""`nms oncall`: who is on call, what would leave a call unheard, and the rota as a calendar."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from nms.i18n import gettext as _
from nms.queries import rows
from nms.views.cli.common import EXIT_FOUND, Json, clock, save, say, session, show_rows

DAY = 86_400.0


def register(app: typer.Typer) -> None:
    app.command()(oncall)


def oncall(
    context: typer.Context,
    days: Annotated[float, typer.Option(min=0.01, max=400, help="How far to look ahead.")] = 1.0,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A new .ics file with the duties.")] = None,
    person: Annotated[str, typer.Option(help="In the file only those of this person, by id.")] = "",
    as_json: Json = False,
) -> int:
    """Who is on call now and next, and what would leave a call unheard."""
    here, now = session(context), time.time()
    end = now + days * DAY
    if output is not None:
        return save(output, here.ask(lambda client: client.on_call_calendar(now, end, person)))
    shifts = here.ask(lambda client: client.on_call(now, end))
    if not shifts and not as_json:
        say(_("nobody is on call: there is no rota for this time"))
        return EXIT_FOUND
    headings = (_("from"), _("until"), _("duty"), _("who"), _("contact"))
    code = show_rows(shifts, headings, _shift, as_json=as_json, problem=not shifts)
    if as_json:
        return code
    problems = here.ask(lambda client: client.on_call_problems(now, end))
    for problem in problems:
        say(f"! {clock(problem.start)} – {clock(problem.end)}: {problem.text}")
    return EXIT_FOUND if problems else code


def _shift(shift: rows.ShiftRow) -> list[str]:
    who = shift.person
    if shift.stands_in_for:
        who = _("{person} for {other}").format(person=who, other=shift.stands_in_for)
    return [clock(shift.start), clock(shift.end), shift.role, who, shift.contact]
