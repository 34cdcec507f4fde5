"""A management controller in Python: sessions that are counted, pages over kept connections, and its bad habits."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tests.transports.servers import tcp_server

ROOT = "/redfish/v1"


def ref(path: str) -> dict[str, str]:
    return {"@odata.id": f"{ROOT}/{path}" if not path.startswith("/") else path}


def health(word: str, state: str = "Enabled") -> dict[str, dict[str, str]]:
    return {"Status": {"Health": word, "State": state}}


def server() -> dict[str, dict[str, Any]]:
    """The pages of one rack server, below `/redfish/v1/`."""
    return {
        "Systems": {"Members": [ref("Systems/1")]},
        "Systems/1": {
            "Id": "1", "Name": "System", "Manufacturer": "Acme", "Model": "R-1", "SerialNumber": "S1",
            "PowerState": "On",
            "Status": {"HealthRollup": "Warning", "State": "Enabled"},
            "MemorySummary": {"TotalSystemMemoryGiB": 64, **health("OK")}, "ProcessorSummary": health("OK"),
            "Storage": ref("Systems/1/Storage"), "Memory": ref("Systems/1/Memory"),
            "Processors": ref("Systems/1/Processors"), "LogServices": ref("Systems/1/LogServices"),
        },
        "Systems/1/Storage": {"Members": [ref("Systems/1/Storage/RAID")]},
        "Systems/1/Storage/RAID": {
            "Name": "RAID", **health("OK"), "Drives": [ref("Drives/0"), ref("Drives/1"), ref("Drives/2")],
            "Volumes": ref("Volumes"),
        },
        "Volumes": {"Members": [ref("Volumes/1")]},
        "Volumes/1": {"Id": "1", "Name": "Virtual disk 0", "RAIDType": "RAID1", **health("Warning"),
                      "CapacityBytes": 480_000_000_000},
        "UpdateService/FirmwareInventory": {"Members": [ref("Firmware/BIOS"), ref("Firmware/Old")]},
        "Firmware/BIOS": {"Id": "Installed-159", "Name": "BIOS", "Version": "2.21.1"},
        "Firmware/Old": {"Id": "Previous-159", "Name": "BIOS", "Version": "2.19.0"},
        "Drives/0": {"@odata.id": f"{ROOT}/Drives/0", "Id": "0", "Name": "Drive", **health("OK"),
                     "PredictedMediaLifeLeftPercent": 93, "CapacityBytes": 480_000_000_000},
        "Drives/1": {"@odata.id": f"{ROOT}/Drives/1", "Id": "1", "Name": "Drive", **health("OK"),
                     "FailurePredicted": True},
        "Drives/2": {"@odata.id": f"{ROOT}/Drives/2", "Id": "2", "Name": "Drive", **health("OK", "Absent")},
        "Systems/1/Memory": {"Members": [ref("Systems/1/Memory/A1")]},
        "Systems/1/Memory/A1": {"Name": "DIMM", "DeviceLocator": "A1", **health("Critical")},
        "Systems/1/Processors": {"Members": []},
        "Systems/1/LogServices": {"Members": [ref("Systems/1/Log")]},
        "Systems/1/Log": {"Entries": ref("Systems/1/Log/Entries")},
        "Systems/1/Log/Entries": {
            "Members": [
                {"Id": "9", "Severity": "Critical", "Created": "2023-11-14T22:00:00Z",
                 "Message": "DIMM A1\u001b[2J failed"},
                {"Id": "8", "Severity": "OK", "Created": "2023-11-14T21:00:00Z", "Message": "logged in"},
                {"Id": "7", "Severity": "Critical", "Created": "2020-01-01T00:00:00Z", "Message": "long ago"},
                {"Id": "6", "Severity": "Critical", "Created": "yesterday", "Message": "undated"},
            ]
        },
        "Chassis": {"Members": [ref("Chassis/1")]},
        "Chassis/1": {"Name": "Chassis", "Thermal": ref("Chassis/1/Thermal"), "Power": ref("Chassis/1/Power")},
        "Chassis/1/Thermal": {
            "Temperatures": [
                {"MemberId": "0", "Name": "CPU", "ReadingCelsius": 56, "UpperThresholdCritical": 50, **health("OK")},
                {"MemberId": "1", "Name": "CPU", "ReadingCelsius": 57},
                {"MemberId": "2", "Name": "Inlet", "ReadingCelsius": 47, "UpperThresholdNonCritical": 40,
                 "UpperThresholdCritical": 50},
                {"MemberId": "3", "Name": "Gone", "ReadingCelsius": 0, **health("OK", "Absent")},
                {"MemberId": "4", "Name": "Strange", "ReadingCelsius": "hot"},
            ],
            "Fans": [
                {"MemberId": "0", "Name": "Fan 1", "Reading": 8400, "ReadingUnits": "RPM", **health("OK")},
                {"MemberId": "1", "FanName": "Fan 2", "Reading": 30, "ReadingUnits": "Percent", **health("Critical")},
            ],
        },
        "Chassis/1/Power": {
            "PowerControl": [{"MemberId": "0", "Name": "Server", "PowerConsumedWatts": 248}],
            "PowerSupplies": [{"MemberId": "0", "Name": "PSU 1", "LineInputVoltage": 230, **health("Critical")}],
            "Redundancy": [{"MemberId": "0", "Name": "PSU redundancy", **health("Warning")}],
        },
        "Managers": {"Members": [ref("Managers/1")]},
        "Managers/1": {"Name": "BMC", "FirmwareVersion": "2.1", **health("OK")},
    }  # fmt: skip


class Controller:
    """`sessions` are open ones; `log` the requests. `broken`: path -> raw answer; `without_sessions`: basic only."""

    def __init__(self, pages: Mapping[str, Mapping[str, Any]], password: str = "nmspass") -> None:
        self.pages = dict(pages)
        self.password = password
        self.sessions: set[str] = set()
        self.made = 0
        self.connections = 0
        self.log: list[tuple[str, str]] = []
        self.broken: dict[str, bytes] = {}
        self.slow: dict[str, float] = {}
        self.without_sessions = False

    @asynccontextmanager
    async def serve(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
        async with tcp_server(self._talk, tls) as port:
            yield port

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            method, path, _ = head[0].split(" ")
            self.log.append((method, path))
            await asyncio.sleep(self.slow.get(path, 0))
            writer.write(self._answer(method, path, headers, body))
            await writer.drain()

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
        if path in self.broken:
            return self.broken[path]
        if path == f"{ROOT}/SessionService/Sessions":
            return self._log_in(body)
        if method == "DELETE":
            self.sessions.discard(path)
            return _http(204, {})
        known = headers.get("x-auth-token", "")
        if not (known in {f"t{s.rpartition('/')[2]}" for s in self.sessions} or "authorization" in headers):
            return _http(401, {})
        page = self.pages.get(path.removeprefix(f"{ROOT}/"))
        return _http(200, page) if page is not None else _http(404, {})

    def _log_in(self, body: bytes) -> bytes:
        if self.without_sessions:
            return _http(404, {})
        if json.loads(body) != {"UserName": "nms", "Password": self.password}:
            return _http(401, {})
        self.made += 1
        path = f"{ROOT}/SessionService/Sessions/{self.made}"
        self.sessions.add(path)
        return _http(201, {}, f"X-Auth-Token: t{self.made}", f"Location: {path}")


def _http(status: int, page: Mapping[str, Any], *headers: str) -> bytes:
    body = json.dumps(page).encode() if status != 204 else b""
    lines = [f"HTTP/1.1 {status} X", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body
