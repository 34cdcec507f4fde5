"""Columns of the numbers that matter for what a device is for (`nms.queries.gauges`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nms.i18n import gettext as _
from nms.queries.rows import DeviceRow
from nms.views.tui.lists.columns import Column, Context, plain
from nms.views.tui.values import milliseconds, quantity, share

MOST_MEASURES = 3


def gauge(name: str, title: str, width: int, shown: Callable[[float | None], str], keep: int = 5) -> Column[Any]:
    """One of the numbers of a device's role (`nms.queries.gauges`)."""

    def number(row: DeviceRow) -> float | None:
        return row.numbers.get(name)

    return Column(
        name, title, width, lambda row, _c: shown(number(row)), order=number, number=number, right=True, keep=keep
    )


def whole(number: float | None) -> str:
    return "" if number is None else f"{number:,.0f}".replace(",", " ")


def of_how_many(used: str, size: str) -> Callable[[Any, Context], str]:
    """`3/30`, or `3` where the size is not known."""

    def text(row: DeviceRow, _context: Context) -> str:
        found, most = row.numbers.get(used), row.numbers.get(size)
        return "" if found is None else whole(found) if most is None else f"{whole(found)}/{whole(most)}"

    return text


def gauges() -> tuple[Column[Any], ...]:
    return (
        gauge("charge", _("battery"), 8, share, keep=12),
        gauge("runtime", _("time left"), 10, lambda n: quantity(n, "seconds"), keep=12),
        gauge("load", _("load"), 6, share, keep=11),
        gauge("battery_temperature", _("battery °C"), 11, lambda n: quantity(n, "celsius"), keep=6),
        gauge("temperature", _("temperature"), 12, lambda n: quantity(n, "celsius"), keep=8),
        gauge("humidity", _("humidity"), 9, share, keep=5),
        gauge("power", _("power"), 9, lambda n: quantity(n, "watts"), keep=6),
        gauge("processor", _("processor"), 10, share, keep=6),
        gauge("memory", _("memory"), 8, share, keep=6),
        gauge("storage", _("storage"), 8, share, keep=7),
        gauge("supply_left", _("left"), 6, share, keep=12),
        plain("supply", _("lowest supply"), 18, grow=1, keep=8),
        gauge("pages", _("pages"), 10, whole, keep=6),
        gauge("calls", _("calls"), 8, whole, keep=11),
        replace(
            gauge("channels_used", _("channels"), 9, whole, keep=12), text=of_how_many("channels_used", "channels_size")
        ),
        replace(gauge("trunks_up", _("trunks"), 9, whole, keep=12), text=of_how_many("trunks_up", "trunks")),
        gauge("registrations", _("registered"), 11, whole, keep=10),
        gauge("waiting", _("waiting"), 9, whole, keep=8),
        gauge("answer", "SIP", 8, milliseconds, keep=7),
    )


def measures() -> Column[Any]:
    """The most telling numbers of any role in one cell, for lists of many roles."""
    columns = [column for column in gauges() if column.number is not None]

    def text(row: DeviceRow, context: Context) -> str:
        if not row.numbers:
            return ""
        shown = [f"{column.title} {cell}" for column in columns if (cell := column.text(row, context))]
        return ", ".join(shown[:MOST_MEASURES])

    return Column("measures", _("measures"), 26, text, style=lambda _row: "dim", grow=2, keep=7)
