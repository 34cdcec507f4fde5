"""Structured facts of network equipment through NAPALM's getters, over SSH, in the threads of `SshClient`.

Platforms by their netmiko names. A getter that a driver lacks, or that fails on this device, is left out and named;
NAPALM's own markers for what is not known (-1.0, "Unknown", an entry "invalid") are dropped here: absent is absent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from napalm import get_network_driver

from nms.text import clean
from nms.transports.iosxr import StraightIosXr
from nms.transports.junos import junos, meant
from nms.transports.ssh import SshClient, SshTarget
from nms.transports.ssh_sessions import settle, watch

log = logging.getLogger(__name__)

DRIVERS: Mapping[str, str] = {
    "cisco_ios": "ios",
    "cisco_xe": "ios",
    "cisco_nxos": "nxos_ssh",
    "cisco_xr": "iosxr",
    "arista_eos": "eos",
    "juniper_junos": "junos",
    "juniper": "junos",
}
"""netmiko platform -> NAPALM driver."""


@dataclass(frozen=True, slots=True)
class Got:
    """What the getters gave, by name, and why others gave nothing. Those that the driver lacks are in neither."""

    results: Mapping[str, Any]
    problems: Mapping[str, str] = field(default_factory=dict)


async def get(client: SshClient, target: SshTarget, getters: Sequence[str]) -> Got:
    """Raises: Unreachable, AccessDenied (HostKeyChanged), LocalFault, Malformed when the device cannot be opened."""
    return await client.call(target, lambda: _get(client, target, getters))


def _get(client: SshClient, target: SshTarget, getters: Sequence[str]) -> Got:
    with ExitStack() as stack:
        try:
            _learn(client, target)
            device = _driver(client, target, stack.enter_context(client.routes.through(target)), stack)
            stack.callback(_close, device)
            device.open()
            _guard(client, device)
        except Exception as error:
            raise client.explained(meant(error), target) from None
        return _asked(device, getters)


def _learn(client: SshClient, target: SshTarget) -> None:
    if not client.host_keys.knows(target.host_id):
        with client.routes.connection(target) as connection:
            client.host_keys.learn(target.host_id, connection, client.connect_timeout)


def _driver(client: SshClient, target: SshTarget, channel: Any, stack: ExitStack) -> Any:
    options = {
        "port": target.port,
        "secret": target.secret or "",
        "force_no_enable": target.secret is None,
        "ssh_strict": True,
        "system_host_keys": False,
        "alt_host_keys": True,
        "alt_key_file": str(client.host_keys.path),
        "use_keys": target.key_file is not None,
        "key_file": target.key_file,
        "passphrase": target.key_passphrase,
        "allow_agent": False,
        "conn_timeout": client.connect_timeout,
        "sock": channel,
        "transport": "ssh",
    }
    name = DRIVERS[target.platform]
    if name == "junos":
        return junos(client, target, channel, stack)
    kind = StraightIosXr if name == "iosxr" else get_network_driver(name)
    return kind(
        hostname=target.known_as,
        username=target.user,
        password=target.password or "",
        timeout=int(client.connect_timeout * 3),
        optional_args=options,
    )


def _guard(client: SshClient, device: Any) -> None:
    """The bounds of our own sessions for the session that a driver has opened. That of Junos is NETCONF."""
    session = getattr(device, "_netmiko_device", None)
    if session is not None:
        watch(session)
        settle(session)
        session.read_timeout_override = client.command_timeout
    elif device.platform == "iosxr":
        watch(device.device.device)  # its XML agent has a prompt of its own


def _asked(device: Any, getters: Sequence[str]) -> Got:
    results: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in getters:
        try:
            results[name] = getattr(device, f"get_{name}")()
        except NotImplementedError:
            log.debug("the driver has no getter %s", name)
        except Exception as error:
            # drivers raise whatever their parsing stumbles over: KeyError, IndexError, UnboundLocalError ...
            problems[name] = (
                clean(f"the driver stumbled ({type(error).__name__}: {error}", limit=120).rstrip(": ") + ")"
            )
            log.debug("getter %s failed", name, exc_info=error)
    return Got(results, problems)


def _close(device: Any) -> None:
    try:
        device.close()
    except Exception as error:
        log.debug("closing a NAPALM session failed: %s", error)
