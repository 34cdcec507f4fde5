"""From polls to tickets: what happens to every batch, in order, on one worker thread.

The order is the product: keep the numbers, judge them, keep the states, let alerts live and tickets follow. A stage
that fails for a cause outside (a full disk, a database that is away) is told on every screen, keeps what it could not
do, and does it when the cause is gone; the stages after it go on.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nms.alerts.agreed import Agreed, serving
from nms.alerts.book import AlertBook
from nms.alerts.changes import AlertChange
from nms.model import DEVICE_ITSELF, Inventory, Number, Poll, Reading, State, Verdict
from nms.presence.book import PresenceBook
from nms.queries.live import LiveBoard
from nms.rules.departments import DepartmentNeeds, department_states, needs
from nms.rules.judge import Judge, Judgement
from nms.store.errors import RecordsError
from nms.store.samples import SamplesError, SampleStore
from nms.store.states import StateHistory

log = logging.getLogger(__name__)

TICK_SECONDS = 10.0
WAITING_READINGS = 200_000
"""Readings kept in memory while the store cannot take them; then the oldest go, and that is said."""

WAITING_VERDICTS = 10_000
"""Verdicts of messages that wait for the next batch; beyond that the oldest go."""


@dataclass(slots=True)
class PipelineStats:
    """What the pipeline did since the start."""

    batches: int = 0
    polls: int = 0
    readings: int = 0
    values: int = 0
    lost_readings: int = 0
    last_commit_seconds: float | None = None
    judge_seconds: float = 0.0
    troubles: dict[str, str] = field(default_factory=dict)
    """What does not work at present: part -> one sentence."""


@dataclass(slots=True)
class Pipeline:
    """Digests batches of polls. Not re-entrant: one thread at a time."""

    inventory: Inventory
    samples: SampleStore
    states: StateHistory
    judge: Judge
    alerts: AlertBook
    live: LiveBoard
    clock: Callable[[], float] = time.time
    presence: PresenceBook | None = None
    stats: PipelineStats = field(default_factory=PipelineStats)
    _needs: dict[str, DepartmentNeeds] = field(default_factory=dict)
    _unsaid: dict[str, Verdict] = field(default_factory=dict)
    _waiting: deque[Reading] = field(default_factory=deque)
    _ticked_at: float = 0.0
    _learned: deque[Callable[[Judge], None]] = field(default_factory=deque)
    _agreed: Agreed = field(init=False)
    _told: deque[Verdict] = field(default_factory=lambda: deque(maxlen=WAITING_VERDICTS))

    def __post_init__(self) -> None:
        self._needs = needs(self.inventory)
        self._agreed = Agreed(self.inventory)

    def learn(self, lesson: Callable[[Judge], None]) -> None:
        """Something the judge should know, before the next batch: it belongs to the thread that digests."""
        self._learned.append(lesson)

    def tell(self, verdict: Verdict) -> None:
        """A verdict that no poll brought (a message that equipment sent), for the next batch."""
        self._told.append(verdict)

    def digest(self, polls: Sequence[Poll]) -> list[AlertChange]:
        """Takes a batch through all stages; returns what changed among alerts and incidents."""
        now = self.clock()
        self.stats.batches += 1
        self.stats.polls += len(polls)
        watched = [poll for poll in polls if poll.device in self.inventory.devices]
        for poll in watched:
            self.live.take(poll)
        began = time.perf_counter()
        while self._learned:
            self._learned.popleft()(self.judge)
        judgement = self._judged(polls, now)
        self.stats.judge_seconds += time.perf_counter() - began
        self._keep_numbers(watched, judgement, now)
        self._keep_states(judgement, now)
        self._keep_presence(polls, now)
        return self._live_alerts(judgement, now)

    def _judged(self, polls: Sequence[Poll], now: float) -> Judgement:
        """What the polls say, and every few seconds what time itself says."""
        judgement = self.judge.judge(polls, now) if polls else Judgement()
        if polls and 0 <= now - self._ticked_at < TICK_SECONDS:
            return judgement
        self._ticked_at = now
        silent = self.judge.tick(now)
        return Judgement(
            (*judgement.verdicts, *silent.verdicts),
            {**silent.device_states, **judgement.device_states},
            {**silent.link_states, **judgement.link_states},
        )

    def _keep_numbers(self, polls: Sequence[Poll], judgement: Judgement, now: float) -> None:
        fresh = [reading for poll in polls for reading in poll.readings]
        fresh += [_up(device, state, now) for device, state in judgement.device_states.items()]
        self.stats.readings += len(fresh)
        self.stats.values += sum(len(r.columns) * len(r.components) for r in fresh)
        batch = [*self._waiting, *fresh]
        if not batch:
            return
        began = time.perf_counter()
        try:
            self.samples.write(batch)
        except SamplesError as error:
            self.trouble("samples", str(error))
            self._keep_for_later(fresh)
        else:
            self._waiting.clear()
            self.well("samples")
            self.stats.last_commit_seconds = time.perf_counter() - began

    def _keep_for_later(self, readings: Sequence[Reading]) -> None:
        self._waiting.extend(readings)
        while len(self._waiting) > WAITING_READINGS:
            self._waiting.popleft()
            self.stats.lost_readings += 1

    def _keep_states(self, judgement: Judgement, now: float) -> None:
        seen = {**self.live.device_states, **judgement.device_states}
        ways = {**self.live.link_states, **judgement.link_states}
        agreed = self._agreed
        agreed.update(self.alerts.open_windows(now), self.judge.topology.parents)
        devices, links = agreed.over_devices(seen), agreed.over_links(ways)
        departments = agreed.over_departments(
            department_states(self._needs, serving(devices, seen), serving(links, ways))
        )
        self.live.take_states(judgement.device_states, judgement.link_states, departments, now)
        observed = {f"device/{name}": state for name, state in devices.items()}
        observed |= {f"link/{name}": state for name, state in links.items()}
        observed |= {f"department/{name}": state for name, state in self.live.department_states.items()}
        try:
            self.states.observe(observed, now)
        except RecordsError as error:
            self.trouble("records", str(error))

    def _keep_presence(self, polls: Sequence[Poll], now: float) -> None:
        if self.presence is None:
            return
        for poll in polls:
            self.presence.take(poll)
        try:
            self.presence.flush(now)
        except RecordsError as error:
            self.trouble("records", str(error))

    def _live_alerts(self, judgement: Judgement, now: float) -> list[AlertChange]:
        told = [self._told.popleft() for _ in range(len(self._told))]
        for verdict in (*told, *judgement.verdicts):
            self._unsaid[verdict.key] = verdict
        try:
            changes = self.alerts.apply(list(self._unsaid.values()), now)
        except RecordsError as error:
            self.trouble("records", str(error))
            return []
        self._unsaid.clear()
        self.well("records")
        return changes

    def trouble(self, part: str, sentence: str) -> None:
        """A part that does not work: told on every screen, and once in the log."""
        if part not in self.stats.troubles:
            log.error("%s: %s", part, sentence)
        self.stats.troubles[part] = sentence

    def well(self, part: str) -> None:
        """It works (again)."""
        if self.stats.troubles.pop(part, None) is not None:
            log.info("%s: works again", part)


def _up(device: str, state: State, at: float) -> Reading:
    """The state of a device as a series, for graphs and exporters: 1 up, 0 down, absent unknown."""
    value: Number | None = {State.UP: 1, State.DEGRADED: 1, State.DOWN: 0}.get(state)
    return Reading(device, "state", at, (DEVICE_ITSELF,), {"device_up": [value]})  # type: ignore[arg-type]
