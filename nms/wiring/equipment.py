"""Askers of equipment that speaks a protocol of its own kind: power, telephony, servers."""

from __future__ import annotations

from contextlib import ExitStack

from nms.collect.answer import Asker
from nms.collect.credentials import Targets
from nms.collect.power.modbus import ModbusAsker
from nms.collect.power.nut import NutAsker
from nms.collect.servers.hypervisor import HypervisorAsker
from nms.collect.servers.ipmi import IpmiAsker
from nms.collect.servers.libvirt import LibvirtAsker
from nms.collect.servers.redfish import RedfishAsker
from nms.collect.servers.storage import StorageAsker
from nms.collect.telephony.ari import AriAsker
from nms.collect.telephony.asterisk import AmiAsker
from nms.collect.telephony.desk import Desk
from nms.collect.telephony.records import RecordsAsker
from nms.config import Config
from nms.transports.http import HttpClient
from nms.transports.ipmi import IpmiClient
from nms.transports.ssh import SshClient


def equipment_askers(
    config: Config, targets: Targets, ssh: SshClient, closing: ExitStack, desk: Desk
) -> dict[str, Asker]:
    """`desk`: exchanges are compared with the telephone sets of the inventory."""
    seconds = config.polling.application_timeout
    manager = AmiAsker(targets.ami, desk, seconds)
    closing.callback(manager.close)
    return {
        "nut": NutAsker(targets.nut, seconds),
        "ami": manager,
        "ari": AriAsker(HttpClient(), targets.http_headers, seconds),
        "cdr": RecordsAsker(config.data_dir),
        "modbus": ModbusAsker(seconds),
        "redfish": RedfishAsker(targets.redfish),
        "hypervisor": HypervisorAsker(
            HttpClient(), targets.http_headers, 2 * seconds, LibvirtAsker(ssh, targets.ssh, 2 * seconds)
        ),
        "storage": StorageAsker(HttpClient(), targets.http_headers, targets.login, 2 * seconds),
        "ipmi": IpmiAsker(IpmiClient(), targets.ipmi),
    }
