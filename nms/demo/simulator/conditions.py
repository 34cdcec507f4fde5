"""What can wear, run down or fill up in simulated equipment, as functions of the clock that a fault can bend."""

from __future__ import annotations

from dataclasses import dataclass

from nms.demo.simulator.shapes import Pulse, wave


@dataclass(slots=True, eq=False)
class Battery:
    """A UPS battery: `autonomy` seconds at its load, recharging four times as slowly as it runs down."""

    autonomy: float
    load_ratio: float
    rated_watts: float
    on_battery: bool = False
    is_worn: bool = False
    _charge: float = 1.0
    _since: float = 0.0

    def charge(self, now: float) -> float:
        """0 to 1."""
        elapsed = max(0.0, now - self._since)
        slope = -1 / self.autonomy if self.on_battery else 1 / (4 * self.autonomy)
        return min(1.0, max(0.0, self._charge + slope * elapsed))

    def seconds_left(self, now: float) -> float:
        return self.charge(now) * self.autonomy

    def seconds_on_battery(self, now: float) -> float:
        return max(0.0, now - self._since) if self.on_battery else 0.0

    def set_on_battery(self, on_battery: bool, now: float) -> None:
        if on_battery != self.on_battery:
            self._charge, self._since = self.charge(now), now
            self.on_battery = on_battery

    def set_charge(self, charge: float, now: float) -> None:
        """Puts it there without forgetting since when it has been supplying."""
        slope = -1 / self.autonomy if self.on_battery else 1 / (4 * self.autonomy)
        self._charge = charge - slope * max(0.0, now - self._since)

    def is_exhausted(self, now: float) -> bool:
        return self.on_battery and self.charge(now) <= 0

    def exhausted_at(self) -> float | None:
        """When the load will lose its power, if the mains do not come back."""
        return self._since + self._charge * self.autonomy if self.on_battery else None


_CHANGED_AT = 0.12
"""Share that is left when a careful office changes a supply."""


@dataclass(slots=True, eq=False)
class Supply:
    """A toner, drum or waste box. `capacity` is in pages; `printed` says how many pages the engine has printed."""

    name: str
    kind: int
    """prtMarkerSuppliesType: toner(3), wasteToner(4), opc(9)."""
    colour: str
    capacity: int
    start: float
    """Level at page 0 of the simulation, 0 to 1."""
    is_receptacle: bool = False
    level_fault: float | None = None
    _refilled_at_pages: float = 0.0

    def level(self, pages: float) -> int:
        """Pages left, or room left in a waste box; full again before it runs out, as somebody changes it in time."""
        if self.level_fault is not None:
            return round(self.capacity * self.level_fault)
        left = (self.start - (pages - self._refilled_at_pages) / self.capacity) % 1.0
        return round(self.capacity * (_CHANGED_AT + (1 - _CHANGED_AT) * left))

    def refill(self, pages: float) -> None:
        self.level_fault = None
        self.start, self._refilled_at_pages = 0.999, pages


@dataclass(slots=True, eq=False)
class FileSystem:
    """A mounted volume that breathes a little during the day."""

    mount: str
    size_bytes: float
    used_ratio: float
    phase: float
    ratio_fault: float | None = None

    def used_bytes(self, now: float) -> float:
        ratio = wave(now, self.used_ratio, 0.01, self.phase) if self.ratio_fault is None else self.ratio_fault
        return self.size_bytes * min(1.0, max(0.0, ratio))


@dataclass(slots=True, eq=False)
class Work:
    """How busy a processor is, 0 to 1."""

    pulse: Pulse
    idle: float
    peak: float
    load_fault: float | None = None

    def ratio(self, now: float) -> float:
        if self.load_fault is not None:
            return self.load_fault
        return min(0.99, self.idle + (self.peak - self.idle) * self.pulse.level(now) / 1.75)


@dataclass(slots=True, eq=False)
class Climate:
    """Temperature and humidity of a room or a chassis."""

    celsius: float
    swing: float
    humidity_ratio: float
    phase: float
    heat_fault: float = 0.0

    def temperature(self, now: float, offset: float = 0.0) -> float:
        return wave(now, self.celsius + offset, self.swing, self.phase) + self.heat_fault

    def humidity(self, now: float) -> float:
        return wave(now, self.humidity_ratio, 0.04, self.phase + 0.4)
