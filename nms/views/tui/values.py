"""Numbers with their units, short enough for a column. An unknown number is empty, never 0."""

from __future__ import annotations

from datetime import UTC, datetime

from nms.views.times import duration

_SCALED = {
    "bits_per_second": ("bit/s", 1000.0),
    "bytes": ("B", 1024.0),
    "octets": ("B", 1024.0),
    "octets/s": ("B/s", 1024.0),
    "watts": ("W", 1000.0),
    "volt_amperes": ("VA", 1000.0),
    "hertz": ("Hz", 1000.0),
    "joules": ("J", 1000.0),
    "pascals": ("Pa", 1000.0),
}
_PLAIN = {
    "celsius": "°C",
    "volts": "V",
    "amperes": "A",
    "rpm": "rpm",
    "dbm": "dBm",
    "db": "dB",
    "metres": "m",
    "packets/s": "/s",
    "pages": "",
}
_PREFIXES = ("", "k", "M", "G", "T", "P")
_WITHOUT_DECIMALS = 100
_MANY = 1000
_AN_INSTANT = 1e9
"""Seconds that are more than any duration are an instant of Unix time (when a certificate ends)."""


def scaled(number: float | None, unit: str, step: float = 1000.0) -> str:
    """`1.23 Mbit/s`: three digits and a prefix."""
    if number is None:
        return ""
    size, prefix = abs(number), 0
    while size >= step and prefix < len(_PREFIXES) - 1:
        size /= step
        prefix += 1
    sign = "-" if number < 0 else ""
    return f"{sign}{_three(size)} {_PREFIXES[prefix]}{unit}".rstrip()


def _three(size: float) -> str:
    return f"{size:.0f}" if size >= _WITHOUT_DECIMALS or size == int(size) else f"{size:.3g}"


def bits(number: float | None) -> str:
    return scaled(number, "bit/s")


def share(ratio: float | None) -> str:
    """A ratio as a percentage; what is small but there is not shown as nothing."""
    if ratio is None:
        return ""
    return "<1 %" if 0 < ratio < 0.01 else f"{ratio * 100:.0f} %"


def milliseconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if 0 < seconds < 0.0001:
        return "<0.1 ms"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.2g} ms"


def quantity(number: float | None, unit: str) -> str:
    """Any number of the monitor in its unit (`nms.metrics`)."""
    if number is None:
        return ""
    if unit == "ratio":
        return f"{number * 100:.1f} %"
    if unit == "seconds" and number >= _AN_INSTANT:
        return f"{datetime.fromtimestamp(number, UTC):%Y-%m-%d}"
    if unit == "seconds":
        return duration(number) if abs(number) >= 60 else milliseconds(number) if abs(number) < 1 else f"{number:.3g} s"
    if unit in _SCALED:
        return scaled(number, *_SCALED[unit])
    suffix = _PLAIN.get(unit, unit.replace("_", " "))
    digits = f"{number:.0f}" if abs(number) >= _MANY else f"{number:.4g}"
    return f"{digits} {suffix}".rstrip()


def age(since: float | None, now: float) -> str:
    """How long ago, in two units at the most."""
    return "" if since is None else duration(max(0.0, now - since))


def without(text: str, name: str) -> str:
    """A sentence without the name that it begins with, for a row that shows the name beside it."""
    rest = text.removeprefix(name) if name else text
    shorter = rest.lstrip(" ·:,")
    return shorter if shorter and shorter != rest else text
