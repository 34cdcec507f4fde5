"""An inventory as a source gives it: entries with their origins, not yet checked against each other.

This is the seam for sources: YAML fills it from files, others (CSV, NetBox) from rows; all the rest is shared.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nms.inventory.entries import DepartmentEntry, LinkEntry, PersonEntry, SiteEntry
from nms.inventory.layers import Layer
from nms.inventory.origins import Origin, Problems


@dataclass(slots=True)
class Block:
    """One device, or a range of them, with the layers of its own file: the file's defaults and the block itself."""

    pattern: str
    origin: Origin
    near: tuple[Layer, ...]


@dataclass(slots=True)
class Draft:
    """Everything that a source holds. `complete_*` false: names may be missing because a file could not be read."""

    is_sample: bool = False
    departments: dict[str, tuple[DepartmentEntry, Origin]] = field(default_factory=dict)
    sites: dict[str, tuple[SiteEntry, Origin]] = field(default_factory=dict)
    links: dict[str, tuple[LinkEntry, Origin]] = field(default_factory=dict)
    people: dict[str, tuple[PersonEntry, Origin]] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    defaults: Layer | None = None
    roles: dict[str, Layer] = field(default_factory=dict)
    department_devices: dict[str, Layer] = field(default_factory=dict)
    groups: dict[str, Layer] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    """Sections (`departments`, `sites`, `devices`, `inventory`) whose names are not all known."""

    problems: Problems = field(default_factory=Problems)
