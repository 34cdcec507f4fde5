"""Linux over SSH, against a real sshd, and what the monitor makes of hostile or broken outputs."""

import getpass
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.collect import linux, shell
from nms.collect.answer import Answer
from nms.collect.shell import LinuxAsker, Server, understand
from nms.i18n import in_english
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Severity
from nms.text import clean
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


async def test_commands_are_told_apart_with_their_status(client: SshClient, sshd: tuple[Peer, Path]) -> None:
    peer, key = sshd
    commands = ["echo one; echo hidden >&2", "echo two; exit 3", "cat", 'printf "\\377%s" $LC_ALL']
    printed, _ = await client.each(target(peer.port, key), commands, seconds=30.0, most=60.0)
    assert [(commands.index(one), said.text, said.status) for one, said in printed.items()] == [
        (0, "one\n", 0), (1, "two\n", 3), (2, "", 0), (3, "\ufffdC", 0),
    ]  # fmt: skip
    with pytest.raises(Unreachable, match=r"did not end within 0\.2 s"):
        await client.each(target(peer.port, key), ["sleep 3"], seconds=0.2, most=0.4)


async def test_a_command_that_hung_is_named_and_not_asked_again_for_a_while(
    client: SshClient, sshd: tuple[Peer, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One hung process more at each visit would fill the server."""
    asked = tmp_path / "asked"
    monkeypatch.setattr(shell, "EACH_SECONDS", 4.0)
    monkeypatch.setattr(linux, "COMMANDS", (linux.UPTIME, linux.LOAD, linux.MEMORY, linux.STORAGE, linux.INODES))
    monkeypatch.setattr(linux, "_WRITTEN_OUT", {linux.STORAGE: f"echo x >> {asked}; sleep 9"})
    peer, key = sshd
    asker = LinuxAsker(client, lambda device, endpoint: target(peer.port, key))
    answers = [await asker.ask(SERVER, Endpoint("ssh", "127.0.0.1", peer.port), at) for at in (1000.0, 1060.0)]
    for answer in answers:
        assert answer.problems == (f"ssh: “{linux.STORAGE}” was not answered in time",)
        assert {"system", "inodes"} <= {reading.table for reading in answer.readings}
    assert asked.read_text() == "x\n"


async def test_a_server_without_systemd_whose_shell_speaks_spanish_invents_nothing(
    client: SshClient, tmp_path: Path
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "cat", "df", "ls"):
        (tools / name).symlink_to(f"/bin/{name}")
    console = f'ForceCommand /usr/bin/env -i PATH={tools} LC_ALL=es_MX.UTF-8 LANGUAGE=es sh -c "$SSH_ORIGINAL_COMMAND"'
    peer, key = start_sshd(tmp_path, lines=[console])
    with peer:
        asker = LinuxAsker(client, lambda device, endpoint: target(peer.port, key))
        endpoint = Endpoint("ssh", "127.0.0.1", peer.port)
        answers = [await asker.ask(SERVER, endpoint, at) for at in (1000.0, 1060.0)]
    tables = {reading.table for reading in answers[1].readings}
    assert {"system", "storage", "processor"} <= tables
    assert not {"services", "updates"} & tables
    told = linux.UPDATES["debian"] if answers[0].facts["os"].startswith("Debian") else ""
    assert [told in problem for problem in answers[1].problems] == [True] * bool(told)


async def test_an_account_that_may_run_nothing_is_refused_with_what_it_says(client: SshClient, tmp_path: Path) -> None:
    peer, key = start_sshd(tmp_path, lines=["ForceCommand echo Esta cuenta no tiene consola."])
    with peer:
        asker = LinuxAsker(client, lambda device, endpoint: target(peer.port, key))
        answer = await asker.ask(SERVER, Endpoint("ssh", "127.0.0.1", peer.port), 1000.0)
    assert answer.witness.outcome is Outcome.REFUSED
    assert answer.witness.reason.endswith("runs no commands for “" + getpass.getuser() +
                                          "”: it says “Esta cuenta no tiene consola.”")  # fmt: skip


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


def severities(answer: Answer) -> dict[str, tuple[Severity | None, str]]:
    return {state.component.key: (state.severity, in_english(state.text)) for state in answer.states}


def test_arrays_pools_and_services_become_states() -> None:
    outputs = {
        linux.RAID: """\
Personalities : [raid1] [raid6]
md0 : active raid1 sdb1[1](F) sda1[0]
      1047552 blocks [2/1] [U_]

md1 : active raid1 sdc1[2] sda2[0]
      1047552 blocks [2/1] [U_]
      [==>..................]  recovery = 12.6% (132000/1047552) finish=1.1min speed=100K/sec

md2 : inactive sdd1[0](S)
      1047552 blocks

md3 : active raid0 sde1[0] sdf1[1]
      2095104 blocks 512k chunks

unused devices: <none>
""",
        linux.POOLS: "tank\t1000\t400\tONLINE\nbackup\t2000\t100\tDEGRADED\nold\t-\t-\tSTRANGE\n",
        linux.SERVICES: "nginx.service loaded failed failed web\x1b[31m server\nbackup.timer loaded failed failed x\n",
        linux.REBOOT: "/run/reboot-required",
    }
    answer = understand(DeviceId("a"), 1.0, outputs)
    assert severities(answer) == {
        "md0": (Severity.CRITICAL, "1 of 2 disks missing"),
        "md1": (Severity.WARNING, "rebuilding, 12 %"),
        "md2": (Severity.CRITICAL, "inactive"),
        "md3": (None, "healthy"),
        "zpool tank": (None, "online"),
        "zpool backup": (Severity.CRITICAL, "degraded"),
        "zpool old": (None, "strange"),
        "nginx": (Severity.WARNING, "failed"),
        "backup.timer": (Severity.WARNING, "failed"),
        "reboot": (Severity.INFO, "required"),
    }
    (count,) = [reading.columns["count"] for reading in answer.readings if reading.table == "services"]
    assert count == [2]
    (storage,) = [reading for reading in answer.readings if reading.table == "storage"]
    assert [component.key for component in storage.components] == ["zpool tank", "zpool backup"]


def test_outputs_that_say_nothing_are_named_and_the_rest_is_kept() -> None:
    outputs = {
        linux.UPTIME: "cat: /proc/uptime: No such file",
        linux.LOAD: "0.52 0.4 0.3 1/200 1234",
        linux.MEMORY: "MemTotal: 1000 kB\nMemAvailable: 250 kB\nSwapTotal: 100 kB\nSwapFree: 25 kB\n",
        linux.STORAGE: "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 60 20 75% /var\n",
        linux.INODES: "Filesystem Inodes IUsed IFree IUse% Mounted on\n/dev/sda1 100 99 1 99% /var\nx 0 0 0 - /b\n",
        linux.POOLS: "-bash: zpool: command not found",
        linux.SERVICES: "-bash: systemctl: command not found",
    }
    answer = understand(DeviceId("a"), 1.0, outputs)
    assert answer.witness.outcome is Outcome.PARTIAL
    assert answer.problems == ("ssh: “cat /proc/uptime” gave nothing that can be read",)
    tables = {reading.table: reading.columns for reading in answer.readings}
    assert tables["system"]["memory_used_ratio"] == [0.75]
    assert tables["swap"]["memory_used_ratio"] == [0.75]
    assert tables["storage"]["storage_used_ratio"] == [0.75]
    assert tables["inodes"]["storage_used_ratio"] == [0.99]
    assert "services" not in tables


def test_the_processor_is_known_from_the_second_visit_and_not_across_a_restart() -> None:
    server = Server()
    visits = ("cpu  100 0 100 800 0 0 0 0 0 0", "cpu  160 0 140 900 0 0 0 0 0 0", "cpu  1 0 1 8 0 0 0 0 0 0")
    seen = [
        [reading.columns["processor_used_ratio"] for reading in understand(
            DeviceId("a"), 1.0, {linux.PROCESSOR: output}, None, server).readings if reading.table == "processor"]
        for output in visits
    ]  # fmt: skip
    assert seen == [[], [[0.5]], []]


def test_updates_are_counted_as_each_packager_tells_them() -> None:
    apt = """\
Inst libssl3 [3.0.1] (3.0.2 Debian-Security:12/stable-security [amd64])
Inst tzdata [2025a] (2025b Debian:12.9/stable [all])
Conf libssl3 (3.0.2 Debian-Security:12/stable-security [amd64])
2 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.
"""
    assert linux.updates("debian", apt) == {"all": 2, "security": 1}
    assert linux.updates("debian", "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.") == {
        "all": 0, "security": 0,
    }  # fmt: skip
    assert linux.updates("debian", "-bash: apt-get: command not found") == {}
    dnf = "kernel.x86_64     5.14.0-503.el9     baseos\nbash.x86_64  5.1.8-9.el9 baseos\n"
    assert linux.updates("rhel", dnf) == {"all": 2}
    assert linux.updates("rhel", f"{dnf}Obsoleting Packages\nold.noarch 1 x\n") == {"all": 2}
    assert linux.updates("rhel", f"{dnf}-- of these for security:\nbash.x86_64  5.1.8-9.el9 baseos\n") == {
        "all": 2, "security": 1,
    }  # fmt: skip
    assert [linux.has_answered(linux.UPDATES["rhel"], status) for status in (0, 100, 1, 127)] == [
        True,
        True,
        False,
        False,
    ]
    assert linux.updates("rhel", "Error: Cache-only enabled but no cache for 'baseos'") == {}
    assert linux.distribution('ID=rocky\nID_LIKE="rhel centos fedora"\n') == "rhel"
    assert linux.distribution("ID=ubuntu\nID_LIKE=debian\n") == "debian"
    assert linux.distribution("ID=alpine\n") == ""


async def test_updates_are_asked_for_from_the_second_visit_and_then_seldom(
    client: SshClient, sshd: tuple[Peer, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = 'printf "Inst a (2 Debian:12/stable [all])\\n1 upgraded, 0 newly installed\\n"'
    monkeypatch.setattr(linux, "UPDATES", {"debian": said})
    peer, key = sshd
    asker = LinuxAsker(client, lambda device, endpoint: target(peer.port, key))
    endpoint = Endpoint("ssh", "127.0.0.1", peer.port)
    tables = [
        {reading.table for reading in (await asker.ask(SERVER, endpoint, at)).readings}
        for at in (1000.0, 1060.0, 1120.0)
    ]
    (server,) = asker.servers.values()
    told = server.distribution == "debian"
    assert [("updates" in found) for found in tables] == [False, told, False]
    assert ["processor" in found for found in tables] == [False, True, True]


words = st.sampled_from(
    ["md0 : active raid1 sda[0]", "[2/1] [U_]", "md1 : inactive", "recovery = 4.2%", "cpu 1 2 3 4 5 6 7",
     "tank\t1\t9\tX", "MemTotal: 5 kB", "SwapTotal: 0 kB", "/dev/sda 1 2 3 4% /", "a.service loaded failed failed x",
     "Inst x (security)", "ID=debian", "-1", "99999999999999999999999999", "\x1b[2J", "\n"]
)  # fmt: skip


@given(
    st.dictionaries(st.sampled_from([*linux.COMMANDS, *linux.UPDATES.values()]), st.lists(words | st.text(max_size=30)))
)
def test_whatever_a_server_says_is_understood_or_named_and_never_impossible(said: dict[str, list[str]]) -> None:
    outputs = {command: "\n".join(lines) for command, lines in said.items()}
    answer = understand(DeviceId("a"), 1.0, outputs, None, Server("debian", linux.Ticks(1, 5)))
    for reading in answer.readings:
        for metric, column in reading.columns.items():
            assert len(column) == len(reading.components)
            for value in column:
                assert value is not None
                assert value >= 0
                assert not metric.endswith("_ratio") or value <= 1
    for state in answer.states:
        assert clean(in_english(state.text)) == in_english(state.text)
        assert clean(state.component.key) == state.component.key
