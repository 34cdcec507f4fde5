"""Reading scalars and tables the careful way: what is asked next depends on the last answer.

Used for what is read for the first time, after a surprise, and with SNMPv3. It ends with every agent: each round
finishes a column, moves a cursor, asks for less, or uses up a try or the budget.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from nms.transports.errors import AccessDenied, OverBudget, TransportError
from nms.transports.snmp.agent import Pace, Reply, Silence
from nms.transports.snmp.messages import Answer, ErrorStatus
from nms.transports.snmp.reader import Column, TableReader
from nms.transports.snmp.targets import SnmpStatistics, SnmpTarget
from nms.transports.snmp.values import Value

MOST_VARIABLES_OF_A_TABLE = 500_000
_MOST_COLUMNS = 60
_GET_OCTETS_PER_VARIABLE = 30
_MOST_GUESSED_ROWS = 2000
_UNLIMITED = 1 << 30
_GUESSED_CELL_OCTETS = 24.0
_HEADER_OCTETS = 45

OnReply = Callable[[Sequence[Column], Reply], None]


class Asker(Protocol):
    """One agent over one protocol version."""

    target: SnmpTarget
    pace: Pace
    statistics: SnmpStatistics

    @property
    def has_bulk(self) -> bool:
        """Whether the protocol version has GETBULK."""
        ...

    async def ask_get(self, names: Sequence[bytes], tries: int) -> Reply: ...

    async def ask_next(self, names: Sequence[bytes], repetitions: int, tries: int) -> Reply: ...

    def unreachable(self, silence: Silence) -> TransportError: ...


@dataclass(slots=True)
class Shape:
    """What is remembered of a table between reads: how large it was, and how much the agent stands at once."""

    rows: int | None = None
    order: Sequence[bytes] = ()
    """Indexes of the rows, for agents without GETBULK: where the cursors will stand is guessed from them."""
    cell_octets: float | None = None
    most_repetitions: int = _UNLIMITED
    most_columns: int = _MOST_COLUMNS


class TableWalk:
    """One careful read of one table."""

    def __init__(
        self,
        asker: Asker,
        reader: TableReader,
        shape: Shape,
        gate: asyncio.Semaphore,
        on_reply: OnReply | None = None,
    ) -> None:
        """`gate` limits how many walks that have begun to fill up with values go on at the same time; one that has
        had no answer yet does not count, so that dead devices keep nobody waiting."""
        self._asker = asker
        self._gate = gate
        self._is_admitted = False
        self._reader = reader
        self._shape = shape
        self._on_reply = on_reply
        self._failures = 0
        self._cell_octets = shape.cell_octets or _GUESSED_CELL_OCTETS
        self._widest_cell = 0.0
        self._row_of = {index: row for row, index in enumerate(shape.order)}
        self.is_typical = shape.cell_octets is not None
        """Whether a next read would ask the same questions, if the table stays as it is."""

    async def run(self, failures: int = 0) -> None:
        """Reads until every column is over; `failures` tries are used up already.

        Raises: the tree of `nms.transports.errors`.
        """
        self._failures = failures
        try:
            while picked := self._reader.pick(min(self._shape.most_columns, self._asker.pace.variables)):
                await self._round(picked)
                await self._admit()
        finally:
            if self._is_admitted:
                self._gate.release()
        self._remember()

    async def _admit(self) -> None:
        if not self._is_admitted and self._reader.values:
            await self._gate.acquire()
            self._is_admitted = True
        if len(self._reader.values) > MOST_VARIABLES_OF_A_TABLE:
            raise OverBudget(f"{self._asker.target.address}: a table of over {MOST_VARIABLES_OF_A_TABLE} variables")

    def _remember(self) -> None:
        shape, reader = self._shape, self._reader
        if self._widest_cell > 1.1 * (shape.cell_octets or 0):
            shape.cell_octets = self._widest_cell
            self.is_typical = False
        shape.rows = reader.rows()
        if not self._asker.has_bulk:
            shape.order = reader.indexes() if shape.rows <= _MOST_GUESSED_ROWS else ()
        self.is_typical = self.is_typical and not reader.oddities
        self._asker.statistics.oddities.update(reader.oddities)

    async def _round(self, picked: list[Column]) -> None:
        repetitions = self._repetitions(len(picked))
        asked = [column.cursor for column in picked]
        columns = picked
        if not self._asker.has_bulk:
            asked, repetitions = self._guessed(picked, repetitions)
            columns = picked * repetitions
        try:
            reply = await self._asker.ask_next(asked, repetitions, 1)
        except Silence as silence:
            self._silent(silence, repetitions)
            return
        self._failures = 0
        answer = reply.answer
        if answer.error_status or not answer.names:
            self.is_typical = False
            self._refused(picked, repetitions, answer)
            return
        self._asker.pace.relax()
        self._asker.statistics.variables += len(answer.names)
        if self._on_reply:
            self._on_reply(columns, reply)
        if self._reader.feed(columns, answer, asked if len(columns) > len(picked) else ()):
            self.is_typical = False
        self._learn(picked, repetitions, answer)

    def _guessed(self, picked: Sequence[Column], rows: int) -> tuple[list[bytes], int]:
        """What to ask an agent without GETBULK: the cursors, and those of the rows that followed last time.

        The last row is left for a request of its own: behind it the agent's objects may end, which v1 calls an error.
        """
        at = [self._row_of.get(column.cursor[len(column.name) :], -1) for column in picked]
        is_known = all(row >= 0 or column.cursor == column.name for row, column in zip(at, picked, strict=True))
        if self._failures or not is_known or not self._row_of:
            return [column.cursor for column in picked], 1
        order = self._shape.order
        rows = max(1, min(rows, self._asker.pace.variables // len(picked), len(order) - 1 - max(at)))
        names = [column.cursor for column in picked]
        for ahead in range(1, rows):
            names += [column.name + order[row + ahead] for row, column in zip(at, picked, strict=True)]
        return names, rows

    def _repetitions(self, width: int) -> int:
        """Rows to ask for: what fills a response, but not more than the table is known to have left, and one to
        see that it ends there."""
        fitting = self._asker.pace.repetitions(self._cell_octets * width)
        if self._shape.rows is not None and 0 <= (left := self._shape.rows - self._reader.rows()) <= fitting:
            fitting = left + 1
        return max(1, min(fitting, self._shape.most_repetitions, self._asker.pace.most_repetitions))

    def _silent(self, silence: Silence, repetitions: int) -> None:
        self._failures += 1
        self.is_typical = False
        if self._failures > self._asker.target.retries:
            raise self._asker.unreachable(silence) from None
        self._asker.statistics.retries += 1
        if repetitions > 1 and self._asker.has_bulk:
            self._asker.pace.shrink()
        elif repetitions > 1:
            self._shape.most_repetitions = 1

    def _learn(self, picked: Sequence[Column], repetitions: int, answer: Answer) -> None:
        """An answer tells how large cells are; one that was cut short shows what fits."""
        variables, width = len(answer.names), len(picked)
        if answer.octets and variables >= width:
            cell = max(1.0, (answer.octets - _HEADER_OCTETS) / variables)
            self._widest_cell = max(self._widest_cell, cell)
            if self._shape.cell_octets is None:
                self._cell_octets = cell
        if answer.ended or all(column.done for column in picked):
            return
        if variables < width:
            self._shape.most_columns = variables
            self.is_typical = False
        elif variables < width * repetitions:
            self._shape.most_repetitions = max(1, variables // width)
            self.is_typical = False

    def _refused(self, picked: list[Column], repetitions: int, answer: Answer) -> None:
        """An error, or nothing: ask for less, and leave out the column that even alone brings an error."""
        status = answer.error_status
        word = _count_error(self._asker, status)
        guilty = picked[answer.error_index - 1] if 0 < answer.error_index <= len(picked) else None
        if repetitions > 1:
            self._shape.most_repetitions = repetitions // 2 if status == ErrorStatus.TOO_BIG else 1
        elif status not in (ErrorStatus.TOO_BIG, 0) and guilty is not None:
            guilty.done = True
        elif len(picked) > 1:
            self._shape.most_columns = len(picked) // 2
        else:
            self._reader.oddities[f"column-left-out-{word}"] += 1
            picked[0].done = True


def _count_error(asker: Asker, status: int) -> str:
    """The name of an error-status, counted. Raises AccessDenied for those that refuse the credential."""
    try:
        word = ErrorStatus(status).name.lower().replace("_", "-")
    except ValueError:
        word = "unknown-error"
    if not status:
        word = "empty-answer"
    asker.statistics.errors[word] += 1
    if status in (ErrorStatus.NO_ACCESS, ErrorStatus.AUTHORIZATION_ERROR):
        raise AccessDenied(f"{asker.target.address}: the SNMP agent refuses this credential ({word})")
    return word


class Gather:
    """One careful read of single instances, in as many requests as the agent needs."""

    def __init__(self, asker: Asker, names: Sequence[bytes]) -> None:
        self._asker = asker
        self._questions = deque(chunks(names, asker.pace))
        self.values: dict[bytes, Value] = {}
        self.replies: list[Reply] = []
        """The answers without an error."""

    async def run(self, failures: int = 0) -> dict[bytes, Value]:
        """What the agent has of the names. Raises: the tree of `nms.transports.errors`."""
        tries = self._asker.target.retries + 1 - failures
        while self._questions:
            names = self._questions.popleft()
            try:
                reply = await self._asker.ask_get(names, tries)
            except Silence as silence:
                raise self._asker.unreachable(silence) from None
            tries = self._asker.target.retries + 1
            self._asker.statistics.variables += len(reply.answer.names)
            if reply.answer.error_status or not reply.answer.names:
                self._refused(names, reply.answer)
            else:
                self._asker.pace.relax()
                self.replies.append(reply)
                self._take(names, reply.answer)
        return self.values

    def _take(self, names: Sequence[bytes], answer: Answer) -> None:
        """By name, so that the order does not matter; what is missing from an answer cut short is asked again."""
        got = dict(zip(answer.names, answer.values, strict=True))
        missing = [name for name in names if name not in got]
        for name in names:
            value = got.get(name)
            if value is not None:
                self.values[name] = value
        if missing and len(missing) < len(names):
            self._asker.pace.fewer_variables(len(names) - len(missing))
            self._questions.appendleft(missing)
        elif missing:
            self._asker.statistics.oddities["other-names"] += 1

    def _refused(self, names: Sequence[bytes], answer: Answer) -> None:
        status = answer.error_status
        word = _count_error(self._asker, status)
        if status not in (ErrorStatus.TOO_BIG, 0) and 0 < answer.error_index <= len(names):
            rest = [*names[: answer.error_index - 1], *names[answer.error_index :]]
            if rest:
                self._questions.appendleft(rest)
        elif len(names) > 1:
            half = len(names) // 2
            if status == ErrorStatus.TOO_BIG:
                self._asker.pace.fewer_variables(half)
            self._questions.extendleft([names[half:], names[:half]])
        else:
            self._asker.statistics.oddities[f"variable-left-out-{word}"] += 1


def chunks(names: Sequence[bytes], pace: Pace) -> list[Sequence[bytes]]:
    """The names in as few requests as the agent's pace allows."""
    most = max(1, min(pace.variables, pace.octets // _GET_OCTETS_PER_VARIABLE))
    return [names[at : at + most] for at in range(0, len(names), most)]
