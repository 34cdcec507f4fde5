"""The inventory: one module per source, one way from there to `nms.model.Inventory`."""

from nms.inventory.endpoints import TRANSPORTS
from nms.inventory.loading import load_inventory

__all__ = ["TRANSPORTS", "load_inventory"]
