"""The recorded host keys of SSH: trust on first use, and a changed key refused before any credential is sent."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import paramiko

from nms.transports.errors import AccessDenied

log = logging.getLogger(__name__)


class HostKeyChanged(AccessDenied):
    """The device shows another host key than the one recorded; nothing was sent to it."""


class FirstUse(paramiko.MissingHostKeyPolicy):
    """Records the key of a host never seen; refuses one whose recorded key is of another type."""

    def __init__(self, book: HostKeys) -> None:
        self._book = book

    def missing_host_key(self, client: Any, hostname: str, key: paramiko.PKey) -> None:
        self._book.first_use(hostname, key)


class HostKeys:
    """The recorded host keys: a known_hosts file that grows by trust on first use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)

    def knows(self, host: str) -> bool:
        return paramiko.HostKeys(str(self.path)).lookup(host) is not None

    def first_use(self, host: str, key: paramiko.PKey) -> None:
        """Raises: HostKeyChanged when another key of this host is on record."""
        with self._lock:
            known = paramiko.HostKeys(str(self.path))
            recorded = known.lookup(host)
            if recorded is None:
                with self.path.open("a", encoding="ascii") as file:
                    file.write(f"{host} {key.get_name()} {key.get_base64()}\n")
                log.info("recorded the host key of %s: %s %s", host, key.get_name(), key.fingerprint)
            elif recorded.get(key.get_name()) != key:
                raise HostKeyChanged(self.changed(host))

    def learn(self, host: str, connection: Any, timeout: float) -> None:
        """Records the key of a host never seen, over a connection of its own: only the key exchange is done.

        For libraries that open the connection themselves and can only be strict. Raises: HostKeyChanged, and what the
        network raises.
        """
        transport = paramiko.Transport(connection)
        try:
            transport.start_client(timeout=timeout)
            self.first_use(host, transport.get_remote_server_key())
        finally:
            transport.close()

    def forget(self, host: str) -> bool:
        """Drops what is recorded of a host, after somebody has checked why its key changed."""
        with self._lock:
            lines = self.path.read_text(encoding="ascii").splitlines(keepends=True)
            kept = [line for line in lines if line.split(" ", 1)[0] != host]
            self.path.write_text("".join(kept), encoding="ascii")
            return len(kept) != len(lines)

    def changed(self, host: str) -> str:
        """The sentence for a key that differs."""
        return (
            f"the host key of {host} is not the recorded one; nothing was sent. If the device was replaced, "
            f"remove its line from {self.path}"
        )
