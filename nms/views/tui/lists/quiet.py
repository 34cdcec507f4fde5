"""Planned work, silences, and corrections of the past."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nms.i18n import gettext as _
from nms.model import State
from nms.queries import rows
from nms.views.times import clock, duration
from nms.views.tui.lists.columns import Column, ListSpec, plain
from nms.views.tui.words import state_word


def _instant(name: str, title: str, keep: int) -> Column[Any]:
    def at(row: Any) -> float:
        found: float = getattr(row, name)
        return found

    return Column(
        name, title, 16, lambda row, context: clock(at(row), context.zone), order=at, style=lambda _r: "dim", keep=keep
    )


def _word(
    name: str, title: str, width: int, word: Callable[[Any], str], keep: int, style: str = "plain"
) -> Column[Any]:
    return Column(name, title, width, lambda row, _c: word(row), style=lambda _r: style, keep=keep)


def maintenance() -> ListSpec[Any]:
    def state(row: rows.MaintenanceRow) -> str:
        return _("under way") if row.active else _("planned")

    columns: tuple[Column[Any], ...] = (
        _word("state", _("state"), 10, state, 40, "maintenance"),
        plain("title", _("title"), 18, grow=3, keep=60, style="strong"),
        _instant("starts_at", _("starts"), 50),
        _instant("ends_at", _("ends"), 45),
        Column("about", _("about"), 15, lambda row, _c: row.about or _("everything"), grow=3, keep=30),
        plain("rule", _("repeats"), 18, keep=10, style="dim"),
        _word("author", _("who"), 12, lambda row: row.author if row.id else "config.yaml", 20, "accent"),
        plain("reason", _("reason"), 18, grow=2, keep=8, style="dim"),
    )
    return ListSpec(
        name="maintenance", title=_("Planned work"), topic="maintenance", columns=columns, order="starts_at",
        key=lambda row: f"{row.id}/{row.title}/{row.starts_at:.0f}",
        sets={"all": tuple(column.name for column in columns)}, empty=_("no work is planned: n plans some"),
    )  # fmt: skip


def silences() -> ListSpec[Any]:
    def state(row: rows.SilenceRow) -> str:
        return _("active") if row.active else _("to come")

    columns: tuple[Column[Any], ...] = (
        _word("state", _("state"), 10, state, 40, "maintenance"),
        plain("about", _("about"), 26, grow=3, keep=60, style="strong"),
        _instant("starts_at", _("starts"), 45),
        _instant("ends_at", _("ends"), 50),
        plain("author", _("who"), 12, keep=20, style="accent"),
        plain("reason", _("reason"), 20, grow=3, keep=30),
    )
    return ListSpec(
        name="silences", title=_("Silences"), topic="silences", columns=columns, order="ends_at",
        key=lambda row: str(row.id),
        sets={"all": tuple(column.name for column in columns)}, empty=_("nothing is kept quiet: n keeps alerts quiet"),
    )  # fmt: skip


def counted(row: rows.CorrectionRow) -> str:
    """What a correction makes of its time, or who took it back."""
    if row.withdrawn_at is not None:
        return _("withdrawn by {person}").format(person=row.withdrawn_by)
    return state_word(row.state)


def observed(row: rows.CorrectionRow) -> str:
    return ", ".join(f"{state_word(State(state))} {duration(seconds)}" for state, seconds in row.observed)


def corrections() -> ListSpec[Any]:
    columns: tuple[Column[Any], ...] = (
        plain("name", _("what"), 24, grow=3, keep=60, style="strong"),
        _instant("start", _("began"), 50),
        _word("lasted", _("lasted"), 8, lambda row: duration(row.end - row.start), 40),
        _word("observed", _("observed"), 20, observed, 25),
        _word("counted", _("is counted as"), 18, counted, 45, "accent"),
        plain("author", _("who"), 12, keep=30),
        plain("reason", _("reason"), 20, grow=3, keep=28, style="dim"),
        _instant("at", _("said on"), 8),
        plain("subject", _("subject"), 20, keep=4, style="dim"),
    )
    return ListSpec(
        name="corrections", title=_("Corrections of the past"), topic="corrections", columns=columns,
        order="start", descending=True, key=lambda row: str(row.id),
        sets={"all": tuple(column.name for column in columns)}, empty=_("nobody corrected the last year"),
    )  # fmt: skip
