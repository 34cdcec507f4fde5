"""One agent as the client knows it: what may be asked of it now, and what it has shown that it can answer.

Everything that a session sends passes here, so that the limit on requests in flight and the budget hold for all
that is read from one device at the same time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from nms.transports.errors import Malformed, OverBudget, TransportError, Unreachable
from nms.transports.snmp.exchange import Exchange, Receiver, Request
from nms.transports.snmp.messages import GET, GET_BULK, GET_NEXT, Answer, Form, preamble, read_answer
from nms.transports.snmp.targets import Community, SnmpTarget, Version

FULL_RESPONSE = 1400
"""Octets that a response should fill: what fits into one Ethernet frame without fragments."""

_SMALLEST_RESPONSE = 300
_MOST_VARIABLES = 120
_GROW_AFTER = 20


class Pace:
    """How much one agent is asked for in one request; shrinks on trouble, grows back slowly."""

    def __init__(self, most_repetitions: int) -> None:
        self.most_repetitions = most_repetitions
        self.octets = FULL_RESPONSE
        self.variables = _MOST_VARIABLES
        self._calm = 0

    def shrink(self) -> None:
        """After silence or tooBig: half of it from now on."""
        self.octets = max(_SMALLEST_RESPONSE, self.octets // 2)
        self._calm = 0

    def fewer_variables(self, most: int) -> None:
        """The agent answers at most so many variables of one request."""
        self.variables = max(1, min(self.variables, most))
        self._calm = 0

    def relax(self) -> None:
        """After an answer; a long series of them lets the requests grow again."""
        if self.octets == FULL_RESPONSE and self.variables == _MOST_VARIABLES:
            return
        self._calm += 1
        if self._calm >= _GROW_AFTER:
            self._calm = 0
            self.octets = min(FULL_RESPONSE, self.octets * 2)
            self.variables = min(_MOST_VARIABLES, self.variables * 2)

    def repetitions(self, row_octets: float) -> int:
        """Rows that fill a response."""
        return max(1, min(self.most_repetitions, int((self.octets - 60) // max(row_octets, 1.0))))


class Reply(NamedTuple):
    """An answer with the request that brought it; a transport that does not show its octets leaves them out."""

    answer: Answer
    form: Form | None = None
    data: bytes = b""


class Silence(Exception):
    """No acceptable answer to one request; `unreadable` says what came instead, if anything."""

    def __init__(self, unreadable: str) -> None:
        super().__init__(unreadable)
        self.unreadable = unreadable


class Budget:
    """What one visit to a device may still cost, and how fast its first answer was."""

    def __init__(self, target: SnmpTarget, now: float) -> None:
        self._target = target
        self.renew(now)

    def renew(self, now: float) -> None:
        self.round_trip: float | None = None
        seconds = self._target.budget_seconds
        self.requests_left = self._target.budget_requests
        self.ends = None if seconds is None else now + seconds

    def spend(self, now: float) -> None:
        """Takes one request from the budget. Raises OverBudget."""
        if self.ends is not None and now >= self.ends:
            raise self.over_time()
        if self.requests_left is not None:
            if self.requests_left <= 0:
                raise OverBudget(f"{self._target.address}: used up its {self._target.budget_requests} SNMP requests")
            self.requests_left -= 1

    def over_time(self) -> OverBudget:
        return OverBudget(f"{self._target.address}: used up its {self._target.budget_seconds:g} s for SNMP")


class Agent:
    """One v1 or v2c agent behind one community."""

    def __init__(self, target: SnmpTarget, exchange: Exchange, address: tuple[str, int], budget: Budget) -> None:
        if not isinstance(target.credential, Community):
            raise TypeError("a community is needed here")
        self.target = target
        self.exchange = exchange
        self.statistics = exchange.statistics
        self.address = address
        self.budget = budget
        self.version = target.credential.version
        self.preamble = preamble(self.version, target.credential.name)
        self.pace = Pace(target.max_repetitions)
        self._loop = asyncio.get_running_loop()
        self._in_flight = 0
        self._has_answered = False
        self._waiting: deque[Request] = deque()

    @property
    def has_bulk(self) -> bool:
        """Whether the protocol version has GETBULK."""
        return self.version is not Version.V1

    async def ask_get(self, names: Sequence[bytes], tries: int) -> Reply:
        """The instances `names`. Raises Silence, OverBudget and what sending raises."""
        return await self._ask(Form(self.preamble, GET, names), tries)

    async def ask_next(self, names: Sequence[bytes], repetitions: int, tries: int) -> Reply:
        """What follows `names`: GETBULK with the repetitions, in v1 GETNEXT. Raises as `ask_get`."""
        if self.has_bulk:
            return await self._ask(Form(self.preamble, GET_BULK, names, 0, repetitions), tries)
        return await self._ask(Form(self.preamble, GET_NEXT, names), tries)

    def submit(self, request: Request, is_urgent: bool = False) -> None:
        """Sends the request now or when the agent has answered others. Raises OverBudget."""
        self.budget.spend(self._loop.time())
        if self._in_flight < self.target.max_in_flight:
            self._in_flight += 1
            self.exchange.submit(request, is_urgent)
        else:
            self._waiting.append(request)

    def answered(self, request: Request) -> None:
        """A request was answered: the next one may go."""
        self._has_answered = True
        if self.budget.round_trip is None:
            self.budget.round_trip = self._loop.time() - request.sent
        self.release()

    def release(self) -> None:
        """A request has left the books: the next one may go."""
        self._in_flight -= 1
        while self._waiting and self._in_flight < self.target.max_in_flight:
            request = self._waiting.popleft()
            if not request.done:
                self._in_flight += 1
                self.exchange.submit(request, is_urgent=True)

    def forget(self, request: Request) -> None:
        """Gives up a request, sent or waiting."""
        if request.done:
            return
        was_waiting = request in self._waiting
        self.exchange.forget(request)
        if was_waiting:
            self._waiting.remove(request)
        else:
            self.release()

    async def _ask(self, form: Form, tries: int) -> Reply:
        waiter = _Waiter(self)
        request = Request(self.address, form, waiter, self.target.timeout, tries)
        self.submit(request, is_urgent=self._has_answered)
        try:
            answer, data = await waiter.answered
        finally:
            self.forget(request)
        return Reply(answer, form, data)

    def unreachable(self, silence: Silence) -> TransportError:
        """What people are told when the last try failed."""
        where = f"{self.address[0]} port {self.address[1]}"
        if silence.unreadable:
            return Malformed(f"{where}: answers, but not in readable SNMP ({silence.unreadable})")
        tries, seconds = self.target.retries + 1, self.target.timeout
        return Unreachable(
            f"{where}: no SNMP v{self.version} answer in {tries} tries of {seconds:g} s;"
            " check the address, the community and whether the agent admits this monitor"
        )


class _Waiter(Receiver):
    """Waits for one answer in a coroutine."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.answered: asyncio.Future[tuple[Answer, bytes]] = asyncio.get_running_loop().create_future()

    def read(self, request: Request, data: bytes) -> tuple[Answer, bytes]:
        return read_answer(data, self._agent.preamble), data

    def received(self, request: Request, result: object) -> None:
        self._agent.answered(request)
        if not self.answered.done():
            self.answered.set_result(result)  # type: ignore[arg-type]

    def failed(self, request: Request, error: TransportError | None) -> None:
        self._agent.release()
        if not self.answered.done():
            self.answered.set_exception(error or Silence(request.unreadable))
