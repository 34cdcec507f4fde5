"""Two lines that say what a page is about."""

from __future__ import annotations

from textual.strip import Strip

from nms.i18n import gettext as _
from nms.queries import rows
from nms.views.tui.lists.columns import Context
from nms.views.tui.lists.parts import outcome_word
from nms.views.tui.safe import shown
from nms.views.tui.values import age, milliseconds, without
from nms.views.tui.widgets.drawn import Drawn, line
from nms.views.tui.words import ATTENTION_GLYPH, role_word, state_word, ticket_kind_word, ticket_status_word

Said = tuple[str, str]
"""A text and the name of its style."""


class Headline(Drawn):
    DEFAULT_CSS = "Headline { height: 2; overflow: hidden; scrollbar-size: 0 0; background: $surface; }"

    said: tuple[tuple[Said, ...], ...] = ()

    def show(self, said: tuple[tuple[Said, ...], ...]) -> None:
        if said != self.said:
            self.said = said
            self.refresh()

    def draw_line(self, y: int) -> Strip:
        said = self.said[y] if y < len(self.said) else ()
        if not self.said and y == 0:
            said = ((f" {_('asking the monitor …')}", "dim"),)
        return line([(shown(text), self.palette.of(style)) for text, style in said], self.size.width)


def device_headline(page: rows.DevicePage, context: Context) -> tuple[tuple[Said, ...], ...]:
    row = page.device
    first: list[Said] = [
        (f" {ATTENTION_GLYPH[row.attention]} ", row.attention),
        (row.name, "strong"),
        (f"  {state_word(row.state)}", row.attention),
        (f" {age(row.since, context.now)}" if row.since else "", "dim"),
        (f"  {without(row.problem, row.name)}", row.attention if row.problem else "dim"),
        (f"  ◐ {row.assignee}" if row.assignee else "", "attended"),
    ]
    department = context.departments.get(row.department, row.department)
    about = [role_word(row.role), row.hardware or row.vendor, row.address, department, row.site]
    second: list[Said] = [("   " + " · ".join(part for part in about if part), "dim")]
    for witness in page.witnesses:
        good = witness.outcome in ("answered", "partial")
        answer = milliseconds(witness.round_trip) if good else outcome_word(witness.outcome)
        second.append((f"   {'●' if good else '✖'} {witness.transport} {answer}", "fine" if good else "attended"))
    if row.uptime is not None:
        second.append((f"   {_('running')} {age(0.0, row.uptime)}", "dim"))
    if row.simulated:
        second.append((f"   {_('(simulated)')}", "dim"))
    return tuple(first), tuple(second)


def ticket_headline(page: rows.TicketPage, context: Context, device_name: str) -> tuple[tuple[Said, ...], ...]:
    row = page.ticket
    first: list[Said] = [
        (f" {ATTENTION_GLYPH[row.attention]} ", row.attention),
        (row.folio, "accent"),
        (f"  P{row.priority}", "strong"),
        (f"  {ticket_status_word(row.status)}", row.attention),
        (f"  {row.title}", "strong"),
    ]
    department = context.departments.get(row.department, row.department)
    who = row.assignee or _("nobody has it")
    opened = _("open for {age}").format(age=age(row.opened_at, context.now))
    about = [ticket_kind_word(row.kind), department, device_name, opened]
    second: list[Said] = [(f"   ◐ {who}", "attended" if row.assignee else row.attention)]
    if row.due_at is not None and row.resolved_at is None:
        left = row.due_at - context.now
        text = (
            _("{age} left").format(age=age(context.now, row.due_at))
            if left >= 0
            else _("{age} overdue").format(age=age(row.due_at, context.now))
        )
        second.append((f"   {text}", "strong" if left >= 0 else "unattended"))
    second.append(("   " + " · ".join(part for part in about if part), "dim"))
    return tuple(first), tuple(second)
