"""An inventory as a source gives it: entries with their origins, not yet checked against each other.

This is the seam for sources: YAML fills it from files, others (CSV, NetBox) from rows; all the rest is shared.
"""

from __future__ import annotations

from collections import defaultdict
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
    """Everything that a source holds.

    `known`: the ids of a section (`departments`, `sites`, `devices`), also of entries too wrong to be used, so that
    one mistake does not make others. `unread`: sections whose ids are not all known, because a file could not be read.
    """

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
    known: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    unread: set[str] = field(default_factory=set)
    problems: Problems = field(default_factory=Problems)
