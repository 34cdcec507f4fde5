"""Limits of SSH sessions on a real server: how long, how much, and one at a time."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Iterator
from pathlib import Path

import pytest

from nms.transports.errors import OverBudget, Unreachable
from nms.transports.ssh import HostKeys, SshClient, SshTarget
from tests.peers import start_sshd


@pytest.fixture
def client(tmp_path: Path) -> Iterator[SshClient]:
    client = SshClient(HostKeys(tmp_path / "known_hosts"), threads=4, connect_timeout=5, command_timeout=10)
    yield client
    client.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshTarget]:
    peer, key = start_sshd(tmp_path)
    with peer:
        yield SshTarget("127.0.0.1", peer.port, "linux", getpass.getuser(), key_file=str(key))


async def test_an_answer_without_an_end_is_cut_off(client: SshClient, server: SshTarget) -> None:
    with pytest.raises(OverBudget, match="more than 4,000,000 characters"):
        await client.run(server, ["yes"])
    assert "still here" in (await client.run(server, ["echo still here"]))[0]["echo still here"]


async def test_a_command_has_its_own_time_and_what_came_before_it_may_be_kept(
    client: SshClient, server: SshTarget
) -> None:
    with pytest.raises(Unreachable, match=r"did not end within 0\.5 s"):
        await client.run(server, ["sleep 8"], seconds=0.5)
    outputs, _ = await client.run(server, ["echo first", "sleep 8", "echo third"], seconds=1.0, partly=True)
    assert [name for name in outputs if "echo" in name] == ["echo first"]


async def test_who_stops_waiting_does_not_let_a_second_session_in(
    client: SshClient, server: SshTarget, tmp_path: Path
) -> None:
    impatient = asyncio.create_task(client.run(server, [f"sleep 1; touch {tmp_path}/done"]))
    await asyncio.sleep(0)
    while not impatient.done() and not client._turns[server.host_id].locked():
        await asyncio.sleep(0.01)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert not (tmp_path / "done").exists()
    await client.run(server, ["true"])
    assert (tmp_path / "done").exists()


async def test_a_server_with_nothing_but_old_algorithms_is_told_as_that(client: SshClient, tmp_path: Path) -> None:
    peer, key = start_sshd(tmp_path / "old", lines=["Ciphers aes256-ctr", "MACs umac-64@openssh.com"])
    with peer:
        target = SshTarget("127.0.0.1", peer.port, "linux", getpass.getuser(), key_file=str(key))
        with pytest.raises(Unreachable, match="offers only algorithms that are too old or unknown here"):
            await client.run(target, ["true"])
