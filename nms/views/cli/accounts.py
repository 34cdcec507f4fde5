"""`nms account ...`: people who log in to the web pages with a password of their own."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Annotated

import typer

from nms.i18n import gettext as _
from nms.views.cli.common import Json, OnlyDepartments, UserRoles, clock, say, session, show_rows

if TYPE_CHECKING:
    from nms.store.accounts import Account

account = typer.Typer(no_args_is_help=True, help="Accounts: who logs in with a password.", rich_markup_mode=None)

Owner = Annotated[str, typer.Argument(help="Small letters, digits, dots and hyphens: ana.ruiz.")]


def register(app: typer.Typer) -> None:
    app.add_typer(account, name="account")


@account.command()
def add(
    context: typer.Context,
    name: Owner,
    role: UserRoles,
    department: OnlyDepartments = None,
) -> int:
    """Makes an account and prints the link by which its owner chooses a password: it works once, for three days."""
    roles, departments = [one.value for one in role], department or []
    say(session(context).ask(lambda client: client.create_account(name, roles, departments)))
    return 0


@account.command()
def invite(context: typer.Context, name: Owner) -> int:
    """A new link, for a password that was forgotten: the old one and every session end now."""
    say(session(context).ask(lambda client: client.invite_account(name)))
    return 0


@account.command()
def remove(context: typer.Context, name: Owner) -> int:
    """Ends an account and every session of it; what it did stays under its name."""
    session(context).ask(lambda client: client.remove_account(name))
    say(_("account {name}: removed").format(name=name))
    return 0


@account.command()
def rights(
    context: typer.Context,
    name: Owner,
    role: UserRoles,
    department: OnlyDepartments = None,
) -> int:
    """Gives other roles and departments; they count at the next request."""
    roles, departments = [one.value for one in role], department or []
    session(context).ask(lambda client: client.allow_account(name, roles, departments))
    say(_("account {name}: changed").format(name=name))
    return 0


@account.command()
def disable(context: typer.Context, name: Owner) -> int:
    """Ends every session and refuses new ones, until the account is enabled."""
    session(context).ask(lambda client: client.disable_account(name))
    say(_("account {name}: disabled").format(name=name))
    return 0


@account.command()
def enable(context: typer.Context, name: Owner) -> int:
    """Lets somebody in again."""
    session(context).ask(lambda client: client.enable_account(name))
    say(_("account {name}: enabled").format(name=name))
    return 0


@account.command("second-factor")
def second_factor(
    context: typer.Context,
    name: Owner,
    remove: Annotated[bool, typer.Option("--remove", help="Take it away: the telephone is lost.")] = False,
) -> int:
    """Adds a second factor with its owner, who holds a telephone before the screen, and prints the recovery codes."""
    if remove:
        session(context).ask(lambda client: client.remove_factor(name))
        say(_("account {name}: no second factor").format(name=name))
        return 0
    secret, uri = session(context).ask(lambda client: client.begin_factor(name))
    say(_drawn(uri))
    say(_("Without a camera, type this key: {key}").format(key=secret))
    code = typer.prompt(_("Code that the telephone shows"))
    codes = session(context).ask(lambda client: client.confirm_factor(name, code.strip()))
    say(_("Recovery codes, each works once, shown only now:"))
    for one in codes:
        say(f"  {one}")
    return 0


def _drawn(uri: str) -> str:
    """A QR code of half blocks, two rows of it in one line."""
    import segno  # only here

    out = io.StringIO()
    segno.make(uri, error="l").terminal(out, compact=True)
    return out.getvalue()


@account.command("list")
def list_(context: typer.Context, as_json: Json = False) -> int:
    """All accounts."""
    found = session(context).ask(lambda client: client.accounts())
    headings = (_("name"), _("roles"), _("departments"), _("made"), _("by"), _("logs in with"))
    return show_rows(found, headings, _account, as_json=as_json)


def _account(one: Account) -> list[str]:
    return [
        one.name,
        " ".join(one.roles),
        " ".join(one.departments) or _("all"),
        clock(one.created_at),
        one.created_by,
        _ways(one),
    ]


def _ways(one: Account) -> str:
    parts = [one.issuer or _password(one.chosen_at, one.invited_until)]
    if one.second_factor:
        parts.append(_("second factor"))
    if one.disabled_at is not None:
        parts.append(_("disabled {when}").format(when=clock(one.disabled_at)))
    return ", ".join(parts)


def _password(chosen_at: float | None, invited_until: float | None) -> str:
    if chosen_at is not None:
        return _("chosen {when}").format(when=clock(chosen_at))
    return _("invited until {when}").format(when=clock(invited_until))
