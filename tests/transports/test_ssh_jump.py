"""Devices behind jump hosts, through real SSH servers: both keys are verified, and the credentials kept apart."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nms.transports.errors import AccessDenied, Unreachable
from nms.transports.getters import get
from nms.transports.ssh import HostKeyChanged, HostKeys, SshClient, SshTarget
from tests.peers import Peer, free_port, start_sshd
from tests.ssh_devices import PASSWORD, USER, network_device

WRONG_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDLdnBVB4QYNyGtAVTBSLwM2BZQmIVI4tqMzBlvWv6xa"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[SshClient]:
    client = SshClient(HostKeys(tmp_path / "known_hosts"), threads=4, connect_timeout=5, command_timeout=10)
    yield client
    client.close()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Peer, Path, Peer, Path]]:
    """The jump host with the key that opens it, and the server behind it with its own."""
    jump, jump_key = start_sshd(tmp_path / "jump")
    behind, behind_key = start_sshd(tmp_path / "behind")
    with jump, behind:
        yield jump, jump_key, behind, behind_key


def at(port: int, key: Path, jump: SshTarget | None = None, user: str = "") -> SshTarget:
    return SshTarget("127.0.0.1", port, "linux", user or getpass.getuser(), key_file=str(key), jump=jump)


async def test_a_server_behind_a_jump_host_answers_and_both_keys_are_recorded(
    client: SshClient, servers: tuple[Peer, Path, Peer, Path], tmp_path: Path
) -> None:
    jump, jump_key, behind, behind_key = servers
    target = at(behind.port, behind_key, at(jump.port, jump_key))
    for _ in range(2):
        outputs, _logged_in = await client.run(target, ["echo through"])
        assert outputs["echo through"].strip() == "through"
    recorded = [line.split()[0] for line in (tmp_path / "known_hosts").read_text().splitlines()]
    assert recorded == [f"[127.0.0.1]:{jump.port}", f"[127.0.0.1.via.127.0.0.1]:{behind.port}"]
    assert "Accepted" in jump.log.read_text()


@pytest.mark.parametrize("changed", ["jump", "behind"])
async def test_a_changed_key_of_either_is_refused_before_its_credential_is_sent(
    client: SshClient, servers: tuple[Peer, Path, Peer, Path], tmp_path: Path, changed: str
) -> None:
    jump, jump_key, behind, behind_key = servers
    target = at(behind.port, behind_key, at(jump.port, jump_key))
    name = target.host_id if changed == "behind" else f"[127.0.0.1]:{jump.port}"
    (tmp_path / "known_hosts").write_text(f"{name} {WRONG_KEY}\n")
    with pytest.raises(HostKeyChanged, match="nothing was sent") as told:
        await client.run(target, ["true"])
    assert name in str(told.value)
    assert "Accepted" not in behind.log.read_text()
    assert ("Accepted" in jump.log.read_text()) == (changed == "behind")


async def test_what_fails_on_the_way_is_told_with_its_place(
    client: SshClient, servers: tuple[Peer, Path, Peer, Path]
) -> None:
    jump, jump_key, behind, behind_key = servers
    way = at(jump.port, jump_key)
    with pytest.raises(AccessDenied, match=rf"\[127\.0\.0\.1\]:{jump.port} refuses the log-in of “nobody-here”"):
        await client.run(at(behind.port, behind_key, replace(way, user="nobody-here")), ["true"])
    with pytest.raises(Unreachable, match=r"via\.127\.0\.0\.1"):
        await client.run(at(free_port(), behind_key, way), ["true"])
    with pytest.raises(Unreachable, match="no SSH session"):
        await client.run(at(behind.port, behind_key, at(free_port(), jump_key)), ["true"])


async def test_a_chain_of_two_jump_hosts_leads_to_a_switch_with_napalm(
    client: SshClient, servers: tuple[Peer, Path, Peer, Path]
) -> None:
    first, first_key, second, second_key = servers
    way = at(second.port, second_key, at(first.port, first_key))
    outputs = {"show version": "Cisco IOS Software, C2960X Software, Version 15.2(4)E8\nsw-test uptime is 2 weeks"}
    async with network_device(outputs) as (port, _heard):
        switch = SshTarget("127.0.0.1", port, "cisco_ios", USER, password=PASSWORD, jump=way)
        got = await get(client, switch, ["facts"])
    assert got.results["facts"]["uptime"] == 14 * 86_400
