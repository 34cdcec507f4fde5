"""One UDP socket for all agents of an address family: sends requests, matches responses, notices silence.

A response is matched by its request id, and then by address, port, version and community; whatever does not match
is counted and dropped. Sending and receiving alternate, so that a thousand agents that answer at once do not
overflow the socket's buffer. Works on asyncio's and uvloop's event loops.
"""

from __future__ import annotations

import asyncio
import errno
import random
import socket
from collections import deque
from typing import Protocol

from nms.transports.errors import LocalFault, TransportError, Unreachable
from nms.transports.snmp.ber import BadPacket
from nms.transports.snmp.flights import Flights
from nms.transports.snmp.messages import Form, request_id_octets
from nms.transports.snmp.targets import SnmpStatistics

_BURST = 32
_DATAGRAMS_PER_TURN = 128
_LARGEST_DATAGRAM = 65_535
_RECEIVE_BUFFER = 8 << 20
_SO_RCVBUFFORCE = 33
_PRUNE = 1000


class Receiver(Protocol):
    """Who waits for a response."""

    def read(self, request: Request, data: bytes) -> object:
        """Decodes a datagram; raises BadPacket if it is not the response, which is then awaited further."""

    def received(self, request: Request, result: object) -> None:
        """What `read` returned, after the request has left the books."""

    def failed(self, request: Request, error: TransportError | None) -> None:
        """No response: `None` means silence until the last try."""


class Request:
    """One request on its way: to which address, and who waits."""

    __slots__ = (
        "address",
        "done",
        "expires",
        "flying",
        "form",
        "key",
        "receiver",
        "sent",
        "step",
        "timeout",
        "tries",
        "unreadable",
    )

    def __init__(
        self, address: tuple[str, int], form: Form, receiver: Receiver, timeout: float, tries: int, step: int = 0
    ) -> None:
        self.address = address
        self.form = form
        self.receiver = receiver
        self.timeout = timeout
        self.tries = tries
        self.step = step
        self.key = b""
        self.sent = 0.0
        self.expires = 0.0
        self.done = False
        self.flying = False
        self.unreadable = ""

    def finish(self) -> Receiver:
        """Marks the request as over and lets go of who waited: the books of deadlines keep it for a while yet."""
        receiver, self.receiver = self.receiver, _NOBODY
        self.done = True
        return receiver


class _Nobody(Receiver):
    def read(self, request: Request, data: bytes) -> object:
        raise BadPacket("a request that is over", "unknown-id")

    def received(self, request: Request, result: object) -> None:
        return

    def failed(self, request: Request, error: TransportError | None) -> None:
        return


_NOBODY = _Nobody()


