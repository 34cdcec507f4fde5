"""Reads registers over Modbus TCP (MODBUS Application Protocol V1.1b3, MODBUS Messaging on TCP/IP V1.0b).

Only the functions that read are spoken: coils (1), discrete inputs (2), holding registers (3), input registers (4).
"""

from __future__ import annotations

import struct
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from nms.transports.errors import LocalFault, Malformed
from nms.transports.sockets import Connection, connection, deadline

Table = Literal["coil", "discrete", "holding", "input"]
_FUNCTIONS: dict[Table, int] = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
MOST_REGISTERS = 125
_HEAD = struct.Struct("!HHHB")
_EXCEPTIONS = {
    1: "does not know that function",
    2: "has no such address",
    3: "refuses the number of registers",
    4: "failed while reading",
    6: "is busy",
    10: "has no way to that unit",
    11: "gets no answer from that unit",
}


class ModbusException(Malformed):
    """The device answers that it cannot read this; others of its registers may do."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class ModbusTarget:
    host: str
    port: int = 502
    unit: int = 1


class ModbusSession:
    """An open connection; one request at a time, as gateways to serial lines need it."""

    def __init__(self, opened: Connection, unit: int) -> None:
        self._opened = opened
        self._unit = unit
        self._number = 0

    async def registers(self, table: Table, address: int, count: int) -> Sequence[int]:
        """`count` values (0 to 65535, or 0 and 1) from `address` on. Raises: ModbusException, Malformed, LocalFault."""
        if table in ("coil", "discrete"):
            data = await self._ask(_FUNCTIONS[table], address, count, (count + 7) // 8)
            return [data[n // 8] >> n % 8 & 1 for n in range(count)]
        data = await self._ask(_FUNCTIONS[table], address, count, 2 * count)
        return struct.unpack(f"!{count}H", data)

    async def _ask(self, function: int, address: int, count: int, size: int) -> bytes:
        if not (0 <= address <= 0xFFFF and 1 <= count <= MOST_REGISTERS and address + count <= 0x10000):
            raise LocalFault(f"registers {address} to {address + count - 1} cannot be asked for in one request")
        self._number = self._number % 0xFFFF + 1
        await self._opened.send(
            _HEAD.pack(self._number, 0, 6, self._unit) + struct.pack("!BHH", function, address, count)
        )
        body = await self._answer()
        if not body:
            raise Malformed(f"{self._opened.where} sent an empty answer")
        if body[0] == function | 0x80:
            code = body[1] if len(body) > 1 else 0
            meaning = _EXCEPTIONS.get(code, f"answers with exception {code}")
            raise ModbusException(f"{self._opened.where} unit {self._unit} {meaning} (address {address})", code)
        if body[0] != function or len(body) != size + 2 or body[1] != size:
            raise Malformed(f"{self._opened.where} unit {self._unit} answers something else than it was asked")
        return body[2:]

    async def _answer(self) -> bytes:
        """The answer to the last request; late ones to others are skipped."""
        for _ in range(16):
            number, protocol, length, _ = _HEAD.unpack(await self._opened.exactly(_HEAD.size))
            if protocol != 0 or not 2 <= length <= 254:
                raise Malformed(f"{self._opened.where} does not speak Modbus TCP")
            body = await self._opened.exactly(length - 1)
            if number == self._number:
                return body
        raise Malformed(f"{self._opened.where} answers other questions than ours")


@asynccontextmanager
async def session(target: ModbusTarget, seconds: float) -> AsyncIterator[tuple[ModbusSession, float]]:
    """A session and the seconds of connecting; all of it bounded by `seconds`. Raises: Unreachable, Malformed."""
    async with deadline(seconds, f"{target.host}:{target.port} (Modbus)"):
        began = time.perf_counter()
        async with connection(target.host, target.port) as opened:
            yield ModbusSession(opened, target.unit), time.perf_counter() - began
