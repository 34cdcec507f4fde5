"""The sections of the telephony screen: exchanges, trunks, queues and mailboxes, telephone sets."""

from __future__ import annotations

from typing import Any

from nms.i18n import gettext as _
from nms.queries.rows import LineRow
from nms.views.tui.braille import bar
from nms.views.tui.lists import devices
from nms.views.tui.lists.columns import Column, attention_column, number_column, plain, state_column
from nms.views.tui.values import share

BAR = 20


def _named(names: tuple[str, ...]) -> tuple[Column[Any], ...]:
    columns = {column.name: column for column in devices.data_centre().columns}
    return tuple(columns[name] for name in names)


def exchanges() -> tuple[Column[Any], ...]:
    numbers = ("channels_used", "calls", "trunks_up", "registrations", "waiting", "answer")
    return _named(("attention", "name", "state", "since", *numbers, "problem", "hardware"))


def telephones() -> tuple[Column[Any], ...]:
    return _named(("attention", "name", "state", "since", "problem", "department", "address", "round_trip", "hardware"))


def _head(title: str) -> tuple[Column[Any], ...]:
    return (
        attention_column(),
        plain("label", title, 14, grow=2, keep=80, style="strong"),
        state_column(),
    )


def _channels(row: LineRow) -> str:
    if row.used is None:
        return ""
    return f"{row.used:.0f}/{row.size:.0f}" if row.size else f"{row.used:.0f}"


def trunks() -> tuple[Column[Any], ...]:
    return (
        *_head(_("trunk")),
        Column("channels", _("channels"), 9, lambda row, _c: _channels(row), right=True, keep=60),
        number_column("load", _("use"), 6, share, keep=50),
        Column(
            "gauge",
            "",
            BAR,
            lambda row, _c: bar(row.load, BAR) if row.load is not None else "",
            style=lambda _row: "accent",
            keep=20,
        ),
        plain("text", _("reports"), 14, grow=3, keep=40, style="dim"),
        plain("device_name", _("exchange"), 20, grow=1, keep=45),
    )


def queues() -> tuple[Column[Any], ...]:
    return (
        *_head(_("queue or mailbox")),
        number_column("value", _("waiting"), 9, lambda n: "" if n is None else f"{n:.0f}", keep=60),
        plain("text", _("reports"), 30, grow=3, keep=30, style="dim"),
        plain("device_name", _("exchange"), 22, grow=1, keep=30),
    )
