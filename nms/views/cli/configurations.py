"""`nms configuration ...`: copies of the configurations of equipment, what changed in them, putting one back."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from nms.i18n import gettext as _
from nms.i18n import ngettext
from nms.queries.configuration_rows import (
    ConfigurationDiff,
    ConfigurationPage,
    ConfigurationRow,
    ConfigurationVersionRow,
    RestorePage,
    SearchResult,
)
from nms.queries.rows import Attention
from nms.text import harmless_lines
from nms.views.cli.common import (
    Json,
    WrongUse,
    attention_text,
    clock,
    console,
    duration,
    say,
    session,
    show,
    show_rows,
    table,
)
from nms.views.configuration_words import reason_word, remark, text_word

if TYPE_CHECKING:
    from nms.views.client import Client

configuration = typer.Typer(no_args_is_help=True, help="Copies of configurations.", rich_markup_mode=None)

DeviceName = Annotated[str, typer.Argument(metavar="DEVICE", help="Its name in the inventory.")]

AT_ONCE = 32
"""Requests on their way; the daemon decides how many devices it asks at one time."""

_NAMED = ("running", "startup", "baseline", "previous")
_AGO = re.compile(r"(\d+)([mhdw])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_STYLES = {"+": "green", "-": "red", "@": "cyan"}

WHICH = "running, startup, baseline, the number of a version, a time (2026-03-04 10:00) or an age (3d)"


def register(app: typer.Typer) -> None:
    app.add_typer(configuration, name="configuration")


@configuration.command("list")
def list_(context: typer.Context, as_json: Json = False) -> int:
    """Every device whose configuration is kept, with the age of its copy. Exit code 1 when one needs somebody."""
    found = session(context).ask(lambda client: client.configurations())
    now = time.time()
    headings = (_("device"), _("platform"), _("newest copy"), _("changed"), _("by"), _("ticket"), _("remark"))
    problem = any(row.attention is Attention.UNATTENDED for row in found)
    return show_rows(found, headings, lambda row: _copy(row, now), as_json=as_json, problem=problem)


def _copy(row: ConfigurationRow, now: float) -> list[str | Text]:
    return [
        row.device,
        row.platform,
        duration(now - row.kept_at) if row.kept_at is not None else _("none"),
        clock(row.changed_at),
        row.changed_by,
        row.changed_ticket,
        attention_text(remark(row), row.attention),
    ]


@configuration.command()
def fetch(
    context: typer.Context,
    devices: Annotated[
        list[str] | None, typer.Argument(metavar="DEVICE...", help="Names in the inventory; none: all of them.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Fetches configurations now and waits. Exit code 1 when one could not be fetched."""
    pages = session(context).ask(lambda client: _fetched(client, devices or []))
    return show(pages, _tell_outcomes, as_json=as_json, problem=any(page.row.problem for page in pages))


async def _fetched(client: Client, named: list[str]) -> list[ConfigurationPage]:
    chosen = named or [row.device for row in await client.configurations()]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(device: str) -> ConfigurationPage:
        async with gate:
            return await client.fetch_configuration(device)

    return list(await asyncio.gather(*(one(device) for device in chosen)))


def _tell_outcomes(pages: list[ConfigurationPage]) -> None:
    for page in pages:
        say(f"{page.row.device}: {_outcome(page)}")


def _outcome(page: ConfigurationPage) -> str:
    row = page.row
    if row.problem:
        return row.problem
    newest = next((one for one in page.versions if one.kind == "running"), None)
    if newest is not None and newest.at == row.kept_at and newest.added + newest.removed:
        return _("changed (+{added} -{removed})").format(added=newest.added, removed=newest.removed)
    return _("kept") if newest is not None and newest.at == row.kept_at else _("the same as before")


@configuration.command("show")
def show_(
    context: typer.Context,
    device: DeviceName,
    which: Annotated[str, typer.Argument(help=WHICH)] = "running",
    as_json: Json = False,
) -> int:
    """One text, without its secrets."""
    found = session(context).ask(lambda client: client.configuration_text(device, _which(which)))
    return show(found, lambda text: sys.stdout.write(harmless_lines(text.text)), as_json=as_json)


@configuration.command()
def history(context: typer.Context, device: DeviceName, as_json: Json = False) -> int:
    """The versions that were kept: when, by whom, with which ticket."""
    page = session(context).ask(lambda client: client.configuration(device))
    headings = (_("version"), _("kept"), _("text"), _("lines"), _("by"), _("ticket"), _("why"), _("remark"))
    return show(page, lambda page: table(headings, map(_version, page.versions)), as_json=as_json)


def _version(one: ConfigurationVersionRow) -> list[str]:
    lines = f"+{one.added} -{one.removed}" if one.added + one.removed else ""
    reason = reason_word(one.reason)
    return [str(one.id), clock(one.at), text_word(one.kind), lines, one.author, one.ticket, reason, one.note]


