"""The inventory as the demo polls it.

The kernel answers ICMP for every loopback address, whatever the simulator does: an echo from a building whose cable
is cut would be a lie. Simulated equipment that a cut can reach is therefore asked by SNMP alone; ICMP stays where the
way to the monitor crosses no wide-area link.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nms.demo.simulator.listening import is_loopback
from nms.model import Device, DeviceId, Endpoint, Inventory, Role

_HAVE_AGENTS = frozenset(set(Role) - {Role.COMPUTER, Role.APPLICATION, Role.OTHER})


def judged_by_their_agents(inventory: Inventory) -> Inventory:
    """The same inventory without ICMP where it would tell nothing; a device left with none is asked by SNMP."""
    far = frozenset(_behind_wide_area_links(inventory))
    usual = _usual_snmp(inventory)
    devices = {id_: _asked(device, usual) if id_ in far else device for id_, device in inventory.devices.items()}
    return replace(inventory, devices=devices)


def _asked(device: Device, usual: Endpoint | None) -> Device:
    if not (device.simulated and is_loopback(device.address)):
        return device
    kept = tuple(endpoint for endpoint in device.endpoints if endpoint.transport != "icmp")
    if device.endpoints and not kept and usual and device.role in _HAVE_AGENTS:
        kept = (replace(usual, address=device.address),)
    return replace(device, endpoints=kept)


def _usual_snmp(inventory: Inventory) -> Endpoint | None:
    endpoints = (e for d in inventory.devices.values() if d.simulated for e in d.endpoints)
    return next((endpoint for endpoint in endpoints if endpoint.transport == "snmp"), None)


def _behind_wide_area_links(inventory: Inventory) -> Iterable[DeviceId]:
    """Devices that are reached over a link that is not local (wan, radio ...), and all that stands behind them."""
    ends = {frozenset((link.a_device, link.b_device)) for link in inventory.links.values() if link.kind != "lan"}
    known: dict[DeviceId, bool] = {}

    def is_far(device_id: DeviceId) -> bool:
        if device_id not in known:
            known[device_id] = False
            parents = inventory.devices[device_id].parents
            known[device_id] = any(frozenset((device_id, p)) in ends or is_far(p) for p in parents)
        return known[device_id]

    return (device_id for device_id in inventory.devices if is_far(device_id))
