"""python -m nms.demo.simulator CONFIG: the simulated city hall as a process of its own, so that it is not measured.

Says `{"ok": true, "agents": N, ...}` when every agent listens, then obeys commands from its standard input
(`control`), and ends when that is closed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path

from nms.config import Config, HttpLogin, Login, Secret, SecretUnavailable, SnmpCommunity, SshLogin, load_config
from nms.demo.simulated import judged_by_their_agents
from nms.demo.simulator.control import obey
from nms.demo.simulator.fleet import DEFAULT_PORT, Fleet
from nms.documents import DocumentError
from nms.i18n import render
from nms.inventory import load_inventory
from nms.transports.errors import LocalFault


def main(argv: list[str] | None = None) -> int:
    """Exit codes: 0 ended as asked, 2 the call, the configuration or this machine does not allow it."""
    parser = argparse.ArgumentParser(prog="python -m nms.demo.simulator")
    parser.add_argument("config", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="where endpoints without a port are served")
    arguments = parser.parse_args(argv)
    try:
        asyncio.run(_serve(arguments.config, arguments.seed, arguments.port))
    except DocumentError as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem.file}:{problem.line}: {render(problem.message)}\n")
        return 2
    except (LocalFault, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


async def _serve(path: Path, seed: int, port: int) -> None:
    config = load_config(path)
    inventory = judged_by_their_agents(load_inventory(path.parent / config.paths.inventories, config))
    fleet = Fleet(
        inventory,
        port,
        communities=communities(config),
        secrets=passwords(config),
        folder=config.data_dir,
        seed=seed,
    )
    async with fleet:
        _say(obey(fleet, "state"))
        reader = await _standard_input()
        while line := await reader.readline():
            _say(obey(fleet, line.decode("utf-8", "replace")))


def communities(config: Config) -> dict[str, str]:
    """Community strings by credential name; a secret that is not there leaves its devices with the usual one."""
    return _revealed({n: one.community for n, one in config.credentials.items() if isinstance(one, SnmpCommunity)})


def passwords(config: Config) -> dict[str, str]:
    """Passwords by credential name, those that are there."""
    logins = {n: one.password for n, one in config.credentials.items() if isinstance(one, Login | HttpLogin | SshLogin)}
    return _revealed({name: password for name, password in logins.items() if password is not None})


def _revealed(secrets: Mapping[str, Secret]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, secret in secrets.items():
        with contextlib.suppress(SecretUnavailable):
            found[name] = secret.reveal()
    return found


async def _standard_input() -> asyncio.StreamReader:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
