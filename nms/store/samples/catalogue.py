"""Which small number stands for which device, component, metric and table: the label index of the store.

A *group* is one table of one device. Numbers are given once and never reused, so that history survives renames,
renumbering, and columns or instances that come and go. What is new is kept aside until the transaction that
uses it has been committed.
"""

from __future__ import annotations

import sqlite3
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from nms.model import Component, DeviceId, Reading
from nms.store.samples.hot import Shape
from nms.store.samples.series import Series, kind_of

_IDENTITY = tuple[int, str, str]
_TYPECODES = {"gauge": "d", "counter": "Q", "state": "b"}


@dataclass(slots=True)
class Group:
    """One table of one device, and the components that ever had each metric in it."""

    id: int
    device: int
    table: str
    members: dict[int, array[int]] = field(default_factory=dict)


@dataclass(slots=True)
class _News:
    """Rows that the next transaction must insert."""

    devices: list[tuple[int, str]] = field(default_factory=list)
    metrics: list[tuple[int, str]] = field(default_factory=list)
    groups: list[tuple[int, int, str]] = field(default_factory=list)
    components: dict[int, tuple[int, int, str, str, str, str]] = field(default_factory=dict)
    members: set[tuple[int, int]] = field(default_factory=set)


@dataclass(slots=True)
class _Free:
    """The next number of each kind."""

    device: int
    metric: int
    group: int
    component: int


