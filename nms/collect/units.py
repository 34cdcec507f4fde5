"""Units as MIBs state them, converted to the base unit of each metric.

A unit is written as in the UNITS clause of the MIB: a symbol (`mV`), optionally behind a factor (`0.1 V`, `256 KB`).
Conversion is `raw * factor + offset`; watts become dBm where the metric is a level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

from nms.metrics import METRICS
from nms.model import Number

_SYMBOLS: tuple[tuple[str, str, float, float], ...] = (
    # symbols, base unit, factor, offset
    ("C celsius degC", "celsius", 1, 0),
    ("F fahrenheit", "celsius", 5 / 9, -160 / 9),
    ("K kelvin", "celsius", 1, -273.15),
    ("V volt volts", "volts", 1, 0),
    ("mV millivolts", "volts", 1e-3, 0),
    ("uV microvolts", "volts", 1e-6, 0),
    ("kV", "volts", 1e3, 0),
    ("A amp amps amperes", "amperes", 1, 0),
    ("mA milliamps", "amperes", 1e-3, 0),
    ("uA microamps", "amperes", 1e-6, 0),
    ("W watt watts", "watts", 1, 0),
    ("mW milliwatts", "watts", 1e-3, 0),
    ("uW microwatts", "watts", 1e-6, 0),
    ("kW kilowatts", "watts", 1e3, 0),
    ("BTU/h", "watts", 0.29307107, 0),
    ("VA", "volt_amperes", 1, 0),
    ("kVA", "volt_amperes", 1e3, 0),
    ("J joules", "joules", 1, 0),
    ("Wh", "joules", 3600, 0),
    ("kWh", "joules", 3.6e6, 0),
    ("MWh", "joules", 3.6e9, 0),
    ("Hz hertz", "hertz", 1, 0),
    ("kHz", "hertz", 1e3, 0),
    ("MHz", "hertz", 1e6, 0),
    ("GHz", "hertz", 1e9, 0),
    ("rpm RPM", "rpm", 1, 0),
    ("ratio", "ratio", 1, 0),
    ("percent %", "ratio", 1e-2, 0),
    ("permille", "ratio", 1e-3, 0),
    ("dBm", "dbm", 1, 0),
    ("dB", "db", 1, 0),
    ("s seconds", "seconds", 1, 0),
    ("ms milliseconds", "seconds", 1e-3, 0),
    ("us microseconds", "seconds", 1e-6, 0),
    ("ns nanoseconds", "seconds", 1e-9, 0),
    ("ticks centiseconds", "seconds", 1e-2, 0),
    ("min minutes", "seconds", 60, 0),
    ("h hours", "seconds", 3600, 0),
    ("d days", "seconds", 86400, 0),
    ("bit/s bps", "bits_per_second", 1, 0),
    ("kbit/s kbps", "bits_per_second", 1e3, 0),
    ("Mbit/s Mbps", "bits_per_second", 1e6, 0),
    ("Gbit/s Gbps", "bits_per_second", 1e9, 0),
    ("octet/s B/s", "bits_per_second", 8, 0),
    ("B byte bytes octets", "bytes", 1, 0),
    ("KB KiB", "bytes", 1024, 0),
    ("MB MiB", "bytes", 1024**2, 0),
    ("GB GiB", "bytes", 1024**3, 0),
    ("TB TiB", "bytes", 1024**4, 0),
    ("kB10", "bytes", 1e3, 0),
    ("MB10", "bytes", 1e6, 0),
    ("GB10", "bytes", 1e9, 0),
    ("m metres", "metres", 1, 0),
    ("cm", "metres", 1e-2, 0),
    ("mm", "metres", 1e-3, 0),
    ("km", "metres", 1e3, 0),
    ("Pa", "pascals", 1, 0),
    ("hPa mbar", "pascals", 100, 0),
    ("kPa", "pascals", 1e3, 0),
    ("bar", "pascals", 1e5, 0),
    ("psi", "pascals", 6894.757, 0),
    ("m3/s", "cubic_metres_per_second", 1, 0),
    ("m3/h", "cubic_metres_per_second", 1 / 3600, 0),
    ("l/s", "cubic_metres_per_second", 1e-3, 0),
    ("l/min", "cubic_metres_per_second", 1e-3 / 60, 0),
    ("l/h", "cubic_metres_per_second", 1e-3 / 3600, 0),
    ("cfm", "cubic_metres_per_second", 0.3048**3 / 60, 0),
    ("gpm", "cubic_metres_per_second", 3.785411784e-3 / 60, 0),
    ("number one", "", 1, 0),
    ("packets", "packets", 1, 0),
    ("pages", "pages", 1, 0),
)

_SAME = {"octets": "bytes"}


@dataclass(frozen=True, slots=True)
class Scale:
    """`base = raw * factor + offset`; with `level`, that is power in watts, told in dBm."""

    base: str
    factor: float = 1.0
    offset: float = 0.0
    level: bool = False

    @property
    def identity(self) -> bool:
        return self.factor == 1 and self.offset == 0 and not self.level

    def of(self, raw: Number) -> Number | None:
        """A raw number in base units. No power at all has no level: minus infinity is not a number to keep."""
        value = raw * self.factor + self.offset
        if not self.level:
            return value
        return 10 * math.log10(value * 1000) if value > 0 else None

    def as_metric(self, metric: str) -> Scale:
        """The same unit where the metric may be a level in dBm."""
        return replace(self, level=True) if self.base == "watts" and METRICS[metric].unit == "dbm" else self


@cache
def _table() -> dict[str, tuple[str, float, float]]:
    return {name: (base, factor, offset) for names, base, factor, offset in _SYMBOLS for name in names.split()}


def symbols() -> list[str]:
    """Every unit symbol that the language knows."""
    return sorted(_table())


@cache
def scale(text: str) -> Scale:
    """A unit as written in a family. Raises `ValueError` with the reason."""
    words = text.split()
    try:
        multiplier = float(words[0]) if len(words) == 2 else 1.0
    except ValueError:
        raise ValueError(f"“{words[0]}” is not a number: write units like 0.1 V") from None
    entry = _table().get(words[-1]) if words and len(words) <= 2 else None
    if entry is None:
        raise ValueError(f"“{text}” is not a unit known here")
    base, factor, offset = entry
    return Scale(base, multiplier * factor, offset)


def fits(unit: Scale, metric: str) -> bool:
    """Whether a number in this unit can be a value of the metric. A bare number fits every metric without a unit."""
    wanted = METRICS[metric].unit
    if wanted == "dbm" and unit.base == "watts":
        return True
    return _SAME.get(unit.base, unit.base) == _SAME.get(wanted, wanted) or (not unit.base and wanted == "packets")
