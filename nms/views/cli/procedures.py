"""`nms playbook ...`: the maintenance procedures, listed, shown and rendered as documentation."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

import typer

from nms.i18n import gettext as _
from nms.views.cli.common import Json, Session, WrongUse, say, session, show, table

playbook = typer.Typer(no_args_is_help=True, help="Maintenance procedures.", rich_markup_mode=None)


class Form(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"


def register(app: typer.Typer) -> None:
    app.add_typer(playbook, name="playbook")


def _book(here: Session) -> Any:
    from nms.tickets.playbooks.book import load_playbooks

    return load_playbooks(here.config().paths.playbooks)


@playbook.command("list")
def list_(context: typer.Context, as_json: Json = False) -> int:
    """All procedures with their owner, version and review date."""
    from nms.views.cli.playbooks import as_table

    known = _book(session(context)).playbooks.values()
    plain = [one.model_dump(mode="json", include={"id", "title", "kind", "version", "owner"}) for one in known]
    headings = (_("procedure"), _("title"), _("kind"), _("version"), _("owner"), _("steps"), _("review"), "")
    today = date.today()  # noqa: DTZ011 (a review date is a day of the office)
    return show(plain, lambda _plain: table(headings, as_table(known, today)), as_json=as_json)


@playbook.command("show")
def show_(
    context: typer.Context,
    procedure: Annotated[str, typer.Argument(help="Its name; without one, the whole manual.")] = "",
    form: Annotated[Form, typer.Option("--format", help="text, markdown or html.")] = Form.TEXT,
) -> int:
    """One procedure, or all of them as a manual."""
    from nms.views.cli import playbooks as shown

    book, today = _book(session(context)), date.today()  # noqa: DTZ011
    one = book.get(procedure) if procedure else None
    if procedure and one is None:
        raise WrongUse(_("there is no procedure {name}: “nms playbook list” shows them").format(name=procedure))
    chosen = [one] if one else list(book.playbooks.values())
    if form is Form.HTML:
        text = shown.as_html(chosen, today)
    elif form is Form.MARKDOWN or one is None:
        text = shown.as_markdown(one, today) if one else shown.manual(chosen, today)
    else:
        text = shown.as_text(one, today)
    sys.stdout.write(text.rstrip("\n") + "\n")
    return 0


@playbook.command()
def overdue(context: typer.Context, as_json: Json = False) -> int:
    """Procedures whose review is overdue. Exit code 1 when there are any."""
    found = _book(session(context)).overdue_reviews(date.today())  # noqa: DTZ011
    plain = [
        {"id": one.id, "title": one.title, "owner": one.owner, "review_due": one.review_due.isoformat()}
        for one in found
    ]
    return show(plain, _tell_overdue, as_json=as_json, problem=bool(plain))


def _tell_overdue(plain: list[dict[str, str]]) -> None:
    for one in plain:
        say(f"{one['review_due']}  {one['id']}  {one['title']}  ({one['owner']})")
