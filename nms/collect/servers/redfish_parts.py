"""What Redfish pages mean: temperatures, fans, power, drives, memory, logs. Pure functions over hostile documents.

Source: DMTF schemas Thermal, Power, Sensor, Drive, Memory, Processor, ComputerSystem, LogEntry (DSP8010).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nms.collect.parts import part
from nms.messages import called, spelled, verbatim
from nms.model import Component, Message, Number, Parameter, Severity, StateReading
from nms.text import clean
from nms.transports.redfish import Page

_HEALTH = {"OK": (1, None), "Warning": (2, Severity.WARNING), "Critical": (3, Severity.CRITICAL)}
_READING_TYPES = {
    "Temperature": "temperature_celsius",
    "Power": "power_watts",
    "Voltage": "voltage_volts",
    "Current": "current_amperes",
    "Rotational": "fan_speed_rpm",
    "Humidity": "humidity_ratio",
    "Frequency": "frequency_hertz",
}
_LOG_WINDOW_SECONDS = 86_400.0


@dataclass(slots=True)
class Found:
    """What the pages of one controller gave."""

    rows: dict[Component, dict[str, Number]] = field(default_factory=dict)
    states: list[StateReading] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    _owners: dict[Component, str] = field(default_factory=dict)

    def part(self, kind: str, page: Page, chassis: str = "") -> Component:
        """Identity by name, with the chassis in front where there are several.

        Controllers give the same name to several sensors: the second gets its number (MemberId or Id) behind it.
        """
        key = f"{chassis} {name_of(page)}".strip()
        owner = as_text(page.get("@odata.id")) or as_text(page.get("MemberId")) or as_text(page.get("Id"))
        component = Component(kind, key, key)
        if owner and self._owners.setdefault(component, owner) != owner:
            number = as_text(page.get("MemberId")) or as_text(page.get("Id")) or owner.rpartition("/")[2]
            component = Component(kind, f"{key} {number}", f"{key} {number}")
        return component

    def measure(self, component: Component, metric: str, value: object, factor: float = 1.0) -> None:
        number = as_number(value)
        if number is not None:
            self.rows.setdefault(component, {})[metric] = number * factor

    def health(self, component: Component, page: Page, name: str = "health") -> None:
        """The health that a part tells of itself; one that is absent is not judged."""
        status = page.get("Status")
        if not isinstance(status, Mapping) or status.get("State") == "Absent":
            return
        told = status.get("HealthRollup") or status.get("Health")
        if isinstance(told, str):
            value, severity = _HEALTH.get(told, (0, None))
            self.states.append(
                StateReading(component, name, value, _health_word(told), severity, unknown=told not in _HEALTH)
            )


def _health_word(told: str) -> Message:
    words = {"OK": spelled("OK"), "Warning": spelled("Warning"), "Critical": spelled("Critical")}
    return words.get(told) or verbatim(clean(told, limit=60))


def as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def as_text(value: object, limit: int = 120) -> str:
    return clean(value, limit=limit) if isinstance(value, str) else ""


def entries(value: object) -> Sequence[Mapping[str, Any]]:
    """The objects of a list, at most 200."""
    return [one for one in value[:200] if isinstance(one, Mapping)] if isinstance(value, list) else []


def name_of(page: Page, *fallback: str) -> str:
    for key in ("DeviceLocator", "Name", "MemberId", "Id"):
        if text := as_text(page.get(key)):
            return text
    return next(iter(fallback), "?")


def _is_absent(page: Page) -> bool:
    status = page.get("Status")
    return isinstance(status, Mapping) and status.get("State") in ("Absent", "Disabled")


def system(found: Found, page: Page) -> None:
    """Power state, health and what the machine is."""
    names = {"vendor": "Manufacturer", "hardware": "Model", "serial": "SerialNumber", "firmware": "BiosVersion"}
    for fact, key in names.items():
        if text := as_text(page.get(key)):
            found.facts.setdefault(fact, text)
    component = Component("system", as_text(page.get("Id")) or "1", name_of(page, "System"))
    power = as_text(page.get("PowerState"))
    if power:
        severity = None if power in ("On", "PoweringOn") else Severity.CRITICAL
        found.states.append(StateReading(component, "power", int(power == "On"), _power_word(power), severity))
    found.health(component, page)
    memory, processors = page.get("MemorySummary"), page.get("ProcessorSummary")
    if isinstance(memory, Mapping):
        found.measure(component, "memory_size_bytes", memory.get("TotalSystemMemoryGiB"), 2**30)
        found.health(component, memory, "memory")
    if isinstance(processors, Mapping):
        found.health(component, processors, "processors")


def _power_word(told: str) -> Message:
    """PowerState of the schema `Resource`."""
    words = {
        "On": spelled("on"),
        "Off": spelled("off"),
        "PoweringOn": Message("turning on"),
        "PoweringOff": Message("turning off"),
        "Paused": Message("paused"),
    }
    return words.get(told) or verbatim(told)


def thermal(found: Found, page: Page, chassis: str) -> None:
    for sensor in entries(page.get("Temperatures")):
        if _is_absent(sensor):
            continue
        component = found.part("sensor", sensor, chassis)
        found.measure(component, "temperature_celsius", sensor.get("ReadingCelsius"))
        _against_limits(found, component, sensor, sensor.get("ReadingCelsius"))
    for fan in entries(page.get("Fans")):
        if _is_absent(fan):
            continue
        component = found.part("fan", fan if fan.get("Name") else {**fan, "Name": fan.get("FanName")}, chassis)
        in_percent = as_text(fan.get("ReadingUnits")) == "Percent"
        metric, factor = ("fan_speed_ratio", 0.01) if in_percent else ("fan_speed_rpm", 1.0)
        found.measure(component, metric, fan.get("Reading"), factor)
        found.health(component, fan)
    _redundancy(found, page, chassis)


def _against_limits(found: Found, component: Component, sensor: Page, value: object) -> None:
    """The sensor's own health; where it tells none, its own limits."""
    status = sensor.get("Status")
    if isinstance(status, Mapping) and isinstance(status.get("Health"), str):
        found.health(component, sensor)
        return
    number = as_number(value)
    critical, warning = (as_number(sensor.get(f"UpperThreshold{name}")) for name in ("Critical", "NonCritical"))
    if number is None or (critical is None and warning is None):
        return
    code, text = 1, "OK"
    severity: Severity | None = None
    if warning is not None and number >= warning:
        code, text, severity = 2, "Warning", Severity.WARNING
    if critical is not None and number >= critical:
        code, text, severity = 3, "Critical", Severity.CRITICAL
    found.states.append(StateReading(component, "health", code, _health_word(text), severity))


