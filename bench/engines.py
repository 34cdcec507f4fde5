"""The stores that `bench/store.py` compares: each takes the same polls, and counts the CPU time of all it needs."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from nms.model import Reading
from nms.store.samples import EmbeddedSamples, Series
from nms.store.samples.lines import protocol_lines

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """User and system seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def resident_mb(pid: int) -> float:
    """The largest resident set so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and "ballast" not in path.name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Engine:
    """What takes polls. `client_cpu` counts this process; `pid` is the server's, 0 for none."""

    name = ""
    pid = 0
    takes_all = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder / self.name.replace(" ", "-")
        self.folder.mkdir(parents=True)
        self.client_cpu = 0.0

    def write(self, readings: list[Reading]) -> None:
        raise NotImplementedError

    def hourly(self, now: float) -> None:
        """Maintenance that the engine does not do by itself."""

    def finish(self, now: float) -> None:
        """Everything merged and on disk."""

    def settled(self) -> None:
        """The history before the run is written and does not count."""
        self.client_cpu = 0.0

    def cpu(self) -> float:
        return self.client_cpu + (cpu_of(self.pid) if self.pid else 0.0)

    def size(self) -> int:
        return folder_bytes(self.folder)

    def close(self) -> None:
        """Ends it."""


class Blocks(Engine):
    """Ours: compaction runs in a thread of its own while polls are written, as in the daemon."""

    name = "nms blocks"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.store = EmbeddedSamples(self.folder / "samples.db", ballast_bytes=0)
        self.maintenance = 0.0
        self.rolling = 0.0
        self._thread: threading.Thread | None = None
        self._before: Mapping[int, int] = {}

    def write(self, readings: list[Reading]) -> None:
        self.store.write(readings)

    def hourly(self, now: float) -> None:
        self._wait()
        self._thread = threading.Thread(target=self._maintain, args=(now,))
        self._thread.start()

    def _maintain(self, now: float) -> None:
        began = time.thread_time()
        self.store.compact(now)
        middle = time.thread_time()
        self.store.roll_up(now)
        self.rolling += time.thread_time() - middle
        self.maintenance += time.thread_time() - began

    def settled(self) -> None:
        self._wait()
        self.client_cpu = self.maintenance = self.rolling = 0.0
        self._before = self.store.usage().tiers

    def _wait(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def finish(self, now: float) -> None:
        """The last day settled too, as it would be the next night, and counted."""
        self._wait()
        self.hourly(now + 30 * 3600)
        self._wait()

    def cpu(self) -> float:
        return self.client_cpu + self.maintenance

    def size(self) -> int:
        """Raw chunks; the hot rows of some hours are the same for every length of history."""
        return self.store.usage().tiers.get(0, 0) - self._before.get(0, 0)

    def close(self) -> None:
        self.store.close()


class Rows(Engine):
    """SQLite, a row for each sample, key (series, time)."""

    name = "SQLite rows"
    takes_all = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.ids: dict[tuple[str, str, str, str], int] = {}
        self.db = sqlite3.connect(self.folder / "rows.db", isolation_level=None)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("CREATE TABLE sample (series INT, at INT, value, PRIMARY KEY (series, at)) WITHOUT ROWID")

    def write(self, readings: list[Reading]) -> None:
        ids = self.ids
        rows = [
            (ids.setdefault((r.device, part.kind, part.key, name), len(ids)), round(r.at * 1000), value)
            for r in readings
            for name, values in r.columns.items()
            for part, value in zip(r.components, values, strict=True)
        ]
        self.db.execute("BEGIN")
        self.db.executemany("INSERT OR REPLACE INTO sample VALUES (?, ?, ?)", rows)
        self.db.execute("COMMIT")

    def close(self) -> None:
        self.db.close()


class RRD(Engine):
    """RRDtool, one file for each component, one update for each poll of it, through its pipe.

    It consolidates what this store rolls up: average, least and most of 5 minutes and of an hour. The archives are
    short, which costs an update nothing: files are laid out whole, and five years of them would not fit a disk.
    """

    name = "RRDtool"
    takes_all = False

    def __init__(self, folder: Path, program: str) -> None:
        super().__init__(folder)
        self.process = subprocess.Popen(
            [program, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=self.folder
        )
        self.pid = self.process.pid
        self.known: dict[tuple[str, str, str], int] = {}

    def write(self, readings: list[Reading]) -> None:
        commands = []
        for r in readings:
            for row, part in enumerate(r.components):
                key = (r.device, r.table, part.key)
                if key not in self.known:
                    commands.append(self._create(key, r))
                values = ":".join("U" if column[row] is None else str(column[row]) for column in r.columns.values())
                commands.append(f"update {self.known[key]}.rrd {r.at:.0f}:{values}\n")
        assert self.process.stdin is not None
        self.process.stdin.write("".join(commands).encode())
        self.process.stdin.flush()

    def _create(self, key: tuple[str, str, str], r: Reading) -> str:
        number = self.known[key] = len(self.known)
        sources = " ".join(
            f"DS:d{n}:{'COUNTER' if name.endswith('_total') else 'GAUGE'}:180:U:U" for n, name in enumerate(r.columns)
        )
        spans = ((5, 288), (60, 48))
        rolled = [f"RRA:{kind}:0.5:{steps}:{rows}" for steps, rows in spans for kind in ("AVERAGE", "MIN", "MAX")]
        archives = " ".join(["RRA:AVERAGE:0.5:1:1440", *rolled])
        return f"create {number}.rrd -s 60 -b {r.at - 60:.0f} {sources} {archives}\n"

    def finish(self, now: float) -> None:
        """Waits until the pipe is empty: the CPU time stands still."""
        last = -1.0
        while (spent := cpu_of(self.pid)) != last:
            last = spent
            time.sleep(0.3)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


class Victoria(Engine):
    """VictoriaMetrics, line protocol through influxdb-client, strings built as `nms` builds them."""

    name = "VictoriaMetrics"

    def __init__(self, folder: Path, program: str) -> None:
        super().__init__(folder)
        from influxdb_client.client.influxdb_client import InfluxDBClient
        from influxdb_client.client.write_api import SYNCHRONOUS

        self._before = 0
        self.port = free_port()
        argv = [program, f"-storageDataPath={self.folder}", f"-httpListenAddr=127.0.0.1:{self.port}"]
        argv += ["-retentionPeriod=100y", "-loggerLevel=ERROR", "-search.latencyOffset=0s"]
        argv += ["-search.maxQueryDuration=600s", "-search.disableCache"]
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        wait_for(self.port)
        self.client = InfluxDBClient(url=f"http://127.0.0.1:{self.port}", token="x", org="x", timeout=600_000)
        self.api = self.client.write_api(write_options=SYNCHRONOUS)

    def write(self, readings: list[Reading]) -> None:
        text = "\n".join([line for reading in readings for line in protocol_lines(reading)])
        self.api.write(bucket="nms", record=text, write_precision="ms")

    def finish(self, now: float) -> None:
        """Parts merged, which the server would do in the course of the day."""
        self._get("/internal/force_flush", {})
        self._get("/internal/force_merge", {})
        last = -1.0
        while (spent := cpu_of(self.pid)) - last > 0.05:
            last = spent
            time.sleep(1.0)

    def _get(self, path: str, parameters: dict[str, str]) -> bytes:
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=600) as answer:
            return bytes(answer.read())

    def settled(self) -> None:
        super().settled()
        self.finish(0.0)
        self._before = folder_bytes(self.folder)

    def size(self) -> int:
        return folder_bytes(self.folder) - self._before

    def ask(self, query: str, at: float) -> list[object]:
        return list(json.loads(self._get("/api/v1/query", {"query": query, "time": f"{at:.3f}"}))["data"]["result"])

    def ask_range(self, query: str, start: float, end: float, step: int) -> list[object]:
        parameters = {"query": query, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step}s"}
        return list(json.loads(self._get("/api/v1/query_range", parameters))["data"]["result"])

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


class Prometheus(Engine):
    """Prometheus, remote write. Only the server's CPU time is counted: the writing side is ours and made for this."""

    name = "Prometheus"
    takes_all = False

    def __init__(self, folder: Path, program: str) -> None:
        super().__init__(folder)
        self.port = free_port()
        config = folder / "prometheus.yml"
        config.write_text("global: {scrape_interval: 1h}\n")
        argv = [program, f"--config.file={config}", f"--storage.tsdb.path={self.folder}"]
        argv += [f"--web.listen-address=127.0.0.1:{self.port}", "--web.enable-remote-write-receiver"]
        argv += ["--storage.tsdb.retention.time=100y", "--log.level=error"]
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        self.labels: dict[tuple[str, str, str, str], bytes] = {}
        wait_for(self.port)

    def write(self, readings: list[Reading]) -> None:
        parts = []
        for r in readings:
            stamp = b"\x10" + _varint(round(r.at * 1000))
            for name, values in r.columns.items():
                for part, value in zip(r.components, values, strict=True):
                    if value is not None:
                        key = (r.device, part.kind, part.key, name)
                        labels = self.labels.get(key) or self.labels.setdefault(key, _labels(*key))
                        sample = b"\x09" + _DOUBLE(value) + stamp
                        body = labels + b"\x12" + bytes((len(sample),)) + sample
                        parts.append(b"\x0a" + _varint(len(body)) + body)
        url = f"http://127.0.0.1:{self.port}/api/v1/write"
        headers = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"}
        headers["X-Prometheus-Remote-Write-Version"] = "0.1.0"
        request = urllib.request.Request(url, _snappy(b"".join(parts)), headers)
        urllib.request.urlopen(request, timeout=60).close()

    def cpu(self) -> float:
        return cpu_of(self.pid)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


def _DOUBLE(value: float) -> bytes:  # noqa: N802
    import struct

    return struct.pack("<d", value)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _field(tag: bytes, body: bytes) -> bytes:
    return tag + _varint(len(body)) + body


def _labels(device: str, kind: str, key: str, name: str) -> bytes:
    pairs = sorted({"__name__": name, "device": device, "kind": kind, "component": key or "-"}.items())
    return b"".join(
        _field(b"\x0a", _field(b"\x0a", label.encode()) + _field(b"\x12", value.encode())) for label, value in pairs
    )


def _snappy(data: bytes) -> bytes:
    """The block format with literals only."""
    parts = [_varint(len(data))]
    for start in range(0, len(data), 65_536):
        piece = data[start : start + 65_536]
        parts += [b"\xf4", (len(piece) - 1).to_bytes(2, "little"), piece]
    return b"".join(parts)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(0.5)
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing answers on port {port}")


def installed(folder: Path, wanted: list[str]) -> list[Engine]:
    """Ours, and the peers that this machine has."""
    makers: list[tuple[str, str, Callable[[str], Engine]]] = [
        ("victoria", "victoria-metrics", lambda program: Victoria(folder, program)),
        ("prometheus", "prometheus", lambda program: Prometheus(folder, program)),
        ("rrdtool", "rrdtool", lambda program: RRD(folder, program)),
    ]
    engines: list[Engine] = [Blocks(folder)]
    if "rows" in wanted:
        engines.append(Rows(folder))
    for key, program, make in makers:
        path = shutil.which(program)
        if key in wanted and path:
            engines.append(make(path))
    return engines


def series(device: str, kind: str, key: str, metric: str) -> Series:
    return Series(device, kind, key, metric)  # type: ignore[arg-type]
