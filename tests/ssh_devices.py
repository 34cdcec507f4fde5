"""Network equipment that speaks SSH, for tests: the prompt of a platform over a real SSH server, with scripted outputs.

What each platform answers stands in `tests/ssh_outputs/`; NETCONF in `tests/netconf_device.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import asyncssh

USER, PASSWORD = "monitor", "only-for-tests"


QUIET = ("terminal ", "screen-length ", "no page", "no paging", "enable")
"""How sessions are set up; devices say nothing to it."""


class Login(asyncssh.SSHServer):
    """One account with one password. `attempts`: who began to log in, before any credential is heard."""

    def __init__(self, connections: list[asyncssh.SSHServerConnection], attempts: list[str]) -> None:
        self._connections = connections
        self._attempts = attempts

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connections.append(conn)

    def begin_auth(self, username: str) -> bool:
        self._attempts.append(username)
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@asynccontextmanager
async def network_device(
    outputs: Mapping[str, str],
    *,
    prompt: str = "sw-test#",
    refusal: str = "% Invalid input detected at '^' marker.",
) -> AsyncIterator[tuple[int, list[str]]]:
    """The port of a device on 127.0.0.1, and the commands that it was given, in order."""
    heard: list[str] = []

    async def talk(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write(f"\r\n{prompt}")
        async for line in process.stdin:
            command = line.strip()
            heard.append(command)
            if command in ("exit", "quit"):
                break
            unknown = "" if not command or command.startswith(QUIET) else refusal
            output = outputs.get(command, unknown).replace("\n", "\r\n")
            process.stdout.write(f"{output}\r\n{prompt}" if output else f"\r\n{prompt}")
        process.exit(0)

    async with served(talk) as port:
        yield port, heard


@asynccontextmanager
async def served(
    talk: Callable[[asyncssh.SSHServerProcess[str]], Awaitable[None]],
    *,
    line_editor: bool = True,
    attempts: list[str] | None = None,
) -> AsyncIterator[int]:
    """An SSH server on 127.0.0.1 whose sessions are held by `talk`."""
    connections: list[asyncssh.SSHServerConnection] = []
    logged = attempts if attempts is not None else []
    server = await asyncssh.create_server(
        lambda: Login(connections, logged),
        "127.0.0.1",
        0,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        kex_algs=["curve25519-sha256@libssh.org", "diffie-hellman-group-exchange-sha256"],  # the last for FortiOS
        process_factory=talk,
        line_editor=line_editor,
    )
    try:
        yield server.get_port()
    finally:
        server.close()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()
        await asyncio.wait_for(server.wait_closed(), 5)
