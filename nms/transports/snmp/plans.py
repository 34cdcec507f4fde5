"""Plans: how a table or a list of scalars was read last time, to be read again in the same way.

A plan is the list of requests (already encoded) with the layouts of their responses, and for every column the
places of its cells among all values. While the agent's answers keep their names, a read is: send the requests, as
many at a time as the device allows; take the values out; pick the columns. The first answer that names something
else breaks the plan, and the careful read goes on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import chain
from operator import itemgetter
from typing import NamedTuple, cast

from nms.transports.errors import OverBudget, TransportError
from nms.transports.snmp.agent import Agent, Reply
from nms.transports.snmp.exchange import Receiver, Request
from nms.transports.snmp.layout import Layout, Share, layout_of, read_same_names
from nms.transports.snmp.messages import Answer, Form, read_answer
from nms.transports.snmp.values import Value

MOST_VARIABLES_OF_A_PLAN = 6000
_MOST_PATIENCE = 64

Values = Sequence[Value | None]


class Step:
    """One request of a plan and the layout of its response. A layout that has ceased to fit is renewed at once;
    one that keeps changing (a counter around a length's edge) less and less often, because it costs more than it saves.
    """

    __slots__ = ("_misses", "_patience", "form", "layout", "picked")

    def __init__(self, form: Form, layout: Layout, picked: tuple[int, ...]) -> None:
        self.form = form
        self.layout = layout
        self.picked = picked
        """Numbers of the columns whose cursors the request names."""
        self._misses = 0
        self._patience = 1

    def missed(self, data: bytes, preamble: bytes, share: Share) -> None:
        """A response with the same names had another layout."""
        self._misses += 1
        if self._misses >= self._patience:
            self.layout = layout_of(data, preamble, share) or self.layout
            self._misses = 0
            self._patience = min(_MOST_PATIENCE, self._patience * 2)


class Plan(NamedTuple):
    """The steps, and how their values, one after the other and None at the end, become columns."""

    steps: Sequence[Step]
    indexes: tuple[str, ...]
    pickers: tuple[tuple[str, Picker], ...]


Picker = Callable[[Values], tuple[Value | None, ...]]


class Places:
    """Picks the cells of one column out of all values; equal ones are shared between devices."""

    __slots__ = ("_places", "pick")

    def __init__(self, places: tuple[int, ...]) -> None:
        self._places = places
        self.pick: Picker = itemgetter(*places) if len(places) > 1 else lambda values: (values[places[0]],)

    def __hash__(self) -> int:
        return hash(self._places)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Places) and other._places == self._places


class Broken(NamedTuple):
    """How far a plan went: the values of the steps that held, the answer that did not, and whether it was silence."""

    values: list[Values]
    reply: Reply | None
    silent: bool


class PlanRun(Receiver):
    """One execution of a plan."""

    def __init__(self, agent: Agent, steps: Sequence[Step], share: Share) -> None:
        self._agent = agent
        self._steps = steps
        self._share = share
        self._parts: list[Values | None] = [None] * len(steps)
        self._left = len(steps)
        self._next = 0
        self._sent: list[Request] = []
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._broken_at: int | None = None
        self._reply: Reply | None = None
        self._silent = False

    async def run(self) -> list[Value | None] | Broken:
        """All values and a None behind them, or how far it went. Raises OverBudget and what sending raises."""
        try:
            for _ in range(self._agent.target.max_in_flight):
                self._send_next()
            await self._ended
        finally:
            for request in self._sent:
                self._agent.forget(request)
        if self._broken_at is None:
            values = list(chain.from_iterable(self._parts))  # type: ignore[arg-type]
            values.append(None)
            return values
        held = self._parts[: self._parts.index(None)] if None in self._parts else self._parts
        follows = self._reply if len(held) == self._broken_at else None
        return Broken([part for part in held if part is not None], follows, self._silent)

    def _send_next(self) -> None:
        if self._next >= len(self._steps) or self._ended.done():
            return
        step = self._next
        self._next += 1
        agent = self._agent
        request = Request(agent.address, self._steps[step].form, self, agent.target.timeout, 1, step)
        agent.submit(request, is_urgent=self._left < len(self._steps))
        self._sent.append(request)

    def read(self, request: Request, data: bytes) -> Values | Answer:
        step = self._steps[request.step]
        values = step.layout.read(data)
        statistics = self._agent.statistics
        if values is not None:
            statistics.layout_hits += 1
            return values
        statistics.layout_misses += 1
        values = read_same_names(data, self._agent.preamble, step.layout.names())
        if values is None:
            return self._surprise(request, data)
        step.missed(data, self._agent.preamble, self._share)
        return values

    def _surprise(self, request: Request, data: bytes) -> Answer:
        answer = read_answer(data, self._agent.preamble)
        self._reply = Reply(answer, request.form, data)
        return answer

    def received(self, request: Request, result: object) -> None:
        self._agent.answered(request)
        if isinstance(result, Answer):
            self._break(request)
            return
        values = cast("Values", result)
        self._parts[request.step] = values
        self._agent.statistics.variables += len(values)
        self._left -= 1
        if not self._left:
            if not self._ended.done():
                self._ended.set_result(None)
            return
        try:
            self._send_next()
        except OverBudget as error:
            self._fail(error)

    def failed(self, request: Request, error: TransportError | None) -> None:
        self._agent.release()
        if error is not None:
            self._fail(error)
            return
        self._silent = True
        self._break(request)

    def _break(self, request: Request) -> None:
        if not self._ended.done():
            self._broken_at = request.step
            self._ended.set_result(None)

    def _fail(self, error: TransportError) -> None:
        if not self._ended.done():
            self._ended.set_exception(error)
