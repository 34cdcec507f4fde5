"""Environment probes and air conditioning, through ENTITY-SENSOR-MIB, with the tree of NetBotz where it is one."""

from __future__ import annotations

from nms.demo.simulator import identities
from nms.demo.simulator.contents import system
from nms.demo.simulator.equipment import Equipment
from nms.demo.simulator.mib import Builder, integer, live_integer, live_text, text
from nms.demo.simulator.shapes import wave

_NETBOTZ_TEMPERATURE = "1.3.6.1.4.1.5528.100.4.1.1.1"
_NETBOTZ_HUMIDITY = "1.3.6.1.4.1.5528.100.4.1.2.1"


def environment(builder: Builder, equipment: Equipment) -> None:
    climate = equipment.climate
    system.sensors(
        builder,
        system.Sensor("Cold aisle temperature", system.CELSIUS, climate.temperature),
        system.Sensor("Room temperature", system.CELSIUS, lambda now: climate.temperature(now, 2.5)),
        system.Sensor("Relative humidity", system.HUMIDITY, lambda now: 100 * climate.humidity(now)),
    )
    if identities.identify(equipment.device).tree == "netbotz":
        _netbotz(builder, equipment)


def _netbotz(builder: Builder, equipment: Equipment) -> None:
    """Rows named by the sensor: tenths of the unit, and the reading as text."""
    climate = equipment.climate
    for row, (label, offset) in enumerate((("Cold aisle temperature", 0.0), ("Room temperature", 2.5)), 1):
        builder.row(
            _NETBOTZ_TEMPERATURE,
            row,
            {
                1: text(f"nbSensor_{row}"),
                2: live_integer(lambda now, offset=offset: 10 * climate.temperature(now, offset)),
                3: integer(0),
                4: text(label),
                7: live_text(lambda now, offset=offset: f"{climate.temperature(now, offset):.1f}"),
            },
        )
    builder.row(
        _NETBOTZ_HUMIDITY,
        1,
        {
            1: text("nbSensor_3"),
            2: live_integer(lambda now: 1000 * climate.humidity(now)),
            3: integer(0),
            4: text("Relative humidity"),
            7: live_text(lambda now: f"{100 * climate.humidity(now):.1f}"),
        },
    )


def air_conditioning(builder: Builder, equipment: Equipment) -> None:
    climate = equipment.climate
    system.sensors(
        builder,
        system.Sensor("Return air temperature", system.CELSIUS, lambda now: climate.temperature(now, 3)),
        system.Sensor("Supply air temperature", system.CELSIUS, lambda now: climate.temperature(now, -5)),
        system.Sensor("Return air humidity", system.HUMIDITY, lambda now: 100 * climate.humidity(now)),
        system.Sensor("Fan speed", system.OTHER, lambda now: wave(now, 62, 8, equipment.chance("fan")), 0),
        system.Sensor("Compressor current", system.AMPERES, lambda now: wave(now, 11, 2, equipment.chance("amps"))),
    )
