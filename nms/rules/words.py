"""Numbers and instants as they are put into messages: short, with their unit, the same in every language."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from nms.calendars import wall_time
from nms.model import Component, Message, Parameter

_SYMBOLS = {
    "celsius": "°C",
    "volts": "V",
    "amperes": "A",
    "watts": "W",
    "volt_amperes": "VA",
    "joules": "J",
    "hertz": "Hz",
    "pascals": "Pa",
    "metres": "m",
    "seconds": "s",
    "dbm": "dBm",
    "db": "dB",
    "rpm": "rpm",
    "pages": "",
    "packets": "",
}
_PREFIXES = ("", "k", "M", "G", "T", "P")


def part(device: str, component: Component) -> Parameter:
    """A part of a device for people: `UPS Tesorería · Battery`; the device alone where it is itself the part."""
    name = component.label or component.key
    if not name or name == device:
        return device
    if component.said is None:
        return f"{device} · {name}"
    return Message("{device} · {part}", {"device": device, "part": component.said})


def filled(sentence: Message, params: Mapping[str, Parameter]) -> Message:
    """One of several sentences, written out as messages so that translators find them, with its parameters."""
    return Message(sentence.template, params)


def when(at: float, zone: ZoneInfo) -> str:
    """An instant by the office clock: `2026-09-15 14:03:22`."""
    return f"{wall_time(at, zone):%Y-%m-%d %H:%M:%S}"


def quantity(value: float, unit: str) -> str:
    """A value with its unit: `93 %`, `21.5 °C`, `1.2 GB`, `940 Mbit/s`."""
    if unit == "ratio":
        return f"{value * 100:.3g} %"
    if unit in {"bytes", "octets"}:
        return _scaled(value, "B")
    if unit == "bits_per_second":
        return _scaled(value, "bit/s")
    symbol = _SYMBOLS.get(unit, unit.replace("_", " "))
    return f"{value:.4g} {symbol}".rstrip()


def _scaled(value: float, unit: str) -> str:
    step = 0
    while abs(value) >= 999.5 and step < len(_PREFIXES) - 1:
        value, step = value / 1000, step + 1
    return f"{value:.3g} {_PREFIXES[step]}{unit}"
