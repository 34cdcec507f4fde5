"""Modbus TCP of simulated air conditioning and generators: the registers that the inventory lists for them."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from typing import Any

from nms.demo.simulator.equipment import Equipment
from nms.demo.simulator.shapes import wave
from nms.demo.simulator.speaking.scene import Scene
from nms.model import Role

_PATIENCE_SECONDS = 10.0
_TABLES = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
_NO_FUNCTION, _NO_ADDRESS, _FAILED = 1, 2, 4
_WIDE = {"uint32": "!I", "int32": "!i", "float32": "!f"}


async def talk(scene: Scene, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            number, protocol, length, unit = struct.unpack("!HHHB", await reader.readexactly(7))
            request = await reader.readexactly(max(0, min(length, 254) - 1))
        if protocol != 0 or len(request) < 5:
            return
        body = _answer(scene, request)
        writer.write(struct.pack("!HHHB", number, 0, len(body) + 1, unit) + body)
        await writer.drain()


def _answer(scene: Scene, request: bytes) -> bytes:
    function, address, count = struct.unpack("!BHH", request[:5])
    table = _TABLES.get(function)
    if table is None or scene.fails:
        return bytes((function | 0x80, _NO_FUNCTION if table is None else _FAILED))
    words = _words(scene, table)
    if not any(address <= one < address + count for one in words):
        return bytes((function | 0x80, _NO_ADDRESS))
    found = [words.get(address + n, 0) for n in range(count)]
    if function in (1, 2):
        data = bytearray((count + 7) // 8)
        for n, bit in enumerate(found):
            data[n // 8] |= (bit & 1) << n % 8
        return bytes((function, len(data))) + data
    return bytes((function, 2 * count)) + struct.pack(f"!{count}H", *found)


def _words(scene: Scene, table: str) -> dict[int, int]:
    """The table as it is now; several bits may share a register."""
    words: dict[int, int] = {}
    registers = scene.endpoint.options.get("registers")
    for entry in registers if isinstance(registers, tuple | list) else ():
        if entry["table"] != table:
            continue
        address = int(entry["address"])
        for place, word in enumerate(_encoded(entry, _raw(scene, entry))):
            words[address + place] = words.get(address + place, 0) | word
    return words


def _encoded(entry: Mapping[str, Any], raw: float) -> tuple[int, ...]:
    kind = entry["type"]
    if kind in _WIDE:
        packed = struct.pack(_WIDE[kind], raw if kind == "float32" else round(raw))
        high, low = struct.unpack("!HH", packed)
        return (high, low) if entry.get("words", "high-first") == "high-first" else (low, high)
    if kind == "bit":
        return ((round(raw) & 1) << int(entry.get("bit", 0)),)
    return (round(raw) & 0xFFFF,)


def _raw(scene: Scene, entry: Mapping[str, Any]) -> float:
    """The number on the wire: of a condition its first value that is fine, of a quantity what it is by its metric."""
    states = entry.get("states")
    if states and not entry.get("metric"):
        fine = [value for value, meaning in states.items() if str(meaning).startswith("ok")]
        return float(next(iter(fine), next(iter(states))))
    value = _quantity(scene.equipment, str(entry.get("metric")), str(entry["name"]), scene.now())
    return (value - float(entry.get("offset", 0.0))) / float(entry.get("scale", 1.0))


def _quantity(equipment: Equipment, metric: str, name: str, now: float) -> float:
    phase, runs = equipment.chance(name), equipment.device.role is not Role.GENERATOR
    match metric:
        case "temperature_celsius":
            offset = -5.0 if "suministro" in name.lower() else 3.0 if runs else 12.0
            return equipment.climate.temperature(now, offset)
        case "humidity_ratio":
            return equipment.climate.humidity(now)
        case "power_watts":
            return wave(now, 6200, 900, phase) if runs else 0.0
        case "charge_ratio":
            return wave(now, 0.82, 0.02, phase)
        case "voltage_volts":
            return wave(now, 27.2, 0.1, phase)
        case "frequency_hertz" | "fan_speed_rpm":
            return (60.0 if metric == "frequency_hertz" else 1150.0) if runs else 0.0
        case "runtime_seconds":
            return 3600.0 * equipment.between(180, 900, name)
        case _:
            return wave(now, 0.6, 0.05, phase)
