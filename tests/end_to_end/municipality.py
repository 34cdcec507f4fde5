"""A small municipality in a temporary folder, and its real daemon as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nms.views.client import Client
from nms.views.connection import ClientError
from tests.peers import free_port, wait_until

ROOT = Path(__file__).parents[2]
SECRET = "not-in-any-log-7f3a"

CONFIG = """\
office: {{municipality: Villa de Prueba, timezone: America/Mexico_City}}
data_dir: {data}
paths: {{collectors: {root}/collectors, playbooks: {root}/playbooks, dashboards: {root}/dashboards}}
polling:
  interval: 1s
  snmp: {{timeout: 300ms, retries: 1, budget: 5s}}{polling}
reachability: {{confirmations: {confirmations}}}
alerts: {{recovery: 1s}}
credentials:
  snmp-read: {{kind: snmp-community, community: env:TEST_COMMUNITY}}
  snmp-v3: {{kind: snmp-user, user: nmsuser, auth_protocol: sha256, auth_key: env:TEST_AUTH,
             priv_protocol: aes128, priv_key: env:TEST_PRIV}}
api: {{port: {port}}}
{more}
"""

DEPARTMENTS = """\
departments:
  tesoreria: {name: Tesorería, staff: 20, criticality: 1, service_hours: always, sites: [palacio]}
  catastro: {name: Catastro, staff: 10, service_hours: always, sites: [palacio]}
"""
SITES = "sites:\n  palacio: {name: Palacio Municipal}\n"


@dataclass
class Municipality:
    """Where it is, and how to ask it."""

    directory: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    inside: tuple[str, ...] = ()
    """What runs a program in the network of the daemon, where that is not the tests' own."""

    @property
    def address(self) -> str:
        """A Unix socket is reached from every network."""
        return f"unix:{self.directory / 'data' / 'api.sock'}" if self.inside else f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text(errors="replace")

    def nms(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs one command of the product."""
        command = [
            *self.inside,
            sys.executable,
            "-m",
            "nms",
            "--config",
            str(self.directory / "config.yaml"),
            *arguments,
        ]
        environment = {**os.environ, **self.environment, "NMS_LANG": "en"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert not check or done.returncode in (0, 1), done.stderr
        assert "Traceback" not in done.stderr
        return done

    def json(self, *arguments: str) -> Any:
        return json.loads(self.nms(*arguments, "--json").stdout)

    def ask(self, method: str, **arguments: Any) -> Any:
        """One call of the API client; None while the daemon cannot answer."""

        async def conversation() -> Any:
            token = (self.directory / "data" / "local-token").read_text().strip()
            async with Client(self.address, token, language="en") as client:
                return await getattr(client, method)(**arguments)

        try:
            return asyncio.run(conversation())
        except (ClientError, FileNotFoundError):
            return None

    def wait_for(self, condition: Any, what: str, timeout: float = 90.0) -> None:
        wait_until(condition, f"{what}; the daemon said:\n{self.log[-3000:]}", timeout)

    def start(self, *program: str) -> None:
        """`program`: what to run in the place of `-m nms`, with the same arguments."""
        program = program or ("-m", "nms")
        command = [*self.inside, sys.executable, *program, "--config", str(self.directory / "config.yaml"), "run"]
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.wait_for(lambda: self._is_up(), "the daemon to answer", 90)

    def _is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        return self.ask("overview") is not None

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(20)


@contextmanager
def municipality(
    directory: Path,
    devices: str,
    *,
    links: str = "",
    more: str = "",
    polling: str = "",
    confirmations: int = 2,
    environment: Mapping[str, str] | None = None,
    inside: tuple[str, ...] = (),
) -> Iterator[Municipality]:
    """Lays it out with the given devices (YAML of one file) and links; stops its daemon at the end.

    `polling`: further lines of that block of the settings.
    """
    port = free_port()
    inventories = directory / "inventories"
    (inventories / "devices").mkdir(parents=True)
    (inventories / "departments.yaml").write_text(DEPARTMENTS)
    (inventories / "sites.yaml").write_text(SITES)
    (inventories / "devices" / "all.yaml").write_text(devices)
    if links:
        (inventories / "links.yaml").write_text(links)
    config = CONFIG.format(
        data=directory / "data", root=ROOT, port=port, more=more, polling=polling, confirmations=confirmations
    )
    (directory / "config.yaml").write_text(config)
    secrets = {"TEST_COMMUNITY": SECRET, "TEST_AUTH": f"auth-{SECRET}", "TEST_PRIV": f"priv-{SECRET}"}
    here = Municipality(directory, port, {**secrets, **(environment or {})}, inside=inside)
    try:
        yield here
    finally:
        if here.process is not None and here.process.poll() is None:
            here.process.kill()
            here.process.wait(10)
