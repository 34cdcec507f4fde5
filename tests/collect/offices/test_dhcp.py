"""Leases: the files of three servers, and a real Kea by its control agent."""

from __future__ import annotations

import base64
import getpass
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import SOCK_DGRAM

import asyncssh
import pytest

from nms.collect.answer import Answer
from nms.collect.offices.dhcp import DhcpAsker
from nms.collect.offices.lease_files import READERS
from nms.collect.offices.windows_leases import SCRIPT
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Sighting
from nms.transports.http import HttpClient
from nms.transports.ssh import HostKeys, SshClient, SshTarget
from tests import ssh_devices
from tests.peers import free_port, require_peer, start_program, start_sshd

NOW = 1_795_000_000.0
SERVER = Device(DeviceId("dhcp"), "dhcp", Role.SERVER, "127.0.0.1", "s", "d")

ISC = """
# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;

lease 10.0.0.101 {
  starts 3 2026/11/18 10:00:00;
  ends 4 2026/11/19 10:00:00;
  binding state free;
  hardware ethernet 00:1b:54:00:00:09;
}
lease 10.0.0.101 {
  starts 3 2026/11/18 11:06:40;
  ends 4 2026/11/19 11:06:40;
  cltt 3 2026/11/18 11:06:40;
  binding state active;
  next binding state free;
  hardware ethernet 00:1b:54:00:00:01;
  uid "\001\000\033T\000\000\001";
  client-hostname "CAJA-1";
}
lease 10.0.0.102 {
  starts 1 2026/11/16 10:00:00;
  ends 2 2026/11/17 10:00:00;
  binding state active;
  hardware ethernet 00:1b:54:00:00:02;
}
lease 10.0.0.103 {
  starts epoch 1794990000; # Wed Nov 18 08:20:00 2026
  ends never;
  binding state active;
  hardware ethernet 00:1b:54:00:00:03;
}
lease 10.0.0.104 {
  binding state active;
"""
DNSMASQ = """1795003600 00:1b:54:00:00:01 10.0.0.101 CAJA-1 01:00:1b:54:00:00:01
1794000000 00:1b:54:00:00:02 10.0.0.102 vieja *
0 00:1b:54:00:00:03 10.0.0.103 * *
duid 00:01:00:01:2a:bc
"""
KEA = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n"
    "10.0.0.101,00:1b:54:00:00:09,,3600,1795000100,1,0,0,vieja,0,\n"
    "10.0.0.101,00:1b:54:00:00:01,,3600,1795003600,1,0,0,caja-1.municipio.example.,0,\n"
    "10.0.0.102,00:1b:54:00:00:02,,3600,1794000000,1,0,0,,0,\n"
    "10.0.0.103,00:1b:54:00:00:03,,7200,1795000100,1,0,0,,0,\n"
    "10.0.0.104,00:1b:54:00:00:04,,3600,1795003600,1,0,0,,1,\n"
)


@pytest.mark.parametrize(
    ("server", "text", "renewed"),
    [
        ("isc", ISC, (1_795_000_000.0, 1_794_990_000.0)),
        ("dnsmasq", DNSMASQ, (None, None)),
        ("kea", KEA, (1_795_000_000.0, 1_794_992_900.0)),
    ],
)
def test_a_file_gives_the_leases_that_hold_and_the_last_word_on_each_address(
    server: str, text: str, renewed: tuple[float | None, float | None]
) -> None:
    found = list(READERS[server](text, NOW))
    assert [(one.mac, one.address) for one in found] == [("001b54000001", "10.0.0.101"), ("001b54000003", "10.0.0.103")]
    assert found[0].name.casefold().startswith("caja-1")
    assert tuple(one.at for one in found) == renewed


@pytest.mark.parametrize("server", list(READERS))
@pytest.mark.parametrize("cut", range(0, 900, 37))
def test_a_file_that_is_cut_or_damaged_gives_what_is_whole(server: str, cut: int) -> None:
    text = {"isc": ISC, "dnsmasq": DNSMASQ, "kea": KEA}[server][cut:]
    for one in READERS[server](text + "\x1b[31m lease { ,,,\n", NOW):
        assert isinstance(one, Sighting)
        assert len(one.mac) == 12


