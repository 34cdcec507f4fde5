"""The interfaces at the ends of the inventory's links, as their series are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nms.model import Inventory
from nms.rules.ports import spelled
from nms.store.samples import Series

INTERFACE = "interface"


@dataclass(frozen=True, slots=True)
class LinkedPorts:
    """Capacity in bits per second (None: not written) by device and spelled name of the interface."""

    capacities: Mapping[tuple[str, str], float | None]

    @classmethod
    def of(cls, inventory: Inventory) -> LinkedPorts:
        found: dict[tuple[str, str], float | None] = {}
        for link in inventory.links.values():
            for device, interface in ((link.a_device, link.a_interface), (link.b_device, link.b_interface)):
                found[device, spelled(interface)] = link.capacity_bps
        return cls(found)

    def holds(self, series: Series) -> bool:
        """Whether a series is of such an interface, by its key or its label."""
        return series.kind == INTERFACE and any(key in self.capacities for key in _keys(series))

    def capacity(self, series: Series) -> float | None:
        """What the inventory says that the link carries."""
        return next((found for key in _keys(series) if (found := self.capacities.get(key))), None)


def _keys(series: Series) -> tuple[tuple[str, str], ...]:
    return ((series.device, spelled(series.key)), (series.device, spelled(series.label)))
