"""The names of conditions, for ever: one open alert at most stands behind each key."""

from __future__ import annotations

from nms.model import Component, DeviceId
from nms.rules.policies import MONITOR

UPLINK = f"uplink-down/{MONITOR}"
STALLED = f"polling-stalled/{MONITOR}"


def device_key(device: DeviceId) -> str:
    return f"device-down/{device}"


def redundancy_key(device: DeviceId) -> str:
    return f"redundancy-lost/{device}"


def service_key(device: DeviceId) -> str:
    return f"service-down/{device}"


def loss_key(device: DeviceId) -> str:
    return f"packet-loss/{device}"


def agent_key(device: DeviceId, transport: str) -> str:
    return f"agent-silent/{device}/{transport}"


def link_key(link: str) -> str:
    """Of a link of the inventory by its id, of any other interface by `device:ifName`."""
    return f"link-down/{link}"


def part_key(kind: str, device: DeviceId, component: Component, word: str) -> str:
    """Of a part of a device: kind is `threshold`, `state`, `missing`, `baseline` or `forecast`."""
    return f"{kind}/{device}/{component.kind}:{component.key}/{word}"


def state_prefix(device: DeviceId) -> str:
    """How the keys of all states of a device begin."""
    return f"state/{device}/"


def state_key(device: DeviceId, component: Component, name: str) -> str:
    return part_key("state", device, component, name)
