"""Reads server management over IPMI 2.0 (RMCP+), through the program ipmitool: one process and one session a visit.

A process of its own keeps a controller that hangs away from the others, and can be ended. The password goes through
the environment, never the command line, which all users of the machine can see.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nms.text import clean
from nms.transports.errors import AccessDenied, LocalFault, Malformed, OverBudget, Unreachable
from nms.transports.sockets import datagrams

_LONGEST_OUTPUT = 1_000_000
_PRESENCE_TRIES, _PRESENCE_SECONDS = 3, 1.0
_CAPABILITIES = bytes.fromhex("0600ff07000000000000000000092018c88100388e04b5")
"""Get Channel Authentication Capabilities (IPMI 2.0, section 22.13) in an IPMI 1.5 packet without a session."""
_REFUSALS = ("unauthorized name", "hmac is invalid", "invalid role", "insufficient resources", "password")


@dataclass(frozen=True, slots=True)
class IpmiTarget:
    """`cipher`: the cipher suite; `None` lets ipmitool find it out, which some controllers answer slowly."""

    host: str
    port: int
    user: str
    password: str = field(default="", repr=False)
    cipher: int | None = None


@dataclass(frozen=True, slots=True)
class IpmiOutput:
    """The lines that the commands printed, in order, and the seconds of the whole visit."""

    lines: tuple[str, ...]
    seconds: float


@contextlib.contextmanager
def _script(commands: Sequence[str]) -> Iterator[str]:
    """A file of commands, as long as it is needed.

    Not the standard input: what uvloop makes of it is a socket, which ipmitool cannot open by its name.
    """
    with tempfile.NamedTemporaryFile("w", prefix="nms-ipmi-", encoding="ascii") as script:
        script.writelines(f"{command}\n" for command in commands)
        script.flush()
        yield script.name


async def _presence(target: IpmiTarget) -> None:
    """Asks for what every controller answers before a log-in; ipmitool alone would take long to give up on nobody.

    Raises: Unreachable.
    """
    async with datagrams(target.host, target.port) as socket:
        for _ in range(_PRESENCE_TRIES):
            socket.send(_CAPABILITIES)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PRESENCE_SECONDS):
                    await socket.receive()
                    return
    raise Unreachable(f"{target.host}:{target.port} (IPMI) did not answer {_PRESENCE_TRIES} times")


class IpmiClient:
    """`processes` bounds how many visits are made at one time."""

    def __init__(self, processes: int = 8, program: str = "ipmitool") -> None:
        self._turns = asyncio.Semaphore(processes)
        self._program = program

    async def run(self, target: IpmiTarget, commands: Sequence[str], seconds: float) -> IpmiOutput:
        """What ipmitool prints for the commands, made in one session.

        Raises: Unreachable, AccessDenied, OverBudget, Malformed, LocalFault (the program is not installed).
        """
        if "\0" in target.user + target.password:
            raise LocalFault("a user or password for IPMI holds a null character")
        async with self._turns:
            await _presence(target)
            began = time.perf_counter()
            with _script(commands) as path:
                status, output, _ = await self._call(target, ("exec", path), seconds)
            lines = tuple(clean(line, limit=300) for line in output.split(b"\n"))
            if status == 0 or any(" | " in line for line in lines):
                return IpmiOutput(lines, time.perf_counter() - began)
            raise await self._why(target, seconds)

    async def _why(self, target: IpmiTarget, seconds: float) -> Unreachable | AccessDenied | Malformed:
        """ipmitool says the same of a wrong password and of nobody there, unless it is asked to tell more."""
        where = f"{target.host}:{target.port} (IPMI)"
        status, _, said = await self._call(target, ("-v", "mc", "info"), seconds)
        told = clean(said, limit=4000).lower()
        if status == 0:
            return Malformed(f"{where} broke off its answers")
        if any(word in told for word in _REFUSALS):
            return AccessDenied(f"{where} refuses the log-in of “{target.user}”")
        return Unreachable(f"{where} did not answer")

    async def _call(self, target: IpmiTarget, words: Sequence[str], seconds: float) -> tuple[int, bytes, bytes]:
        program = shutil.which(self._program)
        if program is None:
            raise LocalFault(f"the program {self._program} is not installed; on Debian: apt install ipmitool")
        cipher = () if target.cipher is None else ("-C", str(target.cipher))
        options = ("-I", "lanplus", "-H", target.host, "-p", str(target.port), "-U", target.user, "-E", *cipher)
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "IPMITOOL_PASSWORD": target.password}
        process = await asyncio.create_subprocess_exec(
            program,
            *options,
            *("-N", "1", "-R", "2"),
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        try:
            async with asyncio.timeout(seconds):
                output, said = await process.communicate()
        except TimeoutError:
            raise OverBudget(f"{target.host}:{target.port} (IPMI) was not done within {seconds:g} s") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return process.returncode or 0, output[:_LONGEST_OUTPUT], said[:_LONGEST_OUTPUT]
