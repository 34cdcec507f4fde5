"""Chunks: what one group (one table of one device) gathered in one period, a block per metric and one frame.

The frame holds the times and the components that the blocks share. Periods are an hour, a day or thirty days,
counted from the epoch; where they overlap, the shorter one was written later and counts.
"""

from __future__ import annotations

import logging
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nms.store.samples.blocks import Block, DamagedBlock, Mask, Values, pack, seal, unpack, unseal
from nms.store.samples.series import Integers, Raw

HOUR, DAY, MONTH = 3600, 86_400, 30 * 86_400
RAW = 0
FRAME = 0

_log = logging.getLogger(__name__)
_KEY = struct.Struct("<IIIqI")
_SIZES = struct.Struct("<IIII")
_SELECT = """
SELECT metric, t0, span, data FROM chunk
WHERE tier = ? AND grp = ? AND metric IN (0, ?) AND t0 > ? AND t0 < ? AND t0 + span > ? ORDER BY span DESC, t0, metric
"""


@dataclass(frozen=True, slots=True)
class Place:
    """The key of a chunk, without the metric. `t0` and `span` in seconds; `tier` 0 is raw."""

    tier: int
    group: int
    t0: int
    span: int

    def key(self, metric: int) -> bytes:
        return _KEY.pack(self.tier, self.group, metric, self.t0, self.span)


@dataclass(frozen=True, slots=True)
class Frame:
    """Times and discontinuities (milliseconds, equally long), component numbers, ascending, and the metrics that
    have a block beside it."""

    times: Integers
    since: Integers
    components: npt.NDArray[np.uint32]
    metrics: tuple[int, ...] = ()

    def row(self, component: int) -> int | None:
        """The row of a component, None where the frame does not know it."""
        row = int(np.searchsorted(self.components, component))
        return row if row < len(self.components) and self.components[row] == component else None


@dataclass(frozen=True, slots=True)
class Damage:
    """One place that cannot be read, in words: where, and what was found there."""

    where: str
    what: str


class Damages:
    """What was found damaged, each place once; it is also said once in the log."""

    def __init__(self) -> None:
        self._found: dict[str, Damage] = {}

    def append(self, damage: Damage) -> None:
        if damage.where not in self._found:
            self._found[damage.where] = damage
            _log.warning("the samples are damaged at %s: %s", damage.where, damage.what)

    def __iter__(self) -> Iterator[Damage]:
        return iter(list(self._found.values()))

    def __len__(self) -> int:
        return len(self._found)


def seal_frame(frame: Frame, place: Place) -> bytes:
    steps = np.diff(frame.times, prepend=0)
    since = frame.since if frame.since.any() else frame.since[:0]
    metrics = np.array(frame.metrics, np.int64)
    sizes = _SIZES.pack(len(steps), len(since), len(frame.components), len(metrics))
    parts = (steps, np.diff(since, prepend=0), frame.components.astype(np.int64), metrics)
    planes = [part.astype("<i8").view(np.uint8).reshape(-1, 8).T.tobytes() for part in parts]
    return seal(b"".join([sizes, *planes]), place.key(FRAME))


def open_frame(blob: bytes, place: Place) -> Frame:
    """Raises: DamagedBlock."""
    payload = unseal(blob, place.key(FRAME))
    rows, at = [], _SIZES.size
    for size in _SIZES.unpack_from(payload):
        planes = np.frombuffer(payload, np.uint8, 8 * size, at).reshape(8, -1)
        rows.append(np.ascontiguousarray(planes.T).view("<i8").reshape(-1))
        at += 8 * size
    steps, since, components, metrics = rows
    discontinuities = np.cumsum(since) if len(since) else np.zeros(len(steps), np.int64)
    return Frame(np.cumsum(steps), discontinuities, components.astype(np.uint32), tuple(metrics.tolist()))


def seal_block(values: Values, present: Mask | None, place: Place, metric: int) -> bytes:
    return seal(pack(values, present), place.key(metric))


def open_block(blob: bytes, place: Place, metric: int) -> Block:
    """Raises: DamagedBlock."""
    return unpack(unseal(blob, place.key(metric)))[0]


def put(connection: sqlite3.Connection, place: Place, blobs: dict[int, bytes]) -> None:
    """Writes a chunk whole, the frame under metric 0, inside the caller's transaction."""
    connection.executemany(
        "INSERT OR REPLACE INTO chunk (tier, grp, metric, t0, span, data) VALUES (?, ?, ?, ?, ?, ?)",
        [(place.tier, place.group, metric, place.t0, place.span, blob) for metric, blob in blobs.items()],
    )
    count(connection, place, sum(map(len, blobs.values())))


