"""A UPS or PDU as Network UPS Tools shows it: charge, runtime, load, voltages, outlets and the status words.

Source: the variable names of NUT's developer guide, appendix A; status words of RFC 9271 section 5.1. Words and
severities are those of the UPS-MIB family, so that both kinds of UPS are judged alike.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from nms.collect.answer import Answer, Resolver, failed
from nms.collect.parts import part
from nms.collect.sheet import sheet
from nms.messages import called, spelled
from nms.model import Component, Device, DeviceId, Endpoint, Message, Number, Outcome, Severity, StateReading, Witness
from nms.transports import nut
from nms.transports.errors import TransportError
from nms.transports.nut import NutTarget, UpsLost

TRANSPORT = "nut"
_SIDES = {
    "input": called("Input"),
    "output": called("Output"),
    "bypass": called("Bypass"),
    "battery": called("Battery"),
    "ups": called("UPS"),
    "ambient": called("Ambient"),
}
_QUANTITIES: Mapping[str, tuple[str, float]] = {
    "voltage": ("voltage_volts", 1.0),
    "current": ("current_amperes", 1.0),
    "frequency": ("frequency_hertz", 1.0),
    "realpower": ("power_watts", 1.0),
    "power": ("apparent_power_volt_amperes", 1.0),
    "load": ("load_ratio", 0.01),
    "powerfactor": ("power_factor_ratio", 1.0),
    "temperature": ("temperature_celsius", 1.0),
    "humidity": ("humidity_ratio", 0.01),
    "charge": ("charge_ratio", 0.01),
    "runtime": ("runtime_seconds", 1.0),
}
_PHASED = re.compile(r"(input|output|bypass)\.(L[123](?:-(?:N|L[123]))?)\.(\w+)")
_OUTLET = re.compile(r"outlet\.(\d{1,3})\.(\w+)")
_FACTS = {
    "vendor": ("device.mfr", "ups.mfr"),
    "hardware": ("device.model", "ups.model"),
    "serial": ("device.serial", "ups.serial"),
    "firmware": ("ups.firmware",),
}
_SOURCES: tuple[tuple[str, int, Message, Severity | None], ...] = (
    ("OFF", 2, spelled("none"), Severity.CRITICAL),
    ("OB", 5, spelled("battery"), Severity.CRITICAL),
    ("BYPASS", 4, spelled("bypass"), Severity.WARNING),
    ("BOOST", 6, spelled("booster"), Severity.WARNING),
    ("TRIM", 7, spelled("reducer"), Severity.WARNING),
    ("OL", 3, spelled("normal"), None),
)
"""Status word -> upsOutputSource (RFC 1628), in the order in which one prevails."""
_SOURCE = part("sensor", called("Output source"))
_WORDS: tuple[tuple[str, str, str, Message, Severity], ...] = (
    ("RB", "battery", "replacement", Message("needs replacing"), Severity.CRITICAL),
    ("OVER", "output", "overload", Message("overloaded"), Severity.CRITICAL),
    ("ALARM", "ups", "alarm", spelled("active"), Severity.WARNING),
    ("FSD", "ups", "shutdown", Message("forced shutdown under way"), Severity.CRITICAL),
    ("CAL", "battery", "calibration", Message("under way"), Severity.INFO),
)


@dataclass(frozen=True, slots=True)
class NutAsker:
    resolve: Resolver[NutTarget]
    seconds: float = 10.0

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        try:
            found = await nut.variables(self.resolve(device, endpoint), self.seconds)
        except UpsLost as error:
            return _lost(at, error)
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        return understand(device.id, at, found.values, found.seconds)


def understand(device: DeviceId, at: float, values: Mapping[str, str], seconds: float | None = None) -> Answer:
    """What the variables of one UPS say."""
    rows: defaultdict[Component, dict[str, Number]] = defaultdict(dict)
    for name, text in values.items():
        place = _place(name)
        number = _number(text)
        if place is not None and number is not None:
            component, metric, factor = place
            rows[component][metric] = number * factor
    states = _states(values.get("ups.status", ""), values)
    facts = {fact: next((values[n] for n in names if values.get(n)), "") for fact, names in _FACTS.items()}
    witness = Witness(TRANSPORT, Outcome.ANSWERED, at, round_trip=seconds)
    kept = {fact: value for fact, value in facts.items() if value}
    return Answer(witness, sheet(device, TRANSPORT, at, rows), (_contact(True), *states), kept)


def _lost(at: float, error: UpsLost) -> Answer:
    witness = Witness(TRANSPORT, Outcome.PARTIAL, at, reason=str(error))
    return Answer(witness, states=(_contact(False),), problems=(f"{TRANSPORT}: {error}",))


def _place(name: str) -> tuple[Component, str, float] | None:
    """Component, metric and factor of a variable; `None` for one that is no measurement."""
    phased, outlet = _PHASED.fullmatch(name), _OUTLET.fullmatch(name)
    if phased:
        side, phase, quantity = phased.groups()
        component = _sensor(Message("{side} {phase}", {"side": _SIDES[side], "phase": phase}))
    elif outlet:
        component, quantity = _outlet(outlet[1]), outlet[2]
    else:
        side, _, quantity = name.partition(".")
        if side not in _SIDES:
            return None
        # NUT says the load and power of the whole under “ups”: it is what the output carries.
        whole = side == "ups" and quantity in ("load", "realpower", "power")
        component = _sensor(_SIDES["output" if whole else side])
    metric = _QUANTITIES.get(quantity)
    return (component, *metric) if metric else None


def _sensor(said: Message) -> Component:
    return part("sensor", said)


def _outlet(number: str) -> Component:
    return _sensor(called("Outlet {number}", number=number))


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _states(status: str, values: Mapping[str, str]) -> list[StateReading]:
    words = set(status.split())
    found = []
    source = next((s for s in _SOURCES if s[0] in words), None)
    if source:
        _, value, text, severity = source
        found.append(StateReading(_SOURCE, "upsOutputSource", value, text, severity))
    elif words:
        found.append(StateReading(_SOURCE, "upsOutputSource", 1, spelled("other"), None, unknown=True))
    if words & {"OL", "OB", "LB"}:
        low = "LB" in words
        charge = spelled("batteryLow") if low else spelled("batteryNormal")
        worse = Severity.CRITICAL if low else None
        found.append(StateReading(_sensor(_SIDES["battery"]), "upsBatteryStatus", 3 if low else 2, charge, worse))
    for word, side, name, text, severity in _WORDS:
        active = word in words
        told = text if active else spelled("no")
        found.append(StateReading(_sensor(_SIDES[side]), name, int(active), told, severity if active else None))
    return [*found, *_outlets(values)]


def _outlets(values: Mapping[str, str]) -> list[StateReading]:
    found = []
    for name, text in values.items():
        match = _OUTLET.fullmatch(name)
        if match and match[2] == "status" and text in ("on", "off"):
            severity = None if text == "on" else Severity.INFO
            told = spelled("on") if text == "on" else spelled("off")
            found.append(StateReading(_outlet(match[1]), "outlet", int(text == "on"), told, severity))
    return found


def _contact(there: bool) -> StateReading:
    text = spelled("established") if there else spelled("lost")
    return StateReading(_sensor(_SIDES["ups"]), "communication", int(there), text, None if there else Severity.CRITICAL)
