"""The rota while the monitor runs: read again when its files change, and its problems told before the shift."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from nms.calendars import wall_time
from nms.documents import DocumentError
from nms.i18n import render
from nms.model import Message, Severity, Verdict
from nms.notify.receivers import Directory
from nms.notify.rota import Rota, RotaProblem
from nms.notify.rota_file import files_of
from nms.rules.policies import MONITOR
from nms.wiring.engine import Engine
from nms.wiring.notifying import rota_of

RULE = PART = "rota"
LOOK_SECONDS = 60
AHEAD_SECONDS = 7 * 86_400.0
"""How long before a shift its problem is an alert."""
OLDEST_SECONDS = 12 * 3600.0
"""Recurring events of calendars are looked ahead for a year: they are expanded anew."""

_FINE = Message("Somebody who can be reached is on call at every hour of the next days")
_NOW = Message("Nobody is on call")

Outlet = Callable[[str], None]


@dataclass(slots=True)
class RotaWatch:
    """`path` is rota.yaml, `load` reads it as of an instant; `trouble` and `well` are the pipeline's."""

    path: Path
    directory: Directory
    zone: ZoneInfo
    load: Callable[[float], Rota]
    trouble: Callable[[str, str], None]
    well: Outlet
    _files: tuple[Path, ...] = ()
    _stamp: tuple[tuple[int, int], ...] = ()
    _read_at: float = 0.0

    def look(self, now: float) -> list[Verdict]:
        """Reads what has changed, and says what would go wrong. A file with mistakes changes nothing, and is told."""
        if not self._files or _stamp(self._files) != self._stamp or not 0 <= now - self._read_at < OLDEST_SECONDS:
            self._read(now)
        return list(self._verdicts(now))

    def _read(self, now: float) -> None:
        self._files = tuple(files_of(self.path))
        self._stamp, self._read_at = _stamp(self._files), now
        try:
            self.directory.rota = self.load(now)
        except DocumentError as error:
            told = (f"{one.file}:{one.line}: {render(one.message, 'en')}" for one in error.problems)
            self.trouble(PART, "; ".join(told))
        else:
            self.well(PART)

    def _verdicts(self, now: float) -> Iterator[Verdict]:
        reachable = self.directory.reachable()
        personal = any(reachable.values())  # an office that only writes to shared channels reaches nobody in person
        found = self.directory.rota.problems(now, now + AHEAD_SECONDS, reachable if personal else None)
        gap = next((one for one in found if one.kind == "gap"), None)
        unheard = next((one for one in found if one.kind in ("contact", "person")), None)
        yield _verdict("rota-gap", now, self._of_gap(gap, now) if gap else None)
        yield _verdict("rota-unheard", now, self._of_unheard(unheard) if unheard else None)

    def _of_gap(self, gap: RotaProblem, now: float) -> Message:
        if gap.interval.start <= now:
            return _NOW
        text = "Nobody is on call from {start} until {end}"
        return Message(text, {"start": self._clock(gap.interval.start), "end": self._clock(gap.interval.end)})

    def _of_unheard(self, one: RotaProblem) -> Message:
        person = str(one.message.params["person"])
        known = self.directory.people.people.get(person)
        text = "{person} is on call in the next days, and no message can reach them"
        return Message(text, {"person": known.name if known else person})

    def _clock(self, at: float) -> str:
        return f"{wall_time(at, self.zone):%Y-%m-%d %H:%M}"


def rota_jobs(engine: Engine) -> Iterable[tuple[Callable[[], None], dict[str, Any]]]:
    """What APScheduler is to run."""
    config, pipeline = engine.config, engine.pipeline
    watch = RotaWatch(
        config.notify.rota,
        engine.telling.directory,
        ZoneInfo(config.office.timezone),
        lambda now: rota_of(config, engine.inventory, now),
        pipeline.trouble,
        pipeline.well,
    )

    def look() -> None:
        for verdict in watch.look(time.time()):
            pipeline.tell(verdict)

    yield look, {"trigger": "interval", "seconds": LOOK_SECONDS}


def _verdict(name: str, now: float, message: Message | None) -> Verdict:
    severity = None if message is None else Severity.WARNING
    return Verdict(f"{name}/{MONITOR}", RULE, MONITOR, now, severity, message or _FINE)


def _stamp(files: tuple[Path, ...]) -> tuple[tuple[int, int], ...]:
    """What changes when a file does: when it was written, and its size; zeros for one that is not there."""
    found = []
    for file in files:
        try:
            status = file.stat()
        except OSError:
            found.append((0, 0))
        else:
            found.append((status.st_mtime_ns, status.st_size))
    return tuple(found)
