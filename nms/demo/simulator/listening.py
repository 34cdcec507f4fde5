"""Where the simulator may listen, and what to say when it may not."""

from __future__ import annotations

import errno
import ipaddress
import resource


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def bind_sentence(protocol: str, address: str, port: int, error: OSError) -> str:
    """Why the simulator cannot listen there, and what to do."""
    where = f"{address} {protocol} port {port}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use: another simulator or program listens there; end it or choose another port"
    if error.errno == errno.EACCES:
        return f"{where} may not be used by this account: choose a port above 1023"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{address} is not an address of this machine: the simulator needs Linux's whole 127.0.0.0/8"
    if error.errno == errno.EMFILE:
        return f"cannot listen on {where}: too many open files; raise the limit (ulimit -n)"
    return f"cannot listen on {where}: {error.strerror}"


def allow_descriptors(wanted: int) -> None:
    """Raises the soft limit of open files to what the sockets need, within the hard limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
