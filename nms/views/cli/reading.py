"""`nms status`, `nms devices`, `nms alerts`, `nms incidents`, `nms why`: what is going on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from nms.i18n import gettext as _
from nms.i18n import ngettext
from nms.queries import rows
from nms.queries.rows import Attention
from nms.views.cli.common import (
    Json,
    attention_text,
    clock,
    duration,
    say,
    session,
    show,
    show_rows,
    table,
)
from nms.views.tui.words import alert_status_word, role_word, severity_word, stage_word, state_word

if TYPE_CHECKING:
    from nms.views.client import Client


def register(app: typer.Typer) -> None:
    app.command()(status)
    app.command()(devices)
    app.command()(device)
    app.command()(alerts)
    app.command()(incidents)
    app.command()(acknowledge)
    app.command()(why)


def status(context: typer.Context, as_json: Json = False) -> int:
    """Departments at a glance. Exit code 1 when something needs somebody."""
    overview = session(context).ask(lambda client: client.overview())
    problem = any(tile.attention is Attention.UNATTENDED for tile in overview.departments)
    return show(overview, _print_overview, as_json=as_json, problem=problem)


def _print_overview(overview: rows.Overview) -> None:
    say(overview.municipality + (f"  ({_('simulated')})" if overview.simulated else ""))
    counts = overview.devices
    text = _(
        "{total} devices: {up} up, {degraded} degraded, {down} down, {unknown} unknown, {maintenance} in maintenance"
    )
    say(
        text.format(
            total=counts.total,
            up=counts.up,
            degraded=counts.degraded,
            down=counts.down,
            unknown=counts.unknown,
            maintenance=counts.maintenance,
        )
    )
    table(
        (_("department"), _("state"), _("since"), _("devices"), _("alerts"), _("tickets"), _("problem"), _("who")),
        (_department(tile, overview.at) for tile in overview.departments),
    )
    pollers = overview.pollers
    text = _("{polls} polls a minute, {late} late, {under_way} under way")
    say(text.format(polls=f"{pollers.polls_per_minute:.0f}", late=pollers.late_polls, under_way=pollers.in_flight))
    for problem in pollers.problems:
        say(f"! {problem}")


def _department(tile: rows.DepartmentTile, now: float) -> list[str | Text]:
    return [
        tile.name,
        attention_text(state_word(tile.state), tile.attention),
        duration(now - tile.since) if tile.since else "",
        f"{tile.devices.up}/{tile.devices.total}",
        str(tile.alerts or ""),
        str(tile.tickets or ""),
        tile.problem,
        tile.assignee,
    ]


def devices(
    context: typer.Context,
    department: Annotated[str, typer.Option(help="Only of this department.")] = "",
    role: Annotated[str, typer.Option(help="Only of this role: router, switch, ups ...")] = "",
    as_json: Json = False,
) -> int:
    """All devices with their state."""
    found = session(context).ask(lambda client: client.devices(department=department, role=role))
    headings = (_("device"), _("role"), _("address"), _("department"), _("state"), _("since"), _("problem"))
    return show_rows(found, headings, _device, as_json=as_json)


def _device(row: rows.DeviceRow) -> list[str | Text]:
    return [
        row.name,
        role_word(row.role),
        row.address,
        row.department,
        attention_text(state_word(row.state), row.attention),
        clock(row.since),
        row.problem,
    ]


def device(context: typer.Context, device_id: str, as_json: Json = False) -> int:
    """All that is known of one device."""
    page = session(context).ask(lambda client: client.device(device_id))
    return show(page, _print_device, as_json=as_json)


def _print_device(page: rows.DevicePage) -> None:
    row = page.device
    say("  ".join(filter(None, (row.name, role_word(row.role), row.address, state_word(row.state), row.problem))))
    for name, value in page.facts.items():
        say(f"  {name}: {value}")
    if page.interfaces:
        table(
            (_("interface"), _("admin"), _("oper"), _("in"), _("out"), _("neighbour")),
            (
                (i.label or i.key, i.admin, i.oper, _rate(i.in_bps), _rate(i.out_bps), i.neighbour)
                for i in page.interfaces
            ),
        )
    if page.sensors:
        table(
            (_("reading"), _("part"), _("value"), _("unit"), _("state")),
            (
                (s.metric, s.label or s.component_key, _number(s.value), s.unit, s.text or s.status)
                for s in page.sensors
            ),
        )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _rate(bits_per_second: float | None) -> str:
    if bits_per_second is None:
        return ""
    for unit in ("bit/s", "kbit/s", "Mbit/s"):
        if bits_per_second < 1000:
            return f"{bits_per_second:.3g} {unit}"
        bits_per_second /= 1000
    return f"{bits_per_second:.3g} Gbit/s"


def alerts(
    context: typer.Context,
    resolved: Annotated[bool, typer.Option("--resolved", help="The resolved ones too.")] = False,
    symptoms: Annotated[bool, typer.Option("--symptoms", help="The suppressed symptoms too.")] = False,
    as_json: Json = False,
) -> int:
    """Open alerts. Exit code 1 when nobody works on one of them."""
    found = session(context).ask(lambda client: client.alerts(resolved=resolved))
    shown = [row for row in found if symptoms or row.status != "suppressed"]
    hidden = len(found) - len(shown)
    problem = any(row.attention is Attention.UNATTENDED for row in shown)
    return show(shown, lambda some: _print_alerts(some, hidden), as_json=as_json, problem=problem)


def _print_alerts(shown: Sequence[rows.AlertRow], hidden: int) -> None:
    headings = ("#", _("severity"), _("status"), _("since"), _("device"), _("what"), _("ticket"), _("who"))
    table(headings, map(_alert, shown))
    if hidden:
        text = ngettext("{n} symptom is not shown (--symptoms)", "{n} symptoms are not shown (--symptoms)", hidden)
        say(text.format(n=hidden))


def _alert(row: rows.AlertRow) -> list[str | Text]:
    return [
        str(row.id),
        attention_text(severity_word(row.severity), row.attention),
        alert_status_word(row.status),
        clock(row.opened_at),
        row.device_name,
        row.summary,
        row.ticket,
        row.acknowledged_by,
    ]


def incidents(
    context: typer.Context,
    resolved: Annotated[bool, typer.Option("--resolved", help="The resolved ones too.")] = False,
    as_json: Json = False,
) -> int:
    """Incidents: alerts with one root cause, and how many symptoms each silences."""
    found = session(context).ask(lambda client: client.incidents(resolved=resolved))
    headings = ("#", _("severity"), _("since"), _("what"), _("symptoms"), _("ticket"))
    return show_rows(found, headings, _incident, as_json=as_json)


def _incident(row: rows.IncidentRow) -> list[str | Text]:
    return [
        str(row.id),
        attention_text(severity_word(row.severity), row.attention),
        clock(row.opened_at),
        row.summary,
        str(row.symptoms),
        row.ticket,
    ]


def acknowledge(
    context: typer.Context,
    key: Annotated[
        list[str], typer.Argument(help="Keys of alerts, as “nms alerts --json” shows them; or their numbers.")
    ],
    note: Annotated[str, typer.Option(help="What you are doing about it.")] = "",
) -> int:
    """Says that you work on these alerts."""
    changed = session(context).ask(lambda client: _acknowledge(client, key, note))
    say(ngettext("{n} alert acknowledged", "{n} alerts acknowledged", changed).format(n=changed))
    return 0


async def _acknowledge(client: Client, named: Sequence[str], note: str) -> int:
    """Alerts by their keys or, shorter to type, by the numbers that the list shows."""
    keys = {str(row.id): row.key for row in await client.alerts()} if any(n.isdigit() for n in named) else {}
    return await client.acknowledge([keys.get(name, name) for name in named], note)


def why(context: typer.Context, key: str, as_json: Json = False) -> int:
    """Why was I paged, or not: what decided about an alert key, in order."""
    steps = session(context).ask(lambda client: client.why(key))
    return show(steps, _print_steps, as_json=as_json)


def _print_steps(steps: Sequence[rows.WhyStep]) -> None:
    for step in steps:
        say(f"{clock(step.at):>16}  {stage_word(step.stage):<14} {step.text}")
