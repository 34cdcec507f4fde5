"""How long samples are kept, how much room they take, and what goes first when the room is limited."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nms.model import Message
from nms.store.samples import chunks, rollup
from nms.store.samples.blocks import DamagedBlock
from nms.store.samples.chunks import DAY, RAW, Place
from nms.store.samples.database import Database

FINE, COARSE = rollup.TIERS
_JUMP_DAYS = 30
_BATCH = 32
_FLOORS = ((RAW, 7), (FINE, 35), (RAW, 1), (COARSE, 400), (FINE, 1), (COARSE, 1))
"""What a size budget takes, in this order, and the days it leaves of each before it turns to the next."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that each tier is kept, and the most that the file may take (None: as much as it needs)."""

    raw_days: int = 35
    fine_days: int = 400
    coarse_days: int = 5 * 365 + 1
    budget_bytes: int | None = None

    @classmethod
    def of(cls, raw: float, fine: float, coarse: float, budget_bytes: int | None) -> Retention:
        """From seconds, as settings have them: whole days, one at least."""
        raw_days, fine_days, coarse_days = (max(1, round(seconds / DAY)) for seconds in (raw, fine, coarse))
        return cls(raw_days, fine_days, coarse_days, budget_bytes)

    def days(self, tier: int) -> int:
        return {RAW: self.raw_days, FINE: self.fine_days, COARSE: self.coarse_days}[tier]


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes: of the file in use, of its log, of the chunks of each tier (0 raw, 300, 3600), and of the chunks that
    a day adds to each tier at present."""

    used: int
    log: int
    tiers: Mapping[int, int]
    daily: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where the file is heading: its size once every tier has reached its age, and the instant at which the budget
    begins to take samples before their time (None: never). `warning` says so to people."""

    steady_bytes: float
    bites_at: float | None
    warning: Message | None


@dataclass(frozen=True, slots=True)
class Expiry:
    """What was taken out: chunks that were old enough, chunks that the budget took, and what people should know."""

    aged: int
    squeezed: int
    warnings: tuple[Message, ...] = ()


def usage(database: Database) -> Usage:
    with database.reading() as connection:
        page, pages, free = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
        )
        tiers = dict(connection.execute("SELECT tier, sum(bytes) FROM size GROUP BY tier").fetchall())
        daily = dict(_daily(connection))
    log = database.path.with_name(database.path.name + "-wal")
    return Usage((pages - free) * page, log.stat().st_size if log.exists() else 0, tiers, daily)


def _daily(connection: sqlite3.Connection) -> Iterator[tuple[int, float]]:
    """The mean of the last seven whole days of each tier."""
    for tier in (RAW, *rollup.TIERS):
        rows = connection.execute(
            "SELECT bytes FROM size WHERE tier = ? AND bytes > 0 ORDER BY day DESC LIMIT 8", (tier,)
        ).fetchall()
        whole = [octets for (octets,) in rows[1:]] or [octets for (octets,) in rows]
        if whole:
            yield tier, sum(whole) / len(whole)


def forecast(found: Usage, retention: Retention, now: float) -> Forecast:
    """A day's bytes times the days kept, tier by tier, and when that meets the budget."""
    held = {tier: found.tiers.get(tier, 0) for tier in found.daily}
    rest = max(found.used - sum(held.values()), 0)
    limits = {tier: octets * retention.days(tier) for tier, octets in found.daily.items()}
    steady = rest + sum(max(limit, held[tier]) for tier, limit in limits.items())
    budget = retention.budget_bytes
    if budget is None or steady <= budget:
        return Forecast(steady, None, None)
    for day in range(retention.coarse_days + 1):
        size = rest + sum(
            max(held[tier], min(held[tier] + day * octets, limits[tier])) for tier, octets in found.daily.items()
        )
        if size > budget:
            break
    warning = Message(
        "in {days} days the samples reach their size budget of {budget}; old ones then go before their time, "
        "and keeping everything would take {steady}",
        {"days": day, "budget": _size(budget), "steady": _size(steady)},
    )
    return Forecast(steady, now + day * DAY, warning)


def _size(octets: float) -> str:
    """Bytes as people say them."""
    return f"{octets / 1e9:.3g} GB" if octets >= 1e9 else f"{octets / 1e6:.3g} MB"


