"""What an SNMP agent's variables become in Python, and the one way to read them, live or from a recording.

INTEGER, Counter32, Counter64, Gauge32 and TimeTicks are `int`; OCTET STRING is `bytes` (never decoded here: the
reader knows what it means); OBJECT IDENTIFIER is `Oid`; IpAddress is `IpAddress`; an opaque float is `float`.
noSuchObject, noSuchInstance, endOfMibView and NULL are absent. Source: RFC 2578, RFC 3416.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Oid(str):
    """An OBJECT IDENTIFIER value in dotted decimal, without a leading dot."""

    __slots__ = ()


class IpAddress(str):
    """An IpAddress value in dotted quad."""

    __slots__ = ()


Value = int | float | bytes | Oid | IpAddress


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of a conceptual table, aligned by row.

    Shape: each column is as long as `indexes`; `None` where the agent has no such cell. `indexes` are the OID
    suffixes after the column, in dotted decimal, in the agent's order. A column that the agent lacks altogether is
    left out of `columns`.
    """

    indexes: Sequence[str]
    columns: Mapping[str, Sequence[Value | None]]


class SnmpReader(Protocol):
    """Reads variables of one agent. OIDs are dotted decimal without a leading dot.

    Raises: the tree of `nms.transports.errors`.
    """

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        """The instances asked for; those that the agent lacks are left out."""
        ...

    async def table(self, columns: Sequence[str]) -> Table:
        """All rows of the columns asked for, which share their indexes (columns of one table)."""
        ...

    async def walk(self, root: str) -> Mapping[str, Value]:
        """Everything under `root`, in the agent's order."""
        ...
