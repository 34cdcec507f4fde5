"""Serving HTTP from inside the daemon's own event loop, on a TCP address and on a Unix socket."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from nms.config import Api
from nms.i18n import gettext as _
from nms.transports.errors import LocalFault

_SHUTDOWN_SECONDS = 2


class _Server(uvicorn.Server):
    """Leaves signals to the daemon, which stops everything in order, and speaks TLS on network sockets only."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn has one answer about TLS for all sockets; commands on this machine use the Unix socket without."""
        local = [one for one in sockets or [] if one.family == socket.AF_UNIX]
        await super().startup(sockets=[one for one in sockets or [] if one not in local])
        network, encryption = self.servers, self.config.ssl
        self.config.ssl = None
        await super().startup(sockets=local)
        self.config.ssl = encryption
        self.servers = [*network, *self.servers]

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def open_sockets(api: Api) -> list[socket.socket]:
    """The listening sockets. Raises `LocalFault` with what is in the way and what to do."""
    opened = [_tcp(api.address, api.port)]
    if api.socket is not None:
        opened.append(_unix(api.socket))
    return opened


def serve(app: FastAPI, api: Api) -> uvicorn.Server:
    """A server that is run with `await server.serve(sockets=open_sockets(api))` and stopped by `should_exit`."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(api.trusted_proxies),
        forwarded_allow_ips=list(api.trusted_proxies),
        ssl_certfile=str(api.tls.certificate) if api.tls.certificate else None,
        ssl_keyfile=str(api.tls.key) if api.tls.key else None,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        lifespan="off",
    )
    return _Server(config)


def _tcp(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise LocalFault(_why(error, address, port)) from None
    listener.listen(256)
    return listener


def _why(error: OSError, address: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        text = _(
            "{address} port {port} is taken: is another “nms run” at work?"
            " Otherwise choose another api.port in config.yaml"
        )
    elif error.errno == errno.EADDRNOTAVAIL:
        text = _("this machine has no address {address}: write one of its own under api.address in config.yaml")
    else:
        text = _("cannot listen on {address} port {port}: {reason}")
    return text.format(address=address, port=port, reason=error.strerror)


def _unix(path: Path) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        text = _("cannot make the socket {path}: {reason}")
        raise LocalFault(text.format(path=path, reason=error.strerror or error)) from None
    finally:
        os.umask(before)
    listener.listen(64)
    return listener
