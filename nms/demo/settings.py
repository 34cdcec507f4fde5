"""The sample's settings with a quick clock: what waits minutes in an office waits seconds in the demo."""

from __future__ import annotations

import os
import shutil
import socket
from dataclasses import replace
from pathlib import Path

from nms import i18n
from nms.config import Alerts, Calendar, Channel, Config, Secret, load_config
from nms.config.policies import Grouping, QuietHours
from nms.demo.simulated import judged_by_their_agents
from nms.model import Device, Inventory, Role

QUICK_SECONDS = 4.0
"""Between two polls of what the story is about."""
OTHER_SECONDS = 8.0
LOG_IN_SECONDS = 30.0
"""Between two polls of what is logged in to: each costs a key exchange at both ends."""
QUICK_ROLES = frozenset({Role.ROUTER, Role.SWITCH, Role.FIREWALL, Role.UPS, Role.PBX, Role.SERVER})
FASTER = 60.0
"""A minute of the sample's settings is a second here."""

AROUND_THE_CLOCK = Calendar(weekly={"daily": ("00:00-24:00",)}, holidays=False)
"""The demo may be seen on a Sunday: every service is promised at every hour."""

SECRETS = {
    "NMS_SNMP_COMMUNITY": "public",
    "NMS_SNMP_AUTH_KEY": "simulated-auth",
    "NMS_SNMP_PRIV_KEY": "simulated-priv",
    "NMS_NUT_PASSWORD": "simulated",
    "NMS_SSH_PASSWORD": "simulated",
    "NMS_AMI_PASSWORD": "simulated",
    "NMS_ARI_PASSWORD": "simulated",
    "NMS_BMC_PASSWORD": "simulated",
    "NMS_IPMI_PASSWORD": "simulated",
    "NMS_VCENTER_PASSWORD": "simulated",
    "NMS_NAS_PASSWORD": "simulated",
    "NMS_PVE_TOKEN": "monitor@pve!nms=simulated",
    "NMS_SQL_PASSWORD": "simulated",
    "NMS_PORTAL_PASSWORD": "simulated",
}
"""What opens the simulated equipment; no secret to anybody."""

NOTIFY_URL = "NMS_DEMO_NOTIFY_URL"


def quick_config(directory: Path, letterbox: str) -> Config:
    """The settings in a directory, adapted. `letterbox` is the apprise URL where notifications go."""
    os.environ.update(SECRETS | {NOTIFY_URL: letterbox})
    config = load_config(directory / "config.yaml")
    polling = config.polling
    snmp = polling.snmp.model_copy(update={"timeout": 1.5, "retries": 1, "budget": 20.0})
    notify = config.notify.model_copy(
        update={
            "channels": {"demo": Channel(url=Secret(f"env:{NOTIFY_URL}"))},
            "routing": (),
            "escalation": (),
            "quiet": QuietHours(),
            "grouping": Grouping(wait=3.0, most=30, within=60.0),
        }
    )
    calendars = dict.fromkeys(config.office.calendars, AROUND_THE_CLOCK)
    return config.model_copy(
        update={
            "polling": polling.model_copy(update={"snmp": snmp, "interval": QUICK_SECONDS}),
            "thresholds": tuple(one.model_copy(update={"for_": one.for_ / FASTER}) for one in config.thresholds),
            "alerts": Alerts(recovery=3.0, orphan=10.0, reopen=15.0),
            "notify": notify,
            "configuration_backup": config.configuration_backup.model_copy(update={"spread": 20.0, "settle": 5.0}),
            "office": config.office.model_copy(update={"calendars": calendars, "language": i18n.language()}),
            "api": config.api.model_copy(update={"port": free_port(config.api.port)}),
        }
    )


def quick_inventory(inventory: Inventory) -> Inventory:
    """The same city hall polled every few seconds, so that a day fits into a minute."""
    adapted = judged_by_their_agents(inventory)
    devices = {name: replace(_askable(device), interval=_interval(device)) for name, device in adapted.devices.items()}
    return replace(adapted, devices=devices)


def _interval(device: Device) -> float:
    if any(endpoint.transport in ("ssh", "dhcp") for endpoint in device.endpoints):
        return LOG_IN_SECONDS
    return QUICK_SECONDS if device.role in QUICK_ROLES else OTHER_SECONDS


def _askable(device: Device) -> Device:
    """Without IPMI where this machine lacks its program."""
    has_program = shutil.which("ipmitool") is not None
    kept = tuple(one for one in device.endpoints if one.transport != "ipmi" or has_program)
    return replace(device, endpoints=kept)


def free_port(wanted: int) -> int:
    """The wanted TCP port of loopback, or another one where somebody else (a real monitor) has it."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return wanted
