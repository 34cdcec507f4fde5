"""The Web API of a simulated Synology station: log-in, what the system is, its disks, pools and volumes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from nms.demo.simulator import identities
from nms.demo.simulator.speaking.pages import Reply, Request
from nms.demo.simulator.speaking.scene import Scene

_DISKS = 8


def answer(scene: Scene, request: Request) -> Reply:
    asked = parse_qs(urlsplit(request.path).query) | parse_qs(request.body.decode("utf-8", "replace"))
    fields = {name: values[0] for name, values in asked.items()}
    session = f"simulated-{scene.device.id}"
    wanted = fields.get("api", ""), fields.get("method", "")
    if wanted == ("SYNO.API.Auth", "login"):
        is_right = fields.get("passwd") == scene.secret
        return _done({"sid": session}) if is_right else _refused(400)
    if request.headers.get("cookie") != f"id={session}":
        return _refused(119)
    make = {
        ("SYNO.API.Auth", "logout"): lambda scene: {},
        ("SYNO.Core.System", "info"): _system,
        ("SYNO.Storage.CGI.Storage", "load_info"): _storage,
    }.get(wanted)
    return _done(make(scene)) if make else _refused(102)


def _done(data: Mapping[str, Any]) -> Reply:
    return Reply({"success": True, "data": data})


def _refused(code: int) -> Reply:
    return Reply({"success": False, "error": {"code": code}})


def _system(scene: Scene) -> dict[str, Any]:
    return {
        "model": scene.device.hardware, "serial": identities.serial(scene.device),
        "firmware_ver": "DSM 7.2.1-69057 (simulated)",
        "sys_temp": round(scene.equipment.climate.temperature(scene.now())), "temperature_warning": False,
    }  # fmt: skip


def _storage(scene: Scene) -> dict[str, Any]:
    now = scene.now()
    disks = [
        {
            "id": f"sata{n}",
            "name": f"Drive {n}",
            "longName": f"Drive {n}",
            "status": "normal",
            "smart_status": "normal",
            "temp": round(scene.equipment.climate.temperature(now, 2 + n / 4)),
        }
        for n in range(1, _DISKS + 1)
    ]
    volumes = [
        {
            "id": f"volume_{n}",
            "vol_path": volume.mount,
            "status": "normal",
            "size": {"total": str(int(volume.size_bytes)), "used": str(int(volume.used_bytes(now)))},
        }
        for n, volume in enumerate(scene.equipment.file_systems[1:], 1)
    ]
    pools = [{"id": f"pool_{n}", "status": "normal"} for n in range(1, len(volumes) + 1)]
    return {"disks": disks, "volumes": volumes, "storagePools": pools}