@configuration.command()
def diff(
    context: typer.Context,
    device: DeviceName,
    before: Annotated[str, typer.Argument(help=f"{WHICH}, or previous")] = "previous",
    after: Annotated[str, typer.Argument(help=WHICH)] = "",
    around: Annotated[int, typer.Option("--context", min=0, max=1000, help="Equal lines around a difference.")] = 3,
    as_json: Json = False,
) -> int:
    """How one text differs from another; without arguments, the last change. Exit code 1 when they differ."""

    async def question(client: Client) -> ConfigurationDiff:
        newer = _which(after) if after else await _newest(client, device, before)
        return await client.configuration_diff(device, _which(before), newer, around)

    found = session(context).ask(question)
    return show(found, _print_diff, as_json=as_json, problem=bool(found.lines))


async def _newest(client: Client, device: str, before: str) -> str:
    """What is compared with the older text: what runs, or for `previous` the last version."""
    if before != "previous":
        return "running"
    page = await client.configuration(device)
    newest = next((one for one in page.versions if one.kind == "running"), None)
    if newest is None:
        raise WrongUse(_("there is no copy of the configuration of {device} yet").format(device=device))
    return str(newest.id)


def _print_diff(found: ConfigurationDiff) -> None:
    out = console()
    if not found.lines:
        say(_("there is no difference"))
        return
    out.print(f"--- {found.device} {found.before}\n+++ {found.device} {found.after}")
    for line in found.lines:
        out.print(Text(harmless_lines(line), style=_STYLES.get(line[:1], "")))


@configuration.command()
def search(
    context: typer.Context,
    pattern: Annotated[str, typer.Argument(help="Regular expression; upper and lower case alike.")],
    as_json: Json = False,
) -> int:
    """Lines of all running configurations that match. Exit code 1 when none does."""
    found = session(context).ask(lambda client: client.search_configurations(pattern))
    return show(found, _print_hits, as_json=as_json, problem=not found.hits)


def _print_hits(found: SearchResult) -> None:
    table(
        (_("device"), _("line"), _("section"), _("text")),
        ((hit.device, str(hit.line), hit.section, hit.text.strip()) for hit in found.hits),
    )
    count = len(found.hits)
    text = ngettext("{n} line in {devices} configurations", "{n} lines in {devices} configurations", count)
    say(text.format(n=count, devices=found.devices) + (f" {_('(there are more)')}" if found.is_cut else ""))


@configuration.command()
def accept(
    context: typer.Context,
    device: DeviceName,
    note: Annotated[str, typer.Option("--note", help="Why this is the configuration to keep to.")],
) -> int:
    """Makes what runs now the baseline, from which drift is counted."""
    session(context).ask(lambda client: client.accept_configuration(device, note))
    say(_("the configuration of {device} is its baseline now").format(device=device))
    return 0


@configuration.command()
def drift(context: typer.Context, as_json: Json = False) -> int:
    """The devices whose configuration is not their accepted baseline. Exit code 1 when there are any."""
    found = session(context).ask(lambda client: client.configurations())
    drifted = [row for row in found if row.baseline_at is not None and row.drift]
    without = sum(row.baseline_at is None for row in found)
    return show(drifted, lambda rows: _print_drift(rows, without), as_json=as_json, problem=bool(drifted))


def _print_drift(drifted: list[ConfigurationRow], without: int) -> None:
    headings = (_("device"), _("lines"), _("baseline of"), _("accepted by"))
    table(headings, ((r.device, str(r.drift), clock(r.baseline_at), r.baseline_by) for r in drifted))
    if without:
        text = ngettext("{n} device has no baseline yet", "{n} devices have no baseline yet", without)
        say(text.format(n=without))


@configuration.command("restore")
def restore_(context: typer.Context, device: DeviceName, as_json: Json = False) -> int:
    """The steps by which a person puts the copy back. The monitor never does it."""
    page = session(context).ask(lambda client: client.restoring(device))
    return show(page, _print_steps, as_json=as_json)


def _print_steps(page: RestorePage) -> None:
    if page.kept_at is None:
        raise WrongUse(_("there is no copy of the configuration of {device} yet").format(device=page.device))
    say(f"{page.device_name} · {page.title} · {_('copy of {time}').format(time=clock(page.kept_at))}")
    say(_("The text: nms configuration show {device} > {device}.cfg").format(device=page.device))
    if page.secrets:
        text = ngettext(
            "{n} secret is masked in it (<secret:...>): write it in by hand",
            "{n} secrets are masked in it (<secret:...>): write them in by hand",
            page.secrets,
        )
        say(text.format(n=page.secrets))
    else:
        repository = f"git -C DATA/configurations/repository.git show {page.revision}:{page.device}/running.cfg"
        say(_("With its secrets, on the monitor: {command}").format(command=repository))
    for number, step in enumerate(page.steps, 1):
        say(f"{number}. {step}")


def _which(text: str) -> str:
    """What people write as the API takes it. Raises: WrongUse."""
    if text in _NAMED or text.isdecimal():
        return text
    if found := _AGO.fullmatch(text):
        return f"@{time.time() - int(found[1]) * _SECONDS[found[2]]:.0f}"
    try:
        return f"@{datetime.fromisoformat(text).timestamp():.0f}"
    except ValueError:
        raise WrongUse(
            _("“{text}” names no text of a configuration; write {which}").format(text=text, which=WHICH)
        ) from None
