"""Telephone exchanges and their lines."""

from __future__ import annotations

from dataclasses import dataclass, field

from nms.model import State
from nms.queries.rows.attention import Attention
from nms.queries.rows.equipment import DeviceRow


@dataclass(frozen=True, slots=True)
class LineRow:
    """A part of a telephone exchange. `kind`: exchange (a number of the whole), trunk, queue, mailbox, licence,
    telephones (those of the inventory against those registered), or calls (over time, and how they sound).

    `component_kind`, `key` and `metric` name the series that tells most of it; `value` is its last number, `used` and
    `size` are channels, `load` their ratio, `text` the exchange's own words; `numbers` are figures of calls by metric.
    """

    device: str
    device_name: str
    department: str
    kind: str
    component_kind: str
    key: str
    label: str
    state: State
    attention: Attention
    metric: str = ""
    value: float | None = None
    used: float | None = None
    size: float | None = None
    load: float | None = None
    text: str = ""
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Telephony:
    """Exchanges and gateways, their lines, and the telephone sets of the inventory."""

    exchanges: tuple[DeviceRow, ...] = ()
    lines: tuple[LineRow, ...] = ()
    phones: tuple[DeviceRow, ...] = ()
