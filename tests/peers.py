"""Real programs that the tests talk to: found or skipped, started on free loopback ports, stopped by their pid.

Each `start_NAME(tmp_path, ...)` returns a `Peer`, which is also a context manager. A peer that is not installed
skips the test with the reason, and fails it where the environment variable `CI` is set. The Debian packages stand
in `tests/peers.txt`.
"""

from __future__ import annotations

import http.client
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import pytest

_SBIN = "/usr/local/sbin:/usr/sbin:/sbin"
_GET_UPTIME = bytes.fromhex("302602010104067075626c6963a019020101020100020100300e300c06082b060102010103000500")


@dataclass
class Peer:
    """A program that runs for one test: where it answers, what it wrote."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    log: Path
    address: str = "127.0.0.1"
    tls_port: int = 0
    short: tempfile.TemporaryDirectory[str] | None = None  # for sockets, whose paths have at most 107 bytes

    def wait_until(self, is_ready: Callable[[], bool], timeout: float = 30.0) -> None:
        """Asks again and again until `is_ready`; fails the test with the last lines of the log."""

        deadline = time.monotonic() + timeout
        while not is_ready():
            gone = self.process.poll() is not None
            if gone or time.monotonic() > deadline:
                self.stop()
                how = f"ended with code {self.process.returncode}" if gone else f"is not ready after {timeout:g} s"
                pytest.fail(f"{self.name} on port {self.port} {how}:\n{self.last_words()}")
            time.sleep(0.02)

    def wait_for_tcp(self, timeout: float = 30.0) -> None:
        """Waits until the program accepts TCP connections."""
        self.wait_until(lambda: _accepts(self.port, self.address), timeout)

    def last_words(self) -> str:
        return self.log.read_bytes()[-2000:].decode(errors="replace")

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        if self.short is not None:
            self.short.cleanup()

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def find_program(name: str) -> str | None:
    """The path of a program, also where only root's PATH would find it."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:{_SBIN}")


def require_peer(name: str) -> str:
    """The path of the program `name`; without it the test is skipped, or failed in CI."""
    path = find_program(name)
    if path is not None:
        return path
    reason = f"the program {name} is not installed (see tests/peers.txt)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, address: str = "127.0.0.1") -> int:
    """A port that nobody holds; `kind` is SOCK_STREAM for TCP (where UDP is free too), SOCK_DGRAM for UDP.

    Below the ports that the system gives to outgoing connections, which come and go under a test, and never the
    same twice in a run.
    """
    kinds = {kind, socket.SOCK_DGRAM}
    return next(port for port in _candidates if all(_is_free(each, address, port) for each in kinds))


def _is_free(kind: socket.SocketKind, address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


_candidates = itertools.cycle(range(12000 + os.getpid() * 97 % 18000, 32000))


def wait_until(is_ready: Callable[[], bool], what: str, timeout: float = 30.0) -> None:
    """Asks again and again until `is_ready`, or fails the test naming `what` it waited for."""
    deadline = time.monotonic() + timeout
    while not is_ready():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout:g} s for {what}")
        time.sleep(0.02)


def wait_for_tcp(port: int, what: str, address: str = "127.0.0.1", timeout: float = 30.0) -> None:
    """Waits until something accepts TCP connections on the port."""
    wait_until(lambda: _accepts(port, address), what, timeout)


def _accepts(port: int, address: str) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        return probe.connect_ex((address, port)) == 0


