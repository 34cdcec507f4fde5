"""SSH through netmiko, in a bounded pool of threads, never on the event loop.

Host keys are strict: the first one seen of a device is recorded (trust on first use) in an OpenSSH known_hosts file;
a key that differs from the recorded one, of whatever type, is refused before any credential is sent. One session at
a time per device; the secrets stay out of every repr and message.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import paramiko
from netmiko import ConnectHandler
from netmiko.exceptions import ConfigInvalidException, NetmikoBaseException, ReadTimeout
from netmiko.exceptions import NetMikoAuthenticationException as AuthenticationFailed

from nms.text import clean
from nms.transports.errors import AccessDenied, LocalFault, Malformed, TransportError, Unreachable

log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_OUTPUT = 4_000_000
"""Characters kept of one command's output."""


class HostKeyChanged(AccessDenied):
    """The device shows another host key than the one recorded; nothing was sent to it."""


@dataclass(frozen=True, slots=True)
class SshTarget:
    """Where and how to log in. `platform` is a netmiko device type; `secret` opens the privileged mode."""

    address: str
    port: int
    platform: str
    user: str
    password: str | None = field(default=None, repr=False)
    key_file: str | None = None
    key_passphrase: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)

    @property
    def host_id(self) -> str:
        """The name of the host in a known_hosts file."""
        return self.address if self.port == 22 else f"[{self.address}]:{self.port}"


class _FirstUse(paramiko.MissingHostKeyPolicy):
    """Records the key of a host never seen; refuses one whose recorded key is of another type."""

    def __init__(self, book: HostKeys) -> None:
        self._book = book

    def missing_host_key(self, client: Any, hostname: str, key: paramiko.PKey) -> None:
        self._book.first_use(hostname, key)


