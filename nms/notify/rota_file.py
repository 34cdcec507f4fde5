"""`rota.yaml`: duties with their turns, leave, swaps and calendars, as they are written, and the rota they make."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from nms.calendars import (
    NO_HOLIDAYS,
    OFFICE_ZONE,
    WHOLE_DAY,
    DaySpan,
    Holidays,
    Interval,
    IntervalSet,
    Rotation,
    Shift,
    day_instant,
    instant,
)
from nms.config.office import Calendar, Day, HoursOfDay
from nms.config.policies import WallTime
from nms.documents import Document, DocumentError, Problem, Strict, load, parse, suggestion
from nms.model import Message, Person
from nms.notify.ical import BadCalendar, leave_in
from nms.notify.rota import Layer, Rota, Swap

_DAY = 86_400.0
BACK_SECONDS, AHEAD_SECONDS = 31 * _DAY, 400 * _DAY
"""How much of a calendar is looked at: recurring events have no end."""


def _named(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_named)]


class LayerEntry(Strict):
    """People who take turns at one duty."""

    name: str = Field(min_length=1)
    """What the duty is called: `redes`, `guardia`."""

    people: Names = Field(min_length=1)
    """Who takes turns, in order, by their id in people.yaml."""

    start: WallTime
    """First handover, on the office clock: `2026-01-05 08:00`."""

    days: int = Field(default=7, ge=1)
    """Length of a turn; one person for ever is a turn of any length."""

    hours: Calendar | None = None
    """Hours of duty, as in the calendars of config.yaml; none: round the clock."""

    on_holidays: Literal["same"] | HoursOfDay = "same"
    """Hours on holidays: `same`, or other ones; an empty list: nobody."""

    backup: bool = False
    """Whether these people are called only by escalation (`on-call-backup`)."""

    departments: Names = ()
    """Departments that they look after; none: all."""


class LeaveEntry(Strict):
    """Days on which somebody is not to be called."""

    person: str
    """Who, by id."""

    first: Day
    """First day."""

    last: Day
    """Last day, itself included."""

    reason: str = ""
    """Why, for those who plan."""


class SwapEntry(Strict):
    """Somebody takes a piece of somebody else's turn."""

    layer: str
    """Of which duty."""

    start: WallTime
    """From when, on the office clock."""

    end: WallTime
    """Until when."""

    takes: str
    """Who is on call instead, by id."""


class CalendarEntry(Strict):
    """A calendar whose events say when somebody is away."""

    person: str
    """Whose leave it holds, by id."""

    file: Path
    """The calendar (.ics), exported or kept there by another program; from the folder of this file."""

    about: Names = ()
    """Words of which the title of an event must hold one (`vacaciones`); none: every event that takes time is leave."""


class RotaFile(Strict):
    """The whole of `rota.yaml`."""

    layers: tuple[LayerEntry, ...] = ()
    """Duties."""

    leave: tuple[LeaveEntry, ...] = ()
    """Who is away."""

    swaps: tuple[SwapEntry, ...] = ()
    """Who stands in for whom."""

    calendars: tuple[CalendarEntry, ...] = ()
    """Calendars that say who is away, besides `leave`."""

    fallback: Names = ()
    """Who is called where nobody is on."""


def load_rota(
    path: Path,
    people: Mapping[str, Person],
    *,
    holidays: Holidays = NO_HOLIDAYS,
    zone: ZoneInfo = OFFICE_ZONE,
    shown_as: str | None = None,
    now: float | None = None,
) -> Rota:
    """Reads `rota.yaml` and the calendars it names; a file that is not there is an empty rota.

    Raises: DocumentError with every mistake: unknown people, swaps of unknown duties, ends before starts, calendars
    that cannot be read.
    """
    if not path.exists():
        return Rota()
    return read_rota(load(path, shown_as=shown_as), people, path.parent, holidays=holidays, zone=zone, now=now)


def read_rota(
    document: Document,
    people: Mapping[str, Person],
    folder: Path = Path(),
    *,
    holidays: Holidays = NO_HOLIDAYS,
    zone: ZoneInfo = OFFICE_ZONE,
    now: float | None = None,
) -> Rota:
    """The rota of a document that has been read already; `folder` is where its calendars are."""
    written = parse(RotaFile, document)
    leave, unreadable = _away(written, document, folder, zone, time.time() if now is None else now)
    problems = [*_unknown_people(written, document, people), *_impossible(written, document), *unreadable]
    if problems:
        raise DocumentError(problems)
    swaps = [
        Swap(one.layer, Interval(instant(one.start, zone), instant(one.end, zone)), one.takes) for one in written.swaps
    ]
    return Rota([_layer(one, holidays, zone) for one in written.layers], leave, swaps, written.fallback)


