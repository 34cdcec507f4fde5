"""Inheritance: defaults, role, department, group, file, device. The nearest that says something wins.

Plain values and lists are replaced as a whole. Blocks are merged key by key: `endpoints` by name and then by key,
`lifecycle` by key, `thresholds` by metric (or name), severity and component. `endpoints: {snmp: false}` takes an
inherited endpoint away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nms.config import Threshold
from nms.documents import Document, Path_
from nms.inventory.entries import DeviceFields
from nms.inventory.origins import Origin, origin_of


@dataclass(frozen=True, slots=True)
class Layer:
    """One block that says something of a device, and where it stands."""

    fields: DeviceFields
    document: Document
    path: Path_

    def origin(self, *steps: str) -> Origin:
        return origin_of(self.document, (*self.path, *steps))


@dataclass(slots=True)
class Merged:
    """What all layers say together, and where each part of it was written."""

    values: dict[str, Any] = field(default_factory=dict)
    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict)
    lifecycle: dict[str, Any] = field(default_factory=dict)
    thresholds: dict[str, Threshold] = field(default_factory=dict)
    origins: dict[tuple[str, ...], Origin] = field(default_factory=dict)

    def origin(self, *steps: str) -> Origin | None:
        """Where a part was written, or the nearest block around it."""
        while steps and steps not in self.origins:
            steps = steps[:-1]
        return self.origins.get(steps)


def merge(layers: Iterable[Layer]) -> Merged:
    """The layers in one, the farthest first."""
    merged = Merged()
    for layer in layers:
        for name in sorted(layer.fields.model_fields_set):
            _take(merged, layer, name, getattr(layer.fields, name))
    return merged


def _take(merged: Merged, layer: Layer, name: str, value: Any) -> None:
    if name == "endpoints":
        _take_endpoints(merged, layer, value)
    elif name == "lifecycle":
        merged.lifecycle |= {key: getattr(value, key) for key in value.model_fields_set}
    elif name == "thresholds":
        merged.thresholds |= {threshold_identity(one): one for one in value}
    else:
        merged.values[name] = value
        merged.origins[(name,)] = layer.origin(name)


def _take_endpoints(merged: Merged, layer: Layer, blocks: Mapping[str, Any]) -> None:
    for name, block in blocks.items():
        if block is False:
            merged.endpoints.pop(name, None)
            continue
        merged.endpoints.setdefault(name, {}).update(block)
        merged.origins[("endpoints", name)] = layer.origin("endpoints", name)
        for key in block:
            merged.origins[("endpoints", name, key)] = layer.origin("endpoints", name, key)


def threshold_identity(threshold: Threshold) -> str:
    """What makes two thresholds the same one at different levels."""
    return f"{threshold.name or threshold.metric}/{threshold.severity}/{threshold.component}"