@contextmanager
def kea(folder: Path) -> Iterator[int]:
    """A Kea with two leases, one of them over, behind its control agent."""
    server, agent = require_peer("kea-dhcp4"), require_peer("kea-ctrl-agent")
    hook = next(Path("/usr/lib").glob("*/kea/hooks/libdhcp_lease_cmds.so"))
    soon, past = int(time.time()) + 3000, int(time.time()) - 100
    lines = (
        f"10.0.0.101,00:1b:54:00:00:01,,3600,{soon},7,0,0,caja-1.municipio.example,0,",
        f"10.0.0.102,00:1b:54:00:00:02,,3600,{past},7,0,0,,0,",
    )
    (folder / "leases.csv").write_text("\n".join([KEA.splitlines()[0], *lines]) + "\n")
    socket = {"socket-type": "unix", "socket-name": str(folder / "kea.sock")}
    quiet = [{"name": "kea-dhcp4", "output_options": [{"output": "stdout"}], "severity": "INFO"}]
    dhcp4 = {
        "interfaces-config": {"interfaces": []},
        "lease-database": {"type": "memfile", "name": str(folder / "leases.csv"), "lfc-interval": 0},
        "expired-leases-processing": {"reclaim-timer-wait-time": 0},
        "control-socket": socket,
        "hooks-libraries": [{"library": str(hook)}],
        "subnet4": [{"id": 7, "subnet": "10.0.0.0/24", "pools": [{"pool": "10.0.0.101-10.0.0.104"}]}],
        "loggers": quiet,
    }
    port = free_port()
    control = {"http-host": "127.0.0.1", "http-port": port, "control-sockets": {"dhcp4": socket}}
    environment = {"KEA_PIDFILE_DIR": str(folder), "KEA_LOCKFILE_DIR": "none"}
    for name, document in (("Dhcp4", dhcp4), ("Control-agent", control)):
        (folder / f"{name}.json").write_text(json.dumps({name: document}))
    served = [server, "-c", str(folder / "Dhcp4.json"), "-p", str(free_port(SOCK_DGRAM))]
    asked = [agent, "-c", str(folder / "Control-agent.json")]
    with start_program("kea-dhcp4", served, folder / "kea.log", 0, environment) as peer:
        peer.wait_until((folder / "kea.sock").exists)
        with start_program("kea-ctrl-agent", asked, folder / "agent.log", port, environment) as control_agent:
            control_agent.wait_for_tcp()
            yield port


async def test_a_real_kea_tells_its_leases_and_how_full_its_subnet_is(tmp_path: Path) -> None:
    with kea(tmp_path) as port:
        asker = DhcpAsker(HttpClient(), None, lambda *_: {}, lambda *_: None, 5.0)  # type: ignore[arg-type,return-value]
        endpoint = Endpoint("dhcp", "127.0.0.1", options={"server": "kea", "url": f"http://{{address}}:{port}"})
        answer = await asker.ask(SERVER, endpoint, time.time())
    assert answer.witness.outcome is Outcome.ANSWERED, answer.witness.reason
    assert [(one.mac, one.address, one.name) for one in answer.sightings] == [
        ("001b54000001", "10.0.0.101", "caja-1.municipio.example")
    ]
    (pool,) = [reading for reading in answer.readings if reading.table == "dhcp-pool"]
    assert pool.components[0].key == "10.0.0.0/24"
    assert pool.columns["load_ratio"][0] == pytest.approx(pool.columns["count"][0] / 4)  # type: ignore[operator]


async def test_an_agent_that_is_away_is_silent_and_a_page_that_is_none_is_told() -> None:
    asker = DhcpAsker(HttpClient(), None, lambda *_: {}, lambda *_: None, 2.0)  # type: ignore[arg-type,return-value]
    endpoint = Endpoint("dhcp", "127.0.0.1", options={"server": "kea", "url": f"http://127.0.0.1:{free_port()}"})
    assert (await asker.ask(SERVER, endpoint, NOW)).witness.outcome is Outcome.SILENT


