"""Devices, whole or by what they are for."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nms.i18n import gettext as _
from nms.model import Role
from nms.queries.rows import DeviceRow
from nms.views.tui.lists.columns import (
    Column,
    ListSpec,
    attention_column,
    department_column,
    plain,
    problem_column,
    since_column,
)
from nms.views.tui.values import age, milliseconds
from nms.views.tui.words import role_word, state_word

ACTS = frozenset({"poll", "ssh", "silence", "ticket", "why"})

VOICE = frozenset({Role.PBX, Role.GATEWAY, Role.PHONE})
DATA_CENTRE = frozenset(
    {Role.UPS, Role.PDU, Role.GENERATOR, Role.HVAC, Role.ENVIRONMENT, Role.SERVER, Role.HYPERVISOR, Role.STORAGE}
)


def _state() -> Column[DeviceRow]:
    return Column(
        "state",
        _("state"),
        13,
        lambda row, _context: state_word(row.state),
        order=lambda row: row.state,
        style=lambda row: row.attention,
        find=lambda row: row.state,
        keep=9,
    )


def _role() -> Column[DeviceRow]:
    return Column(
        "role",
        _("role"),
        15,
        lambda row, _context: role_word(row.role),
        order=lambda row: role_word(row.role),
        style=lambda _row: "dim",
        find=lambda row: row.role,
        keep=4,
    )


def address_order(address: str) -> tuple[int, int, str]:
    """Addresses by number, then names."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return (9, 0, address)
    return (parsed.version, int(parsed), "")


def _columns() -> tuple[Column[Any], ...]:
    return (
        attention_column(),
        plain("name", _("device"), 24, grow=3, keep=50, style="strong"),
        _state(),
        since_column("since", _("since"), keep=7),
        problem_column(_("problem")),
        plain("assignee", _("who"), 12, grow=1, keep=6),
        _role(),
        department_column(),
        plain("site", _("site"), 14, grow=1, keep=3, style="dim"),
        Column("address", _("address"), 15, lambda row, _c: row.address, order=lambda row: address_order(row.address)),
        Column(
            "round_trip",
            _("answer"),
            8,
            lambda row, _c: milliseconds(row.round_trip),
            order=lambda row: row.round_trip or 0.0,
            right=True,
            keep=3,
        ),
        Column(
            "uptime",
            _("running"),
            8,
            lambda row, _c: age(0.0, row.uptime) if row.uptime is not None else "",
            order=lambda row: row.uptime or 0.0,
            right=True,
            keep=2,
        ),
        since_column("last_poll_at", _("polled"), keep=2),
        Column(
            "alerts",
            _("alerts"),
            7,
            lambda row, _c: str(row.alerts or ""),
            order=lambda row: row.alerts,
            right=True,
            keep=3,
        ),
        plain("vendor", _("vendor"), 12, grow=1, keep=2, style="dim"),
        plain("hardware", _("model"), 18, grow=2, keep=2, style="dim"),
        plain("id", _("identifier"), 20, grow=1, keep=1, style="dim"),
        Column("numbers", _("measures"), 26, lambda row, _c: measures(row), style=lambda _row: "plain", grow=2, keep=7),
    )


def measures(row: DeviceRow) -> str:
    """The numbers that matter for what the device is for."""
    return ""


SETS = {
    "state": ("attention", "name", "state", "since", "problem", "assignee", "role", "department", "address"),
    "network": ("attention", "name", "state", "address", "round_trip", "uptime", "last_poll_at", "site", "role"),
    "equipment": ("attention", "name", "state", "role", "vendor", "hardware", "department", "site", "id"),
}


def _spec(
    name: str, title: str, choose: Callable[[DeviceRow], bool] | None, first: tuple[str, ...] = ()
) -> ListSpec[Any]:
    sets = {"own": first, **SETS} if first else SETS
    return ListSpec(
        name=name,
        title=title,
        topic="devices",
        key=lambda row: row.id,
        columns=_columns(),
        sets=sets,
        order="attention",
        choose=choose,
        acts=ACTS,
        device=lambda row: row.id,
        department=lambda row: row.department,
        empty=_("no device"),
    )


def devices() -> ListSpec[Any]:
    return _spec("devices", _("Devices"), None)


def pbx() -> ListSpec[Any]:
    return _spec("pbx", _("Telephony"), lambda row: row.role in VOICE)


def data_centre() -> ListSpec[Any]:
    return _spec("datacentre", _("Data centre"), lambda row: row.role in DATA_CENTRE)


def applications() -> ListSpec[Any]:
    return _spec("applications", _("Applications"), lambda row: row.role is Role.APPLICATION)


def printers() -> ListSpec[Any]:
    return _spec("printers", _("Printers"), lambda row: row.role is Role.PRINTER)


def addresses() -> ListSpec[Any]:
    columns = ("address", "attention", "name", "state", "round_trip", "role", "department", "site", "hardware", "id")
    found = _spec("addresses", _("Addresses"), lambda row: bool(row.address), columns)
    return replace(found, order="address")
