"""What real subagents of Net-SNMP's agent tell: lldpd's neighbours and FRR's BGP sessions, through `nms probe`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.peers import start_snmpd
from tests.routing import bgp_session, lldp_neighbours, wait_for_snmp

LLDP_REMOTE, BGP_PEERS = "1.0.8802.1.1.2.1.4.1.1.9", "1.3.6.1.2.1.15.3.1.2"
CONFIG = """\
data_dir: {folder}/data
credentials:
  snmp: {{kind: snmp-community, community: "file:{folder}/community"}}
"""


def probed(folder: Path, port: int) -> dict[str, Any]:
    (folder / "community").write_text("public")
    (folder / "community").chmod(0o600)
    (folder / "inventories").mkdir()
    for name in ("departments", "sites", "inventory"):
        (folder / "inventories" / f"{name}.yaml").write_text("")
    (folder / "collectors").symlink_to(Path(__file__).parents[2] / "collectors")
    (folder / "config.yaml").write_text(CONFIG.format(folder=folder))
    argv = ["-m", "nms", "--config", str(folder / "config.yaml"), "probe", "127.0.0.1", "--port", str(port), "--json"]
    done = subprocess.run([sys.executable, *argv], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.peer
def test_neighbours_of_lldpd_are_seen_with_both_ends(tmp_path: Path) -> None:
    with (
        start_snmpd(tmp_path, agentx=True) as snmpd,
        lldp_neighbours(tmp_path, snmpd.log.parent / "agentx") as near,
    ):
        wait_for_snmp(snmpd.port, LLDP_REMOTE, "rt-far")
        found = probed(tmp_path, snmpd.port)
    (one,) = [row for row in found["neighbors"] if row["protocol"] == "lldp"]
    assert (one["remote_name"], one["local_if"]) == ("rt-far", near)
    assert one["remote_port_descr"].startswith("lf")
    assert len(one["remote_mac"]) == 12


@pytest.mark.peer
def test_bgp_sessions_of_frr_are_seen_with_their_state(tmp_path: Path) -> None:
    with start_snmpd(tmp_path, agentx=True) as snmpd, bgp_session(tmp_path, snmpd.log.parent / "agentx"):
        wait_for_snmp(snmpd.port, BGP_PEERS, "INTEGER: 6")
        found = probed(tmp_path, snmpd.port)
    (one,) = found["bgp_peers"]
    assert (one["peer"], one["remote_as"], one["state"]) == ("127.0.0.2", 65002, "established")
    assert (one["local_address"], one["identifier"]) == ("127.0.0.1", "10.255.0.2")
