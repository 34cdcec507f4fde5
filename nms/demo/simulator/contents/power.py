"""UPS-MIB (RFC 1628), APC's PowerNet-MIB for UPS and rack PDU, and the sensors of PDUs and generators."""

from __future__ import annotations

from collections.abc import Callable

from nms.demo.simulator import identities
from nms.demo.simulator.conditions import Battery
from nms.demo.simulator.contents import system
from nms.demo.simulator.equipment import Equipment
from nms.demo.simulator.mib import Builder, Cell, counter32, gauge32, integer, live, live_integer, oid, text, ticks
from nms.demo.simulator.shapes import wave

_UPS = "1.3.6.1.2.1.33.1"
_ALARM_ON_BATTERY, _ALARM_LOW_BATTERY, _ALARM_REPLACE = 2, 3, 1
_APC_UPS = "1.3.6.1.4.1.318.1.1.1"
_APC_PDU = "1.3.6.1.4.1.318.1.1.26"
_VOLTS = 127.0
"""Nominal mains voltage in Mexico."""
_OUTLETS = 8
_LOW_CHARGE = 0.2


def mains_volts(equipment: Equipment, now: float) -> float:
    return wave(now, _VOLTS, 2.5, equipment.chance("mains"))


def ups(builder: Builder, equipment: Equipment) -> None:
    battery = equipment.battery
    if battery is None:
        return
    _ups_ident(builder, equipment)
    _ups_battery(builder, equipment, battery)
    _ups_input(builder, equipment, battery)
    _ups_output(builder, equipment, battery)
    _ups_alarms(builder, battery)
    if identities.identify(equipment.device).tree == "apc-ups":
        _apc_ups(builder, equipment, battery)


def _ups_ident(builder: Builder, equipment: Equipment) -> None:
    device = equipment.device
    identity = identities.identify(device)
    builder.scalars(
        f"{_UPS}.1",
        {
            1: text(device.vendor or identity.vendor.title()),
            2: text(identities.hardware(device)),
            3: text(identity.software),
            4: text("1.0"),
            5: text(device.name),
            6: text(""),
        },
    )


def _battery_status(battery: Battery, now: float) -> int:
    """upsBatteryStatus: batteryNormal(2), batteryLow(3), batteryDepleted(4)."""
    charge = battery.charge(now)
    if charge <= 0:
        return 4
    return 3 if charge < _LOW_CHARGE else 2


def _ups_battery(builder: Builder, equipment: Equipment, battery: Battery) -> None:
    builder.scalars(
        f"{_UPS}.2",
        {
            1: lambda now: integer(_battery_status(battery, now)),
            2: live_integer(battery.seconds_on_battery),
            3: live_integer(lambda now: battery.seconds_left(now) / 60),
            4: live_integer(lambda now: 100 * battery.charge(now)),
            5: live_integer(lambda now: 10 * (22.5 + 4.8 * battery.charge(now))),
            6: live_integer(lambda now: 10 * _watts(battery) / 24 if battery.on_battery else 0.0),
            7: live_integer(equipment.climate.temperature),
        },
    )


def _watts(battery: Battery) -> float:
    return battery.rated_watts * battery.load_ratio


def _ups_input(builder: Builder, equipment: Equipment, battery: Battery) -> None:
    def present(value: Callable[[float], float]) -> Cell:
        return live_integer(lambda now: 0.0 if battery.on_battery else value(now))

    builder.scalars(f"{_UPS}.3", {1: counter32(equipment.between(1, 60, "bad-lines")), 2: integer(1)})
    builder.row(
        f"{_UPS}.3.3.1",
        1,
        {
            2: present(lambda now: wave(now, 600, 1, equipment.chance("hertz"))),
            3: present(lambda now: mains_volts(equipment, now)),
            4: present(lambda now: 10 * _watts(battery) * 1.08 / _VOLTS),
            5: present(lambda now: _watts(battery) * 1.08),
        },
    )


def _ups_output(builder: Builder, equipment: Equipment, battery: Battery) -> None:
    exhausted = battery.is_exhausted
    builder.scalars(
        f"{_UPS}.4",
        {
            1: lambda now: integer(2 if exhausted(now) else 5 if battery.on_battery else 3),
            2: integer(600),
            3: integer(1),
        },
    )

    def supplied(value: float) -> Cell:
        return live_integer(lambda now: 0.0 if exhausted(now) else value)

    builder.row(
        f"{_UPS}.4.4.1",
        1,
        {
            2: supplied(120),
            3: supplied(10 * _watts(battery) / 120),
            4: supplied(_watts(battery)),
            5: supplied(100 * battery.load_ratio),
        },
    )
    config = {1: 120, 2: 600, 3: 120, 4: 600, 7: battery.rated_watts * 1.1, 8: battery.rated_watts, 9: 2, 10: 1}
    builder.scalars(f"{_UPS}.9", {arc: integer(round(value)) for arc, value in config.items()})


def _active_alarms(battery: Battery, now: float) -> list[int]:
    """Well-known alarms of RFC 1628 that hold."""
    alarms = [_ALARM_ON_BATTERY] if battery.on_battery else []
    if battery.charge(now) < _LOW_CHARGE:
        alarms.append(_ALARM_LOW_BATTERY)
    return [*alarms, _ALARM_REPLACE] if battery.is_worn else alarms


