"""SNMPv2-MIB system group, snmp group, ENTITY-MIB chassis and ENTITY-SENSOR-MIB (RFC 3418, 6933, 3433)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nms.demo.simulator import identities
from nms.demo.simulator.equipment import Equipment
from nms.demo.simulator.mib import Builder, Cell, integer, live, live_integer, oid, text, ticks
from nms.demo.simulator.world import World
from nms.model import Role

_SYSTEM = "1.3.6.1.2.1.1"
_ENT_PHYSICAL = "1.3.6.1.2.1.47.1.1.1.1"
_ENT_SENSOR = "1.3.6.1.2.1.99.1.1.1"
_CHASSIS, _POWER_SUPPLY, _FAN, _SENSOR = 3, 6, 7, 8
_SERVICES = {Role.ROUTER: 78, Role.FIREWALL: 78, Role.SWITCH: 6, Role.ACCESS_POINT: 2}

OTHER, VOLTS_AC, VOLTS_DC, AMPERES, WATTS, HERTZ, CELSIUS, HUMIDITY, RPM = 1, 3, 4, 5, 6, 7, 8, 9, 10
"""EntitySensorDataType."""
_UNITS = {
    OTHER: "%",
    VOLTS_AC: "V AC",
    VOLTS_DC: "V DC",
    AMPERES: "A",
    WATTS: "W",
    HERTZ: "Hz",
    CELSIUS: "C",
    HUMIDITY: "%RH",
    RPM: "rpm",
}


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor of the ENTITY-SENSOR-MIB: `value` in the unit of its kind, reported with `precision` decimals."""

    name: str
    kind: int
    value: Callable[[float], float]
    precision: int = 1


def system(builder: Builder, equipment: Equipment, world: World) -> None:
    device = equipment.device
    site = world.inventory.sites.get(device.site)
    place = site.name if site else device.site
    builder.scalars(
        _SYSTEM,
        {
            1: text(identities.sys_descr(device)),
            2: oid(identities.object_id(device)),
            3: live(ticks, equipment.uptime),
            4: text("Simulated equipment, looked after by nobody"),
            5: text(str(device.id)),
            6: text(f"{place} (simulated)"),
            7: integer(_SERVICES.get(device.role, 72)),
        },
    )


def chassis(builder: Builder, equipment: Equipment) -> None:
    """entPhysicalTable row 1: the device itself, with model and serial number."""
    device = equipment.device
    identity = identities.identify(device)
    hardware = identities.hardware(device)
    _physical(builder, 1, f"{hardware} chassis", 0, _CHASSIS, hardware)
    builder.row(
        _ENT_PHYSICAL,
        1,
        {
            10: text(identity.software),
            11: text(identities.serial(device)),
            12: text(device.vendor or identity.vendor.title()),
            13: text(hardware),
            15: text(device.asset_tag),
            16: integer(1),
        },
    )


def parts(builder: Builder, power_supplies: int, fans: int) -> None:
    """Power supplies from index 10, fans from index 20."""
    for n in range(1, power_supplies + 1):
        _physical(builder, 9 + n, f"Power Supply {n}", 1, _POWER_SUPPLY, f"PSU {n}")
    for n in range(1, fans + 1):
        _physical(builder, 19 + n, f"Fan {n}", 1, _FAN, f"FAN {n}")


def sensors(builder: Builder, *found: Sensor) -> None:
    """entPhysicalTable and entPhySensorTable, from index 1001."""
    for number, sensor in enumerate(found, 1001):
        _physical(builder, number, sensor.name, 1, _SENSOR, sensor.name)
        builder.row(
            _ENT_SENSOR,
            number,
            {
                1: integer(sensor.kind),
                2: integer(9),
                3: integer(sensor.precision),
                4: _scaled(sensor),
                5: integer(1),
                6: text(_UNITS[sensor.kind]),
                7: live(ticks, lambda now: now % 4_000_000),
                8: integer(5000),
            },
        )


def _scaled(sensor: Sensor) -> Cell:
    factor = 10**sensor.precision
    return live_integer(lambda now: sensor.value(now) * factor)


def _physical(builder: Builder, index: int, descr: str, inside: int, kind: int, name: str) -> None:
    builder.row(
        _ENT_PHYSICAL,
        index,
        {
            2: text(descr),
            3: oid("0.0"),
            4: integer(inside),
            5: integer(kind),
            6: integer(index % 1000),
            7: text(name),
            8: text(""),
            9: text(""),
            10: text(""),
            11: text(""),
            12: text(""),
            13: text(""),
            14: text(""),
            15: text(""),
            16: integer(2),
        },
    )
