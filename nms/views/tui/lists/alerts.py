"""Alerts and incidents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nms.i18n import gettext as _
from nms.model import AlertStatus
from nms.views.tui.lists.columns import (
    Column,
    Context,
    ListSpec,
    attention_column,
    department_column,
    number_column,
    order_of_attention,
    plain,
    since_column,
    word_column,
)
from nms.views.tui.values import quantity, without
from nms.views.tui.words import SEVERITY_GLYPH, alert_status_word, severity_word

_SEVERITIES = {"critical": 0, "warning": 1, "info": 2}


def _urgency() -> Column[Any]:
    """Attention first, then severity, then age: the order in which a human should look."""
    return Column(
        "attention",
        "",
        1,
        attention_column().text,
        order=lambda row: (order_of_attention(row.attention), _SEVERITIES.get(row.severity, 3), row.opened_at),
        style=lambda row: row.attention,
        find=attention_column().find,
        keep=100,
    )


def _severity() -> Column[Any]:
    return Column(
        "severity",
        _("severity"),
        13,
        lambda row, _context: f"{SEVERITY_GLYPH.get(row.severity, ' ')} {severity_word(row.severity)}",
        order=lambda row: _SEVERITIES.get(row.severity, 3),
        style=lambda row: row.attention,
        find=lambda row: row.severity,
        keep=6,
    )


def _summary(keep: int = 60) -> Column[Any]:
    def text(row: Any, context: Context) -> str:
        return without(row.summary, row.device_name) if "device_name" in context.beside else str(row.summary)

    return replace(plain("summary", _("what"), 44, grow=6, keep=keep), text=text)


def summary_of_one() -> Column[Any]:
    """Of alerts of one device, on its own page."""
    return replace(_summary(), text=lambda row, _c: without(row.summary, row.device_name))


def alerts() -> ListSpec[Any]:
    columns: tuple[Column[Any], ...] = (
        _urgency(),
        _severity(),
        since_column("opened_at", _("age"), keep=9),
        plain("device_name", _("device"), 20, grow=2, keep=7, style="strong"),
        _summary(),
        plain("acknowledged_by", _("who"), 11, grow=1, keep=8),
        plain("ticket", _("ticket"), 15, keep=6, style="accent"),
        word_column("status", _("status"), 12, alert_status_word, keep=5),
        department_column(),
        plain("site", _("site"), 14, grow=1, keep=2, style="dim"),
        plain("component", _("part"), 14, grow=1, keep=2),
        plain("rule", _("rule"), 14, keep=2, style="dim"),
        number_column("value", _("value"), 10, lambda number: quantity(number, "")),
        number_column("limit", _("limit"), 10, lambda number: quantity(number, "")),
        plain("acknowledged_note", _("note"), 20, grow=2, keep=3, style="dim"),
        plain("suppressed_by", _("because of"), 24, grow=1, keep=2, style="dim"),
        plain("key", _("key"), 30, grow=2, keep=1, style="dim"),
    )
    return ListSpec(
        name="alerts",
        title=_("Alerts"),
        topic="alerts",
        key=lambda row: row.key,
        columns=columns,
        sets={
            "work": (
                "attention",
                "severity",
                "opened_at",
                "device_name",
                "summary",
                "acknowledged_by",
                "ticket",
                "department",
                "status",
            ),
            "detail": ("attention", "opened_at", "summary", "component", "value", "limit", "rule", "acknowledged_note"),
            "keys": ("attention", "status", "key", "suppressed_by", "site"),
        },
        order="attention",
        acts=frozenset({"acknowledge", "ticket", "silence", "plan", "why", "assign", "poll", "ssh"}),
        choose=None,
        device=lambda row: row.device,
        ticket=lambda row: row.ticket,
        alert=lambda row: row.key,
        department=lambda row: row.department,
        empty=_("no open alert: nothing needs you"),
    )


def is_symptom(row: Any) -> bool:
    """Explained by another alert."""
    return bool(row.status is AlertStatus.SUPPRESSED)


def incidents() -> ListSpec[Any]:
    columns: tuple[Column[Any], ...] = (
        _urgency(),
        _severity(),
        since_column("opened_at", _("age"), keep=9),
        _summary(),
        Column(
            "symptoms",
            _("symptoms"),
            9,
            lambda row, _c: str(row.symptoms or ""),
            order=lambda row: row.symptoms,
            right=True,
            keep=7,
        ),
        plain("ticket", _("ticket"), 15, keep=8, style="accent"),
        plain("device", _("device"), 18, grow=1, keep=4),
        department_column(),
        plain("site", _("site"), 14, grow=1, keep=2, style="dim"),
    )
    return ListSpec(
        name="incidents",
        title=_("Incidents"),
        topic="incidents",
        key=lambda row: str(row.id),
        columns=columns,
        sets={"work": tuple(column.name for column in columns)},
        order="attention",
        acts=frozenset({"acknowledge", "ticket", "why", "assign", "poll", "ssh"}),
        device=lambda row: row.device,
        ticket=lambda row: row.ticket,
        alert=lambda row: row.root_key,
        department=lambda row: row.department,
        empty=_("no open incident"),
    )