class Catalogue:
    """The numbers, in memory, as the file has them. Not thread-safe: its owner holds a lock."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.devices: dict[str, int] = {}
        self.metrics: dict[str, int] = {}
        self.groups: dict[int, Group] = {}
        self.components: dict[int, Component] = {}
        self.news = _News()
        self._numbers: dict[_IDENTITY, int] = {}
        self._tables: dict[tuple[int, str], Group] = {}
        self._of_device: dict[int, list[Group]] = {}
        self._shapes: dict[tuple[str, str], Shape] = {}
        self._load(connection)
        self.device_names = {number: name for name, number in self.devices.items()}
        self.metric_names = {number: name for name, number in self.metrics.items()}
        kept = (self.device_names, self.metric_names, self.groups, self.components)
        self._free = _Free(*(max(numbers, default=0) + 1 for numbers in kept))

    def _load(self, connection: sqlite3.Connection) -> None:
        self.devices.update(connection.execute("SELECT name, id FROM device"))
        self.metrics.update(connection.execute("SELECT name, id FROM metric"))
        for number, device, table in connection.execute("SELECT id, device, tbl FROM grp"):
            self._add(Group(number, device, table))
        for number, device, kind, key, label, index in connection.execute(
            "SELECT id, device, kind, key, label, idx FROM component"
        ):
            self.components[number] = Component(kind, key, label, index)
            self._numbers[device, kind, key] = number
        for group, metric, blob in connection.execute("SELECT grp, metric, components FROM member"):
            if group in self.groups:
                self.groups[group].members[metric] = array("I", blob)

    def _add(self, group: Group) -> None:
        self.groups[group.id] = self._tables[group.device, group.table] = group
        self._of_device.setdefault(group.device, []).append(group)

    def shape(self, reading: Reading) -> Shape:
        """The shape of a reading; the one before is returned again while it fits."""
        shape = self._shapes.get((reading.device, reading.table))
        if shape is None or not shape.fits(reading):
            shape = self._shapes[reading.device, reading.table] = self._new_shape(reading)
        return shape

    def _new_shape(self, reading: Reading) -> Shape:
        group = self.group_of(reading.device, reading.table)
        numbers = [self._component(group.device, component) for component in reading.components]
        picks = None
        if len(set(numbers)) < len(numbers):
            first = {number: row for row, number in reversed(list(enumerate(numbers)))}
            picks = tuple(sorted(first.values()))
            numbers = [numbers[row] for row in picks]
        metrics = [self.metric(name) for name in reading.columns]
        for metric in metrics:
            self._remember(group, metric, numbers)
        head = struct.pack(f"<{len(numbers)}I{len(metrics)}H", *numbers, *metrics)
        typecodes = tuple(_TYPECODES[kind_of(name)] for name in reading.columns)
        columns = tuple(reading.columns)
        return Shape(group.device, group.id, reading.components, columns, head, typecodes, picks, len(numbers))

    def device(self, name: str) -> int:
        number = self.devices.get(name)
        if number is None:
            number = self.devices[name] = self._free.device
            self._free.device += 1
            self.device_names[number] = name
            self.news.devices.append((number, name))
        return number

    def metric(self, name: str) -> int:
        number = self.metrics.get(name)
        if number is None:
            number = self.metrics[name] = self._free.metric
            self._free.metric += 1
            self.metric_names[number] = name
            self.news.metrics.append((number, name))
        return number

    def group_of(self, device_name: str, table: str) -> Group:
        device = self.device(device_name)
        group = self._tables.get((device, table))
        if group is None:
            group = Group(self._free.group, device, table)
            self._free.group += 1
            self._add(group)
            self.news.groups.append((group.id, device, table))
        return group

    def _component(self, device: int, component: Component) -> int:
        identity = (device, component.kind, component.key)
        number = self._numbers.get(identity)
        if number is None:
            number = self._numbers[identity] = self._free.component
            self._free.component += 1
        before, self.components[number] = self.components.get(number), component
        if before != component:
            self.news.components[number] = (
                number, device, component.kind, component.key, component.label, component.index,
            )  # fmt: skip
        return number

    def _remember(self, group: Group, metric: int, numbers: list[int]) -> None:
        members = group.members.setdefault(metric, array("I"))
        known = set(members)
        fresh = [number for number in numbers if number not in known]
        if fresh or not len(members):
            members.extend(fresh)
            self.news.members.add((group.id, metric))

    def save(self, connection: sqlite3.Connection) -> None:
        """Inserts what is new, inside the caller's transaction; `forget_news` follows its commit."""
        news = self.news
        connection.executemany("INSERT INTO device (id, name) VALUES (?, ?)", news.devices)
        connection.executemany("INSERT INTO metric (id, name) VALUES (?, ?)", news.metrics)
        connection.executemany("INSERT INTO grp (id, device, tbl) VALUES (?, ?, ?)", news.groups)
        connection.executemany(
            "INSERT OR REPLACE INTO component (id, device, kind, key, label, idx) VALUES (?, ?, ?, ?, ?, ?)",
            news.components.values(),
        )
        connection.executemany(
            "INSERT OR REPLACE INTO member (grp, metric, components) VALUES (?, ?, ?)",
            [(group, metric, self.groups[group].members[metric].tobytes()) for group, metric in news.members],
        )

    def forget_news(self) -> None:
        self.news = _News()

    @property
    def has_news(self) -> bool:
        news = self.news
        return bool(news.devices or news.metrics or news.groups or news.components or news.members)

    def places(self, series: Series) -> Iterator[tuple[Group, int, int]]:
        """Where a series is kept: group, component number, metric number; more than one where tables overlap."""
        device, metric = self.devices.get(series.device), self.metrics.get(series.metric)
        number = self._numbers.get((device or 0, series.kind, series.key))
        if device is None or metric is None or number is None:
            return
        for group in self._of_device.get(device, ()):
            if number in group.members.get(metric, ()):
                yield group, number, metric

    def find(
        self, device: str | None, table: str | None, metric: str | None, component: Component | None
    ) -> Iterator[Series]:
        """All series that fit every criterion given."""
        owner = self.devices.get(device) if device is not None else None
        wanted = self.metrics.get(metric) if metric is not None else None
        if (device is not None and owner is None) or (metric is not None and wanted is None):
            return
        for group in list(self.groups.values() if owner is None else self._of_device.get(owner, ())):
            if table in (None, group.table):
                yield from self._series_of(group, wanted, component)

    def _series_of(self, group: Group, metric: int | None, component: Component | None) -> Iterator[Series]:
        name = DeviceId(self.device_names[group.device])
        for number in [metric] if metric is not None else list(group.members):
            for member in group.members.get(number, ()):
                part = self.components[member]
                if component is None or (part.kind, part.key) == (component.kind, component.key):
                    yield Series.of(name, part, self.metric_names[number], group.table)
