"""The default store: one file, one packed row for each device and write, compressed chunks for what is older."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from nms.model import Component, DeviceId, Reading
from nms.store.samples import chain, chunks
from nms.store.samples.aggregate import merged
from nms.store.samples.catalogue import Catalogue
from nms.store.samples.chunks import Damage
from nms.store.samples.database import Database
from nms.store.samples.hot import Link, pack_reading, pack_row
from nms.store.samples.latest import Latest
from nms.store.samples.revive import newest_readings
from nms.store.samples.series import Raw, Sample, Series, milliseconds
from nms.store.samples.store import Arithmetic, cut


class EmbeddedSamples(Arithmetic):
    """See `SampleStore`. Reads may run in any number of threads while one writes."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        self._database = Database(path, read_only)
        self._database.prepare()
        self._lock = threading.RLock()
        self._latest = Latest()
        self._damage: list[Damage] = []
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
        self._next_row = max([top, *(row for row, _ in self._heads.values())]) + 1

    @property
    def path(self) -> Path:
        return self._database.path

    def write(self, readings: Sequence[Reading]) -> None:
        with self._lock:
            rows, heads = self._packed(readings)
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
            except BaseException:
                if self._catalogue.has_news:
                    self._reload()
                raise
            self._catalogue.forget_news()
            self._heads.update(heads)
            self._next_row += len(rows)
            self._latest.learn(readings)

    def _packed(
        self, readings: Sequence[Reading]
    ) -> tuple[list[tuple[int, int, int, int, bytes]], dict[int, tuple[int, int]]]:
        """The rows to insert, and the new ends of the chains."""
        segments: dict[int, list[bytes]] = {}
        newest: dict[int, int] = {}
        for reading in readings:
            if reading.components and reading.columns:
                shape = self._catalogue.shape(reading)
                device = self._catalogue.devices[reading.device]
                segments.setdefault(device, []).append(pack_reading(reading, shape))
                newest[device] = max(newest.get(device, 0), milliseconds(reading.at))
        rows, heads = [], {}
        for row, (device, parts) in enumerate(segments.items(), self._next_row):
            link = Link(row, device, *self._heads.get(device, (0, 0)))
            rows.append((*link, pack_row(parts, link)))
            heads[device] = (row, max(link.newest, newest[device]))
        return rows, heads

    def latest(self, device: DeviceId | None = None, metric: str | None = None) -> list[tuple[Series, Sample]]:
        return self._latest.samples(device, metric)

    def latest_readings(self) -> Sequence[Reading]:
        return list(self._latest.readings())

    def series(
        self,
        device: DeviceId | None = None,
        table: str | None = None,
        metric: str | None = None,
        component: Component | None = None,
    ) -> list[Series]:
        with self._lock:
            return list(self._catalogue.find(device, table, metric, component))

    def _series_of_metric(self, metric: str) -> Sequence[Series]:
        return self.series(metric=metric)

    def raw(self, series: Series, start: float, end: float) -> Raw:
        with self._lock:
            places = list(self._catalogue.places(series))
        period = (int(start // 1), int(-(-end // 1)))
        parts: list[Raw] = []
        with self._database.reading() as connection:
            for group, component, metric in places:
                parts += chunks.raw_parts(connection, group.id, metric, component, period, self._damage)
                hot = chain.readings(
                    connection, group.device, group.id, (milliseconds(start), milliseconds(end)), self._damage
                )
                parts += chain.raw_parts(hot, metric, component)
        return cut(merged(parts), start, end)

    def close(self) -> None:
        self._database.close()
