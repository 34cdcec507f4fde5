"""Traps and informs, v1, v2c and v3: what devices say unasked.

A notification is a hint, not a fact: UDP sources can be forged, so whoever receives one polls the device before
believing it. Only known addresses are listened to; everything else is counted. What a flood may cost is bounded:
so many a second from one source and from all together, so many turns of the event loop, so much memory.

Source: RFC 1157 (v1 Trap-PDU), RFC 3416 (SNMPv2-Trap, InformRequest), RFC 3584 section 3.1 (v1 traps as v2 ones).
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nms.transports.errors import LocalFault
from nms.transports.snmp.ber import (
    OCTET_STRING,
    SEQUENCE,
    BadPacket,
    read_integer,
    read_length,
    read_tag,
)
from nms.transports.snmp.messages import RESPONSE
from nms.transports.snmp.notification import Notification, notification, pairs_of, v1_trap
from nms.transports.snmp.targets import UsmUser

if TYPE_CHECKING:
    from nms.transports.snmp.usm_notifications import UsmReceiver

_TRAP_V1, _INFORM, _TRAP_V2 = 0xA4, 0xA6, 0xA7
_DATAGRAMS_PER_TURN = 64
_RECEIVE_BUFFER = 2 << 20
_MOST_SOURCES = 10_000
_MOST_STRANGERS = 200

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class NotificationStatistics:
    """Counts of datagrams: `accepted` went to the callback, `dropped` did not, by reason (unknown-source, flood,
    malformed, not-a-notification, refused). `strangers` are some of the unknown sources, with their counts."""

    received: int = 0
    accepted: int = 0
    acknowledged: int = 0
    callback_failures: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    strangers: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class FloodLimits:
    """Notifications a second, sustained, and as many seconds' worth at once."""

    per_source: float = 10.0
    all_together: float = 200.0
    v3: float = 20.0
    burst_seconds: float = 5.0


