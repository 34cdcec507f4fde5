"""Calls of a Cisco Unified Communications Manager, from the records that it delivers every minute as files.

Source: Cisco, “Call Detail Records Administration Guide” of CUCM 10 to 15: files `cdr_*` (one line a call: who, when,
how it ended) and `cmr_*` (one line for each telephone of a call: packets, jitter, latency, and in `varVQMetrics` its
score by P.564, MLQK). The first line names the columns, the second their types. Numbers of callers are not kept.
"""

from __future__ import annotations

import asyncio
import csv
import io
import math
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nms.collect.answer import Answer, failed
from nms.collect.parts import part
from nms.collect.sheet import sheet
from nms.collect.telephony.calls import TELEPHONES, WINDOW_SECONDS, CallBook, Ended, last_hour
from nms.collect.telephony.quality import Heard
from nms.messages import called
from nms.model import Device, DeviceId, Endpoint, Message, Outcome, Severity, StateReading, Witness
from nms.transports.deliveries import Delivered, Folder
from nms.transports.errors import LocalFault, TransportError

TRANSPORT, TABLE = "cdr", "calls"
RECORDS = part("records", called("Call records"), "records")
FRESH_SECONDS = 600.0
"""A file this young shows that the exchange is there."""
_QUALITY_SECONDS = 900.0
_LATE_SECONDS = 1800.0
"""How long after its end a call may be delivered, and still counts."""
_NO_FREE_LINE = frozenset({"34", "38", "41", "42", "44", "47"})
"""Causes of ITU-T Q.850 that tell of congestion: no circuit, network out of order, resources unavailable."""
_MOST_REMEMBERED = 50_000

Row = Mapping[str, str]


@dataclass(slots=True)
class Records:
    """What the records of one exchange said. Each counts once, by its `pkid`, however often its file is read."""

    folder: Folder
    book: CallBook
    _seen: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _groups: OrderedDict[str, tuple[str, ...]] = field(default_factory=OrderedDict)
    _blocked: list[tuple[float, str]] = field(default_factory=list)

    def read(self, now: float) -> list[str]:
        """Takes in what is new; the names of files that could not be read. Blocks. Raises: LocalFault."""
        problems, calls, heard = [], list[Ended](), list[tuple[float, str, Heard]]()
        for file in self.folder.new(("cdr_", "cmr_"), now - WINDOW_SECONDS - _LATE_SECONDS, now):
            try:
                for row in _rows(file):
                    if not self._is_new(row):
                        continue
                    if file.name.startswith("cdr_"):
                        calls += self._call(row)
                    else:
                        heard += self._quality(row)
            except csv.Error as error:
                problems.append(f"{file.name}: {error}")
        self.book.add(sorted(calls, key=lambda one: one.at), sorted(heard, key=lambda one: one[0]))
        self._blocked = [one for one in self._blocked if now - one[0] < WINDOW_SECONDS]
        return problems

    def blocked(self) -> Iterator[StateReading]:
        """Calls of the last hour that found no free line, by trunk."""
        for group in sorted({*self.book.trunks, *(group for _, group in self._blocked)}):
            count = sum(name == group for _, name in self._blocked)
            found = Message("calls of the last hour that found no free line: {count}", {"count": count})
            text = found if count else Message("none in the last hour")
            yield StateReading(last_hour(group), "congestion", count, text, Severity.WARNING if count else None)

    def _is_new(self, row: Row) -> bool:
        key = row.get("pkid") or "/".join(row.values())
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > _MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def _call(self, row: Row) -> Iterator[Ended]:
        at = _number(row.get("dateTimeDisconnect"))
        if not at:
            return
        names = (row.get("origDeviceName", ""), row.get("destDeviceName", ""))
        groups = tuple(sorted({name for name in names if name in self.book.trunks})) or (TELEPHONES,)
        self._groups[_identity(row)] = groups
        if len(self._groups) > _MOST_REMEMBERED:
            self._groups.popitem(last=False)
        answered = bool(_number(row.get("dateTimeConnect")))
        lacked = {row.get("origCause_value", ""), row.get("destCause_value", "")} & _NO_FREE_LINE
        for group in groups:
            yield Ended(at, group, answered, _number(row.get("duration")) or 0.0)
            if lacked and not answered:
                self._blocked.append((at, group))

    def _quality(self, row: Row) -> Iterator[tuple[float, str, Heard]]:
        at, received = _number(row.get("dateTimeStamp")), _number(row.get("numberPacketsReceived"))
        lost, jitter = _number(row.get("numberPacketsLost")), _number(row.get("jitter"))
        if not at or received is None or lost is None or jitter is None or received + lost == 0 or jitter > 1000:
            return
        latency = _number(row.get("latency")) or 0.0
        trip = 2 * latency / 1000 if 0 < latency < 5000 else None
        for group in self._groups.get(_identity(row), (TELEPHONES,)):
            yield at, group, Heard(lost / (received + lost), jitter / 1000, trip, _score(row))


