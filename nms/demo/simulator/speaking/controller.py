"""The commands of a simulated management controller: power, identity, sensors with thresholds, an empty event log.

Source: IPMI 2.0 sections 20 (device), 22 (channels, sessions), 28 (chassis), 31 (SEL), 33 and 43 (SDR), 35 (sensors).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nms.demo.simulator.equipment import Equipment
from nms.demo.simulator.shapes import wave
from nms.demo.simulator.speaking.scene import Scene

_OK, _UNKNOWN, _NOT_PRESENT = b"\0", b"\xc1", b"\xcb"
_CELSIUS, _VOLTS, _WATTS, _RPM = 1, 4, 6, 18
_TEMPERATURE, _VOLTAGE, _CURRENT, _FAN = 1, 2, 3, 4
_LAST = 0xFFFF


@dataclass(frozen=True, slots=True)
class _Sensor:
    """`raw` is the reading in steps of `factor` * 10**`exponent` units; limits are raw values from above."""

    name: str
    kind: int
    unit: int
    factor: int
    exponent: int
    raw: Callable[[Equipment, float], float]
    critical: int = 0
    warning: int = 0


_SENSORS = (
    _Sensor("Inlet Temp", _TEMPERATURE, _CELSIUS, 1, 0, lambda e, now: e.climate.temperature(now, -15), 47, 42),
    _Sensor("CPU1 Temp", _TEMPERATURE, _CELSIUS, 1, 0, lambda e, now: 40 + 25 * e.work.ratio(now), 95, 90),
    _Sensor("CPU2 Temp", _TEMPERATURE, _CELSIUS, 1, 0, lambda e, now: 38 + 25 * e.work.ratio(now), 95, 90),
    _Sensor("Fan1", _FAN, _RPM, 60, 0, lambda e, now: wave(now, 120, 6, e.chance("fan1"))),
    _Sensor("Fan2", _FAN, _RPM, 60, 0, lambda e, now: wave(now, 120, 6, e.chance("fan2"))),
    _Sensor("12V", _VOLTAGE, _VOLTS, 6, -2, lambda e, now: wave(now, 201, 1, e.chance("12v"))),
    _Sensor("3.3V", _VOLTAGE, _VOLTS, 2, -2, lambda e, now: wave(now, 165, 1, e.chance("3v"))),
    _Sensor("Pwr Consumption", _CURRENT, _WATTS, 2, 0, lambda e, now: 70 + 90 * e.work.ratio(now)),
)


def answered(scene: Scene, message: bytes) -> bytes | None:
    """The response to one request message; `None` for what is none."""
    if len(message) < 7:
        return None
    target, function, _, source, sequence, command = message[:6]
    run = _COMMANDS.get((function >> 2, command))
    data = run(scene, message[6:-1]) if run else _UNKNOWN
    head = bytes((source, (function | 0x04) & 0xFC))
    rest = bytes((target, sequence, command)) + data
    return head + _checksum(head) + rest + _checksum(rest)


def _checksum(data: bytes) -> bytes:
    return bytes((-sum(data) & 0xFF,))


def _channel(scene: Scene, data: bytes) -> bytes:
    """Channel 1, RMCP+ with user names and without anonymous log-in."""
    return _OK + bytes((1, 0x80, 0x04, 0x02, 0, 0, 0, 0))


def _suites(scene: Scene, data: bytes) -> bytes:
    """Cipher suites 3 and 17: SHA1 and SHA256, both with AES-CBC-128."""
    records = bytes.fromhex("c003014181c011034481") if len(data) > 2 and data[2] & 0x3F == 0 else b""
    return _OK + b"\x01" + records


def _device(scene: Scene, data: bytes) -> bytes:
    return (
        _OK
        + bytes((0x20, 0x81, 6, 0x10, 0x02, 0xBF))
        + (674).to_bytes(3, "little")
        + (256).to_bytes(2, "little")
        + bytes(4)
    )


def _privilege(scene: Scene, data: bytes) -> bytes:
    return _OK + data[:1]


def _done(scene: Scene, data: bytes) -> bytes:
    return _OK


def _chassis(scene: Scene, data: bytes) -> bytes:
    return _OK + bytes((0x01 if scene.equipment.powered else 0x00, 0, 0))


def _repository(scene: Scene, data: bytes) -> bytes:
    return _OK + struct.pack("<BHHIIB", 0x51, len(_SENSORS), 0xFFFF, 1, 1, 0x02)


def _reserve(scene: Scene, data: bytes) -> bytes:
    return _OK + b"\x01\x00"


def _record(scene: Scene, data: bytes) -> bytes:
    number, offset, count = struct.unpack_from("<HBB", data, 2)
    if number >= len(_SENSORS):
        return _NOT_PRESENT
    following = number + 1 if number + 1 < len(_SENSORS) else _LAST
    whole = _described(number, _SENSORS[number])
    return _OK + struct.pack("<H", following) + whole[offset : offset + count]


def _described(number: int, sensor: _Sensor) -> bytes:
    """A full sensor record (43.1)."""
    name = sensor.name.encode("latin-1")[:16]
    body = bytes((0x20, 0, number + 1, 7, 1, 0x7F, 0x68, sensor.kind, 1))
    body += struct.pack("<HHH", 0x0A80 if sensor.critical else 0, 0x0A80 if sensor.critical else 0, 0x3F3F)
    body += bytes((0, sensor.unit, 0, 0, sensor.factor, 0, 0, 0, 0, (sensor.exponent & 0xF) << 4, 0))
    body += bytes((0, 0, 0, 0xFF, 0, 0, sensor.critical, sensor.warning, 0, 0, 0, 1, 1, 0, 0, 0, 0xC0 | len(name)))
    body += name
    return struct.pack("<HBBB", number, 0x51, 0x01, len(body)) + body


def _reading(scene: Scene, data: bytes) -> bytes:
    if not 1 <= data[0] <= len(_SENSORS):
        return _NOT_PRESENT
    sensor = _SENSORS[data[0] - 1]
    raw = round(sensor.raw(scene.equipment, scene.now()))
    beyond = 0x10 if sensor.critical and raw >= sensor.critical else 0
    beyond |= 0x08 if sensor.warning and raw >= sensor.warning else 0
    return _OK + bytes((max(0, min(255, raw)), 0xC0, 0xC0 | beyond))


def _log(scene: Scene, data: bytes) -> bytes:
    return _OK + struct.pack("<BHHIIB", 0x51, 0, 0x4000, 0, 0, 0x02)


_COMMANDS: Mapping[tuple[int, int], Callable[[Scene, bytes], bytes]] = {
    (0x00, 0x01): _chassis,
    (0x04, 0x2D): _reading,
    (0x06, 0x01): _device,
    (0x06, 0x38): _channel,
    (0x06, 0x3B): _privilege,
    (0x06, 0x3C): _done,
    (0x06, 0x54): _suites,
    (0x0A, 0x20): _repository,
    (0x0A, 0x22): _reserve,
    (0x0A, 0x23): _record,
    (0x0A, 0x40): _log,
    (0x0A, 0x42): _reserve,
}
"""By network function and number."""
