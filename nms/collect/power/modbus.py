"""Air conditioning, meters and generators over Modbus TCP: the registers that the inventory lists for them.

Neighbouring registers are read in one request; where a device refuses a block, its registers are read one by one,
and those it lacks are named.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from nms.collect.answer import Answer, failed
from nms.collect.sheet import sheet
from nms.messages import spelled
from nms.model import Component, Device, DeviceId, Endpoint, Message, Number, Outcome, Severity, StateReading, Witness
from nms.text import clean
from nms.transports import modbus
from nms.transports.errors import LocalFault, TransportError
from nms.transports.modbus import MOST_REGISTERS, ModbusException, ModbusSession, ModbusTarget, Table

TRANSPORT = "modbus"
_GAP = 8
"""Registers between two wanted ones that are read along, rather than asking twice."""
_WIDE = frozenset({"uint32", "int32", "float32"})
_SEVERITIES: dict[str, Severity | None] = {
    "ok": None,
    "info": Severity.INFO,
    "warning": Severity.WARNING,
    "critical": Severity.CRITICAL,
}

Entry = Mapping[str, Any]
Words = dict[tuple[Table, int], int]


@dataclass(frozen=True, slots=True)
class Block:
    """Registers that are read together."""

    table: Table
    address: int
    count: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class ModbusAsker:
    seconds: float = 10.0

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        entries = endpoint.options.get("registers")
        target = ModbusTarget(endpoint.address, endpoint.port or 502, int(str(endpoint.options.get("unit", 1))))
        problems: list[str] = []
        try:
            if not isinstance(entries, list | tuple) or not entries:
                raise LocalFault(f"the Modbus endpoint of {endpoint.address} lists no registers")
            async with modbus.session(target, self.seconds) as (session, connected):
                words = await _read(session, blocks(entries), problems)
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        return understand(device.id, at, entries, words, problems, connected)


def blocks(entries: Sequence[Entry]) -> Iterator[Block]:
    """The registers in as few requests as the protocol allows."""
    held: list[Entry] = []
    for entry in sorted(entries, key=lambda one: (str(one["table"]), int(one["address"]))):
        if held and not _fits(held, entry):
            yield _block(held)
            held = []
        held.append(entry)
    if held:
        yield _block(held)


def _fits(held: Sequence[Entry], entry: Entry) -> bool:
    first, end = int(held[0]["address"]), max(int(one["address"]) + _width(one) for one in held)
    near = int(entry["address"]) <= end + _GAP
    return (
        entry["table"] == held[0]["table"] and near and int(entry["address"]) + _width(entry) - first <= MOST_REGISTERS
    )


def _block(held: Sequence[Entry]) -> Block:
    first, end = int(held[0]["address"]), max(int(one["address"]) + _width(one) for one in held)
    return Block(cast("Table", held[0]["table"]), first, end - first, tuple(held))


def _width(entry: Entry) -> int:
    return 2 if entry["type"] in _WIDE else 1


async def _read(session: ModbusSession, wanted: Iterator[Block], problems: list[str]) -> Words:
    words: Words = {}
    for block in wanted:
        try:
            values = await session.registers(block.table, block.address, block.count)
        except ModbusException as error:
            if len(block.entries) == 1:
                problems.append(f"{TRANSPORT}: {error}")
                continue
            single = iter([_block([entry]) for entry in block.entries])
            words |= await _read(session, single, problems)
        else:
            words |= {(block.table, block.address + n): value for n, value in enumerate(values)}
    return words


def understand(
    device: DeviceId,
    at: float,
    entries: Sequence[Entry],
    words: Words,
    problems: Sequence[str] = (),
    connected: float | None = None,
) -> Answer:
    """What the registers that were read say; those that were not are left out."""
    rows: dict[Component, dict[str, Number]] = {}
    states: list[StateReading] = []
    for entry in entries:
        raw = _value(entry, words)
        if raw is None or raw == entry.get("absent"):
            continue
        component = Component("sensor", str(entry["name"]), str(entry["name"]))
        if entry.get("metric"):
            value = raw * float(entry.get("scale", 1.0)) + float(entry.get("offset", 0.0))
            rows.setdefault(component, {})[str(entry["metric"])] = value
        if entry.get("states"):
            states.append(_state(component, int(raw), entry["states"]))
    outcome = Outcome.PARTIAL if problems else Outcome.ANSWERED
    witness = Witness(TRANSPORT, outcome, at, round_trip=connected, reason="; ".join(problems))
    return Answer(witness, sheet(device, TRANSPORT, at, rows), tuple(states), problems=tuple(problems))


def _value(entry: Entry, words: Words) -> float | int | None:
    table, address, kind = cast("Table", entry["table"]), int(entry["address"]), entry["type"]
    first = words.get((table, address))
    if first is None:
        return None
    if kind == "bit":
        return first >> int(entry.get("bit", 0)) & 1
    if kind == "int16":
        return first - 0x10000 if first >= 0x8000 else first
    if kind == "uint16":
        return first
    second = words.get((table, address + 1))
    if second is None:
        return None
    high, low = (first, second) if entry.get("words", "high-first") == "high-first" else (second, first)
    code = {"uint32": "!I", "int32": "!i", "float32": "!f"}[str(kind)]
    value: float | int = struct.unpack(code, struct.pack("!HH", high, low))[0]
    return value if math.isfinite(value) else None


def _state(component: Component, raw: int, meanings: Mapping[Any, str]) -> StateReading:
    meaning = meanings.get(raw, meanings.get(str(raw)))
    if meaning is None:
        return StateReading(component, "state", raw, Message("value {value}", {"value": raw}), None, unknown=True)
    word, _, text = str(meaning).partition(" ")
    severity = _SEVERITIES.get(word)
    shown = text if word in _SEVERITIES and text else str(meaning)
    return StateReading(component, "state", raw, spelled(clean(shown, limit=100)), severity)
