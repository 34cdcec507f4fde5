"""Walking the columns of a table with any agent, however it behaves: pure bookkeeping, no input or output.

Each column has its own cursor, so sparse columns, answers cut short and columns that end early need no special
case. OIDs that do not increase are accepted as long as they are new; a column that shows an old one again is over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nms.transports.snmp.ber import BadPacket, decode_arcs
from nms.transports.snmp.messages import Answer
from nms.transports.snmp.values import Value


class Column:
    """One column: where the walk stands, and in which place of the flat list of values each of its cells lies."""

    __slots__ = ("cursor", "done", "last", "name", "places")

    def __init__(self, name: bytes) -> None:
        self.name = name
        self.cursor = name
        self.done = False
        self.last: tuple[int, ...] = ()
        self.places: dict[bytes, int] = {}


class TableReader:
    """All columns of one table."""

    def __init__(self, columns: Sequence[bytes]) -> None:
        self.columns = [Column(name) for name in columns]
        self.values: list[Value | None] = []
        self.oddities: Counter[str] = Counter()
        self._indexes: dict[bytes, bytes] = {}

    def pick(self, most: int) -> list[Column]:
        """The columns to ask for next: all that go on, or the `most` that lag behind."""
        active = [column for column in self.columns if not column.done]
        if len(active) <= most:
            return active
        return sorted(active, key=lambda column: len(column.places))[:most]

    def rows(self) -> int:
        """Rows of the longest column so far."""
        return max((len(column.places) for column in self.columns), default=0)

    def feed(self, picked: Sequence[Column], answer: Answer, asked: Sequence[bytes] = ()) -> int:
        """Takes the answer to a request that named the cursors of `picked`; returns how many cells are of no use.

        A request that guesses where its columns will stand names a column several times; `asked` are its names. What
        follows a place where its column does not stand (a row has come or gone) is left out.
        """
        base = len(self.values)
        self.values.extend(answer.values)
        names = answer.names
        width = len(picked)
        useless = 0
        for row in range(0, len(names), width):
            for column, at in self._assign(picked, names, row):
                if asked and column.cursor != asked[at]:
                    useless += 1
                elif not column.done:
                    self._take(column, names[at], base + at, at in answer.ended)
        return useless

    def _assign(self, picked: Sequence[Column], names: Sequence[bytes], row: int) -> list[tuple[Column, int]]:
        """Which column each variable of one repetition belongs to: by position, as the protocol says, unless the
        agent has shuffled them, which shows when every column finds exactly one name of its own elsewhere."""
        by_position = list(zip(picked, range(row, len(names)), strict=False))
        if all(names[at].startswith(column.name) for column, at in by_position):
            return by_position
        by_name = []
        for _, at in by_position:
            owners = [column for column in picked if names[at].startswith(column.name)]
            if len(owners) != 1:
                return by_position
            by_name.append((owners[0], at))
        if len({id(column) for column, _ in by_name}) != len(picked):
            return by_position
        self.oddities["shuffled"] += 1
        return by_name

    def _take(self, column: Column, name: bytes, place: int, ended: bool) -> None:
        index = name[len(column.name) :]
        index = self._indexes.setdefault(index, index)
        if ended or not index or not name.startswith(column.name):
            column.done = True
            return
        if index in column.places:
            self.oddities["cycle"] += 1
            column.done = True
            return
        try:
            arcs = decode_arcs(index)
        except BadPacket:
            self.oddities["bad-index"] += 1
            column.done = True
            return
        if arcs <= column.last:
            self.oddities["not-increasing"] += 1
        column.last = arcs
        column.places[index] = place
        column.cursor = name

    def indexes(self) -> list[bytes]:
        """The rows in the agent's order; rows that only some columns have stand where their number belongs."""
        columns = [column.places for column in self.columns if column.places]
        if not columns:
            return []
        longest = max(columns, key=len)
        if all(places.keys() == longest.keys() for places in columns):
            return list(longest)
        union = {index: None for places in [longest, *columns] for index in places}
        if self.oddities["not-increasing"]:
            return list(union)
        return sorted(union, key=decode_arcs)
