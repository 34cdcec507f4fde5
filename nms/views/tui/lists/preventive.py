"""The plan of preventive work."""

from __future__ import annotations

from datetime import datetime

from nms.i18n import gettext as _
from nms.queries.dossier import PlanRow
from nms.views.times import clock, duration
from nms.views.tui.lists.columns import Column, Context, ListSpec, department_column, plain

FAR_FUTURE = 1e12


def _state_word(state: str) -> str:
    return {"opened": _("ticket open"), "done": _("done")}.get(state, _("planned"))


def _state(row: PlanRow) -> str:
    return _("no place") if row.start is None and row.state == "planned" else _state_word(row.state)


def _style(row: PlanRow) -> str:
    """Work without anybody needs somebody; what somebody has open is theirs."""
    if row.state == "done":
        return "fine"
    if row.state == "opened":
        return "attended"
    return "unattended" if row.start is None else "maintenance"


def _instant(name: str, title: str, keep: int, *, day: bool = False) -> Column[PlanRow]:
    """`day`: to the day alone, which is enough for what bounds the work."""

    def at(row: PlanRow) -> float:
        found: float | None = getattr(row, name)
        return FAR_FUTURE if found is None else found

    def text(row: PlanRow, context: Context) -> str:
        found = getattr(row, name)
        if day and found is not None:
            return f"{datetime.fromtimestamp(found, context.zone):%Y-%m-%d}"
        return clock(found, context.zone)

    return Column(name, title, 10 if day else 16, text, order=at, style=lambda _r: "dim" if day else "plain", keep=keep)


def preventive() -> ListSpec[PlanRow]:
    columns: tuple[Column[PlanRow], ...] = (
        Column(
            "state", _("state"), 11, lambda row, _c: _state(row), style=_style, order=_state,
            find=lambda row: row.state, keep=60,
        ),
        _instant("start", _("when"), 90),
        plain("title", _("what"), 26, grow=5, keep=100, style="strong"),
        plain("technician", _("who"), 12, grow=1, keep=70, style="accent"),
        Column(
            "minutes", _("takes"), 7, lambda row, _c: duration(row.minutes * 60), order=lambda row: row.minutes,
            style=lambda _r: "dim", right=True, keep=20,
        ),
        _instant("due_from", _("due from"), 10, day=True),
        _instant("due_until", _("until"), 40, day=True),
        plain("folio", _("ticket"), 15, keep=50, style="accent"),
        department_column(),
        Column(
            "number", "#", 6, lambda row, _c: str(row.number) if row.number and not row.folio else "",
            order=lambda row: row.number, style=lambda _r: "dim", right=True, keep=8,
        ),
        plain("device", _("device"), 16, grow=1, keep=6, style="dim"),
        plain("playbook", _("playbook"), 18, grow=1, keep=5, style="dim"),
    )  # fmt: skip
    work = ("start", "title", "technician", "state", "minutes", "due_until", "folio", "department")
    return ListSpec(
        name="preventive", title=_("Preventive work"), topic="preventive", columns=columns, order="start",
        key=lambda row: str(row.number) or row.folio,
        sets={"work": work, "all": tuple(column.name for column in columns)},
        device=lambda row: row.device, ticket=lambda row: row.folio, department=lambda row: row.department,
        empty=_("no preventive work is planned: playbooks with a calendar plan it"),
    )  # fmt: skip
