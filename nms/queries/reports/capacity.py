"""Capacity: how full links, disks and memory were, and when they will reach their limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from nms.i18n import part_name
from nms.model import Component, Device, Link, Message
from nms.queries.reports import wording
from nms.queries.reports.compared import told
from nms.queries.reports.document import Bar, Chart, Figure, Kind, Report, Section, Table, Unit
from nms.queries.reports.sources import Task
from nms.rules.forecast import Forecast, forecast
from nms.rules.prospects import PROSPECTS, question
from nms.store.samples import Series

DAY, HOUR = 86_400.0, 3600.0
FORECAST_DAYS = 90.0
PERCENTILE = 95.0
MOST_SERIES = 400
"""Forecasts cost milliseconds each: of each metric the fullest are asked."""
BUSY = 0.8
NOTEWORTHY = 0.1
MOST_SENTENCES = 5
NEAR_DAYS = 180.0
MOST_ROWS = 200

FULLNESS = Message(
    "Busy hours: the 95th percentile of five-minute means, as traffic is billed; peaks above it are rare."
)
PROSPECT = Message(
    "Forecast: a line through up to 90 days before the end of the period, with its interval of 90 %; where the data "
    "carry no date, none is given."
)
SUPPLIES = Message("Supplies of printers are in the report on printing.")


@dataclass(frozen=True, slots=True)
class Part:
    """What is forecast of a metric: its words, and how its values are shown."""

    name: Message
    title: Message
    unit: Unit


PARTS: Mapping[str, Part] = {
    "storage_used_ratio": Part(Message("Disk"), Message("Disks and file systems"), Unit.SHARE),
    "memory_used_ratio": Part(Message("Memory"), Message("Memory"), Unit.SHARE),
    "runtime_seconds": Part(Message("Battery"), Message("Batteries: time that they last"), Unit.SECONDS),
}


@dataclass(frozen=True, slots=True)
class Busy:
    """A link in a period: busy-hour traffic of the busier direction over its capacity; the same of the one before."""

    link: Link
    bits: float | None
    capacity: float | None
    bits_before: float | None

    @property
    def ratio(self) -> float | None:
        return self.bits / self.capacity if self.bits is not None and self.capacity else None

    @property
    def before(self) -> float | None:
        return self.bits_before / self.capacity if self.bits_before is not None and self.capacity else None


@dataclass(frozen=True, slots=True)
class Ahead:
    """A series on its way to its limit."""

    device: Device
    series: Series
    found: Forecast

    def words(self, task: Task) -> str:
        name = task.said(PARTS[self.series.metric].name)
        part = part_name(self.series.component, task.language)
        return f"{name} {part}" if part and part != self.device.name else name


def capacity_report(task: Task) -> Report:
    links = sorted(_links(task), key=lambda one: (-(one.ratio or -1.0), one.link.id))
    prospects = list(_prospects(task))
    near = sorted((one for one in prospects if one.found.likely - task.end < NEAR_DAYS * DAY), key=_when)
    full = [one for one in links if (one.ratio or 0.0) >= BUSY]
    full_before = sum((one.before or 0.0) >= BUSY for one in links)
    label = task.say("Links above {limit} % in busy hours", limit=int(BUSY * 100))
    figures = (
        Figure(label, len(full), Unit.COUNT, full_before, "bad"),
        Figure(task.say("Disks, memory and batteries that reach a limit within 180 days"), len(near), Unit.COUNT),
    )
    said = told(task, figures)
    return task.report(
        Kind.CAPACITY,
        Message("Capacity and forecasts"),
        figures=figures,
        better=(*said.better, *_moved(task, links, better=True)),
        worse=(*said.worse, *_moved(task, links, better=False)),
        decisions=tuple(_decisions(task, full, near)),
        sections=(_link_section(task, links), _forecast_section(task, prospects)),
        definitions=(task.said(FULLNESS), task.said(PROSPECT), task.said(SUPPLIES)),
    )


def _when(one: Ahead) -> tuple[float, str, str]:
    return one.found.likely, one.device.id, one.series.key


def _decisions(task: Task, full: Sequence[Busy], near: Sequence[Ahead]) -> Iterable[str]:
    for link in full[:MOST_SENTENCES]:
        text = "{name} is used to {ratio} % in busy hours: order more capacity."
        yield task.say(text, name=link.link.name, ratio=int((link.ratio or 0) * 100))
    for one in near[:MOST_SENTENCES]:
        text = "{what} of {name} reaches its limit about {day}."
        yield task.say(text, what=one.words(task), name=one.device.name, day=task.clock(one.found.likely)[:10])
    if len(near) > MOST_SENTENCES:
        yield task.say(
            "{count} more reach a limit within 180 days; the tables name them.", count=len(near) - MOST_SENTENCES
        )


def _moved(task: Task, links: Iterable[Busy], *, better: bool) -> Iterable[str]:
    """The links whose use in busy hours changed by a tenth of their capacity or more."""
    pairs = [(one.ratio - one.before, one) for one in links if one.ratio is not None and one.before is not None]
    moved = [(abs(change), one) for change, one in pairs if (-change if better else change) >= NOTEWORTHY]
    moved.sort(key=lambda pair: (-pair[0], pair[1].link.id))
    for _, one in moved[:MOST_SENTENCES]:
        now, before = wording.percent(one.ratio, 1), wording.percent(one.before, 1)
        text = "{label}: {now}; {before} in the period before."
        yield task.say(text, label=one.link.name, now=now, before=before)


def _links(task: Task) -> Iterable[Busy]:
    devices = task.sources.inventory.devices
    for link in task.sources.inventory.links.values():
        ends = [devices[end] for end in (link.a_device, link.b_device) if end in devices]
        if not task.department or any(task.concerns(end) for end in ends):
            bits = _traffic(task, link, task.start, min(task.end, task.now))
            yield Busy(link, bits, link.capacity_bps or _speed(task, link), _traffic(task, link, *task.before))


def _traffic(task: Task, link: Link, start: float, end: float) -> float | None:
    """Bits a second in busy hours, of the busier direction of either end."""
    samples = task.sources.samples
    rates = [
        rate
        for device, interface in ((link.a_device, link.a_interface), (link.b_device, link.b_interface))
        for metric in ("interface_in_octets_total", "interface_out_octets_total")
        for series in samples.series(device=device, metric=metric, component=Component("interface", interface))
        if (rate := samples.percentile(series, start, end, PERCENTILE)) is not None
    ]
    return max(rates) * 8 if rates else None


def _speed(task: Task, link: Link) -> float | None:
    """The slower of the two interfaces, as they were at the end of the period."""
    metric, samples = "interface_speed_bits_per_second", task.sources.samples
    speeds = [
        speed
        for device, interface in ((link.a_device, link.a_interface), (link.b_device, link.b_interface))
        for series in samples.series(device=device, metric=metric, component=Component("interface", interface))
        if (speed := _at_the_end(task, series))
    ]
    return min(speeds, default=None)


def _at_the_end(task: Task, series: Series) -> float | None:
    """The last value of the last day of the period."""
    end = min(task.end, task.now)
    values = task.sources.samples.read(series, end - DAY, end, DAY, "last").values
    known = values[~np.isnan(values)]
    return float(known[-1]) if len(known) else None


def _prospects(task: Task) -> Iterable[Ahead]:
    """What will reach a limit, asked at the end of the period of the history before it."""
    end = min(task.end, task.now)
    for metric in PARTS:
        prospect = PROSPECTS[metric]
        asked = question(prospect, ())
        if asked is None:
            continue
        for device, series in _fullest(task, metric, rising=prospect.rising):
            read = task.sources.samples.read(series, end - FORECAST_DAYS * DAY, end, HOUR)
            found = forecast(read.times.tolist(), read.values.tolist(), asked, end)
            if isinstance(found, Forecast):
                yield Ahead(device, series, found)


def _fullest(task: Task, metric: str, *, rising: bool) -> list[tuple[Device, Series]]:
    """As they were at the end of the period; what said nothing in its last day is left out."""
    devices = task.sources.inventory.devices
    listed = [
        (level, series)
        for series in task.sources.samples.series(metric=metric)
        if series.device in devices and task.concerns(devices[series.device])
        if (level := _at_the_end(task, series)) is not None
    ]
    listed.sort(key=lambda pair: (-pair[0] if rising else pair[0], pair[1].device, pair[1].key))
    return [(devices[series.device], series) for _, series in listed[:MOST_SERIES]]


def _link_section(task: Task, links: list[Busy]) -> Section:
    columns = (
        task.column(Message("Link")),
        task.column(Message("Provider")),
        task.column(Message("Capacity"), Unit.BITRATE),
        task.column(Message("Busy hours"), Unit.BITRATE),
        task.column(Message("Used"), Unit.SHARE),
        task.column(Message("Used before"), Unit.SHARE),
    )
    rows = tuple((one.link.name, one.link.provider, one.capacity, one.bits, one.ratio, one.before) for one in links)
    measured = [one for one in links if one.ratio is not None]
    bars = tuple(Bar(one.link.name, one.ratio, BUSY, (one.ratio or 0) >= BUSY) for one in measured[:20])
    chart = Chart(task.say("Use of links in busy hours, the fullest first"), Unit.SHARE, bars, 0.0, 1.0)
    table = Table(task.say("Links"), columns, rows, task.say("The inventory has no links."))
    return Section(task.say("Data links"), (), (chart,) if bars else (), (table,))


def _forecast_section(task: Task, prospects: Sequence[Ahead]) -> Section:
    by_metric = {name: list(several) for name, several in groupby(prospects, key=lambda one: one.series.metric)}
    tables = tuple(_forecast_table(task, name, several) for name, several in by_metric.items())
    if not tables:
        empty = task.say("Nothing is on its way to a limit, as far as the data tell.")
        tables = (Table(task.say("What will reach its limit"), (task.column(Message("Equipment")),), (), empty),)
    return Section(task.say("Forecasts"), (), (), tables)


def _forecast_table(task: Task, metric: str, several: list[Ahead]) -> Table:
    part = PARTS[metric]
    change = Message("Grows a day") if PROSPECTS[metric].rising else Message("Falls a day")
    columns = (
        task.column(Message("Equipment")),
        task.column(Message("What")),
        task.column(Message("Now"), part.unit),
        task.column(change, Unit.RATIO if part.unit is Unit.SHARE else part.unit),
        task.column(Message("Limit about"), Unit.DAY),
        task.column(Message("Not before"), Unit.DAY),
        task.column(Message("By"), Unit.DAY),
    )
    rows = tuple(
        (
            one.device.name,
            part_name(one.series.component, task.language) or task.said(part.name),
            one.found.level,
            abs(one.found.slope_per_day),
            one.found.likely,
            one.found.earliest,
            one.found.latest,
        )
        for one in sorted(several, key=_when)[:MOST_ROWS]
    )
    return Table(task.said(part.title), columns, rows)
