"""A small network of real kernels and agents: namespaces joined by pairs of interfaces, Net-SNMP's agent in each.

    monitor -- core -+- provider -- rt-a -- sw-a
                     +- provider -- rt-b -- ups-b

A WAN link is cut at the provider's end: the core loses the carrier, the far end is alive and cannot be reached. (Were a
polled end itself set down, its agent would tell so from its cache for seconds after.) A power cut ends the agents of
a site beside that.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.peers import Peer, require_peer, start_program, wait_until

COMMUNITY = "not-in-any-log-7f3a"
WIRES = (
    ("monitor", "up0", "10.77.0.1/30", "core", "up0", "10.77.0.2/30"),
    ("core", "wan-a", "10.77.1.1/30", "provider", "a-near", ""),
    ("core", "wan-b", "10.77.2.1/30", "provider", "b-near", ""),
    ("rt-a", "wan0", "10.77.1.2/30", "provider", "a-far", ""),
    ("rt-b", "wan0", "10.77.2.2/30", "provider", "b-far", ""),
    ("rt-a", "lan0", "10.77.3.1/30", "sw-a", "up0", "10.77.3.2/30"),
    ("rt-b", "lan0", "10.77.4.1/30", "ups-b", "up0", "10.77.4.2/30"),
)
ROUTES = (
    ("monitor", "default", "10.77.0.2"),
    ("core", "10.77.3.0/30", "10.77.1.2"),
    ("core", "10.77.4.0/30", "10.77.2.2"),
    ("rt-a", "default", "10.77.1.1"),
    ("rt-b", "default", "10.77.2.1"),
    ("sw-a", "default", "10.77.3.1"),
    ("ups-b", "default", "10.77.4.1"),
)
BRIDGES = {"br-a": ("a-near", "a-far"), "br-b": ("b-near", "b-far")}
"""What the provider joins."""

ADDRESSES = {
    "core": "10.77.0.2",
    "rt-a": "10.77.1.2",
    "sw-a": "10.77.3.2",
    "rt-b": "10.77.2.2",
    "ups-b": "10.77.4.2",
}
SPACES = ("monitor", "provider", *ADDRESSES)

UPLINK_PROBE = "10.99.0.1"
"""An address behind the core that is no device."""

OUTPUT_SOURCE, NORMAL, BATTERY = "1.3.6.1.2.1.33.1.4.1.0", 3, 5
"""upsOutputSource of UPS-MIB (RFC 1628)."""

RECEIVER = """
import http.server, sys
class Taker(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[1], "ab") as kept:
            kept.write(body.replace(b"\\n", b" ") + b"\\n")
        self.send_response(202); self.end_headers()
    def log_message(self, *words): pass
