"""Printing: pages of each department and printer, what stands idle, supplies that run out, and availability."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from nms.i18n import part_name
from nms.model import Device, Message, Role
from nms.queries.availability import measured, promised_hours, together
from nms.queries.reports.compared import told
from nms.queries.reports.document import Bar, Cell, Chart, Figure, Kind, Report, Section, Table, Unit
from nms.queries.reports.sources import Task
from nms.queries.rows import AvailabilityRow
from nms.rules.availability import DEFINITIONS
from nms.rules.forecast import Forecast, forecast
from nms.rules.prospects import PROSPECTS, question
from nms.store.samples import Series

LOW = 0.10
FORECAST_DAYS = 90.0
MOST_SUPPLIES = 100
DAY, HOUR = 86_400.0, 3600.0

PAGES = Message(
    "Pages are what the engine's own counter grew by (Printer MIB, RFC 3805); not read, they are not known."
)
SUPPLIES = Message("A supply whose level the printer does not tell is left out, not guessed.")


@dataclass(frozen=True, slots=True)
class _Printer:
    """`pages` None: the counter was not read in the period."""

    device: Device
    pages: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class _Supply:
    """A supply as it was at the end of the period."""

    device: Device
    series: Series
    level: float

    def name(self, language: str) -> str:
        return part_name(self.series.component, language)


def printing_report(task: Task) -> Report:
    printers = [_printer(task, device) for device in _devices(task)]
    supplies = sorted(_supplies(task), key=lambda one: (one.level, one.device.id, one.series.key))
    rows, before = _availability(task)
    low = [one for one in supplies if one.level <= LOW]
    idle = [one for one in printers if one.pages == 0]
    figures = (
        Figure(task.say("Pages printed"), _sum(one.pages for one in printers), Unit.COUNT,
               _sum(one.before for one in printers), "bad"),
        Figure(task.say("Printers that printed nothing"), len(idle), Unit.COUNT,
               sum(one.before == 0 for one in printers), "bad"),
        Figure(task.say("Supplies at 10 % or less"), len(low), Unit.COUNT),
        Figure(task.say("Availability of printers"), together(rows), Unit.RATIO, together(before), "good"),
    )  # fmt: skip
    said = told(task, figures)
    return task.report(
        Kind.PRINTING,
        Message("Printing"),
        figures=figures,
        better=said.better,
        worse=said.worse,
        decisions=tuple(_decisions(task, low, idle)),
        sections=(
            _department_section(task, printers),
            _printer_section(task, printers, rows),
            _supply_section(task, supplies),
        ),
        definitions=(task.said(PAGES), task.said(SUPPLIES), task.said(DEFINITIONS["known"])),
    )


def _decisions(task: Task, low: Sequence[_Supply], idle: Sequence[_Printer]) -> Iterable[str]:
    if low:
        yield task.say("Order the supplies that are at 10 % or less: {count}.", count=len(low))
    if idle:
        names = ", ".join(one.device.name for one in idle[:5]) + (" …" if len(idle) > 5 else "")
        yield task.say(
            "Move or retire the printers that printed nothing: {count} ({names}).", count=len(idle), names=names
        )


def _devices(task: Task) -> list[Device]:
    return [one for one in task.sources.inventory.devices.values() if one.role is Role.PRINTER and task.concerns(one)]


def _printer(task: Task, device: Device) -> _Printer:
    end = min(task.end, task.now)
    return _Printer(device, _pages(task, device, task.start, end), _pages(task, device, *task.before))


def _pages(task: Task, device: Device, start: float, end: float) -> float | None:
    """Of its markers (RFC 3805); without one, of its largest counter.

    Copies, prints and totals by function or colour count the same sheets again: they are never added up.
    """
    samples = task.sources.samples
    counters = samples.series(device=device.id, metric="pages_total")
    totals = [(series.kind, samples.total(series, start, end)) for series in counters]
    found = _sum(total for kind, total in totals if kind == "marker")
    if found is None:
        found = max((total for _, total in totals if total is not None), default=None)
    return None if found is None else round(found)


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _supplies(task: Task) -> Iterable[_Supply]:
    """What the supplies of each printer were at the end of the period."""
    end, samples = min(task.end, task.now), task.sources.samples
    for device in _devices(task):
        for series in samples.series(device=device.id, metric="supply_level_ratio"):
            read = samples.read(series, end - 2 * DAY, end, HOUR)
            known = np.flatnonzero(~np.isnan(read.values))
            if len(known) and read.times[known[-1]] > end - 2 * DAY:
                yield _Supply(device, series, float(read.values[known[-1]]))


def _ends_at(task: Task, supply: _Supply) -> float | None:
    """When it will be empty, where the data tell."""
    asked = question(PROSPECTS["supply_level_ratio"], ())
    if asked is None:
        return None
    end = min(task.end, task.now)
    read = task.sources.samples.read(supply.series, end - FORECAST_DAYS * DAY, end, HOUR)
    ahead = forecast(read.times.tolist(), read.values.tolist(), asked, end)
    return ahead.likely if isinstance(ahead, Forecast) else None


def _availability(task: Task) -> tuple[tuple[AvailabilityRow, ...], tuple[AvailabilityRow, ...]]:
    """In the period, and in the one before."""
    sources, end = task.sources, min(task.end, task.now)
    subjects = {
        f"device/{one.id}": (one.name, one.role.value, promised_hours(sources.inventory, one))
        for one in _devices(task)
        if one.endpoints
    }
    rows = measured(sources.past, sources.service, subjects, task.start, end, task.now)
    return rows, measured(sources.past, sources.service, subjects, *task.before, task.now)


def _department_section(task: Task, printers: Sequence[_Printer]) -> Section:
    departments: dict[str, list[_Printer]] = {}
    for one in printers:
        departments.setdefault(one.device.department, []).append(one)
    rows: list[tuple[Cell, ...]] = []
    for name, owned in departments.items():
        known = task.sources.inventory.departments.get(name)
        pages, staff = _sum(one.pages for one in owned), known.staff if known else 0
        each = pages / staff if pages is not None and staff else None
        rows.append((task.name_of(name), len(owned), pages, _sum(one.before for one in owned), each))
    rows.sort(key=lambda row: (-float(row[2] or 0), str(row[0])))
    columns = (
        task.column(Message("Department")),
        task.column(Message("Printers"), Unit.COUNT),
        task.column(Message("Pages"), Unit.COUNT),
        task.column(Message("Pages in the period before"), Unit.COUNT),
        task.column(Message("Pages for each of its staff"), Unit.NUMBER),
    )
    bars = tuple(Bar(str(row[0]), float(row[2])) for row in rows[:20] if row[2])
    chart = Chart(task.say("Pages by department"), Unit.COUNT, bars)
    total = (
        task.say("Together"),
        len(printers),
        _sum(one.pages for one in printers),
        _sum(one.before for one in printers),
        None,
    )
    empty = task.say("The inventory has no printer.")
    table = Table(task.say("Pages by department"), columns, tuple(rows), empty, total=total)
    return Section(task.say("Departments"), (), (chart,) if bars else (), (table,))


def _printer_section(task: Task, printers: Sequence[_Printer], rows: Sequence[AvailabilityRow]) -> Section:
    states = {row.subject: row for row in rows}
    columns = (
        task.column(Message("Printer")),
        task.column(Message("Department")),
        task.column(Message("Pages"), Unit.COUNT),
        task.column(Message("Known"), Unit.RATIO),
        task.column(Message("Outages"), Unit.COUNT),
        task.column(Message("Down"), Unit.SECONDS),
    )
    cells: list[tuple[Cell, ...]] = []
    for one in sorted(printers, key=lambda one: (-(one.pages or 0), one.device.id)):
        row = states.get(f"device/{one.device.id}")
        state: tuple[Cell, ...] = (row.known, len(row.outages), row.down_seconds) if row else (None, None, None)
        cells.append((one.device.name, task.name_of(one.device.department), one.pages, *state))
    table = Table(
        task.say("Printers, the busiest first"), columns, tuple(cells), task.say("The inventory has no printer.")
    )
    return Section(task.say("Printers"), (), (), (table,))


def _supply_section(task: Task, supplies: Sequence[_Supply]) -> Section:
    columns = (
        task.column(Message("Printer")),
        task.column(Message("Supply")),
        task.column(Message("Left"), Unit.SHARE),
        task.column(Message("Empty about"), Unit.DAY),
    )
    rows = tuple(
        (one.device.name, one.name(task.language), one.level, _ends_at(task, one)) for one in supplies[:MOST_SUPPLIES]
    )
    note = (
        task.say("Here are {count} of {all}.", count=len(rows), all=len(supplies)) if len(supplies) > len(rows) else ""
    )
    table = Table(
        task.say("Supplies, the emptiest first"), columns, rows, task.say("No printer tells its supplies."), note
    )
    return Section(task.say("Supplies"), (), (), (table,))
