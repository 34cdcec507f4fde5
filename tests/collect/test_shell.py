"""Linux over SSH, against a real sshd, and what the monitor makes of hostile or broken outputs."""

import getpass
from collections.abc import Iterator
from pathlib import Path

import pytest

from nms.collect import shell
from nms.collect.shell import LinuxAsker, understand
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Severity
from nms.transports.errors import AccessDenied, LocalFault, Unreachable
from nms.transports.ssh import HostKeyChanged, HostKeys, SshClient, SshTarget
from tests.peers import Peer, free_port, start_sshd

SERVER = Device(DeviceId("srv"), "srv", Role.SERVER, "127.0.0.1", "s", "d")


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[tuple[Peer, Path]]:
    peer, key = start_sshd(tmp_path)
    with peer:
        yield peer, key


@pytest.fixture
def client(tmp_path: Path) -> Iterator[SshClient]:
    client = SshClient(HostKeys(tmp_path / "known" / "hosts"), threads=2, connect_timeout=5, command_timeout=10)
    yield client
    client.close()


def target(port: int, key: Path, **more: str) -> SshTarget:
    return SshTarget("127.0.0.1", port, "linux", more.get("user", getpass.getuser()), key_file=str(key))


async def test_a_real_server_gives_its_load_memory_and_file_systems(client: SshClient, sshd: tuple[Peer, Path]) -> None:
    peer, key = sshd
    asker = LinuxAsker(client, lambda device, endpoint: target(peer.port, key))
    answer = await asker.ask(SERVER, Endpoint("ssh", "127.0.0.1", peer.port), 1000.0)
    assert answer.witness.outcome in (Outcome.ANSWERED, Outcome.PARTIAL), answer.witness.reason
    by_table = {reading.table: reading for reading in answer.readings}
    (size,) = by_table["system"].columns["memory_size_bytes"]
    assert size is not None
    assert size > 100_000_000
    assert "/" in [component.key for component in by_table["storage"].components]
    assert answer.facts["os"]


async def test_a_host_key_is_recorded_once_and_a_changed_one_refused_before_logging_in(
    client: SshClient, sshd: tuple[Peer, Path], tmp_path: Path
) -> None:
    peer, key = sshd
    await client.run(target(peer.port, key), ["true"])
    recorded = (tmp_path / "known" / "hosts").read_text()
    assert recorded.startswith(f"[127.0.0.1]:{peer.port} ")
    await client.run(target(peer.port, key), ["true"])
    assert (tmp_path / "known" / "hosts").read_text() == recorded
    peer.stop()
    for kind in ("ed25519", "ecdsa"):
        impostor, impostor_key = start_sshd(tmp_path / kind, peer.port, kind)
        with impostor, pytest.raises(HostKeyChanged, match="nothing was sent"):
            await client.run(target(peer.port, impostor_key), ["true"])
        assert "Accepted" not in impostor.log.read_text()
        assert "Failed" not in impostor.log.read_text()


async def test_a_refused_login_an_empty_port_and_a_missing_key_are_told_apart(
    client: SshClient, sshd: tuple[Peer, Path], tmp_path: Path
) -> None:
    peer, key = sshd
    with pytest.raises(AccessDenied, match="refuses the log-in of “nobody-here”"):
        await client.run(target(peer.port, key, user="nobody-here"), ["true"])
    with pytest.raises(Unreachable, match="no SSH session"):
        await client.run(target(free_port(), key), ["true"])
    with pytest.raises(LocalFault, match="missing-key"):
        await client.run(target(peer.port, tmp_path / "missing-key"), ["true"])


def test_secrets_are_not_in_the_repr_of_a_target() -> None:
    assert "hunter2" not in repr(SshTarget("a", 22, "linux", "u", password="hunter2", secret="hunter2"))


def test_a_degraded_array_and_a_failed_service_become_states() -> None:
    outputs = {
        shell.RAID: "Personalities : [raid1]\nmd0 : active raid1 sdb1[1](F) sda1[0]\n      1047552 blocks [2/1] [U_]\n",
        shell.SERVICES: "nginx.service loaded failed failed web\x1b[31m server\n",
    }
    states = {state.component.key: state for state in understand(DeviceId("a"), 1.0, outputs).states}
    assert states["md0"].severity is Severity.CRITICAL
    assert states["md0"].text == "1 of 2 disks missing"
    assert states["nginx"].severity is Severity.WARNING


def test_outputs_that_say_nothing_are_named_and_the_rest_is_kept() -> None:
    outputs = {
        shell.UPTIME: "cat: /proc/uptime: No such file",
        shell.LOAD: "0.52 0.4 0.3 1/200 1234",
        shell.MEMORY: "MemTotal: 1000 kB\nMemAvailable: 250 kB\n",
        shell.STORAGE: "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 60 20 75% /var\n",
    }
    answer = understand(DeviceId("a"), 1.0, outputs)
    assert answer.witness.outcome is Outcome.PARTIAL
    assert answer.problems == ("ssh: “cat /proc/uptime” gave nothing that can be read",)
    system, storage = answer.readings
    assert system.columns["memory_used_ratio"] == [0.75]
    assert storage.columns["storage_used_ratio"] == [0.75]
