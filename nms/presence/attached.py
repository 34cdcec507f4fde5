"""Where devices of the inventory are plugged in, as far as forwarding tables and radios tell."""

from __future__ import annotations

from nms.model import DeviceId, Inventory
from nms.presence.book import PresenceBook
from nms.presence.places import FORWARDERS, Nearness, Port
from nms.presence.who import Who

FRESH_SECONDS = 86_400.0
"""A printer that sleeps at night stays where it was."""


def attached(book: PresenceBook, inventory: Inventory, now: float) -> dict[DeviceId, Port]:
    """Device -> the watched switch or access point before it, and the interface there.

    Left out: what forwards itself (its address stands behind many ports; LLDP and links tell better), and what only a
    router's ARP table knows.
    """
    found: dict[DeviceId, Port] = {}
    for device, macs in Who.of(book, inventory).by_device.items():
        stays = [stay for mac in macs if (stay := book.stays.get(mac)) and now - stay.last_seen < FRESH_SECONDS]
        near = [stay for stay in stays if stay.nearness < Nearness.ROUTED and stay.device != device]
        if near and inventory.devices[device].role not in FORWARDERS:
            best = min(near, key=lambda stay: (stay.nearness, -stay.last_seen))
            found[device] = (DeviceId(best.device), best.port)
    return found
