"""The way to a device behind a jump host: a channel through the jump host's own SSH session (RFC 4254, 7.2).

The key of each host on the way is verified like any other before a credential goes to it. A jump host is logged in
to anew for each visit, a few at a time, since an SSH server drops log-ins that come in a crowd.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import paramiko

from nms.transports.host_keys import FirstUse, HostKeys
from nms.transports.ssh_target import SshTarget

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Log-ins under way at one jump host."""

_CHUNK = 65_536

Explain = Callable[[Exception, SshTarget], Exception]


class Routes:
    """Opens the ways. `explain` makes a sentence of what fails at a host on the way."""

    def __init__(self, host_keys: HostKeys, timeout: float, explain: Explain) -> None:
        self._host_keys = host_keys
        self._timeout = timeout
        self._explain = explain
        self._gates: dict[str, threading.BoundedSemaphore] = {}
        self._lock = threading.Lock()

    @contextmanager
    def through(self, target: SshTarget) -> Iterator[paramiko.Channel | None]:
        """A channel to the target through its jump host; None where it is reached directly."""
        if target.jump is None:
            yield None
            return
        with self.session(target.jump) as session:
            yield self._channel(session, target.jump, target)

    @contextmanager
    def connection(self, target: SshTarget) -> Iterator[Any]:
        """Something to read and write bytes with, whichever way the target is reached."""
        with self.through(target) as channel:
            if channel is not None:
                yield channel
                return
            with socket.create_connection((target.address, target.port), self._timeout) as direct:
                yield direct

    @contextmanager
    def session(self, host: SshTarget) -> Iterator[paramiko.SSHClient]:
        """A session of its own with a host, logged in; no shell is opened."""
        with ExitStack() as stack:
            before = stack.enter_context(self.through(host))
            client = paramiko.SSHClient()
            stack.callback(client.close)
            try:
                with self._gate(host):
                    self._log_in(client, host, before)
            except Exception as error:
                raise self._explain(error, host) from None
            yield client

    def _log_in(self, client: paramiko.SSHClient, host: SshTarget, before: paramiko.Channel | None) -> None:
        client.load_host_keys(str(self._host_keys.path))
        client.set_missing_host_key_policy(FirstUse(self._host_keys))
        client.connect(
            host.known_as,
            host.port,
            host.user,
            host.password,
            key_filename=host.key_file,
            passphrase=host.key_passphrase,
            allow_agent=False,
            look_for_keys=False,
            sock=before if before is not None else socket.create_connection((host.address, host.port), self._timeout),
            timeout=self._timeout,
            auth_timeout=self._timeout,
            banner_timeout=self._timeout,
        )

    def _channel(self, session: paramiko.SSHClient, jump: SshTarget, target: SshTarget) -> paramiko.Channel:
        transport = session.get_transport()
        if transport is None:
            raise self._explain(EOFError("it hung up"), jump)
        try:
            return transport.open_channel(
                "direct-tcpip", (target.address, target.port), ("127.0.0.1", 0), timeout=self._timeout
            )
        except Exception as error:
            raise self._explain(error, target) from None

    def _gate(self, jump: SshTarget) -> threading.BoundedSemaphore:
        with self._lock:
            return self._gates.setdefault(jump.host_id, threading.BoundedSemaphore(AT_ONCE))


@contextmanager
def as_socket(channel: paramiko.Channel) -> Iterator[socket.socket]:
    """A channel as a real socket, for libraries that accept nothing else: two threads carry the bytes across."""
    ours, theirs = socket.socketpair()

    def outward() -> None:
        with contextlib.suppress(OSError):
            while data := ours.recv(_CHUNK):
                channel.sendall(data)
        channel.close()

    def inward() -> None:
        with contextlib.suppress(OSError):
            while data := channel.recv(_CHUNK):
                ours.sendall(data)
        _shut(ours)

    carriers = [threading.Thread(target=work, name="ssh-jump", daemon=True) for work in (outward, inward)]
    for carrier in carriers:
        carrier.start()
    try:
        yield theirs
    finally:
        _shut(theirs)
        channel.close()
        _shut(ours)
        for carrier in carriers:
            carrier.join(5)
        theirs.close()
        ours.close()


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
