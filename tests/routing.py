"""Real routing and LLDP daemons beside Net-SNMP's agent: FRR's bgpd and lldpd, as AgentX subagents (RFC 2741)."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.peers import Peer, find_program, free_port, require_peer, start_program, wait_until

BGPD = "/usr/lib/frr/bgpd"

_BGPD = """\
hostname {name}
{agentx}
router bgp {own_as}
 bgp router-id 10.255.0.{number}
 no bgp ebgp-requires-policy
 timers bgp 3 9
 neighbor {peer} remote-as {peer_as}
 neighbor {peer} port {peer_port}
 neighbor {peer} update-source {own}
 neighbor {peer} ebgp-multihop 2
 neighbor {peer} disable-connected-check
 neighbor {peer} timers connect 1
 neighbor {peer} timers delayopen 1
"""


def _require_bgpd() -> str:
    if not Path(BGPD).exists():
        return require_peer("bgpd")
    if os.geteuid() != 0:
        pytest.skip("FRR is started by root only")
    return BGPD


@contextmanager
def bgp_session(folder: Path, agentx: Path | None = None) -> Iterator[Path]:
    """Two bgpd that speak with each other over loopback, 127.0.0.1 (AS 65001) and 127.0.0.2 (AS 65002).

    The first attaches to the AgentX socket, where one is given. Gives the folder of its vty socket, for vtysh.
    """
    program = _require_bgpd()
    ports = {1: free_port(), 2: free_port(address="127.0.0.2")}
    with ExitStack() as stack:
        for number in (1, 2):
            stack.enter_context(_bgpd(program, folder / f"r{number}", number, ports, agentx if number == 1 else None))
        yield folder / "r1"


def _bgpd(program: str, folder: Path, number: int, ports: dict[int, int], agentx: Path | None) -> Peer:
    (folder / "snmp").mkdir(parents=True)
    if agentx is not None:
        (folder / "snmp" / "frr.conf").write_text(f"agentXSocket unix:{agentx}\n")
    other = 3 - number
    text = _BGPD.format(
        name=f"r{number}", number=number, own=f"127.0.0.{number}", own_as=65000 + number, peer=f"127.0.0.{other}",
        peer_as=65000 + other, peer_port=ports[other], agentx="agentx" if agentx else "!",
    )  # fmt: skip
    (folder / "bgpd.conf").write_text(text)
    argv = [program, "-S", "-Z", "-p", str(ports[number]), "-l", f"127.0.0.{number}"]
    argv += ["-f", str(folder / "bgpd.conf"), "-i", str(folder / "pid"), "--vty_socket", str(folder)]
    argv += ["-z", str(folder / "zserv"), *(["-M", "snmp"] if agentx else [])]
    environment = {"SNMPCONFPATH": str(folder / "snmp"), "SNMP_PERSISTENT_DIR": str(folder / "snmp")}
    peer = start_program("bgpd", argv, folder / "log", ports[number], environment)
    peer.address = f"127.0.0.{number}"
    peer.wait_for_tcp()
    return peer


@contextmanager
def lldp_neighbours(folder: Path, agentx: Path) -> Iterator[str]:
    """Two lldpd at both ends of a wire: `sw-near`, attached to the AgentX socket, and `rt-far` in a network of its own.

    Gives the name of the near end's interface.
    """
    program = require_peer("lldpd")
    mark = os.getpid() % 100_000
    near, far, space = f"ln{mark}", f"lf{mark}", f"nms-lldp-{mark}"
    Path("/run/lldpd").mkdir(exist_ok=True) if os.geteuid() == 0 else None
    with _wire(near, far, space), ExitStack() as stack:
        # its own user must reach the control socket, which it cannot in the folder of a test
        open_folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"nms-lldp-{mark}-")))
        open_folder.chmod(0o755)
        inside = [find_program("ip") or "ip", "netns", "exec", space]
        for name, interface, before, more in (
            ("sw-near", near, [], ["-x", "-X", f"unix:{agentx}"]),
            ("rt-far", far, inside, []),
        ):
            settings = open_folder / f"{name}.conf"
            settings.write_text(f"configure system hostname {name}\nconfigure lldp tx-interval 1\n")
            argv = [
                *before,
                program,
                "-d",
                "-u",
                str(open_folder / f"{name}.sock"),
                "-I",
                interface,
                "-O",
                str(settings),
            ]
            stack.enter_context(start_program("lldpd", [*argv, *more], folder / f"{name}.log", 0))
        yield near


@contextmanager
def _wire(near: str, far: str, space: str) -> Iterator[None]:
    """A pair of interfaces, one of them in a network namespace; where that is not allowed the test is skipped."""
    program = require_peer("ip")

    def ip(*words: str) -> int:
        return subprocess.run([program, *words], capture_output=True, check=False).returncode

    if ip("netns", "add", space) or ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", space):
        ip("netns", "del", space)
        pytest.skip("this machine does not let us make interfaces")
    try:
        ip("link", "set", near, "up")
        ip("-n", space, "link", "set", far, "up")
        yield
    finally:
        ip("link", "del", near)
        ip("netns", "del", space)


def wait_for_snmp(port: int, root: str, wanted: str, timeout: float = 20.0) -> None:
    """Waits until a walk of the agent shows a text."""
    walk = require_peer("snmpwalk")

    def shows() -> bool:
        argv = [walk, "-v2c", "-c", "public", "-On", "-t", "1", f"127.0.0.1:{port}", root]
        return wanted in subprocess.run(argv, capture_output=True, text=True, check=False).stdout

    wait_until(shows, f"{wanted} below {root} on port {port}", timeout)
