"""Askers of equipment that speaks a protocol of its own kind: power, telephony, servers."""

from __future__ import annotations

from collections.abc import Iterable
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
from nms.collect.telephony.records import RecordsAsker
from nms.config import Config
from nms.model import Device, Role
from nms.transports.http import HttpClient
from nms.transports.ipmi import IpmiClient
from nms.transports.ssh import SshClient


def equipment_askers(
    config: Config, targets: Targets, ssh: SshClient, closing: ExitStack, devices: Iterable[Device] = ()
) -> dict[str, Asker]:
    """`devices` are those of the inventory: an exchange is compared with its telephone sets."""
    seconds = config.polling.application_timeout
    phones = {device.address: device.name for device in devices if device.role is Role.PHONE}
    manager = AmiAsker(targets.ami, phones, seconds)
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
