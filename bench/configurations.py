"""How long a night of configurations takes: many simulated switches over real SSH, each so far away, some of them dead.

.venv/bin/python -m bench.configurations --devices 39 --dead 3 --delay 0.1

The switches run in a process of their own. Each speaks as IOS does and has a running and a startup text of some 1,000
lines; what they print comes `--delay` seconds late, as over a long line.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import socket
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import asyncssh

from nms.collect.configuration.definitions import load_definitions
from nms.collect.configuration.fetching import Fetcher
from nms.config.backups import ConfigurationBackup
from nms.model import Device, DeviceId, Endpoint, Role
from nms.store.configurations.archive import Archive
from nms.store.configurations.repository import ConfigurationRepository, masking_key
from nms.store.records import Records
from nms.transports.errors import TransportError
from nms.transports.ssh import HostKeys, SshClient, SshTarget

HOST = "127.0.0.1"
USER, PASSWORD = "bench", "only-for-benchmarks"
AT = 1_790_000_000.0
COLLECTORS = Path(__file__).parents[1] / "collectors"


def text(name: str, ports: int = 250) -> str:
    lines = ["version 15.2", f"hostname {name}", "enable secret 5 $1$abcd$ThisIsAHashOfASecret"]
    for number in range(ports):
        lines += [
            f"interface GigabitEthernet1/0/{number}",
            f" description Oficina {number}",
            " switchport access vlan 10",
            "!",
        ]
    return "\n".join([*lines, "snmp-server community soloLectura RO", "end"])


class _Login(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


async def _switch(name: str, delay: float) -> int:
    shown = text(name)

    async def talk(process: asyncssh.SSHServerProcess[str]) -> None:
        loop = asyncio.get_running_loop()

        def say(what: str) -> None:
            loop.call_later(delay, printed, what.replace("\n", "\r\n"))

        def printed(what: str) -> None:
            with contextlib.suppress(BrokenPipeError):  # the visitor is gone
                process.stdout.write(what)

        say(f"\n{name}#")
        async for line in process.stdin:
            command = line.strip()
            if command == "exit":
                break
            say(f"{command}\n{shown}\n{name}#" if command.startswith("show ") else f"{command}\n{name}#")
        process.exit(0)

    keys = [asyncssh.generate_private_key("ssh-ed25519")]
    server = await asyncssh.create_server(
        _Login, HOST, 0, server_host_keys=keys, process_factory=talk, line_editor=False
    )
    return server.get_port()


def _serve(pipe: Connection, number: int, delay: float) -> None:
    async def run() -> None:
        pipe.send([await _switch(f"sw-{n:03d}", delay) for n in range(number)])
        await asyncio.Event().wait()

    asyncio.run(run())


async def night(ports: list[int], folder: Path, concurrency: int) -> tuple[float, float, int]:
    """Seconds of wall clock, of processor, and how many gave their configuration."""
    definitions = load_definitions(COLLECTORS)
    settings = ConfigurationBackup()
    client = SshClient(HostKeys(folder / "known_hosts"), threads=concurrency, connect_timeout=10)
    records = Records.open(folder / "records.db")
    repository = ConfigurationRepository(folder / "configurations")
    archive = Archive(records, repository, definitions, masking_key(folder / "configurations"))
    gate, good = asyncio.Semaphore(concurrency), 0

    async def visit(number: int, port: int) -> None:
        nonlocal good
        endpoint = Endpoint("ssh", HOST, port, options={"platform": "cisco_ios"})
        target = SshTarget(HOST, port, "cisco_ios", USER, password=PASSWORD)
        device = Device(DeviceId(f"sw-{number:03d}"), "sw", Role.SWITCH, HOST, "s", "d", (endpoint,))
        fetcher = Fetcher(client, lambda _device, _endpoint: target, settings.timeout)
        async with gate:
            try:
                fetched = await fetcher.fetch(device, endpoint, definitions.kinds["cisco_ios"])
            except TransportError as error:
                print(f"{device.id}: {error}")
                return
            await asyncio.to_thread(archive.take, device.id, fetched, AT, reason="night")
            good += 1

    began, used = time.monotonic(), time.process_time()
    await asyncio.gather(*(visit(number, port) for number, port in enumerate(ports)))
    took = time.monotonic() - began, time.process_time() - used
    client.close()
    repository.close()
    records.close()
    return *took, good


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=39)
    parser.add_argument("--dead", type=int, default=3, help="how many of them take the connection and say nothing")
    parser.add_argument("--delay", type=float, default=0.1, help="seconds by which each device answers late")
    parser.add_argument("--concurrency", type=int, default=ConfigurationBackup().concurrency)
    wanted = parser.parse_args()
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    alive = wanted.devices - wanted.dead
    fleet = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, alive, wanted.delay), daemon=True)
    fleet.start()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        mute = [stack.enter_context(socket.create_server((HOST, 0))) for _ in range(wanted.dead)]
        ports = [*ours.recv(), *(one.getsockname()[1] for one in mute)]
        wall, cpu, good = asyncio.run(night(ports, Path(folder), wanted.concurrency))
    fleet.terminate()
    fleet.join()
    print(f"{good} of {wanted.devices} configurations kept in {wall:.1f} s ({cpu:.1f} CPU s)")


if __name__ == "__main__":
    main()
