"""The interfaces of simulated hypervisors: Proxmox VE (`/api2/json`) and VMware vCenter (`/api`).

The guests are the virtual servers of the inventory, each on the hosts that are its parents.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from nms.demo.simulator.equipment import Equipment, chance
from nms.demo.simulator.speaking.pages import Reply, Request
from nms.demo.simulator.speaking.scene import Scene
from nms.model import Role

_GIB = 2**30
_SMALL_GUESTS = ("pruebas-sig", "plantilla-debian")


def answer(scene: Scene, request: Request) -> Reply:
    if scene.endpoint.options.get("product") == "vcenter":
        return _vcenter(scene, request)
    return _proxmox(scene, request)


def _vcenter(scene: Scene, request: Request) -> Reply:
    path = urlsplit(request.path).path.removeprefix("/api")
    if path == "/session":
        if request.method == "DELETE":
            return Reply(status=204)
        is_basic = request.headers.get("authorization", "").startswith("Basic ")
        return Reply(f"simulated-{scene.device.id}", 201) if is_basic else Reply({"error_type": "UNAUTHENTICATED"}, 401)
    if request.headers.get("vmware-api-session-id") != f"simulated-{scene.device.id}":
        return Reply({"error_type": "UNAUTHENTICATED"}, 401)
    found = {"/vcenter/host": _hosts, "/vcenter/vm": _machines, "/vcenter/datastore": _datastores}.get(path)
    return Reply(list(found(scene))) if found else Reply({"error_type": "NOT_FOUND"}, 404)


def _esxi(scene: Scene) -> list[Equipment]:
    found = [e for e in scene.world.equipment.values() if e.device.role is Role.HYPERVISOR]
    return [one for one in found if "esxi" in one.device.hardware.lower()]


def _hosts(scene: Scene) -> Iterator[dict[str, Any]]:
    for number, host in enumerate(_esxi(scene), 1):
        state = "CONNECTED" if host.reachable else "NOT_RESPONDING"
        power = "POWERED_ON" if host.powered else "POWERED_OFF"
        yield {"host": f"host-{number}", "name": str(host.device.id), "connection_state": state, "power_state": power}


def _machines(scene: Scene) -> Iterator[dict[str, Any]]:
    hosts = {one.device.id for one in _esxi(scene)}
    for number, guest in enumerate(scene.world.equipment.values(), 1):
        if guest.device.role is Role.SERVER and hosts & set(guest.device.parents):
            power = "POWERED_ON" if guest.powered else "POWERED_OFF"
            yield {"vm": f"vm-{number}", "name": str(guest.device.id), "power_state": power, "cpu_count": 4,
                   "memory_size_MiB": 16384}  # fmt: skip


def _datastores(scene: Scene) -> Iterator[dict[str, Any]]:
    for host in _esxi(scene)[:1]:
        for number, store in enumerate(host.file_systems, 1):
            free = int(store.size_bytes - store.used_bytes(scene.now()))
            yield {"datastore": f"datastore-{number}", "name": store.mount.rpartition("/")[2], "type": "VMFS",
                   "free_space": free, "capacity": int(store.size_bytes)}  # fmt: skip


def _proxmox(scene: Scene, request: Request) -> Reply:
    if not request.headers.get("authorization", "").startswith("PVEAPIToken="):
        return Reply({"data": None}, 401)
    path = urlsplit(request.path).path.removeprefix("/api2/json")
    if path == "/version":
        return Reply({"data": {"version": "8.2.4", "release": "8.2", "repoid": "simulated"}})
    found = {"/cluster/resources": _resources, "/cluster/status": _status, "/cluster/tasks": _tasks}.get(path)
    return Reply({"data": list(found(scene))}) if found else Reply({"data": None}, 404)


def _resources(scene: Scene) -> Iterator[dict[str, Any]]:
    now, node = scene.now(), str(scene.device.id)
    busy = scene.equipment.work.ratio(now)
    sizes = {"maxcpu": 32, "maxmem": 192 * _GIB, "disk": 20 * _GIB, "maxdisk": 94 * _GIB}
    yield {"type": "node", "id": f"node/{node}", "node": node, "status": "online", "cpu": round(busy, 4),
           "mem": int((40 + 60 * busy) * _GIB), **sizes}  # fmt: skip
    watched = scene.endpoint.options.get("guests")
    names = [*(watched if isinstance(watched, tuple | list) else ()), *_SMALL_GUESTS]
    for number, name in enumerate(names, 100):
        share = 0.05 + 0.3 * chance(name)
        status = "running" if name != _SMALL_GUESTS[1] else "stopped"
        yield {"type": "qemu", "id": f"qemu/{number}", "vmid": number, "name": name, "node": node,
               "status": status, "template": 0, "cpu": round(share * busy, 4),
               "mem": int(share * 8 * _GIB), "maxmem": 8 * _GIB}  # fmt: skip
    for store in scene.equipment.file_systems:
        yield {"type": "storage", "node": node, "storage": store.mount.rpartition("/")[2], "status": "available",
               "shared": 0, "disk": int(store.used_bytes(now)), "maxdisk": int(store.size_bytes)}  # fmt: skip


def _status(scene: Scene) -> Iterator[dict[str, Any]]:
    yield {"type": "node", "name": str(scene.device.id), "online": 1, "local": 1}


def _tasks(scene: Scene) -> Iterator[dict[str, Any]]:
    """The backups of last night."""
    ended = scene.now() - scene.now() % 86_400 - 3600
    yield {
        "type": "vzdump",
        "node": str(scene.device.id),
        "starttime": int(ended - 1200),
        "endtime": int(ended),
        "status": "OK",
    }
