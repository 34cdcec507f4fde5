"""What people corrected of the past: whose word, when, why, and what it made of the figures."""

from __future__ import annotations

from collections.abc import Iterable

from nms.model import Message, State
from nms.queries.availability import corrections_of
from nms.queries.reports import wording
from nms.queries.reports.document import Section, Table, Unit
from nms.queries.reports.sources import Task
from nms.queries.rows import AvailabilityRow, CorrectionRow

MEANING = Message(
    "Correction: a person's word on a past time, with who, when and why. Figures count it; what was observed is kept "
    "and shown beside it."
)


def corrected(task: Task, rows: Iterable[AvailabilityRow]) -> Section | None:
    """The corrections of the period and the figures that they changed; None where nobody corrected anything."""
    said = corrections_of(task.sources.past, task.start, min(task.end, task.now), task.department)
    as_of = task.sources.as_of
    if not said and as_of is None:
        return None
    text = (task.say("Counted with the corrections made until {at}.", at=task.clock(as_of)),) if as_of else ()
    tables = (_words(task, said), _figures(task, [row for row in rows if row.observed_down_seconds is not None]))
    return Section(task.say("Corrections of the past"), text, (), tables)


def _words(task: Task, said: Iterable[CorrectionRow]) -> Table:
    columns = (
        task.column(Message("Name")),
        task.column(Message("From"), Unit.INSTANT),
        task.column(Message("Until"), Unit.INSTANT),
        task.column(Message("Observed")),
        task.column(Message("Counted as")),
        task.column(Message("Who")),
        task.column(Message("Said on"), Unit.INSTANT),
        task.column(Message("Why")),
    )
    rows = tuple(
        (one.name, one.start, one.end, _observed(task, one), _counted(task, one), one.author, one.at, one.reason)
        for one in said
    )
    return Table(task.say("Who corrected what, and why"), columns, rows, task.say("No corrections in the period."))


def _observed(task: Task, one: CorrectionRow) -> str:
    parts = (f"{wording.state(State(state), task.language)} {wording.duration(s)}" for state, s in one.observed)
    return ", ".join(parts)


def _counted(task: Task, one: CorrectionRow) -> str:
    if one.withdrawn_at is None:
        return wording.state(one.state, task.language)
    text = "as observed: withdrawn by {person}, {at}"
    return task.say(text, person=one.withdrawn_by, at=task.clock(one.withdrawn_at))


def _figures(task: Task, rows: Iterable[AvailabilityRow]) -> Table:
    columns = (
        task.column(Message("Name")),
        task.column(Message("Known, as observed"), Unit.RATIO),
        task.column(Message("Known, corrected"), Unit.RATIO),
        task.column(Message("Down, as observed"), Unit.SECONDS),
        task.column(Message("Down, corrected"), Unit.SECONDS),
    )
    cells = tuple(
        (one.name, one.observed_known, one.known, one.observed_down_seconds, one.down_seconds) for one in rows
    )
    return Table(task.say("What corrections changed"), columns, cells, task.say("They changed no figure."))