def power(found: Found, page: Page, chassis: str) -> None:
    for control in entries(page.get("PowerControl")):
        found.measure(found.part("sensor", control, chassis), "power_watts", control.get("PowerConsumedWatts"))
    for voltage in entries(page.get("Voltages")):
        if not _is_absent(voltage):
            component = found.part("sensor", voltage, chassis)
            found.measure(component, "voltage_volts", voltage.get("ReadingVolts"))
            found.health(component, voltage)
    for supply in entries(page.get("PowerSupplies")):
        if _is_absent(supply):
            continue
        component = found.part("power-supply", supply, chassis)
        output = supply.get("PowerOutputWatts", supply.get("LastPowerOutputWatts"))
        found.measure(component, "power_watts", output)
        found.measure(component, "voltage_volts", supply.get("LineInputVoltage"))
        found.health(component, supply)
    _redundancy(found, page, chassis)


def _redundancy(found: Found, page: Page, chassis: str) -> None:
    for group in entries(page.get("Redundancy")):
        found.health(found.part("redundancy", group, chassis), group, "redundancy")


def sensor(found: Found, page: Page, chassis: str) -> None:
    """One page of the newer Sensors collection."""
    metric = _READING_TYPES.get(as_text(page.get("ReadingType")))
    if metric is None or _is_absent(page):
        return
    component = found.part("sensor", page, chassis)
    found.measure(component, metric, page.get("Reading"), 0.01 if metric == "humidity_ratio" else 1.0)
    found.health(component, page)