def _ups_alarms(builder: Builder, battery: Battery) -> None:
    """The number of alarms follows the clock; their rows stand as they were when the variables were listed."""
    builder.scalar(f"{_UPS}.6.1", live(gauge32, lambda now: float(len(_active_alarms(battery, now)))))
    listed = [_ALARM_ON_BATTERY] if battery.on_battery else []
    for row, alarm in enumerate([*listed, *([_ALARM_REPLACE] if battery.is_worn else [])], 1):
        builder.row(f"{_UPS}.6.2.1", row, {2: oid(f"{_UPS}.6.3.{alarm}"), 3: ticks(0)})


def _apc_ups(builder: Builder, equipment: Equipment, battery: Battery) -> None:
    device = equipment.device
    builder.scalars(f"{_APC_UPS}.1.1", {1: text(identities.hardware(device)), 2: text(device.name)})
    builder.scalars(f"{_APC_UPS}.1.2", {1: text("UPS 09.8"), 2: text("11/20/23"), 3: text(identities.serial(device))})
    builder.scalars(
        f"{_APC_UPS}.2.1",
        {1: lambda now: integer(min(_battery_status(battery, now), 3)), 2: live(ticks, battery.seconds_on_battery)},
    )
    builder.scalars(
        f"{_APC_UPS}.2.2",
        {
            1: live(gauge32, lambda now: 100 * battery.charge(now)),
            2: live(gauge32, equipment.climate.temperature),
            3: live(ticks, battery.seconds_left),
            4: integer(2 if battery.is_worn else 1),
            8: live_integer(lambda now: 22.5 + 4.8 * battery.charge(now)),
        },
    )
    builder.scalars(
        f"{_APC_UPS}.3.2",
        {
            1: live(gauge32, lambda now: 0.0 if battery.on_battery else mains_volts(equipment, now)),
            4: live(gauge32, lambda now: 0.0 if battery.on_battery else 60.0),
        },
    )
    builder.scalar(f"{_APC_UPS}.4.1.1", lambda now: integer(3 if battery.on_battery else 2))
    amperes = _watts(battery) / 120
    builder.scalars(
        f"{_APC_UPS}.4.2", {1: gauge32(120), 2: gauge32(60), 3: gauge32(100 * battery.load_ratio), 4: gauge32(amperes)}
    )


def pdu_watts(equipment: Equipment, now: float) -> float:
    usual = equipment.between(250, 2200, "watts") * (0.85 + 0.3 * equipment.work.ratio(now))
    return usual * (1 - len(equipment.outlets_off) / _OUTLETS)


def pdu(builder: Builder, equipment: Equipment) -> None:
    if identities.identify(equipment.device).tree == "apc-pdu":
        _apc_pdu(builder, equipment)
    system.sensors(
        builder,
        system.Sensor("Input voltage", system.VOLTS_AC, lambda now: mains_volts(equipment, now)),
        system.Sensor("Input current", system.AMPERES, lambda now: pdu_watts(equipment, now) / _VOLTS, 2),
        system.Sensor("Input power", system.WATTS, lambda now: pdu_watts(equipment, now), 0),
    )


def _apc_pdu(builder: Builder, equipment: Equipment) -> None:
    """rPDU2: power in hundredths of a kilowatt, current in tenths of an ampere, energy in tenths of a kilowatt hour."""
    device = equipment.device
    name = text(device.name)
    builder.row(
        f"{_APC_PDU}.2.1",
        1,
        {
            1: integer(1),
            2: integer(1),
            3: name,
            6: text("02"),
            7: text("6.8.2"),
            9: text(identities.hardware(device)),
            10: text(identities.serial(device)),
        },
    )
    power = live_integer(lambda now: pdu_watts(equipment, now) / 10)
    energy = live_integer(lambda now: equipment.uptime(now) / 3600 * equipment.between(250, 2200, "watts") / 100)
    builder.row(f"{_APC_PDU}.4.3.1", 1, {1: integer(1), 2: integer(1), 3: name, 4: integer(2), 5: power, 9: energy})
    amperes = live_integer(lambda now: 10 * pdu_watts(equipment, now) / _VOLTS)
    volts = live_integer(lambda now: mains_volts(equipment, now))
    builder.row(
        f"{_APC_PDU}.6.3.1",
        1,
        {1: integer(1), 2: integer(1), 3: integer(1), 4: integer(2), 5: amperes, 6: volts, 7: power},
    )
    for n in range(1, _OUTLETS + 1):
        state = live_integer(lambda now, n=n: 1 if n in equipment.outlets_off else 2)
        builder.row(
            f"{_APC_PDU}.9.2.3.1", n, {1: integer(n), 2: integer(1), 3: text(f"Outlet {n}"), 4: integer(n), 5: state}
        )


def generator(builder: Builder, equipment: Equipment) -> None:
    """A standby generator at rest, through ENTITY-SENSOR-MIB."""
    fuel = equipment.between(55, 95, "fuel")
    system.sensors(
        builder,
        system.Sensor("Fuel level", system.OTHER, lambda now: fuel, 0),
        system.Sensor("Starter battery", system.VOLTS_DC, lambda now: wave(now, 13.4, 0.2, 0.3), 2),
        system.Sensor("Coolant temperature", system.CELSIUS, lambda now: equipment.climate.temperature(now, 12)),
        system.Sensor("Engine speed", system.RPM, lambda now: 0.0, 0),
        system.Sensor("Output voltage", system.VOLTS_AC, lambda now: 0.0),
    )
