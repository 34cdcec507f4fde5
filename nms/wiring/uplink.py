"""The monitor's own uplink: independent targets that tell a dead network from a monitor that is cut off."""

from __future__ import annotations

from dataclasses import dataclass

from nms.config import Config
from nms.model import Device, DeviceId, Endpoint, Inventory, Role

LONGEST_INTERVAL = 30.0
"""A target that the inventory does not know is asked at least this often, in seconds: it is one small packet."""


@dataclass(frozen=True, slots=True)
class UplinkTargets:
    """`names` are those of all targets; `probes` the ones that only the settings know, to be asked by ICMP."""

    names: tuple[DeviceId, ...] = ()
    probes: tuple[Device, ...] = ()


def uplink_targets(config: Config, inventory: Inventory) -> UplinkTargets:
    """The targets of `polling.uplink_targets`: devices of the inventory by id or address, and addresses besides."""
    by_address: dict[str, DeviceId] = {}
    for device in inventory.devices.values():
        if device.endpoints:
            by_address.setdefault(device.address, device.id)
    names: list[DeviceId] = []
    probes: list[Device] = []
    for word in config.polling.uplink_targets:
        known = inventory.devices.get(DeviceId(word))
        name = known.id if known and known.endpoints else by_address.get(word)
        if name is None:
            probes.append(_probe(word, min(config.polling.interval, LONGEST_INTERVAL)))
            name = probes[-1].id
        names.append(name)
    return UplinkTargets(tuple(dict.fromkeys(names)), tuple(probes))


def _probe(address: str, interval: float) -> Device:
    return Device(
        id=DeviceId(f"uplink:{address}"),
        name=address,
        role=Role.OTHER,
        address=address,
        site="",
        department="",
        endpoints=(Endpoint("icmp", address),),
        interval=interval,
    )
