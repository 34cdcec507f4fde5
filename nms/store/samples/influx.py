"""Samples in a server that speaks the InfluxDB 2 line protocol: InfluxDB 2, or VictoriaMetrics.

A write is durable on this machine when it returns; a thread of its own sends it, so that a server that is slow or
away never slows the polls, and what waited is filled in later, oldest first. Reading back goes through the
Prometheus API of VictoriaMetrics; with InfluxDB 2 only writing and the latest values are supported.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from nms.model import Component, DeviceId, MetricKind, Reading
from nms.store.samples.aggregate import merged
from nms.store.samples.errors import SamplesAway, SamplesError
from nms.store.samples.latest import Latest
from nms.store.samples.lines import MEASUREMENT, as_read, protocol_lines
from nms.store.samples.series import Raw, Series, fits, kind_of, require_whole
from nms.store.samples.spool import SpoiledBatch, Spool
from nms.store.samples.store import Arithmetic, cut

_log = logging.getLogger(__name__)
_DTYPES = {MetricKind.COUNTER: np.dtype(np.uint64), MetricKind.STATE: np.dtype(np.int64)}
_MILLISECONDS: Any = WritePrecision.MS
_REQUEST_BYTES = 4_000_000
"""Hours that waited for a full disk come as one batch, and servers refuse requests that are too large."""
_REFUSED_FOR_GOOD = {400, 413, 422}


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is. `token` never appears in a repr or a log."""

    url: str
    org: str = "nms"
    bucket: str = "nms"
    timeout_seconds: float = 10.0
    retry_seconds: float = 5.0
    spool_limit_bytes: int = 8 * 2**30


