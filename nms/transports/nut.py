"""Reads the variables of a UPS from Network UPS Tools' upsd (RFC 9271)."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from nms.text import clean
from nms.transports.errors import AccessDenied, LocalFault, Malformed
from nms.transports.sockets import Connection, connection, deadline

_MOST_VARIABLES = 2000
_DENIED = frozenset({"ACCESS-DENIED", "INVALID-PASSWORD", "INVALID-USERNAME", "PASSWORD-REQUIRED", "USERNAME-REQUIRED"})
_MEANINGS = {
    "UNKNOWN-UPS": "does not know a UPS of that name",
    "DRIVER-NOT-CONNECTED": "has lost the driver of that UPS",
    "DATA-STALE": "has had no news of that UPS for some time",
}


class UpsLost(Malformed):
    """The server answers, but has no present data of the UPS: its driver or its cable."""


@dataclass(frozen=True, slots=True)
class NutTarget:
    """Without `user` the variables are read as a guest, which upsd allows by default."""

    host: str
    port: int
    ups: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class UpsVariables:
    """All variables by name, cleaned; `seconds` of the conversation."""

    values: Mapping[str, str]
    seconds: float


async def variables(target: NutTarget, seconds: float) -> UpsVariables:
    """Raises: Unreachable, AccessDenied, UpsLost, Malformed, LocalFault."""
    for text in (target.ups, target.user, target.password):
        if any(ord(character) < 32 for character in text):
            raise LocalFault(f"a name or password for {target.host} holds a control character")
    async with deadline(seconds, f"{target.host}:{target.port} (NUT)"):
        began = time.perf_counter()
        async with connection(target.host, target.port) as opened:
            if target.user:
                await _command(opened, f"USERNAME {_quoted(target.user)}", target)
                await _command(opened, f"PASSWORD {_quoted(target.password)}", target)
            found = await _list(opened, target)
            await opened.send(b"LOGOUT\n")
            return UpsVariables(found, time.perf_counter() - began)


async def _command(opened: Connection, command: str, target: NutTarget) -> str:
    await opened.send(f"{command}\n".encode())
    line = (await opened.line()).decode("utf-8", "replace")
    if line.startswith("ERR"):
        raise _refusal(line, opened.where, target)
    return line


async def _list(opened: Connection, target: NutTarget) -> dict[str, str]:
    first = await _command(opened, f"LIST VAR {_quoted(target.ups)}", target)
    if not first.startswith("BEGIN LIST VAR"):
        raise Malformed(f"{opened.where} does not speak as upsd does: it sent “{clean(first, limit=60)}”")
    found: dict[str, str] = {}
    for _ in range(_MOST_VARIABLES):
        line = (await opened.line()).decode("utf-8", "replace")
        if line.startswith("END LIST VAR"):
            return found
        if line.startswith("ERR"):
            raise _refusal(line, opened.where, target)
        try:
            words = shlex.split(line, posix=True)
        except ValueError:
            continue
        if len(words) == 4 and words[0] == "VAR":
            found[clean(words[2], limit=100)] = clean(words[3], limit=200)
    raise Malformed(f"{opened.where} lists more than {_MOST_VARIABLES} variables")


def _refusal(line: str, where: str, target: NutTarget) -> Malformed | AccessDenied:
    words = line.split()
    code = words[1] if len(words) > 1 else ""
    if code in _DENIED:
        return AccessDenied(f"{where} refuses the log-in ({clean(code, limit=40)})")
    meaning = _MEANINGS.get(code, f"answers {clean(code, limit=40) or 'with an error'}")
    kind = UpsLost if code in ("DRIVER-NOT-CONNECTED", "DATA-STALE") else Malformed
    return kind(f"{where} {meaning} (“{clean(target.ups, limit=60)}”)")


def _quoted(text: str) -> str:
    """A word as upsd's parser takes it; plain ones stay bare, which every server understands."""
    if re.fullmatch(r"[A-Za-z0-9_.@-]+", text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
