"""The sections of the telephony screen: exchanges, trunks, what they offer, calls and voice, telephone sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nms.i18n import gettext as _
from nms.queries.rows import LineRow
from nms.views.station_words import spoken_of
from nms.views.times import duration
from nms.views.tui.braille import bar
from nms.views.tui.lists import devices
from nms.views.tui.lists.columns import Column, attention_column, number_column, plain, state_column
from nms.views.tui.values import milliseconds, share

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


def _amount(row: LineRow) -> str:
    """What waits in a queue or mailbox, and how much of a licence is used."""
    if row.used is not None or row.load is not None:
        return _channels(row) or share(row.load)
    return "" if row.value is None else f"{row.value:.0f}"


def offers() -> tuple[Column[Any], ...]:
    return (
        *_head(_("queue, mailbox or licence")),
        Column("value", _("waiting"), 9, lambda row, _c: _amount(row), right=True, keep=60),
        plain("text", _("reports"), 30, grow=3, keep=30, style="dim"),
        plain("device_name", _("exchange"), 22, grow=1, keep=30),
    )


def _figure(name: str, title: str, width: int, show: Callable[[float | None], str], keep: int) -> Column[Any]:
    def number(row: LineRow) -> float | None:
        return row.numbers.get(name)

    return Column(
        name, title, width, lambda row, _c: show(number(row)), order=number, number=number, right=True, keep=keep
    )


def _score(number: float | None) -> str:
    return "" if number is None else f"{number:.1f}"


def _count(number: float | None) -> str:
    return "" if number is None else f"{number:.0f}"


def calls() -> tuple[Column[Any], ...]:
    return (
        attention_column(),
        Column(
            "label",
            _("calls and voice"),
            15,
            lambda row, _c: spoken_of(row),
            grow=2,
            keep=80,
            style=lambda _row: "strong",
        ),
        state_column(),
        _figure("mean_opinion_score", "MOS", 5, _score, 70),
        _figure("loss_ratio", _("loss"), 7, share, 60),
        _figure("jitter_seconds", _("jitter"), 12, milliseconds, 55),
        _figure("delay_seconds", _("delay"), 8, milliseconds, 50),
        _figure("count", _("calls"), 8, _count, 65),
        _figure("percentage_ratio", _("answered"), 10, share, 45),
        _figure("call_duration_seconds", _("mean duration"), 14, duration, 40),
        plain("text", _("reports"), 14, grow=3, keep=30, style="dim"),
        plain("device_name", _("exchange"), 20, grow=1, keep=35),
    )
