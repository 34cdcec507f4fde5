"""Availability of a period: what got better, what got worse, what needs a decision, and the outages behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nms.model import Message, Role
from nms.queries.availability import measured, promised_hours, together
from nms.queries.reports import wording
from nms.queries.reports.corrections import MEANING, corrected
from nms.queries.reports.document import Bar, Chart, Figure, Kind, Report, Section, Table, Unit
from nms.queries.reports.outages import Troubles, explained, troubles
from nms.queries.reports.sources import Task
from nms.queries.rows import AvailabilityRow
from nms.rules.availability import DEFINITIONS
from nms.tickets.renewal import DATA_CENTRE

TELEPHONY = frozenset({Role.PBX, Role.GATEWAY})
APPLICATIONS = frozenset({Role.APPLICATION})
LEAST_COVERAGE = 0.95
NOTEWORTHY_SECONDS = 300.0
MOST_SENTENCES = 6
MOST_OUTAGES = 200


@dataclass(frozen=True, slots=True)
class Group:
    """Subjects of one heading, measured over the period and over the one before."""

    title: str
    rows: tuple[AvailabilityRow, ...]
    before: Mapping[str, AvailabilityRow]


def uptime_report(task: Task) -> Report:
    known = troubles(task.sources.records, task.start, task.end)
    groups = [_group(task, title, target, subjects, known) for title, target, subjects in _asked(task)]
    groups = [group for group in groups if group.rows]
    everything = [row for group in groups for row in group.rows]
    said = corrected(task, everything)
    definitions = [task.said(DEFINITIONS[name]) for name in DEFINITIONS if name != "mtta"]
    return task.report(
        Kind.UPTIME,
        Message("Availability of services"),
        figures=_figures(task, groups),
        better=_changes(task, groups, better=True),
        worse=_changes(task, groups, better=False),
        decisions=_decisions(task, everything),
        sections=(*(_section(task, group) for group in groups), _troubles(task, everything), *([said] if said else [])),
        definitions=(*definitions, task.said(MEANING)) if said else tuple(definitions),
    )


Subjects = dict[str, tuple[str, str, str]]


def _asked(task: Task) -> Iterable[tuple[str, str, Subjects]]:
    inventory = task.sources.inventory
    wanted = task.departments or tuple(inventory.departments)
    of_departments: Subjects = {
        f"department/{one}": (inventory.departments[one].name, "department", inventory.departments[one].service_hours)
        for one in wanted
    }
    of_links: Subjects = {
        f"link/{link.id}": (link.name, "link", "always")
        for link in inventory.links.values()
        if not task.department or any(_belongs(task, end) for end in (link.a_device, link.b_device))
    }
    yield task.say("Departments"), "departments", of_departments
    yield task.say("Data links"), "links", of_links
    yield task.say("Telephony"), "telephony", _devices(task, TELEPHONY)
    yield task.say("Data centre"), "data_centre", _devices(task, DATA_CENTRE)
    yield task.say("Applications"), "applications", _devices(task, APPLICATIONS)
    if task.department:
        rest = frozenset(Role) - TELEPHONY - DATA_CENTRE - APPLICATIONS
        yield task.say("Other equipment"), "", _devices(task, rest)


def _belongs(task: Task, device: str) -> bool:
    found = task.sources.inventory.devices.get(device)  # type: ignore[call-overload]
    return found is not None and found.department == task.department


def _devices(task: Task, roles: frozenset[Role]) -> Subjects:
    inventory = task.sources.inventory
    return {
        f"device/{device.id}": (device.name, device.role.value, promised_hours(inventory, device))
        for device in inventory.devices.values()
        if device.role in roles and device.endpoints and task.concerns(device)
    }


def _group(task: Task, title: str, target: str, subjects: Subjects, known: Troubles) -> Group:
    sources = task.sources
    goal = sources.targets.get(target)
    end = min(task.end, task.now)
    rows = measured(sources.past, sources.service, subjects, task.start, end, task.now, goal)
    before = measured(sources.past, sources.service, subjects, *task.before, task.now, goal)
    told = tuple(explained(row, known, task.language) for row in rows)
    return Group(title, told, {row.subject: row for row in before})


def _figures(task: Task, groups: Sequence[Group]) -> tuple[Figure, ...]:
    """One availability for each heading: seconds up of all its subjects over seconds known of all."""
    found = []
    for group in groups:
        label = task.say("{group}: availability", group=group.title)
        before = together(group.before.values())
        found.append(Figure(label, together(group.rows), Unit.RATIO, before, "good"))
    return tuple(found)


def _changes(task: Task, groups: Sequence[Group], *, better: bool) -> tuple[str, ...]:
    """The subjects that were down for noticeably less (or more) time than in the period before."""
    pairs = []
    for row, old in ((row, group.before[row.subject]) for group in groups for row in group.rows):
        gained = old.down_seconds - row.down_seconds
        comparable = row.known is not None and old.known is not None
        if comparable and (gained if better else -gained) >= NOTEWORTHY_SECONDS:
            pairs.append((abs(gained), row, old))
    pairs.sort(key=lambda pair: (-pair[0], pair[1].subject))
    return tuple(
        task.say(
            "{name}: {down} without service; {before} in the period before.",
            name=row.name,
            down=wording.duration(row.down_seconds),
            before=wording.duration(old.down_seconds),
        )
        for _, row, old in pairs[:MOST_SENTENCES]
    )


def _decisions(task: Task, rows: Sequence[AvailabilityRow]) -> tuple[str, ...]:
    missed = [row for row in rows if _missed(row)]
    missed.sort(key=lambda row: (row.known or 0.0, row.subject))
    unseen = [row for row in rows if row.coverage is not None and row.coverage < LEAST_COVERAGE]
    unseen.sort(key=lambda row: (row.coverage or 0.0, row.subject))
    found = [
        task.say(
            "{name} missed its target of {target}: {known}, {down} without service (outages: {count}).",
            name=row.name,
            target=wording.trimmed(row.target),
            known=wording.percent(row.known, 3),
            count=len(row.outages),
            down=wording.duration(row.down_seconds),
        )
        for row in missed[:MOST_SENTENCES]
    ]
    if len(missed) > MOST_SENTENCES:
        found.append(
            task.say("{count} more missed their target; the tables name them.", count=len(missed) - MOST_SENTENCES)
        )
    if unseen:
        names = ", ".join(row.name for row in unseen[:3]) + (" …" if len(unseen) > 3 else "")
        text = "{count} could not be watched for 5 % of the time or more ({names}): see why before trusting figures."
        found.append(task.say(text, count=len(unseen), names=names))
    return tuple(found)


def _missed(row: AvailabilityRow) -> bool:
    return row.target is not None and row.known is not None and row.known < row.target


def _worst_first(rows: Sequence[AvailabilityRow]) -> list[AvailabilityRow]:
    """What is not known comes last."""
    return sorted(rows, key=lambda row: (row.known if row.known is not None else 2.0, row.subject))


def _section(task: Task, group: Group) -> Section:
    worst = _worst_first(group.rows)
    bars = tuple(Bar(row.name, row.known, row.target, _missed(row)) for row in worst[:15] if row.known is not None)
    floor = _floor([value for bar in bars for value in (bar.value, bar.mark) if value is not None])
    title = task.say("Availability, the lowest first")
    charts = (Chart(title, Unit.RATIO, bars, floor, 1.0),) if bars else ()
    return Section(group.title, (), charts, (_availability(task, group), _outages(task, group)))


def _floor(values: Sequence[float]) -> float:
    """Where the scale begins: below everything that is drawn, so that the worst is a bar too."""
    low = min(values, default=1.0)
    return next(
        (floor for floor in (0.999, 0.995, 0.99, 0.98, 0.95, 0.9, 0.8, 0.5) if 1 - low <= 0.9 * (1 - floor)), 0.0
    )


def _availability(task: Task, group: Group) -> Table:
    columns = (
        task.column(Message("Name")),
        task.column(Message("Target"), Unit.RATIO),
        task.column(Message("Known"), Unit.RATIO),
        task.column(Message("Worst case"), Unit.RATIO),
        task.column(Message("Best case"), Unit.RATIO),
        task.column(Message("Coverage"), Unit.SHARE),
        task.column(Message("Outages"), Unit.COUNT),
        task.column(Message("Down"), Unit.SECONDS),
        task.column(Message("MTTR"), Unit.SECONDS),
        task.column(Message("MTBF"), Unit.SECONDS),
        task.column(Message("Known before"), Unit.RATIO),
    )
    rows = tuple(
        (
            row.name,
            row.target,
            row.known,
            row.worst,
            row.best,
            row.coverage,
            len(row.outages),
            row.down_seconds,
            row.mttr_seconds,
            row.mtbf_seconds,
            group.before[row.subject].known,
        )
        for row in _worst_first(group.rows)
    )
    return Table(task.say("{group}: figures", group=group.title), columns, rows)


def _outages(task: Task, group: Group) -> Table:
    end = min(task.end, task.now)
    found = [(row, outage) for row in group.rows for outage in row.outages]
    found.sort(key=lambda pair: (pair[1].start - (pair[1].end or end), pair[1].start, pair[0].subject))
    columns = (
        task.column(Message("Name")),
        task.column(Message("Began"), Unit.INSTANT),
        task.column(Message("Ended"), Unit.INSTANT),
        task.column(Message("Lasted"), Unit.SECONDS),
        task.column(Message("Cause and what was done")),
        task.column(Message("Folio")),
    )
    rows = tuple(
        (row.name, one.start, one.end, (one.end or end) - one.start, one.cause, one.ticket) for row, one in found
    )
    note = ""
    if len(rows) > MOST_OUTAGES:
        note = task.say("The {count} longest of {all}.", count=MOST_OUTAGES, all=len(rows))
    title = task.say("{group}: outages, the longest first", group=group.title)
    return Table(title, columns, rows[:MOST_OUTAGES], task.say("No outages in the period."), note)


def _troubles(task: Task, rows: Sequence[AvailabilityRow]) -> Section:
    """What cost most time, and the causes that tickets name."""
    longest = sorted((row for row in rows if row.down_seconds > 0), key=lambda row: (-row.down_seconds, row.subject))
    columns = (
        task.column(Message("Name")),
        task.column(Message("Down"), Unit.SECONDS),
        task.column(Message("Outages"), Unit.COUNT),
        task.column(Message("Most frequent explanation")),
    )
    table = Table(
        task.say("What was down longest"),
        columns,
        tuple((row.name, row.down_seconds, len(row.outages), _usual(row)) for row in longest[:10]),
        task.say("Nothing was down."),
    )
    bars = tuple(Bar(row.name, row.down_seconds) for row in longest[:10])
    chart = Chart(task.say("Time without service"), Unit.SECONDS, bars)
    return Section(task.say("Top troubles"), (), (chart,) if bars else (), (table,))


def _usual(row: AvailabilityRow) -> str:
    known = Counter(outage.cause for outage in row.outages if outage.cause)
    return known.most_common(1)[0][0] if known else ""
