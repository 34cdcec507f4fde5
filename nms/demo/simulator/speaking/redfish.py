"""The management controller of a simulated server over Redfish (DSP0266, schemas of 2021): what the monitor reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from nms.demo.simulator import identities
from nms.demo.simulator.shapes import wave
from nms.demo.simulator.speaking.pages import Reply, Request
from nms.demo.simulator.speaking.scene import Scene

ROOT = "/redfish/v1"
_SESSIONS = f"{ROOT}/SessionService/Sessions"
_DRIVES, _MODULES = 4, 8
_FINE: Mapping[str, str] = {"Health": "OK", "State": "Enabled"}
_SUPPLIES = (1, 2)
_FIRMWARE = (("BIOS", "2.19.1"), ("BMC", "6.10.80"), ("NIC", "22.31.6"))


def answer(scene: Scene, request: Request) -> Reply:
    if request.path == _SESSIONS and request.method == "POST":
        return _log_in(scene, request)
    if request.headers.get("x-auth-token") != _token(scene):
        return Reply({"error": {"code": "Base.1.8.NoValidSession", "message": "There is no valid session."}}, 401)
    if request.method == "DELETE":
        return Reply(status=204)
    make = _PAGES.get(request.path.removeprefix(ROOT).strip("/"))
    return Reply(make(scene)) if make else Reply({"error": {"message": "not here"}}, 404)


def _token(scene: Scene) -> str:
    return f"simulated-{scene.device.id}"


def _log_in(scene: Scene, request: Request) -> Reply:
    try:
        given = json.loads(request.body)
    except ValueError:
        given = None
    if not isinstance(given, dict) or given.get("Password") != scene.secret:
        return Reply({"error": {"message": "wrong user or password"}}, 401)
    return Reply({"@odata.id": f"{_SESSIONS}/1"}, 201, {"X-Auth-Token": _token(scene), "Location": f"{_SESSIONS}/1"})


def _reference(path: str) -> dict[str, str]:
    return {"@odata.id": f"{ROOT}/{path}"}


def _collection(*paths: str) -> dict[str, Any]:
    return {"Members": [_reference(path) for path in paths], "Members@odata.count": len(paths)}


Page = Callable[[Scene], dict[str, Any]]


def _always(page: dict[str, Any]) -> Page:
    return lambda scene: page


def _drive(number: int) -> Page:
    fixed = {"Id": str(number), "Name": f"Disk {number}", "Status": _FINE, "FailurePredicted": False}
    fixed["CapacityBytes"] = 1_200_000_000_000
    return lambda scene: {**fixed, "PredictedMediaLifeLeftPercent": round(100 - 30 * scene.chance("life", number))}


def _pages() -> Mapping[str, Page]:
    """By path below the root."""
    system, raid, manager = "Systems/1", "Systems/1/Storage/RAID", "Managers/1"
    log, firmware = f"{manager}/LogServices/Sel", "UpdateService/FirmwareInventory"
    drives = [f"{system}/Drives/{n}" for n in range(_DRIVES)]
    modules = [f"{system}/Memory/A{n}" for n in range(1, _MODULES + 1)]
    inside = {"Thermal": _reference("Chassis/1/Thermal"), "Power": _reference("Chassis/1/Power")}
    cleared = {"Id": "1", "Severity": "OK", "Created": "2026-01-04T02:10:00Z", "Message": "The log was cleared."}
    volumes, links = _reference(f"{system}/Volumes"), [_reference(path) for path in drives]
    fixed = {
        "Systems": _collection(system),
        f"{system}/Storage": _collection(raid),
        raid: {"Id": "RAID", "Name": "RAID controller", "Status": _FINE, "Drives": links, "Volumes": volumes},
        f"{system}/Volumes": _collection(f"{system}/Volumes/0"),
        f"{system}/Volumes/0": {"Id": "0", "Name": "Virtual disk 0", "Status": _FINE, "CapacityBytes": 36 * 10**11},
        f"{system}/Memory": _collection(*modules),
        f"{system}/Processors": _collection(f"{system}/Processors/1", f"{system}/Processors/2"),
        "Chassis": _collection("Chassis/1"),
        "Chassis/1": {"Id": "1", "Name": "Chassis", "Status": _FINE, **inside},
        "Managers": _collection(manager),
        manager: {"Id": "1", "Name": "BMC", "FirmwareVersion": "6.10.80", "Status": _FINE,
                  "LogServices": _reference(f"{manager}/LogServices")},
        f"{manager}/LogServices": _collection(log),
        log: {"Id": "Sel", "Name": "SEL", "Entries": _reference(f"{log}/Entries")},
        f"{log}/Entries": {"Members": [cleared]},
        firmware: _collection(*(f"{firmware}/{name}" for name, _ in _FIRMWARE)),
    }  # fmt: skip
    fixed |= {
        path: {"Id": path[-2:], "DeviceLocator": path[-2:], "CapacityMiB": 32768, "Status": _FINE} for path in modules
    }
    fixed |= {f"{system}/Processors/{n}": {"Id": n, "Name": f"CPU {n}", "Status": _FINE} for n in ("1", "2")}
    fixed |= {f"{firmware}/{name}": {"Id": f"Installed-{name}", "Name": name, "Version": v} for name, v in _FIRMWARE}
    return {
        **{path: _always(page) for path, page in fixed.items()},
        **{path: _drive(number) for number, path in enumerate(drives)},
        system: _system,
        "Chassis/1/Thermal": _thermal,
        "Chassis/1/Power": _power,
    }


def _system(scene: Scene) -> dict[str, Any]:
    device = scene.device
    hot = _inlet(scene) >= _HOT_INLET
    return {
        "Id": "1", "Name": device.name, "Manufacturer": device.vendor or "Dell", "Model": device.hardware,
        "SerialNumber": identities.serial(device), "BiosVersion": "2.19.1", "PowerState": "On",
        "Status": {"HealthRollup": "Warning" if hot else "OK", "State": "Enabled"},
        "MemorySummary": {"TotalSystemMemoryGiB": 32 * _MODULES, "Status": _FINE},
        "ProcessorSummary": {"Count": 2, "Status": _FINE},
        "Storage": _reference("Systems/1/Storage"), "Memory": _reference("Systems/1/Memory"),
        "Processors": _reference("Systems/1/Processors"),
    }  # fmt: skip


_HOT_INLET = 38.0


def _inlet(scene: Scene) -> float:
    return scene.equipment.climate.temperature(scene.now(), -15.0)


def _thermal(scene: Scene) -> dict[str, Any]:
    now, inlet, busy = scene.now(), _inlet(scene), scene.equipment.work.ratio(scene.now())
    temperatures = [
        ("Inlet", inlet, _HOT_INLET),
        ("CPU1", inlet + 22 + 20 * busy, 90.0),
        ("CPU2", inlet + 21 + 20 * busy, 90.0),
    ]
    return {
        "Temperatures": [
            {"MemberId": str(n), "Name": name, "ReadingCelsius": round(degrees, 1), "UpperThresholdNonCritical": limit,
             "UpperThresholdCritical": limit + 5}
            for n, (name, degrees, limit) in enumerate(temperatures)
        ],
        "Fans": [
            {"MemberId": str(n), "Name": f"Fan {n}", "Reading": round(wave(now, 7400, 500, scene.chance("fan", n))),
             "ReadingUnits": "RPM", "Status": _FINE}
            for n in range(1, 7)
        ],
        "Redundancy": [{"MemberId": "0", "Name": "Fan redundancy", "Status": _FINE}],
    }  # fmt: skip


def _power(scene: Scene) -> dict[str, Any]:
    watts = round(160 + 240 * scene.equipment.work.ratio(scene.now()))
    supplies = [
        {
            "MemberId": str(n),
            "Name": f"PSU {n}",
            "LineInputVoltage": 127,
            "PowerOutputWatts": watts // 2,
            "Status": _FINE,
        }
        for n in _SUPPLIES
    ]
    control = {"MemberId": "0", "Name": "System power", "PowerConsumedWatts": watts}
    redundancy = [{"MemberId": "0", "Name": "PSU redundancy", "Status": _FINE}]
    return {"PowerControl": [control], "PowerSupplies": supplies, "Redundancy": redundancy}


_PAGES = _pages()
