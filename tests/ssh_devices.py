"""Network equipment that speaks SSH, for tests: an IOS-like prompt over a real SSH server, with scripted outputs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncssh

USER, PASSWORD = "monitor", "only-for-tests"


class _Server(asyncssh.SSHServer):
    def __init__(self, connections: list[asyncssh.SSHServerConnection]) -> None:
        self._connections = connections

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connections.append(conn)

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@asynccontextmanager
async def network_device(outputs: Mapping[str, str], *, name: str = "sw-test") -> AsyncIterator[tuple[int, list[str]]]:
    """The port of a device on 127.0.0.1, and the commands that it was given, in order."""
    heard: list[str] = []
    connections: list[asyncssh.SSHServerConnection] = []

    async def talk(process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write(f"\r\n{name}#")
        async for line in process.stdin:
            command = line.strip()
            heard.append(command)
            if command in ("exit", "quit"):
                break
            unknown = "" if not command or command.startswith("terminal") else "% Invalid input detected at '^' marker."
            output = outputs.get(command, unknown).replace("\n", "\r\n")
            process.stdout.write(f"{output}\r\n{name}#" if output else f"\r\n{name}#")
        process.exit(0)

    server = await asyncssh.create_server(
        lambda: _Server(connections),
        "127.0.0.1",
        0,
        server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        process_factory=talk,
        line_editor=True,
    )
    try:
        yield server.get_port(), heard
    finally:
        server.close()
        for connection in connections:
            connection.abort()
            await connection.wait_closed()
        await asyncio.wait_for(server.wait_closed(), 5)