def fan(found: Found, page: Page, chassis: str) -> None:
    """One page of the newer ThermalSubsystem."""
    if _is_absent(page):
        return
    component = found.part("fan", page, chassis)
    speed = page.get("SpeedPercent")
    if isinstance(speed, Mapping):
        found.measure(component, "fan_speed_ratio", speed.get("Reading"), 0.01)
        found.measure(component, "fan_speed_rpm", speed.get("SpeedRPM"))
    found.health(component, page)


def supply(found: Found, page: Page, metrics: Page, chassis: str) -> None:
    """One page of the newer PowerSubsystem, and the one with its numbers."""
    if _is_absent(page):
        return
    component = found.part("power-supply", page, chassis)
    for metric, key in (("power_watts", "OutputPowerWatts"), ("voltage_volts", "InputVoltage")):
        told = metrics.get(key)
        if isinstance(told, Mapping):
            found.measure(component, metric, told.get("Reading"))
    found.health(component, page)


def volume(found: Found, page: Page) -> None:
    """A RAID volume: its health, and which kind it is."""
    if _is_absent(page):
        return
    component = found.part("volume", page)
    found.health(component, page)
    found.measure(component, "storage_size_bytes", page.get("CapacityBytes"))


def firmware(found: Found, page: Page) -> None:
    """The version of one part, as a fact; what only waits to be installed, or was replaced, is left out."""
    version, identity = as_text(page.get("Version"), 60), as_text(page.get("Id"))
    if version and not identity.startswith(("Previous", "Available")):
        found.facts.setdefault(f"firmware {name_of(page)}", version)


def is_audit(page: Page) -> bool:
    """Whether a log is one of log-ins and settings, where entries are no faults of the machine."""
    told = f"{as_text(page.get('Id'))} {as_text(page.get('Name'))}".lower()
    return any(word in told for word in ("audit", "lclog", "lifecycle", "security"))


def drive(found: Found, page: Page) -> None:
    if _is_absent(page):
        return
    component = found.part("drive", page)
    found.health(component, page)
    if page.get("FailurePredicted") is True:
        found.states.append(StateReading(component, "failure", 1, Message("predicted by the drive"), Severity.CRITICAL))
    found.measure(component, "percentage_ratio", page.get("PredictedMediaLifeLeftPercent"), 0.01)
    found.measure(component, "storage_size_bytes", page.get("CapacityBytes"))


def log(pages: Sequence[Page], at: float) -> Iterator[StateReading]:
    """Serious entries of the last day in the event log, and the newest of them."""
    serious = sorted(
        (entry for entry in map(_entry, pages) if entry and at - entry[0] < _LOG_WINDOW_SECONDS), reverse=True
    )
    component = part("log", called("Event log"), "event log")
    if not serious:
        yield StateReading(component, "serious entries", 0, Message("none in the last day"), None)
        return
    worst = max(severity for _, severity, _ in serious)
    told: dict[str, Parameter] = {"count": len(serious), "newest": clean(serious[0][2], limit=300)}
    text = Message("{count} in the last day, the newest: {newest}", told)
    yield StateReading(component, "serious entries", len(serious), text, worst)


def _entry(page: Page) -> tuple[float, Severity, str] | None:
    severity = _HEALTH.get(as_text(page.get("Severity")), (0, None))[1]
    try:
        when = datetime.fromisoformat(as_text(page.get("Created"))).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return (when, severity, as_text(page.get("Message"), 200)) if severity else None
