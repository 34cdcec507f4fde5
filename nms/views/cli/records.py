"""`nms records ...`: the database of states, alerts, tickets and audit, from one place to another."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nms.i18n import gettext as _
from nms.i18n import render
from nms.views.cli.common import Json, WrongUse, print_json, say, session

if TYPE_CHECKING:
    from nms.config import Config

records = typer.Typer(
    no_args_is_help=True, help="The database of states, alerts, tickets and audit.", rich_markup_mode=None
)

_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@")


def register(app: typer.Typer) -> None:
    app.add_typer(records, name="records")


@records.callback()
def _group() -> None:
    """Commands of this group have names of their own, also while there is one only."""


@records.command("copy")
def copy_records(
    context: typer.Context,
    target: Annotated[str, typer.Argument(help="An empty database: env:NAME, file:PATH, or its address.")],
    as_json: Json = False,
) -> int:
    """Carries all records into an empty database, all of them or nothing. Stop the monitor first."""
    from nms.store.audit import Checkpoint
    from nms.store.carrying import carry
    from nms.store.errors import RecordsError
    from nms.store.records import Records

    config = session(context).config()
    _require_stopped(config)
    where = _address(target, config)

    def told(table: str, rows: int) -> None:
        if rows and not as_json:
            say(f"{table}: {rows:,}")

    try:
        with closing(Records.open(_source(config))) as here, closing(Records.open(where)) as there:
            done = carry(here, there, told)
    except RecordsError as error:
        raise WrongUse(str(error)) from None
    end: Checkpoint = done.audit_end
    if as_json:
        print_json({"rows": dict(done.rows), "audit_end": str(end)})
        return 0
    say(
        _("{rows} rows are carried and verified; the audit ends at {end}").format(rows=sum(done.rows.values()), end=end)
    )
    say(_("now name the new database in records.url of config.yaml, and start the monitor"))
    return 0


def _source(config: Config) -> str | Path:
    if config.records.url is not None:
        return config.records.url.reveal()
    path = config.data_dir / "records.db"
    if not path.exists():
        raise WrongUse(_("there are no records at {path}").format(path=path))
    return path


def _address(target: str, config: Config) -> str:
    """What a reference names; an address with a password in it would be seen by everybody who lists processes."""
    from nms.config.secrets import Secret, SecretUnavailable

    if target.startswith(("env:", "file:")):
        try:
            return Secret(target, config.paths.inventories.parent).reveal()
        except SecretUnavailable as error:
            raise WrongUse(render(error.message)) from None
    if _PASSWORD.search(target):
        raise WrongUse(_("the address holds a password: put it into a file or a variable, and name that: env:NAME"))
    return target


def _require_stopped(config: Config) -> None:
    """What the monitor writes while its records are read would be missing over there."""
    import socket

    path = config.api.socket
    if path is None or not path.exists():
        return
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(2.0)
        try:
            one.connect(str(path))
        except OSError:
            return
    raise WrongUse(_("the monitor is running: stop it first, or what it writes meanwhile would be missing"))
