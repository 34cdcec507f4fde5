"""Air conditioning over Modbus TCP: a real server (pymodbus), and peers that break the rules."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.datastore import (
    ModbusDeviceContext,
    ModbusSequentialDataBlock,
    ModbusServerContext,
)
from pymodbus.server import ModbusTcpServer

from nms.collect.answer import Answer
from nms.collect.power.modbus import ModbusAsker, blocks, understand
from nms.i18n import in_english
from nms.inventory.registers import Register
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Severity
from tests.peers import free_port
from tests.transports.servers import tcp_server

CRAC = Device(DeviceId("clima"), "clima", Role.HVAC, "127.0.0.1", "s", "d")


def register(name: str, address: int, **more: Any) -> dict[str, Any]:
    return Register(name=name, address=address, **more).model_dump()


REGISTERS = [
    register("Supply air", 0, type="int16", metric="temperature_celsius", scale=0.1),
    register("Humidity", 1, metric="humidity_ratio", scale=0.001),
    register("Power", 2, type="uint32", metric="power_watts"),
    register("Return air", 4, type="float32", words="low-first", metric="temperature_celsius"),
    register("Fan", 6, metric="fan_speed_ratio", scale=0.01, absent=0xFFFF),
    register("Unit", 0, table="input", states={0: "ok running", 2: "critical high pressure"}),
    register("Filter", 1, table="input", type="bit", bit=3, states={0: "ok clean", 1: "warning clogged"}),
    register("Compressor", 0, table="discrete", type="bit", states={1: "ok on", 0: "warning off"}),
]


@asynccontextmanager
async def device(holding: Any) -> AsyncIterator[int]:
    context = ModbusServerContext(
        devices=ModbusDeviceContext(
            di=ModbusSequentialDataBlock(1, [1] * 10),
            ir=ModbusSequentialDataBlock(1, [2, 0b1000, 0, 0]),
            hr=holding,
        ),
        single=True,
    )
    port = free_port()
    server = ModbusTcpServer(context, address=("127.0.0.1", port))
    task = asyncio.create_task(server.serve_forever())
    async with asyncio.timeout(5):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                break
            except OSError:
                await asyncio.sleep(0.01)
    writer.close()
    try:
        yield port
    finally:
        await server.shutdown()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def ask(port: int, registers: list[dict[str, Any]] | None = None, seconds: float = 5.0) -> Answer:
    endpoint = Endpoint("modbus", "127.0.0.1", port, options={"unit": 1, "registers": registers or REGISTERS})
    return await ModbusAsker(seconds).ask(CRAC, endpoint, 1000.0)


def cells(answer: Answer) -> dict[str, float]:
    return {
        component.key: value
        for reading in answer.readings
        for column in reading.columns.values()
        for component, value in zip(reading.components, column, strict=True)
        if value is not None
    }


async def test_a_real_server_gives_measurements_and_conditions():
    low, high = struct.unpack("!HH", struct.pack("!f", 27.5))[::-1]
    async with device(ModbusSequentialDataBlock(1, [0xFFF6, 455, 1, 2, low, high, 0xFFFF, 0, 0])) as port:
        answer = await ask(port)
    assert answer.witness.outcome is Outcome.ANSWERED, answer.witness.reason
    assert cells(answer) == pytest.approx({"Supply air": -1.0, "Humidity": 0.455, "Power": 65538, "Return air": 27.5})
    told = {state.component.key: (in_english(state.text), state.severity) for state in answer.states}
    assert told == {
        "Unit": ("high pressure", Severity.CRITICAL),
        "Filter": ("clogged", Severity.WARNING),
        "Compressor": ("on", None),
    }


async def test_a_block_that_is_refused_is_read_one_by_one_and_what_is_missing_is_named():
    wanted = [register("A", 0, metric="count"), register("B", 3, metric="count"), register("C", 6, metric="count")]

    async def without_address_3(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            number, _, _, _, function, first, count = struct.unpack("!HHHBBHH", await reader.readexactly(12))
            if first <= 3 < first + count:
                writer.write(frame(number, bytes((function | 0x80, 2))))
            else:
                values = struct.pack(f"!{count}H", *(11 * (first // 3 + 1) for _ in range(count)))
                writer.write(frame(number, bytes((function, len(values))) + values))

    async with tcp_server(without_address_3) as port:
        answer = await ask(port, wanted)
    assert answer.witness.outcome is Outcome.PARTIAL
    assert cells(answer) == {"A": 11, "C": 33}
    assert answer.problems == (f"modbus: 127.0.0.1:{port} unit 1 has no such address (address 3)",)


def frame(number: int, body: bytes, protocol: int = 0) -> bytes:
    return struct.pack("!HHHB", number, protocol, len(body) + 1, 1) + body


@pytest.mark.parametrize(
    "answers",
    [
        lambda number: b"HTTP/1.1 400 Bad Request\r\n\r\n",
        lambda number: frame(number, b"\x03\x02\x00\x01", protocol=7),
        lambda number: frame(number, b"\x03\xff" + b"\0" * 20),
        lambda number: frame(number, b"\x04\x02\x00\x01"),
        lambda number: frame(number + 1, b"\x03\x02\x00\x01") * 40,
        lambda number: struct.pack("!HHHB", number, 0, 60000, 1) + b"\0" * 70000,
        lambda number: b"\0",
    ],
)
async def test_what_is_no_modbus_is_told_in_a_sentence(answers):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readexactly(12)
        writer.write(answers(int.from_bytes(request[:2], "big")))

    async with tcp_server(talk) as port:
        answer = await ask(port, [register("A", 0, metric="count")], 1.0)
    assert answer.witness.outcome in (Outcome.FAILED, Outcome.SILENT)
    assert len(answer.witness.reason) < 200


async def test_a_late_answer_to_an_earlier_question_is_skipped():
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = int.from_bytes((await reader.readexactly(12))[:2], "big")
        writer.write(frame(number + 999, b"\x03\x02\x00\x63") + frame(number, b"\x03\x02\x00\x07"))

    async with tcp_server(talk) as port:
        answer = await ask(port, [register("A", 0, metric="count")])
    assert cells(answer) == {"A": 7}


async def test_an_empty_port_is_silent_and_no_registers_are_our_own_fault():
    assert (await ask(free_port())).witness.outcome is Outcome.SILENT
    ours = await ModbusAsker(1.0).ask(CRAC, Endpoint("modbus", "127.0.0.1", 1), 1.0)
    assert ours.witness.outcome is Outcome.FAILED


def test_a_value_without_a_meaning_is_unknown():
    entry = register("Unit", 0, states={0: "ok running"})
    (state,) = understand(DeviceId("d"), 1.0, [entry], {("holding", 0): 9}).states
    assert (state.unknown, state.severity) == (True, None)


TABLES, KINDS = st.sampled_from(["holding", "input"]), st.sampled_from(["uint16", "float32"])


@given(st.lists(st.tuples(TABLES, st.integers(0, 60000), KINDS), min_size=1, max_size=60))
def test_blocks_hold_every_register_once_and_never_too_many(places: list[tuple[str, int, str]]):
    entries = [{"name": str(n), "table": t, "address": a, "type": k} for n, (t, a, k) in enumerate(places)]
    made = list(blocks(entries))
    assert sorted(entry["name"] for block in made for entry in block.entries) == sorted(e["name"] for e in entries)
    for block in made:
        assert 1 <= block.count <= 125
        for entry in block.entries:
            width = 2 if entry["type"] == "float32" else 1
            assert block.table == entry["table"]
            assert block.address <= entry["address"]
            assert entry["address"] + width <= block.address + block.count