class InfluxSamples(Arithmetic):
    """See `SampleStore`."""

    def __init__(self, server: Server, spool: Path, token: str = "") -> None:
        self._server = server
        self._client = InfluxDBClient(
            url=server.url, token=token, org=server.org, timeout=int(server.timeout_seconds * 1000), enable_gzip=True
        )
        self._api = self._client.write_api(write_options=SYNCHRONOUS)
        self._http = httpx.Client(
            base_url=server.url,
            timeout=server.timeout_seconds,
            headers={"Authorization": f"Token {token}"} if token else {},
        )
        self._spool = Spool(spool, server.spool_limit_bytes)
        self._lock = threading.RLock()
        self._latest = Latest()
        self._series: dict[Series, Series] = {}
        self._forms: dict[tuple[str, str], tuple[tuple[Component, ...], tuple[str, ...]]] = {}
        self._work = threading.Condition(self._lock)
        self._is_closing = self._is_away = False
        self._thread = threading.Thread(target=self._send_all, name="samples-sender", daemon=True)
        self._thread.start()

    def write(self, readings: Sequence[Reading]) -> None:
        for reading in readings:
            require_whole(reading)
        lines = [line for reading in readings for line in protocol_lines(reading)]
        with self._work:
            if lines:
                self._spool.append("\n".join(lines).encode())
            self._latest.learn(readings)
            self._remember(readings)
            self._work.notify()

    def _remember(self, readings: Sequence[Reading]) -> None:
        """Keeps the index; a table of the same form as before costs one comparison."""
        for reading in readings:
            form = (reading.components, tuple(reading.columns))
            if self._forms.get((reading.device, reading.table)) == form:
                continue
            self._forms[reading.device, reading.table] = form
            for metric in reading.columns:
                for component in reading.components:
                    series = Series.of(reading.device, component, metric, reading.table)
                    self._series.pop(series, None)
                    self._series[series] = series

    @property
    def waiting(self) -> int:
        """Batches on disk that the server has not got yet."""
        with self._lock:
            return len(self._spool)

    @property
    def lost(self) -> int:
        """Batches that waited for longer than the spool has room, since this program started."""
        return self._spool.dropped

    @property
    def is_away(self) -> bool:
        """Whether the last attempt to send failed."""
        return self._is_away

    def _send_all(self) -> None:
        """The sender's thread: the oldest batch first, again and again until the server takes it."""
        while True:
            with self._work:
                while not len(self._spool) and not self._is_closing:
                    self._work.wait()
                if self._is_closing:
                    return
                name = next(self._spool.oldest())
            if not self._sent(name):
                with self._work:
                    self._work.wait_for(lambda: self._is_closing, self._server.retry_seconds)

    def _sent(self, name: str) -> bool:
        """Whether the batch is off the spool. Says once that sending fails, and once that it works again."""
        try:
            for piece in _pieces(self._spool.read(name)):
                self._api.write(bucket=self._server.bucket, record=piece, write_precision=_MILLISECONDS)
        except SpoiledBatch:
            self._put_aside(name, "it was altered on the disk")
            return True
        except (ApiException, HTTPError, OSError, SamplesError) as error:
            status = getattr(error, "status", None)
            if status in _REFUSED_FOR_GOOD:
                self._put_aside(name, f"{self._server.url} refused it (HTTP {status})")
                return True
            if not self._is_away:
                reason = f"HTTP {status}" if status else type(error).__name__
                _log.warning("%s does not take samples (%s): they wait on disk", self._server.url, reason)
            self._is_away = True
            return False
        with self._lock:
            self._spool.done(name)
        if self._is_away:
            _log.info("%s takes samples again; what waited is being filled in", self._server.url)
        self._is_away = False
        return True

    def _put_aside(self, name: str, reason: str) -> None:
        _log.error("the batch of samples %s is put aside: %s", name, reason)
        with self._lock:
            self._spool.reject(name)

    def series(
        self,
        device: DeviceId | None = None,
        table: str | None = None,
        metric: str | None = None,
        component: Component | None = None,
    ) -> list[Series]:
        """The series written since this program started, and those that the server still knows."""
        with self._lock:
            known = dict(self._series)
        if table is None:
            for series in self._on_server(device, metric, component):
                known.setdefault(series, series)
        return [series for series in known.values() if fits(series, device, table, metric, component)]

    def _on_server(self, device: DeviceId | None, metric: str | None, component: Component | None) -> list[Series]:
        selector = _selector(metric, device, component)
        try:
            found = self._asked("/api/v1/series", {"match[]": selector, "start": "0"}).json()["data"]
        except (SamplesAway, ValueError, KeyError):
            return []
        return [
            Series(
                DeviceId(labels["device"]),
                labels["kind"],
                "" if labels["component"] == "-" else labels["component"],
                labels["__name__"].removeprefix(f"{MEASUREMENT}_"),
            )
            for labels in found
            if {"device", "kind", "component"} <= labels.keys()
        ]

    def _series_of_metric(self, metric: str) -> Sequence[Series]:
        return self.series(metric=metric)

    def raw(self, series: Series, start: float, end: float) -> Raw:
        """Raises: SamplesAway where the server does not answer."""
        selector = _selector(series.metric, series.device, series.component)
        answer = self._asked("/api/v1/export", {"match[]": selector, "start": f"{start:.3f}", "end": f"{end:.3f}"})
        dtype = _DTYPES.get(kind_of(series.metric), np.dtype(np.float64))
        parts = []
        for line in answer.text.splitlines():
            found = _export_line(line)
            times = np.array(found["timestamps"], np.int64)
            values = np.array(found["values"], np.float64)
            parts.append(Raw(times, _typed(values, dtype), np.isfinite(values), np.zeros(len(times), np.int64)))
        return cut(merged(parts), start, end)

    def _asked(self, path: str, parameters: dict[str, str]) -> httpx.Response:
        try:
            answer = self._http.get(path, params=parameters)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise SamplesAway(f"{self._server.url} does not answer queries: {type(error).__name__}") from error
        return answer

    def close(self) -> None:
        """Stops sending; what waits is sent by the next program that opens the same spool."""
        with self._work:
            self._is_closing = True
            self._work.notify_all()
        self._thread.join(self._server.timeout_seconds + 1)
        self._api.close()  # type: ignore[no-untyped-call]
        self._client.close()  # type: ignore[no-untyped-call]
        self._http.close()


def _pieces(text: bytes) -> Iterator[bytes]:
    """A batch in requests of a size that every server takes; sending one twice does no harm."""
    start = 0
    while start < len(text):
        end = len(text) if len(text) - start <= _REQUEST_BYTES else text.rfind(b"\n", start, start + _REQUEST_BYTES) + 1
        yield text[start : end or len(text)]
        start = end or len(text)


def _export_line(line: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line)
    return found


def _typed(values: np.ndarray[Any, np.dtype[np.float64]], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """The server keeps floating numbers: counters come back as integers where they are."""
    is_whole = np.isfinite(values).all() and (values == np.floor(values)).all()
    if dtype.kind in "ui" and is_whole and np.abs(values).max(initial=0) < 2.0**63:
        whole: np.ndarray[Any, Any] = values.astype(dtype)
        return whole
    return values


def _selector(metric: str | None, device: str | None, component: Component | None) -> str:
    """A Prometheus selector; values are quoted, never pasted."""
    name = f"{MEASUREMENT}_{metric}" if metric is not None else None
    labels = [f'__name__="{name}"' if name else f'__name__=~"{MEASUREMENT}_.+"']
    if device is not None:
        labels.append(f"device={_quoted(device)}")
    if component is not None:
        labels += [f"kind={_quoted(component.kind)}", f"component={_quoted(component.key)}"]
    return "{" + ",".join(labels) + "}"


def _quoted(text: str) -> str:
    inner = as_read(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'
