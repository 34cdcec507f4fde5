"""Readings to write, in the shapes that real devices give."""

from __future__ import annotations

from collections.abc import Sequence

from nms.model import Component, DeviceId, Number, Reading
from nms.store.samples import Series

T0 = 1_699_999_200.0
"""An hour's beginning in UTC (2023-11-14 22:00), two hours before midnight."""

SWITCH = DeviceId("sw-tesoreria")
IN = "interface_in_octets_total"
STATUS = "interface_oper_status"
HEAT = "temperature_celsius"


def ports(*names: str, label: str = "") -> tuple[Component, ...]:
    return tuple(Component("interface", name, label or f"port {name}", str(n)) for n, name in enumerate(names, 1))


def reading(
    at: float,
    columns: dict[str, Sequence[Number | None]],
    components: tuple[Component, ...] = ports("Gi1", "Gi2"),
    device: DeviceId = SWITCH,
    table: str = "interfaces",
    since: float | None = None,
) -> Reading:
    return Reading(device, table, at, components, columns, since)


def octets(key: str = "Gi1") -> Series:
    return Series(SWITCH, "interface", key, IN)


def steady(start: float, polls: int, interval: float = 60.0, rate: int = 100) -> list[Reading]:
    """Two ports whose counters grow by `rate` and twice that a second, one reading a poll."""
    return [
        reading(
            start + n * interval,
            {
                IN: [int(10**6 + n * interval * rate), int(n * interval * 2 * rate)],
                STATUS: [1, 2],
                HEAT: [20.5, n / 10],
            },
        )
        for n in range(polls)
    ]
