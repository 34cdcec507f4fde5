"""Telephony: the PBXs and gateways, their trunks, channels and registered sets, over a period."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from nms.model import Device, Message, Role
from nms.queries.availability import measured, together
from nms.queries.reports import wording
from nms.queries.reports.document import Bar, Cell, Chart, Figure, Kind, Report, Section, Table, Unit
from nms.queries.reports.outages import explained, troubles
from nms.queries.reports.sources import Task
from nms.queries.rows import AvailabilityRow
from nms.rules.availability import DEFINITIONS
from nms.store.samples import Series

EXCHANGES = frozenset({Role.PBX, Role.GATEWAY})
FULL = 0.8

CHANNELS = Message("Channels: calls need one each; above 80 % of them, callers begin to hear the busy tone.")


def telephony_report(task: Task) -> Report:
    rows, before = _availability(task, EXCHANGES)
    phones, _ = _availability(task, frozenset({Role.PHONE}))
    loads = list(_loads(task))
    trunks = list(_trunks(task))
    target = task.sources.targets.get("telephony")
    figures = (
        Figure(task.say("Availability of PBXs"), together(rows), Unit.RATIO, together(before), "good"),
        Figure(task.say("Availability of telephone sets"), together(phones), Unit.RATIO),
        Figure(task.say("Outages of PBXs"), sum(len(row.outages) for row in rows), Unit.COUNT, None, "bad"),
    )
    decisions = [
        task.say("{name} missed its target of {target}: {known}.", name=row.name, target=wording.percent(target),
                 known=wording.percent(row.known, 3))
        for row in rows
        if target is not None and row.known is not None and row.known < target
    ]  # fmt: skip
    decisions += [
        task.say("{name} had {ratio} % of its channels in use: order more lines.", name=name, ratio=int(ratio * 100))
        for name, _, _, ratio in loads
        if ratio is not None and ratio >= FULL
    ]
    return task.report(
        Kind.TELEPHONY,
        Message("Telephony"),
        figures=figures,
        decisions=tuple(decisions),
        sections=(_exchange_section(task, rows), _line_section(task, loads, trunks), _phone_section(task, phones)),
        definitions=(task.said(CHANNELS), *(task.said(DEFINITIONS[name]) for name in ("known", "coverage", "outage"))),
    )


def _availability(
    task: Task, roles: frozenset[Role]
) -> tuple[tuple[AvailabilityRow, ...], tuple[AvailabilityRow, ...]]:
    sources = task.sources
    subjects = {
        f"device/{one.id}": (one.name, one.role.value, "always") for one in _devices(task, roles) if one.endpoints
    }
    goal, end = sources.targets.get("telephony"), min(task.end, task.now)
    known = troubles(sources.records, task.start, end)
    rows = measured(sources.past, sources.service, subjects, task.start, end, task.now, goal)
    before = measured(sources.past, sources.service, subjects, *task.before, task.now, goal)
    return tuple(explained(row, known, task.language) for row in rows), before


def _devices(task: Task, roles: frozenset[Role]) -> Iterable[Device]:
    return (one for one in task.sources.inventory.devices.values() if one.role in roles and task.concerns(one))


def _loads(task: Task) -> Iterable[tuple[str, float | None, float | None, float | None]]:
    """Of each PBX: the most channels in use in an hour, how many it has, and the share."""
    for device in _devices(task, EXCHANGES):
        used = _largest(task, device, ("channels_used", "calls_active"))
        size = _largest(task, device, ("channels_size",))
        sets = used is not None or size is not None
        if sets:
            yield device.name, used, size, used / size if used is not None and size else None


def _largest(task: Task, device: Device, metrics: tuple[str, ...]) -> float | None:
    for metric in metrics:
        found = [
            value
            for series in task.sources.samples.series(device=device.id, metric=metric)
            if (value := _hourly(task, series, "max")) is not None
        ]
        if found:
            return max(found)
    return None


def _hourly(task: Task, series: Series, function: str) -> float | None:
    read = task.sources.samples.read(series, task.start, min(task.end, task.now), 3600.0, function)  # type: ignore[arg-type]
    values = read.values[~np.isnan(read.values)]
    if not len(values):
        return None
    return float(values.max() if function == "max" else values.mean())


def _trunks(task: Task) -> Iterable[tuple[str, str, float | None]]:
    """The share of the time in which each trunk was in service."""
    for device in _devices(task, EXCHANGES):
        for series in task.sources.samples.series(device=device.id, metric="trunk_up"):
            yield device.name, series.label or series.key, _hourly(task, series, "avg")


def _exchange_section(task: Task, rows: tuple[AvailabilityRow, ...]) -> Section:
    columns = (
        task.column(Message("PBX")),
        task.column(Message("Target"), Unit.RATIO),
        task.column(Message("Known"), Unit.RATIO),
        task.column(Message("Coverage"), Unit.RATIO),
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


def _line_section(
    task: Task,
    loads: list[tuple[str, float | None, float | None, float | None]],
    trunks: list[tuple[str, str, float | None]],
) -> Section:
    used = Table(
        task.say("Channels"),
        (
            task.column(Message("PBX")),
            task.column(Message("Most in use"), Unit.COUNT),
            task.column(Message("Channels"), Unit.COUNT),
            task.column(Message("Share"), Unit.RATIO),
        ),
        tuple(loads),
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
    bars = tuple(Bar(name, ratio, FULL, ratio >= FULL) for name, _, _, ratio in loads if ratio is not None)
    chart = Chart(task.say("Channels in use at the busiest"), Unit.RATIO, bars, 0.0, 1.0)
    return Section(task.say("Lines"), (), (chart,) if bars else (), (used, in_service))


def _phone_section(task: Task, rows: tuple[AvailabilityRow, ...]) -> Section:
    columns = (
        task.column(Message("Telephone set")),
        task.column(Message("Known"), Unit.RATIO),
        task.column(Message("Outages"), Unit.COUNT),
        task.column(Message("Down"), Unit.SECONDS),
    )
    worst = sorted(rows, key=lambda row: (-row.down_seconds, row.subject))
    cells = tuple((row.name, row.known, len(row.outages), row.down_seconds) for row in worst[:50])
    table = Table(task.say("Telephone sets, the worst first"), columns, cells, task.say("No sets are watched."))
    return Section(task.say("Telephone sets"), (), (), (table,))
