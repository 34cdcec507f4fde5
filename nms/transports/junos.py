"""Junos through NAPALM: NETCONF over SSH (RFC 6242), with the same strict host keys as everything else.

The driver as it comes verifies no host key and looks for keys of its own in the home of whoever runs the monitor; the
connection that it uses is therefore made here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import paramiko
from jnpr.junos import Device
from jnpr.junos.exception import ConnectAuthError
from napalm.junos import JunOSDriver
from ncclient.transport.errors import AuthenticationError, SSHUnknownHostError

from nms.transports.host_keys import HostKeyChanged
from nms.transports.ssh import SshClient, SshTarget
from nms.transports.ssh_routes import as_socket


class StrictDevice(Device):  # type: ignore[misc]
    """A PyEZ connection that verifies host keys against our record alone."""

    known_hosts_settings = ""

    def _sshconf_lkup(self) -> str:
        self._conf_auth_user = self._conf_ssh_private_key_file = None
        return self.known_hosts_settings


def junos(client: SshClient, target: SshTarget, channel: paramiko.Channel | None, stack: ExitStack) -> Any:
    """The driver, not opened yet. Its host key must be on record: see `nms.transports.getters`."""
    driver = JunOSDriver(target.known_as, target.user, target.password or "", int(client.connect_timeout * 3))
    settings = _settings(client.host_keys.path)
    kind = type("JunosDevice", (StrictDevice,), {"known_hosts_settings": str(settings)})
    driver.device = kind(
        target.known_as,
        port=target.port,
        user=target.user,
        password=(target.key_passphrase if target.key_file else target.password) or "",
        ssh_private_key_file=target.key_file,
        sock_fd=stack.enter_context(as_socket(channel)).fileno() if channel is not None else None,
        hostkey_verify=True,
        look_for_keys=False,
        allow_agent=False,
        conn_open_timeout=client.connect_timeout,
        gather_facts=False,
    )
    return driver


def _settings(known_hosts: Path) -> Path:
    """ncclient takes the record of host keys only from a file of SSH settings."""
    path = known_hosts.with_name(f"{known_hosts.name}.netconf")
    text = f'Host *\n  UserKnownHostsFile "{known_hosts}"\n'
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def meant(error: Exception) -> Exception:
    """What PyEZ, ncclient and the drivers of NAPALM mean, as the exceptions that the SSH client explains.

    The driver of IOS XR calls a refused log-in a failed connection, and PyEZ a host key that it does not know a
    refused one; both keep the reason behind it.
    """
    chain = list(_behind(error))
    for one in chain:
        if isinstance(one, paramiko.SSHException) and type(error).__module__.startswith("napalm"):
            return one
        if isinstance(one, SSHUnknownHostError):
            return HostKeyChanged(
                f"the host key of {one.host} is not the recorded one; nothing was sent. If the device was replaced, "
                "remove its line from the file of host keys"
            )
        if isinstance(one, ConnectAuthError | AuthenticationError):
            return paramiko.AuthenticationException(str(one))
    if type(error).__module__.startswith(("jnpr", "ncclient")):
        return paramiko.SSHException(str(chain[-1]) or type(chain[-1]).__name__)
    return error


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = getattr(error, "_orig", None) or error.__cause__ or error.__context__
