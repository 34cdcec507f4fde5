"""Looking after the monitor itself: tokens."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from nms.i18n import gettext as _
from nms.views.cli.common import Json, OnlyDepartments, UserRoles, clock, say, session, show_rows

if TYPE_CHECKING:
    from nms.store.tokens import TokenRow

token = typer.Typer(no_args_is_help=True, help="Tokens: who may talk to the monitor.", rich_markup_mode=None)

DAY_SECONDS = 86_400.0


def register(app: typer.Typer) -> None:
    app.add_typer(token, name="token")


@token.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose it is, for lists and the audit.")],
    role: UserRoles,
    department: OnlyDepartments = None,
    days: Annotated[float | None, typer.Option("--days", min=0.01, max=3660, help="Ends after so many days.")] = None,
) -> int:
    """Makes a token and prints it: this is the only time that it can be read."""
    ends = None if days is None else time.time() + days * DAY_SECONDS
    made = session(context).ask(
        lambda client: client.create_token(name, [one.value for one in role], department or [], ends)
    )
    sys.stdout.write(made + "\n")
    return 0


@token.command("list")
def list_tokens(context: typer.Context, as_json: Json = False) -> int:
    """All tokens, without the tokens themselves."""
    found = session(context).ask(lambda client: client.tokens())
    now = time.time()
    headings = (_("number"), _("name"), _("roles"), _("departments"), _("made"), _("by"), _("ends"), _("state"))
    return show_rows(found, headings, lambda row: _token(row, now), as_json=as_json)


def _token(row: TokenRow, now: float) -> list[str]:
    return [
        str(row.id),
        row.name,
        " ".join(row.roles),
        " ".join(row.departments) or _("all"),
        clock(row.created_at),
        row.created_by,
        clock(row.expires_at),
        _state(row.revoked_at, row.expires_at, now),
    ]


def _state(revoked_at: float | None, expires_at: float | None, now: float) -> str:
    if revoked_at is not None:
        return _("revoked")
    return _("expired") if expires_at is not None and expires_at <= now else _("valid")


@token.command()
def revoke(
    context: typer.Context, number: Annotated[int, typer.Argument(help="Its number in “nms token list”.")]
) -> int:
    """Ends a token, and the browser sessions opened with it, at once."""
    ended = session(context).ask(lambda client: client.revoke_token(number))
    said = _("token {number} is revoked") if ended else _("token {number} had ended already")
    say(said.format(number=number))
    return 0
