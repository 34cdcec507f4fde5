"""The inventory: one module per source, one way from there to `nms.model.Inventory`.

Names are imported when they are asked for, as those of `nms.config`: a terminal wants to know how a rack is written
(`nms.inventory.racks`), and must not wait for the calendars and policies that reading an inventory takes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nms.inventory.endpoints import TRANSPORTS
    from nms.inventory.loading import load_inventory

__all__ = ["TRANSPORTS", "load_inventory"]

_HOME = {"TRANSPORTS": "endpoints", "load_inventory": "loading"}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return import_module(f"nms.inventory.{_HOME[name]}").__dict__[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