async def test_a_file_is_read_over_a_real_ssh_and_one_that_is_missing_is_told_with_what_to_do(tmp_path: Path) -> None:
    peer, key = start_sshd(tmp_path)
    (tmp_path / "kea leases.csv").write_text(KEA)
    client = SshClient(HostKeys(tmp_path / "known_hosts"), threads=2, connect_timeout=5, command_timeout=10)
    target = SshTarget("127.0.0.1", peer.port, "linux", getpass.getuser(), key_file=str(key))
    asker = DhcpAsker(HttpClient(), client, lambda *_: {}, lambda *_: target, 5.0)

    async def ask(file: Path) -> Answer:
        options = {"server": "kea", "file": str(file)}
        return await asker.ask(SERVER, Endpoint("dhcp", "127.0.0.1", peer.port, options=options), NOW)

    with peer:
        found, missing = await ask(tmp_path / "kea leases.csv"), await ask(tmp_path / "nothing")
        assert [one.mac for one in found.sightings] == ["001b54000001", "001b54000003"], found.witness.reason
        no_windows = await asker.ask(SERVER, Endpoint("dhcp", "127.0.0.1", options={"server": "windows"}), NOW)
    client.close()
    assert "not what PowerShell" in no_windows.witness.reason
    assert missing.witness.outcome is Outcome.FAILED
    assert "No such file" in missing.witness.reason
    assert "write “file”" in missing.witness.reason


WINDOWS = """#leases
"IPAddress","ClientId","HostName","AddressState","Expires","Lasts"
"10.0.0.101","00-1b-54-00-00-01","CAJA-1.municipio.example","Active","1795003600","3600"
"10.0.0.102","00-1b-54-00-00-02","vieja","Active","1794000000","3600"
"10.0.0.103","00-1b-54-00-00-03","","ActiveReservation","","3600"
"10.0.0.104","00-1b-54-00-00-04","libre","InactiveReservation","","3600"
"10.0.0.105","52-41-53-20-01-00-00-00","ras","Active","1795003600","3600"
#scopes
"ScopeId","AddressesFree","AddressesInUse","Free","InUse"
"10.0.0.0","1","3","1","3"
"10.1.0.0","","","9","1"
"""


async def test_windows_is_asked_by_powershell_for_its_leases_and_scopes(tmp_path: Path) -> None:
    said = [WINDOWS.replace("\n", "\r\n")]

    async def powershell(process: asyncssh.SSHServerProcess[str]) -> None:
        name, *_, script = (process.command or "").split(" ")
        assert name == "powershell"
        assert base64.b64decode(script).decode("utf-16-le") == SCRIPT
        process.stdout.write(said[-1])
        process.exit(0)

    client = SshClient(HostKeys(tmp_path / "known_hosts"), threads=2, connect_timeout=5, command_timeout=10)
    async with ssh_devices.served(powershell) as port:
        target = SshTarget("127.0.0.1", port, "linux", ssh_devices.USER, password=ssh_devices.PASSWORD)
        asker = DhcpAsker(HttpClient(), client, lambda *_: {}, lambda *_: target, 5.0)
        endpoint = Endpoint("dhcp", "127.0.0.1", port, options={"server": "windows"})
        answer = await asker.ask(SERVER, endpoint, NOW)
        said.append("#leases\r\n#error Get-DhcpServerv4Scope : Acceso denegado.\r\n")
        denied = await asker.ask(SERVER, endpoint, NOW)
    client.close()
    assert [(one.mac, one.address, one.name, one.at) for one in answer.sightings] == [
        ("001b54000001", "10.0.0.101", "CAJA-1.municipio.example", 1_795_000_000.0),
        ("001b54000003", "10.0.0.103", "", None),
    ]
    (pool,) = [reading for reading in answer.readings if reading.table == "dhcp-pool"]
    assert [part.key for part in pool.components] == ["10.0.0.0", "10.1.0.0"]
    assert pool.columns["load_ratio"] == [0.75, 0.1]
    assert denied.witness.outcome is Outcome.REFUSED
    assert "DHCP Users" in denied.witness.reason
