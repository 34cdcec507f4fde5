"""The daemon's way of running commands of playbooks, from the API to real SSH servers and back into the ticket."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from nms.access import MONITOR, UserRole
from nms.collect.credentials import Targets
from nms.config import Config
from nms.model import Device, DeviceId, Endpoint, Message, Role, TicketKind
from nms.store.records import Records
from nms.tickets.case import Draft
from nms.tickets.desk import TicketDesk
from nms.tickets.playbooks.book import load_playbooks
from nms.transports.errors import OverBudget
from nms.transports.ssh import HostKeys, SshClient
from nms.wiring.commands import SshCommands
from tests.peers import start_sshd
from tests.ssh_devices import PASSWORD, USER, network_device
from tests.views.city import City

PLAYBOOKS = load_playbooks(Path(__file__).parents[2] / "playbooks")
SHOWN = """\
FAN is OK
SYSTEM TEMPERATURE is OK
POWER 1 is {power}
"""


def device(name: str, role: Role, port: int, credential: str, platform: str) -> Device:
    endpoint = Endpoint("ssh", "127.0.0.1", port, credential, {"platform": platform})
    return Device(DeviceId(name), name, role, "127.0.0.1", "palacio", "tesoreria", (endpoint,))


class Playing:
    """A city whose devices of this test take commands."""

    def __init__(self, records: Records, directory: Path, config: Config, *devices: Device) -> None:
        self.city = City(records, directory)
        self.ssh = SshClient(HostKeys(directory / "known_hosts"), threads=2, connect_timeout=5, command_timeout=10)
        office = replace(self.city.desk.office, devices={one.id: one for one in devices}, playbooks=PLAYBOOKS)
        desk = TicketDesk(office)
        runner = SshCommands(self.ssh, Targets(config, devices).ssh, grace_seconds=5)
        self.city.acts = replace(self.city.acts, desk=desk, runner=runner)
        self.city.reads = replace(self.city.reads, desk=desk)
        self.runner, self.desk, self.records = runner, desk, records

    def folio(self, name: str, playbook: str) -> str:
        made = Draft(TicketKind.PREVENTIVE, Message("work"), "calendar", department="tesoreria",
                     device=DeviceId(name), playbook=playbook)  # fmt: skip
        with self.records.begin() as connection:
            return self.desk.open(connection, MONITOR, made, self.city.now).folio

    def api(self, *roles: UserRole) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.city.application())
        headers = {"Authorization": f"Bearer {self.city.token(*roles)}"}
        return httpx.AsyncClient(transport=transport, base_url="http://nms/api/v1", headers=headers)


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    found = Records.open(tmp_path / "records.db")
    yield found
    found.close()


def config(key: Path) -> Config:
    login = {"kind": "ssh", "user": getpass.getuser(), "key_file": str(key)}
    switch = {"kind": "ssh", "user": USER, "password": f"file:{key.parent / 'password'}"}
    (key.parent / "password").write_text(PASSWORD)
    (key.parent / "password").chmod(0o600)
    return Config.model_validate({"credentials": {"entrar": login, "switch": switch}})


def number(playbook: str, step: str) -> int:
    found = PLAYBOOKS.playbooks[playbook]
    return [one.id for one in found.steps].index(step) + 1


async def test_a_server_is_asked_through_the_api_and_its_answer_stays_with_the_ticket(
    records: Records, tmp_path: Path
) -> None:
    peer, key = start_sshd(tmp_path)
    with peer:
        server = device("srv-1", Role.SERVER, peer.port, "entrar", "linux")
        playing = Playing(records, tmp_path, config(key), server)
        folio = playing.folio("srv-1", "servidor-preventivo")
        (step,) = [n for n, one in enumerate(PLAYBOOKS.playbooks["servidor-preventivo"].steps, 1)
                   if any(c.run == "df -P" for c in one.commands)]  # fmt: skip
        async with playing.api(UserRole.TECHNICIAN) as api:
            page = (await api.get(f"/tickets/{folio}")).json()
            assert page["steps"][step - 1]["command"] == "df -P"
            ran = await api.post(f"/tickets/{folio}/steps/{step}/run", json={})
            assert ran.status_code == 200, ran.text
            assert "Filesystem" in ran.json()["text"]
            kept = (await api.get(f"/tickets/{folio}/steps/{step}")).json()
            assert [one["text"] for one in kept] == [ran.json()["text"]]
        async with playing.api(UserRole.VIEWER) as api:
            assert (await api.post(f"/tickets/{folio}/steps/{step}/run", json={})).status_code == 403
        playing.ssh.close()


async def test_a_switch_with_a_failed_power_supply_is_not_as_expected(records: Records, tmp_path: Path) -> None:
    outputs = {"show environment all": SHOWN.format(power="FAULTY"), "show spanning-tree summary": ""}
    async with network_device(outputs) as (port, heard):
        switch = device("sw-1", Role.SWITCH, port, "switch", "cisco_xe")
        playing = Playing(records, tmp_path, config(tmp_path / "key"), switch)
        folio = playing.folio("sw-1", "switch-preventivo")
        async with playing.api(UserRole.ON_CALL) as api:
            step = number("switch-preventivo", "ambiente")
            failed = (await api.post(f"/tickets/{folio}/steps/{step}/run?lang=en", json={})).json()
            assert (failed["verdict"], failed["failures"]) == ("failed", ["“FAULTY” is present"])
            unknown = number("switch-preventivo", "procesador")
            refused = (await api.post(f"/tickets/{folio}/steps/{unknown}/run?lang=en", json={})).json()
            assert refused["failures"] == ["the device answers “% Invalid input detected at '^' marker.”"]
            wrong = await api.post(f"/tickets/{folio}/steps/{step}/run?lang=en", json={"values": {"port": "x"}})
            assert (wrong.status_code, "parameters" in wrong.json()["detail"]) == (409, True)
        assert {one for one in heard if one.startswith("show")} == {"show environment all", "show processes cpu sorted"}
        playing.ssh.close()


async def test_a_second_command_waits_for_nobody_and_a_stuck_one_ends(records: Records, tmp_path: Path) -> None:
    peer, key = start_sshd(tmp_path)
    with peer:
        server = device("srv-1", Role.SERVER, peer.port, "entrar", "linux")
        playing = Playing(records, tmp_path, config(key), server)
        first = asyncio.create_task(playing.runner.run(server, server.endpoints[0], "sleep 1", 10))
        await asyncio.sleep(0)
        with pytest.raises(OverBudget, match="a command is running on srv-1"):
            await playing.runner.run(server, server.endpoints[0], "uptime", 10)
        assert "sleep" not in await first
        assert "load average" in await playing.runner.run(server, server.endpoints[0], "uptime", 10)
        playing.ssh.close()
