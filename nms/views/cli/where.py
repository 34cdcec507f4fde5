"""`nms where`: where a computer or telephone is, and where it was."""

from __future__ import annotations

from typing import Annotated

import typer

from nms.i18n import gettext as _
from nms.queries.stations import SEVERAL, PresenceRow, Whereabouts
from nms.views.cli.common import Json, clock, say, session, show, show_rows, table
from nms.views.station_words import presence_word, remark, sight_word, whereabouts


def register(app: typer.Typer) -> None:
    app.command()(where)


def where(
    context: typer.Context,
    what: Annotated[
        str, typer.Argument(help="MAC address or a part of it, IP address, name, device or maker; none: all of them.")
    ] = "",
    absent: Annotated[bool, typer.Option("--absent", help="In the list only what is not there.")] = False,
    unknown: Annotated[bool, typer.Option("--unknown", help="In the list only what the inventory lacks.")] = False,
    as_json: Json = False,
) -> int:
    """Where a computer or telephone is, and where it was. Exit code 1 when nothing is known of it."""
    if not what:
        return _list(context, absent=absent, unknown=unknown, as_json=as_json)
    found = session(context).ask(lambda client: client.where(what))
    unheard = _("nothing is known of “{what}”").format(what=what)
    tell = _tell if found.stations else lambda _found: say(unheard)
    return show(found, tell, as_json=as_json, problem=not found.stations)


def _list(context: typer.Context, *, absent: bool, unknown: bool, as_json: bool) -> int:
    rows = session(context).ask(lambda client: client.presence())
    shown = [row for row in rows if not (absent and row.present) and not (unknown and row.device)]
    return show_rows(shown, _headings(), _station, as_json=as_json)


def _headings() -> tuple[str, ...]:
    return (_("station"), _("state"), _("where"), _("VLAN"), _("last seen"), _("address"), _("MAC"), _("remark"))


def _station(row: PresenceRow) -> list[str]:
    return [
        row.name or row.mac,
        presence_word(row),
        whereabouts(row),
        str(row.vlan or ""),
        clock(row.last_seen),
        row.address,
        row.mac,
        remark(row),
    ]


def _tell(found: Whereabouts) -> None:
    if len(found.stations) > SEVERAL:
        table(_headings(), map(_station, found.stations))
        if found.more:
            say(_("and {n} more: write more of it").format(n=found.more))
        return
    for row in found.stations:
        _tell_one(row)
    if found.stays:
        say("")
        table(
            (_("from"), _("until"), _("where"), _("interface"), _("VLAN"), _("seen by"), _("MAC")),
            (
                (
                    clock(s.first_seen),
                    clock(s.last_seen),
                    s.at_name,
                    s.port,
                    str(s.vlan or ""),
                    sight_word(s.sight),
                    s.mac,
                )
                for s in found.stays
            ),
        )
    if found.bindings:
        say("")
        table(
            (_("from"), _("until"), _("was called"), _("seen by"), _("told by"), _("MAC")),
            (
                (clock(b.first_seen), clock(b.last_seen), b.value, sight_word(b.sight), b.by, b.mac)
                for b in found.bindings
            ),
        )


def _tell_one(row: PresenceRow) -> None:
    name = row.name or row.mac
    last = f" ({_('last seen')} {clock(row.last_seen)})" if row.last_seen is not None else ""
    say(f"{name}: {presence_word(row)}{last}")
    lines = (
        (_("where"), whereabouts(row) + (f", VLAN {row.vlan}" if row.vlan else "")),
        (_("MAC"), " ".join(filter(None, (row.mac, f"({row.vendor})" if row.vendor else "")))),
        (_("address"), ", ".join(row.addresses) or row.address),
        (_("device"), row.device),
        (_("remark"), remark(row)),
    )
    for title, value in lines:
        if value:
            say(f"  {title}: {value}")
