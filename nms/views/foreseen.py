"""What work, a silence or a correction would do, as lines for the terminal and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from nms.i18n import gettext as _
from nms.model import State
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
