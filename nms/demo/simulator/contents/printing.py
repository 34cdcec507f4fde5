"""Printers: Printer-MIB (RFC 3805) and the printer part of HOST-RESOURCES-MIB (RFC 2790)."""

from __future__ import annotations

from nms.demo.simulator import identities
from nms.demo.simulator.conditions import Supply
from nms.demo.simulator.equipment import Equipment
from nms.demo.simulator.mib import Builder, counter32, integer, live, live_integer, live_text, oid, text

_HR_DEVICE_ENTRY = "1.3.6.1.2.1.25.3.2.1"
_HR_PRINTER_ENTRY = "1.3.6.1.2.1.25.3.5.1"
_PRINTER_TYPE = "1.3.6.1.2.1.25.3.1.5"
_PRT = "1.3.6.1.2.1.43"
_IDLE, _OTHER = 3, 1
_LOW_TONER, _NO_TONER = 0x20, 0x10
"""hrPrinterDetectedErrorState bits of the first octet: lowPaper(0), noPaper(1), lowToner(2), noToner(3), ..."""
_LOW = 0.1
_IMPRESSIONS, _TENTH_MILLIMETRES = 7, 4
_CONSUMED, _FILLED = 3, 4
_TRAYS = (("Tray 1", 250, 0.6), ("Tray 2", 550, 0.3), ("Bypass tray", 100, 0.0))


def printer(builder: Builder, equipment: Equipment) -> None:
    _host(builder, equipment)
    _general(builder, equipment)
    _trays(builder, equipment)
    _marker(builder, equipment)
    for row, supply in enumerate(equipment.supplies, 1):
        _supply(builder, equipment, supply, row)


def _worst_level(equipment: Equipment, now: float) -> float:
    pages = equipment.pages(now)
    return min((s.level(pages) / s.capacity for s in equipment.supplies), default=1.0)


def _error_bits(equipment: Equipment, now: float) -> bytes:
    worst = _worst_level(equipment, now)
    if worst <= 0:
        return bytes((_NO_TONER, 0))
    return bytes((_LOW_TONER if worst < _LOW else 0, 0))


def _host(builder: Builder, equipment: Equipment) -> None:
    def status(now: float) -> int:
        """hrDeviceStatus: running(2), warning(3), down(5)."""
        worst = _worst_level(equipment, now)
        return 5 if worst <= 0 else 3 if worst < _LOW else 2

    model = f"{equipment.device.vendor} {identities.hardware(equipment.device)}".strip()
    builder.row(
        _HR_DEVICE_ENTRY,
        1,
        {
            1: integer(1),
            2: oid(_PRINTER_TYPE),
            3: text(model),
            4: oid("0.0"),
            5: lambda now: integer(status(now)),
            6: counter32(0),
        },
    )
    builder.row(
        _HR_PRINTER_ENTRY,
        1,
        {
            1: lambda now: integer(_IDLE if _worst_level(equipment, now) > 0 else _OTHER),
            2: lambda now: text(_error_bits(equipment, now)),
        },
    )


def _general(builder: Builder, equipment: Equipment) -> None:
    builder.row(
        f"{_PRT}.5.1.1",
        1,
        {
            1: counter32(3),
            16: text(equipment.device.name),
            17: text(identities.serial(equipment.device)),
        },
    )
    for row, name in enumerate(("Front cover", "Rear cover"), 1):
        builder.row(f"{_PRT}.6.1.1", (1, row), {2: text(name), 3: integer(4)})

    def display(now: float) -> str:
        worst = _worst_level(equipment, now)
        return "Replace toner" if worst <= 0 else "Toner low" if worst < _LOW else "Ready"

    builder.row(f"{_PRT}.16.5.1", (1, 1), {2: live_text(display)})


def _trays(builder: Builder, equipment: Equipment) -> None:
    """Sheets left fall during the day and come back: somebody fills them."""
    for row, (name, capacity, low) in enumerate(_TRAYS, 1):
        phase = equipment.chance(name) * capacity

        def level(now: float, capacity: int = capacity, low: float = low, phase: float = phase) -> float:
            room = capacity * (1 - low)
            return capacity - (equipment.pages(now) + phase) % max(room, 1.0)

        builder.row(
            f"{_PRT}.8.2.1",
            (1, row),
            {
                2: integer(3),
                3: integer(_TENTH_MILLIMETRES),
                4: integer(2794),
                5: integer(2159),
                8: integer(8),
                9: integer(capacity),
                10: live_integer(level),
                11: integer(0),
                12: text("na-letter"),
                13: text(name),
                18: text(name),
            },
        )


def _marker(builder: Builder, equipment: Equipment) -> None:
    builder.row(
        f"{_PRT}.10.2.1",
        (1, 1),
        {
            2: integer(4),
            3: integer(_IMPRESSIONS),
            4: live(counter32, equipment.pages),
            5: live(counter32, lambda now: equipment.pages(now) % 400),
            6: integer(1 if len(equipment.supplies) < 4 else 4),
            15: integer(0),
        },
    )
    for row, supply in enumerate((s for s in equipment.supplies if s.colour), 1):
        builder.row(f"{_PRT}.12.1.1", (1, row), {2: integer(1), 3: integer(3), 4: text(supply.colour), 5: integer(256)})


def _supply(builder: Builder, equipment: Equipment, supply: Supply, row: int) -> None:
    """A waste box counts the room that is left in it, as RFC 3805 asks of receptacles."""
    colourant = 1 + [s for s in equipment.supplies if s.colour].index(supply) if supply.colour else 0
    builder.row(
        f"{_PRT}.11.1.1",
        (1, row),
        {
            2: integer(1),
            3: integer(colourant),
            4: integer(_FILLED if supply.is_receptacle else _CONSUMED),
            5: integer(supply.kind),
            6: text(supply.name),
            7: integer(_IMPRESSIONS),
            8: integer(supply.capacity),
            9: live_integer(lambda now: supply.level(equipment.pages(now))),
        },
    )
