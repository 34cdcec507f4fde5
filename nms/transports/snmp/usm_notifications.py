"""SNMPv3 traps and informs through pysnmp, on the socket of the notification receiver.

The sender of a trap is its own authority: its messages are authenticated with keys localised to its engine id, which
travels in the clear. So the user of the sending device is entered under the engine id that the datagram names; that
it is really this user's message is what the authentication then proves. For informs the monitor is the authority,
and the user stands under its own engine id. Source: RFC 3414 sections 2.3 and 3.2.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from pysnmp.carrier.asyncio.base import AbstractAsyncioTransport
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import ntfrcv
from pysnmp.proto.api import v2c

from nms.transports.snmp.ber import OCTET_STRING, SEQUENCE, BadPacket, read_integer, read_tag
from nms.transports.snmp.notification import Notification, notification
from nms.transports.snmp.targets import UsmUser
from nms.transports.snmp.usm import protocols, value_of

_ENGINES_PER_SOURCE = 4
_MOST_ENGINES = 4000
_LONGEST_ENGINE_ID = 32


class _Carrier(AbstractAsyncioTransport):  # type: ignore[misc]
    """pysnmp's view of our socket."""

    ADDRESS_TYPE = udp.UdpTransportAddress

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened

    def send_message(self, outgoingMessage: Any, transportAddress: Any) -> None:  # noqa: N803 - pysnmp's names
        try:
            self._socket.sendto(bytes(outgoingMessage), tuple(transportAddress))
        except OSError:
            return

    def arrived(self, data: bytes, source: tuple[str, int]) -> None:
        self._callback_function(self, udp.UdpTransportAddress(source), data)


class UsmReceiver:
    """pysnmp's engine for notifications of all v3 devices."""

    def __init__(self, opened: socket.socket, deliver: Callable[[Notification], None]) -> None:
        self._engine = SnmpEngine()
        self._carrier = _Carrier(opened)
        self._deliver = deliver
        self._known: set[tuple[bytes, str]] = set()
        self._engines_of: Counter[str] = Counter()
        self._source = ""
        self._was_received = False
        config.add_transport(self._engine, udp.DOMAIN_NAME, self._carrier)
        ntfrcv.NotificationReceiver(self._engine, self._received)

    def take(self, data: bytes, source: tuple[str, int], address: str, users: Sequence[UsmUser]) -> None:
        """One datagram from an address that these users may speak for. Raises BadPacket."""
        engine_id, name = read_security(data)
        if name:
            user = next((user for user in users if user.name == name), None)
            if user is None:
                raise BadPacket("a user that this device does not have", "refused")
            self._enter(engine_id, user, address)
        self._source = address
        self._was_received = False
        try:
            self._carrier.arrived(data, source[:2])
        except BadPacket:
            raise
        except Exception as error:  # hostile octets come out of pysnmp and pyasn1 as any exception
            raise BadPacket(f"SNMPv3 that cannot be read ({type(error).__name__})") from None
        if name and not self._was_received:
            raise BadPacket("SNMPv3 that was not believed", "refused")

    def close(self) -> None:
        self._engine.close_dispatcher()

    def _enter(self, engine_id: bytes, user: UsmUser, address: str) -> None:
        own = bytes(self._engine.snmpEngineID)
        if (engine_id, user.name) in self._known:
            return
        if engine_id != own:
            if self._engines_of[address] >= _ENGINES_PER_SOURCE or len(self._known) >= _MOST_ENGINES:
                raise BadPacket("too many SNMP engines for one address", "flood")
            self._engines_of[address] += 1
        self._known.add((engine_id, user.name))
        auth, priv = protocols(user)
        config.add_v3_user(
            self._engine,
            user.name,
            auth,
            user.auth_password or None,
            priv,
            user.priv_password or None,
            securityEngineId=None if engine_id == own else v2c.OctetString(engine_id),
        )

    def _received(
        self, engine: Any, _reference: object, _engine_id: object, _context: object, varbinds: Any, _more: object
    ) -> None:
        self._was_received = True
        request = engine.observer.get_execution_context("rfc3412.receiveMessage:request")
        is_inform = type(request["pdu"]).__name__.startswith("Inform")
        pairs = [(str(name), value_of(value)) for name, value in varbinds]
        self._deliver(notification(self._source, "3", pairs, is_inform))


def read_security(data: bytes) -> tuple[bytes, str]:
    """Engine id and user name of a v3 message, which travel in the clear (RFC 3414 section 2.4)."""
    at, end = read_tag(data, 0, len(data), SEQUENCE)
    _, at = read_integer(data, at, end)
    _, at = read_tag(data, at, end, SEQUENCE)
    start, stop = read_tag(data, at, end, OCTET_STRING)
    at, end = read_tag(data, start, stop, SEQUENCE)
    start, stop = read_tag(data, at, end, OCTET_STRING)
    engine_id = data[start:stop]
    _, at = read_integer(data, stop, end)
    _, at = read_integer(data, at, end)
    start, stop = read_tag(data, at, end, OCTET_STRING)
    if len(engine_id) > _LONGEST_ENGINE_ID:
        raise BadPacket("an engine id of more than 32 octets")
    return engine_id, data[start:stop].decode("utf-8", "replace")
