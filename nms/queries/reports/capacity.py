"""Capacity: how full links, disks and memory were, and when they will reach their limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nms.metrics import METRICS
from nms.model import Component, Device, Link, Message
from nms.queries.reports.document import Bar, Chart, Figure, Kind, Report, Section, Table, Unit
from nms.queries.reports.sources import Task
from nms.rules.forecast import Forecast, forecast
from nms.rules.prospects import PROSPECTS, question
from nms.store.samples import SampleStore, Series

DAY = 86_400.0
FORECAST_DAYS = 90.0
PERCENTILE = 95.0
MOST_SERIES = 400
"""Forecasts cost milliseconds each: of each metric the fullest are asked."""
BUSY = 0.8
PARTS = ("storage_used_ratio", "memory_used_ratio", "percentage_ratio", "supply_level_ratio", "runtime_seconds")
NEAR_DAYS = 180.0

FULLNESS = Message(
    "Busy hours: the 95th percentile of five-minute means, as traffic is billed; peaks above it are rare."
)
PROSPECT = Message(
    "Forecast: a line through up to 90 days before the end of the period, with its interval of 90 %; where the data "
    "carry no date, none is given."
)


@dataclass(frozen=True, slots=True)
class Busy:
    """A link in the period: busy-hour traffic of the busier direction over its capacity."""

    link: Link
    bits: float | None
    capacity: float | None

    @property
    def ratio(self) -> float | None:
        return self.bits / self.capacity if self.bits is not None and self.capacity else None


def capacity_report(task: Task) -> Report:
    links = sorted(_links(task), key=lambda one: (-(one.ratio or -1.0), one.link.id))
    prospects = sorted(_prospects(task), key=lambda one: one[2].likely)
    near = [one for one in prospects if one[2].likely - task.end < NEAR_DAYS * DAY]
    full = [one for one in links if (one.ratio or 0.0) >= BUSY]
    figures = (
        Figure(task.say("Links above {limit} % in busy hours", limit=int(BUSY * 100)), len(full), Unit.COUNT),
        Figure(task.say("Limits reached within 180 days"), len(near), Unit.COUNT),
    )
    decisions = [
        task.say("{name} is used to {ratio} % in busy hours: order more capacity.", name=one.link.name,
                 ratio=int((one.ratio or 0) * 100))
        for one in full[:5]
    ]  # fmt: skip
    decisions += [
        task.say("{what} of {name} reaches its limit about {day}.", what=_what(series), name=device.name,
                 day=task.clock(found.likely)[:10])
        for device, series, found in near[:6]
    ]  # fmt: skip
    return task.report(
        Kind.CAPACITY,
        Message("Capacity and forecasts"),
        figures=figures,
        decisions=tuple(decisions),
        sections=(_link_section(task, links), _forecast_section(task, prospects)),
        definitions=(task.said(FULLNESS), task.said(PROSPECT)),
    )


def _links(task: Task) -> Iterable[Busy]:
    inventory, samples = task.sources.inventory, task.sources.samples
    for link in inventory.links.values():
        ends = [(link.a_device, link.a_interface), (link.b_device, link.b_interface)]
        if task.department and not any(
            task.concerns(inventory.devices[end]) for end, _ in ends if end in inventory.devices
        ):
            continue
        rates = [
            rate
            for end, interface in ends
            for metric in ("interface_in_octets_total", "interface_out_octets_total")
            for series in samples.series(device=end, metric=metric, component=Component("interface", interface))
            if (rate := samples.percentile(series, task.start, min(task.end, task.now), PERCENTILE)) is not None
        ]
        yield Busy(link, max(rates) * 8 if rates else None, link.capacity_bps or _speed(samples, link))


def _speed(samples: SampleStore, link: Link) -> float | None:
    """The slower of the two interfaces."""
    speeds = [
        sample.value
        for end, interface in ((link.a_device, link.a_interface), (link.b_device, link.b_interface))
        for series, sample in samples.latest(device=end, metric="interface_speed_bits_per_second")
        if series.key == interface and sample.value
    ]
    return min(speeds, default=None)


def _prospects(task: Task) -> Iterable[tuple[Device, Series, Forecast]]:
    """What will reach a limit, asked at the end of the period of the history before it."""
    end = min(task.end, task.now)
    for metric in PARTS:
        prospect = PROSPECTS[metric]
        asked = question(prospect, ())
        if asked is None:
            continue
        for device, series in _fullest(task, metric, rising=prospect.rising):
            read = task.sources.samples.read(series, end - FORECAST_DAYS * DAY, end, 3600.0)
            found = forecast(read.times.tolist(), read.values.tolist(), asked, end)
            if isinstance(found, Forecast):
                yield device, series, found


def _fullest(task: Task, metric: str, *, rising: bool) -> list[tuple[Device, Series]]:
    devices = task.sources.inventory.devices
    listed = [
        (sample.value, series)
        for series, sample in task.sources.samples.latest(metric=metric)
        if series.device in devices and task.concerns(devices[series.device])
    ]
    listed.sort(key=lambda pair: (-pair[0] if rising else pair[0], pair[1].device, pair[1].key))
    return [(devices[series.device], series) for _, series in listed[:MOST_SERIES]]


def _what(series: Series) -> str:
    metric = METRICS.get(series.metric)
    part = series.label or series.key
    return f"{part} ({metric.help})" if metric and part else part or series.metric


def _link_section(task: Task, links: list[Busy]) -> Section:
    columns = (
        task.column(Message("Link")),
        task.column(Message("Provider")),
        task.column(Message("Capacity"), Unit.BITRATE),
        task.column(Message("Busy hours"), Unit.BITRATE),
        task.column(Message("Used"), Unit.RATIO),
    )
    rows = tuple((one.link.name, one.link.provider, one.capacity, one.bits, one.ratio) for one in links)
    measured = [one for one in links if one.ratio is not None]
    bars = tuple(Bar(one.link.name, one.ratio, BUSY, (one.ratio or 0) >= BUSY) for one in measured[:20])
    chart = Chart(task.say("Use of links in busy hours"), Unit.RATIO, bars, 0.0, 1.0)
    table = Table(task.say("Links"), columns, rows, task.say("The inventory has no links."))
    return Section(task.say("Data links"), (), (chart,) if bars else (), (table,))


def _forecast_section(task: Task, prospects: list[tuple[Device, Series, Forecast]]) -> Section:
    columns = (
        task.column(Message("Equipment")),
        task.column(Message("What")),
        task.column(Message("Now"), Unit.NUMBER),
        task.column(Message("A day"), Unit.NUMBER),
        task.column(Message("Limit about"), Unit.DAY),
        task.column(Message("Not before"), Unit.DAY),
        task.column(Message("By"), Unit.DAY),
    )
    rows = tuple(
        (device.name, _what(series), found.level, found.slope_per_day, found.likely, found.earliest, found.latest)
        for device, series, found in prospects[:200]
    )
    empty = task.say("Nothing is on its way to a limit, as far as the data tell.")
    table = Table(task.say("What will reach its limit"), columns, rows, empty)
    return Section(task.say("Forecasts"), (), (), (table,))