@dataclass(slots=True)
class Expirer:
    """Takes out what is old. A clock that jumps ahead does not empty the store: expiry then waits for a day."""

    database: Database
    retention: Retention
    _groups: list[int] = field(default_factory=list)

    def expire(self, now: float, force: bool = False) -> Expiry:
        with self.database.reading() as connection:
            self._groups = [group for (group,) in connection.execute("SELECT id FROM grp")]
        if not (self._is_trusted(now) or force):
            return Expiry(0, 0, (Message("the clock jumped ahead; nothing expires until it held for a day", {}),))
        aged = sum(self._take(tier, int(now) - self.retention.days(tier) * DAY) for tier in (RAW, *rollup.TIERS))
        squeezed = 0
        warnings: tuple[Message, ...] = ()
        if self.retention.budget_bytes is not None:
            squeezed, warnings = self._squeeze(now, self.retention.budget_bytes)
            self._shrink(self.retention.budget_bytes)
        return Expiry(aged, squeezed, warnings)

    def _is_trusted(self, now: float) -> bool:
        """Whether the clock moved on as clocks do since the last expiry, or has held since it jumped."""
        with self.database.writing() as connection:
            known = dict(connection.execute("SELECT name, value FROM meta WHERE name IN ('expired_at', 'jumped_at')"))
            last, jumped = known.get("expired_at", now), known.get("jumped_at")
            ahead = now - last > _JUMP_DAYS * DAY
            trusted = not ahead or (jumped is not None and DAY <= now - jumped < _JUMP_DAYS * DAY)
            if trusted:
                connection.execute("INSERT OR REPLACE INTO meta VALUES ('expired_at', ?)", (now,))
                connection.execute("DELETE FROM meta WHERE name = 'jumped_at'")
            elif jumped is None or not 0 <= now - jumped < _JUMP_DAYS * DAY:
                connection.execute("INSERT OR REPLACE INTO meta VALUES ('jumped_at', ?)", (now,))
        return trusted

    def _take(self, tier: int, cutoff: int) -> int:
        """Removes the chunks that end before the cutoff (seconds), some in each transaction."""
        with self.database.reading() as connection:
            old = [
                Place(tier, group, t0, span)
                for group in self._groups
                for t0, span in connection.execute(
                    "SELECT t0, span FROM chunk"
                    " WHERE tier = ? AND grp = ? AND metric = 0 AND t0 < ? AND t0 + span <= ?",
                    (tier, group, cutoff, cutoff),
                )
            ]
        for first in range(0, len(old), _BATCH):
            self._remove(old[first : first + _BATCH])
        with self.database.writing(moving=True) as connection:
            connection.execute("DELETE FROM size WHERE tier = ? AND day < ? AND bytes <= 0", (tier, cutoff // DAY))
        return len(old)

    def _remove(self, places: Sequence[Place]) -> None:
        with self.database.writing(moving=True) as connection:
            for place in places:
                try:
                    frame = chunks.open_frame(chunks.blob_of(connection, place, chunks.FRAME) or b"", place)
                    chunks.remove(connection, place, frame.metrics)
                except DamagedBlock:
                    chunks.remove_all(connection, place)

    def _squeeze(self, now: float, budget: int) -> tuple[int, tuple[Message, ...]]:
        """Takes the oldest days, tier by tier, until the budget is honoured."""
        taken = 0
        for tier, floor in _FLOORS:
            while usage(self.database).used > budget:
                cutoff = self._oldest_end(tier)
                if cutoff is None or cutoff > now - floor * DAY:
                    break
                taken += self._take(tier, cutoff)
        if not taken:
            return 0, ()
        text = "the size budget of {budget} took {count} blocks of samples before their time"
        return taken, (Message(text, {"budget": _size(budget), "count": taken}),)

    def _oldest_end(self, tier: int) -> int | None:
        """The earliest end of a chunk of this tier."""
        with self.database.reading() as connection:
            ends = [
                connection.execute(
                    "SELECT t0 + span FROM chunk WHERE tier = ? AND grp = ? AND metric = 0 ORDER BY t0 LIMIT 1",
                    (tier, group),
                ).fetchone()
                for group in self._groups
            ]
        return min((row[0] for row in ends if row is not None), default=None)

    def _shrink(self, budget: int) -> None:
        """Gives free pages back to the system, some at a time, while the file itself is over the budget."""
        while self._gives_back(budget):
            pass
        self.database.checkpoint()

    def _gives_back(self, budget: int) -> bool:
        """Whether there may be more to give."""
        with self.database.writing(moving=True) as connection:
            page, pages, free = (
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_size", "page_count", "freelist_count")
            )
            if pages * page <= budget or free == 0:
                return False
            connection.execute("PRAGMA incremental_vacuum(256)").fetchall()
            return True
