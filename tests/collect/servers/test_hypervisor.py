"""Proxmox VE and vCenter, played by a server in Python with documents as theirs are."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from nms.collect.answer import Answer
from nms.collect.servers.hypervisor import HypervisorAsker
from nms.i18n import in_english
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Severity, StateReading
from nms.transports.http import HttpClient
from tests.peers import free_port
from tests.transports.servers import tcp_server

AT = 1_790_000_000.0
HOST = Device(DeviceId("pve"), "pve", Role.HYPERVISOR, "127.0.0.1", "s", "d")
GIB = 2**30
TOKEN = "monitor@pve!nms=3f6c"


def proxmox() -> dict[str, Any]:
    return {
        "/api2/json/version": {"data": {"version": "8.2.4", "release": "8.2"}},
        "/api2/json/cluster/status": {"data": [
            {"type": "cluster", "name": "municipio", "quorate": 1, "nodes": 2},
            {"type": "node", "name": "pve1", "online": 1},
        ]},
        "/api2/json/cluster/resources": {"data": [
            {"type": "node", "node": "pve1", "status": "online", "cpu": 0.25, "maxcpu": 32, "mem": 64 * GIB,
             "maxmem": 128 * GIB, "disk": 20 * GIB, "maxdisk": 100 * GIB, "uptime": 86400},
            {"type": "node", "node": "pve2", "status": "offline"},
            {"type": "qemu", "vmid": 100, "name": "srv-web", "node": "pve1", "status": "running", "cpu": 0.5,
             "mem": 3 * GIB, "maxmem": 4 * GIB},
            {"type": "lxc", "vmid": 101, "name": "srv-dns", "node": "pve1", "status": "stopped"},
            {"type": "qemu", "vmid": 900, "name": "plantilla", "status": "stopped", "template": 1},
            {"type": "storage", "storage": "nfs", "node": "pve1", "shared": 1, "status": "available",
             "disk": 90 * GIB, "maxdisk": 100 * GIB},
            {"type": "storage", "storage": "nfs", "node": "pve2", "shared": 1, "status": "available",
             "disk": 90 * GIB, "maxdisk": 100 * GIB},
            {"type": "storage", "storage": "local", "node": "pve2", "shared": 0, "status": "unknown"},
            "nonsense", {"type": "node", "node": "x\x1b[2J", "status": "online", "cpu": "much", "mem": -1},
        ]},
        "/api2/json/cluster/tasks": {"data": [
            {"type": "vzdump", "node": "pve1", "status": "OK", "endtime": AT - 3600},
            {"type": "vzdump", "node": "pve2", "status": "job errors", "endtime": AT - 7200},
            {"type": "vzdump", "node": "pve2", "status": "job errors", "endtime": AT - 200_000},
            {"type": "qmstart", "node": "pve2", "status": "failed", "endtime": AT - 60},
        ]},
    }  # fmt: skip


VCENTER = {
    "/api/vcenter/host": [
        {"host": "host-1", "name": "esxi-1", "connection_state": "CONNECTED", "power_state": "POWERED_ON"},
        {"host": "host-2", "name": "esxi-2", "connection_state": "NOT_RESPONDING"},
    ],
    "/api/vcenter/vm": [
        {"vm": "vm-1", "name": "srv-web", "power_state": "POWERED_ON", "cpu_count": 2, "memory_size_MiB": 4096},
        {"vm": "vm-2", "name": "srv-dns", "power_state": "POWERED_OFF", "cpu_count": 2, "memory_size_MiB": 2048},
    ],
    "/api/vcenter/datastore": [{"name": "ds1", "type": "VMFS", "free_space": 10 * GIB, "capacity": 100 * GIB}],
}


class Interface:
    """Serves documents to who shows the right header; `sessions` are those of vCenter that are open."""

    def __init__(self, documents: dict[str, Any]) -> None:
        self.documents, self.sessions, self.opened = documents, 0, 0
        self.statuses: dict[str, int] = {}

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, path, _ = head.split(" ", 2)
        status, document = self._answer(method, path, head)
        body = b"" if document is None else json.dumps(document).encode()
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()

    def _answer(self, method: str, path: str, head: str) -> tuple[int, Any]:
        if path in self.statuses:
            return self.statuses[path], {}
        if path == "/api/session" and method == "POST":
            if "Basic bm1zOnNlY3JldG8=" not in head:
                return 401, {}
            self.sessions, self.opened = self.sessions + 1, self.opened + 1
            return 201, "s3ss10n"
        if f"PVEAPIToken={TOKEN}" not in head and "vmware-api-session-id: s3ss10n" not in head:
            return 401, {}
        if method == "DELETE":
            self.sessions -= 1
            return 204, None
        return (200, self.documents[path]) if path in self.documents else (404, {})


async def ask(interface: Interface, product: str, authorisation: str = "") -> Answer:
    usual = {"proxmox": f"Bearer {TOKEN}", "vcenter": "Basic bm1zOnNlY3JldG8="}[product]
    async with tcp_server(interface.talk) as port:
        asker = HypervisorAsker(HttpClient(), lambda *_: {"Authorization": authorisation or usual}, 5.0)
        options = {"product": product, "guests": ("srv-web", "srv-dns"), "tls": False}
        return await asker.ask(HOST, Endpoint("hypervisor", "127.0.0.1", port, options=options), AT)


def cells(answer: Answer) -> dict[tuple[str, str], float]:
    return {
        (component.key, metric): value
        for reading in answer.readings
        for metric, column in reading.columns.items()
        for component, value in zip(reading.components, column, strict=True)
        if value is not None
    }


def states(answer: Answer) -> dict[tuple[str, str], StateReading]:
    return {(state.component.key, state.name): state for state in answer.states}


async def test_a_proxmox_cluster_tells_nodes_guests_storage_quorum_and_backups() -> None:
    answer = await ask(Interface(proxmox()), "proxmox")
    assert answer.witness.outcome is Outcome.ANSWERED, answer.witness.reason
    found, told = cells(answer), states(answer)
    assert (found["pve1", "processor_used_ratio"], found["pve1", "memory_used_ratio"]) == (0.25, 0.5)
    assert found["nfs", "storage_used_ratio"] == 0.9
    assert found["srv-web", "memory_used_bytes"] == 3 * GIB
    assert found["", "count"] == 1
    assert ("x", "processor_used_ratio") not in found
    assert told["pve2", "status"].severity is Severity.CRITICAL
    assert told["srv-dns", "power"].severity is Severity.CRITICAL
    assert told["srv-web", "power"].severity is None
    assert ("plantilla", "power") not in told
    assert told["municipio", "quorum"].severity is None
    assert told["pve2 local", "status"].severity is Severity.WARNING
    assert in_english(told["vzdump", "result"].text) == "2 backups in the last day, failed: pve2: job errors"
    assert len([state for state in answer.states if state.component.key == "nfs"]) == 1
    assert answer.facts["version"] == "8.2.4"
    assert all(state.component.key.isprintable() for state in answer.states)


async def test_a_lost_quorum_and_a_guest_that_is_gone_are_critical() -> None:
    documents = proxmox()
    documents["/api2/json/cluster/status"]["data"][0]["quorate"] = 0
    resources = documents["/api2/json/cluster/resources"]
    resources["data"] = [one for one in resources["data"] if "srv-web" not in str(one)]
    told = states(await ask(Interface(documents), "proxmox"))
    assert told["municipio", "quorum"].severity is Severity.CRITICAL
    assert in_english(told["srv-web", "power"].text) == "not there"


async def test_a_part_that_the_token_may_not_read_is_named_and_the_rest_kept() -> None:
    interface = Interface(proxmox())
    interface.statuses["/api2/json/cluster/tasks"] = 403
    answer = await ask(interface, "proxmox")
    assert answer.witness.outcome is Outcome.PARTIAL
    assert answer.problems[0].startswith("hypervisor: tasks:")
    assert cells(answer)["pve1", "processor_used_ratio"] == 0.25


async def test_a_vcenter_tells_hosts_guests_and_datastores_and_its_session_is_given_back() -> None:
    interface = Interface(VCENTER)
    answer = await ask(interface, "vcenter")
    assert answer.witness.outcome is Outcome.ANSWERED, answer.witness.reason
    found, told = cells(answer), states(answer)
    assert found["ds1", "storage_used_ratio"] == pytest.approx(0.9)
    assert found["srv-web", "memory_size_bytes"] == 4 * GIB
    assert told["esxi-1", "status"].severity is None
    assert told["esxi-2", "status"].severity is Severity.CRITICAL
    assert told["srv-dns", "power"].severity is Severity.CRITICAL
    broken = Interface(VCENTER)
    broken.statuses["/api/vcenter/host"] = 500
    assert (await ask(broken, "vcenter")).witness.outcome is Outcome.PARTIAL
    assert (interface.opened, interface.sessions, broken.opened, broken.sessions) == (1, 0, 1, 0)


@pytest.mark.parametrize("product", ["proxmox", "vcenter"])
async def test_a_wrong_account_is_refused_and_its_secret_not_told(product: str) -> None:
    answer = await ask(Interface(proxmox()), product, "Bearer wrong-secret")
    assert answer.witness.outcome is Outcome.REFUSED
    assert "wrong-secret" not in repr(answer)


@pytest.mark.parametrize("document", [None, 7, [], {"data": 7}, {"data": [[]]}])
async def test_documents_that_are_none_break_nothing(document: object) -> None:
    answer = await ask(Interface(dict.fromkeys(proxmox(), document)), "proxmox")
    assert answer.witness.outcome in (Outcome.ANSWERED, Outcome.FAILED)


async def test_nobody_there_is_silent() -> None:
    asker = HypervisorAsker(HttpClient(), lambda *_: {}, 2.0)
    endpoint = Endpoint("hypervisor", "127.0.0.1", free_port(), options={"product": "proxmox", "tls": False})
    assert (await asker.ask(HOST, endpoint, AT)).witness.outcome is Outcome.SILENT
