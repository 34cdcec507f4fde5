"""The network and the power chain as trees: each device under what it hangs on, in drawing order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from nms.i18n import render
from nms.model import Device, DeviceId, Inventory, Role
from nms.queries.equipment import Present
from nms.queries.rows import TreeRow

LEAVES_LEFT_OUT = frozenset({Role.COMPUTER})
"""Watched by presence only: five hundred of them would bury the tree."""


def topology(now: Present) -> Sequence[TreeRow]:
    """Every device under its first parent; its other parents (redundancy) are named in `via`."""
    return list(_tree(now, {device.id: device.parents for device in now.inventory.devices.values()}, alone=True))


def power(now: Present) -> Sequence[TreeRow]:
    """What feeds what; equipment of which no feed is known is left out."""
    return list(_tree(now, {device.id: device.powered_by for device in now.inventory.devices.values()}, alone=False))


def _tree(now: Present, above: Mapping[DeviceId, Sequence[DeviceId]], *, alone: bool) -> Iterator[TreeRow]:
    below: defaultdict[DeviceId, list[Device]] = defaultdict(list)
    roots: list[Device] = []
    shown = {one.id for one in now.inventory.devices.values() if one.role not in LEAVES_LEFT_OUT}
    for device in now.inventory.devices.values():
        if device.id not in shown:
            continue
        parent = next((one for one in above.get(device.id, ()) if one in shown), None)
        if parent is not None:
            below[parent].append(device)
        else:
            roots.append(device)
    # Depth first with an explicit stack: a chain of thousands must not meet the recursion limit.
    stack = [(root, 0) for root in sorted(roots, key=_order, reverse=True) if alone or below.get(root.id)]
    while stack:
        device, depth = stack.pop()
        children = sorted(below.get(device.id, ()), key=_order, reverse=True)
        others = [one for one in above.get(device.id, ()) if one in shown][1:]
        yield _row(now, device, depth, len(children), others)
        stack.extend((child, depth + 1) for child in children)


def _order(device: Device) -> tuple[int, str]:
    return list(Role).index(device.role), device.name


def _row(now: Present, device: Device, depth: int, children: int, others: Sequence[DeviceId]) -> TreeRow:
    state = now.state(device.id)
    worst = now.situation.worst(device)
    return TreeRow(
        device=device.id,
        name=device.name,
        role=device.role,
        state=state,
        attention=now.situation.of_device(device, state),
        depth=depth,
        children=children,
        problem=render(worst.summary, now.language) if worst else "",
        via=", ".join(others),
    )


def path(inventory: Inventory, device: Device) -> tuple[str, ...]:
    """The way from the core to a device, by first parents; the core first."""
    found: list[str] = []
    here: Device | None = device
    while here is not None and here.id not in found:
        found.append(here.id)
        here = inventory.devices.get(here.parents[0]) if here.parents else None
    return tuple(reversed(found))


def served_by(inventory: Inventory, device: Device) -> tuple[str, ...]:
    """The devices right behind a device, and those that it feeds."""
    return tuple(
        other.id for other in inventory.devices.values() if device.id in other.parents or device.id in other.powered_by
    )
