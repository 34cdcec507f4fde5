"""Health of network equipment as its vendors tell it: Cisco, MikroTik, Fortinet; others through HOST-RESOURCES-MIB."""

from __future__ import annotations

from nms.demo.simulator import identities
from nms.demo.simulator.contents import system
from nms.demo.simulator.contents.host import memory_bytes, memory_used_ratio
from nms.demo.simulator.equipment import Equipment
from nms.demo.simulator.mib import Builder, counter32, gauge32, integer, live, live_integer, oid, text, ticks
from nms.model import Role

_CISCO = "1.3.6.1.4.1.9.9"
_FORTINET = "1.3.6.1.4.1.12356.101"
_MIKROTIK_HEALTH = "1.3.6.1.4.1.14988.1.1.3"


def cisco(builder: Builder, equipment: Equipment) -> None:
    """CISCO-PROCESS-MIB, CISCO-MEMORY-POOL-MIB, CISCO-ENVMON-MIB and the last change of CISCO-CONFIG-MAN-MIB."""
    busy = live(gauge32, lambda now: 100 * equipment.work.ratio(now))
    builder.row(f"{_CISCO}.109.1.1.1.1", 1, {2: integer(1), 6: busy, 7: busy, 8: busy})
    total = min(memory_bytes(equipment), 4e9)
    for row, name, share in ((1, "Processor", 0.7), (2, "I/O", 0.3)):
        size = total * share
        builder.row(
            f"{_CISCO}.48.1.1.1",
            row,
            {
                2: text(name),
                3: integer(0),
                4: integer(1),
                5: live(gauge32, lambda now, size=size: size * memory_used_ratio(equipment, now)),
                6: live(gauge32, lambda now, size=size: size * (1 - memory_used_ratio(equipment, now))),
                7: live(gauge32, lambda now, size=size: size * 0.3),
            },
        )
    _cisco_environment(builder, equipment)
    builder.scalar(f"{_CISCO}.43.1.1.1", live(ticks, equipment.configured))


def _cisco_environment(builder: Builder, equipment: Equipment) -> None:
    for row, (name, offset) in enumerate((("SW#1, Sensor#1, GREEN", 0.0), ("SW#1, Inlet, GREEN", -12.0)), 1):
        builder.row(
            f"{_CISCO}.13.1.3.1",
            1000 + row,
            {
                2: text(name),
                3: live(gauge32, lambda now, offset=offset: equipment.climate.temperature(now, offset)),
                4: integer(70),
                5: integer(0),
                6: live_integer(lambda now, offset=offset: 1 if equipment.climate.temperature(now, offset) < 70 else 3),
            },
        )
    builder.row(f"{_CISCO}.13.1.4.1", 1001, {2: text("Switch#1, Fan#1"), 3: integer(1)})
    builder.row(f"{_CISCO}.13.1.5.1", 1001, {2: text("Sw1, PS1 Normal"), 3: integer(1), 4: integer(2)})


def mikrotik(builder: Builder, equipment: Equipment) -> None:
    """mtxrHealth: tenths of a volt and of a degree."""
    builder.scalars(
        _MIKROTIK_HEALTH,
        {
            8: live_integer(lambda now: 10 * (24.1 + 0.1 * equipment.work.ratio(now))),
            10: live_integer(lambda now: 10 * equipment.climate.temperature(now)),
            14: integer(1200),
        },
    )
    processor_and_memory(builder, equipment)


def fortinet(builder: Builder, equipment: Equipment) -> None:
    """fgSystemInfo: processor, memory and sessions."""
    device = equipment.device
    builder.scalar("1.3.6.1.4.1.12356.100.1.1.1", text(identities.serial(device)))
    builder.scalars(
        f"{_FORTINET}.4.1",
        {
            1: text(identities.identify(device).software),
            3: live(gauge32, lambda now: 100 * equipment.work.ratio(now)),
            4: live(gauge32, lambda now: 100 * memory_used_ratio(equipment, now)),
            5: gauge32(8 * 1024 * 1024),
            6: live(gauge32, lambda now: 30 + 5 * equipment.work.ratio(now)),
            7: gauge32(120_000),
            8: live(gauge32, lambda now: 400 + 42_000 * equipment.work.ratio(now)),
        },
    )


def processor_and_memory(builder: Builder, equipment: Equipment) -> None:
    """What smaller equipment keeps of HOST-RESOURCES-MIB."""
    builder.row(
        "1.3.6.1.2.1.25.3.3.1", 1, {1: oid("0.0"), 2: live_integer(lambda now: 100 * equipment.work.ratio(now))}
    )
    size = int(min(memory_bytes(equipment), 2**31) / 1024)
    builder.row(
        "1.3.6.1.2.1.25.2.3.1",
        65536,
        {
            1: integer(65536),
            2: oid("1.3.6.1.2.1.25.2.1.2"),
            3: text("main memory"),
            4: integer(1024),
            5: integer(size),
            6: live_integer(lambda now: size * memory_used_ratio(equipment, now)),
            7: counter32(0),
        },
    )


def wireless(builder: Builder, equipment: Equipment) -> None:
    """UBNT-UniFi-MIB: per radio and network, the stations and channel use."""
    if identities.identify(equipment.device).vendor != "ubiquiti":
        return
    tree = "1.3.6.1.4.1.41112.1.6.1"
    for row, (radio, name, channel) in enumerate((("wifi0", "ng", 6), ("wifi1", "na", 44)), 1):
        use = live_integer(lambda now, row=row: 4 + 55 * equipment.work.ratio(now) / row)
        builder.row(f"{tree}.1.1", row, {1: integer(row), 2: text(radio), 3: text(name), 6: use, 7: use, 8: integer(3)})
        stations = live_integer(lambda now, row=row: 2 + 40 * equipment.work.ratio(now) * row / 2)
        builder.row(
            f"{tree}.2.1",
            row,
            {
                1: integer(row),
                4: integer(channel),
                6: text("Municipio"),
                7: text(f"ath{row - 1}"),
                8: stations,
                9: text(name),
            },
        )


def network_sensors(equipment: Equipment) -> tuple[system.Sensor, ...]:
    climate = equipment.climate
    found = [
        system.Sensor("Chassis temperature", system.CELSIUS, climate.temperature),
        system.Sensor("Inlet temperature", system.CELSIUS, lambda now: climate.temperature(now, -12)),
    ]
    if equipment.device.role is not Role.ACCESS_POINT:
        found.append(system.Sensor("Fan 1", system.RPM, lambda now: 3200 + 40 * climate.temperature(now), 0))
    return tuple(found)