def files_of(path: Path) -> list[Path]:
    """What the rota is made from: `rota.yaml` and its calendars, as far as it can be read."""
    try:
        written = parse(RotaFile, load(path))
    except (DocumentError, OSError):
        return [path]
    return [path, *(path.parent / one.file for one in written.calendars)]


def _away(
    written: RotaFile, document: Document, folder: Path, zone: ZoneInfo, now: float
) -> tuple[dict[str, IntervalSet], list[Problem]]:
    """When people are away, by `leave` and by their calendars, and what of those cannot be read."""
    leave: dict[str, IntervalSet] = {}
    problems: list[Problem] = []
    for entry in written.leave:
        away = IntervalSet([_days(entry.first, entry.last, zone)]) if entry.first <= entry.last else IntervalSet()
        leave[entry.person] = leave.get(entry.person, IntervalSet()) | away
    for number, one in enumerate(written.calendars):
        try:
            data = (folder / one.file).read_bytes()
            away = leave_in(data, now - BACK_SECONDS, now + AHEAD_SECONDS, zone, one.about)
        except (OSError, BadCalendar) as error:
            reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
            message = Message(
                "the calendar {file} cannot be read: {reason_msgid}", {"file": str(one.file), "reason_msgid": reason}
            )
            problems.append(document.problem(("calendars", number, "file"), message))
            continue
        leave[one.person] = leave.get(one.person, IntervalSet()) | away
    return leave, problems


def _layer(entry: LayerEntry, holidays: Holidays, zone: ZoneInfo) -> Layer:
    weekly = (
        [tuple(map(DaySpan.parse, hours)) for hours in entry.hours.weekly_hours()] if entry.hours else [WHOLE_DAY] * 7
    )
    other = None if entry.on_holidays == "same" else tuple(map(DaySpan.parse, entry.on_holidays))
    exceptions = entry.hours.exceptions if entry.hours else {}
    shift = Shift(
        entry.name,
        (weekly[0], weekly[1], weekly[2], weekly[3], weekly[4], weekly[5], weekly[6]),
        holidays,
        other,
        {date.fromisoformat(day): tuple(map(DaySpan.parse, hours)) for day, hours in exceptions.items()},
        zone,
    )
    rotation = Rotation(entry.start, entry.days, zone)
    return Layer(entry.name, entry.people, rotation, shift, entry.backup, entry.departments)


def _days(first: date, last: date, zone: ZoneInfo) -> Interval:
    return Interval(day_instant(first, 0, zone), day_instant(last + timedelta(days=1), 0, zone))


def _unknown_people(written: RotaFile, document: Document, people: Mapping[str, Person]) -> list[Problem]:
    named: list[tuple[tuple[str | int, ...], str]] = []
    for number, layer in enumerate(written.layers):
        named += [(("layers", number, "people", place), name) for place, name in enumerate(layer.people)]
    named += [(("leave", number, "person"), one.person) for number, one in enumerate(written.leave)]
    named += [(("swaps", number, "takes"), one.takes) for number, one in enumerate(written.swaps)]
    named += [(("calendars", number, "person"), one.person) for number, one in enumerate(written.calendars)]
    named += [(("fallback", place), name) for place, name in enumerate(written.fallback)]
    return [
        document.problem(
            path, Message("there is no person “{name}” in people.yaml", {"name": name}), suggestion(name, people)
        )
        for path, name in named
        if name not in people
    ]


def _impossible(written: RotaFile, document: Document) -> list[Problem]:
    layers = [layer.name for layer in written.layers]
    found = []
    for number, swap in enumerate(written.swaps):
        if swap.layer not in layers:
            message = Message("there is no duty “{name}” among the layers", {"name": swap.layer})
            found.append(document.problem(("swaps", number, "layer"), message, suggestion(swap.layer, layers)))
        if swap.end <= swap.start:
            found.append(document.problem(("swaps", number, "end"), Message("this swap ends before it starts")))
    for number, leave in enumerate(written.leave):
        if leave.last < leave.first:
            found.append(document.problem(("leave", number, "last"), Message("this leave ends before it starts")))
    for number, layer in enumerate(written.layers):
        if layer.name in layers[:number]:
            message = Message("the duty “{name}” is written twice", {"name": layer.name})
            found.append(document.problem(("layers", number, "name"), message))
    return found
