"""What a metric implies when a family says nothing: plausible range, not-available markers, kind of component.

Ranges are physical limits in base units, far beyond what equipment of a city hall reaches: a value outside is an
agent's mistake or marker, and is dropped rather than shown.
"""

from __future__ import annotations

from collections.abc import Mapping

MARKERS: frozenset[int | float | str] = frozenset(
    {65535, 65534, 32767, -32768, 2147483647, -2147483648, -2147483647, 4294967295, 16777215, 9223372036854775807,
     -9223372036854775808, 18446744073709551615, 99999, 999999, -99999, -9999, 2147483646}
)  # fmt: skip
"""Raw values by which agents say “not available”. They are dropped from sensors, never from counters or sizes."""

_UNBOUNDED = (-1e18, 1e19)

RANGES: Mapping[str, tuple[float, float]] = {
    "temperature_celsius": (-80, 250),
    "humidity_ratio": (0, 1),
    "processor_used_ratio": (0, 1),
    "memory_used_ratio": (0, 1),
    "storage_used_ratio": (0, 1),
    "memory_used_bytes": (0, 1e15),
    "memory_size_bytes": (1, 1e15),
    "storage_used_bytes": (0, 1e18),
    "storage_size_bytes": (1, 1e18),
    "supply_level_ratio": (0, 1),
    "voltage_volts": (-20_000, 20_000),
    "current_amperes": (-30_000, 30_000),
    "power_watts": (-1e7, 1e7),
    "apparent_power_volt_amperes": (-1e7, 1e7),
    "power_factor_ratio": (-1, 1),
    "frequency_hertz": (0, 1e12),
    "fan_speed_rpm": (0, 60_000),
    "fan_speed_ratio": (0, 1.5),
    "optical_power_dbm": (-100, 60),
    "signal_dbm": (-150, 60),
    "rssi_db": (-150, 127),
    "transmit_power_dbm": (-100, 90),
    "noise_floor_dbm": (-150, 0),
    "rsrp_dbm": (-160, -20),
    "rsrq_db": (-50, 30),
    "modulation_error_db": (-99, 20),
    "cross_polarisation_db": (-60, 99),
    "gain_db": (-100, 100),
    "error_ratio": (0, 1),
    "signal_quality_ratio": (0, 1),
    "signal_to_noise_db": (-60, 90),
    "charge_ratio": (0, 1.2),
    "load_ratio": (0, 9),
    "runtime_seconds": (0, 2.9e8),
    "percentage_ratio": (0, 10),
    "loss_ratio": (0, 1),
    "channel_utilization_ratio": (0, 1),
    "bit_error_ratio": (0, 1),
    "delay_seconds": (0, 86_400),
    "distance_metres": (0, 1e7),
    "pressure_pascals": (-1e6, 1e8),
}

_NOT_SENSORS = ("interface_", "memory_", "storage_", "device_", "bit_rate_", "events_", "count", "pages_", "users",
                "processes", "clients", "energy_", "channels_", "calls_", "registrations", "condition", "bgp_", "ospf_",
                "system_", "updates_", "cell_")  # fmt: skip


def markers(metric: str) -> frozenset[int | float | str]:
    return frozenset() if metric.startswith(_NOT_SENSORS) else MARKERS


def plausible(metric: str) -> tuple[float, float]:
    return RANGES.get(metric, _UNBOUNDED)


_KINDS = (
    ("interface_", "interface"),
    ("processor_", "processor"),
    ("memory_", "memory"),
    ("storage_", "storage"),
    ("supply_", "supply"),
    ("bgp_", "bgp-peer"),
    ("ospf_", "ospf-neighbour"),
    ("device_", "device"),
    ("system_", "device"),
)


def component_kind(metric: str | None) -> str:
    return next((kind for prefix, kind in _KINDS if (metric or "").startswith(prefix)), "sensor")


RATIOS: tuple[tuple[str, str, str], ...] = (
    ("memory_used_bytes", "memory_size_bytes", "memory_used_ratio"),
    ("storage_used_bytes", "storage_size_bytes", "storage_used_ratio"),
)
"""Ratios that the engine derives where a family gives both sides and not the ratio."""
