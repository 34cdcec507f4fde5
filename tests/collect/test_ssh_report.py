"""`nms probe --over ssh` on real and simulated devices, through the command line."""

from __future__ import annotations

import asyncio
import getpass
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.peers import start_sshd
from tests.ssh_devices import PASSWORD, USER, network_device
from tests.ssh_outputs import huawei

CONFIG = """\
data_dir: {folder}/data
credentials:
  srv: {{kind: ssh, user: {user}, key_file: {key}}}
  sw: {{kind: ssh, user: {switch_user}, password: "file:{folder}/password"}}
"""


def _configured(folder: Path, key: Path | str) -> Path:
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o600)
    for name in ("departments", "sites", "inventory"):
        (folder / "inventories").mkdir(exist_ok=True)
        (folder / "inventories" / f"{name}.yaml").write_text("")
    (folder / "collectors").symlink_to(Path(__file__).parents[2] / "collectors")
    config = folder / "config.yaml"
    config.write_text(CONFIG.format(folder=folder, user=getpass.getuser(), key=key, switch_user=USER))
    return config


async def test_a_switch_is_shown_as_over_snmp(tmp_path: Path) -> None:
    config = _configured(tmp_path, "none")
    async with network_device(huawei.OUTPUTS, prompt="<sw-test>", refusal="Error: Unrecognized command") as (port, _):
        found = await asyncio.to_thread(
            _shown, config, "--platform", "huawei", "--credential", "sw", "--port", str(port)
        )
    assert found["device"]["version"] == "5.170"
    assert found["families"] == ["ssh-huawei-vrp"]
    assert next((one["name"], one["oper"]) for one in found["interfaces"]) == ("GigabitEthernet0/0/1", "up")
    assert found["memory"][0]["percent"] == 50
    assert found["arp"][1]["ip"] == "192.0.2.33"
    assert len(found["problems"]) == 1


async def test_a_server_is_shown_with_its_file_systems(tmp_path: Path) -> None:
    peer, key = start_sshd(tmp_path)
    with peer:
        config = _configured(tmp_path, key)
        found = await asyncio.to_thread(_shown, config, "--credential", "srv", "--port", str(peer.port))
    assert "/" in [one["label"] for one in found["storage"]]
    assert found["families"] == ["linux"]
    assert [one["label"] for one in found["metrics"] if one.get("metric") == "system_load_1m"] == ["system load 1m"]


def _shown(config: Path, *more: str) -> dict[str, Any]:
    arguments = ["--config", str(config), "probe", "127.0.0.1", "--over", "ssh", "--json", *more]
    done = subprocess.run([sys.executable, "-m", "nms", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result
