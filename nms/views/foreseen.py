"""What work, a silence, a correction or a change of the plan would do, as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from nms.i18n import gettext as _
from nms.model import State
from nms.queries.dossier import PlanPreview
from nms.queries.rows import CorrectionPreview, PreviewRow, QuietPreview
from nms.views.times import clock, duration
from nms.views.tui.words import state_word

SHOWN = 6

Line = tuple[str, str]
"""A text and the name of its style."""


def quiet_lines(found: QuietPreview, zone: ZoneInfo, *, is_work: bool) -> Iterator[Line]:
    """What it is about, when, whom it may hit, and what comes at its end."""
    yield found.about, "strong"
    for start, end in found.windows:
        yield f"{clock(start, zone)} – {clock(end, zone)} ({duration(end - start)})", "plain"
    if not found.windows:
        yield _("It would never begin: see the rule and the times."), "unattended"
    if not (found.devices or found.links):
        yield _("It fits no device and no link."), "unattended"
    if is_work:
        out = [one for one in found.departments if one.state is State.MAINTENANCE]
        part = [one for one in found.departments if one.state is State.DEGRADED]
        yield from _named(_("Departments that may be without service"), out, "attended")
        yield from _named(_("Departments that may lack a part of it"), part, "attended")
        yield from _named(_("Reached only through it, and quiet with it"), found.behind)
        yield from _named(_("Links"), found.links)
    yield from _named(_("Devices"), [one for one in found.devices if one.whole])
    yield from _named(_("Devices of which some alerts rest"), [one for one in found.devices if not one.whole])
    yield from _named(_("Down now"), [one for one in found.devices if one.state is State.DOWN], "unattended")
    yield from _named(_("Open alerts that rest while it lasts"), found.alerts)
    yield _at_the_end(is_work=is_work), "dim"


def _at_the_end(*, is_work: bool) -> str:
    if is_work:
        return _(
            "While it lasts its alerts rest and its time counts as agreed. What is still down when it ends alerts then."
        )
    return _("A silence always ends; what is left then speaks. It changes no figure: time down counts as down.")


def _named(title: str, rows: Sequence[PreviewRow], style: str = "plain") -> Iterator[Line]:
    if rows:
        more = f" … +{len(rows) - SHOWN}" if len(rows) > SHOWN else ""
        names = ", ".join(one.name for one in rows[:SHOWN])
        yield f"{title} ({len(rows)}): {names}{more}", style


def correction_lines(found: CorrectionPreview, zone: ZoneInfo) -> Iterator[Line]:
    """Each subject with what is counted now and what would be."""
    yield f"{found.subject} · {clock(found.start, zone)} – {clock(found.end, zone)}", "strong"
    for row in found.restated:
        changed = row.counted != row.corrected
        text = f"{row.name}: {_states(row.counted)} → {_states(row.corrected)}"
        yield text, "attended" if changed else "dim"
    yield _("What was observed is kept beside it, and the audit holds both."), "dim"


def _states(states: Iterable[tuple[str, float]]) -> str:
    return ", ".join(f"{state_word(state)} {duration(seconds)}" for state, seconds in states)


def move_lines(found: PlanPreview, zone: ZoneInfo) -> Iterator[Line]:
    """How the work stands and would stand, and what that person and that day bring with it."""
    row = found.work
    yield row.title, "strong"
    yield f"{_placed(row.technician, row.start, zone)} → {_placed(found.technician, found.start, zone)}", "plain"
    room = _("It has to be done between {start} and {end}.")
    yield room.format(start=clock(row.due_from, zone), end=clock(row.due_until, zone)), "dim"
    if found.opens_at is not None:
        yield _("Its ticket opens on {at}.").format(at=clock(found.opens_at, zone)), "plain"
    if found.outside_hours:
        yield _("That is not all within working hours."), "attended"
    if found.lacks_skill:
        text = _("The work asks for “{skill}”, which {person} has not noted.")
        yield text.format(skill=found.lacks_skill, person=found.technician), "attended"
    if found.beyond:
        yield _("{person} looks after other departments.").format(person=found.technician), "attended"
    for other in found.same_day:
        text = _("The same day: {time} {title}")
        yield text.format(time=clock(other.start or 0.0, zone)[-5:], title=other.title), "plain"
    text = _("The week of {person} then holds {time} of planned work.")
    yield text.format(person=found.technician, time=duration(found.week_minutes * 60)), "plain"
    yield _("It keeps its place when the plan is made anew; the audit holds who moved it."), "dim"


def skip_lines(found: PlanPreview, zone: ZoneInfo) -> Iterator[Line]:
    """What is left out, how long ago it was done, and when it comes again."""
    row, following = found.work, found.following
    yield row.title, "strong"
    yield _placed(row.technician, row.start, zone), "plain"
    last = _("It was last done on {at}.").format(at=clock(found.done_at, zone)) if found.done_at else ""
    yield last or _("The monitor does not know that it was ever done."), "plain" if last else "attended"
    if following is None:
        yield _("No other occurrence of it is planned."), "unattended"
    else:
        text = _("It comes again: {placed}, due from {start}.")
        placed = _placed(following.technician, following.start, zone)
        yield text.format(placed=placed, start=clock(following.due_from, zone)), "plain"
        since = (following.start or following.due_from) - (found.done_at or row.start or row.due_from)
        yield _("Until then {time} pass without it.").format(time=duration(since)), "attended"
    yield _("The reason and who left it out stay in the audit."), "dim"


def _placed(technician: str, start: float | None, zone: ZoneInfo) -> str:
    return f"{clock(start, zone)} · {technician}" if start is not None else _("no place yet")
