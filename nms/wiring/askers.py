"""Every way of asking, by the name of its transport: adding one is one line here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from nms.collect.answer import Asker
from nms.collect.catalogue import Catalogue
from nms.collect.configuration.fetching import Fetcher
from nms.collect.credentials import Targets
from nms.collect.offices.dhcp import DhcpAsker
from nms.collect.ping import PingAsker
from nms.collect.remote_shell import SshAsker
from nms.collect.shell import LinuxAsker
from nms.collect.snmp import Learn, SnmpAsker
from nms.collect.spoken import SpokenAsker
from nms.collect.telephony.desk import Desk
from nms.config import Config
from nms.model import Device
from nms.transports.errors import LocalFault
from nms.transports.http import HttpClient
from nms.transports.icmp import IcmpClient
from nms.transports.snmp.client import SnmpClient
from nms.transports.ssh import HostKeys, SshClient
from nms.wiring.checks import check_askers
from nms.wiring.commands import SshCommands
from nms.wiring.equipment import equipment_askers

_PRIVILEGED: dict[str, bool | Literal["auto"]] = {"auto": "auto", "yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Asking:
    """The askers, and what could not be opened (told on the screens, and once in the log)."""

    askers: dict[str, Asker]
    snmp: SnmpClient
    commands: SshCommands
    configurations: Fetcher
    problems: tuple[str, ...] = ()


@asynccontextmanager
async def open_askers(
    config: Config, catalogue: Catalogue, learn: Learn, devices: Iterable[Device] = ()
) -> AsyncIterator[Asking]:
    """Opens the sockets and threads that polling needs, and closes them at the end."""
    devices = tuple(devices)
    targets, desk = Targets(config, devices), Desk.of(devices)
    problems: list[str] = []
    async with AsyncExitStack() as stack:
        snmp = await stack.enter_async_context(SnmpClient(config.polling.snmp.max_in_flight))
        ssh = SshClient(
            HostKeys(config.polling.ssh.known_hosts),
            threads=config.polling.ssh.threads,
            connect_timeout=config.polling.ssh.connect_timeout,
            command_timeout=config.polling.ssh.command_timeout,
        )
        stack.callback(ssh.close)
        askers: dict[str, Asker] = {
            "snmp": SnmpAsker(snmp, catalogue, targets.snmp, learn, desk),
            "ssh": SshAsker(LinuxAsker(ssh, targets.ssh), SpokenAsker(ssh, catalogue, targets.ssh)),
            "dhcp": DhcpAsker(HttpClient(), ssh, targets.http_headers, targets.ssh, config.polling.application_timeout),
            **check_askers(config, targets, stack.enter_context(ExitStack())),
            **equipment_askers(config, targets, ssh, stack.enter_context(ExitStack()), desk),
        }
        try:
            icmp = IcmpClient.open(_PRIVILEGED[config.polling.icmp.privileged])
            stack.callback(icmp.close)
            askers["icmp"] = PingAsker(icmp, config.polling.icmp.count, config.polling.icmp.timeout)
        except LocalFault as fault:
            problems.append(str(fault))
        fetcher = Fetcher(ssh, targets.ssh, config.configuration_backup.timeout)
        yield Asking(askers, snmp, SshCommands(ssh, targets.ssh), fetcher, tuple(problems))
