"""Devices, whole or by what they are for."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from nms.i18n import gettext as _
from nms.model import Role
from nms.queries.rows import Attention, DeviceRow
from nms.views.tui.lists.columns import (
    Column,
    ListSpec,
    attention_column,
    department_column,
    number_column,
    order_of_attention,
    plain,
    problem_column,
    since_column,
    state_column,
    word_column,
)
from nms.views.tui.lists.gauges import gauges, measures
from nms.views.tui.values import age, milliseconds
from nms.views.tui.words import role_word

NOT_ASKED_YET = len(Attention)
"""In the order of urgency: after all that is known."""

ACTS = frozenset({"poll", "ssh", "silence", "ticket", "why"})

POWER_ROLES = frozenset({Role.UPS, Role.PDU, Role.GENERATOR})
DATA_CENTRE = frozenset(
    {Role.UPS, Role.PDU, Role.GENERATOR, Role.HVAC, Role.ENVIRONMENT, Role.SERVER, Role.HYPERVISOR, Role.STORAGE}
)


@lru_cache(maxsize=1 << 15)
def address_order(address: str) -> tuple[int, int, str]:
    """Addresses by number, then names."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return (9, 0, address)
    return (parsed.version, int(parsed), "")


def _is_not_asked_yet(row: DeviceRow) -> bool:
    return row.attention is Attention.UNKNOWN and row.last_poll_at is None


def _urgency() -> Column[Any]:
    """What needs somebody first; what the monitor has not asked yet says nothing and comes last."""
    return replace(
        attention_column(),
        order=lambda row: NOT_ASKED_YET if _is_not_asked_yet(row) else order_of_attention(row.attention),
    )


def _columns() -> tuple[Column[Any], ...]:
    return (
        _urgency(),
        plain("name", _("device"), 24, grow=3, keep=50, style="strong"),
        state_column(),
        since_column("since", _("since"), keep=7),
        problem_column(_("problem")),
        plain("assignee", _("who"), 12, grow=1, keep=6),
        word_column("role", _("role"), 15, role_word, keep=4, style="dim"),
        department_column(),
        plain("site", _("site"), 14, grow=1, keep=3, style="dim"),
        Column("address", _("address"), 15, lambda row, _c: row.address, order=lambda row: address_order(row.address)),
        number_column("round_trip", _("answer"), 8, milliseconds, keep=3),
        number_column("uptime", _("running"), 8, lambda n: age(0.0, n) if n is not None else "", keep=2),
        since_column("last_poll_at", _("polled"), keep=2),
        number_column("alerts", _("alerts"), 7, lambda n: str(n or ""), keep=3),
        plain("vendor", _("vendor"), 12, grow=1, keep=2, style="dim"),
        plain("hardware", _("model"), 18, grow=2, keep=2, style="dim"),
        plain("id", _("identifier"), 20, grow=1, keep=1, style="dim"),
        plain("rack", _("rack"), 9, keep=7),
        plain("complaints", _("reports"), 24, grow=3, keep=7, style="dim"),
        measures(),
        *gauges(),
    )


SETS = {
    "state": ("attention", "name", "state", "since", "problem", "assignee", "role", "department", "address"),
    "network": ("attention", "name", "state", "address", "round_trip", "uptime", "last_poll_at", "site", "role"),
    "equipment": ("attention", "name", "state", "role", "vendor", "hardware", "department", "site", "rack", "id"),
    "measures": ("attention", "name", "state", "role", "measures", "complaints", "problem", "department"),
}
POWER = (
    "attention",
    "name",
    "state",
    "charge",
    "runtime",
    "load",
    "battery_temperature",
    "power",
    "complaints",
    "site",
)


def _spec(
    name: str,
    title: str,
    choose: Callable[[DeviceRow], bool] | None,
    own: Mapping[str, tuple[str, ...]] | None = None,
) -> ListSpec[Any]:
    """`own` are the column sets of this list alone; the first is shown first."""
    return ListSpec(
        name=name,
        title=title,
        topic="devices",
        key=lambda row: row.id,
        columns=_columns(),
        sets={**(own or {}), **SETS},
        order="attention",
        choose=choose,
        acts=ACTS,
        device=lambda row: row.id,
        department=lambda row: row.department,
        empty=_("no device"),
    )


def devices() -> ListSpec[Any]:
    return _spec("devices", _("Devices"), None)


def data_centre() -> ListSpec[Any]:
    head = ("attention", "name", "state")
    own = {
        "room": (*head, "since", "measures", "complaints", "problem", "assignee", "role", "rack"),
        "power": POWER,
        "climate": (*head, "temperature", "humidity", "complaints", "problem", "rack"),
        "servers": (*head, "processor", "memory", "storage", "temperature", "complaints", "problem", "rack"),
    }
    return _spec("datacentre", _("Data centre"), lambda row: row.role in DATA_CENTRE, own)


def ups() -> ListSpec[Any]:
    found = _spec("ups", _("UPS"), lambda row: row.role in POWER_ROLES, {"battery": POWER})
    return replace(found, empty=_("no UPS"))


def applications() -> ListSpec[Any]:
    return _spec("applications", _("Applications"), lambda row: row.role is Role.APPLICATION)


def printers() -> ListSpec[Any]:
    supplies = ("attention", "name", "state", "supply_left", "supply", "complaints", "pages", "problem", "department")
    found = _spec("printers", _("Printers"), lambda row: row.role is Role.PRINTER, {"supplies": supplies})
    return replace(found, empty=_("no printer"))


def addresses() -> ListSpec[Any]:
    columns = ("address", "attention", "name", "state", "round_trip", "role", "department", "site", "hardware", "id")
    found = _spec("addresses", _("Addresses"), lambda row: bool(row.address), {"addresses": columns})
    return replace(found, order="address")
