"""Hypervisors through their own interface: hosts, guests, storage, quorum, backups. Only reads are sent.

Those of libvirt are asked over SSH (`libvirt`).

Sources: Proxmox VE 7 to 9 (`/api2/json`: version, cluster/status, cluster/resources, cluster/tasks; an API token with
the role PVEAuditor); VMware vCenter 7 and 8 (`/api`: session, vcenter/host, vcenter/vm, vcenter/datastore).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from nms.collect.answer import Answer, Asker, failed
from nms.collect.servers import hypervisor_parts as parts
from nms.collect.servers.hypervisor_parts import Site
from nms.collect.sheet import sheet
from nms.model import Device, Endpoint, Outcome, Witness
from nms.transports.errors import Malformed, TransportError, Unreachable
from nms.transports.http import HttpClient
from nms.transports.json_api import JsonApi

TRANSPORT = "hypervisor"
_USUAL_PORT = {"proxmox": 8006, "vcenter": 443}

Authorise = Callable[[Device, Endpoint], Mapping[str, str]]
Read = Callable[[JsonApi, Site, float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class HypervisorAsker:
    web: HttpClient
    authorise: Authorise
    seconds: float = 20.0
    libvirt: Asker | None = None

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        if endpoint.options.get("product") == "libvirt" and self.libvirt is not None:
            return await self.libvirt.ask(device, endpoint, at)
        watched = endpoint.options.get("guests")
        site = Site(frozenset(watched) if isinstance(watched, tuple | list) else frozenset())
        is_proxmox = endpoint.options.get("product") == "proxmox"
        try:
            api = self._api(device, endpoint, is_proxmox)
            took, problems = await (_proxmox if is_proxmox else _vcenter)(api, site, at)
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        site.judge_watched()
        outcome = Outcome.PARTIAL if problems else Outcome.ANSWERED
        return Answer(
            Witness(TRANSPORT, outcome, at, round_trip=took, reason="; ".join(problems)),
            sheet(device.id, TRANSPORT, at, site.rows),
            tuple(site.states),
            site.facts,
            problems=tuple(problems),
        )

    def _api(self, device: Device, endpoint: Endpoint, is_proxmox: bool) -> JsonApi:
        host = f"[{endpoint.address}]" if ":" in endpoint.address else endpoint.address
        port = endpoint.port or _USUAL_PORT["proxmox" if is_proxmox else "vcenter"]
        scheme = "https" if endpoint.options.get("tls", True) else "http"
        headers = dict(self.authorise(device, endpoint))
        if is_proxmox:
            headers["Authorization"] = headers.get("Authorization", "").replace("Bearer ", "PVEAPIToken=", 1)
        verify = bool(endpoint.options.get("verify_tls", True))
        base = f"{scheme}://{host}:{port}" + ("/api2/json" if is_proxmox else "/api")
        return JsonApi(self.web, base, headers, self.seconds, verify)


async def _proxmox(api: JsonApi, site: Site, at: float) -> tuple[float, list[str]]:
    version, took = await api.timed("GET", "/version")
    parts.proxmox_version(site, _data(version, api))

    async def resources(api: JsonApi, site: Site, at: float) -> None:
        parts.proxmox_resources(site, _data(await api.get("/cluster/resources"), api))

    async def status(api: JsonApi, site: Site, at: float) -> None:
        parts.proxmox_cluster(site, _data(await api.get("/cluster/status"), api))

    async def tasks(api: JsonApi, site: Site, at: float) -> None:
        parts.proxmox_backups(site, _data(await api.get("/cluster/tasks"), api), at)

    return took, await _each({"resources": resources, "cluster": status, "tasks": tasks}, api, site, at)


async def _vcenter(api: JsonApi, site: Site, at: float) -> tuple[float, list[str]]:
    """In a session of its own, which is given back whatever happens."""
    began = time.perf_counter()
    token = await api.post("/session", None)
    took = time.perf_counter() - began
    if not isinstance(token, str):
        raise Malformed(f"{api.base} does not open a session as vCenter does")
    inside = replace(api, headers={"vmware-api-session-id": token})

    async def hosts(api: JsonApi, site: Site, at: float) -> None:
        parts.vcenter_hosts(site, await api.get("/vcenter/host"))

    async def guests(api: JsonApi, site: Site, at: float) -> None:
        parts.vcenter_guests(site, await api.get("/vcenter/vm"))

    async def stores(api: JsonApi, site: Site, at: float) -> None:
        parts.vcenter_datastores(site, await api.get("/vcenter/datastore"))

    try:
        return took, await _each({"hosts": hosts, "guests": guests, "datastores": stores}, inside, site, at)
    finally:
        await _give_back(inside)


async def _give_back(api: JsonApi) -> None:
    try:
        await replace(api, seconds=5.0).timed("DELETE", "/session")
    except TransportError:
        return  # the server ends it by itself after half an hour


async def _each(reads: Mapping[str, Read], api: JsonApi, site: Site, at: float) -> list[str]:
    """Part after part: one that fails is named, and the others are kept. Raises: Unreachable."""
    problems = []
    for name, read in reads.items():
        try:
            await read(api, site, at)
        except Unreachable:
            raise
        except TransportError as error:
            problems.append(f"{TRANSPORT}: {name}: {error}")
    return problems


def _data(document: object, api: JsonApi) -> object:
    if not isinstance(document, Mapping) or "data" not in document:
        raise Malformed(f"{api.base} does not answer as Proxmox VE does")
    return document["data"]
