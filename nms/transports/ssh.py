"""SSH through netmiko, in a bounded pool of threads, never on the event loop.

Host keys are strict: the first one seen of a device is recorded (trust on first use) in an OpenSSH known_hosts file;
a key that differs from the recorded one, of whatever type, is refused before any credential is sent. One session at
a time per device; the secrets stay out of every repr and message.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import paramiko
from netmiko.exceptions import ConfigInvalidException, NetmikoBaseException, ReadTimeout
from netmiko.exceptions import NetMikoAuthenticationException as AuthenticationFailed

from nms.text import clean
from nms.transports.errors import AccessDenied, LocalFault, Malformed, OverBudget, TransportError, Unreachable
from nms.transports.host_keys import FirstUse, HostKeyChanged, HostKeys
from nms.transports.ssh_channel import MAX_OUTPUT, HungUp
from nms.transports.ssh_routes import Routes
from nms.transports.ssh_script import Printed, ran, refuse_a_closed_account
from nms.transports.ssh_sessions import connect, prepared, settle
from nms.transports.ssh_target import SshTarget

__all__ = ["HostKeyChanged", "HostKeys", "SshClient", "SshTarget"]

log = logging.getLogger(__name__)

T = TypeVar("T")


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
        self.routes = Routes(host_keys, connect_timeout, self.explained)

    @property
    def host_keys(self) -> HostKeys:
        return self._host_keys

    @property
    def connect_timeout(self) -> float:
        return self._connect_timeout

    @property
    def command_timeout(self) -> float:
        return self._command_timeout

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def run(
        self, target: SshTarget, commands: Sequence[str], *, seconds: float | None = None, partly: bool = False
    ) -> tuple[dict[str, str], float]:
        """The output of each command, and the seconds until the log-in was done.

        `seconds`: time for each command, where not the usual one. A command that times out ends the session: what
        came before it is lost too, and `Unreachable` says so; with `partly` what came before it is returned.
        Raises: Unreachable, AccessDenied (HostKeyChanged), OverBudget, Malformed, LocalFault.
        """
        limit = self._command_timeout if seconds is None else seconds
        return await self.call(target, lambda: self._run(target, tuple(commands), limit, partly))

    async def execute(self, target: SshTarget, command: str, *, seconds: float | None = None) -> tuple[str, float]:
        """What one command printed, run without a shell's prompt (RFC 4254, 6.5), and the seconds until the log-in.

        For servers whose shell netmiko does not know (Windows). What it says of errors comes after what it printed.
        Raises: as `run`.
        """
        limit = self._command_timeout if seconds is None else seconds
        return await self.call(target, lambda: self._execute(target, command, limit))

    async def each(
        self, target: SshTarget, commands: Sequence[str], *, seconds: float, most: float
    ) -> tuple[dict[str, Printed], float]:
        """What each command of a Unix server printed, without a prompt, and the seconds until the log-in.

        A command that does not end within `seconds` is given up and left out, and the others go on, for `most` seconds
        altogether. Raises: as `run`; Unreachable when none of them ended.
        """
        return await self.call(target, lambda: self._each(target, tuple(commands), seconds, most))

    def _each(
        self, target: SshTarget, commands: tuple[str, ...], seconds: float, most: float
    ) -> tuple[dict[str, Printed], float]:
        began = time.monotonic()
        found: dict[str, Printed] = {}
        with self.routes.session(target) as session:
            logged_in = time.monotonic() - began
            ends = time.monotonic() + most
            while commands and time.monotonic() < ends:
                try:
                    result = ran(session, commands, seconds, ends)
                except Exception as error:
                    if not found:
                        raise self.explained(error, target) from None
                    break
                refuse_a_closed_account(result, target.host_id, target.user)
                found |= zip(commands, result.printed, strict=False)
                commands = commands[len(result.printed) + 1 :]
        if not found:
            raise Unreachable(f"a command did not end within {seconds:g} s on {target.host_id}")
        return found, logged_in

    def _execute(self, target: SshTarget, command: str, seconds: float) -> tuple[str, float]:
        began = time.monotonic()
        with self.routes.session(target) as session:
            logged_in = time.monotonic() - began
            try:
                _stdin, printed, _errors = session.exec_command(command, timeout=seconds)
                printed.channel.set_combine_stderr(True)
                said = _read(printed.channel, time.monotonic() + seconds)
            except TimeoutError:
                raise Unreachable(f"a command did not end within {seconds:g} s on {target.host_id}") from None
            except Exception as error:
                raise self.explained(error, target) from None
            return said.decode("utf-8", "replace"), logged_in

    async def greet(self, target: SshTarget) -> float:
        """Seconds until the server said that it speaks SSH (RFC 4253, 4.2). Nobody logs in.

        Raises: Unreachable, Malformed, and what the jump hosts on the way raise.
        """
        return await self.call(target, lambda: self._greet(target))

    def _greet(self, target: SshTarget) -> float:
        began = time.monotonic()
        try:
            with self.routes.connection(target) as connection:
                connection.settimeout(self._connect_timeout)
                said = bytes(connection.recv(255))
        except Exception as error:
            raise self.explained(error, target) from None
        if not said.startswith(b"SSH-"):
            raise Malformed(f"{target.host_id} does not speak SSH")
        return time.monotonic() - began

    async def call(self, target: SshTarget, work: Callable[[], T]) -> T:
        """Blocking work on one device in a thread of the pool, when it is the device's turn.

        Who stops waiting does not end the thread; the device's turn is over when the thread is.
        """
        loop = asyncio.get_running_loop()
        turn = self._turns.setdefault(target.host_id, asyncio.Lock())
        await turn.acquire()

        def over(_job: Future[T]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: the daemon ends
                loop.call_soon_threadsafe(turn.release)

        try:
            job = self._pool.submit(work)
        except RuntimeError:
            turn.release()
            raise LocalFault("the monitor is stopping") from None
        job.add_done_callback(over)
        return await asyncio.wrap_future(job)

    def _run(
        self, target: SshTarget, commands: tuple[str, ...], seconds: float, partly: bool
    ) -> tuple[dict[str, str], float]:
        began = time.monotonic()
        with self.routes.through(target) as channel:
            try:
                session = self._open(target, channel)
            except Exception as error:
                raise self.explained(error, target) from None
            logged_in = time.monotonic() - began
            outputs: dict[str, str] = {}
            try:
                for command in commands:
                    outputs[command] = session.send_command(command, read_timeout=seconds)
                _close(session)
            except Exception as error:
                session.paramiko_cleanup()  # who does not answer is not asked to log out either
                if not (partly and outputs):
                    raise self._failed(error, target, seconds) from None
                log.info("%s: %s; what came before it is used", target.host_id, self._failed(error, target, seconds))
            return outputs, logged_in

    def _failed(self, error: Exception, target: SshTarget, seconds: float) -> TransportError:
        if isinstance(error, ReadTimeout):
            return Unreachable(f"a command did not end within {seconds:g} s on {target.host_id}")
        if isinstance(error, HungUp):
            return Unreachable(f"{target.host_id} hung up in the middle of a command")
        return self.explained(error, target)

    def _open(self, target: SshTarget, channel: paramiko.Channel | None) -> Any:
        session = prepared(
            target.platform,
            host=target.known_as,
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
            sock=channel,
        )
        session.key_policy = FirstUse(self._host_keys)
        connect(session)
        if target.secret is not None and not session.check_enable_mode():
            session.enable()
        settle(session)
        return session

    def explained(self, error: Exception, target: SshTarget) -> TransportError:
        """One sentence for whatever netmiko, paramiko or the system raised, without what was sent."""
        cause = _root(error)
        where = target.host_id
        if isinstance(error, TransportError):
            return error
        if isinstance(cause, HostKeyChanged):
            return cause
        if isinstance(cause, paramiko.BadHostKeyException):
            return HostKeyChanged(self._host_keys.changed(where))
        if isinstance(error, AuthenticationFailed | paramiko.AuthenticationException):
            return AccessDenied(f"{where} refuses the log-in of “{target.user}”; check the credential")
        if isinstance(cause, paramiko.ssh_exception.IncompatiblePeer):
            return Unreachable(f"{where} offers only algorithms that are too old or unknown here ({_told(cause)})")
        if isinstance(error, FileNotFoundError | PermissionError):
            return LocalFault(f"the private key {target.key_file} cannot be read ({error.strerror})")
        if isinstance(error, ConfigInvalidException | ValueError):
            return LocalFault(f"the SSH settings of {where} are not usable: {clean(str(error), limit=200)}")
        if isinstance(error, NetmikoBaseException | paramiko.SSHException | OSError | EOFError):
            return Unreachable(f"no SSH session with {where} ({_told(cause)})")
        return Malformed(f"{where} does not behave like a “{target.platform}” ({type(error).__name__})")


def _read(channel: paramiko.Channel, until: float) -> bytes:
    """Everything to the end. Raises: TimeoutError, OverBudget."""
    said = bytearray()
    while True:
        if (left := until - time.monotonic()) <= 0:
            raise TimeoutError
        channel.settimeout(left)
        if not (piece := channel.recv(65_536)):
            return bytes(said)
        said += piece
        if len(said) > MAX_OUTPUT:
            raise OverBudget(f"the device answered one command with more than {MAX_OUTPUT:,} characters")


def _close(session: Any) -> None:
    try:
        session.disconnect()
    except Exception as error:
        log.debug("closing an SSH session failed: %s", error)


def _told(cause: BaseException) -> str:
    return clean(str(cause) or type(cause).__name__, limit=160)


def _root(error: BaseException) -> BaseException:
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
    return error
