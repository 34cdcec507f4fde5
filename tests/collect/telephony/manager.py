"""A manager interface that speaks as Asterisk 22 does: challenge, permissions, responses, lists of events."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from tests.transports.servers import tcp_server

Event = Mapping[str, str]

COMPLETE = {
    "PJSIPShowRegistrationsOutbound": "OutboundRegistrationDetailComplete",
    "PJSIPShowEndpoints": "EndpointListComplete",
    "PJSIPShowContacts": "ContactListComplete",
    "SIPpeers": "PeerlistComplete",
    "SIPshowregistry": "RegistrationsComplete",
    "CoreShowChannels": "CoreShowChannelsComplete",
    "QueueStatus": "QueueStatusComplete",
    "DAHDIShowChannels": "DAHDIShowChannelsComplete",
    "PRIShowSpans": "PRIShowSpansComplete",
    "VoicemailUsersList": "VoicemailUserEntryComplete",
}
_CHALLENGE = "159753"


class Manager:
    """Its lists may be changed between visits; an action without a list is one that this exchange does not know."""

    def __init__(self, lists: Mapping[str, Sequence[Event]], denied: Sequence[str] = (), md5: bool = True) -> None:
        self.lists = dict(lists)
        self.denied = tuple(denied)
        self.md5 = md5
        self.heard: list[dict[str, str]] = []
        self.noise: Sequence[Event] = ()
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.leaves_at = ""
        """The action at which it goes away, as an exchange that is started again does."""
        self.settings: Event = {"AsteriskVersion": "22.10.1", "CoreMaxCalls": "0"}

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[int]:
        async with tcp_server(self._talk) as port:
            yield port

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        while True:
            action: dict[str, str] = {}
            while line := (await reader.readuntil(b"\r\n")).decode().strip():
                name, _, value = line.partition(":")
                action[name] = value.strip()
            self.heard.append(action)
            if action.get("Action") == self.leaves_at:
                return
            for packet in [*self.noise, *self._answers(action)]:
                writer.write("".join(f"{key}: {value}\r\n" for key, value in packet.items()).encode() + b"\r\n")
            await writer.drain()
            if action.get("Action") == "Login" and action.get("Events", "off") != "off":
                await self._tell(writer)
                return
            if action.get("Action") == "Logoff":
                return

    async def _tell(self, writer: asyncio.StreamWriter) -> None:
        """Sends what the test puts into `events`; an empty one ends the connection."""
        while event := await self.events.get():
            writer.write("".join(f"{key}: {value}\r\n" for key, value in event.items()).encode() + b"\r\n")
            await writer.drain()

    def _answers(self, action: dict[str, str]) -> list[Event]:
        name, identity = action.get("Action", ""), {"ActionID": action.get("ActionID", "")}
        if name == "Challenge":
            if not self.md5:
                return [{"Response": "Error", **identity, "Message": "Must specify AuthType"}]
            return [{"Response": "Success", **identity, "Challenge": _CHALLENGE}]
        if name == "Login":
            right = hashlib.md5(f"{_CHALLENGE}nmspass".encode()).hexdigest() == action.get("Key")
            right = right or (not self.md5 and action.get("Secret") == "nmspass")
            if right:
                return [{"Response": "Success", **identity, "Message": "Authentication accepted"}]
            return [{"Response": "Error", **identity, "Message": "Authentication failed"}]
        if name == "CoreSettings":
            return [{"Response": "Success", **identity, **self.settings}]
        if name in self.denied:
            return [{"Response": "Error", **identity, "Message": "Permission denied"}]
        if name not in self.lists:
            return [{"Response": "Error", **identity, "Message": "Invalid/unknown command"}]
        if not self.lists[name] and name == "PJSIPShowContacts":
            return [{"Response": "Error", **identity, "Message": "No Contacts found"}]
        start = {"Response": "Success", **identity, "EventList": "start", "Message": "A listing follows"}
        end = {"Event": COMPLETE[name], **identity, "EventList": "Complete", "ListItems": str(len(self.lists[name]))}
        return [start, *({**event, **identity} for event in self.lists[name]), end]
