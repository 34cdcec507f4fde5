"""SSH in front of simulated consoles: paramiko's server, in a thread for each conversation.

The transport of paramiko wants a socket of its own, so that the bytes go through a pair of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import secrets
import socket
import threading
from dataclasses import dataclass, field
from functools import cache
from tempfile import NamedTemporaryFile

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED, OPEN_SUCCEEDED
from paramiko.kex_group14 import KexGroup14SHA256

from nms.demo.simulator.speaking.consoles import Console, console_of, run_alone
from nms.demo.simulator.speaking.scene import Scene

_PATIENCE_SECONDS = 60.0
_CHUNK = 65_536
_LONGEST_LINE = 4096


async def talk(scene: Scene, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection, until either side ends it."""
    if scene.fails:
        return
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    thread = threading.Thread(target=_serve, args=(scene, theirs), name=f"ssh {scene.device.id}", daemon=True)
    thread.start()
    with ours:  # closed however this ends, also cancelled twice
        await _carry(reader, ours, writer)


async def _carry(reader: asyncio.StreamReader, end: socket.socket, writer: asyncio.StreamWriter) -> None:
    ways = [asyncio.create_task(_inward(reader, end)), asyncio.create_task(_outward(end, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _inward(reader: asyncio.StreamReader, end: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while data := await reader.read(_CHUNK):
        await loop.sock_sendall(end, data)


async def _outward(end: socket.socket, writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    while data := await loop.sock_recv(end, _CHUNK):
        writer.write(data)
        await writer.drain()


def host_key(scene: Scene) -> paramiko.PKey:
    """The same for a device each time that the city hall is simulated."""
    seed = hashlib.sha256(f"{scene.world.seed}/{scene.device.id}/ssh".encode()).digest()
    written = Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return paramiko.Ed25519Key.from_private_key(io.StringIO(written.decode("ascii")))


@dataclass
class _Login(paramiko.ServerInterface):
    """Any account with the one password; a shell, or one command without it."""

    secret: str
    asked: threading.Event = field(default_factory=threading.Event)
    command: str = ""

    def check_auth_password(self, username: str, password: str) -> int:
        right = secrets.compare_digest(password.encode(), self.secret.encode())
        return AUTH_SUCCESSFUL if right else AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_pty_request(self, *_: object) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        self.asked.set()
        return True

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.command = command.decode("utf-8", "replace")
        self.asked.set()
        return True


@cache
def _learn_groups() -> bool:
    """Lets paramiko serve Diffie-Hellman group exchange (RFC 4419), which is all that netmiko does with FortiOS: of
    its groups, the one of RFC 3526 that paramiko knows itself."""
    with NamedTemporaryFile("w", encoding="ascii") as file:
        file.write(f"20200101000000 2 6 100 2047 2 {KexGroup14SHA256.P:X}\n")
        file.flush()
        return bool(paramiko.Transport.load_server_moduli(file.name))


def _serve(scene: Scene, end: socket.socket) -> None:
    _learn_groups()
    with end, contextlib.closing(paramiko.Transport(end)) as transport:
        _log_in(scene, transport)


def _log_in(scene: Scene, transport: paramiko.Transport) -> None:
    transport.add_server_key(host_key(scene))
    login = _Login(scene.secret)
    # whoever called is gone, slow or confused: an end of the conversation like any other
    with contextlib.suppress(paramiko.SSHException, OSError, EOFError, TimeoutError):
        transport.start_server(server=login)
        channel = transport.accept(_PATIENCE_SECONDS)
        if channel is not None and login.asked.wait(_PATIENCE_SECONDS):
            channel.settimeout(_PATIENCE_SECONDS)
            if login.command:
                channel.sendall(run_alone(scene, login.command).encode())
            else:
                _converse(channel, console_of(scene))
            channel.send_exit_status(0)
            channel.close()


def _converse(channel: paramiko.Channel, console: Console) -> None:
    """A terminal: what is typed comes back, each line is answered, then the prompt again."""
    channel.sendall(f"\r\n{console.prompt}".encode())
    typed = b""
    while data := channel.recv(_CHUNK):
        for byte in data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"):
            if byte != 0x0A:
                typed = (typed + bytes((byte,)))[-_LONGEST_LINE:]
                continue
            command, typed = typed.decode("utf-8", "replace").strip(), b""
            if command in ("exit", "quit", "logout"):
                return
            answer = console.answer(command) if command else ""
            said = f"{answer.rstrip()}\r\n" if answer else ""
            channel.sendall(f"{command}\r\n{said.replace(chr(10), chr(13) + chr(10))}{console.prompt}".encode())
