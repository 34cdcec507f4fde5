"""The Asterisk Manager Interface: log in, ask for lists, log off. Only actions that read are sent.

Source: the AMI of Asterisk 13 to 22 (lines `Key: value`, a blank line ends a message; a list is a response, its
events, and an event whose name ends in “Complete”).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from nms.text import clean
from nms.transports.errors import AccessDenied, LocalFault, Malformed, Unreachable
from nms.transports.sockets import Connection, connection, deadline

Packet = Mapping[str, str]

_MOST_LINES = 200
_MOST_PACKETS = 20_000
_EMPTY = ("no ", "not found", "unable to find", "invalid/unknown command", "invalid/unknown action")


@dataclass(frozen=True, slots=True)
class AmiTarget:
    host: str
    port: int
    user: str
    password: str = field(default="", repr=False)


class NotAllowed(AccessDenied):
    """The account may log in and may not do this: its `write` in manager.conf lacks a class."""


class AmiSession:
    """A logged-in session; one action at a time."""

    def __init__(self, opened: Connection, banner: str) -> None:
        self._opened = opened
        self.banner = banner
        self._number = 0

    async def log_in(self, target: AmiTarget, events: str = "off") -> None:
        """By challenge, so that the password does not cross the network; in the clear only where it is not offered.

        Raises: AccessDenied.
        """
        challenge = (await self.ask("Challenge", AuthType="MD5")).get("challenge", "")
        if challenge:
            key = hashlib.md5((challenge + target.password).encode(), usedforsecurity=False).hexdigest()
            answer = await self.ask("Login", AuthType="MD5", Username=target.user, Key=key, Events=events)
        else:
            answer = await self.ask("Login", Username=target.user, Secret=target.password, Events=events)
        if answer.get("response") != "Success":
            said = answer.get("message", "no reason given")
            raise AccessDenied(f"{self._opened.where} refuses the log-in of “{target.user}”: {said}")

    async def ask(self, action: str, **fields: str) -> Packet:
        """The response to an action, keys in lower case. Raises: Malformed, Unreachable."""
        identity = await self._send(action, fields)
        for _ in range(_MOST_PACKETS):
            packet = await self._packet()
            if packet.get("actionid") == identity and "response" in packet:
                return packet
        raise Malformed(f"{self._opened.where} does not answer {action}")

    async def listing(self, action: str, **fields: str) -> list[Packet] | None:
        """The events of a list; `None` where this Asterisk has no such action. Raises: NotAllowed, Malformed."""
        identity = await self._send(action, fields)
        found: list[Packet] = []
        for _ in range(_MOST_PACKETS):
            packet = await self._packet()
            if packet.get("actionid") != identity:
                continue
            if packet.get("response") == "Error":
                return self._without(action, packet.get("message", ""))
            event = packet.get("event", "")
            if event.lower().endswith("complete") or packet.get("eventlist", "").lower() == "complete":
                return found
            if event:
                found.append(packet)
        raise Malformed(f"{self._opened.where} lists more than {_MOST_PACKETS} parts for {action}")

    def _without(self, action: str, message: str) -> list[Packet] | None:
        lowered = message.lower()
        if "permission" in lowered:
            where = self._opened.where
            raise NotAllowed(f"{where}: the account may not ask {action}; give it “write = system,reporting,call”")
        if "unknown" in lowered:
            return None
        return [] if lowered.startswith(_EMPTY) or "no " in lowered else None

    async def next_event(self) -> Packet:
        """The next message that is an event, however long that takes. Raises: Malformed, Unreachable."""
        while True:
            packet = await self._packet()
            if "event" in packet:
                return packet

    async def _send(self, action: str, fields: Mapping[str, str]) -> str:
        self._number += 1
        identity = f"nms-{self._number}"
        lines = {"Action": action, "ActionID": identity, **fields}
        if any(ord(character) < 32 for value in lines.values() for character in value):
            raise LocalFault("a user or password for the Asterisk manager holds a control character")
        await self._opened.send("".join(f"{key}: {value}\r\n" for key, value in lines.items()).encode() + b"\r\n")
        return identity

    async def _packet(self) -> Packet:
        """One message. Raises: Malformed when it has no end."""
        found: dict[str, str] = {}
        for _ in range(_MOST_LINES):
            line = clean(await self._opened.line(), limit=2000)
            if not line and found:
                return found
            key, colon, value = line.partition(":")
            if colon:
                found.setdefault(key.strip().lower(), value.strip())
        raise Malformed(f"{self._opened.where} sent a message of more than {_MOST_LINES} lines")


EVENT_CLASSES = "cdr,reporting"
QUIET_SECONDS = 60.0


async def events(target: AmiTarget, seconds: float = 10.0) -> AsyncIterator[Packet]:
    """Events of the classes `cdr` and `reporting` as they come, until the connection ends; no other action is sent.

    After a minute without one the manager is asked whether it is still there. `seconds` bound each answer.
    Raises: Unreachable, AccessDenied, Malformed, LocalFault.
    """
    where = f"{target.host}:{target.port} (AMI)"
    async with connection(target.host, target.port) as opened:
        async with deadline(seconds, where):
            entered = AmiSession(opened, clean(await opened.line(), limit=100))
            await entered.log_in(target, EVENT_CLASSES)
        while True:
            try:
                async with asyncio.timeout(QUIET_SECONDS):
                    found = await entered.next_event()
            except TimeoutError:
                async with deadline(seconds, where):
                    await entered.ask("Ping")
                continue
            yield found


@asynccontextmanager
async def session(target: AmiTarget, seconds: float) -> AsyncIterator[tuple[AmiSession, float]]:
    """A session and the seconds until it was logged in; all of it bounded by `seconds`.

    Raises: Unreachable, AccessDenied, Malformed, LocalFault.
    """
    async with deadline(seconds, f"{target.host}:{target.port} (AMI)"):
        began = time.perf_counter()
        async with connection(target.host, target.port) as opened:
            banner = clean(await opened.line(), limit=100)
            if "call manager" not in banner.lower() and "asterisk" not in banner.lower():
                raise Malformed(f"{opened.where} is no Asterisk manager: it greets with “{clean(banner, limit=60)}”")
            entered = AmiSession(opened, banner)
            await entered.log_in(target)
            yield entered, time.perf_counter() - began
            with contextlib.suppress(Unreachable):  # it may have gone away in the middle
                await opened.send(b"Action: Logoff\r\n\r\n")
