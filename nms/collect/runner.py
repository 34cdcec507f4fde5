"""The poll runner: starts what is due, never two visits of one device at once, and says when it is late.

A dead device costs its own time only: every visit is its own task, bounded by its device's time budget, and the
number of visits at once is bounded for all. The runner holds no knowledge of transports; askers do the asking.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from nms.collect.answer import Answer, Asker
from nms.collect.confirming import Confirming
from nms.collect.merging import merged
from nms.collect.schedule import Schedule
from nms.model import Device, DeviceId, Endpoint, Outcome, Poll, Witness

log = logging.getLogger(__name__)

Sink = Callable[[Poll], Awaitable[None]]
_STEP_SECONDS = 30.0
TICK_SECONDS = 1.0
STARVED_SECONDS = 1.0
"""A monitor that was away from its sockets for so long cannot say that a device did not answer."""
FIRST_POLLS_A_SECOND = 50.0
"""A first poll reads everything that a device has; later ones a fraction."""


@dataclass(slots=True)
class RunnerStats:
    """What the pollers did since the start; the app exports it."""

    started: int = 0
    finished: int = 0
    skipped_overlaps: int = 0
    over_budget: int = 0
    starved: int = 0
    late_polls: int = 0
    crashes: int = 0
    in_flight: int = 0
    worst_lateness_seconds: float = 0.0
    busy_seconds: float = 0.0


@dataclass(slots=True)
class Faults:
    """Collectors that break on a device: told with a traceback when it begins, in one line when it is over."""

    _known: set[tuple[DeviceId, str, str]] = field(default_factory=set)

    def broke(self, device: DeviceId, transport: str, error: Exception) -> None:
        fault = (device, transport, type(error).__name__)
        if fault not in self._known:
            self._known.add(fault)
            log.error("the %s collector failed on %s", transport, device, exc_info=error)

    def worked(self, device: DeviceId, transport: str) -> None:
        over = {fault for fault in self._known if fault[:2] == (device, transport)}
        if over:
            self._known -= over
            log.info("the %s collector works again on %s", transport, device)


@dataclass(slots=True)
class Attention:
    """How well the monitor itself kept up: when the loop last ran, and when it was last away for long."""

    ran_at: float = field(default_factory=time.monotonic)
    _starved_at: float = -math.inf

    def beat(self, every: float) -> None:
        """The loop runs; it should have `every` so many seconds."""
        now = time.monotonic()
        if now - self.ran_at - every > STARVED_SECONDS:
            self._starved_at = now
        self.ran_at = now

    def wavered(self, since: float) -> bool:
        """Whether the loop was away for long since an instant of the monotonic clock, or is late right now."""
        return self._starved_at >= since or time.monotonic() - self.ran_at > TICK_SECONDS + STARVED_SECONDS


@dataclass(slots=True)
class PollRunner:
    """Visits devices on schedule and hands each `Poll` to the sink.

    `budget_seconds` bounds one visit, whatever its endpoints do; `late_after` is how long after its slot a visit may
    start before it counts as late. `confirming` names the devices to visit out of turn.
    """

    devices: Mapping[DeviceId, Device]
    askers: Mapping[str, Asker]
    sink: Sink
    budget_seconds: float = 30.0
    max_visits: int = 500
    late_after: float = 5.0
    confirming: Confirming | None = None
    clock: Callable[[], float] = time.time
    stats: RunnerStats = field(default_factory=RunnerStats)
    _running: dict[DeviceId, asyncio.Task[None]] = field(default_factory=dict)
    _faults: Faults = field(default_factory=Faults)
    _attention: Attention = field(default_factory=Attention)
    _schedule: Schedule | None = None
    _last_tick: float = 0.0
    _gate: asyncio.Semaphore | None = None

    def start(self, spread: float | None = None) -> None:
        """`spread`: seconds over which the first polls are laid; without it, as many a second as are easy to bear."""
        if spread is None:
            spread = len(self.devices) / FIRST_POLLS_A_SECOND
        self._schedule = Schedule.of(self.devices.values(), self.clock(), spread=spread)
        self._gate = asyncio.Semaphore(self.max_visits)
        self._last_tick = self.clock()

    def tick(self) -> None:
        """Starts every visit that is due; call it about once a second from the running loop."""
        if self._schedule is None:
            raise RuntimeError("start() comes before tick()")
        self._attention.beat(TICK_SECONDS)
        now = self.clock()
        if now < self._last_tick - 1 or now > self._last_tick + _STEP_SECONDS:
            log.warning("the clock moved by %.0f s; polls are laid out anew", now - self._last_tick)
            self._schedule.clock_stepped(now)
            if self.confirming:
                self.confirming.clock_stepped(now)
        self._last_tick = now
        for device, due_at in self._schedule.due(now):
            self._begin(self.devices[device], due_at)
        for device in self.confirming.due(now) if self.confirming else ():
            self.poll_now(device)

    def poll_now(self, device: DeviceId) -> asyncio.Task[None] | None:
        """Visits one device out of turn (a trap, a key in the terminal); joins a visit already under way."""
        if device not in self.devices:
            return None
        return self._running.get(device) or self._begin(self.devices[device], self.clock())

    def renew(self) -> None:
        """Gives up every visit under way, after which the due ones are begun as ever: for pollers that hang."""
        for task in self._running.values():
            task.cancel()
        self._running.clear()
        self._gate = asyncio.Semaphore(self.max_visits)

    async def stop(self) -> None:
        """Cancels what is under way and waits until it is gone."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, device: Device, due_at: float) -> asyncio.Task[None] | None:
        if device.id in self._running:
            self.stats.skipped_overlaps += 1
            return None
        task = asyncio.create_task(self._visit_and_report(device, due_at), name=f"poll {device.id}")
        self._running[device.id] = task
        self.stats.started += 1
        task.add_done_callback(lambda done: self._ended(device.id, done))
        return task

    def _ended(self, device: DeviceId, task: asyncio.Task[None]) -> None:
        if self._running.get(device) is task:
            del self._running[device]

    async def _visit_and_report(self, device: Device, due_at: float) -> None:
        assert self._gate is not None
        async with self._gate:
            lateness = max(0.0, self.clock() - due_at)
            self._note_lateness(lateness)
            self.stats.in_flight += 1
            began = time.monotonic()
            try:
                poll = await visit(device, self.askers, self.clock, self.budget_seconds, lateness, self._faults)
            except Exception:
                self.stats.crashes += 1
                log.exception("the visit of %s failed inside the monitor", device.id)
                return
            finally:
                self.stats.in_flight -= 1
                self.stats.busy_seconds += time.monotonic() - began
        if self._attention.wavered(began):
            poll = _not_heard(poll)
            self.stats.starved += any(witness.reason == TOO_BUSY for witness in poll.witnesses)
        self.stats.finished += 1
        if any(problem.startswith("budget:") for problem in poll.problems):
            self.stats.over_budget += 1
        if self.confirming:
            self.confirming.take(poll, self.clock(), device.interval)
        await self.sink(poll)

    def _note_lateness(self, lateness: float) -> None:
        self.stats.worst_lateness_seconds = max(self.stats.worst_lateness_seconds, lateness)
        if lateness > self.late_after:
            self.stats.late_polls += 1


