"""The neighbour table of a real Linux, through a real snmpd."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers import require_peer

NETWORK = (
    "ip link set lo up && ip link add v0 type veth peer name v1 && ip addr add 10.9.0.1/24 dev v0 && "
    "ip link set v0 up && ip link set v1 up && "
    "ip neigh add 10.9.0.7 lladdr 00:1b:54:00:00:07 dev v0 nud reachable"
)


def test_an_address_that_a_router_resolved_is_seen_with_its_interface(tmp_path: Path) -> None:
    require_peer("snmpd")
    apart = [require_peer("unshare"), "-n", "sh", "-c"]
    if os.geteuid() != 0 or subprocess.run([*apart, NETWORK], capture_output=True).returncode:
        pytest.skip("this machine gives no network namespace")
    ask = f"{NETWORK} && exec {sys.executable} -m tests.presence.neighbour_table {tmp_path}"
    done = subprocess.run(
        [*apart, ask], capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2], env=os.environ
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["arp 001b54000007 v0 10.9.0.7"]