class Allowance:
    """A token bucket."""

    __slots__ = ("_at", "_left", "_most", "_rate")

    def __init__(self, rate: float, burst_seconds: float, now: float) -> None:
        self._rate = rate
        self._most = max(1.0, rate * burst_seconds)
        self._left = self._most
        self._at = now

    def take(self, now: float) -> bool:
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class NotificationReceiver:
    """Listens on one UDP port. Use inside a running event loop: `await receiver.start()`, `receiver.close()`.

    `on_notification` is called in the event loop and should return at once. `is_known` tells whether an address
    belongs to a device of the inventory. `users` gives the SNMPv3 users that may speak for an address.
    """

    def __init__(
        self,
        on_notification: Callable[[Notification], None],
        is_known: Callable[[str], bool],
        users: Callable[[str], Sequence[UsmUser]] | None = None,
        address: str = "0.0.0.0",  # noqa: S104 - devices send to every address of the monitor
        port: int = 162,
        limits: FloodLimits | None = None,
    ) -> None:
        self.address = address
        self.port = port
        self.statistics = NotificationStatistics()
        self._on_notification = on_notification
        self._is_known = is_known
        self._users = users
        self._limits = limits or FloodLimits()
        self._sources: dict[str, Allowance] = {}
        self._usm: UsmReceiver | None = None

    async def start(self) -> None:
        """Opens the port; `port` 0 takes a free one and shows it afterwards. Raises LocalFault."""
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._all = Allowance(self._limits.all_together, self._limits.burst_seconds, now)
        self._v3 = Allowance(self._limits.v3, self._limits.burst_seconds, now)
        self._socket = self._open()
        self.port = self._socket.getsockname()[1]
        self._loop.add_reader(self._socket.fileno(), self._on_readable)

    def close(self) -> None:
        """Stops listening."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
        if self._usm:
            self._usm.close()
            self._usm = None

    def _open(self) -> socket.socket:
        opened = socket.socket(socket.AF_INET6 if ":" in self.address else socket.AF_INET, socket.SOCK_DGRAM)
        opened.setblocking(False)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        try:
            opened.bind((self.address, self.port))
        except OSError as error:
            opened.close()
            raise LocalFault(
                f"cannot listen for SNMP traps on {self.address} port {self.port}: {error.strerror};"
                " ports below 1024 need the right to bind them"
            ) from None
        return opened

    def _on_readable(self) -> None:
        for _ in range(_DATAGRAMS_PER_TURN):
            try:
                data, source = self._socket.recvfrom(65_535)
            except OSError:
                return
            self._take(data, source)

    def _take(self, data: bytes, source: tuple[str, int]) -> None:
        self.statistics.received += 1
        address = source[0].removeprefix("::ffff:")
        reason = self._why_not(address)
        if not reason:
            try:
                self._understand(data, source, address)
            except BadPacket as bad:
                reason = bad.reason
        if reason:
            self.statistics.dropped[reason] += 1

    def _why_not(self, address: str) -> str:
        """Why a datagram from this address is not even read; empty if it is."""
        if not self._is_known(address):
            strangers = self.statistics.strangers
            if address in strangers or len(strangers) < _MOST_STRANGERS:
                strangers[address] += 1
            return "unknown-source"
        now = self._loop.time()
        allowance = self._sources.get(address)
        if allowance is None:
            if len(self._sources) >= _MOST_SOURCES:
                self._sources.clear()
            allowance = self._sources[address] = Allowance(self._limits.per_source, self._limits.burst_seconds, now)
        return "" if allowance.take(now) and self._all.take(now) else "flood"

    def _understand(self, data: bytes, source: tuple[str, int], address: str) -> None:
        at, end = read_tag(data, 0, len(data), SEQUENCE)
        version, at = read_integer(data, at, end)
        if version == 3:
            self._hand_to_usm(data, source, address)
            return
        _, at = read_tag(data, at, end, OCTET_STRING)
        if version not in (0, 1) or at >= end:
            raise BadPacket("no SNMP version that is known")
        kind = data[at]
        start, end = read_length(data, at + 1, end)
        if version == 0 and kind == _TRAP_V1:
            self.deliver(v1_trap(data, start, end, address))
        elif version == 1 and kind in (_TRAP_V2, _INFORM):
            _, start = read_integer(data, start, end)
            _, start = read_integer(data, start, end)
            _, start = read_integer(data, start, end)
            start, end = read_tag(data, start, end, SEQUENCE)
            self.deliver(notification(address, "2c", pairs_of(data, start, end), is_inform=kind == _INFORM))
            if kind == _INFORM:
                self._acknowledge(data, at, source)
        else:
            raise BadPacket("a message that is no notification", "not-a-notification")

    def _acknowledge(self, data: bytes, pdu_at: int, source: tuple[str, int]) -> None:
        """The response to an inform is the inform with another PDU type (RFC 3416, section 4.2.7)."""
        try:
            self._socket.sendto(data[:pdu_at] + bytes((RESPONSE,)) + data[pdu_at + 1 :], source)
        except OSError:
            return
        self.statistics.acknowledged += 1

    def _hand_to_usm(self, data: bytes, source: tuple[str, int], address: str) -> None:
        users = self._users(address) if self._users else ()
        if not users:
            raise BadPacket("no SNMPv3 user for this address", "refused")
        if not self._v3.take(self._loop.time()):
            raise BadPacket("too many SNMPv3 notifications", "flood")
        if self._usm is None:
            from nms.transports.snmp.usm_notifications import UsmReceiver

            self._usm = UsmReceiver(self._socket, self.deliver)
        self._usm.take(data, source, address, users)

    def deliver(self, arrived: Notification) -> None:
        """Hands a notification to the callback; what goes wrong there is not the receiver's end."""
        self.statistics.accepted += 1
        try:
            self._on_notification(arrived)
        except Exception:
            self.statistics.callback_failures += 1
            _log.exception("a notification from %s could not be handled", arrived.source)
