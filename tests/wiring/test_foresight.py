"""What the stored history says of the weeks to come, from counters and gauges as polls wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nms.config import Config
from nms.model import Component, Device, DeviceId, Inventory, Link, Reading, Role
from nms.rules.configured import policies
from nms.rules.judge import Judge
from nms.store.samples import MemorySamples
from nms.wiring.engine import CollectedRates
from nms.wiring.foresight import Foresight

HOUR, DAY = 3600.0, 86_400.0
START, DAYS = 1_790_000_000.0 // DAY * DAY, 40
NOW = START + DAYS * DAY
ROUTER, UPS, FAR = DeviceId("rt"), DeviceId("ups"), DeviceId("far")
PORTS = (Component("interface", "1", "GigabitEthernet0/1"), Component("interface", "2", "GigabitEthernet0/2"))
CAPACITY = 1e8


def city() -> Inventory:
    roles = {ROUTER: Role.ROUTER, FAR: Role.ROUTER, UPS: Role.UPS}
    devices = {name: Device(name, name, role, "", "", "") for name, role in roles.items()}
    link = Link("wan", "WAN", ROUTER, "Gi0/1", FAR, "ether1", CAPACITY)
    return Inventory("Prueba", {}, {}, devices, {link.id: link})


def foreseen(readings: Sequence[Reading]) -> Iterator[str]:
    """The keys of what calls for work, of a history."""
    samples, inventory = MemorySamples(), city()
    samples.write(readings)
    foresight = Foresight(inventory, samples)
    foresight.foresee(Judge(inventory, policies(Config()), {}, CollectedRates()), foresight.histories(NOW), NOW)
    return (one.verdict.key for one in foresight.forecasts)


def hourly() -> np.ndarray:
    return START + np.arange(DAYS * 24 + 1) * HOUR


def counted(rate: np.ndarray) -> list[int]:
    """A counter that has grown at this rate a second in each hour before."""
    return [int(value) for value in np.cumsum(rate * HOUR)]


def test_a_link_that_fills_is_foreseen_from_its_counters_and_a_port_of_no_link_is_not() -> None:
    at = hourly()
    octets = counted((0.30 + 0.35 * (at - START) / (NOW - START)) * CAPACITY / 8)
    readings = [
        Reading(ROUTER, "interfaces", float(when), PORTS, {"interface_in_octets_total": [value, value]})
        for when, value in zip(at, octets, strict=True)
    ]
    assert list(foreseen(readings)) == ["forecast/rt/interface:1/interface_in_utilization_ratio"]


def test_a_line_whose_errors_grow_is_foreseen() -> None:
    at = hourly()
    noise = np.random.default_rng(1).normal(1.0, 0.1, len(at))
    packets, errors = counted(np.full(len(at), 1000.0)), counted(8.0 * noise * (at - START) / (NOW - START))
    readings = [
        Reading(
            ROUTER, "interfaces", float(when), PORTS[:1],
            {
                "interface_in_octets_total": [count * 100],
                "interface_in_packets_total": [count],
                "interface_in_errors_total": [wrong],
            },
        )
        for when, count, wrong in zip(at, packets, errors, strict=True)
    ]  # fmt: skip
    assert list(foreseen(readings)) == ["forecast/rt/interface:1/interface_in_error_ratio"]


def battery(wear_per_day: float, load_per_day: float) -> list[Reading]:
    """A battery that gives 30 minutes at half load, with its wear and a load that grows."""
    component = (Component("battery", "1", "Battery"),)
    found = []
    for when in hourly():
        days = (when - START) / DAY
        load = 0.3 + load_per_day * days + 0.02 * np.sin(days * 2 * np.pi)
        runtime = 1800 * (1 - wear_per_day * days) * (0.5 / load) ** 1.15
        found.append(
            Reading(UPS, "ups", float(when), component, {"runtime_seconds": [runtime], "load_ratio": [float(load)]})
        )
    return found


def test_the_wear_of_a_battery_is_foreseen_and_a_growing_load_is_no_wear() -> None:
    worn = "forecast/ups/battery:1/runtime_seconds"
    assert worn in list(foreseen(battery(wear_per_day=0.012, load_per_day=0.0)))
    assert worn not in list(foreseen(battery(wear_per_day=0.0, load_per_day=0.012)))
