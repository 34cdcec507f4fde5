"""The TCP connection under a database driver that blocks: opened here, to an address that was looked at, and ended here
when the time is over, so that a server that never finishes costs no thread for longer than its time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nms.transports.errors import Malformed
from nms.transports.sockets import explained, first_that_answers, named, resolve

MOST_BYTES = 16_777_216


class SentElsewhere(Malformed):
    """The server asks to be spoken to at another address: that is for the configuration to say."""


class _Pinned(socket.socket):
    """Gives a driver at most `MOST_BYTES`, and does not let it go on to where the server sends it: python-tds would
    take the log-in to any address that a server names, and closes this socket for that, outside of any error."""

    received = 0
    done = False

    def recv(self, size: int, flags: int = 0) -> bytes:
        return self._counted(super().recv(size, flags))

    def recv_into(self, buffer: bytearray, nbytes: int = 0, flags: int = 0) -> int:  # type: ignore[override]
        size = super().recv_into(buffer, nbytes, flags)
        self._count(size)
        return size

    def close(self) -> None:
        is_left = self.fileno() >= 0 and not self.done and sys.exc_info()[0] is None
        super().close()
        if is_left:
            raise SentElsewhere("the server sends its clients to another address: name that one in the inventory")

    def _counted(self, data: bytes) -> bytes:
        self._count(len(data))
        return data

    def _count(self, size: int) -> None:
        self.received += size
        if self.received > MOST_BYTES:
            raise OSError(f"an answer of more than {MOST_BYTES} bytes")


@asynccontextmanager
async def line(host: str, port: int, seconds: float) -> AsyncIterator[socket.socket]:
    """A blocking connection, cut at the end of the block whatever still reads from it.

    Raises: Unreachable, LocalFault.
    """
    addresses = await resolve(host, port)
    with explained(named(host, port)):
        opened = await first_that_answers(addresses, lambda address: _connected(address, port))
    opened.settimeout(seconds)
    handle = socket.socket(fileno=os.dup(opened.fileno()))  # stays ours when a driver wraps its own in TLS
    try:
        yield opened
    finally:
        opened.done = True
        with contextlib.suppress(OSError):  # the other side, or the driver, may have ended it already
            handle.shutdown(socket.SHUT_RDWR)
        handle.close()
        opened.close()


async def _connected(address: str, port: int) -> _Pinned:
    made = _Pinned(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, (address, port))
    except BaseException:
        made.close()
        raise
    return made
