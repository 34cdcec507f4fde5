"""What is reached through what, and what is fed by what: a graph from the inventory, completed by what devices see.

What the inventory says of a device's parents always wins. Where it says nothing, parents are inferred: along the
links of the inventory and the neighbours that devices report (LLDP IEEE 802.1AB, CDP), those one step nearer to the
monitor. Two such neighbours are redundant paths. What nobody reports as a neighbour (printers, servers, telephones)
stands where forwarding tables have its address.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nms.model import Device, DeviceId, Inventory, Link, Neighbour

Graph = Mapping[DeviceId, tuple[DeviceId, ...]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A neighbour of the inventory, as `by` sees it on one of its interfaces."""

    by: DeviceId
    interface: str
    protocol: str


@dataclass(frozen=True, slots=True)
class Topology:
    """Dependencies of all devices. `inferred` are those whose parents were not written by hand."""

    parents: Graph
    children: Graph
    feeders: Graph
    fed: Graph
    roots: tuple[DeviceId, ...]
    inferred: frozenset[DeviceId]
    links: Mapping[frozenset[DeviceId], tuple[Link, ...]]
    seen: Mapping[DeviceId, tuple[Seen, ...]]

    def behind(self, device: DeviceId) -> set[DeviceId]:
        """All that is reached through a device, over any number of steps."""
        found: set[DeviceId] = set()
        waiting = [device]
        while waiting:
            more = [child for child in self.children.get(waiting.pop(), ()) if child not in found]
            found.update(more)
            waiting += more
        return found - {device}


def build(
    inventory: Inventory,
    neighbours: Mapping[DeviceId, Sequence[Neighbour]] | None = None,
    names: Mapping[DeviceId, str] | None = None,
    monitor_at: Iterable[DeviceId] = (),
    places: Mapping[DeviceId, tuple[DeviceId, str]] | None = None,
) -> Topology:
    """The topology of an inventory. `neighbours` is what each device last reported, `names` its own sysName, `places`
    at which interface of which device forwarding tables have it.

    `monitor_at`: where the monitor is attached; without it, devices that others name as parents and that name none.
    """
    devices = inventory.devices
    seen = _placed(_recognised(devices, neighbours or {}, names or {}), places or {}, devices)
    links = _links_by_pair(inventory.links.values(), devices)
    written = {name: _with_a_way(name, _known(device.parents, devices), links) for name, device in devices.items()}
    nearest = tuple(_known(monitor_at, devices)) or _tops(written)
    inferred = _inferred(written, _adjacency(links, seen), nearest)
    parents = {name: written[name] or inferred.get(name, ()) for name in devices}
    feeders = {name: _known(device.powered_by, devices) for name, device in devices.items()}
    return Topology(
        parents=parents,
        children=_reversed(parents),
        feeders=feeders,
        fed=_reversed(feeders),
        roots=tuple(name for name, above in parents.items() if not above),
        inferred=frozenset(inferred),
        links=links,
        seen=seen,
    )


def _with_a_way(
    device: DeviceId, parents: tuple[DeviceId, ...], links: Mapping[frozenset[DeviceId], tuple[Link, ...]]
) -> tuple[DeviceId, ...]:
    """The parents to which a link is written; all of them where no link of the device to any of them is."""
    linked = tuple(parent for parent in parents if frozenset((device, parent)) in links)
    return linked or parents


def _known(names: Iterable[DeviceId], devices: Mapping[DeviceId, Device]) -> tuple[DeviceId, ...]:
    return tuple(dict.fromkeys(name for name in names if name in devices))


def _reversed(graph: Graph) -> Graph:
    found: dict[DeviceId, list[DeviceId]] = {}
    for name, above in graph.items():
        for parent in above:
            found.setdefault(parent, []).append(name)
    return {name: tuple(below) for name, below in found.items()}


def _links_by_pair(
    links: Iterable[Link], devices: Mapping[DeviceId, Device]
) -> dict[frozenset[DeviceId], tuple[Link, ...]]:
    found: dict[frozenset[DeviceId], tuple[Link, ...]] = {}
    for link in links:
        pair = frozenset((link.a_device, link.b_device))
        if len(pair) == 2 and pair <= devices.keys():
            found[pair] = (*found.get(pair, ()), link)
    return found


def _spelled(name: str) -> str:
    """A name as it can be compared: without case, domain, or the serial number that CDP appends in brackets."""
    return name.strip().partition("(")[0].partition(".")[0].casefold()


def _recognised(
    devices: Mapping[DeviceId, Device],
    neighbours: Mapping[DeviceId, Sequence[Neighbour]],
    names: Mapping[DeviceId, str],
) -> dict[DeviceId, tuple[Seen, ...]]:
    """For each device, who sees it and where. A name that two devices share identifies neither."""
    known: dict[str, set[DeviceId]] = {}
    for name, device in devices.items():
        for spelling in {_spelled(text) for text in (name, device.name, names.get(name, ""))} - {""}:
            known.setdefault(spelling, set()).add(name)
    found: dict[DeviceId, list[Seen]] = {}
    for by, reported in neighbours.items():
        for one in reported:
            matches = known.get(_spelled(one.remote_name), set()) - {by}
            if by in devices and len(matches) == 1:
                found.setdefault(next(iter(matches)), []).append(Seen(by, one.local_interface, one.protocol))
    return {name: tuple(views) for name, views in found.items()}


def _placed(
    seen: Mapping[DeviceId, tuple[Seen, ...]],
    places: Mapping[DeviceId, tuple[DeviceId, str]],
    devices: Mapping[DeviceId, Device],
) -> dict[DeviceId, tuple[Seen, ...]]:
    """With the places of those whom nobody reports as a neighbour."""
    found = {
        name: (Seen(by, interface, "fdb"),)
        for name, (by, interface) in places.items()
        if name in devices and by in devices and name != by
    }
    return {**found, **seen}


def _adjacency(
    links: Mapping[frozenset[DeviceId], tuple[Link, ...]], seen: Mapping[DeviceId, tuple[Seen, ...]]
) -> dict[DeviceId, set[DeviceId]]:
    near: dict[DeviceId, set[DeviceId]] = {}
    for pair in [*links, *(frozenset((name, view.by)) for name, views in seen.items() for view in views)]:
        one, other = pair
        near.setdefault(one, set()).add(other)
        near.setdefault(other, set()).add(one)
    return near


def _tops(written: Graph) -> tuple[DeviceId, ...]:
    named = {parent for above in written.values() for parent in above}
    return tuple(name for name, above in written.items() if not above and name in named)


def _inferred(
    written: Graph, near: Mapping[DeviceId, set[DeviceId]], nearest: Sequence[DeviceId]
) -> dict[DeviceId, tuple[DeviceId, ...]]:
    """Parents of the devices without written ones: the neighbours one step nearer to the monitor."""
    below = _reversed(written)
    distance = dict.fromkeys(nearest, 0)
    queue = deque(nearest)
    while queue:
        name = queue.popleft()
        for other in (*near.get(name, ()), *below.get(name, ())):
            if other not in distance:
                distance[other] = distance[name] + 1
                queue.append(other)
    return {
        name: tuple(sorted(other for other in near.get(name, ()) if distance.get(other, -1) == steps - 1))
        for name, steps in distance.items()
        if steps and not written[name] and near.get(name)
    }
