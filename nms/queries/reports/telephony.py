"""Telephony: the PBXs and gateways, their trunks, channels and registered sets, over a period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from nms.i18n import part_name
from nms.model import Device, Message, Role
from nms.queries.availability import measured, promised_hours, together
from nms.queries.reports import wording
from nms.queries.reports.compared import told
from nms.queries.reports.document import Bar, Cell, Chart, Figure, Kind, Report, Section, Table, Unit
from nms.queries.reports.outages import explained, troubles
from nms.queries.reports.sources import Task
from nms.queries.rows import AvailabilityRow
from nms.rules.availability import DEFINITIONS
from nms.store.samples import Series

EXCHANGES = frozenset({Role.PBX, Role.GATEWAY})
PHONES = frozenset({Role.PHONE})
FULL = 0.8
HOUR = 3600.0
MOST_SETS = 50

CHANNELS = Message("Channels: calls need one each; above 80 % of them, callers begin to hear the busy tone.")
Rows = tuple[AvailabilityRow, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """Of a PBX, or of one of its trunks: the most channels in use at once, when, and how many there are."""

    exchange: str
    line: str
    used: float
    at: float
    size: float | None

    @property
    def ratio(self) -> float | None:
        return self.used / self.size if self.size else None

    @property
    def name(self) -> str:
        return f"{self.exchange} · {self.line}" if self.line else self.exchange


def telephony_report(task: Task) -> Report:
    rows, before = _availability(task, EXCHANGES)
    phones, phones_before = _availability(task, PHONES)
    loads = list(_loads(task))
    figures = (
        Figure(task.say("Availability of PBXs"), together(rows), Unit.RATIO, together(before), "good"),
        Figure(
            task.say("Availability of telephone sets"), together(phones), Unit.RATIO, together(phones_before), "good"
        ),
        Figure(task.say("Outages of PBXs"), _outages(rows), Unit.COUNT, _outages(before), "bad"),
        Figure(task.say("Outages of telephone sets"), _outages(phones), Unit.COUNT, _outages(phones_before), "bad"),
    )
    said = told(task, figures)
    return task.report(
        Kind.TELEPHONY,
        Message("Telephony"),
        figures=figures,
        better=said.better,
        worse=said.worse,
        decisions=tuple(_decisions(task, rows, loads)),
        sections=(
            _exchange_section(task, rows),
            _line_section(task, loads, list(_trunks(task))),
            _phone_section(task, phones),
        ),
        definitions=(task.said(CHANNELS), *(task.said(DEFINITIONS[name]) for name in ("known", "coverage", "outage"))),
    )


def _outages(rows: Rows) -> int:
    return sum(len(row.outages) for row in rows)


def _decisions(task: Task, rows: Rows, loads: Iterable[Load]) -> Iterable[str]:
    for row in rows:
        if row.target is not None and row.known is not None and row.known < row.target:
            target, known = wording.trimmed(row.target), wording.percent(row.known, 3)
            yield task.say("{name} missed its target of {target}: {known}.", name=row.name, target=target, known=known)
    for one in loads:
        if one.ratio is not None and one.ratio >= FULL:
            text = "{name} had {ratio} % of its channels in use: order more lines."
            yield task.say(text, name=one.name, ratio=int(one.ratio * 100))


def _availability(task: Task, roles: frozenset[Role]) -> tuple[Rows, Rows]:
    """In the period, with what explains the outages, and in the one before."""
    sources = task.sources
    subjects = {
        f"device/{one.id}": (one.name, one.role.value, promised_hours(sources.inventory, one))
        for one in _devices(task, roles)
        if one.endpoints
    }
    goal, end = sources.targets.get("telephony"), min(task.end, task.now)
    known = troubles(sources.records, task.start, end)
    rows = measured(sources.past, sources.service, subjects, task.start, end, task.now, goal)
    before = measured(sources.past, sources.service, subjects, *task.before, task.now, goal)
    return tuple(explained(row, known, task.language) for row in rows), before


def _devices(task: Task, roles: frozenset[Role]) -> Iterable[Device]:
    return (one for one in task.sources.inventory.devices.values() if one.role in roles and task.concerns(one))


def _loads(task: Task) -> Iterable[Load]:
    """Channels are compared with those of the same part: of one trunk with its own, of the whole with the whole's."""
    samples = task.sources.samples
    for device in _devices(task, EXCHANGES):
        sizes = {
            (series.kind, series.key): _peak(task, series)
            for series in samples.series(device=device.id, metric="channels_size")
        }
        used = samples.series(device=device.id, metric="channels_used")
        for series in used or samples.series(device=device.id, metric="calls_active"):
            peak = _peak(task, series)
            if peak is not None:
                size = sizes.get((series.kind, series.key))
                line = "" if series.kind == "device" else part_name(series.component, task.language)
                yield Load(device.name, line, peak[1], peak[0], size[1] if size else None)


