"""A city hall's worth of readings, made up from a seed: the workload of `bench/store.py`.

At 315 devices: 65 switches of 52 ports and 8 routers of 24 with 12 columns each, 162 printers, 46 telephone sets,
34 UPS and servers: about 47 thousand series. One poll a minute, times jitter by milliseconds, traffic follows the
hour of the day, six ports of ten are idle, errors are rare, states seldom change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nms.model import Component, DeviceId, Number, Reading

T0 = 1_699_920_000.0
"""A midnight in UTC."""
POLL = 60.0
_SHARES = (("sw", 65), ("rt", 8), ("pr", 162), ("tel", 46), ("srv", 34))
COUNTERS = (
    "interface_in_octets_total",
    "interface_out_octets_total",
    "interface_in_packets_total",
    "interface_out_packets_total",
    "interface_in_broadcast_packets_total",
    "interface_out_broadcast_packets_total",
    "interface_in_errors_total",
    "interface_out_errors_total",
    "interface_in_discards_total",
    "interface_out_discards_total",
)
_STATES = ("interface_admin_status", "interface_oper_status")


@dataclass
class _Ports:
    """The interfaces of all devices of one kind: counters (columns, devices, ports) as they stand."""

    names: list[DeviceId]
    components: tuple[Component, ...]
    counters: np.ndarray
    rates: np.ndarray
    status: list[list[int]]


class Fleet:
    """Every call of `poll` is the next minute."""

    def __init__(self, devices: int = 315, seed: int = 1, start: float = T0) -> None:
        self._dice = np.random.default_rng(seed)
        self._start, self.polls = start, 0
        counts = {kind: max(1, round(share * devices / 315)) for kind, share in _SHARES}
        self.names = {kind: [DeviceId(f"{kind}-{n:03}") for n in range(count)] for kind, count in counts.items()}
        self._ports = [self._new_ports("sw", 52), self._new_ports("rt", 24)]
        self._system = (Component("device", ""),)
        self._supplies = tuple(Component("supply", color) for color in ("black", "cyan", "magenta", "yellow"))
        self._sensors = tuple(Component("sensor", f"temp{n}") for n in range(24))
        self._disks = tuple(Component("storage", f"/data{n}") for n in range(12))
        self._levels = self._dice.uniform(0.2, 1.0, (counts["pr"], 4))
        self._pages = self._dice.integers(0, 10**6, counts["pr"])
        self._used = self._dice.integers(10**9, 10**12, (counts["srv"], 12))
        self._heat = self._dice.uniform(20, 45, (counts["srv"], 24))

    def _new_ports(self, kind: str, ports: int) -> _Ports:
        names, dice = self.names[kind], self._dice
        shape = (len(names), ports)
        busy = dice.random(shape) < 0.4
        octets = np.where(busy, dice.lognormal(10, 2, shape), 0.0)
        scale = np.array([1, 0.6, 1 / 700, 0.6 / 700, 1 / 5000, 1 / 50000, 0, 0, 0, 0])
        counters = dice.integers(0, 2**45, (len(COUNTERS), *shape)).astype(np.uint64)
        counters[:, ~busy] //= 2**40
        components = tuple(Component("interface", f"Gi1/0/{n}", f"port {n}", str(n)) for n in range(1, ports + 1))
        rates = scale[:, None, None] * octets[None]
        return _Ports(names, components, counters, rates, np.where(busy, 1, 2).tolist())

    def poll(self) -> list[Reading]:
        """The next minute of everybody, as the collectors would hand it over."""
        at = self._start + self.polls * POLL
        self.polls += 1
        readings: list[Reading] = []
        for ports in self._ports:
            readings += self._interfaces(ports, at)
        for name in (name for names in self.names.values() for name in names):
            readings.append(self._reachability(name, at))
        readings += self._printers(at)
        readings += self._servers(at)
        return readings

    def _at(self, at: float) -> float:
        return round(at + float(self._dice.random()) * 0.05, 3)

    def _interfaces(self, ports: _Ports, at: float) -> Iterator[Reading]:
        daily = 1.2 + np.sin((at % 86_400) / 86_400 * 2 * np.pi - 2)
        noise = self._dice.gamma(4, 0.25, ports.rates.shape[1:]) * daily * POLL
        grown = (ports.rates * noise).astype(np.uint64)
        errors = self._dice.random(ports.rates.shape[1:]) < 0.0005
        grown[6, errors & (ports.rates[0] > 0)] += np.uint64(3)
        ports.counters += grown
        lists = ports.counters.transpose(1, 0, 2).tolist()
        up = [1] * len(ports.components)
        for name, rows, status in zip(ports.names, lists, ports.status, strict=True):
            columns: dict[str, list[Number]] = dict(zip(COUNTERS, rows, strict=True))
            columns[_STATES[0]], columns[_STATES[1]] = up, status
            yield Reading(name, "interfaces", self._at(at), ports.components, columns)

    def _reachability(self, name: DeviceId, at: float) -> Reading:
        is_up = float(self._dice.random()) > 0.0005
        columns: dict[str, list[Number | None]] = {
            "device_up": [int(is_up)],
            "icmp_round_trip_seconds": [round(float(self._dice.gamma(9, 2e-4)), 6) if is_up else None],
            "icmp_loss_ratio": [0.0 if is_up else 1.0],
        }
        return Reading(name, "reachability", self._at(at), self._system, columns)

    def _printers(self, at: float) -> Iterator[Reading]:
        self._pages += self._dice.poisson(0.3, self._pages.shape)
        self._levels -= self._dice.random(self._levels.shape) * 1e-5
        levels = np.maximum(np.round(self._levels, 2), 0).tolist()
        for name, level, pages in zip(self.names["pr"], levels, self._pages.tolist(), strict=True):
            yield Reading(name, "supplies", self._at(at), self._supplies, {"supply_level_ratio": level})
            yield Reading(name, "pages", self._at(at), self._system, {"pages_total": [pages]})

    def _servers(self, at: float) -> Iterator[Reading]:
        self._used += self._dice.integers(-(10**6), 2 * 10**6, self._used.shape) // 4096 * 4096
        self._heat += self._dice.normal(0, 0.05, self._heat.shape)
        heat, used = np.round(self._heat, 1).tolist(), self._used.tolist()
        load = np.round(self._dice.random(len(used)), 2).tolist()
        for name, temperatures, bytes_used, share in zip(self.names["srv"], heat, used, load, strict=True):
            size = [2 * 10**12] * len(bytes_used)
            storage: dict[str, list[Number]] = {"storage_used_bytes": bytes_used, "storage_size_bytes": size}
            processor: dict[str, list[Number]] = {"processor_used_ratio": [share]}
            yield Reading(name, "sensors", self._at(at), self._sensors, {"temperature_celsius": temperatures})
            yield Reading(name, "storage", self._at(at), self._disks, storage)
            yield Reading(name, "processor", self._at(at), self._system, processor)


def series_of(readings: list[Reading]) -> int:
    """How many series a poll has."""
    return sum(len(reading.components) * len(reading.columns) for reading in readings)