class HostKeys:
    """The recorded host keys: a known_hosts file that grows by trust on first use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)

    def first_use(self, host: str, key: paramiko.PKey) -> None:
        """Raises: HostKeyChanged when another key of this host is on record."""
        with self._lock:
            known = paramiko.HostKeys(str(self.path))
            recorded = known.lookup(host)
            if recorded is None:
                with self.path.open("a", encoding="ascii") as file:
                    file.write(f"{host} {key.get_name()} {key.get_base64()}\n")
                log.info("recorded the host key of %s: %s %s", host, key.get_name(), key.fingerprint)
            elif recorded.get(key.get_name()) != key:
                raise HostKeyChanged(_changed(host, self.path))

    def learn(self, target: SshTarget, timeout: float) -> None:
        """Records the key of a host never seen, before anybody logs in: only the key exchange is done.

        For libraries that open the connection themselves and can only be strict. Raises: HostKeyChanged, and what the
        network raises.
        """
        if paramiko.HostKeys(str(self.path)).lookup(target.host_id) is not None:
            return
        with socket.create_connection((target.address, target.port), timeout) as connection:
            transport = paramiko.Transport(connection)
            try:
                transport.start_client(timeout=timeout)
                self.first_use(target.host_id, transport.get_remote_server_key())
            finally:
                transport.close()

    def forget(self, host: str) -> bool:
        """Drops what is recorded of a host, after somebody has checked why its key changed."""
        with self._lock:
            lines = self.path.read_text(encoding="ascii").splitlines(keepends=True)
            kept = [line for line in lines if line.split(" ", 1)[0] != host]
            self.path.write_text("".join(kept), encoding="ascii")
            return len(kept) != len(lines)


def _changed(host: str, path: Path) -> str:
    return (
        f"the host key of {host} is not the recorded one; nothing was sent. If the device was replaced, "
        f"remove its line from {path}"
    )


class SshClient:
    """Runs commands on devices. Made once by the daemon; `close` waits for what is under way."""

    def __init__(
        self, host_keys: HostKeys, *, threads: int = 16, connect_timeout: float = 10.0, command_timeout: float = 30.0
    ) -> None:
        self._host_keys = host_keys
        self._connect_timeout = connect_timeout
        self._command_timeout = command_timeout
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="ssh")
        self._turns: dict[str, asyncio.Lock] = {}

    @property
    def host_keys(self) -> HostKeys:
        return self._host_keys

    @property
    def connect_timeout(self) -> float:
        return self._connect_timeout

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def run(self, target: SshTarget, commands: Sequence[str]) -> tuple[dict[str, str], float]:
        """The output of each command, and the seconds until the log-in was done.

        A command that times out ends the session: what came before it is lost too, and `Unreachable` says which.
        Raises: Unreachable, AccessDenied (HostKeyChanged), Malformed, LocalFault.
        """
        return await self.call(target, lambda: self._run(target, tuple(commands)))

    async def call(self, target: SshTarget, work: Callable[[], T]) -> T:
        """Blocking work on one device in a thread of the pool, when it is the device's turn."""
        turn = self._turns.setdefault(target.host_id, asyncio.Lock())
        async with turn:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _run(self, target: SshTarget, commands: tuple[str, ...]) -> tuple[dict[str, str], float]:
        began = time.monotonic()
        try:
            session = self._open(target)
        except Exception as error:
            raise self.explained(error, target) from None
        logged_in = time.monotonic() - began
        try:
            return {command: self._ask(session, command) for command in commands}, logged_in
        except ReadTimeout:
            reason = f"a command did not end within {self._command_timeout:g} s on {target.host_id}"
            raise Unreachable(reason) from None
        except Exception as error:
            raise self.explained(error, target) from None
        finally:
            _close(session)

    def _open(self, target: SshTarget) -> Any:
        session = ConnectHandler(
            device_type=target.platform,
            host=target.address,
            port=target.port,
            username=target.user,
            password=target.password or "",
            use_keys=target.key_file is not None,
            key_file=target.key_file,
            passphrase=target.key_passphrase,
            secret=target.secret or "",
            allow_agent=False,
            ssh_strict=True,
            system_host_keys=False,
            alt_host_keys=True,
            alt_key_file=str(self._host_keys.path),
            conn_timeout=self._connect_timeout,
            auth_timeout=self._connect_timeout,
            banner_timeout=self._connect_timeout,
            auto_connect=False,
        )
        session.key_policy = _FirstUse(self._host_keys)
        session._open()
        if target.secret is not None and not session.check_enable_mode():
            session.enable()
        return session

    def _ask(self, session: Any, command: str) -> str:
        output: str = session.send_command(command, read_timeout=self._command_timeout)
        return output[:MAX_OUTPUT]

    def explained(self, error: Exception, target: SshTarget) -> TransportError:
        """One sentence for whatever netmiko, paramiko or the system raised, without what was sent."""
        cause = _root(error)
        where = target.host_id
        if isinstance(error, TransportError):
            return error
        if isinstance(cause, HostKeyChanged):
            return cause
        if isinstance(cause, paramiko.BadHostKeyException):
            return HostKeyChanged(_changed(where, self._host_keys.path))
        if isinstance(error, AuthenticationFailed | paramiko.AuthenticationException):
            return AccessDenied(f"{where} refuses the log-in of “{target.user}”; check the credential")
        if isinstance(error, FileNotFoundError | PermissionError):
            return LocalFault(f"the private key {target.key_file} cannot be read ({error.strerror})")
        if isinstance(error, ConfigInvalidException | ValueError):
            return LocalFault(f"the SSH settings of {where} are not usable: {clean(str(error), limit=200)}")
        if isinstance(error, NetmikoBaseException | paramiko.SSHException | OSError | EOFError):
            detail = clean(str(cause) or type(cause).__name__, limit=160)
            return Unreachable(f"no SSH session with {where} ({detail})")
        return Malformed(f"{where} does not behave like a “{target.platform}” ({type(error).__name__})")


def _close(session: Any) -> None:
    try:
        session.disconnect()
    except Exception as error:
        log.debug("closing an SSH session failed: %s", error)


def _root(error: BaseException) -> BaseException:
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
    return error
