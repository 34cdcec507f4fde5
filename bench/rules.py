"""What judging costs: CPU seconds a minute for 10,000 devices with 500,000 readings a minute.

    python bench/rules.py [--devices 10000] [--minutes 5] [--batches 60] [--storm]

Each device brings an interface table (4 interfaces x 8 columns), storage, memory, processors, sensors and states,
50 numbers in all. One device in a hundred is in trouble: a full disk, a fan, a silence with what stands behind it.
The polls of a minute are judged in batches, as the daemon does, with a tick after each.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator

from nms.model import (
    Component,
    Device,
    DeviceId,
    Endpoint,
    Inventory,
    Outcome,
    Poll,
    Reading,
    Role,
    Severity,
    StateReading,
    Witness,
)
from nms.rules.judge import Judge

START = 1_790_000_000.0
PORTS = tuple(Component("interface", f"Gi0/{n}", f"Gi0/{n}") for n in range(4))
DISKS = tuple(Component("storage", f"/d{n}", f"/d{n}") for n in range(3))
SENSORS = tuple(Component("sensor", f"t{n}", f"t{n}") for n in range(4))
ITSELF = (Component("device", ""),)
FAN = Component("fan", "fan-1", "fan-1")


def city(devices: int) -> Inventory:
    """A core, a router for every hundred devices, and the devices behind it."""
    found = {}
    for n in range(devices):
        router = n - n % 100
        parents = () if n == 0 else (DeviceId("d0"),) if n % 100 == 0 else (DeviceId(f"d{router}"),)
        name = DeviceId(f"d{n}")
        found[name] = Device(
            name, name, Role.SWITCH, "192.0.2.1", "s", "d", (Endpoint("snmp", "192.0.2.1"),), parents
        )  # fmt: skip
    return Inventory("Bench", {}, {}, found, {})


def poll(n: int, minute: int, at: float, storm: bool) -> Poll:
    name = DeviceId(f"d{n}")
    trouble = n % 100 == 7
    if minute >= 2 and (n // 100 % 100 == 50 or (storm and n >= 100)):
        return Poll(name, at, 5.0, (Witness("icmp", Outcome.SILENT, at), Witness("snmp", Outcome.SILENT, at)))
    grown = minute * 60 * 1000
    readings = (
        Reading(name, "ifTable", at, PORTS, {
            "interface_oper_status": [1, 1, 1, 2],
            "interface_admin_status": [1, 1, 1, 1],
            "interface_speed_bits_per_second": [1e9] * 4,
            "interface_in_octets_total": [grown * 100 + k for k in range(4)],
            "interface_out_octets_total": [grown * 90 + k for k in range(4)],
            "interface_in_packets_total": [grown + k for k in range(4)],
            "interface_in_errors_total": [minute] * 4,
            "interface_in_discards_total": [0] * 4,
        }),
        Reading(name, "storage", at, DISKS, {
            "storage_used_ratio": [0.5, 0.6, 0.97 if trouble else 0.7],
            "storage_used_bytes": [5e9, 6e9, 7e9],
        }),
        Reading(name, "sensors", at, SENSORS, {"temperature_celsius": [30.0, 31.0, 32.0, None]}),
        Reading(name, "system", at, ITSELF, {
            "memory_used_ratio": [0.5], "processor_used_ratio": [0.2], "icmp_loss_ratio": [0.0],
            "device_uptime_seconds": [1e6 + minute * 60], "system_load_1m": [0.3], "processes": [120],
        }),
    )  # fmt: skip
    failed = (2, "failed", Severity.CRITICAL) if trouble else (1, "normal", None)
    states = (StateReading(FAN, "ciscoEnvMonFanState", *failed), StateReading(FAN, "power", 1, "on", None))
    witnesses = (Witness("icmp", Outcome.ANSWERED, at, 0.001), Witness("snmp", Outcome.ANSWERED, at, 0.002))
    return Poll(name, at, 0.1, witnesses, readings, states)


def numbers(one: Poll) -> int:
    return len(one.states) + len(one.witnesses) + sum(len(r.columns) * len(r.components) for r in one.readings)


def batches(devices: int, minute: int, count: int, storm: bool) -> Iterator[tuple[float, list[Poll]]]:
    size = -(-devices // count)
    for first in range(0, devices, size):
        at = START + minute * 60 + first * 60 / devices
        yield at, [poll(n, minute, at, storm) for n in range(first, min(devices, first + size))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--minutes", type=int, default=5)
    parser.add_argument("--batches", type=int, default=60)
    parser.add_argument("--storm", action="store_true", help="from minute 2 on nearly everything is silent")
    given = parser.parse_args()
    judge = Judge(city(given.devices))
    print(f"{given.devices} devices, {given.batches} batches a minute, limit 10 CPU seconds a minute")
    print(f"{'minute':>6} {'readings':>9} {'CPU s':>7} {'verdicts':>9} {'open':>6}")
    for minute in range(given.minutes):
        spent, verdicts, readings = 0.0, 0, 0
        for at, polls in batches(given.devices, minute, given.batches, given.storm):
            readings += sum(map(numbers, polls))
            begun = time.process_time()
            verdicts += len(judge.judge(polls, at).verdicts) + len(judge.tick(at).verdicts)
            spent += time.process_time() - begun
        print(f"{minute:>6} {readings:>9} {spent:>7.2f} {verdicts:>9} {judge.ledger.count:>6}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
