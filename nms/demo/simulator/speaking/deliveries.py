"""Call records as a Cisco Unified Communications Manager delivers them: every minute two files into a folder."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nms.demo.simulator.contents import voice
from nms.demo.simulator.speaking.scene import Scene

EVERY_SECONDS, KEPT_SECONDS = 60.0, 7200.0
SENT_SECONDS = 5.0
"""How long a transfer takes: a file is older than its arrival."""
_CALLS = ("globalCallID_callManagerId", "globalCallID_callId", "globalCallID_ClusterID", "origDeviceName",
          "destDeviceName", "origCause_value", "destCause_value", "dateTimeOrigination", "dateTimeConnect",
          "dateTimeDisconnect", "duration", "pkid")  # fmt: skip
_QUALITY = ("globalCallID_callManagerId", "globalCallID_callId", "globalCallID_ClusterID", "dateTimeStamp",
            "numberPacketsReceived", "numberPacketsLost", "jitter", "latency", "varVQMetrics", "pkid")  # fmt: skip
_CLUSTER = "SimulatedCluster"
_NORMAL, _BUSY = 16, 17


@dataclass(slots=True)
class Deliveries:
    """Those of one exchange, into a folder below `root`. Old files are taken away again."""

    scene: Scene
    root: Path
    _last: float = -1e9

    def tick(self) -> None:
        now = self.scene.now()
        if now - self._last < EVERY_SECONDS or not self.scene.equipment.reachable or self.scene.fails:
            return
        self._last = now
        folder = self.root / str(self.scene.endpoint.options.get("folder"))
        folder.mkdir(parents=True, exist_ok=True)
        calls = list(self._calls(now))
        self._write(folder / f"cdr_{_CLUSTER}_01_{now:.0f}_1", _CALLS, calls, now)
        self._write(folder / f"cmr_{_CLUSTER}_01_{now:.0f}_1", _QUALITY, list(self._quality(calls)), now)
        for old in folder.glob("c[dm]r_*"):
            with contextlib.suppress(OSError):
                if now - old.stat().st_mtime > KEPT_SECONDS:
                    old.unlink()

    def _calls(self, now: float) -> Iterator[tuple[object, ...]]:
        """The calls of the last minute: one for every two that are going on."""
        trunks = self.scene.endpoint.options.get("trunks")
        names = list(trunks) if isinstance(trunks, tuple | list) else []
        for place in range(1 + int(voice.calls(self.scene.equipment, now) / 2)):
            number = int(now) * 100 + place
            length = int(20 + 220 * self.scene.chance(number, "length"))
            answered = self.scene.chance(number, "answered") < 0.85
            connected = int(now) - length if answered else 0
            trunk = names[place % len(names)] if names else "SEP00"
            yield (1, number, _CLUSTER, trunk, f"SEP{place:012X}", _NORMAL if answered else _BUSY, 0,
                   int(now) - length - 6, connected, int(now), length if answered else 0, f"cdr-{number}")  # fmt: skip

    def _quality(self, calls: Sequence[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
        for call in calls:
            number, ended, length = call[1], call[9], int(str(call[10]))
            if length:
                lost = int(length * 50 * 0.004 * self.scene.chance(number, "lost"))
                score = 4.45 - 0.3 * self.scene.chance(number, "score")
                jitter, latency = (
                    int(2 + 6 * self.scene.chance(number, "jitter")),
                    int(10 + 20 * self.scene.chance(number)),
                )
                yield (1, number, _CLUSTER, ended, length * 50 - lost, lost, jitter, latency,
                       f"CCR=0.0010;MLQK={score:.4f};MLQKav={score:.4f}", f"cmr-{number}")  # fmt: skip

    @staticmethod
    def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]], now: float) -> None:
        """Under its name when it is whole, as a transfer should."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows((columns, ["INTEGER"] * len(columns), *rows))
        part = path.with_name(f".{path.name}")
        part.write_text(text.getvalue(), encoding="ascii")
        os.utime(part, (now - SENT_SECONDS, now - SENT_SECONDS))
        part.rename(path)
