"""FRR's vtysh over SSH: a real router through a real server, by the family of its platform."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import pytest

from nms.collect.catalogue import Catalogue
from nms.collect.spoken import SpokenAsker
from nms.model import Device, DeviceId, Endpoint, Outcome, Role
from nms.transports.ssh import HostKeys, SshClient, SshTarget
from tests.peers import require_peer, start_sshd, wait_until
from tests.routing import bgp_session


@pytest.mark.peer
async def test_a_router_tells_its_sessions_and_what_it_does_not_run_is_no_problem(tmp_path: Path) -> None:
    vtysh = require_peer("vtysh")
    if os.geteuid() != 0:
        pytest.skip("FRR is started by root only")
    catalogue = Catalogue.load(Path(__file__).parents[2] / "collectors")
    client = SshClient(HostKeys(tmp_path / "known_hosts"), threads=2, connect_timeout=10, command_timeout=20)
    with bgp_session(tmp_path) as vty:
        peer, key = start_sshd(tmp_path, lines=[f"ForceCommand {vtysh} --vty_socket {vty}"])
        with peer:
            endpoint = Endpoint("ssh", "127.0.0.1", peer.port, options={"platform": "frr"})
            router = Device(DeviceId("r1"), "r1", Role.ROUTER, "127.0.0.1", "s", "d", (endpoint,))
            target = SshTarget("127.0.0.1", peer.port, "frr", getpass.getuser(), key_file=str(key))
            wait_until(lambda: _established(vtysh, vty), "the BGP session", 20)
            answer = await SpokenAsker(client, catalogue, lambda device, endpoint: target).ask(router, endpoint, 1.0)
        client.close()
    assert answer.witness.outcome is Outcome.ANSWERED, answer.problems
    assert answer.facts["vendor"] == "FRRouting"
    assert answer.facts["version"]
    (session,) = [one for one in answer.readings if "bgp_peer_state" in one.columns]
    assert [component.label for component in session.components] == ["127.0.0.2 AS65002"]
    assert session.columns["bgp_peer_state"] == [6]


def _established(vtysh: str, vty: Path) -> bool:
    import subprocess

    argv = [vtysh, "--vty_socket", str(vty), "-c", "show bgp neighbors 127.0.0.2"]
    return "BGP state = Established" in subprocess.run(argv, capture_output=True, text=True, check=False).stdout
