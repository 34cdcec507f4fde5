"""Computers, telephones and strangers: whether they are there, and at which port of which switch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nms.i18n import gettext as _
from nms.queries.stations import PresenceRow
from nms.views.station_words import presence_word, remark, whereabouts
from nms.views.tui.lists.columns import (
    Column,
    ListSpec,
    department_column,
    instant_column,
    natural,
    plain,
    since_column,
)
from nms.views.tui.lists.devices import address_order
from nms.views.tui.words import role_word


def _style(row: PresenceRow) -> str:
    if row.twice or row.contested:
        return "attended"
    return "fine" if row.present else "dim"


def plugged() -> tuple[Column[Any], ...]:
    """The stations at the interfaces of one device."""
    columns = {column.name: column for column in presence().columns}
    port: Column[Any] = Column(
        "port", _("interface"), 12, lambda row, _c: row.port, order=lambda row: address_order(row.port), keep=90
    )
    chosen = ("glyph", "name", "vlan", "address", "mac", "vendor", "last_seen", "remark")
    return (columns["glyph"], port, *(columns[name] for name in chosen[1:]))


def presence() -> ListSpec[Any]:
    columns: tuple[Column[Any], ...] = (
        Column(
            "glyph", "", 1, lambda row, _c: "●" if row.present else "○", order=lambda row: not row.present,
            style=_style, keep=100,
        ),
        Column(
            "name", _("station"), 20, lambda row, _c: row.name or row.mac,
            order=lambda row: (not row.device, natural(row.name or row.mac)),
            style=lambda _row: "strong", grow=2, keep=50,
        ),
        Column("state", _("state"), 10, lambda row, _c: presence_word(row), order=presence_word, style=_style, keep=20),
        Column(
            "place", _("where"), 30, lambda row, _c: whereabouts(row),
            order=lambda row: (row.at_name, address_order(row.port)), grow=4, keep=60,
        ),
        Column("vlan", _("VLAN"), 5, lambda row, _c: str(row.vlan or ""), order=lambda row: row.vlan or 0, right=True),
        replace(
            instant_column("last_seen", _("seen"), keep=30, style="plain"), order=lambda row: -(row.last_seen or 0.0)
        ),
        since_column("since", _("since"), keep=8),
        Column("address", _("address"), 15, lambda row, _c: row.address, order=lambda r: address_order(r.address)),
        plain("mac", _("MAC"), 17, keep=40),
        plain("vendor", _("maker"), 20, grow=1, keep=3, style="dim"),
        Column("role", _("role"), 12, lambda row, _c: role_word(row.role) if row.role else "", keep=3),
        department_column(keep=6),
        Column("remark", _("remark"), 24, lambda row, _c: remark(row), style=_style, grow=3, keep=25),
        plain("sight", _("seen by"), 9, keep=2, style="dim"),
    )  # fmt: skip
    return ListSpec(
        name="presence",
        title=_("Computers and stations"),
        topic="presence",
        key=lambda row: row.key,
        columns=columns,
        sets={
            "place": ("glyph", "name", "state", "place", "vlan", "last_seen", "department", "remark"),
            "identity": ("glyph", "name", "address", "mac", "vendor", "role", "department", "remark"),
            "all": tuple(column.name for column in columns),
        },
        order="name",
        device=lambda row: row.device or row.at_device,
        department=lambda row: row.department,
        empty=_("no station has been seen yet"),
    )
