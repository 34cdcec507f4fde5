"""The Asterisk Manager Interface of a simulated exchange: the lists that the monitor asks for, and calls as they end.

Messages and fields are those of Asterisk 20. Any account with the right password may enter,
by challenge or in the clear.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Mapping

from nms.demo.simulator.equipment import chance
from nms.demo.simulator.speaking.exchange import MAILBOX_HOLDS, QUEUES, Exchange
from nms.demo.simulator.speaking.scene import Scene

Packet = Mapping[str, object]

BANNER = b"Asterisk Call Manager/9.0.0\r\n"
VERSION = "20.6.0~dfsg+~cs6.13"
_CHALLENGE = "481516234"
_PATIENCE_SECONDS = 10.0
_BETWEEN_EVENTS = 4.0
_COMPLETE = {
    "PJSIPShowRegistrationsOutbound": "OutboundRegistrationDetailComplete",
    "PJSIPShowEndpoints": "EndpointListComplete",
    "PJSIPShowContacts": "ContactListComplete",
    "CoreShowChannels": "CoreShowChannelsComplete",
    "QueueStatus": "QueueStatusComplete",
    "DAHDIShowChannels": "DAHDIShowChannelsComplete",
    "PRIShowSpans": "PRIShowSpansComplete",
    "VoicemailUsersList": "VoicemailUserEntryComplete",
}


async def talk(scene: Scene, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    exchange = Exchange.of(scene)
    writer.write(BANNER)
    is_in = False
    while not scene.fails:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            action = await _action(reader)
        name, identity = action.get("action", ""), {"ActionID": action.get("actionid", "")}
        if name == "Login":
            is_in = _may_enter(action, scene.secret)
        for packet in _answers(exchange, name, identity, is_in=is_in):
            writer.write(_wire(packet))
        await writer.drain()
        if name == "Logoff" or (name == "Login" and not is_in):
            return
        if name == "Login" and action.get("events", "off").lower() not in ("off", ""):
            await _tell(exchange, reader, writer)
            return


async def _action(reader: asyncio.StreamReader) -> dict[str, str]:
    """Fields of one action, names in lower case."""
    found: dict[str, str] = {}
    while line := (await reader.readuntil(b"\n")).decode("utf-8", "replace").strip():
        name, _, value = line.partition(":")
        found[name.strip().lower()] = value.strip()
    return found


def _wire(packet: Packet) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in packet.items()).encode() + b"\r\n"


def _may_enter(action: Mapping[str, str], secret: str) -> bool:
    digest = hashlib.md5((_CHALLENGE + secret).encode(), usedforsecurity=False).hexdigest()
    return action.get("key") == digest or action.get("secret") == secret


def _answers(exchange: Exchange, name: str, identity: Packet, *, is_in: bool) -> Iterator[Packet]:
    if name == "Challenge":
        yield {"Response": "Success", **identity, "Challenge": _CHALLENGE}
    elif name == "Login":
        said = "Authentication accepted" if is_in else "Authentication failed"
        yield {"Response": "Success" if is_in else "Error", **identity, "Message": said}
    elif not is_in:
        yield {"Response": "Error", **identity, "Message": "Permission denied"}
    elif name == "Ping":
        yield {"Response": "Success", **identity, "Ping": "Pong", "Timestamp": f"{exchange.scene.now():.6f}"}
    elif name == "CoreSettings":
        yield {"Response": "Success", **identity, "AMIversion": "9.0.0", "AsteriskVersion": VERSION,
               "SystemName": exchange.scene.device.id, "CoreMaxCalls": 60, "CoreMaxLoadAvg": "0.000000",
               "CoreCDRenabled": "Yes", "CoreHTTPenabled": "Yes"}  # fmt: skip
    elif name == "Logoff":
        yield {"Response": "Goodbye", **identity, "Message": "Thanks for all the fish."}
    elif name in _COMPLETE:
        rows = list(_LISTS[name](exchange))
        yield {"Response": "Success", **identity, "EventList": "start", "Message": "A listing follows"}
        yield from ({**row, **identity} for row in rows)
        yield {"Event": _COMPLETE[name], **identity, "EventList": "Complete", "ListItems": len(rows)}
    else:
        yield {"Response": "Error", **identity, "Message": "Invalid/unknown command"}


def _registrations(exchange: Exchange) -> Iterator[Packet]:
    for trunk in exchange.trunks[:1]:
        yield {"Event": "OutboundRegistrationDetail", "ObjectType": "registration", "ObjectName": trunk,
               "ServerUri": f"sip:{trunk}.ejemplo.invalid", "ClientUri": f"sip:4811234@{trunk}.ejemplo.invalid",
               "Expiration": 3600, "Status": "Registered", "NextReg": 1740}  # fmt: skip


def _endpoints(exchange: Exchange) -> Iterator[Packet]:
    busy = {name for call in exchange.calls() for name in (call.trunk, call.phone)}
    known = [(trunk, True) for trunk in exchange.trunks] + exchange.extensions()
    for name, is_there in known:
        state = ("In use" if name in busy else "Not in use") if is_there else "Unavailable"
        yield {"Event": "EndpointList", "ObjectType": "endpoint", "ObjectName": name, "Transport": "transport-udp",
               "Aor": name, "DeviceState": state, "ActiveChannels": ""}  # fmt: skip


def _contacts(exchange: Exchange) -> Iterator[Packet]:
    for number, phone, is_registered in exchange.phones():
        if is_registered:
            yield {"Event": "ContactList", "ObjectType": "contact", "ObjectName": f"{number};@{number}",
                   "Endpoint": number, "ViaAddr": phone.address, "ViaPort": 5060,
                   "Uri": f"sip:{number}@{phone.address}:5060",
                   "UserAgent": f"{phone.vendor} {phone.hardware}", "QualifyFrequency": 0, "Status": "NonQualified",
                   "RoundtripUsec": "N/A"}  # fmt: skip


def _channels(exchange: Exchange) -> Iterator[Packet]:
    for call in exchange.calls():
        for side, channel in enumerate(call.channels):
            yield {"Event": "CoreShowChannel", "Channel": channel, "ChannelState": 6, "ChannelStateDesc": "Up",
                   "Uniqueid": f"{call.number}.{side}", "Linkedid": f"{call.number}.0", "BridgeId": f"b-{call.number}",
                   "Application": "Dial",
                   "Duration": f"00:{call.seconds // 60:02.0f}:{call.seconds % 60:02.0f}"}  # fmt: skip


def _queues(exchange: Exchange) -> Iterator[Packet]:
    for queue, members in QUEUES:
        waiting = int(3 * chance(exchange.scene.device.id, queue, int(exchange.scene.now() // 300)))
        yield {"Event": "QueueParams", "Queue": queue, "Max": 0, "Strategy": "ringall", "Calls": waiting}
        for number, phone, is_there in exchange.phones()[:members]:
            yield {"Event": "QueueMember", "Queue": queue, "Name": phone.name, "Location": f"PJSIP/{number}",
                   "Paused": 0, "Status": 1 if is_there else 5}  # fmt: skip


def _spans(exchange: Exchange) -> Iterator[Packet]:
    for number, up in exchange.spans():
        yield {"Event": "PRIShowSpans", "Span": number, "DChannel": 31 * number - 15, "Order": "Primary",
               "Active": "Yes", "Alarm": "No" if up else "Yes", "Up": "Yes" if up else "No"}  # fmt: skip


def _lines(exchange: Exchange) -> Iterator[Packet]:
    """Two analogue lines for emergencies (FXO), and the B channels of the spans."""
    for line in (125, 126):
        yield {"Event": "DAHDIShowChannels", "DAHDIChannel": line, "Signalling": "FXS Kewlstart",
               "SignallingCode": "FXS Kewlstart", "Context": "emergencias", "DND": "Disabled",
               "Alarm": "No Alarm"}  # fmt: skip
    for number, up in exchange.spans():
        busy = int(12 * chance(exchange.scene.device.id, number, int(exchange.scene.now() // 120))) if up else 0
        first = 31 * number - 30
        for place, channel in enumerate(one for one in range(first, first + 31) if one != first + 15):
            call = {"Channel": f"DAHDI/i{number}/{channel}-1", "Uniqueid": f"1.{channel}"} if place < busy else {}
            yield {"Event": "DAHDIShowChannels", "DAHDIChannel": channel, **call, "Signalling": "ISDN PRI",
                   "SignallingCode": "ISDN PRI", "Context": "entrantes", "DND": "Disabled",
                   "Alarm": "No Alarm" if up else "Red Alarm"}  # fmt: skip


def _mailboxes(exchange: Exchange) -> Iterator[Packet]:
    for box, new, old in exchange.mailboxes():
        yield {"Event": "VoicemailUserEntry", "VMContext": "default", "VoiceMailbox": box,
               "MaxMessageCount": MAILBOX_HOLDS, "NewMessageCount": new, "OldMessageCount": old}  # fmt: skip


_LISTS = {
    "PJSIPShowRegistrationsOutbound": _registrations,
    "PJSIPShowEndpoints": _endpoints,
    "PJSIPShowContacts": _contacts,
    "CoreShowChannels": _channels,
    "QueueStatus": _queues,
    "DAHDIShowChannels": _lines,
    "PRIShowSpans": _spans,
    "VoicemailUsersList": _mailboxes,
}


async def _tell(exchange: Exchange, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Calls that end and how they sound, every few seconds, until whoever listens is gone or says more."""
    count = 0
    while not exchange.scene.fails:
        count += 1
        for packet in _news(exchange, count):
            writer.write(_wire(packet))
        await writer.drain()
        try:
            async with asyncio.timeout(_BETWEEN_EVENTS):
                action = await _action(reader)
        except TimeoutError:
            continue
        identity = {"ActionID": action.get("actionid", "")}
        for packet in _answers(exchange, action.get("action", ""), identity, is_in=True):
            writer.write(_wire(packet))


def _news(exchange: Exchange, count: int) -> Iterator[Packet]:
    calls = list(exchange.calls())
    for call in calls[count % len(calls) :][:2] if calls else ():
        for channel in call.channels:
            lost = int(4 * chance(channel, count))
            jitter = int(20 + 60 * chance(channel, "jitter", count))
            yield {"Event": "RTCPReceived", "Channel": channel, "RTT": f"{0.02 + 0.05 * chance(channel):.4f}",
                   "Report0FractionLost": lost, "Report0IAJitter": jitter}  # fmt: skip
        answered = chance(call.number, "answered") < 0.85
        yield {"Event": "Cdr", "Channel": call.channels[0], "DestinationChannel": call.channels[1],
               "Disposition": "ANSWERED" if answered else "NO ANSWER",
               "BillableSeconds": int(30 + 240 * chance(call.number, "length")) if answered else 0}  # fmt: skip
