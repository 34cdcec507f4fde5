"""Several commands of a Unix server in one go: a script for whatever shell the account has, and what it printed.

It runs without a terminal (RFC 4254, 6.5), so that no prompt, alias or greeting is in the way, in English, and with the
tools of administrators within reach. After each command stands a mark with its status.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

import paramiko

from nms.text import clean
from nms.transports.errors import AccessDenied
from nms.transports.ssh_channel import MAX_OUTPUT

_MARK = "--8<--"
_MARKING = f'printf "\\n{_MARK} %d\\n" $?'
_PRELUDE = "PATH=$PATH:/usr/sbin:/sbin LC_ALL=C; export PATH LC_ALL; exec 2>/dev/null"
_MARKED = re.compile(rf"(.*?)\n{_MARK} (\d{{1,3}})\r?\n".encode(), re.S)


@dataclass(frozen=True, slots=True)
class Printed:
    """What a command printed, and the status that it ended with."""

    text: str
    status: int


@dataclass(frozen=True, slots=True)
class Ran:
    """The commands that ended, in order. `over`: there was nothing more to come, and the rest of what was printed."""

    printed: tuple[Printed, ...]
    over: bool
    rest: str


def compose(commands: Sequence[str]) -> str:
    """`commands` are POSIX shell without single quotes."""
    return "sh -c '" + "; ".join([_PRELUDE, *(f"( {command} ); {_MARKING}" for command in commands)]) + "'"


def commands_of(script: str) -> list[str]:
    """What was composed; for peers that stand for a server."""
    return re.findall(rf"\( (.*?) \); {re.escape(_MARKING)}", script)


def marked(text: str, status: int) -> str:
    """What a server prints for one command; for peers that stand for one."""
    return f"{text}\n{_MARK} {status}\n"


def ran(session: paramiko.SSHClient, commands: Sequence[str], seconds: float, ends: float) -> Ran:
    """Runs them until one does not end within `seconds`, or until the instant `ends` (of `time.monotonic`).

    Raises: what paramiko raises.
    """
    until = min(ends, time.monotonic() + seconds)
    _stdin, stdout, _stderr = session.exec_command(compose(commands), timeout=seconds)
    channel, said, done, over = stdout.channel, bytearray(), 0, False
    try:
        channel.shutdown_write()  # what waits for a person to type ends
        while (left := until - time.monotonic()) > 0 and len(said) <= MAX_OUTPUT:
            channel.settimeout(left)
            if not (piece := channel.recv(65_536)):
                over = True
                break
            said += piece
            if (ended := said.count(_MARK.encode())) > done:
                done, until = ended, min(ends, time.monotonic() + seconds)
    except TimeoutError:
        pass
    finally:
        channel.close()
    found = list(_MARKED.finditer(said))[: len(commands)]
    printed = tuple(Printed(one[1].decode("utf-8", "replace"), int(one[2])) for one in found)
    return Ran(printed, over, said[found[-1].end() if found else 0 :].decode("utf-8", "replace"))


def refuse_a_closed_account(result: Ran, host: str, user: str) -> None:
    """Raises: AccessDenied for an account that may log in and run nothing (nologin, a menu in place of the shell)."""
    if result.over and not result.printed:
        said = clean(result.rest, limit=120) or "nothing"
        raise AccessDenied(f"{host} runs no commands for “{user}”: it says “{said}”")
