"""Tickets, links and events."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nms.i18n import gettext as _
from nms.model import TicketStatus
from nms.views.times import duration
from nms.views.tui.lists.columns import (
    Column,
    Context,
    ListSpec,
    attention_column,
    department_column,
    instant_column,
    natural,
    number_column,
    order_of_attention,
    plain,
    problem_column,
    since_column,
    state_column,
    word_column,
)
from nms.views.tui.values import bits, scaled, share
from nms.views.tui.words import event_glyph, event_style, event_word, ticket_kind_word, ticket_status_word

FAR_FUTURE = 1e12


def _due(row: Any, context: Context) -> str:
    """Time left until the promise, or how long it is broken."""
    if row.due_at is None or row.resolved_at is not None:
        return ""
    left = row.due_at - context.now
    return duration(left) if left >= 0 else f"-{duration(-left)}"


def _is_open(row: Any) -> bool:
    return row.status not in (TicketStatus.CLOSED, TicketStatus.RESOLVED)


def _ticket_columns() -> tuple[Column[Any], ...]:
    return (
        Column(
            "attention",
            "",
            1,
            attention_column().text,
            order=lambda row: (order_of_attention(row.attention), row.priority, row.due_at or FAR_FUTURE),
            style=lambda row: row.attention,
            find=attention_column().find,
            keep=100,
        ),
        plain("folio", _("folio"), 15, keep=40, style="accent"),
        Column(
            "priority",
            _("P"),
            2,
            lambda row, _c: f"P{row.priority}",
            order=lambda row: row.priority,
            style=lambda row: row.attention if row.priority <= 2 else "plain",
            keep=8,
        ),
        word_column("status", _("status"), 11, ticket_status_word, keep=9),
        plain("title", _("title"), 28, grow=6, keep=50),
        plain("assignee", _("who"), 12, grow=1, keep=8),
        Column(
            "due_at",
            _("due"),
            8,
            _due,
            order=lambda row: row.due_at or FAR_FUTURE,
            style=lambda row: "plain" if _is_open(row) else "dim",
            right=True,
            keep=8,
        ),
        since_column("opened_at", _("age"), keep=6),
        word_column("kind", _("kind"), 11, ticket_kind_word, keep=4, style="dim"),
        department_column(),
        plain("device", _("device"), 16, grow=1, keep=3, style="dim"),
        plain("playbook", _("playbook"), 20, grow=1, keep=2, style="dim"),
        since_column("updated_at", _("touched"), keep=2),
    )


def tickets() -> ListSpec[Any]:
    return ListSpec(
        name="tickets",
        title=_("Tickets"),
        topic="tickets",
        key=lambda row: row.folio,
        columns=_ticket_columns(),
        sets={
            "work": (
                "attention",
                "folio",
                "priority",
                "status",
                "title",
                "assignee",
                "due_at",
                "opened_at",
                "department",
                "kind",
            ),
            "equipment": ("attention", "folio", "status", "device", "title", "playbook", "kind", "updated_at"),
        },
        order="attention",
        acts=frozenset({"assign", "note", "start", "resolve"}),
        device=lambda row: row.device,
        ticket=lambda row: row.folio,
        department=lambda row: row.department,
        empty=_("no ticket"),
    )


def links() -> ListSpec[Any]:
    columns: tuple[Column[Any], ...] = (
        attention_column(),
        plain("name", _("link"), 30, grow=3, keep=50, style="strong"),
        state_column(),
        since_column("since", _("since"), keep=7),
        number_column("utilisation", _("use"), 7, share, keep=9),
        number_column("in_bps", _("in"), 11, bits),
        number_column("out_bps", _("out"), 11, bits),
        number_column("capacity_bps", _("capacity"), 11, bits, keep=4, style="dim"),
        number_column("errors", _("errors"), 8, lambda number: scaled(number, "/s") if number else "", keep=4),
        problem_column(_("problem")),
        plain("kind", _("kind"), 8, keep=2, style="dim"),
        plain("provider", _("provider"), 16, grow=1, keep=4, style="dim"),
        plain("circuit", _("circuit"), 12, keep=3, style="dim"),
        plain("group", _("group"), 16, grow=1, keep=1, style="dim"),
        plain("a_device", _("from"), 16, grow=1, keep=3),
        plain("a_interface", _("interface"), 14, grow=1, keep=2, style="dim"),
        plain("b_device", _("to"), 16, grow=1, keep=3),
        plain("b_interface", _("interface"), 14, grow=1, keep=2, style="dim"),
        department_column(keep=2),
    )
    return ListSpec(
        name="links",
        title=_("Links"),
        topic="links",
        key=lambda row: row.id,
        columns=columns,
        sets={
            "traffic": (
                "attention",
                "name",
                "state",
                "since",
                "utilisation",
                "in_bps",
                "out_bps",
                "capacity_bps",
                "errors",
                "problem",
            ),
            "contract": ("attention", "name", "state", "provider", "circuit", "capacity_bps", "group", "department"),
            "ends": ("attention", "name", "state", "a_device", "a_interface", "b_device", "b_interface", "kind"),
        },
        order="attention",
        acts=frozenset({"poll", "ssh", "silence", "plan", "correct", "why"}),
        device=lambda row: row.a_device,
        department=lambda row: row.department,
        empty=_("no link"),
    )


def events() -> ListSpec[Any]:
    columns: tuple[Column[Any], ...] = (
        replace(instant_column("at", _("at"), keep=50), order=lambda row: -row.at),
        Column(
            "severity",
            "",
            1,
            lambda row, _c: event_glyph(row.kind, row.severity),
            order=lambda row: row.severity,
            style=lambda row: event_style(row.kind),
            find=lambda row: row.severity,
            keep=40,
        ),
        word_column("kind", _("what"), 17, event_word, keep=6, style="dim"),
        replace(
            plain("text", _("event"), 40, grow=6, keep=50),
            text=lambda row, _c: row.whole,
            order=lambda row: natural(row.whole),
        ),
        plain("device", _("device"), 18, grow=1, keep=5),
        department_column(keep=4),
    )
    return ListSpec(
        name="events",
        title=_("Events"),
        topic="events",
        key=lambda row: f"{row.at}/{row.kind}/{row.key}",
        columns=columns,
        sets={"all": tuple(column.name for column in columns)},
        order="at",
        acts=frozenset({"why"}),
        device=lambda row: row.device,
        alert=lambda row: row.key,
        department=lambda row: row.department,
        empty=_("nothing happened yet"),
    )