def start_program(
    name: str, argv: Sequence[str], log: Path, port: int, environment: Mapping[str, str] | None = None
) -> Peer:
    """Starts a program with its output in the file `log`; the caller waits until it is ready."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
    return Peer(name, process, port, log)


def start_snmpd(
    tmp_path: Path,
    community: str = "public",
    users: Sequence[str] = (),
    lines: Sequence[str] = (),
    port: int | None = None,
    agentx: bool = False,
) -> Peer:
    """Net-SNMP's agent on a free UDP port of 127.0.0.1.

    `users` are createUser directives without that word (`ana SHA authpass1234 AES privpass1234`), each allowed to
    read everything at the level it has; `lines` are further lines of snmpd.conf. With `agentx`, subagents attach
    at `Peer.log.parent / "agentx"`. Started again on the same port and folder it is the same agent after a restart.
    """
    program = require_peer("snmpd")
    port = port or free_port(socket.SOCK_DGRAM)
    folder = tmp_path / f"snmpd-{port}"
    (folder / "var").mkdir(parents=True, exist_ok=True)
    config = [f"agentAddress udp:127.0.0.1:{port}", f"rocommunity {community} 127.0.0.1", "sysName test-agent"]
    for user in users:
        words = user.split()
        level = {1: "noauth", 3: "auth"}.get(len(words), "priv")
        config += [f"createUser {user}", f"rouser {words[0]} {level}"]
    if agentx:
        config += ["master agentx", f"agentXSocket unix:{folder / 'agentx'}"]
    (folder / "snmpd.conf").write_text("\n".join([*config, *lines, ""]))
    argv = [program, "-f", "-Lo", "-c", str(folder / "snmpd.conf"), "-p", str(folder / "pid")]
    environment = {"SNMPCONFPATH": str(folder / "var"), "SNMP_PERSISTENT_DIR": str(folder / "var"), "MIBS": ""}
    peer = start_program("snmpd", argv, folder / "log", port, environment)
    peer.wait_until(lambda: _answers_snmp(port, community))
    return peer


def _answers_snmp(port: int, community: str) -> bool:
    name = community.encode()
    request = _GET_UPTIME.replace(b"\x04\x06public", bytes((4, len(name))) + name)
    request = bytes((0x30, len(request) - 2)) + request[2:]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.1)
        try:
            probe.connect(("127.0.0.1", port))
            probe.send(request)
            return bool(probe.recv(2048))
        except OSError:
            return False


def start_sshd(
    tmp_path: Path, port: int | None = None, host_key: str = "ed25519", lines: Sequence[str] = ()
) -> tuple[Peer, Path]:
    """OpenSSH's server on a free port of 127.0.0.1, and the private key that opens the account running the tests.

    `lines` are further lines of sshd_config.
    """
    program = require_peer("sshd")
    keygen = require_peer("ssh-keygen")
    port = port or free_port()
    folder = tmp_path / f"sshd-{port}-{host_key}"
    folder.mkdir(parents=True)
    for name, kind in (("host_key", host_key), ("id", "ed25519")):
        subprocess.run([keygen, "-q", "-t", kind, "-N", "", "-f", str(folder / name)], check=True)
    (folder / "id.pub").rename(folder / "authorized_keys")
    config = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {folder / 'host_key'}",
        f"PidFile {folder / 'pid'}",
        f"AuthorizedKeysFile {folder / 'authorized_keys'}",
        "PasswordAuthentication no",
        "UsePAM no",
        "StrictModes no",
        "PrintMotd no",
        "PermitRootLogin yes",
        *lines,
    ]
    (folder / "sshd_config").write_text("\n".join([*config, ""]))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    argv = [program, "-D", "-e", "-f", str(folder / "sshd_config")]
    peer = start_program("sshd", argv, folder / "log", port)
    peer.wait_for_tcp()
    return peer, folder / "id"


def start_victoria_metrics(tmp_path: Path, port: int | None = None) -> Peer:
    """VictoriaMetrics with its data in `tmp_path`, which a second start on the same port finds again."""
    program = require_peer("victoria-metrics")
    port = port or free_port()
    argv = [
        program,
        f"-storageDataPath={tmp_path / 'victoria-metrics'}",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=100y",
        "-search.latencyOffset=0s",
        "-loggerLevel=WARN",
        "-memory.allowedBytes=256MB",
    ]
    peer = start_program("victoria-metrics", argv, tmp_path / "victoria-metrics.log", port)
    peer.wait_until(lambda: _answers_http(port, "/health"))
    return peer


def start_prometheus(tmp_path: Path, targets: Mapping[str, str]) -> Peer:
    """Prometheus that scrapes each target (`address:port` to path) every second."""
    program = require_peer("prometheus")
    port = free_port()
    jobs = [
        f"{{job_name: job{n}, metrics_path: {path}, static_configs: [{{targets: ['{target}']}}]}}"
        for n, (target, path) in enumerate(targets.items())
    ]
    config = tmp_path / "prometheus.yml"
    config.write_text(f"global: {{scrape_interval: 1s}}\nscrape_configs: [{', '.join(jobs)}]\n")
    argv = [
        program,
        f"--config.file={config}",
        f"--storage.tsdb.path={tmp_path / 'prometheus'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    peer = start_program("prometheus", argv, tmp_path / "prometheus.log", port)
    peer.wait_until(lambda: _answers_http(port, "/-/ready"))
    return peer


def _answers_http(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