def _peak(task: Task, series: Series) -> tuple[float, float] | None:
    """The hour in which it was highest, and how high."""
    read = task.sources.samples.read(series, task.start, min(task.end, task.now), HOUR, "max")
    if np.isnan(read.values).all():
        return None
    place = int(np.nanargmax(read.values))
    return float(read.times[place]), float(read.values[place])


def _trunks(task: Task) -> Iterable[tuple[str, str, float | None]]:
    """The share of the time seen in which each trunk was in service."""
    for device in _devices(task, EXCHANGES):
        for series in task.sources.samples.series(device=device.id, metric="trunk_up"):
            read = task.sources.samples.read(series, task.start, min(task.end, task.now), HOUR)
            known = read.values[~np.isnan(read.values)]
            yield device.name, part_name(series.component, task.language), float(known.mean()) if len(known) else None


def _exchange_section(task: Task, rows: tuple[AvailabilityRow, ...]) -> Section:
    columns = (
        task.column(Message("PBX")),
        task.column(Message("Target"), Unit.RATIO),
        task.column(Message("Known"), Unit.RATIO),
        task.column(Message("Coverage"), Unit.SHARE),
        task.column(Message("Outages"), Unit.COUNT),
        task.column(Message("Down"), Unit.SECONDS),
        task.column(Message("Last explanation")),
    )
    cells: list[tuple[Cell, ...]] = [
        (
            row.name,
            row.target,
            row.known,
            row.coverage,
            len(row.outages),
            row.down_seconds,
            next((outage.cause for outage in reversed(row.outages) if outage.cause), ""),
        )
        for row in rows
    ]
    table = Table(task.say("Availability of PBXs"), columns, tuple(cells), task.say("The inventory has no PBX."))
    return Section(task.say("PBXs and gateways"), (), (), (table,))


def _line_section(task: Task, loads: list[Load], trunks: list[tuple[str, str, float | None]]) -> Section:
    used = Table(
        task.say("Channels"),
        (
            task.column(Message("PBX")),
            task.column(Message("Trunk")),
            task.column(Message("Most in use"), Unit.COUNT),
            task.column(Message("In the hour of"), Unit.INSTANT),
            task.column(Message("Channels"), Unit.COUNT),
            task.column(Message("Share"), Unit.SHARE),
        ),
        tuple((one.exchange, one.line or task.say("all"), one.used, one.at, one.size, one.ratio) for one in loads),
        task.say("No PBX tells its channels."),
    )
    in_service = Table(
        task.say("Trunks"),
        (
            task.column(Message("PBX")),
            task.column(Message("Trunk")),
            task.column(Message("In service"), Unit.RATIO),
        ),
        tuple(trunks),
        task.say("No PBX tells its trunks."),
    )
    bars = tuple(Bar(one.name, one.ratio, FULL, one.ratio >= FULL) for one in loads if one.ratio is not None)
    chart = Chart(task.say("Channels in use at the busiest"), Unit.SHARE, bars, 0.0, 1.0)
    return Section(task.say("Lines"), (), (chart,) if bars else (), (used, in_service))


def _phone_section(task: Task, rows: tuple[AvailabilityRow, ...]) -> Section:
    columns = (
        task.column(Message("Telephone set")),
        task.column(Message("Known"), Unit.RATIO),
        task.column(Message("Outages"), Unit.COUNT),
        task.column(Message("Down"), Unit.SECONDS),
    )
    worst = sorted(rows, key=lambda row: (-row.down_seconds, row.subject))
    cells = tuple((row.name, row.known, len(row.outages), row.down_seconds) for row in worst[:MOST_SETS])
    note = task.say("Here are {count} of {all}.", count=MOST_SETS, all=len(worst)) if len(worst) > MOST_SETS else ""
    table = Table(task.say("Telephone sets, the worst first"), columns, cells, task.say("No sets are watched."), note)
    return Section(task.say("Telephone sets"), (), (), (table,))