def _rows(file: Delivered) -> Iterator[Row]:
    """Raises: csv.Error."""
    text = io.StringIO(file.content.decode("utf-8", "replace").replace("\0", ""), newline="")
    for row in csv.DictReader(text):
        if row.get("globalCallID_callId") not in (None, "INTEGER"):
            yield {name: value for name, value in row.items() if isinstance(name, str) and isinstance(value, str)}


def _identity(row: Row) -> str:
    return "/".join(row.get(f"globalCallID_{name}", "") for name in ("callManagerId", "callId", "ClusterID"))


def _number(text: str | None) -> float | None:
    """A whole number that is not negative; a record writes nothing else."""
    return float(text) if text and text.isdecimal() and len(text) < 16 else None


def _score(row: Row) -> float | None:
    """The mean of the call by the telephone's own estimate, where it makes one: `MLQK=4.5000;MLQKav=4.4100;...`."""
    pairs = dict(pair.partition("=")[::2] for pair in row.get("varVQMetrics", "").split(";"))
    try:
        value = float(pairs.get("MLQKav") or pairs.get("MLQK") or 0)
    except ValueError:
        return None
    return value if math.isfinite(value) and 1 <= value <= 5 else None


@dataclass(slots=True)
class RecordsAsker:
    """`root` is where relative folders begin."""

    root: Path
    seconds: float = 20.0
    _records: dict[DeviceId, Records] = field(default_factory=dict)

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        records = self._of(device, endpoint)
        try:
            async with asyncio.timeout(self.seconds):
                problems = await asyncio.to_thread(records.read, at)
        except TimeoutError:
            fault = LocalFault(f"the folder {records.folder.path} was not read within {self.seconds:g} s")
            return failed(TRANSPORT, at, fault)
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        silent_after = endpoint.options.get("silent_after")
        limit = float(silent_after) if isinstance(silent_after, int | float) else 86_400.0
        return Answer(
            _witness(records.folder, at),
            sheet(device.id, TABLE, at, records.book.rows(at)),
            (*records.blocked(), _delivery(records.folder, at, limit)),
            problems=tuple(f"{TRANSPORT}: {problem}" for problem in problems),
        )

    def _of(self, device: Device, endpoint: Endpoint) -> Records:
        path = self.root / str(endpoint.options.get("folder"))
        known = self._records.get(device.id)
        if known is None or known.folder.path != path:
            trunks = endpoint.options.get("trunks")
            names = tuple(trunks) if isinstance(trunks, list | tuple) else ()
            known = self._records[device.id] = Records(Folder(path), CallBook(names, _QUALITY_SECONDS))
        return known


def _witness(folder: Folder, at: float) -> Witness:
    """Files are no conversation: young ones show that the exchange is there, old ones show nothing."""
    if at - folder.newest < FRESH_SECONDS:
        return Witness(TRANSPORT, Outcome.ANSWERED, at)
    return Witness(TRANSPORT, Outcome.FAILED, at, reason=f"no new records in {folder.path}")


def _delivery(folder: Folder, at: float, limit: float) -> StateReading:
    age = at - folder.newest if folder.newest else None
    text = Message("nothing was ever delivered")
    if age is not None:
        text = Message("last delivered {minutes} min ago", {"minutes": f"{max(age, 0) / 60:.0f}"})
    is_late = age is None or age > limit
    return StateReading(RECORDS, "delivery", int(is_late), text, Severity.WARNING if is_late else None)