class Exchange:
    """The socket and the requests that wait for a response."""

    def __init__(self, family: socket.AddressFamily, statistics: SnmpStatistics, flights: Flights) -> None:
        self._loop = asyncio.get_running_loop()
        self.statistics = statistics
        self._flights = flights
        self._waits_for_room = False
        self._pending: dict[bytes, Request] = {}
        self._ready: deque[Request] = deque()
        self._deadlines: dict[float, deque[Request]] = {}
        self._sweeper: asyncio.TimerHandle | None = None
        self._sweeps_at = 0.0
        self._flush_is_due = False
        self._random = random.Random()  # noqa: S311 - seeded by the system; ids only need to be hard to guess blindly
        self._socket = _open_socket(family)
        self._loop.add_reader(self._socket.fileno(), self._on_readable)

    def close(self) -> None:
        """Gives up all requests and frees the socket."""
        if self._socket.fileno() < 0:
            return
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        if self._sweeper:
            self._sweeper.cancel()
        for request in list(self._pending.values()) + list(self._ready):
            self._landed(request)
            if not request.done:
                request.finish().failed(request, LocalFault("the SNMP client was closed while it waited for an answer"))
        self._pending.clear()
        self._ready.clear()

    def submit(self, request: Request, is_urgent: bool = False) -> None:
        """Queues a request; it leaves in this or the next turn of the event loop. Urgent ones go first: what has
        been begun is finished before more is begun, so that fewer half-read tables lie about."""
        if self._socket.fileno() < 0:
            request.finish().failed(request, LocalFault("the SNMP client is closed"))
            return
        if is_urgent:
            self._ready.appendleft(request)
        else:
            self._ready.append(request)
        if not self._flush_is_due:
            self._flush_is_due = True
            self._loop.call_soon(self._flush)

    def forget(self, request: Request) -> None:
        """Gives up a request whose answer nobody wants any more."""
        request.finish()
        self._pending.pop(request.key, None)
        self._landed(request)

    def _landed(self, request: Request) -> None:
        """A request that was on its way is not any more."""
        if request.flying:
            request.flying = False
            self._flights.give()

    def _wait_for_room(self) -> None:
        if not self._waits_for_room:
            self._waits_for_room = True
            self._flights.when_free(self._on_room)

    def _on_room(self) -> None:
        self._waits_for_room = False
        if self._ready and not self._flush_is_due:
            self._flush_is_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_is_due = False
        if self._socket.fileno() < 0:
            return
        for count in range(1, 2 * _BURST + 1):
            if not self._ready:
                return
            request = self._ready.popleft()
            if request.done:
                continue
            if not self._flights.take():
                self._ready.appendleft(request)
                self._wait_for_room()
                return
            request.flying = True
            if not self._transmit(request):
                return
            if count % _BURST == 0:
                self._drain(_BURST)
        if self._ready and not self._flush_is_due:
            self._flush_is_due = True
            self._loop.call_soon(self._flush)

    def _transmit(self, request: Request) -> bool:
        """Sends one request; False when the socket is full and sending goes on once it is not."""
        if not request.key:
            request.key = self._new_key()
        datagram = request.form.head + request.key + request.form.tail
        try:
            self._socket.sendto(datagram, request.address)
        except BlockingIOError:
            self._landed(request)
            self._ready.appendleft(request)
            self._loop.add_writer(self._socket.fileno(), self._on_writable)
            self._flush_is_due = True
            return False
        except OSError as error:
            self._landed(request)
            request.finish().failed(request, _send_error(request.address, error))
            return True
        self._pending[request.key] = request
        self.statistics.requests += 1
        self.statistics.sent_octets += len(datagram)
        self._expect(request)
        return True

    def _new_key(self) -> bytes:
        while True:
            key = (self._random.getrandbits(30) | 0x40000000).to_bytes(4, "big")
            if key not in self._pending:
                return key

    def _on_writable(self) -> None:
        self._loop.remove_writer(self._socket.fileno())
        self._flush()

    def _on_readable(self) -> None:
        self._drain(_DATAGRAMS_PER_TURN)
        if self._ready:
            self._flush()

    def _drain(self, limit: int) -> None:
        receive = self._socket.recvfrom
        for _ in range(limit):
            try:
                data, source = receive(_LARGEST_DATAGRAM)
            except BlockingIOError:
                return
            except OSError:
                self.statistics.oddities["socket-error"] += 1
                return
            self._accept(data, source)
            if not self._pending or self._socket.fileno() < 0:
                return  # asking an empty socket again costs as much as a datagram; what comes unasked wakes us anew

    def _accept(self, data: bytes, source: tuple[str, int]) -> None:
        statistics = self.statistics
        statistics.received_octets += len(data)
        try:
            request = self._pending.get(request_id_octets(data))
            if request is None:
                statistics.dropped["unknown-id"] += 1
                return
            if request.address != source[:2]:
                statistics.dropped["wrong-source"] += 1
                return
            result = request.receiver.read(request, data)
        except BadPacket as bad:
            statistics.dropped[bad.reason] += 1
            self._note_unreadable(data, source, bad)
            return
        statistics.responses += 1
        del self._pending[request.key]
        self._landed(request)
        request.finish().received(request, result)

    def _note_unreadable(self, data: bytes, source: tuple[str, int], bad: BadPacket) -> None:
        """Remembers that something unreadable came for a request, to say so when nothing better follows."""
        try:
            request = self._pending.get(request_id_octets(data))
        except BadPacket:
            request = None
        if request is not None and request.address == source[:2]:
            request.unreadable = str(bad)

    def _expect(self, request: Request) -> None:
        request.sent = self._loop.time()
        request.expires = request.sent + request.timeout
        waiting = self._deadlines.get(request.timeout)
        if waiting is None:
            waiting = self._deadlines[request.timeout] = deque()
        elif len(waiting) > _PRUNE + 2 * len(self._pending):
            waiting = self._deadlines[request.timeout] = deque(late for late in waiting if not late.done)
        waiting.append(request)
        if self._sweeper is None or request.expires < self._sweeps_at:
            self._schedule_sweep(request.expires)

    def _schedule_sweep(self, at: float) -> None:
        if self._sweeper:
            self._sweeper.cancel()
        self._sweeps_at = at
        self._sweeper = self._loop.call_at(at, self._sweep)

    def _sweep(self) -> None:
        """Repeats or gives up what is overdue; what has arrived meanwhile is read first."""
        self._sweeper = None
        self._drain(_DATAGRAMS_PER_TURN * 8)
        now = self._loop.time()
        next_sweep = None
        for timeout, waiting in list(self._deadlines.items()):
            while waiting and (waiting[0].done or waiting[0].expires <= now):
                request = waiting.popleft()
                if not request.done:
                    self._overdue(request)
            if not waiting:
                del self._deadlines[timeout]
            elif next_sweep is None or waiting[0].expires < next_sweep:
                next_sweep = waiting[0].expires
        if next_sweep is not None and self._socket.fileno() >= 0:
            self._schedule_sweep(max(next_sweep, now + 0.005))

    def _overdue(self, request: Request) -> None:
        self.statistics.timeouts += 1
        request.tries -= 1
        self._landed(request)
        if request.tries > 0:
            self.statistics.retries += 1
            self.submit(request)
            return
        self._pending.pop(request.key, None)
        request.finish().failed(request, None)


def _open_socket(family: socket.AddressFamily) -> socket.socket:
    try:
        opened = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        raise LocalFault(f"cannot open a UDP socket for SNMP: {error.strerror}") from error
    opened.setblocking(False)
    try:
        opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
    except OSError:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    return opened


def _send_error(address: tuple[str, int], error: OSError) -> TransportError:
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN):
        return Unreachable(f"{address[0]}: no route to send SNMP requests ({error.strerror})")
    return LocalFault(f"{address[0]}: the request could not be sent ({error.strerror}); check the local firewall")