TOO_BUSY = "the monitor itself was too busy to hear an answer"


def _not_heard(poll: Poll) -> Poll:
    """The same poll without the claim that anybody was silent: it was the monitor that did not listen."""
    witnesses = tuple(
        replace(one, outcome=Outcome.FAILED, reason=TOO_BUSY) if one.outcome is Outcome.SILENT else one
        for one in poll.witnesses
    )
    return replace(poll, witnesses=witnesses)


async def visit(
    device: Device,
    askers: Mapping[str, Asker],
    clock: Callable[[], float],
    budget: float,
    late_by: float = 0.0,
    faults: Faults | None = None,
) -> Poll:
    """Asks all endpoints of a device at once and puts their answers together.

    An endpoint that is not done within `budget` seconds is cut off and named; the answers of the others are kept.
    """
    at, began, faults = clock(), time.monotonic(), faults or Faults()
    tasks = {
        asyncio.create_task(
            _ask(askers, device, endpoint, at, faults), name=f"{endpoint.transport} {device.id}"
        ): endpoint
        for endpoint in device.endpoints
    }
    try:
        done, pending = await asyncio.wait(tasks, timeout=budget)
    except asyncio.CancelledError:
        await _cancel(tasks)
        raise
    await _cancel(pending)
    answers = [task.result() for task in tasks if task in done]
    answers += [_cut_off(tasks[task], at, budget) for task in tasks if task in pending]
    return _together(device.id, at, time.monotonic() - began, answers, late_by)


async def _ask(askers: Mapping[str, Asker], device: Device, endpoint: Endpoint, at: float, faults: Faults) -> Answer:
    asker = askers.get(endpoint.transport)
    if asker is None:
        reason = f"this monitor has no collector for “{endpoint.transport}”"
        witness = Witness(endpoint.transport, Outcome.FAILED, at, reason=reason)
        return Answer(witness, problems=(f"{endpoint.transport}: {reason}",))
    try:
        answer = await asker.ask(device, endpoint, at)
    except Exception as error:
        faults.broke(device.id, endpoint.transport, error)
        reason = f"the collector itself failed ({type(error).__name__}); the log has the details"
        witness = Witness(endpoint.transport, Outcome.FAILED, at, reason=reason)
        return Answer(witness, problems=(f"{endpoint.transport}: {reason}",))
    faults.worked(device.id, endpoint.transport)
    return answer


async def _cancel(tasks: Mapping[asyncio.Task[Answer], Endpoint] | set[asyncio.Task[Answer]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _cut_off(endpoint: Endpoint, at: float, budget: float) -> Answer:
    reason = f"cut off after {budget:g} s, the time one visit may take"
    witness = Witness(endpoint.transport, Outcome.FAILED, at, reason=reason)
    return Answer(witness, problems=(f"budget: {endpoint.transport}: {reason}",))


def _together(device: DeviceId, at: float, duration: float, answers: list[Answer], late_by: float) -> Poll:
    facts: dict[str, str] = {}
    for answer in reversed(answers):
        facts |= answer.facts
    return Poll(
        device=device,
        at=at,
        duration=duration,
        witnesses=tuple(answer.witness for answer in answers),
        readings=merged(reading for answer in answers for reading in answer.readings),
        states=tuple(state for answer in answers for state in answer.states),
        facts=facts,
        neighbours=tuple(neighbour for answer in answers for neighbour in answer.neighbours),
        problems=tuple(problem for answer in answers for problem in answer.problems),
        late_by=late_by,
        sightings=tuple(sighting for answer in answers for sighting in answer.sightings),
    )
