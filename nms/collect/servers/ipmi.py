"""A server through its management controller (IPMI 2.0): power state, sensors with their thresholds, the event log.

Source: IPMI 2.0 section 28 (chassis), 35 and 43 (sensors, SDR), 31 (SEL), as ipmitool prints them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nms.collect.answer import Answer, Resolver, failed
from nms.collect.parts import part
from nms.collect.sheet import sheet
from nms.messages import called, spelled, verbatim
from nms.model import (
    Component,
    Device,
    DeviceId,
    Endpoint,
    Message,
    Number,
    Outcome,
    Parameter,
    Severity,
    StateReading,
    Witness,
)
from nms.text import clean
from nms.transports.errors import TransportError
from nms.transports.ipmi import IpmiClient, IpmiTarget

TRANSPORT = "ipmi"
COMMANDS = ("chassis power status", "mc info", "sdr elist all", "sel elist last 20")
_UNITS: dict[str, tuple[str, float, float]] = {
    "degrees C": ("temperature_celsius", 1.0, 0.0),
    "degrees F": ("temperature_celsius", 5 / 9, -32.0),
    "RPM": ("fan_speed_rpm", 1.0, 0.0),
    "Volts": ("voltage_volts", 1.0, 0.0),
    "Amps": ("current_amperes", 1.0, 0.0),
    "Watts": ("power_watts", 1.0, 0.0),
    "percent": ("percentage_ratio", 0.01, 0.0),
}
_STATUS: dict[str, tuple[int, Message, Severity | None]] = {
    "ok": (1, spelled("normal"), None),
    "nc": (2, Message("beyond a non-critical threshold"), Severity.WARNING),
    "lnc": (2, Message("below its non-critical threshold"), Severity.WARNING),
    "unc": (2, Message("above its non-critical threshold"), Severity.WARNING),
    "cr": (3, Message("beyond a critical threshold"), Severity.CRITICAL),
    "lcr": (3, Message("below its critical threshold"), Severity.CRITICAL),
    "ucr": (3, Message("above its critical threshold"), Severity.CRITICAL),
    "nr": (4, Message("beyond a non-recoverable threshold"), Severity.CRITICAL),
    "lnr": (4, Message("below its non-recoverable threshold"), Severity.CRITICAL),
    "unr": (4, Message("above its non-recoverable threshold"), Severity.CRITICAL),
}
_WORDS: tuple[tuple[str, Severity], ...] = (
    ("non-recoverable", Severity.CRITICAL),
    ("uncorrectable", Severity.CRITICAL),
    ("failure detected", Severity.CRITICAL),
    ("drive fault", Severity.CRITICAL),
    ("in failed array", Severity.CRITICAL),
    ("in critical array", Severity.CRITICAL),
    ("power supply ac lost", Severity.CRITICAL),
    ("redundancy lost", Severity.WARNING),
    ("redundancy degraded", Severity.WARNING),
    ("predictive failure", Severity.WARNING),
    ("correctable ecc logging limit", Severity.WARNING),
    ("general chassis intrusion", Severity.WARNING),
)
_READING = re.compile(r"(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?) (.+)")
_POWER = re.compile(r"Chassis Power is (\w+)", re.IGNORECASE)
_FIRMWARE = re.compile(r"Firmware Revision\s*: (\S+)")


@dataclass(frozen=True, slots=True)
class IpmiAsker:
    client: IpmiClient
    resolve: Resolver[IpmiTarget]
    seconds: float = 25.0

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        try:
            output = await self.client.run(self.resolve(device, endpoint), COMMANDS, self.seconds)
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        return understand(device.id, at, output.lines, output.seconds)


def understand(device: DeviceId, at: float, lines: Sequence[str], seconds: float | None = None) -> Answer:
    """What the output of `COMMANDS` says."""
    rows: dict[Component, dict[str, Number]] = {}
    states: list[StateReading] = []
    facts: dict[str, str] = {}
    names: Counter[str] = Counter()
    for line in lines:
        fields = [field.strip() for field in line.rsplit(" | ", 4)]
        if len(fields) == 5 and re.fullmatch(r"[0-9A-Fa-f]{2}h", fields[1]):
            _sensor(fields, names, rows, states)
        elif power := _POWER.fullmatch(line):
            on = power[1].lower() == "on"
            told = spelled("on") if on else spelled("off")
            severity = None if on else Severity.CRITICAL
            states.append(StateReading(part("system", called("System"), "1"), "power", int(on), told, severity))
        elif firmware := _FIRMWARE.fullmatch(line):
            facts["firmware"] = firmware[1]
    problems = () if rows or states else (f"{TRANSPORT}: the controller lists no sensors",)
    outcome = Outcome.PARTIAL if problems else Outcome.ANSWERED
    witness = Witness(TRANSPORT, outcome, at, round_trip=seconds, reason="; ".join(problems))
    return Answer(witness, sheet(device, TRANSPORT, at, rows), (*states, *_log(lines)), facts, problems=problems)


def _sensor(
    fields: Sequence[str],
    names: Counter[str],
    rows: dict[Component, dict[str, Number]],
    states: list[StateReading],
) -> None:
    """One line of `sdr elist`: name, number, status, entity, reading. A name that comes again gets its number."""
    name, number, status, _, text = fields
    names[name] += 1
    label = name if names[name] == 1 else f"{name} {number}"
    component = Component("sensor", label, label)
    if status in ("ns", "us") or not name:
        return
    reading = _READING.fullmatch(text)
    unit = _UNITS.get(reading[2]) if reading else None
    if reading and unit:
        metric, factor, offset = unit
        rows[component] = {metric: (float(reading[1]) + offset) * factor}
        odd = Message("status {status}", {"status": clean(status, limit=10)})
        value, words, severity = _STATUS.get(status, (0, odd, None))
        states.append(StateReading(component, "threshold", value, words, severity, unknown=status not in _STATUS))
    elif text and not reading:
        severity = _worst(text)
        states.append(StateReading(component, "state", int(severity is not None), verbatim(text), severity))


def _worst(text: str) -> Severity | None:
    lowered = text.lower()
    return max((severity for word, severity in _WORDS if word in lowered), default=None)


def _log(lines: Sequence[str]) -> list[StateReading]:
    """The newest serious entry of the event log that was not taken back since.

    The clock of a controller is often wrong or not set, so age is not judged: an entry counts until the same sensor
    deasserts, or the log is cleared.
    """
    open_entries: dict[tuple[str, str], Severity] = {}
    for line in lines:
        fields = [field.strip() for field in line.split("|")]
        if len(fields) < 6 or not fields[0] or not re.fullmatch(r"[0-9a-f]+", fields[0]):
            continue
        key = (fields[3], fields[4])
        severity = _worst(fields[4]) or (Severity.CRITICAL if " critical" in f" {fields[4].lower()}" else None)
        if fields[5].lower().startswith("deasserted"):
            open_entries.pop(key, None)
        elif severity is not None:
            open_entries.pop(key, None)
            open_entries[key] = severity
    component = part("log", called("Event log"), "event log")
    if not open_entries:
        return [StateReading(component, "serious entries", 0, spelled("none"), None)]
    sensor, event = list(open_entries)[-1]
    told: dict[str, Parameter] = {"count": len(open_entries), "newest": clean(f"{sensor}: {event}", limit=300)}
    text = Message("{count}, the newest: {newest}", told)
    return [StateReading(component, "serious entries", len(open_entries), text, Severity.WARNING)]
