"""Ratios of interfaces, derived from the rates of their counters (IF-MIB, RFC 2863).

Utilisation is bits a second over the speed; errors and discards are shares of the packets that were offered. Below
`QUIET_PACKETS` a second a share says nothing (one error of two packets) and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nms.model import Number, Reading

QUIET_PACKETS = 1.0

SPEED = "interface_speed_bits_per_second"

UNITS: Mapping[str, str] = {
    f"interface_{way}_{what}_ratio": "ratio" for way in ("in", "out") for what in ("utilization", "error", "discard")
}
"""The metrics that exist only for judging, and their unit."""

Column = NDArray[np.float64]
Rates = Mapping[str, Sequence[float | None]]


class RateSource(Protocol):
    """Turns the counters of successive readings into rates: metric of the counter to units a second; None unknown."""

    def rates(self, reading: Reading) -> Rates: ...


def interface_ratios(reading: Reading, rates: Rates) -> dict[str, Sequence[Number | None]]:
    """Utilisation, error and discard ratios of the interfaces of one table, as far as its columns allow."""
    speed = reading.columns.get(SPEED)

    def rate(metric: str) -> Column | None:
        found = rates.get(metric)
        return None if found is None else _column(found)

    found = ratios(rate, None if speed is None else _column(speed))
    return {metric: _listed(values) for metric, values in found.items()}


def ratios(rate: Callable[[str], Column | None], speed: Column | float | None) -> dict[str, Column]:
    """The same of columns: `rate` gives a counter's units a second, None where it is not read; `speed` is in bits a
    second."""
    found: dict[str, Column] = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for way in ("in", "out"):
            octets = rate(f"interface_{way}_octets_total")
            if octets is not None and speed is not None:
                found[f"interface_{way}_utilization_ratio"] = octets * 8 / _positive(speed)
            packets = rate(f"interface_{way}_packets_total")
            if packets is not None:
                found |= _shares(way, rate, packets)
    return found


def _shares(way: str, rate: Callable[[str], Column | None], packets: Column) -> dict[str, Column]:
    shares: dict[str, Column] = {}
    for word, counter in (("error", "errors"), ("discard", "discards")):
        lost = rate(f"interface_{way}_{counter}_total")
        if lost is not None:
            offered = packets + lost
            offered[offered < QUIET_PACKETS] = np.nan
            shares[f"interface_{way}_{word}_ratio"] = lost / offered
    return shares


def _column(values: Sequence[Number | None]) -> Column:
    return np.array(values, dtype=np.float64)


def _positive(column: Column | float) -> Column:
    return np.where(np.asarray(column) > 0, column, np.nan)


def _listed(column: Column) -> list[Number | None]:
    listed: list[Number | None] = column.tolist()
    return listed
