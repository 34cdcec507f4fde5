"""The default store: one file, one packed row for each device and write, compressed chunks for what is older."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nms.model import Component, DeviceId, MetricKind, Reading
from nms.store.samples import chain, chunks, tiers
from nms.store.samples.aggregate import Steps, merged
from nms.store.samples.backup import backup, check, repair
from nms.store.samples.ballast import DEFAULT_BYTES, Ballast, WriterLock
from nms.store.samples.catalogue import Catalogue
from nms.store.samples.chunks import Damage, Damages
from nms.store.samples.compaction import KEEP_HOT, compact
from nms.store.samples.database import Database
from nms.store.samples.errors import SamplesBusy, SamplesDamaged, SamplesError, SamplesFull, SamplesReadOnly, sentence
from nms.store.samples.gather import Marks
from nms.store.samples.hot import Link, pack_reading, pack_row
from nms.store.samples.latest import Latest
from nms.store.samples.ranking import Question, ranked
from nms.store.samples.retention import Expirer, Expiry, Forecast, Retention, Usage, forecast, usage
from nms.store.samples.revive import newest_readings
from nms.store.samples.series import Floats, Function, Raw, Samples, Series, kind_of, milliseconds
from nms.store.samples.settle import Settler
from nms.store.samples.store import Arithmetic, cut, highest

_log = logging.getLogger(__name__)


class _Gathered:
    """What one write brings of one device: its segments, the end of its chain as it was (row, newest instant), and the
    newest instant now."""

    __slots__ = ("before", "newest", "prev", "segments")

    def __init__(self, prev: int, before: int) -> None:
        self.prev, self.before, self.newest = prev, before, before
        self.segments: list[bytes] = []


class EmbeddedSamples(Arithmetic):
    """See `SampleStore`. Reads may run in any number of threads while one writes."""

    def __init__(
        self,
        path: Path,
        read_only: bool = False,
        retention: Retention | None = None,
        ballast_bytes: int = DEFAULT_BYTES,
    ) -> None:
        """Opens or lays out a store; a damaged one is repaired, and the damaged file kept aside.

        Raises: SamplesBusy where another program writes to it; SamplesError where it cannot be used.
        """
        self._database = Database(path, read_only)
        self._writer_lock = WriterLock(path)
        self._ballast = Ballast(path, 0 if read_only else ballast_bytes)
        self._lock = threading.RLock()
        self._maintenance = threading.Lock()
        self._marks = Marks()
        self._latest = Latest()
        self._damage = Damages()
        self._settler = Settler(self._database, self._damage)
        self._expirer = Expirer(self._database, retention or Retention())
        if not read_only and not self._writer_lock.take():
            raise sentence(SamplesBusy, path)
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        """Starts; makes room on a full disk, and repairs what cannot be opened."""
        try:
            self._start()
        except SamplesFull:
            self._ballast.release()
            self._start()
        except SamplesDamaged:
            if self._database.read_only:
                raise
            self._database.close()
            with self._database.errors():
                done = repair(self.path)
            _log.error("the samples were damaged: %d rows saved, the old file is %s", done.saved, done.aside)
            self._start()
        self._ballast.lay()

    def _start(self) -> None:
        self._database.prepare()
        self._reload()
        with self._database.reading() as connection:
            self._latest.learn(newest_readings(connection, self._catalogue, self._damage))

    def _reload(self) -> None:
        """Takes the catalogue and the chain ends from the file, at the start and after a failed write."""
        with self._database.reading() as connection:
            self._catalogue = Catalogue(connection)
            self._heads: dict[int, tuple[int, int]] = {
                device: (row, newest)
                for device, row, newest in connection.execute("SELECT device, row, newest FROM head")
            }
            top = connection.execute("SELECT max(id) FROM hot").fetchone()[0] or 0
        self._is_stale = False
        self._next_row = max([top, *(row for row, _ in self._heads.values())]) + 1

    @property
    def path(self) -> Path:
        return self._database.path

    def write(self, readings: Sequence[Reading]) -> None:
        if self._database.read_only:
            raise sentence(SamplesReadOnly, self.path)
        self._ballast.require_room()
        with self._lock:
            if self._is_stale:
                self._reload()
            rows, heads, late = self._packed(readings)
            try:
                with self._database.writing() as connection:
                    if self._catalogue.has_news:
                        self._catalogue.save(connection)
                    connection.executemany(
                        "INSERT INTO hot (id, device, prev, newest, data) VALUES (?, ?, ?, ?, ?)", rows
                    )
                    connection.executemany(
                        "INSERT OR REPLACE INTO head (device, row, newest) VALUES (?, ?, ?)",
                        [(device, *head) for device, head in heads.items()],
                    )
                    connection.executemany("INSERT OR IGNORE INTO dirty (grp, day) VALUES (?, ?)", late)
            except SamplesError as error:
                self._is_stale = True
                if isinstance(error, SamplesFull):
                    self._ballast.release()
                raise
            self._catalogue.forget_news()
            self._heads.update(heads)
            self._next_row += len(rows)
            self._latest.learn(readings)

    def _packed(
        self, readings: Sequence[Reading]
    ) -> tuple[list[tuple[int, int, int, int, bytes]], dict[int, tuple[int, int]], set[tuple[int, int]]]:
        """The rows to insert, the new ends of the chains, and the days (of groups) to settle again."""
        gathered: dict[int, _Gathered] = {}
        late: set[tuple[int, int]] = set()
        shape_of = self._catalogue.shape
        for reading in readings:
            if reading.components and reading.columns:
                shape, at = shape_of(reading), milliseconds(reading.at)
                row = gathered.get(shape.device)
                if row is None:
                    row = gathered[shape.device] = _Gathered(*self._heads.get(shape.device, (0, 0)))
                row.segments.append(pack_reading(reading, shape, at))
                if at > row.newest:
                    row.newest = at
                elif at < row.before - 1000 * KEEP_HOT:
                    late.add((shape.group, at // 1000 // chunks.DAY))
                    self._marks.forget()
        rows, heads = [], {}
        for number, (device, row) in enumerate(gathered.items(), self._next_row):
            link = Link(number, device, row.prev, row.before)
            rows.append((*link, pack_row(row.segments, link)))
            heads[device] = (number, row.newest)
        return rows, heads, late

    def series(
        self,
        device: DeviceId | None = None,
        table: str | None = None,
        metric: str | None = None,
        component: Component | None = None,
    ) -> list[Series]:
        with self._lock:
            return list(self._catalogue.find(device, table, metric, component))

    def top(
        self, metric: str, start: float, end: float, percentile: float = 95.0, n: int = 20
    ) -> list[tuple[Series, float]]:
        """Table by table, from the 5-minute roll-ups as far as they reach."""
        with self._lock:
            number = self._catalogue.metrics.get(metric)
            groups = [g for g in self._catalogue.groups.values() if number in g.members]
        question = Question(number or 0, kind_of(metric) is MetricKind.COUNTER, start, end, percentile)
        best: dict[Series, float] = {}
        with self._database.reading() as connection:
            for group in groups:
                for component, value in ranked(connection, group, question, self._damage):
                    series = Series.of(
                        DeviceId(self._catalogue.device_names[group.device]),
                        self._catalogue.components[component],
                        metric,
                        group.table,
                    )
                    best[series] = max(value, best.get(series, value))
        return highest(list(best.items()), n)

    def _series_of_metric(self, metric: str) -> Sequence[Series]:
        return self.series(metric=metric)

    def _places(self, series: Series) -> tiers.Places:
        """Where a series is kept; a reader looks again for what another program has added."""
        with self._lock:
            places = list(self._catalogue.places(series))
            if not places and self._database.read_only:
                self._reload()
                places = list(self._catalogue.places(series))
        return places

    def raw(self, series: Series, start: float, end: float) -> Raw:
        places = self._places(series)
        period = (int(start // 1), int(-(-end // 1)))
        parts: list[Raw] = []
        with self._database.reading() as connection:
            for group, component, metric in places:
                parts += chunks.parts_of(connection, chunks.RAW, group.id, metric, component, period, self._damage)
                hot = chain.readings(
                    connection, group.device, group.id, (milliseconds(start), milliseconds(end)), self._damage
                )
                parts += chain.raw_parts(hot, metric, component)
        return cut(merged(parts), start, end)

    def _steps(self, series: Series, edges: Floats, function: Function) -> Steps:
        """From roll-ups as far as they serve, from raw samples for the rest."""
        places = self._places(series)
        start, end = float(edges[0]), float(edges[-1])
        with self._database.reading() as connection:
            reaches = [tiers.reach(connection, group.id, self._damage) for group, _, _ in places]
            plan = tiers.plan(reaches, start, end, float(edges[1] - edges[0]))
            parts = [tiers.steps(connection, places, part, edges, function, self._damage) for part in plan.rolled]
            if plan.raw_from < end or not parts:
                parts.append(super()._steps(series, np.maximum(edges, plan.raw_from), function))
        return tiers.together(parts)

    def _every_sample(self, series: Series, start: float, end: float, function: Function) -> Samples:
        """Raw samples; before them, where they have expired, the means of the roll-ups that are left."""
        places = self._places(series)
        with self._database.reading() as connection:
            reaches = [tiers.reach(connection, group.id, self._damage) for group, _, _ in places]
            plan = tiers.plan(reaches, start, end, None)
            parts = [tiers.means(connection, places, part, self._damage) for part in plan.rolled]
            parts.append(super()._every_sample(series, plan.raw_from, end, function))
        return Samples(np.concatenate([part.times for part in parts]), np.concatenate([part.values for part in parts]))

    def compact(self, now: float) -> int:
        """Hourly: moves hot rows that are more than two hours old into compressed chunks of four hours.

        Each device is a short transaction. Returns the number of rows moved.
        """
        with self._maintenance:
            moved = compact(self._database, self._marks, now, self._damage)
            if moved:
                self._forget_future(now)
        return moved

    def _forget_future(self, now: float) -> None:
        """After a clock that was ahead: what claims to be from the future has left the hot rows, and does not make
        what comes now look late for ever."""
        limit = milliseconds(now + chunks.HOUR)
        with self._lock:
            heads = {device: (row, limit) for device, (row, newest) in self._heads.items() if newest > limit}
            if heads:
                with self._database.writing(moving=True) as connection:
                    connection.executemany(
                        "UPDATE head SET newest = ?2 WHERE device = ?1", [(device, limit) for device in heads]
                    )
                self._heads.update(heads)

    def roll_up(self, now: float) -> int:
        """Nightly, after `compact`: settles the days that are over: one chunk a day, roll-ups made.

        Returns the number of tables times days settled; a day that got late samples is settled again.
        """
        with self._maintenance:
            with self._lock:
                metrics = dict(self._catalogue.metrics)
            self._settler.counters = frozenset(
                number for name, number in metrics.items() if kind_of(name) is MetricKind.COUNTER
            )
            return self._settler.settle(now)

    def expire(self, now: float, force: bool = False) -> Expiry:
        """Daily: takes out what is older than its tier is kept, and what the size budget has no room for."""
        with self._maintenance:
            return self._expirer.expire(now, force)

    def usage(self) -> Usage:
        """Bytes in use, by tier."""
        return usage(self._database)

    def forecast(self, now: float) -> Forecast:
        """Where the size is heading, and when the budget begins to bite."""
        return forecast(self.usage(), self._expirer.retention, now)

    def check(self) -> list[Damage]:
        """Reads everything; names what is damaged."""
        for damage in check(self._database):
            self._damage.append(damage)
        return self.damage()

    def damage(self) -> list[Damage]:
        """What was found damaged so far; everything else is served."""
        return list(self._damage)

    def backup(self, target: Path) -> None:
        """A consistent copy, while others write."""
        backup(self._database, target)

    def close(self) -> None:
        self._database.close()
        self._writer_lock.drop()
