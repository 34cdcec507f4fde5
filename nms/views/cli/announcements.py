"""`nms announce ...`: what the public status page tells people beside what the monitor finds out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from nms.i18n import gettext as _
from nms.views.cli.common import EXIT_FOUND, Json, clock, say, session, show_rows
from nms.views.cli.moments import end_of, moment

if TYPE_CHECKING:
    from nms.store.announcements import Announcement

announce = typer.Typer(no_args_is_help=True, help="Announcements on the public status page.", rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    app.add_typer(announce, name="announce")


@announce.command()
def add(
    context: typer.Context,
    title: Annotated[str, typer.Argument(help="One line: what people should know.")],
    text: Annotated[str, typer.Option("--text", help="More about it, in plain words.")] = "",
    department: Annotated[
        list[str] | None, typer.Option("--department", help="Only about this department; may be given more than once.")
    ] = None,
    start: Annotated[
        str, typer.Option("--from", help="When it appears, on the office's clock: 2026-12-05 22:00, or now.")
    ] = "now",
    until: Annotated[str, typer.Option("--until", help="When it is taken off: 2026-12-06 02:00.")] = "",
    lasts: Annotated[str, typer.Option("--for", help="How long it stays, instead of --until: 4h, 2d.")] = "",
) -> int:
    """Tells the public something, and prints its number."""
    here = session(context)
    zone = ZoneInfo(here.ask(lambda client: client.timezone()))
    begin = moment(start, zone, "--from")
    end = end_of(begin, until, lasts, zone)
    about, appears = department or [], None if start == "now" else begin
    made = here.ask(lambda client: client.announce(title, text, end, departments=about, starts_at=appears))
    say(str(made.id))
    return 0


@announce.command("list")
def list_(context: typer.Context, as_json: Json = False) -> int:
    """All announcements, the newest first."""
    found = session(context).ask(lambda client: client.announcements())
    now = time.time()
    headings = (_("number"), _("state"), _("from"), _("until"), _("departments"), _("who"), _("title"))
    return show_rows(found, headings, lambda one: _announcement(one, now), as_json=as_json)


def _announcement(one: Announcement, now: float) -> list[str]:
    return [
        str(one.id),
        _state(one.withdrawn_at, one.starts_at, one.ends_at, now),
        clock(one.starts_at),
        clock(one.ends_at),
        " ".join(one.departments) or _("all"),
        one.author,
        one.title,
    ]


def _state(withdrawn_at: float | None, starts_at: float, ends_at: float, now: float) -> str:
    if withdrawn_at is not None:
        return _("withdrawn")
    if now >= ends_at:
        return _("over")
    return _("coming") if now < starts_at else _("shown")


@announce.command()
def withdraw(context: typer.Context, number: int) -> int:
    """Takes an announcement off the page."""
    if session(context).ask(lambda client: client.withdraw_announcement(number)):
        say(_("announcement {number}: taken off").format(number=number))
        return 0
    say(_("announcement {number} is not on the page").format(number=number))
    return EXIT_FOUND
