"""`nms maintenance ...`, `nms silence ...`, `nms availability ...`: planned work, quiet, and the past put right."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from nms.i18n import gettext as _
from nms.model import State
from nms.queries import rows
from nms.views.cli.common import Json, Session, WrongUse, clock, duration, say, session, show_rows
from nms.views.cli.moments import end_of, moment
from nms.views.foreseen import correction_lines, quiet_lines
from nms.views.tui.words import state_word

if TYPE_CHECKING:
    from nms.queries.ports import QuietPlan

Devices = Annotated[list[str] | None, typer.Option("--device", help="Device by id, or a pattern (sw-*); repeatable.")]
Departments = Annotated[list[str] | None, typer.Option("--department", help="Department by id; repeatable.")]
Sites = Annotated[list[str] | None, typer.Option("--site", help="Site by id; repeatable.")]
Roles = Annotated[list[str] | None, typer.Option("--role", help="Role: router, switch, ups ...; repeatable.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Tag of the inventory; repeatable.")]
Keys = Annotated[list[str] | None, typer.Option("--key", help="Key of an alert, or a pattern; repeatable.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why, for the audit and those who ask.")]
From = Annotated[str, typer.Option("--from", help="When it starts, on the office's clock: 2026-12-05 22:00, or now.")]
Until = Annotated[str, typer.Option("--until", help="When it ends: 2026-12-06 02:00.")]
For = Annotated[str, typer.Option("--for", help="How long it lasts, instead of --until: 4h, 1h30m, 2d.")]
Preview = Annotated[bool, typer.Option("--preview", help="Tell what it would do, and do nothing.")]
Number = Annotated[int, typer.Argument(min=1, help="The number that the list shows.")]

maintenance = typer.Typer(no_args_is_help=True, help="Planned work: its alerts wait.", rich_markup_mode=None)
silence = typer.Typer(no_args_is_help=True, help="Keep alerts quiet for a time.", rich_markup_mode=None)
availability = typer.Typer(no_args_is_help=True, help="Put the record of a past time right.", rich_markup_mode=None)

MONTH_SECONDS = 31 * 86_400.0


def register(app: typer.Typer) -> None:
    app.add_typer(maintenance, name="maintenance")
    app.add_typer(silence, name="silence")
    app.add_typer(availability, name="availability")


def _zone(here: Session) -> ZoneInfo:
    return ZoneInfo(here.ask(lambda client: client.timezone()))


def _period(zone: ZoneInfo, start: str, until: str, lasts: str) -> tuple[float, float]:
    """From when to when, of which either the end or the length was given. Raises: WrongUse."""
    begins = moment(start, zone, "--from")
    return begins, end_of(begins, until, lasts, zone)


def _matchers(**labels: list[str] | None) -> dict[str, list[str]]:
    found = {label: names for label, names in labels.items() if names}
    if not found:
        raise WrongUse(_("say what it is about: --device, --department, --site, --role, --tag or --key"))
    return found


@maintenance.command()
def plan(
    context: typer.Context,
    title: str,
    start: From,
    until: Until = "",
    lasts: For = "",
    rule: Annotated[str, typer.Option(help="Again and again (RFC 5545): FREQ=MONTHLY;BYDAY=1SU; needs --for.")] = "",
    reason: Reason = "",
    device: Devices = None,
    department: Departments = None,
    site: Sites = None,
    role: Roles = None,
    tag: Tags = None,
    key: Keys = None,
    preview: Preview = False,
) -> int:
    """Plans work, once or recurring. What is still down when it ends alerts then; extend it before that."""
    from nms.queries.ports import MaintenancePlan, QuietPlan  # brings pydantic, which others need not wait for

    here = session(context)
    matchers = _matchers(device=device, department=department, site=site, role=role, tag=tag, key=key)
    if rule and until:
        raise WrongUse(_("--rule: work that recurs needs --for, how long each window lasts, and no --until"))
    zone = _zone(here)
    starts_at, ends_at = _period(zone, start, until, lasts)
    if preview:
        look = QuietPlan(matchers, starts_at, ends_at - starts_at, rule)
        return _foresee(here, "maintenance", look, zone)
    wanted = MaintenancePlan(title, matchers, reason, starts_at, ends_at - starts_at, rule)
    number = here.ask(lambda client: client.plan_maintenance(wanted))
    text = _("maintenance {number}: {start} – {end}; what is still down then alerts")
    say(text.format(number=number, start=clock(starts_at, zone), end=clock(ends_at, zone)))
    return 0


@maintenance.command("list")
def list_maintenance(context: typer.Context, as_json: Json = False) -> int:
    """Work that is under way or to come, of the settings too."""
    here = session(context)
    found = here.ask(lambda client: client.maintenance())
    zone = _zone(here)
    headings = ("#", _("state"), _("starts"), _("ends"), _("title"), _("about"), _("repeats"), _("who"), _("reason"))
    return show_rows(found, headings, lambda row: _work(row, zone), as_json=as_json)


def _work(row: rows.MaintenanceRow, zone: ZoneInfo) -> list[str]:
    return [
        str(row.id) if row.id else "–",
        _("under way") if row.active else _("planned"),
        clock(row.starts_at, zone),
        clock(row.ends_at, zone),
        row.title,
        row.about or _("everything"),
        row.rule,
        row.author if row.id else "config.yaml",
        row.reason,
    ]


@maintenance.command()
def extend(context: typer.Context, number: Number, until: Until = "", lasts: For = "") -> int:
    """Lets work that takes longer end later: --until when, or --for from now on."""
    here = session(context)
    zone = _zone(here)
    ends_at = end_of(time.time(), until, lasts, zone)
    here.ask(lambda client: client.extend_maintenance(number, ends_at))
    say(_("maintenance {number} ends {end}").format(number=number, end=clock(ends_at, zone)))
    return 0


@maintenance.command("end")
def end_maintenance(context: typer.Context, number: Number) -> int:
    """Ends work now, or cancels what is to come. What is still down alerts at once."""
    session(context).ask(lambda client: client.end_maintenance(number))
    say(_("maintenance {number} has ended").format(number=number))
    return 0


@silence.command()
def add(
    context: typer.Context,
    reason: Reason,
    until: Until = "",
    lasts: For = "",
    start: From = "now",
    device: Devices = None,
    department: Departments = None,
    site: Sites = None,
    role: Roles = None,
    tag: Tags = None,
    key: Keys = None,
    preview: Preview = False,
) -> int:
    """Keeps matching alerts quiet. A silence always ends; what is left then speaks."""
    from nms.queries.ports import QuietPlan  # brings pydantic

    here = session(context)
    matchers = _matchers(device=device, department=department, site=site, role=role, tag=tag, key=key)
    zone = _zone(here)
    starts_at, ends_at = _period(zone, start, until, lasts)
    if preview:
        return _foresee(here, "silences", QuietPlan(matchers, starts_at, ends_at - starts_at), zone)
    begins = None if start == "now" else starts_at
    number = here.ask(lambda client: client.silence(reason, ends_at, matchers=matchers, starts_at=begins))
    say(_("silence {number} until {end}").format(number=number, end=clock(ends_at, zone)))
    return 0


@silence.command("list")
def list_silences(context: typer.Context, as_json: Json = False) -> int:
    """Silences that are active or to come."""
    here = session(context)
    found = here.ask(lambda client: client.silences())
    zone = _zone(here)
    headings = ("#", _("state"), _("starts"), _("ends"), _("about"), _("who"), _("reason"))
    return show_rows(found, headings, lambda row: _quiet(row, zone), as_json=as_json)


def _quiet(row: rows.SilenceRow, zone: ZoneInfo) -> list[str]:
    state = _("active") if row.active else _("to come")
    starts, ends = clock(row.starts_at, zone), clock(row.ends_at, zone)
    return [str(row.id), state, starts, ends, row.about, row.author, row.reason]


@silence.command("end")
def end_silence(context: typer.Context, number: Number) -> int:
    """Ends a silence before its time."""
    session(context).ask(lambda client: client.end_silence(number))
    say(_("silence {number} has ended").format(number=number))
    return 0


@availability.command()
def correct(
    context: typer.Context,
    subjects: Annotated[list[str], typer.Argument(help="device/ID, link/ID or department/ID; several may be named.")],
    start: Annotated[str, typer.Option("--from", help="When it began, on the office's clock: 2026-11-20 09:00.")],
    reason: Reason,
    until: Until = "",
    lasts: For = "",
    state: Annotated[State, typer.Option(help="What it really was.")] = State.MAINTENANCE,
    preview: Preview = False,
) -> int:
    """Says what a past time really was (an outage that was agreed work). Reports count it so from now on.

    What was observed stays beside it, and the audit holds both.
    """
    here = session(context)
    zone = _zone(here)
    begins, ends = _period(zone, start, until, lasts)
    if preview:
        return _foresee_corrections(here, subjects, state, (begins, ends), zone)
    for subject in subjects:
        number = _correct(here, subject, state, (begins, ends), reason)
        text = _("correction {number}: {subject} was in “{state}” for {time}")
        say(text.format(number=number, subject=subject, state=state_word(state), time=duration(ends - begins)))
    return 0


def _foresee(here: Session, kind: str, plan: QuietPlan, zone: ZoneInfo) -> int:
    found = here.ask(lambda client: client.preview_quiet(kind, plan))
    for text, _style in quiet_lines(found, zone, is_work=kind == "maintenance"):
        say(text)
    return 0


def _foresee_corrections(
    here: Session, subjects: list[str], state: State, period: tuple[float, float], zone: ZoneInfo
) -> int:
    from nms.queries.ports import PastCorrection  # brings pydantic

    for subject in subjects:
        wanted = PastCorrection(subject, state, *period, "-")
        found = here.ask(lambda client, wanted=wanted: client.preview_correction(wanted))  # type: ignore[misc]
        for text, _style in correction_lines(found, zone):
            say(text)
    return 0


def _correct(here: Session, subject: str, state: State, period: tuple[float, float], reason: str) -> int:
    from nms.queries.ports import PastCorrection  # brings pydantic

    wanted = PastCorrection(subject, state, *period, reason)
    return here.ask(lambda client: client.correct(wanted))


@availability.command("corrections")
def list_corrections(
    context: typer.Context,
    start: Annotated[str, typer.Option("--from", help="First moment; 31 days ago.")] = "",
    until: Annotated[str, typer.Option("--until", help="Last moment; now.")] = "",
    as_json: Json = False,
) -> int:
    """Corrections of a time, withdrawn ones too, beside what had been observed."""
    here = session(context)
    zone = _zone(here)
    last = moment(until, zone, "--until") if until else time.time()
    first = moment(start, zone, "--from") if start else last - MONTH_SECONDS
    found = here.ask(lambda client: client.corrections(first, last))
    headings = ("#", _("what"), _("began"), _("lasted"), _("is counted as"), _("observed"), _("who"), _("reason"))
    return show_rows(found, headings, lambda row: _correction(row, zone), as_json=as_json)


def _correction(row: rows.CorrectionRow, zone: ZoneInfo) -> list[str]:
    counted = state_word(row.state)
    if row.withdrawn_at is not None:
        counted = _("withdrawn by {person}").format(person=row.withdrawn_by)
    lasted = duration(row.end - row.start)
    observed = ", ".join(f"{state_word(State(state))} {duration(seconds)}" for state, seconds in row.observed)
    return [str(row.id), row.name, clock(row.start, zone), lasted, counted, observed, row.author, row.reason]


@availability.command()
def withdraw(context: typer.Context, number: Number) -> int:
    """Takes a correction back: what was observed counts again. The correction stays on record."""
    session(context).ask(lambda client: client.withdraw_correction(number))
    say(_("correction {number} is withdrawn").format(number=number))
    return 0