http.server.HTTPServer(("127.0.0.1", 8099), Taker).serve_forever()
"""
HOOK = "webhook://127.0.0.1:8099/cases"


@dataclass
class Network:
    """`agents` by the name of their device."""

    folder: Path
    ip: str
    agents: dict[str, Peer] = field(default_factory=dict)

    def space(self, name: str) -> str:
        return f"nms{os.getpid() % 100_000}-{name}"

    def inside(self, name: str) -> tuple[str, ...]:
        """What runs a program in the network of a device."""
        return (self.ip, "netns", "exec", self.space(name))

    def run(self, *words: str) -> None:
        done = subprocess.run([self.ip, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")

    def link(self, name: str, interface: str, state: str) -> None:
        """Sets an interface up or down; what was routed over it is routed again when it is up."""
        self.run("-n", self.space(name), "link", "set", interface, state)
        if state == "up":
            self.route()

    def route(self) -> None:
        """A way over a wire that is cut is laid when the wire is back."""
        for name, to, over in ROUTES:
            words = [self.ip, "-n", self.space(name), "route", "replace", to, "via", over]
            subprocess.run(words, capture_output=True, check=False)

    def build(self) -> None:
        for name in SPACES:
            self.run("netns", "add", self.space(name))
            self.run("-n", self.space(name), "link", "set", "lo", "up")
            forward = "echo 1 > /proc/sys/net/ipv4/ip_forward"
            subprocess.run([*self.inside(name), "sh", "-c", forward], check=True)
        for a, a_port, a_address, b, b_port, b_address in WIRES:
            peer = ("peer", "name", b_port, "netns", self.space(b))
            self.run("link", "add", a_port, "netns", self.space(a), "type", "veth", *peer)
            for name, port, address in ((a, a_port, a_address), (b, b_port, b_address)):
                if address:
                    self.run("-n", self.space(name), "addr", "add", address, "dev", port)
                self.run("-n", self.space(name), "link", "set", port, "up")
        for bridge, ports in BRIDGES.items():
            self.run("-n", self.space("provider"), "link", "add", bridge, "type", "bridge")
            self.run("-n", self.space("provider"), "link", "set", bridge, "up")
            for port in ports:
                self.run("-n", self.space("provider"), "link", "set", port, "master", bridge)
        self.run("-n", self.space("core"), "addr", "add", f"{UPLINK_PROBE}/32", "dev", "lo")
        self.route()

    def remove(self) -> None:
        for name in SPACES:
            subprocess.run([self.ip, "netns", "del", self.space(name)], capture_output=True, check=False)

    def _settings(self, name: str) -> Path:
        lines = [f"agentAddress udp:{ADDRESSES[name]}:161", f"rocommunity {COMMUNITY}", f"sysName {name}"]
        if name == "ups-b":
            lines += [f"rwcommunity w-{COMMUNITY}", f"override -rw {OUTPUT_SOURCE} integer {NORMAL}"]
        path = self.folder / f"{name}.conf"
        path.write_text("\n".join([*lines, ""]))
        return path

    def start(self, name: str) -> None:
        """The agent of a device; starting it anew is what a restart does."""
        folder = self.folder / f"{name}.var"
        folder.mkdir(exist_ok=True)
        pid = str(folder / "pid")
        argv = [
            *self.inside(name),
            require_peer("snmpd"),
            "-f",
            "-Lo",
            "-C",
            "-c",
            str(self._settings(name)),
            "-p",
            pid,
        ]
        environment = {"SNMPCONFPATH": str(folder), "SNMP_PERSISTENT_DIR": str(folder), "MIBS": ""}
        self.agents[name] = start_program("snmpd", argv, folder / "log", 161, environment)
        wait_until(lambda: "NET-SNMP version" in (folder / "log").read_text(), f"the agent of {name}")

    def stop(self, name: str) -> None:
        self.agents.pop(name).stop()

    def feed(self, source: int) -> None:
        """What the UPS takes its power from: it tells so until its agent is started anew."""
        words = ["-v2c", "-c", f"w-{COMMUNITY}", "-t", "2", ADDRESSES["ups-b"], OUTPUT_SOURCE, "i", str(source)]
        subprocess.run([*self.inside("ups-b"), require_peer("snmpset"), *words], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def network(folder: Path) -> Iterator[Network]:
    """With the agents of all devices running, and a receiver of webhooks in the monitor's network.

    Where this machine lets nobody make networks, the test is skipped.
    """
    if os.geteuid() != 0:
        pytest.skip("networks are made by root only")
    here = Network(folder, require_peer("ip"))
    here.remove()
    with ExitStack() as stack:
        stack.callback(here.remove)
        try:
            here.build()
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"this machine does not let us make networks: {error}")
        stack.callback(lambda: [here.stop(name) for name in list(here.agents)])
        for name in ADDRESSES:
            here.start(name)
        argv = [*here.inside("monitor"), sys.executable, "-c", RECEIVER, str(folder / "received")]
        stack.enter_context(start_program("receiver", argv, folder / "receiver.log", 8099))
        yield here