def exists(connection: sqlite3.Connection, place: Place) -> bool:
    """Whether there is such a chunk."""
    return blob_of(connection, place, FRAME) is not None


def remove(connection: sqlite3.Connection, place: Place, metrics: Sequence[int]) -> None:
    """Takes a chunk out, inside the caller's transaction. `metrics` are those that its frame names."""
    keys = (place.tier, place.group, place.t0, place.span, FRAME, *metrics)
    marks = ", ".join("?" * (1 + len(metrics)))
    where = f"WHERE tier = ? AND grp = ? AND t0 = ? AND span = ? AND metric IN ({marks})"
    found = connection.execute(f"SELECT sum(length(data)) FROM chunk {where}", keys).fetchone()  # noqa: S608
    connection.execute(f"DELETE FROM chunk {where}", keys)  # noqa: S608
    octets = found[0] or 0
    count(connection, place, -octets)


def remove_all(connection: sqlite3.Connection, place: Place) -> None:
    """Takes a chunk out whose frame cannot be read, by a search through its table."""
    rows = connection.execute(
        "SELECT metric FROM chunk WHERE tier = ? AND grp = ? AND t0 = ? AND span = ? AND metric > 0",
        (place.tier, place.group, place.t0, place.span),
    )
    remove(connection, place, [metric for (metric,) in rows.fetchall()])


def replace(connection: sqlite3.Connection, place: Place, blobs: dict[int, bytes]) -> None:
    """Puts a chunk where there may be one, which the new one knows better."""
    old = blob_of(connection, place, FRAME)
    if old is not None:
        try:
            remove(connection, place, open_frame(old, place).metrics)
        except DamagedBlock:
            remove_all(connection, place)
    put(connection, place, blobs)


def count(connection: sqlite3.Connection, place: Place, octets: int) -> None:
    """Keeps the books of bytes by tier and day."""
    connection.execute(
        "INSERT INTO size (tier, day, bytes) VALUES (?, ?, ?)"
        " ON CONFLICT (tier, day) DO UPDATE SET bytes = bytes + excluded.bytes",
        (place.tier, place.t0 // DAY, octets),
    )


def places(connection: sqlite3.Connection, tier: int, group: int, start: int, end: int) -> list[Place]:
    """The chunks of a group that touch [start, end) seconds, in order of precedence."""
    rows = connection.execute(
        "SELECT t0, span FROM chunk WHERE tier = ? AND grp = ? AND metric = 0 AND t0 > ? AND t0 < ? AND t0 + span > ?"
        " ORDER BY span DESC, t0",
        (tier, group, start - MONTH, end, start),
    )
    return [Place(tier, group, t0, span) for t0, span in rows]


def blob_of(connection: sqlite3.Connection, place: Place, metric: int) -> bytes | None:
    """One sealed block, None where the chunk has no such metric."""
    row = connection.execute(
        "SELECT data FROM chunk WHERE tier = ? AND grp = ? AND metric = ? AND t0 = ? AND span = ?",
        (place.tier, place.group, metric, place.t0, place.span),
    ).fetchone()
    return None if row is None else row[0]


def scan(
    connection: sqlite3.Connection, tier: int, group: int, metric: int, period: tuple[int, int], damage: Damages
) -> Iterator[tuple[Frame, Block]]:
    """The frames and blocks of one metric that touch a period (seconds), in order of precedence.

    What cannot be read is added to `damage` and left out.
    """
    start, end = period
    frames: dict[tuple[int, int], bytes] = {}
    try:
        rows = connection.execute(_SELECT, (tier, group, metric, start - MONTH, end, start))
        for number, t0, span, blob in rows:
            if number == FRAME:
                frames[t0, span] = blob
                continue
            place = Place(tier, group, t0, span)
            try:
                yield open_frame(frames.get((t0, span), b""), place), open_block(blob, place, metric)
            except DamagedBlock as error:
                damage.append(Damage(f"chunk {place}, metric {metric}", str(error)))
    except sqlite3.DatabaseError as error:
        damage.append(Damage(f"chunks of group {group}, metric {metric}", str(error)))


def parts_of(
    connection: sqlite3.Connection,
    tier: int,
    group: int,
    metric: int,
    component: int,
    period: tuple[int, int],
    damage: Damages,
) -> Iterator[Raw]:
    """What the chunks of a tier have of one component, in order of precedence; the period in seconds."""
    for frame, block in scan(connection, tier, group, metric, period, damage):
        row = frame.row(component)
        if row is not None and row < block.rows:
            values, present = block.row(row)
            yield Raw(frame.times, values, present, frame.since)
